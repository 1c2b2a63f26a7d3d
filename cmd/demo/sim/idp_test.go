package sim

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

const (
	callback = "http://127.0.0.1:9/callback"
	after    = "http://127.0.0.1:9/"
)

// stand is one provider on a real listener, with two clients: "basic" and "jwt".
type stand struct {
	*Provider
	t   *testing.T
	key *ecdsa.PrivateKey
	now time.Time
}

func newStand(t *testing.T, make func(string, []Person, ...Client) (*Provider, error)) *stand {
	t.Helper()
	people, err := People()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k"}}}
	p, err := make("http://"+server.Listener.Addr().String(), people,
		Client{ID: "basic", Secret: "a secret: with+signs", RedirectURIs: []string{callback}, PostLogoutURIs: []string{after}},
		Client{ID: "jwt", Keys: keys, RedirectURIs: []string{callback}})
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{Provider: p, t: t, key: key, now: time.Now()}
	p.Now = func() time.Time { return s.now }
	server.Config.Handler = p.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// browser keeps cookies, follows the provider's redirects and stops where it would leave it.
func (s *stand) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) || strings.HasPrefix(r.URL.String(), after) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

func (s *stand) config(client string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: client, ClientSecret: map[string]string{"basic": "a secret: with+signs"}[client],
		RedirectURL: callback, Scopes: []string{"openid", "profile", "email", "phone", "nid"},
		Endpoint: oauth2.Endpoint{AuthURL: s.Issuer + "/authorize", TokenURL: s.Issuer + "/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
}

const verifier = "a-verifier-of-at-least-forty-three-characters-0123"

func (s *stand) authURL(client string, more url.Values) string {
	u, err := url.Parse(s.config(client).AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("nonce", "the-nonce")))
	if err != nil {
		s.t.Fatal(err)
	}
	q := u.Query()
	for name, values := range more {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func (s *stand) get(b *http.Client, address string) *http.Response {
	s.t.Helper()
	res, err := b.Get(address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func (s *stand) post(b *http.Client, path string, form url.Values) *http.Response {
	s.t.Helper()
	res, err := b.PostForm(s.Issuer+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// login walks the pages and gives the callback's query.
func (s *stand) login(b *http.Client, person, factor string, more url.Values) url.Values {
	s.t.Helper()
	at := s.get(b, s.authURL("basic", more))
	form := url.Values{"id": {at.Request.URL.Query().Get("id")}, "person": {person}, "factor": {factor}}
	return s.back(s.post(b, "/login", form))
}

func (s *stand) back(res *http.Response) url.Values {
	s.t.Helper()
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), callback) {
		s.t.Fatalf("the browser did not come back: %s, %v", res.Status, err)
	}
	return to.Query()
}

type idClaims struct {
	Number  string   `json:"national_identifier"`
	Given   string   `json:"given_name"`
	Family  string   `json:"family_name"`
	Birth   string   `json:"birthdate"`
	Email   string   `json:"email"`
	ACR     string   `json:"acr"`
	AMR     []string `json:"amr"`
	AuthAge int64    `json:"auth_time"`
}

// redeem takes a code through an independent client, with all of its checks.
func (s *stand) redeem(code string) (idClaims, string, error) {
	s.t.Helper()
	ctx := context.Background()
	found, err := gooidc.NewProvider(ctx, s.Issuer)
	if err != nil {
		return idClaims{}, "", err
	}
	token, err := s.config("basic").Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return idClaims{}, "", err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&gooidc.Config{ClientID: "basic", Now: func() time.Time { return s.now }}).Verify(ctx, raw)
	if err != nil {
		return idClaims{}, "", err
	}
	if id.Nonce != "the-nonce" {
		return idClaims{}, "", io.ErrUnexpectedEOF
	}
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return idClaims{}, "", err
	}
	var inToken, inInfo idClaims
	if id.Claims(&inToken) != nil || info.Claims(&inInfo) != nil || info.Subject != id.Subject || inInfo.Number != inToken.Number {
		return idClaims{}, "", io.ErrUnexpectedEOF
	}
	return inToken, id.Subject, nil
}

func TestEverybodyLogsInWithTheMeansTheyHave(t *testing.T) {
	profile, banks := newStand(t, TrustedProfile), newStand(t, Banks)
	subjects := map[string]string{}
	for _, at := range []struct {
		stand *stand
		door  string
	}{{profile, "trusted-profile"}, {banks, "bank-one"}, {banks, "bank-two"}} {
		for _, person := range at.stand.People {
			if _, has := person.Has(at.door); !has {
				continue
			}
			q := at.stand.login(at.stand.browser(), person.Key, "confirm", url.Values{"login_hint": {at.door}})
			if q.Get("state") != "the-state" || q.Get("iss") != at.stand.Issuer {
				t.Errorf("%s at %s: state or iss is missing", person.Key, at.door)
			}
			claims, subject, err := at.stand.redeem(q.Get("code"))
			if err != nil {
				t.Fatalf("%s at %s: %v", person.Key, at.door, err)
			}
			if claims.Given != person.Given() || claims.Family != person.FamilyName || claims.Number != person.NumberAt(at.door) || claims.Email != person.Email {
				t.Errorf("%s at %s: told something else: %+v", person.Key, at.door, claims)
			}
			if claims.ACR != acrSubstantial {
				t.Errorf("%s at %s: acr %q", person.Key, at.door, claims.ACR)
			}
			if other, taken := subjects[at.stand.Issuer+subject]; taken {
				t.Errorf("%s at %s has the subject of %s", person.Key, at.door, other)
			}
			subjects[at.stand.Issuer+subject] = person.Key + " at " + at.door
		}
	}
	if len(subjects) < 12 {
		t.Errorf("only %d logins were tried", len(subjects))
	}
}

func TestWhatTheBanksKnowOfSomePeople(t *testing.T) {
	banks := newStand(t, Banks)
	for _, c := range []struct{ person, number, birth string }{
		{"changed-number", "PNOPL-80030990012", "1980-03-09"},
		{"foreigner", "", "1990-06-21"},
		{"mononym", "", "1975"},
	} {
		claims, _, err := banks.redeem(banks.login(banks.browser(), c.person, "confirm", url.Values{"bank": {"bank-two"}}).Get("code"))
		if err != nil || claims.Number != c.number || claims.Birth != c.birth {
			t.Errorf("%s: number %q, birth %q, %v", c.person, claims.Number, claims.Birth, err)
		}
	}
}

func TestLevelFollowsWhatThePersonDid(t *testing.T) {
	s := newStand(t, TrustedProfile)
	claims, _, err := s.redeem(s.login(s.browser(), "ordinary", "password", url.Values{"acr_values": {acrSubstantial}}).Get("code"))
	if err != nil || claims.ACR != acrLow || strings.Join(claims.AMR, " ") != "pwd" {
		t.Errorf("password only: %q %v %v", claims.ACR, claims.AMR, err)
	}
}

func TestPasswordForm(t *testing.T) {
	s := newStand(t, Banks)
	b := s.browser()
	id := s.get(b, s.authURL("basic", nil)).Request.URL.Query().Get("id")
	s.post(b, "/login", url.Values{"id": {id}, "door": {"bank-one"}})
	for _, c := range []struct{ user, password string }{
		{"ordinary", "wrong"}, {"nobody", Password}, {"ordinary", ""}, {"minor", Password}, {"foreigner", Password}, // the last has another bank
	} {
		res := s.post(b, "/login", url.Values{"id": {id}, "username": {c.user}, "password": {c.password}, "factor": {"confirm"}})
		if body := text(t, res); !strings.Contains(body, `id="wrong"`) {
			t.Errorf("%s: no word that it is wrong", c.user)
		}
	}
	res := s.post(b, "/login", url.Values{"id": {id}, "username": {"ordinary"}, "password": {Password}})
	if !strings.Contains(text(t, res), `id="confirm"`) {
		t.Fatal("the right password does not lead to the second factor")
	}
	if q := s.back(s.post(b, "/login", url.Values{"id": {id}, "factor": {"confirm"}})); q.Get("code") == "" {
		t.Error("no code")
	}
	if res := s.post(b, "/login", url.Values{"id": {id}, "factor": {"confirm"}}); res.StatusCode != http.StatusBadRequest {
		t.Error("a finished login can be finished again")
	}
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestSessionPromptAndMaxAge(t *testing.T) {
	s := newStand(t, TrustedProfile)
	b := s.browser()
	if q := s.back(s.get(b, s.authURL("basic", url.Values{"prompt": {"none"}}))); q.Get("error") != "login_required" {
		t.Errorf("prompt=none without a session: %v", q)
	}
	s.login(b, "ordinary", "password", nil)
	s.now = s.now.Add(10 * time.Minute)
	for _, c := range []struct {
		name  string
		more  url.Values
		shows string
	}{
		{"nothing special", nil, `id="continue"`},
		{"prompt=login", url.Values{"prompt": {"login"}}, `id="log-in"`},
		{"max_age reached", url.Values{"max_age": {"60"}}, `id="log-in"`},
		{"max_age not reached", url.Values{"max_age": {"6000"}}, `id="continue"`},
		{"higher level wanted", url.Values{"acr_values": {acrSubstantial}}, `id="log-in"`},
	} {
		if !strings.Contains(text(t, s.get(b, s.authURL("basic", c.more))), c.shows) {
			t.Errorf("%s: %s is not there", c.name, c.shows)
		}
	}
	if q := s.back(s.get(b, s.authURL("basic", url.Values{"prompt": {"none"}}))); q.Get("code") == "" {
		t.Errorf("prompt=none with a session: %v", q.Get("error"))
	}
	id := s.get(b, s.authURL("basic", nil)).Request.URL.Query().Get("id")
	claims, _, err := s.redeem(s.back(s.post(b, "/login", url.Values{"id": {id}, "continue": {"1"}})).Get("code"))
	if err != nil || claims.AuthAge != s.now.Add(-10*time.Minute).Unix() {
		t.Errorf("auth_time is not that of the session: %v", err)
	}
}

func TestCancelAndLogout(t *testing.T) {
	s := newStand(t, TrustedProfile)
	b := s.browser()
	id := s.get(b, s.authURL("basic", nil)).Request.URL.Query().Get("id")
	if q := s.back(s.post(b, "/login", url.Values{"id": {id}, "cancel": {"1"}})); q.Get("error") != "access_denied" || q.Get("iss") != s.Issuer {
		t.Errorf("cancelled: %v", q)
	}
	s.login(b, "ordinary", "confirm", nil)
	out := url.Values{"client_id": {"basic"}, "post_logout_redirect_uri": {after}, "state": {"bye"}}
	if page := text(t, s.get(b, s.Issuer+"/logout?"+out.Encode())); !strings.Contains(page, `id="log-out"`) {
		t.Error("without a hint the person is not asked")
	}
	if to, err := s.post(b, "/logout", out).Location(); err != nil || to.String() != after+"?state=bye" {
		t.Errorf("after logout: %v %v", to, err)
	}
	if q := s.back(s.get(b, s.authURL("basic", url.Values{"prompt": {"none"}}))); q.Get("error") != "login_required" {
		t.Error("the session outlived the logout")
	}
	out.Set("post_logout_redirect_uri", "https://evil.example/")
	if res := s.get(b, s.Issuer+"/logout?"+out.Encode()); res.StatusCode != http.StatusBadRequest {
		t.Errorf("unregistered address after logout: %s", res.Status)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	s := newStand(t, TrustedProfile)
	for _, c := range []struct {
		name  string
		more  url.Values
		error string // "" is our own page, no redirect
	}{
		{"unknown client", url.Values{"client_id": {"nobody"}}, ""},
		{"unregistered redirect", url.Values{"redirect_uri": {callback + "/x"}}, ""},
		{"implicit", url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		{"no PKCE", url.Values{"code_challenge": {""}}, "invalid_request"},
		{"plain PKCE", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{"no openid", url.Values{"scope": {"profile"}}, "invalid_scope"},
		{"bad max_age", url.Values{"max_age": {"-1"}}, "invalid_request"},
	} {
		res := s.get(s.browser(), s.authURL("basic", c.more))
		if c.error == "" {
			if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
				t.Errorf("%s: %s", c.name, res.Status)
			}
		} else if q := s.back(res); q.Get("error") != c.error {
			t.Errorf("%s: %v", c.name, q)
		}
	}
}

func TestCodeIsTakenOnceByItsClientWithItsVerifier(t *testing.T) {
	s := newStand(t, TrustedProfile)
	redeem := func(code, client, verifier, redirect string) string {
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirect}}
		if client == "jwt" {
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", s.assertion(secret(), s.Issuer))
		}
		req := httptest.NewRequest("POST", s.Issuer+"/token", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if client == "basic" {
			req.SetBasicAuth("basic", url.QueryEscape("a secret: with+signs"))
		}
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, req)
		var answer struct{ Error string }
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Error
	}
	code := s.login(s.browser(), "ordinary", "confirm", nil).Get("code")
	for _, c := range []struct{ name, client, verifier, redirect, want string }{
		{"another client", "jwt", verifier, callback, "invalid_grant"},
		{"another address", "basic", verifier, after, "invalid_grant"},
		{"nobody", "", verifier, callback, "invalid_client"},
		{"the right one", "basic", verifier, callback, ""},
		{"again", "basic", verifier, callback, "invalid_grant"},
	} {
		if got := redeem(code, c.client, c.verifier, c.redirect); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	other := s.login(s.browser(), "ordinary", "confirm", nil).Get("code")
	if got := redeem(other, "basic", verifier+"x", callback); got != "invalid_grant" {
		t.Errorf("wrong verifier: %q", got)
	}
}

func (s *stand) assertion(id, audience string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: "jwt", Subject: "jwt", Audience: jwt.Audience{audience}, ID: id, Expiry: jwt.NewNumericDate(s.now.Add(time.Minute)),
	}).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func TestAssertionIsForHereAndOnce(t *testing.T) {
	s := newStand(t, TrustedProfile)
	const kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	token := s.assertion("one", s.Issuer)
	for _, c := range []struct {
		name, kind, token string
		ok                bool
	}{
		{"first time", kind, token, true},
		{"replayed", kind, token, false},
		{"for somebody else", kind, s.assertion("two", "https://somebody-else.example"), false},
		{"without an id", kind, s.assertion("", s.Issuer), false},
		{"of another kind", "saml", s.assertion("three", s.Issuer), false},
		{"garbage", kind, "x.y.z", false},
	} {
		if _, ok := s.byAssertion(c.kind, c.token); ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
}
