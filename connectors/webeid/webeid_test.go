package webeid

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
	"symbolon/connectors/pki"
	"symbolon/connectors/pki/specimen"
)

const here = "https://login.nowawola.example"

func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// bench is a connector, an authority whose cards it takes, and one card.
type bench struct {
	t         testing.TB
	authority *specimen.Authority
	card      specimen.Pair
	algorithm string
	key       crypto.Signer // of every card; nil: each has its own
	connector *Connector
	logs      *connectortest.Logs
	now       time.Time
	profile   pki.Profile
	verifier  *pki.Verifier
	change    func(*specimen.Answer)
	down      func() // takes responder and list away
}

func newBench(t testing.TB, algorithm string) *bench {
	t.Helper()
	return newBenchOf(t, algorithm, nil)
}

func newBenchOf(t testing.TB, algorithm string, key crypto.Signer) *bench {
	t.Helper()
	b := &bench{t: t, algorithm: algorithm, key: key, logs: &connectortest.Logs{}, now: noon()}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	b.authority, err = specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return b.now }})
	b.must(err)
	handler = b.authority.Handler(func(a *specimen.Answer) {
		if b.change != nil {
			b.change(a)
		}
	})
	issuing, root, err := b.authority.Write(t.TempDir())
	b.must(err)
	b.profile = pki.Profile{
		ID: "pl-2019", Country: "PL", Level: identity.High, CertificatesFile: issuing, RootsFile: root, Policies: []string{specimen.AuthPolicy},
		Subject: pki.Subject{Number: `^PNOPL-(\d{11})$`, Scheme: "PNO", Birthdate: true, Document: specimen.DocumentOID, DocumentType: "idcard"},
		OCSP:    pki.OCSP{URL: server.URL + "/ocsp"},
	}
	client := outbound.New(outbound.Options{AllowHosts: []string{"127.0.0.1"}, AllowLoopback: true}).HTTP()
	b.verifier, err = pki.New([]pki.Profile{b.profile}, pki.Deps{OCSP: client, CRL: client, Log: b.logs.Logger()})
	b.must(err)
	b.card = b.issue(holder())
	b.down = server.Close
	b.connector = b.connect()
	return b
}

func (b *bench) connect() *Connector {
	b.t.Helper()
	c, err := New(Settings{
		ID: "card", Offered: connectors.Offered{Names: map[string]string{"en": "e-ID card"}, Ceiling: identity.High, AuthoritativeFor: []string{"PNOPL"}},
		Sources: pki.Sources{Issuers: []pki.Profile{b.profile}}, AppLink: "https://eid.gov.example/auth",
	}, Deps{Cards: b.verifier, Log: b.logs.Logger()})
	b.must(err)
	return c
}

// tells gives the citizen another card.
func (b *bench) tells(told connectortest.Told) {
	h := holder()
	h.Given, h.Family, h.Birthdate = told.Given, told.Family, told.Birthdate
	b.card = b.issue(h)
}

func holder() specimen.Holder {
	return specimen.Holder{Given: "Konstanty", Family: "Brzeziński-Testowy", Number: "PNOPL-87022290019", Birthdate: "1987-02-22", Document: "ZZP100001"}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) issue(h specimen.Holder) specimen.Pair {
	b.t.Helper()
	if b.key == nil {
		p, err := b.authority.Issue(b.authority.Template(h), b.algorithm)
		b.must(err)
		return p
	}
	p, err := specimen.Certify(b.authority.Template(h), b.key, b.authority.Issuing)
	b.must(err)
	b.authority.Knows(p.Certificate)
	return p
}

func (b *bench) attempt(handle string) connectors.Attempt {
	return connectors.Attempt{Handle: handle, Return: here + "/callback/card", Wanted: identity.High, Locales: []string{"pl-PL", "en"}, Now: b.now}
}

// sign plays reader and card for a page.
func (b *bench) sign(challenge Challenge, origin string) specimen.Token {
	b.t.Helper()
	token, err := b.card.Sign(b.algorithm, origin, challenge.Nonce)
	b.must(err)
	return token
}

