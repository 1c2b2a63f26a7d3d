package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
	"symbolon/connectors/outbound"
)

type claims = map[string]any

// upstream is an OpenID provider that behaves, until a test tells it otherwise.
type upstream struct {
	t      *testing.T
	server *httptest.Server
	Issuer string

	mu        sync.Mutex
	now       time.Time
	signer    *ecdsa.PrivateKey
	published []jose.JSONWebKey
	client    *ecdsa.PrivateKey // of the hub, for private_key_jwt
	secret    string            // of the hub, for client_secret_*
	codes     map[string]url.Values
	hits      map[string]int
	sent      []string // everything that went to the hub and is private
	person    claims   // told by userinfo, and in the ID token what is of the protocol

	// How it misbehaves.
	Metadata func(claims)
	Response func(url.Values)
	Claims   func(claims)
	Sign     func(claims) string
	Userinfo func(claims)
	Instead  map[string]http.HandlerFunc // by path
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{
		t: t, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), signer: ecKey(t), client: ecKey(t), secret: "s3cret of the hub",
		codes: map[string]url.Values{}, hits: map[string]int{}, Instead: map[string]http.HandlerFunc{},
		person: claims{
			"sub": "upstream-subject-1", "given_name": "Żaneta Bogumiła Łucja Śnieżka", "family_name": "Gżegżółka-Święcicka",
			"birthdate": "1979-11-30", "national_identifier": "PNOPL-79113090127", "email": "zaneta@mail.example",
		},
	}
	u.published = []jose.JSONWebKey{{Key: u.signer.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}
	mux := http.NewServeMux()
	for path, handler := range map[string]http.HandlerFunc{
		"/.well-known/openid-configuration": u.serveMetadata, "/jwks": u.serveKeys, "/token": u.serveToken, "/userinfo": u.serveUserinfo,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			u.mu.Lock()
			u.hits[path]++
			instead := u.Instead[path]
			u.mu.Unlock()
			if instead != nil {
				instead(w, r)
				return
			}
			handler(w, r)
		})
	}
	u.server = httptest.NewServer(mux)
	t.Cleanup(u.server.Close)
	u.Issuer = u.server.URL
	return u
}

func (u *upstream) clock() time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.now
}

func (u *upstream) pass(d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = u.now.Add(d)
}

func (u *upstream) asked(path string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.hits[path]
}

func (u *upstream) instead(path string, handler http.HandlerFunc) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.Instead[path] = handler
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (u *upstream) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	document := claims{
		"issuer": u.Issuer, "authorization_endpoint": u.Issuer + "/authorize", "token_endpoint": u.Issuer + "/token",
		"userinfo_endpoint": u.Issuer + "/userinfo", "jwks_uri": u.Issuer + "/jwks", "end_session_endpoint": u.Issuer + "/logout?from=hub",
		"authorization_response_iss_parameter_supported": true, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"},
	}
	if u.Metadata != nil {
		u.Metadata(document)
	}
	answer(w, http.StatusOK, document)
}

func (u *upstream) serveKeys(w http.ResponseWriter, _ *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	answer(w, http.StatusOK, claims{"keys": u.published})
}

// authorize is the citizen logging in: it gives what comes back to the callback.
func (u *upstream) authorize(t *testing.T, address string) url.Values {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, u.Issuer+"/authorize?") {
		t.Fatalf("sent to %s", address)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	code := "code-" + random()
	u.codes[code] = parsed.Query()
	u.sent = append(u.sent, code, parsed.Query().Get("nonce"))
	back := url.Values{"code": {code}, "state": {parsed.Query().Get("state")}, "iss": {u.Issuer}}
	if u.Response != nil {
		u.Response(back)
	}
	return back
}

func (u *upstream) authenticates(r *http.Request) bool {
	if id, secret, ok := r.BasicAuth(); ok {
		secret, _ = url.QueryUnescape(secret)
		return id == "hub" && secret == u.secret && r.PostForm.Get("client_secret") == ""
	}
	if r.PostForm.Get("client_secret") != "" {
		return r.PostForm.Get("client_id") == "hub" && r.PostForm.Get("client_secret") == u.secret
	}
	assertion, err := jwt.ParseSigned(r.PostForm.Get("client_assertion"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return false
	}
	var c claims
	if assertion.Claims(u.client.Public(), &c) != nil {
		return false
	}
	exp, _ := c["exp"].(float64)
	return c["iss"] == "hub" && c["sub"] == "hub" && c["aud"] == u.Issuer && c["jti"] != "" && int64(exp) == u.now.Add(time.Minute).Unix() &&
		r.PostForm.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
}

func (u *upstream) serveToken(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if r.ParseForm() != nil || !u.authenticates(r) {
		answer(w, http.StatusUnauthorized, claims{"error": "invalid_client"})
		return
	}
	request, known := u.codes[r.PostForm.Get("code")]
	delete(u.codes, r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !known || request.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || request.Get("redirect_uri") != r.PostForm.Get("redirect_uri") {
		answer(w, http.StatusBadRequest, claims{"error": "invalid_grant"})
		return
	}
	access := "access-" + random()
	hash := sha256.Sum256([]byte(access))
	c := claims{
		"iss": u.Issuer, "aud": "hub", "sub": u.person["sub"], "iat": u.now.Unix(), "exp": u.now.Add(5 * time.Minute).Unix(),
		"auth_time": u.now.Unix(), "nonce": request.Get("nonce"), "acr": "urn:up:substantial", "amr": []string{"pwd", "otp", "mfa"},
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
	}
	if u.Claims != nil {
		u.Claims(c)
	}
	idToken := u.sign(c)
	u.sent = append(u.sent, access, idToken, r.PostForm.Get("code_verifier"))
	answer(w, http.StatusOK, claims{"access_token": access, "token_type": "Bearer", "id_token": idToken, "refresh_token": "refresh-token-nobody-keeps"})
}

func (u *upstream) sign(c claims) string {
	if u.Sign != nil {
		return u.Sign(c)
	}
	return signedBy(u.t, u.signer, jose.ES256, "k1", c)
}

func signedBy(t *testing.T, key any, alg jose.SignatureAlgorithm, kid string, c claims) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		t.Error(err)
	}
	return text
}

