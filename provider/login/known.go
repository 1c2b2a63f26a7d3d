package login

import (
	"context"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
)

// known gives what the person of this login can be asked about. What the party guesses of them
// changes nothing in it: else prompt=none would answer the guess without asking.
func (s *Service) known(l *Login, now time.Time) identity.Attributes {
	return claims.Spoken(claims.Reached(claims.Known(s.about(l), now), s.backing(l)), l.Request.Ask)
}

// asAsked leaves of what was agreed to that which is as the party asked it to be.
func (s *Service) asAsked(l *Login, items []consent.Released) []consent.Released {
	tellable := claims.Tellable(l.Known, l.Request.Ask, l.Request.Arrived, s.backing(l))
	return slices.DeleteFunc(slices.Clone(items), func(i consent.Released) bool {
		_, known := l.Known.Find(i.Name)
		_, told := tellable.Find(i.Name)
		return known && !told
	})
}

// backing sums up what stands behind it.
func (s *Service) backing(l *Login) claims.Backing {
	b := claims.Back(l.Proof.Evidence, l.Level(), l.Decision.Rules, l.Ref(), s.Register)
	b.Partners = s.PartnerNames
	if b.Office != nil && s.Offices != nil {
		b.Office.Name = s.Offices.Named(b.Office.ID)
	}
	if l.other() != nil {
		return b.ForAbsent()
	}
	return b
}

// withLocal adds the number that this installation gave to somebody whom no national one names, as theirs: a
// service that may know a number is told it, by its type, until they have a national one (R-PER-09).
func (s *Service) withLocal(ctx context.Context, person identity.Person, attributes identity.Attributes, now time.Time) (identity.Attributes, error) {
	if _, has := attributes.Find("national_identifier"); has || s.Numbers == nil {
		return attributes, nil
	}
	numbers, err := s.Numbers.Numbers(ctx, person.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if n.Scheme != identity.Local {
			continue
		}
		source := identity.Source{Kind: identity.FromHub, ID: string(identity.FromMeans)}
		attributes = append(attributes, identity.Attribute{Name: "national_identifier", Value: identity.Text(n.Reveal()), Source: source, VerifiedAt: now})
	}
	return attributes, nil
}
