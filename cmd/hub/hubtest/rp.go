package hubtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// RP is a relying party that a test plays request by request, rightly or wrongly. Its fields say
// how it is registered; WithRPs fills what is empty.
type RP struct {
	ID          string
	Method      string            // token_endpoint_auth_method
	Secret      string            // of the client_secret methods
	Key         *ecdsa.PrivateKey // of private_key_jwt
	KeyID       string
	Redirect    string         // where answers are taken
	AfterLogout string         //
	Client      map[string]any // more of the client, as in a parties file
	Party       map[string]any // more of the party

	Verifier string // of every request's challenge
	HTTP     *http.Client

	w *World
	t testing.TB
}

// Reply is what the hub answers a program.
type Reply struct {
	Status int
	Header http.Header
	Body   string
	JSON   map[string]any
}

// Text gives a member of the JSON that is a text, "" if there is none.
func (r Reply) Text(name string) string { text, _ := r.JSON[name].(string); return text }

// Answer is what came back to the redirect URI.
type Answer struct {
	url.Values
	Method string
	Page   *Page
}

// Code gives the code of the answer.
func (a Answer) Code() string { return a.Get("code") }

// As gives the same party for another test of the same world.
func (rp *RP) As(t testing.TB) *RP { c := *rp; c.t = t; return &c }

// Request gives the parameters of a good authorization request with changes, name and value in
// turn; the value "" takes a parameter away.
func (rp *RP) Request(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(rp.Verifier))
	v := url.Values{
		"client_id": {rp.ID}, "redirect_uri": {rp.Redirect}, "response_type": {"code"}, "scope": {"openid"},
		"state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	change(v, changes)
	return v
}

func change(v url.Values, changes []string) {
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			v.Del(changes[i])
		} else {
			v.Set(changes[i], changes[i+1])
		}
	}
}

// Authorize sends a browser with a request and gives the page where it comes to stand.
func (rp *RP) Authorize(b *Browser, changes ...string) *Page {
	rp.t.Helper()
	return b.Get(rp.Address(rp.Request(changes...)))
}

// Address is the authorization endpoint with parameters.
func (rp *RP) Address(v url.Values) string { return rp.w.Issuer + "/authorize?" + v.Encode() }

// Login sends a browser with a request and lets a person log in and agree to everything.
func (rp *RP) Login(b *Browser, person string, changes ...string) Answer {
	rp.t.Helper()
	rp.Authorize(b, changes...)
	return rp.Finish(b, person)
}

// Finish goes on from whatever page the browser is at until the party has its answer: the trusted
// profile, the person, two factors, yes to everything.
func (rp *RP) Finish(b *Browser, person string) Answer {
	rp.t.Helper()
	for range 16 { // a register's event may end what was proved on the way: then it is proved once more
		switch page := b.Page; {
		case rp.Landed(page):
			return rp.Answered(page)
		case page.Has("means-trusted-profile"):
			b.Click("means-trusted-profile")
		case page.Has("other") && page.Has("continue"): // the profile knows somebody: not this one for sure
			b.Click("other")
		case page.Has("person-" + person):
			b.Click("person-" + person)
		case page.Has("confirm"):
			b.Click("confirm")
		case page.Has("approve"):
			for _, id := range page.IDs("attr-") {
				b.Tick(id)
			}
			b.Click("approve")
		case page.Has("leave"):
			b.Click("leave")
		default:
			rp.t.Fatalf("stuck at %s (%d):\n%s", page.URL.Path, page.Status, page.Text())
		}
	}
	rp.t.Fatalf("no end at %s:\n%s", b.Page.URL.Path, b.Page.Text())
	return Answer{}
}

// Landed reports whether a page is at the party.
func (rp *RP) Landed(p *Page) bool { return strings.HasPrefix(p.URL.String(), rp.w.landing+"/") }

