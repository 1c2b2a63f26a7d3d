package oauth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/once"
	"symbolon/provider/seal"
)

const (
	issuer   = "https://id.example"
	callback = "https://rp1.example/cb"
	secret2  = "a-secret-of-rp2+with/odd:characters %"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// hub is a Provider over memory, with a clock that a test moves.
type hub struct {
	t testing.TB
	*Provider
	grants   *memory
	once     *onceMemory
	book     *book
	docs     *documents
	keys     *ring
	rpKey    *ecdsa.PrivateKey
	clock    time.Time
	gateSays error
	log      *bytes.Buffer
}

func newHub(t testing.TB, change ...func(*Settings)) *hub {
	t.Helper()
	h := &hub{t: t, grants: &memory{rows: map[seal.RowID]Grant{}}, once: &onceMemory{used: map[[32]byte]bool{}},
		book: &book{}, keys: newRing(t), clock: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	h.rpKey = mustKey(t)
	h.docs = newDocuments(h.rpKey)
	log := slog.New(slog.NewTextHandler(h.log, nil))
	registry, err := OpenRegistry(t.Context(), h.docs, log)
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{
		Issuer: issuer, Registry: registry, Grants: h.grants, Proofs: h.grants, Once: h.once, Signing: h.keys,
		Mint: seal.Mint{Keys: []seal.TagKey{{ID: 1, Key: [32]byte{1}}}}, DeriveKey: [32]byte{2}, ACR: levels{}, Journal: h.book,
		Lifetimes: DefaultLifetimes(), HTTP: http.DefaultClient, Languages: []string{"en", "pl", "ar"}, Log: log,
		Gate: func(context.Context, Grant) error { return h.gateSays }, Now: func() time.Time { return h.clock },
	}
	for _, c := range change {
		c(&settings)
	}
	if h.Provider, err = New(settings); err != nil {
		t.Fatal(err)
	}
	return h
}

func mustKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (h *hub) edit(id string, change func(*Client)) {
	h.t.Helper()
	c := h.docs.clients[id]
	change(&c)
	h.docs.clients[id] = c
	h.docs.version++
	if err := h.registry.Refresh(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) editParty(id consent.PartyID, change func(*consent.RelyingParty)) {
	h.t.Helper()
	p := h.docs.parties[id]
	change(&p)
	h.docs.parties[id] = p
	h.docs.version++
	if err := h.registry.Refresh(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// request is a good authorization request of a client; "" takes a parameter away.
func request(client string, changes ...string) url.Values {
	v := url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile:name offline_access"},
		"state": {"st"}, "nonce": {"n-0S6_WzA2Mj"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v
}

func (h *hub) authorize(v url.Values) (login.Request, error) {
	return h.Authorize(httptest.NewRequest(http.MethodGet, "/authorize?"+v.Encode(), nil))
}

// begun is a login for a request, in which a person of substantial level has been proved.
func (h *hub) begun(v url.Values) *login.Login {
	h.t.Helper()
	r, err := h.authorize(v)
	if err != nil {
		h.t.Fatalf("authorize: %v", err)
	}
	id := seal.NewRowID(h.clock)
	return &login.Login{
		ID: id, Request: r, Created: h.clock, Expires: h.clock.Add(30 * time.Minute), Bearer: seal.NewBearer(seal.LoginCookie, id, 0),
		Proof: &login.Proof{
			Usage: identity.UsageID{7}, Subject: "sub-of-the-person", Means: "trusted-profile", Issuer: "https://up.example",
			AMR: []string{"pwd", "otp", "mfa"}, AuthTime: h.clock.Add(-time.Minute), Login: id, Session: seal.RowID{9},
		},
	}
}

func (h *hub) answered(l *login.Login) login.Answered {
	values := identity.Attributes{
		{Name: "given_name", Value: identity.Text("Konstanty"), VerifiedAt: h.clock},
		{Name: "family_name", Value: identity.Text("Brzeziński-Testowy"), VerifiedAt: h.clock},
	}
	release := consent.Release{ID: seal.NewRowID(h.clock), Party: l.Request.Party, Usage: l.Proof.Usage, Offline: l.Request.Ask.Offline, At: h.clock}
	for _, v := range values {
		release.Items = append(release.Items, consent.Released{Name: v.Name, Basis: consent.ByConsent})
	}
	return login.Answered{Release: release, Entry: journal.Row{Kind: journal.Released}, Values: values, Level: identity.Substantial}
}

// code runs a login to its code.
func (h *hub) code(v url.Values) string {
	h.t.Helper()
	l := h.begun(v)
	answer, err := h.Issue(h.t.Context(), l, h.answered(l))
	if err != nil {
		h.t.Fatalf("issue: %v", err)
	}
	return answer.Params.Get("code")
}

// redemption is a good token request for a code of RP1's request, as RP2 it would be another's.
func redemption(code string, changes ...string) url.Values {
	v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v
}

// as adds a client's authentication to a form: rp1 signs, pub says who it is, others have secrets.
func (h *hub) as(client string, v url.Values) func(*http.Request) url.Values {
	return func(r *http.Request) url.Values {
		v := maps.Clone(v)
		switch h.docs.clients[client].AuthMethod {
		case PrivateKeyJWT:
			v.Set("client_assertion_type", assertionType)
			v.Set("client_assertion", h.assertion(nil))
		case ClientSecretBasic:
			r.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret2))
		case ClientSecretPost:
			v.Set("client_id", client)
			v.Set("client_secret", secret2)
		default:
			v.Set("client_id", client)
		}
		return v
	}
}

// assertion is one of rp1's, good but for the changes; a nil value takes a claim away.
func (h *hub) assertion(changes map[string]any) string {
	claims := map[string]any{
		"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": rand.Text(), "iat": h.clock.Unix(), "exp": h.clock.Add(time.Minute).Unix(),
	}
	for k, v := range changes {
		claims[k] = v
		if v == nil {
			delete(claims, k)
		}
	}
	return signed(h.t, SigningKey{ID: "rp1-key", Alg: "ES256", Signer: h.rpKey}, "JWT", claims)
}

func signed(t testing.TB, key SigningKey, typ string, claims any) string {
	t.Helper()
	token, err := sign(key, typ, claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// reply is an answer of a JSON endpoint.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (r reply) text(name string) string { s, _ := r.body[name].(string); return s }

func (h *hub) serve(handler func(http.ResponseWriter, *http.Request) error, r *http.Request) reply {
	h.t.Helper()
	w := httptest.NewRecorder()
	if err := handler(w, r); err != nil {
		h.WriteError(w, r, err)
	}
	answer := reply{status: w.Code, header: w.Header()}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer.body); err != nil {
			h.t.Fatalf("not JSON: %v", err)
		}
	}
	return answer
}

func post(path string, fill func(*http.Request) url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = io.NopCloser(strings.NewReader(fill(r).Encode()))
	return r
}

func (h *hub) token(client string, v url.Values) reply {
	h.t.Helper()
	return h.serve(h.Token, post("/token", h.as(client, v)))
}

func (h *hub) refreshed(client, token string, more ...string) reply {
	h.t.Helper()
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return h.token(client, v)
}

func (h *hub) userinfo(token string) reply {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return h.serve(h.Userinfo, r)
}

func (h *hub) revoked(client, token string) reply {
	h.t.Helper()
	return h.serve(h.Revoke, post("/revoke", h.as(client, url.Values{"token": {token}})))
}

// tokens runs a login to its first tokens.
func (h *hub) tokens(client string, changes ...string) reply {
	h.t.Helper()
	r := h.token(client, redemption(h.code(request(client, changes...))))
	if r.status != http.StatusOK {
		h.t.Fatalf("token: %d %v", r.status, r.body)
	}
	return r
}

func (h *hub) wants(r reply, status int, code string) {
	h.t.Helper()
	if r.status != status || r.text("error") != code {
		h.t.Fatalf("got %d %v, want %d %s", r.status, r.body, status, code)
	}
}

// claimsOf reads an ID token, checking its signature with the published keys.
func (h *hub) claimsOf(token string) map[string]any {
	h.t.Helper()
	jws, err := jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, k := range h.keys.Published(h.clock) {
		if k.ID == jws.Signatures[0].Protected.KeyID {
			payload, err := jws.Verify(k.Public)
			if err != nil {
				h.t.Fatalf("signature: %v", err)
			}
			var claims map[string]any
			if err := json.Unmarshal(payload, &claims); err != nil {
				h.t.Fatal(err)
			}
			return claims
		}
	}
	h.t.Fatal("signed by a key that is not published")
	return nil
}

// memory keeps grants with the same conditions as the databases do.
type memory struct {
	mu      sync.Mutex
	rows    map[seal.RowID]Grant
	logins  []login.Row
	proofs  []Proof
	reads   int
	writes  int
	fail    error
	loaded  func() // runs after each read, outside the lock
	answers error
}

func (m *memory) Answer(_ context.Context, a Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil || m.answers != nil {
		return errors.Join(m.fail, m.answers)
	}
	m.rows[a.Grant.ID] = a.Grant
	m.logins = append(m.logins, a.Login)
	m.proofs = append(m.proofs, a.Proof)
	m.writes++
	return nil
}

func (m *memory) LoadGrant(_ context.Context, id seal.RowID) (Grant, error) {
	m.mu.Lock()
	g, ok := m.rows[id]
	m.reads++
	fail, loaded := m.fail, m.loaded
	m.mu.Unlock()
	if fail != nil {
		return Grant{}, fail
	}
	if loaded != nil {
		loaded()
	}
	if !ok {
		return Grant{}, ErrNoGrant
	}
	return g, nil
}

func (m *memory) SaveGrant(_ context.Context, g Grant, state GrantState, gen uint32) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return false, m.fail
	}
	now := m.rows[g.ID]
	if now.State != state || now.Gen != gen {
		return false, nil
	}
	g.Gen = gen + 1
	g.Kept, g.Sealed, g.CodeDigest, g.Ends = now.Kept, now.Sealed, now.CodeDigest, now.Ends // never change here
	m.rows[g.ID] = g
	m.writes++
	return true, nil
}

func (m *memory) EndGrant(_ context.Context, id seal.RowID, _ journal.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	g := m.rows[id]
	g.State, g.Gen = GrantEnded, g.Gen+1
	g.Sealed, g.CodeWrap, g.AccessWrap, g.PrevWrap, g.RefreshWrap = nil, nil, nil, nil, nil
	m.rows[id] = g
	m.writes++
	return nil
}

// only gives the one grant that there is.
func (m *memory) only(t testing.TB) Grant {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rows) != 1 {
		t.Fatalf("%d grants", len(m.rows))
	}
	return slices.Collect(maps.Values(m.rows))[0]
}

type onceMemory struct {
	mu   sync.Mutex
	used map[[32]byte]bool
	fail error
}

func (o *onceMemory) Consume(_ context.Context, s once.Secret) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	if o.used[s.Digest] {
		return once.ErrUsed
	}
	o.used[s.Digest] = true
	return nil
}

