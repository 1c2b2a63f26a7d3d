package bench

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// place is one installation with its hub in a process of its own, and two services to log in to.
type place struct {
	*hubtest.World
	process       *hubtest.Process
	meter         meter
	browser       *hubtest.Browser
	programs      *http.Client // of services
	city, library service
	first         counted // what newcomers wrote
}

// service is a client of the hub, as small as can be.
type service struct {
	id, secret, callback string
	claims               string
}

const (
	cityClaims = `{"userinfo":{"given_name":{"essential":true},"family_name":{"essential":true},"birthdate":{"essential":true},"address":null,"email":null}}`
	shelfClaim = `{"userinfo":{"age_over_18":{"essential":true},"email":null}}`
	verifier   = "a-verifier-of-forty-three-characters-or-more"
)

func newPlace(b *testing.B, d store.Dialect) *place {
	b.Helper()
	landing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	b.Cleanup(landing.Close)
	p := &place{
		programs: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		city:     service{"bench-city", rand.Text(), landing.URL + "/city", cityClaims},
		library:  service{"bench-library", rand.Text(), landing.URL + "/library", shelfClaim},
	}
	p.World = hubtest.New(b, hubtest.WithDialect(d), hubtest.WithParties(p.registration()), hubtest.WithSettings(func(settings map[string]any) {
		settings["log"] = map[string]any{"level": "info", "format": "json"} // as in production
	}))
	if err := p.Replicas[0].Stop(); err != nil {
		b.Fatal(err)
	}
	p.process = p.Spawn(b)
	p.meter = meter{p.process.PID(), postmaster(b, d, p.Usage.Source)}
	p.browser = p.Browser(b)
	return p
}

// registration is how the two clients are registered at parties of the country.
func (p *place) registration() string {
	text := "clients:\n"
	for party, s := range map[string]service{"nowa-wola-city": p.city, "pod-lipa-library": p.library} {
		digest := sha256.Sum256([]byte(s.secret))
		text += fmt.Sprintf(`  - {id: %s, party: %s, redirect_uris: ["%s"], token_endpoint_auth_method: client_secret_basic, secret_digests: ["%s"], refresh_tokens: true}`+"\n",
			s.id, party, s.callback, hex.EncodeToString(digest[:]))
	}
	return text
}

// request is an authorization request of a service.
func (p *place) request(s service) string {
	challenge := sha256.Sum256([]byte(verifier))
	return p.Issuer + "/authorize?" + url.Values{
		"client_id": {s.id}, "response_type": {"code"}, "scope": {"openid offline_access"}, "redirect_uri": {s.callback}, "state": {rand.Text()},
		"nonce": {rand.Text()}, "claims": {s.claims}, "acr_values": {"http://eidas.europa.eu/LoA/substantial"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// prove logs somebody in whose browser has not been here before, up to the consent page.
func (p *place) prove(s service) { p.proveAs(s, "ordinary") }

func (p *place) proveAs(s service, person string) {
	p.browser.Renew()
	p.browser.Get(p.request(s))
	p.browser.Choose("trusted-profile")
	p.browser.Be(person)
}

// approve gives the code that a service gets.
func (p *place) approve(b *testing.B) string {
	b.Helper()
	return p.arrived(b, p.browser.Click("approve"))
}

// through gives the code that a service gets without a question.
func (p *place) through(b *testing.B, s service) string {
	b.Helper()
	return p.arrived(b, p.browser.Get(p.request(s)))
}

func (p *place) arrived(b *testing.B, at *hubtest.Page) string {
	b.Helper()
	code := at.Query("code")
	if code == "" {
		b.Fatalf("no code at %s (%d):\n%s", at.URL.Path, at.Status, at.Text())
	}
	return code
}

// remembered leaves the browser with a session, and a decision that lets the service through.
func (p *place) remembered(s service) {
	p.prove(s)
	if p.browser.Page.Has("remember") { // else it is remembered from an earlier round
		p.browser.Tick("remember")
		p.browser.Click("approve")
	}
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
}

func (p *place) redeem(b *testing.B, s service, code string) tokens {
	b.Helper()
	return p.token(b, s, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {s.callback}, "code_verifier": {verifier},
	})
}

func (p *place) token(b *testing.B, s service, form url.Values) tokens {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, p.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(s.id, s.secret)
	var got tokens
	if err := json.Unmarshal(p.send(b, r, http.StatusOK), &got); err != nil || got.Access == "" || got.Refresh == "" || got.ID == "" {
		b.Fatalf("not all tokens came: %v", err)
	}
	return got
}

func (p *place) get(b *testing.B, address, bearer string, want int) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	p.send(b, r, want)
}

func (p *place) send(b *testing.B, r *http.Request, want int) []byte {
	b.Helper()
	resp, err := p.programs.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		b.Fatalf("%s: %d, %v\n%s", r.URL.Path, resp.StatusCode, err, body)
	}
	return body
}