func text(t testing.TB, token any) string {
	t.Helper()
	raw, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func form(token string) connectors.Input {
	return connectors.Input{Form: url.Values{"answer": {token}}}
}

func challengeOf(t testing.TB, step connectors.Step) Challenge {
	t.Helper()
	page, ok := step.(connectors.Page)
	if !ok {
		t.Fatalf("no page: %s", connectortest.Outcome(step))
	}
	return page.Data.(Challenge)
}

func TestConnector(t *testing.T) {
	for _, algorithm := range []string{"ES256", "ES384", "ES512", "RS256", "PS256"} {
		t.Run(algorithm, func(t *testing.T) {
			key, err := specimen.NewKey(algorithm) // one for all stories: RSA keys take long to make
			if err != nil {
				t.Fatal(err)
			}
			connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
				b := newBenchOf(t, algorithm, key)
				var challenge Challenge
				return &connectortest.Rig{
					Connector: b.connector, Attempt: b.attempt, Logs: b.logs,
					Walk: func(t *testing.T, step connectors.Step) connectors.Input {
						challenge = challengeOf(t, step)
						return form(text(t, b.sign(challenge, here)))
					},
					Pass: func(d time.Duration) { b.now = b.now.Add(d) }, Replica: func() connectors.Connector { return b.connect() }, Tells: b.tells, Down: b.down,
					Private: func() []string {
						return []string{"87022290019", "Konstanty", "Brzeziński", "1987-02-22", "ZZP100001", challenge.Nonce, b.card.Certificate.SerialNumber.Text(16)}
					},
				}
			})
		})
	}
}

func TestTheCardSaysWhoItIs(t *testing.T) {
	b := newBench(t, "ES384")
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(t.Context(), a)
	b.must(err)
	challenge := challengeOf(t, step)
	if len(challenge.Nonce) != 44 || challenge.Lang != "pl" || challenge.AppLink != "https://eid.gov.example/auth" || step.(connectors.Page).Guest != "" {
		t.Errorf("%+v (R-WEID-01)", challenge)
	}
	step, _, err = b.connector.Continue(t.Context(), a, state, form(text(t, b.sign(challenge, here))))
	b.must(err)
	auth := connectortest.MustBeDone(t, step)
	e := auth.Evidence[0]
	if auth.Identifiers[0].Reveal() != "PNOPL-87022290019" || auth.Issuer != "eid:PL" || e.Kind != identity.CardToken || e.Asserted != identity.High || e.Expires.IsZero() {
		t.Errorf("%+v", auth)
	}
	if c := e.Certificate; c == nil || c.Serial == "" || len(c.Issuer) == 0 || c.Policy != specimen.AuthPolicy || c.Checked != "ocsp" || len(c.Answer) != 32 || c.Produced.IsZero() {
		t.Errorf("R-CARD-09: %+v", e.Certificate)
	}
	if done := step.(connectors.Done); done.Once != challenge.Nonce || !done.Until.After(b.now.Add(challengeLife)) {
		t.Error("the answer is not known by its challenge until it is too old")
	}
}

func TestOriginIsWrittenAsBrowsersDo(t *testing.T) {
	for address, want := range map[string]string{
		"https://Login.NowaWola.example/callback/card": "https://login.nowawola.example",
		"https://login.nowawola.example:443/x":         "https://login.nowawola.example",
		"http://localhost:8080/callback/card":          "http://localhost:8080",
		"http://localhost:80/":                         "http://localhost",
		"https://login.nowawola.example:8443":          "https://login.nowawola.example:8443",
	} {
		if got, err := origin(address); err != nil || got != want {
			t.Errorf("%s: %s %v", address, got, err)
		}
	}
}

func TestSettings(t *testing.T) {
	b := newBench(t, "ES256")
	good := b.connector.settings
	for key, spoil := range map[string]func(*Settings){
		"names.en":   func(s *Settings) { s.Names = nil },
		"ceiling":    func(s *Settings) { s.Ceiling = identity.None },
		"issuers":    func(s *Settings) { s.Issuers = nil },
		"issuers[0]": func(s *Settings) { s.Issuers = []pki.Profile{{}} },
		"app_link":   func(s *Settings) { s.AppLink = "eidapp://auth" },
		"reader":     func(s *Settings) { s.Reader = "http://127.0.0.1:9105" },
	} {
		s := good
		spoil(&s)
		if _, err := New(s, b.connector.deps); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := Decode("card", map[string]any{"nmes": map[string]any{"en": "x"}}); err == nil || !strings.Contains(err.Error(), "nmes") {
		t.Errorf("an unknown setting was taken: %v", err)
	}
}