func (u *upstream) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !slices.Contains(u.sent, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	told := claims{}
	for name, value := range u.person {
		told[name] = value
	}
	if u.Userinfo != nil {
		u.Userinfo(told)
	}
	answer(w, http.StatusOK, told)
}

// private is what no log may hold.
func (u *upstream) private() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := append([]string{u.secret, "refresh-token-nobody-keeps"}, u.sent...)
	for _, value := range u.person {
		if s, ok := value.(string); ok {
			all = append(all, s, strings.TrimPrefix(s, "PNOPL-"))
		}
	}
	return all
}

// raw are settings for this upstream, as an operator would write them.
func (u *upstream) raw(t *testing.T) map[string]any {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(u.client)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"names": map[string]any{"en": "Trusted profile", "pl": "Profil zaufany"}, "issuer": u.Issuer, "allow_loopback": true, "client_id": "hub",
		"client_auth": map[string]any{"method": "private_key_jwt", "key_file": file},
		"scopes":      []any{"profile", "nid"}, "userinfo": true,
		"acr_values": map[string]any{"low": []any{"urn:up:low"}, "substantial": []any{"urn:up:substantial"}},
		"acr_map":    map[string]any{"urn:up:low": "low", "urn:up:substantial": "substantial", "urn:up:high": "high"},
		"ceiling":    "substantial",
		"attribute_map": map[string]any{
			"given_name": "given_name", "family_name": "family_name", "birthdate": "birthdate", "email": "email", "home": "address",
		},
		"identifier_claim": "national_identifier", "authoritative_for": []any{"PNOPL"},
	}
}

type rig struct {
	*connectortest.Rig
	up   *upstream
	oidc *Connector
}

// rigged wires a connector to a new upstream; change alters its settings.
func rigged(t *testing.T, change func(map[string]any)) *rig {
	t.Helper()
	return wired(t, newUpstream(t), "profile", change)
}

func wired(t *testing.T, u *upstream, id identity.Means, change func(map[string]any)) *rig {
	t.Helper()
	raw := u.raw(t)
	if change != nil {
		change(raw)
	}
	settings, err := Decode(id, raw)
	if err != nil {
		t.Fatal(err)
	}
	logs := &connectortest.Logs{}
	out := outbound.New(outbound.Options{AllowHosts: settings.OutboundHosts(), AllowLoopback: true, Timeout: 500 * time.Millisecond, Failures: 1 << 20})
	connect := func() *Connector {
		c, err := New(settings, Deps{HTTP: out.HTTP(), Logout: loggedOut, Now: u.clock, Log: logs.Logger()})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	connector := connect()
	return &rig{&connectortest.Rig{
		Connector: connector, Logs: logs, Private: u.private, Pass: u.pass, Ageless: true, Replica: func() connectors.Connector { return connect() }, Down: u.server.Close,
		Tells: func(told connectortest.Told) {
			u.person["given_name"], u.person["family_name"], u.person["birthdate"] = told.Given, told.Family, told.Birthdate
			if told.Birthdate == "" {
				delete(u.person, "birthdate")
			}
		},
		Attempt: func(handle string) connectors.Attempt {
			a := connectors.Attempt{Handle: handle, Return: "https://login.nowawola.example/means/" + string(id) + "/callback",
				Wanted: identity.Substantial, Locales: []string{"pl", "en"}, Now: u.clock()}
			if len(settings.Choices) > 0 {
				a.Choice = settings.Choices[0].ID
			}
			return a
		},
		Walk: func(t *testing.T, step connectors.Step) connectors.Input {
			t.Helper()
			to, ok := step.(connectors.Redirect)
			if !ok {
				t.Fatalf("not a redirect: %s", connectortest.Outcome(step))
			}
			return connectors.Input{Query: u.authorize(t, to.URL)}
		},
	}, u, connector}
}

// reason gives the last reason in the logs.
func (r *rig) reason() string {
	_, after, _ := strings.Cut(r.Logs.String()[max(0, strings.LastIndex(r.Logs.String(), `"reason":"`)):], `"reason":"`)
	reason, _, _ := strings.Cut(after, `"`)
	return reason
}
