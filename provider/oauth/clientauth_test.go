package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// asks sends a token request that is wrong but for its client: invalid_client, or what comes after.
func (h *hub) asks(fill func(*http.Request, url.Values)) reply {
	h.t.Helper()
	return h.serve(h.Token, post("/token", func(r *http.Request) url.Values {
		v := url.Values{"grant_type": {"made_up"}}
		fill(r, v)
		return v
	}))
}

func (h *hub) asserts(assertion string) reply {
	h.t.Helper()
	return h.asks(func(_ *http.Request, v url.Values) {
		v.Set("client_assertion_type", assertionType)
		v.Set("client_assertion", assertion)
	})
}

func TestEachClientByItsOneMethod(t *testing.T) {
	h := newHub(t)
	methods := map[string]func(client string) reply{
		"basic": func(client string) reply {
			return h.asks(func(r *http.Request, _ url.Values) { r.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret2)) })
		},
		"post": func(client string) reply {
			return h.asks(func(_ *http.Request, v url.Values) { v.Set("client_id", client); v.Set("client_secret", secret2) })
		},
		"none": func(client string) reply {
			return h.asks(func(_ *http.Request, v url.Values) { v.Set("client_id", client) })
		},
	}
	allowed := map[string]string{"rp2": "basic", "rp3": "post", "pub": "none", "rp1": "private_key_jwt", "nobody": "-"}
	for client, own := range allowed {
		for method, try := range methods {
			r := try(client)
			if method == own {
				h.wants(r, http.StatusBadRequest, "unsupported_grant_type")
				continue
			}
			h.wants(r, http.StatusUnauthorized, "invalid_client")
			if challenged := r.header.Get("WWW-Authenticate") != ""; challenged != (method == "basic") {
				t.Errorf("%s %s: %v", client, method, r.header)
			}
		}
	}
}

func TestWrongAndMixedSecrets(t *testing.T) {
	h := newHub(t)
	for _, secret := range []string{"", "x", secret2 + "x", strings.ToUpper(secret2), DigestSecret(secret2)} {
		h.wants(h.asks(func(r *http.Request, _ url.Values) { r.SetBasicAuth("rp2", url.QueryEscape(secret)) }), http.StatusUnauthorized, "invalid_client")
	}
	for name, fill := range map[string]func(*http.Request, url.Values){
		"basic and post": func(r *http.Request, v url.Values) { r.SetBasicAuth("rp2", "x"); v.Set("client_secret", secret2) },
		"basic and assertion": func(r *http.Request, v url.Values) {
			r.SetBasicAuth("rp2", "x")
			v.Set("client_assertion_type", assertionType)
		},
		"two headers": func(r *http.Request, _ url.Values) {
			r.SetBasicAuth("rp2", "x")
			r.Header.Add("Authorization", r.Header.Get("Authorization"))
		},
	} {
		r := h.asks(fill)
		if r.status != http.StatusBadRequest || r.text("error") != "invalid_request" {
			t.Errorf("%s: %d %v", name, r.status, r.body)
		}
	}
	for _, header := range []string{"Basic", "Basic !!!", "Basic " + base64.StdEncoding.EncodeToString([]byte("rp2")), "Bearer x", "Basic " + base64.StdEncoding.EncodeToString([]byte("%zz:x"))} {
		h.wants(h.asks(func(r *http.Request, _ url.Values) { r.Header.Set("Authorization", header) }), http.StatusUnauthorized, "invalid_client")
	}
	h.wants(h.asks(func(r *http.Request, v url.Values) {
		r.SetBasicAuth("rp2", url.QueryEscape(secret2))
		v.Set("client_id", "rp3")
	}), http.StatusUnauthorized, "invalid_client")
}

// A refused request stands in the log with its client, if there is one of that name, and why; nothing
// else of it does.
func TestWhyAClientIsRefusedIsLogged(t *testing.T) {
	for client, fill := range map[string]func(*http.Request, url.Values){
		"rp2": func(r *http.Request, _ url.Values) { r.SetBasicAuth("rp2", "a-wrong-secret") },
		"rp3": func(_ *http.Request, v url.Values) {
			v.Set("client_id", "rp3")
			v.Set("client_secret", "a-wrong-secret")
		},
		"rp1": func(_ *http.Request, v url.Values) {
			v.Set("client_assertion_type", assertionType)
			v.Set("client_assertion", newHub(t).assertion(nil)) // by another key
		},
		`""`: func(r *http.Request, _ url.Values) { r.SetBasicAuth("a-wrong-secret-as-name", "x") },
	} {
		h := newHub(t)
		h.wants(h.asks(fill), http.StatusUnauthorized, "invalid_client")
		log := h.log.String()
		if !strings.Contains(log, "client="+client+" code=invalid_client why=") || strings.Contains(log, "a-wrong-secret") {
			t.Errorf("%s: logged\n%s", client, log)
		}
	}
}

