package login

import (
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent/claims"
)

// known gives what can be told about the person of this login in answer to what it asks.
func (s *Service) known(l *Login, now time.Time) identity.Attributes {
	return claims.Tellable(claims.Known(l.Proof.Attributes, now), l.Request.Ask, l.Request.Arrived, s.backing(l))
}

// backing sums up what stands behind it.
func (s *Service) backing(l *Login) claims.Backing {
	return claims.Back(l.Proof.Evidence, l.Level(), l.Decision.Rules, l.Ref(), s.Register)
}