// book is a journal that remembers kinds and reasons.
type book struct {
	mu      sync.Mutex
	entries []journal.Entry
}

func (b *book) Row(e journal.Entry) (journal.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, e)
	return journal.Row{ID: e.ID, Kind: e.Kind}, nil
}

func (b *book) Append(context.Context, journal.Row) error { return nil }

func (b *book) Note(context.Context, journal.Row) error { return nil }

func (b *book) kinds() []journal.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kinds []journal.Kind
	for _, e := range b.entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// gone is an error of a database that does not answer.
type gone struct{}

func (gone) Error() string     { return "the database does not answer" }
func (gone) Unavailable() bool { return true }

// ring holds a key of each algorithm and an ES256 key that is retired.
type ring struct{ now, old []SigningKey }

func newRing(t testing.TB) *ring {
	t.Helper()
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &ring{
		now: []SigningKey{keyOf("es", "ES256", mustKey(t)), keyOf("ed", "EdDSA", edKey)},
		old: []SigningKey{keyOf("retired", "ES256", mustKey(t))},
	}
}

func keyOf(id, alg string, s crypto.Signer) SigningKey {
	return SigningKey{ID: id, Alg: alg, Public: s.Public(), Signer: s}
}

// addRSA adds the keys that take long to make.
func (r *ring) addRSA(t testing.TB) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r.now = append(r.now, keyOf("rs", "RS256", key), keyOf("ps", "PS256", key))
}