// Answered reads the answer from a page at the party.
func (rp *RP) Answered(p *Page) Answer {
	rp.t.Helper()
	if !rp.Landed(p) {
		rp.t.Fatalf("not at the party but at %s (%d):\n%s", p.URL.Path, p.Status, p.Text())
	}
	method, form, _ := strings.Cut(p.Text(), " ")
	values, err := url.ParseQuery(form)
	if err != nil {
		rp.t.Fatal(err)
	}
	return Answer{values, method, p}
}

// Exchange redeems a code.
func (rp *RP) Exchange(code string, changes ...string) Reply {
	rp.t.Helper()
	return rp.Token(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", rp.Redirect, "code_verifier", rp.Verifier}, changes...)...)
}

// Refresh presents a refresh token.
func (rp *RP) Refresh(token string, changes ...string) Reply {
	rp.t.Helper()
	return rp.Token(append([]string{"grant_type", "refresh_token", "refresh_token", token}, changes...)...)
}

// Token asks the token endpoint, authenticated as registered.
func (rp *RP) Token(changes ...string) Reply { rp.t.Helper(); return rp.Post("/token", changes...) }

// Revoke asks for a token to be revoked.
func (rp *RP) Revoke(token string) Reply {
	rp.t.Helper()
	return rp.Post("/revoke", "token", token)
}

// Post sends a form, authenticated as registered.
func (rp *RP) Post(path string, changes ...string) Reply {
	rp.t.Helper()
	form := url.Values{}
	change(form, changes)
	return rp.Do(rp.Prove(rp.t.Context(), path, form))
}

// Prove makes a request of a form with the party's authentication. What the form brings itself of
// client_id, client_assertion and client_secret is left alone.
func (rp *RP) Prove(ctx context.Context, path string, form url.Values) *http.Request {
	rp.t.Helper()
	basic := false
	switch rp.Method {
	case "private_key_jwt":
		if !form.Has("client_assertion") {
			form.Set("client_assertion", rp.Assertion(nil))
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	case "client_secret_basic":
		basic = true
	case "client_secret_post":
		setDefault(form, "client_secret", rp.Secret)
		fallthrough
	default:
		setDefault(form, "client_id", rp.ID)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, rp.w.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		rp.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		r.SetBasicAuth(url.QueryEscape(rp.ID), url.QueryEscape(rp.Secret))
	}
	return r
}

func setDefault(form url.Values, name, value string) {
	if !form.Has(name) {
		form.Set(name, value)
	}
}

// Assertion makes a client assertion (RFC 7523 §3), good but for the changes; nil takes a claim away.
func (rp *RP) Assertion(changes map[string]any) string {
	rp.t.Helper()
	now := rp.w.Now()
	claims := map[string]any{
		"iss": rp.ID, "sub": rp.ID, "aud": rp.w.Issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for name, value := range changes {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return Sign(rp.t, rp.Key, map[string]any{"kid": rp.KeyID, "typ": "JWT"}, claims)
}

// Sign makes an ES256 JWT with any header and claims.
func Sign(t testing.TB, key *ecdsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Userinfo asks for the released claims, with the token in the header.
func (rp *RP) Userinfo(token string) Reply {
	rp.t.Helper()
	r := rp.w.Ask(http.MethodGet, "/userinfo").WithContext(rp.t.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return rp.Do(r)
}

// Do sends any request and reads the answer.
func (rp *RP) Do(r *http.Request) Reply {
	rp.t.Helper()
	reply, err := rp.Try(r)
	if err != nil {
		rp.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return reply
}

// Try is Do for other goroutines, which may not end the test.
func (rp *RP) Try(r *http.Request) (Reply, error) {
	resp, err := rp.HTTP.Do(r)
	if err != nil {
		return Reply{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	reply := Reply{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
	_ = json.Unmarshal(body, &reply.JSON) // pages and empty answers have none
	return reply, err
}

// ReadJWT reads a JWT without a look at its signature.
func ReadJWT(t testing.TB, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT of three parts, but of %d", len(parts))
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

// NewKey draws an ES256 key.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
