package login

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/consent/claims"
)

// Partners are further sources of attributes. What one does not tell, or not now, is not known.
type Partners interface {
	// Level is what a login must reach before it is told an attribute; false if no source has it.
	Level(identity.AttributeName) (identity.Level, bool)
	Attributes(context.Context, identity.Identifier, []identity.AttributeName) identity.Attributes
}

// further gives the attributes of further sources that a login asks for.
func further(ask consent.Ask) []identity.AttributeName {
	var names []identity.AttributeName
	for _, w := range ask.Attributes {
		if _, _, ok := claims.Further(w.Name); ok {
			names = append(names, w.Name)
		}
	}
	return names
}

// askable leaves out of a request what no source here has (OpenID Connect Core §5.5: unknown claims
// are passed over), and gives the level that the rest needs.
func (s *Service) askable(ask consent.Ask) (consent.Ask, identity.Level) {
	level := identity.None
	ask.Attributes = slices.DeleteFunc(slices.Clone(ask.Attributes), func(w consent.Wanted) bool {
		if _, _, ok := claims.Further(w.Name); !ok {
			return false
		}
		if s.Partners == nil {
			return true
		}
		needs, has := s.Partners.Level(w.Name)
		level = max(level, needs)
		return !has
	})
	return ask, level
}

// addFurther asks further sources for what this login asks of them, once it is strong enough, by the
// number that the population register gave: a means says what it likes, and its word must not open
// somebody else's card.
func (s *Service) addFurther(ctx context.Context, l *Login) error {
	names := further(l.Request.Ask)
	if s.Partners == nil || len(names) == 0 || !l.Level().Satisfies(l.Needs()) {
		return nil
	}
	l.Proof.Attributes = withoutFurther(l.Proof.Attributes)
	id, ok := registeredNumber(l.Proof.Attributes)
	if !ok {
		return nil
	}
	err := s.asking(ctx, l, "sources", func() error {
		told := s.Partners.Attributes(ctx, id, names)
		l.Proof.Attributes = append(l.Proof.Attributes, told...)
		if len(told) == 0 {
			return register.ErrNotFound
		}
		return nil
	})
	if errors.Is(err, register.ErrNotFound) {
		return nil
	}
	return err
}

// withoutFurther takes away what further sources told. It is for one login.
func withoutFurther(attributes identity.Attributes) identity.Attributes {
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool { return a.Source.Kind == identity.FromPartner })
}

// registeredNumber is the national number that the population register gave.
func registeredNumber(attributes identity.Attributes) (identity.Identifier, bool) {
	number, ok := ofRegister(attributes).Find("national_identifier")
	var text struct {
		Value string `json:"value"`
	}
	if !ok || json.Unmarshal(number.Value.Reveal(), &text) != nil {
		return identity.Identifier{}, false
	}
	id, err := identity.ParseIdentifier(text.Value)
	return id, err == nil
}
