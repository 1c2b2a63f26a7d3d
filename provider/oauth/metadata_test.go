package oauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func (h *hub) get(handler func(http.ResponseWriter, *http.Request) error) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Origin", "https://evil.example")
	if err := handler(w, r); err != nil {
		h.WriteError(w, r, err)
	}
	return w
}

// golden compares with a file; UPDATE_GOLDEN=1 writes it.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(text)); diff != "" {
		t.Errorf("%s is told otherwise (UPDATE_GOLDEN=1 writes it anew): %s", path, diff)
	}
}

func TestDiscoveryGolden(t *testing.T) {
	h := newHub(t)
	h.keys.addRSA(t)
	var got map[string]any
	if err := json.Unmarshal(h.get(h.Discovery).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"scopes_supported", "claims_supported", "claims_in_verified_claims_supported"} {
		delete(got, name) // the catalogue's, which has tests of its own
	}
	golden(t, "discovery.json", got)
	if !cmp.Equal(h.get(h.Discovery).Body.String(), h.get(h.ServerMetadata).Body.String()) {
		t.Error("two documents differ")
	}
}

func TestIDTokenGolden(t *testing.T) {
	h := newHub(t)
	h.edit("rp1", func(c *Client) { c.IDTokenClaims = true })
	token := h.tokens("rp1").text("id_token")
	jws, err := jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		t.Fatal(err)
	}
	claims := h.claimsOf(token)
	for _, random := range []string{"at_hash", "txn"} {
		if claims[random] == "" {
			t.Errorf("%s is missing", random)
		}
		claims[random] = "(varies)"
	}
	header := jws.Signatures[0].Protected
	golden(t, "id_token.json", map[string]any{
		"header": map[string]any{"alg": header.Algorithm, "kid": header.KeyID, "typ": header.ExtraHeaders["typ"]}, "claims": claims,
	})
}

// Every value of the discovery document works here, by being used; what works beside it has tests
// that see it refused.
func TestEveryAdvertisedValueWorks(t *testing.T) {
	h := newHub(t)
	h.keys.addRSA(t)
	var m metadata
	if err := json.Unmarshal(h.get(h.Discovery).Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	for _, mode := range m.ResponseModes {
		h.code(request("rp1", "response_mode", mode))
	}
	for _, prompt := range m.Prompts {
		h.code(request("rp1", "prompt", prompt))
	}
	for _, method := range m.ChallengeMethods {
		h.code(request("rp1", "code_challenge_method", method))
	}
	for _, acr := range m.ACRValues {
		if r, err := h.authorize(request("rp1", "acr_values", acr)); err != nil || r.Minimum == 0 {
			t.Errorf("%s: %v", acr, err)
		}
	}
	for _, alg := range m.IDTokenAlgs {
		h.edit("rp1", func(c *Client) { c.IDTokenAlg = alg })
		h.claimsOf(h.tokens("rp1").text("id_token"))
	}
	byMethod := map[string]string{"private_key_jwt": "rp1", "client_secret_basic": "rp2", "client_secret_post": "rp3", "none": "pub"}
	for _, method := range m.AuthMethods {
		first := h.tokens(byMethod[method])
		if r := h.revoked(byMethod[method], first.text("access_token")); r.status != http.StatusOK {
			t.Errorf("%s: %v", method, r.body)
		}
	}
	if !slices.Equal(m.GrantTypes, []string{"authorization_code", "refresh_token"}) || !slices.Equal(m.AuthMethods, m.RevocationAuthMethods) {
		t.Error("grant types or methods")
	}
	for _, scope := range m.Scopes {
		h.edit("rp1", func(c *Client) { c.Scopes = []string{scope} })
		if _, err := h.authorize(request("rp1", "scope", "openid "+scope)); err != nil && !strings.Contains(err.Error(), "may not ask for") {
			t.Errorf("%s: %v", scope, err)
		}
	}
}

func TestAdvertisedAssertionAlgorithmsWork(t *testing.T) {
	h := newHub(t)
	h.keys.addRSA(t)
	var set jose.JSONWebKeySet
	for _, k := range h.keys.now { // any keys will do for a client's
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public, KeyID: k.ID})
	}
	h.edit("rp1", func(c *Client) { c.JWKS = &set })
	for _, alg := range h.metadata(nil).AuthAlgs {
		key, _ := h.keys.Active(alg, h.clock)
		claims := map[string]any{"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": alg, "exp": h.clock.Unix() + 60}
		for _, kid := range []string{key.ID, ""} {
			key.ID, claims["jti"] = kid, alg+kid
			h.wants(h.asserts(signed(t, key, "JWT", claims)), http.StatusBadRequest, "unsupported_grant_type")
		}
	}
}

func TestAttack_TK_24_only_public_documents_are_for_other_origins(t *testing.T) {
	h := newHub(t)
	for _, handler := range []func(http.ResponseWriter, *http.Request) error{h.Discovery, h.ServerMetadata, h.JWKS} {
		w := h.get(handler)
		if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" ||
			w.Header().Get("Cache-Control") != "public, max-age=300" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%v", w.Header())
		}
	}
	for _, handler := range []func(http.ResponseWriter, *http.Request) error{h.Token, h.Userinfo, h.Revoke} {
		w := h.get(handler)
		if w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%v", w.Header())
		}
	}
}

// The document is kept as it is sent, but never longer than it is true.
func TestDiscoveryFollowsTheKeys(t *testing.T) {
	h := newHub(t)
	algs := func() []string {
		var m struct {
			Algs []string `json:"id_token_signing_alg_values_supported"`
		}
		if err := json.Unmarshal(h.get(h.Discovery).Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m.Algs
	}
	if before := algs(); slices.Contains(before, "RS256") || !slices.Equal(algs(), before) {
		t.Fatalf("with no RSA key it names %v", before)
	}
	h.keys.addRSA(t)
	if now := algs(); !slices.Contains(now, "RS256") {
		t.Errorf("with an RSA key it still names %v", now)
	}
}

func TestJWKSHasNoPrivateKey(t *testing.T) {
	h := newHub(t)
	h.keys.addRSA(t)
	var set jose.JSONWebKeySet
	body := h.get(h.JWKS).Body.Bytes()
	if err := json.Unmarshal(body, &set); err != nil || len(set.Keys) != 4 {
		t.Fatalf("%s %v", body, err)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() || k.KeyID == "" || k.Use != "sig" || k.Algorithm == "" {
			t.Errorf("%+v", k)
		}
	}
}