func TestSecretsChangeWithoutAGap(t *testing.T) {
	h := newHub(t)
	fresh, digest := NewSecret()
	h.edit("rp3", func(c *Client) { c.SecretDigests = append(c.SecretDigests, digest) })
	for _, secret := range []string{secret2, fresh} {
		r := h.asks(func(_ *http.Request, v url.Values) { v.Set("client_id", "rp3"); v.Set("client_secret", secret) })
		h.wants(r, http.StatusBadRequest, "unsupported_grant_type")
	}
}

// F11: an unknown client costs the same comparison, and there is no slow hash to flood.
func TestF11_no_empty_secret_opens_anything(t *testing.T) {
	h := newHub(t)
	h.wants(h.asks(func(_ *http.Request, v url.Values) { v.Set("client_id", "nobody"); v["client_secret"] = []string{""} }), http.StatusUnauthorized, "invalid_client")
	h.edit("rp3", func(c *Client) { c.SecretDigests = nil })
	h.wants(h.asks(func(_ *http.Request, v url.Values) { v.Set("client_id", "rp3"); v.Set("client_secret", " ") }), http.StatusUnauthorized, "invalid_client")
}

func TestAttack_CA_01_F12_assertion_counts_once(t *testing.T) {
	h := newHub(t)
	assertion := h.assertion(nil)
	var wg sync.WaitGroup
	var passed atomic.Int32
	for range 16 {
		wg.Go(func() {
			if h.asserts(assertion).text("error") == "unsupported_grant_type" {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 1 {
		t.Errorf("%d passed", passed.Load())
	}
	h.once.fail = gone{}
	h.wants(h.asserts(h.assertion(nil)), http.StatusServiceUnavailable, "temporarily_unavailable")
}

func TestF12_a_refused_assertion_burns_no_jti(t *testing.T) {
	h := newHub(t)
	h.wants(h.asserts(h.assertion(map[string]any{"jti": "j", "aud": "https://other.example"})), http.StatusUnauthorized, "invalid_client")
	if len(h.once.used) != 0 {
		t.Error("burnt")
	}
	h.wants(h.asserts(h.assertion(map[string]any{"jti": "j"})), http.StatusBadRequest, "unsupported_grant_type")
}

func TestAttack_CA_02_CA_04_JW_15_assertion_claims(t *testing.T) {
	h := newHub(t)
	at := func(d time.Duration) int64 { return h.clock.Add(d).Unix() }
	for name, c := range map[string]struct {
		change map[string]any
		ok     bool
	}{
		"issuer":            {nil, true},
		"token endpoint":    {map[string]any{"aud": issuer + "/token"}, true},
		"without iat":       {map[string]any{"iat": nil}, true},
		"nbf 8 s ahead":     {map[string]any{"nbf": at(8 * time.Second)}, true},
		"exp 59 s ago":      {map[string]any{"exp": at(-59 * time.Second)}, true},
		"exp in 5 min":      {map[string]any{"exp": at(5 * time.Minute)}, true},
		"other server":      {map[string]any{"aud": "https://other.example/token"}, false},
		"array":             {map[string]any{"aud": []string{issuer}}, false},
		"array of two":      {map[string]any{"aud": []string{issuer, "https://other.example"}}, false},
		"issuer with slash": {map[string]any{"aud": issuer + "/"}, false},
		"userinfo":          {map[string]any{"aud": issuer + "/userinfo"}, false},
		"no aud":            {map[string]any{"aud": nil}, false},
		"other iss":         {map[string]any{"iss": "rp2"}, false},
		"other sub":         {map[string]any{"sub": "rp2"}, false},
		"no sub":            {map[string]any{"sub": nil}, false},
		"no jti":            {map[string]any{"jti": nil}, false},
		"huge jti":          {map[string]any{"jti": strings.Repeat("j", 257)}, false},
		"no exp":            {map[string]any{"exp": nil}, false},
		"exp 61 s ago":      {map[string]any{"exp": at(-61 * time.Second)}, false},
		"exp in ten years":  {map[string]any{"exp": at(10 * 365 * 24 * time.Hour)}, false},
		"exp in 7 min":      {map[string]any{"exp": at(7 * time.Minute)}, false},
		"exp as text":       {map[string]any{"exp": "1900000000"}, false},
		"exp as fraction":   {map[string]any{"exp": json.Number("1773478860.5")}, false},
		"exp negative":      {map[string]any{"exp": -1}, false},
		"exp 1e308":         {map[string]any{"exp": json.Number("1e308")}, false},
		"nbf 61 s ahead":    {map[string]any{"nbf": at(61 * time.Second)}, false},
		"iat one day ahead": {map[string]any{"iat": at(24 * time.Hour)}, false},
	} {
		want := map[bool]string{true: "unsupported_grant_type", false: "invalid_client"}[c.ok]
		if r := h.asserts(h.assertion(c.change)); r.text("error") != want {
			t.Errorf("%s: %v", name, r.body)
		}
	}
	r := h.asks(func(_ *http.Request, v url.Values) {
		v.Set("client_id", "rp2")
		v.Set("client_assertion_type", assertionType)
		v.Set("client_assertion", h.assertion(nil))
	})
	h.wants(r, http.StatusUnauthorized, "invalid_client")
	r = h.asks(func(_ *http.Request, v url.Values) {
		v.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
		v.Set("client_assertion", h.assertion(nil))
	})
	h.wants(r, http.StatusUnauthorized, "invalid_client")
}

func forge(header, payload map[string]any, mac []byte) string {
	a, _ := json.Marshal(header)
	b, _ := json.Marshal(payload)
	input := base64.RawURLEncoding.EncodeToString(a) + "." + base64.RawURLEncoding.EncodeToString(b)
	if mac == nil {
		return input + "."
	}
	sum := hmac.New(sha256.New, mac)
	sum.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

func TestAttack_JW_01_JW_02_JW_03_JW_05_JW_10_CA_05_forged_tokens(t *testing.T) {
	h := newHub(t)
	claims := map[string]any{"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": "x", "exp": h.clock.Add(time.Minute).Unix()}
	idClaims := map[string]any{"iss": issuer, "sub": "sub-of-the-person", "aud": "rp1"}
	public, _ := x509.MarshalPKIXPublicKey(h.rpKey.Public())
	ours, _ := x509.MarshalPKIXPublicKey(h.keys.now[0].Public)
	jwk, _ := json.Marshal(jose.JSONWebKey{Key: h.rpKey.Public()})
	own, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	var embedded any
	raw, _ := json.Marshal(jose.JSONWebKey{Key: own.Public()})
	_ = json.Unmarshal(raw, &embedded)
	withHeader := func(name string, value any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: own}, (&jose.SignerOptions{}).WithHeader(jose.HeaderKey(name), value))
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := json.Marshal(claims)
		jws, err := signer.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := jws.CompactSerialize()
		return text
	}
	good := h.assertion(nil)
	cut := good[:strings.LastIndexByte(good, '.')+1]
	for name, token := range map[string]string{
		"none": forge(map[string]any{"alg": "none"}, claims, nil), "None": forge(map[string]any{"alg": "None"}, claims, nil),
		"nOnE": forge(map[string]any{"alg": "nOnE"}, claims, nil), "empty signature": cut, "no alg": forge(map[string]any{}, claims, nil),
		"HS256 by PEM": forge(map[string]any{"alg": "HS256", "kid": "rp1-key"}, claims, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"HS256 by DER": forge(map[string]any{"alg": "HS256", "kid": "rp1-key"}, claims, public),
		"HS256 by JWK": forge(map[string]any{"alg": "HS256", "kid": "rp1-key"}, claims, jwk),
		"own jwk":      withHeader("jwk", embedded), "own jku": withHeader("jku", "https://evil.example/jwks"), "own x5u": withHeader("x5u", "https://evil.example/x5u"),
		"own x5c": withHeader("x5c", []string{base64.StdEncoding.EncodeToString(public)}), "crit": withHeader("crit", []string{"b64"}),
		"kid a path":   signed(t, SigningKey{ID: "../../dev/null", Alg: "ES256", Signer: h.rpKey}, "JWT", claims),
		"kid of SQL":   signed(t, SigningKey{ID: "' OR 1=1 --", Alg: "ES256", Signer: h.rpKey}, "JWT", claims),
		"kid too long": signed(t, SigningKey{ID: strings.Repeat("k", 257), Alg: "ES256", Signer: h.rpKey}, "JWT", claims),
		"kid a NUL":    signed(t, SigningKey{ID: "rp1-key\x00", Alg: "ES256", Signer: h.rpKey}, "JWT", claims),
		"kid a number": forge(map[string]any{"alg": "ES256", "kid": 1}, claims, public),
		"another typ":  signed(t, SigningKey{ID: "rp1-key", Alg: "ES256", Signer: h.rpKey}, "at+jwt", claims),
		"our ID token": signed(t, h.keys.now[0], "JWT", idClaims),
		"dots":         strings.Repeat(".", 1<<15), "two dots": "..", "empty": "x", "JSON form": `{"payload":"e30","protected":"e30","signature":""}`,
		"five parts": "a.b.c.d.e", "null header": "bnVsbA.e30.AA", "null payload": signed(t, SigningKey{ID: "rp1-key", Alg: "ES256", Signer: h.rpKey}, "JWT", nil),
		"huge": strings.Repeat("a", maxJWT) + ".e30.AA",
	} {
		if r := h.asserts(token); r.text("error") != "invalid_client" {
			t.Errorf("assertion %s: %d %v", name, r.status, r.body)
		}
		h.there(request("rp1", "id_token_hint", token+map[bool]string{true: "x"}[name == "our ID token"]), "invalid_request")
	}
	for name, token := range map[string]string{
		"HS256 by our key": forge(map[string]any{"alg": "HS256", "kid": "es", "typ": "JWT"}, idClaims, ours),
		"none":             forge(map[string]any{"alg": "none", "kid": "es", "typ": "JWT"}, idClaims, nil),
		"another's key":    signed(t, SigningKey{ID: "es", Alg: "ES256", Signer: own}, "JWT", idClaims),
		"wrong alg of kid": signed(t, SigningKey{ID: "rs", Alg: "ES256", Signer: own}, "JWT", idClaims),
		"unknown kid":      signed(t, SigningKey{ID: "zz", Alg: "ES256", Signer: h.keys.now[0].Signer}, "JWT", idClaims),
		"logout token":     signed(t, h.keys.now[0], "logout+jwt", idClaims),
		"access token":     signed(t, h.keys.now[0], "at+jwt", idClaims),
		"another issuer":   signed(t, h.keys.now[0], "JWT", map[string]any{"iss": "https://other.example", "sub": "s", "aud": "rp1"}),
		"another client's": signed(t, h.keys.now[0], "JWT", map[string]any{"iss": issuer, "sub": "s", "aud": "rp2"}),
		"several clients'": signed(t, h.keys.now[0], "JWT", map[string]any{"iss": issuer, "sub": "s", "aud": []string{"rp1", "rp2"}}),
	} {
		if e := h.refusal(request("rp1", "id_token_hint", token)); e.Code != "invalid_request" {
			t.Errorf("hint %s: %v", name, e)
		}
	}
}

func TestAttack_JW_06_JW_07_keys_of_clients(t *testing.T) {
	h := newHub(t)
	var asked atomic.Int32
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: h.rpKey.Public(), KeyID: "rp1-key"}}}
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(set)
	}))
	defer server.Close()
	h.edit("rp1", func(c *Client) { c.JWKS, c.JWKSURI = nil, server.URL })

	h.wants(h.asserts(h.assertion(nil)), http.StatusBadRequest, "unsupported_grant_type")
	stranger := SigningKey{ID: "unknown", Alg: "ES256", Signer: mustKey(t)}
	claims := map[string]any{"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": "x", "exp": h.clock.Add(time.Minute).Unix()}
	for range 50 {
		h.wants(h.asserts(signed(t, stranger, "JWT", claims)), http.StatusUnauthorized, "invalid_client")
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}

	old := h.rpKey // the client turns its key over: the new one is found by its kid, the old one goes
	h.rpKey = mustKey(t)
	set.Keys = []jose.JSONWebKey{{Key: h.rpKey.Public(), KeyID: "rp1-new"}}
	h.clock = h.clock.Add(keysRetry)
	claims["exp"] = h.clock.Add(time.Minute).Unix()
	h.wants(h.asserts(signed(t, SigningKey{ID: "rp1-new", Alg: "ES256", Signer: h.rpKey}, "JWT", claims)), http.StatusBadRequest, "unsupported_grant_type")
	claims["jti"] = "y"
	h.wants(h.asserts(signed(t, SigningKey{ID: "rp1-key", Alg: "ES256", Signer: old}, "JWT", claims)), http.StatusUnauthorized, "invalid_client")
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}

	status = http.StatusInternalServerError
	h.clock = h.clock.Add(keysFresh)
	r := h.asserts(signed(t, SigningKey{ID: "rp1-new", Alg: "ES256", Signer: h.rpKey}, "JWT",
		map[string]any{"iss": "rp1", "sub": "rp1", "aud": issuer, "jti": "z", "exp": h.clock.Add(time.Minute).Unix()}))
	h.wants(r, http.StatusUnauthorized, "invalid_client")
}