func (r *ring) Active(alg string, _ time.Time) (SigningKey, bool) {
	for _, k := range r.now {
		if k.Alg == alg {
			return k, true
		}
	}
	return SigningKey{}, false
}
func (r *ring) Published(time.Time) []SigningKey { return r.now }
func (r *ring) History() []SigningKey            { return append(slices.Clone(r.now), r.old...) }

// levels knows the canonical names and one alias.
type levels struct{}

func (levels) Parse(name string) (identity.Level, bool) {
	name = strings.TrimPrefix(name, "http://eidas.europa.eu/LoA/")
	level, err := identity.ParseLevel(name)
	return level, err == nil && level != identity.None
}

func (l levels) Lowest(names []string) (identity.Level, bool) {
	lowest, found := identity.High, false
	for _, n := range names {
		if level, ok := l.Parse(n); ok {
			lowest, found = min(lowest, level), true
		}
	}
	return lowest, found
}

func (l levels) Report(reached identity.Level, requested []string) string {
	for _, n := range requested {
		if level, ok := l.Parse(n); ok && level == reached {
			return n
		}
	}
	return "http://eidas.europa.eu/LoA/" + reached.String()
}

func (levels) Supported() []string {
	return []string{"http://eidas.europa.eu/LoA/low", "http://eidas.europa.eu/LoA/substantial", "http://eidas.europa.eu/LoA/high"}
}
