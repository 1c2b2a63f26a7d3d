// Package oidc is the connector to upstream OpenID providers: trusted profiles, banks and schemes of
// banks. It proves that an answer is the upstream's own, meant for us and for this very leg, and
// hands on what it says. It decides no level and keeps nothing but the upstream's metadata and keys.
package oidc

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/outbound"
)

// Kind is the name of this kind of connector in the settings.
const Kind = "oidc"

// Deps are what the connector uses of the house.
type Deps struct {
	HTTP   *http.Client // the outbound client: it holds allow-list, deadline and size
	Logout string       // our absolute address for logouts of this upstream; "" if there is none
	Now    func() time.Time
	Log    *slog.Logger
}

// Connector is one upstream.
type Connector struct {
	settings Settings
	deps     Deps
	secret   string           // for client_secret_*
	signer   *assertionSigner // for private_key_jwt
	metadata *outbound.Kept[metadata]
	keys     *outbound.Kept[[]key]
}

var (
	_ connectors.Connector    = (*Connector)(nil)
	_ connectors.SessionEnder = (*Connector)(nil)
	_ connectors.LogoutHearer = (*Connector)(nil)
	_ connectors.Doctor       = (*Connector)(nil)
)

// New makes a connector of settings that Decode gave. It reads key or secret, and calls nobody:
// metadata are fetched when they are first needed, so an upstream that is down delays no start.
func New(s Settings, d Deps) (*Connector, error) {
	if err := s.fill().check(); err != nil {
		return nil, fmt.Errorf("upstream %s: %w", s.ID, err)
	}
	if d.HTTP == nil || d.Log == nil {
		return nil, fmt.Errorf("upstream %s: without HTTP client or log", s.ID)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	c := &Connector{settings: s, deps: d}
	if err := c.readCredential(); err != nil {
		return nil, fmt.Errorf("upstream %s: %w", s.ID, err)
	}
	c.metadata = &outbound.Kept[metadata]{
		Fetch: c.fetchMetadata, Now: d.Now, Fresh: time.Hour, Pause: 30 * time.Second, // last-good for as long as it takes
	}
	c.keys = &outbound.Kept[[]key]{
		Fetch: c.fetchKeys, Now: d.Now, Fresh: 15 * time.Minute, Stale: time.Hour, Pause: time.Minute,
	}
	return c, nil
}

func (c *Connector) readCredential() error {
	auth := c.settings.ClientAuth
	if auth.Method == "private_key_jwt" {
		text, err := os.ReadFile(auth.KeyFile)
		if err != nil {
			return fmt.Errorf("client_auth.key_file: %w", err)
		}
		c.signer, err = newAssertionSigner(text, auth)
		return err
	}
	text, err := os.ReadFile(auth.SecretFile)
	if err != nil {
		return fmt.Errorf("client_auth.secret_file: %w", err)
	}
	if c.secret = strings.TrimSpace(string(text)); c.secret == "" {
		return errors.New("client_auth.secret_file: is empty")
	}
	return nil
}

// Describe says what people and rules need to know.
func (c *Connector) Describe() connectors.Description {
	s := c.settings
	d := s.Describe(s.ID, Kind)
	d.Resistant = len(s.ResistantAMR) > 0
	for _, choice := range s.Choices {
		d.Choices = append(d.Choices, connectors.Choice{ID: choice.ID, Names: choice.Names, Ceiling: choice.Ceiling})
	}
	return d
}

// choice gives the door that an attempt names; false where there is no such door.
func (s *Settings) choice(id string) (Choice, bool) {
	if len(s.Choices) == 0 {
		return Choice{Ceiling: s.Ceiling}, id == ""
	}
	for _, choice := range s.Choices {
		if choice.ID == id {
			return choice, true
		}
	}
	return Choice{}, false
}

// leg is what the connector must remember of one leg. It is sealed into the login.
type leg struct {
	Handle   string        `json:"handle"`
	Choice   string        `json:"choice,omitempty"`
	Nonce    string        `json:"nonce"`
	Verifier string        `json:"verifier"`
	Return   string        `json:"return"`
	Began    int64         `json:"began"`             // seconds
	Fresh    bool          `json:"fresh,omitempty"`   // the person must act after Began
	MaxAge   time.Duration `json:"max_age,omitempty"` // the most that was asked for
	Asked    bool          `json:"asked,omitempty"`   // Fresh or MaxAge came from the party, not from the settings
}

func (l leg) state() (connectors.State, error) {
	state, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("write state: %w", err)
	}
	return state, nil
}

// random gives 256 bits as 43 characters, which is also a code verifier (RFC 7636 §4.1).
func random() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(secret)
}

// failed ends a leg. The reason is a fixed word for the log; what the upstream wrote is never in it.
func (c *Connector) failed(code connectors.FailureCode, reason string) connectors.Failed {
	c.deps.Log.Info("upstream's answer not taken", "means", string(c.settings.ID), "code", string(code), "reason", reason)
	retry := code == connectors.Unavailable || code == connectors.StaleAnswer || code == connectors.Cancelled
	return connectors.Failed{Code: code, Retry: retry}
}

// refusal is why an answer is not taken: a code for people and a fixed word for the log.
type refusal struct {
	code   connectors.FailureCode
	reason string
}

// Error gives the reason.
func (r refusal) Error() string { return r.reason }

func invalid(reason string) error { return refusal{connectors.InvalidAnswer, reason} }

func unavailable(reason string) error { return refusal{connectors.Unavailable, reason} }

// step makes the failed step of an error.
func (c *Connector) step(err error) connectors.Step {
	var r refusal
	if errors.As(err, &r) {
		return c.failed(r.code, r.reason)
	}
	return c.failed(connectors.Unavailable, "unexpected")
}
