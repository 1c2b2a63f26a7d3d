package webeid

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/pki"
)

// Settings are one configured means, as the operator writes it.
type Settings struct {
	ID identity.Means `koanf:"-"` // the connector's id, from outside the settings

	connectors.Offered `koanf:",squash"` // the ceiling is high: the PIN is typed each time
	pki.Sources        `koanf:",squash"`

	AppLink string `koanf:"app_link"` // where the phone's app opens, https://eid.gov.example/auth; "" for none
	Reader  string `koanf:"reader"`   // origin of the simulated reader, with simulated only
}

// Decode reads settings strictly. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any) (Settings, error) {
	s := Settings{ID: id}
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
