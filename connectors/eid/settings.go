package eid

import (
	"errors"
	"fmt"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/pki"
)

// Settings are one configured means, as the operator writes it. The ceiling is substantial unless the operator
// decides otherwise: browsers and middleware remember the PIN, and a log-out leaves the card usable until it is
// taken out.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	connectors.Offered `koanf:",squash"`
	pki.Sources        `koanf:",squash"`
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id, Offered: connectors.Offered{Ceiling: identity.Substantial}}
	if err := errors.Join(connectors.Decode(id, raw, &s), s.check()); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	return s, nil
}

func (s *Settings) check() error {
	var wrong []error
	refuse := func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s %s", key, fmt.Sprintf(format, args...)))
	}
	s.Offered.Check(s.ID, refuse)
	s.Sources.Check(refuse)
	return errors.Join(wrong...)
}
