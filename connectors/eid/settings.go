package eid

import (
	"errors"
	"fmt"

	"github.com/go-viper/mapstructure/v2"

	"symbolon/connectors/identity"
	"symbolon/connectors/pki"
)

// Settings are one configured means, as the operator writes it.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	Names     map[string]string `koanf:"names"` // by language; "en" at least
	Hints     map[string]string `koanf:"hints"`
	Icon      string            `koanf:"icon"`
	Disabled  bool              `koanf:"disabled"`
	Simulated bool              `koanf:"simulated"`

	// Ceiling is substantial unless the operator decides otherwise: browsers and middleware remember the PIN,
	// and a log-out leaves the card usable until it is taken out.
	Ceiling          identity.Level `koanf:"ceiling"`
	AuthoritativeFor []string       `koanf:"authoritative_for"`
	AllowLoopback    bool           `koanf:"allow_loopback"`
	Issuers          []pki.Profile  `koanf:"issuers"`
	CAFile           string         `koanf:"ca_file"` // further certificate authorities of responders' https; "" = the system's
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id, Ceiling: identity.Substantial}
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: &s, TagName: "koanf", ErrorUnused: true,
		MatchName:  func(key, field string) bool { return key == field },
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.TextUnmarshallerHookFunc()),
	})
	if err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	if err := errors.Join(decoder.Decode(raw), s.check()); err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", id, err)
	}
	return s, nil
}

func (s *Settings) check() error {
	var wrong []error
	refuse := func(key, text string) { wrong = append(wrong, fmt.Errorf("%s %s", key, text)) }
	if s.ID == "" {
		refuse("id", "must be set")
	}
	if s.Names["en"] == "" {
		refuse("names.en", "must be set: people see it")
	}
	if s.Ceiling == identity.None {
		refuse("ceiling", "must be low, substantial or high: the most that a card may reach here")
	}
	if len(s.Issuers) == 0 {
		refuse("issuers", "must list whose cards are taken")
	}
	for i, p := range s.Issuers {
		if err := p.Check(); err != nil {
			refuse(fmt.Sprintf("issuers[%d]", i), err.Error())
		}
	}
	return errors.Join(wrong...)
}
