// Package saml is the connector to upstream SAML 2.0 identity providers: national nodes and trusted
// profiles. It proves that an answer is the upstream's own, meant for us and for this very leg, and
// hands on what it says. It decides no level and keeps nothing but the upstream's metadata. How XML is
// read, signed and encrypted is in xmlsec.
//
// crewjam/saml is not used (2026-11-28): it takes one signature format of several, resolves artifacts
// with all signatures at once, and its decrypter lacks what the Polish node sends.
package saml

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/outbound"
	"symbolon/connectors/saml/xmlsec"
)

// Kind is the name of this kind of connector in the settings.
const Kind = "saml"

// Namespaces of SAML 2.0.
const (
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSOAP      = "http://schemas.xmlsoap.org/soap/envelope/"
)

// Bindings of SAML 2.0.
const (
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	bindingArtifact = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
	bindingSOAP     = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
)

// Deps are what the connector uses of the house.
type Deps struct {
	HTTP     *http.Client // the outbound client: it holds allow-list, deadline and size
	SOAP     *http.Client // the same for calls of this protocol, with their own trust; nil: HTTP
	Callback string       // our absolute address that takes answers
	Logout   string       // our absolute address that takes logouts
	Now      func() time.Time
	Log      *slog.Logger
}

// Connector is one upstream.
type Connector struct {
	settings Settings
	deps     Deps
	keys     ring
	trust    *outbound.Kept[trust]
}

var (
	_ connectors.Connector    = (*Connector)(nil)
	_ connectors.Publisher    = (*Connector)(nil)
	_ connectors.SessionEnder = (*Connector)(nil)
	_ connectors.LogoutHearer = (*Connector)(nil)
	_ connectors.Doctor       = (*Connector)(nil)
)

// New makes a connector of settings that Decode gave. It reads its keys, and calls nobody: metadata
// are fetched when they are first needed, so an upstream that is down delays no start.
func New(s Settings, d Deps) (*Connector, error) {
	if err := s.fill().check(); err != nil {
		return nil, fmt.Errorf("upstream %s: %w", s.ID, err)
	}
	if d.HTTP == nil || d.Log == nil || d.Callback == "" {
		return nil, fmt.Errorf("upstream %s: without HTTP client, log or callback", s.ID)
	}
	if d.SOAP == nil {
		d.SOAP = d.HTTP
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	c := &Connector{settings: s, deps: d}
	var err error
	if c.keys, err = loadRing(s); err != nil {
		return nil, fmt.Errorf("upstream %s: %w", s.ID, err)
	}
	c.trust = &outbound.Kept[trust]{
		Fetch: c.fetchTrust, Now: d.Now, Fresh: s.Metadata.RefreshInterval, Stale: s.Metadata.MaxAge, Pause: time.Minute,
	}
	c.warnOfEnds(d.Now())
	return c, nil
}

// Describe says what people and rules need to know.
func (c *Connector) Describe() connectors.Description {
	return c.settings.Describe(c.settings.ID, Kind)
}

// leg is what the connector must remember of one leg. It is sealed into the login.
type leg struct {
	Handle  string        `json:"handle"`
	Request string        `json:"request"` // ID of the AuthnRequest
	Return  string        `json:"return"`
	Began   int64         `json:"began"`            // seconds
	Forced  bool          `json:"forced,omitempty"` // the person must act after Began
	MaxAge  time.Duration `json:"max_age,omitempty"`
	Asked   []string      `json:"asked,omitempty"` // AuthnContextClassRefs asked for
}

func (l leg) state() (connectors.State, error) {
	state, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("write state: %w", err)
	}
	return state, nil
}

// newID gives 256 bits as an xs:ID, which begins with no digit (SAML Core §1.3.4).
func newID() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return "_" + base64.RawURLEncoding.EncodeToString(secret)
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

func stale(reason string) error { return refusal{connectors.StaleAnswer, reason} }

func unavailable(reason string) error { return refusal{connectors.Unavailable, reason} }

// step makes the failed step of an error. Those of xmlsec are in fixed words, too.
func (c *Connector) step(err error) connectors.Step {
	var r refusal
	switch {
	case errors.As(err, &r):
		return c.failed(r.code, r.reason)
	case errors.Is(err, xmlsec.ErrSignature), errors.Is(err, xmlsec.ErrMalformed), errors.Is(err, xmlsec.ErrDecrypt):
		return c.failed(connectors.InvalidAnswer, err.Error())
	default:
		return c.failed(connectors.Unavailable, "unexpected")
	}
}
