package webeid

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

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

	Ceiling          identity.Level `koanf:"ceiling"` // high: the PIN is typed each time
	AuthoritativeFor []string       `koanf:"authoritative_for"`
	AllowLoopback    bool           `koanf:"allow_loopback"`
	Issuers          []pki.Profile  `koanf:"issuers"`
	CAFile           string         `koanf:"ca_file"` // further certificate authorities of responders' https; "" = the system's

	AppLink string `koanf:"app_link"` // where the phone's app opens, https://eid.gov.example/auth; "" for none
	Reader  string `koanf:"reader"`   // origin of the simulated reader, with simulated only
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id}
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
	// Apps open by https links only: any app could take a scheme of its own (attacks XC-16).
	if u, err := url.Parse(s.AppLink); s.AppLink != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Contains(s.AppLink, "#")) {
		refuse("app_link", "must be an https address without user, query or fragment")
	}
	if s.Reader != "" {
		u, err := url.Parse(s.Reader)
		if err != nil || u.Host == "" || u.Path != "" || (u.Scheme != "http" && u.Scheme != "https") {
			refuse("reader", "must be an origin, such as http://127.0.0.1:9105")
		}
		if !s.Simulated {
			refuse("reader", "is for a simulated means only")
		}
	}
	return errors.Join(wrong...)
}
