package oidc

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
)

func TestAttack_FO_03_mutations_of_the_ID_token_have_each_their_own_reason(t *testing.T) {
	now := newUpstream(t).now
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	for name, c := range map[string]struct {
		spoil  func(claims)
		code   connectors.FailureCode
		reason string
	}{
		"another issuer":             {func(c claims) { c["iss"] = "https://elsewhere.example" }, connectors.InvalidAnswer, "iss"},
		"issuer with a slash":        {func(c claims) { c["iss"] = c["iss"].(string) + "/" }, connectors.InvalidAnswer, "iss"},
		"no issuer":                  {func(c claims) { delete(c, "iss") }, connectors.InvalidAnswer, "iss"},
		"another audience":           {func(c claims) { c["aud"] = "another" }, connectors.InvalidAnswer, "aud"},
		"no audience":                {func(c claims) { delete(c, "aud") }, connectors.InvalidAnswer, "aud"},
		"audience of numbers":        {func(c claims) { c["aud"] = []any{1, "hub"} }, connectors.InvalidAnswer, "aud"},
		"audience that only begins":  {func(c claims) { c["aud"] = "hub2" }, connectors.InvalidAnswer, "aud"},
		"empty list of audiences":    {func(c claims) { c["aud"] = []string{} }, connectors.InvalidAnswer, "aud"},
		"two audiences without azp":  {func(c claims) { c["aud"] = []string{"hub", "another"} }, connectors.InvalidAnswer, "azp"},
		"azp of another":             {func(c claims) { c["azp"] = "another" }, connectors.InvalidAnswer, "azp"},
		"two audiences, another azp": {func(c claims) { c["aud"], c["azp"] = []string{"hub", "another"}, "another" }, connectors.InvalidAnswer, "azp"},
		"expired":                    {func(c claims) { c["exp"] = in(-61 * time.Second) }, connectors.StaleAnswer, "expired"},
		"no expiry":                  {func(c claims) { delete(c, "exp") }, connectors.InvalidAnswer, "exp_type"},
		"issued tomorrow":            {func(c claims) { c["iat"] = in(24 * time.Hour) }, connectors.InvalidAnswer, "iat_future"},
		"not yet valid":              {func(c claims) { c["nbf"] = in(61 * time.Second) }, connectors.InvalidAnswer, "nbf_future"},
		"no iat":                     {func(c claims) { delete(c, "iat") }, connectors.InvalidAnswer, "iat_type"},
		"no nonce":                   {func(c claims) { delete(c, "nonce") }, connectors.InvalidAnswer, "nonce_missing"},
		"another nonce":              {func(c claims) { c["nonce"] = "another" }, connectors.InvalidAnswer, "nonce"},
		"nonce with more after it":   {func(c claims) { c["nonce"] = c["nonce"].(string) + "x" }, connectors.InvalidAnswer, "nonce"},
		"nonce as list":              {func(c claims) { c["nonce"] = []any{c["nonce"]} }, connectors.InvalidAnswer, "nonce_missing"},
		"no sub":                     {func(c claims) { delete(c, "sub") }, connectors.SubjectMissing, "sub_missing"},
		"empty sub":                  {func(c claims) { c["sub"] = "" }, connectors.SubjectMissing, "sub_missing"},
		"sub as number":              {func(c claims) { c["sub"] = 1 }, connectors.SubjectMissing, "sub_missing"},
		"a sub of 256 characters":    {func(c claims) { c["sub"] = strings.Repeat("s", 256) }, connectors.InvalidAnswer, "sub_too_long"},
		"at_hash of another token":   {func(c claims) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }, connectors.InvalidAnswer, "at_hash"},
		"at_hash as number":          {func(c claims) { c["at_hash"] = 1 }, connectors.InvalidAnswer, "at_hash"},
		"acted in the far future":    {func(c claims) { c["auth_time"] = in(time.Hour) }, connectors.InvalidAnswer, "auth_time_future"},
		"acted in words":             {func(c claims) { c["auth_time"] = "now" }, connectors.InvalidAnswer, "auth_time_type"},
		"acted long before":          {func(c claims) { c["auth_time"] = in(-9 * time.Hour) }, connectors.StaleAnswer, "auth_time_old"},
		"acted, nobody says when":    {func(c claims) { delete(c, "auth_time") }, connectors.StaleAnswer, "auth_time_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Claims = c.spoil
			r.mustFail(t, c.code, c.reason)
			if r.up.asked("/userinfo") != 0 {
				t.Error("userinfo was asked all the same")
			}
		})
	}
	t.Run("a nonce used before", func(t *testing.T) {
		r := rigged(t, nil)
		var first string
		r.up.Claims = func(c claims) {
			if first == "" {
				first = c["nonce"].(string)
			}
			c["nonce"] = first
		}
		connectortest.MustBeDone(t, r.Login(t, "handle-1"))
		r.mustFail(t, connectors.InvalidAnswer, "nonce")
	})
	t.Run("a whole ID token used before", func(t *testing.T) {
		r := rigged(t, nil)
		var first string
		r.up.Sign = func(c claims) string {
			if first == "" {
				first = signedBy(t, r.up.signer, jose.ES256, "k1", c)
			}
			return first
		}
		connectortest.MustBeDone(t, r.Login(t, "handle-1"))
		r.mustFail(t, connectors.InvalidAnswer, "nonce")
	})
}

func TestID_token_that_is_unusual_and_right(t *testing.T) {
	for name, change := range map[string]func(claims){
		"one audience in a list":    func(c claims) { c["aud"] = []string{"hub"} },
		"two audiences and azp":     func(c claims) { c["aud"], c["azp"] = []string{"another", "hub"}, "hub" },
		"no at_hash":                func(c claims) { delete(c, "at_hash") },
		"a sub of 255 characters":   func(c claims) { c["sub"] = strings.Repeat("s", 255) },
		"expired half a minute ago": func(c claims) { c["exp"] = c["iat"].(int64) - 29 },
		"claims nobody knows":       func(c claims) { c["x"] = claims{"y": []any{1, nil}} },
		"no amr":                    func(c claims) { delete(c, "amr") },
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, func(raw map[string]any) { raw["userinfo"] = false })
			r.up.Claims = change
			connectortest.MustBeDone(t, r.Login(t, "handle-1"))
		})
	}
}

// forged makes a token by hand: header and claims as given, the signature too.
func forged(header, c any, signature string) string {
	h, _ := json.Marshal(header)
	p, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p) + "." + signature
}

// handSigned makes a token whose signature is right whatever its header says.
func handSigned(t *testing.T, key *ecdsa.PrivateKey, header any, payload []byte) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(input))
	a, b, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	a.FillBytes(signature[:32])
	b.FillBytes(signature[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestHand_signed_tokens_are_taken_when_nothing_is_wrong_with_them(t *testing.T) {
	r := rigged(t, nil)
	r.up.Sign = func(c claims) string {
		payload, _ := json.Marshal(c)
		return handSigned(t, r.up.signer, claims{"alg": "ES256", "kid": "k1", "typ": "jwt", "unknown": "x"}, payload)
	}
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
}

func TestAttack_JW_01_unsigned_tokens_are_refused(t *testing.T) {
	for _, alg := range []string{"none", "None", "nOnE", "NONE", "", "ES256 "} {
		for _, signature := range []string{"", "AAAA"} {
			r := rigged(t, nil)
			r.up.Sign = func(c claims) string { return forged(claims{"alg": alg, "kid": "k1"}, c, signature) }
			r.mustFail(t, connectors.InvalidAnswer, "id_token_alg")
		}
	}
	r := rigged(t, nil)
	r.up.Sign = func(c claims) string { return forged(claims{"alg": "ES256", "kid": "k1"}, c, "") }
	r.mustFail(t, connectors.InvalidAnswer, "signature")
}

func TestAttack_JW_02_a_public_key_is_no_shared_secret(t *testing.T) {
	r := rigged(t, nil)
	der, _ := x509.MarshalPKIXPublicKey(r.up.signer.Public())
	jwk, _ := json.Marshal(r.up.published[0])
	for name, secret := range map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "DER": der, "JWK": jwk,
	} {
		for _, alg := range []jose.SignatureAlgorithm{jose.HS256, jose.HS512} {
			r.up.Sign = func(c claims) string { return signedBy(t, secret, alg, "k1", c) }
			t.Run(name, func(t *testing.T) { r.mustFail(t, connectors.InvalidAnswer, "id_token_alg") })
		}
	}
}

func TestAttack_JW_03_keys_and_addresses_in_the_header_are_refused(t *testing.T) {
	r := rigged(t, nil)
	own := ecKey(t)
	sink := r.up.Issuer + "/userinfo" // a place that must not be asked
	for name, value := range map[string]any{
		"jwk": jose.JSONWebKey{Key: own.Public(), KeyID: "k1"}, "jku": sink, "x5u": sink, "x5c": []string{"MIIB"},
		"crit": []string{"exp"}, "b64": false,
	} {
		for whose, key := range map[string]*ecdsa.PrivateKey{"own": own, "upstream's": r.up.signer} {
			t.Run(name+" signed by "+whose, func(t *testing.T) {
				r.up.Sign = func(c claims) string {
					payload, _ := json.Marshal(c)
					return handSigned(t, key, claims{"alg": "ES256", "kid": "k1", name: value}, payload)
				}
				r.mustFail(t, connectors.InvalidAnswer, "")
			})
		}
	}
	if r.up.asked("/userinfo") != 0 {
		t.Error("an address of the header was asked")
	}
}

func TestTokens_of_another_type_are_refused(t *testing.T) {
	for _, kind := range []string{"at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "JWE"} {
		r := rigged(t, nil)
		r.up.Sign = func(c claims) string {
			payload, _ := json.Marshal(c)
			return handSigned(t, r.up.signer, claims{"alg": "ES256", "kid": "k1", "typ": kind}, payload)
		}
		r.mustFail(t, connectors.InvalidAnswer, "id_token_header")
	}
}

func TestAttack_JW_05_a_kid_is_only_ever_compared(t *testing.T) {
	for name, kid := range map[string]string{
		"path": "../../dev/null", "SQL": "k1' OR '1'='1", "NUL": "k1\x00", "case": "K1", "long": strings.Repeat("k", 300), "address": "https://elsewhere.example/k1",
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Sign = func(c claims) string { return signedBy(t, r.up.signer, jose.ES256, kid, c) }
			r.mustFail(t, connectors.InvalidAnswer, "")
		})
	}
}

func TestAttack_JW_06_a_storm_of_unknown_kids_fetches_nothing(t *testing.T) {
	r := rigged(t, nil)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	if r.up.asked("/jwks") != 1 {
		t.Fatalf("one login, %d fetches", r.up.asked("/jwks"))
	}
	var storm sync.WaitGroup
	for range 8 {
		storm.Go(func() {
			for range 125 {
				if _, err := r.oidc.verifyKey(t.Context(), random(), "ES256"); err == nil {
					t.Error("a made-up key was found")
				}
			}
		})
	}
	storm.Wait()
	if asked := r.up.asked("/jwks"); asked != 2 {
		t.Errorf("1000 unknown keys within a minute: %d fetches more, want 1", asked-1)
	}
	for range 3 {
		r.up.pass(61 * time.Second)
		for range 50 {
			_, _ = r.oidc.verifyKey(t.Context(), random(), "ES256")
		}
	}
	if asked := r.up.asked("/jwks"); asked != 5 {
		t.Errorf("one fetch a minute: %d", asked-2)
	}
}

func TestKeys_turn_over_without_a_refused_login(t *testing.T) {
	r := rigged(t, nil)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	next := ecKey(t)
	r.up.published = append(r.up.published, jose.JSONWebKey{Key: next.Public(), KeyID: "k2", Algorithm: "ES256", Use: "sig"})
	r.up.Sign = func(c claims) string { return signedBy(t, next, jose.ES256, "k2", c) }
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
}

func TestAttack_JW_07_a_key_that_was_dropped_stops_working(t *testing.T) {
	r := rigged(t, nil)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	r.up.published = []jose.JSONWebKey{{Key: ecKey(t).Public(), KeyID: "k2", Algorithm: "ES256", Use: "sig"}}
	r.up.pass(16 * time.Minute)
	r.mustFail(t, connectors.InvalidAnswer, "key_unknown")
}

func TestAttack_JW_07_keys_do_not_outlive_an_hour_without_the_upstream(t *testing.T) {
	r := rigged(t, nil)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	r.up.instead("/jwks", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.up.pass(30 * time.Minute)
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	r.up.pass(31 * time.Minute)
	r.mustFail(t, connectors.Unavailable, "keys")
}

func TestAttack_JW_10_malformed_tokens_do_no_harm(t *testing.T) {
	for name, token := range map[string]string{
		"half a million dots": strings.Repeat(".", 1<<19), "dots": "..", "one part": "x", "five parts, as encrypted": "a.b.c.d.e", "empty parts": "e30.e30.",
		"null header": "bnVsbA.e30.AAAA", "list header": "W10.e30.AAAA", "not base64": "!!.e30.AAAA", "JSON serialization": `{"payload":"e30","signatures":[]}`,
		"a header of 60 KB": base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","x":"`+strings.Repeat("x", 40<<10)+`"}`)) + ".e30.AAAA",
		"PBES2":             forged(claims{"alg": "PBES2-HS256+A128KW", "p2c": 1 << 31, "enc": "A256GCM"}, claims{}, "AAAA"),
		"spaces":            " " + "e30.e30.AAAA" + " ", "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Sign = func(claims) string { return token }
			r.mustFail(t, connectors.InvalidAnswer, "")
		})
	}
	for name, payload := range map[string]string{
		"null": "null", "list": "[]", "text": `"x"`, "two objects": `{}{}`, "a claim twice": `{"sub":"a","sub":"b"}`, "not UTF-8": "{\"sub\":\"\xff\"}", "cut": `{"sub":`,
	} {
		t.Run("signed "+name, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Sign = func(claims) string {
				return handSigned(t, r.up.signer, claims{"alg": "ES256", "kid": "k1"}, []byte(payload))
			}
			r.mustFail(t, connectors.InvalidAnswer, "claims_unreadable")
		})
	}
}

func TestAttack_JW_12_weak_and_broken_keys_are_never_loaded(t *testing.T) {
	n := func(bits int) string {
		number := make([]byte, bits/8)
		number[0], number[len(number)-1] = 0x80, 1
		return base64.RawURLEncoding.EncodeToString(number)
	}
	coordinate := base64.RawURLEncoding.EncodeToString(append(make([]byte, 31), 1))
	text := func(v any) string { out, _ := json.Marshal(v); return string(out) }
	for name, jwk := range map[string]string{
		"RSA 1024":            fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"AQAB"}`, n(1024)),
		"RSA 16384":           fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"AQAB"}`, n(16384)),
		"RSA e=1":             fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"AQ"}`, n(2048)),
		"RSA e=2":             fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"Ag"}`, n(2048)),
		"RSA without n":       `{"kty":"RSA","kid":"k","e":"AQAB"}`,
		"a megabyte of RSA":   fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"AQAB"}`, n(8<<20)),
		"off the curve":       fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":"k","x":%q,"y":%q}`, coordinate, coordinate),
		"at the origin":       fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":"k","x":%q,"y":%q}`, strings.Repeat("A", 43), strings.Repeat("A", 43)),
		"another curve":       fmt.Sprintf(`{"kty":"EC","crv":"P-224","kid":"k","x":%q,"y":%q}`, coordinate, coordinate),
		"a shared secret":     `{"kty":"oct","kid":"k","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}`,
		"a private key":       text(jose.JSONWebKey{Key: ecKey(t), KeyID: "k"}),
		"for encryption":      text(jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: "k", Use: "enc"}),
		"for another alg":     text(jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: "k", Algorithm: "RS256"}),
		"to sign, not verify": strings.Replace(text(jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: "k"}), `{`, `{"key_ops":["sign"],`, 1),
		"unknown":             `{"kty":"XYZ","kid":"k"}`,
		"no object":           `7`,
	} {
		if keys, err := readKeys([]json.RawMessage{json.RawMessage(jwk)}); err == nil {
			t.Errorf("%s: loaded %d", name, len(keys))
		}
		good := json.RawMessage(text(jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: "good"}))
		if keys, err := readKeys([]json.RawMessage{json.RawMessage(jwk), good}); err != nil || len(keys) != 1 || keys[0].id != "good" {
			t.Errorf("%s beside a good one: %v", name, err)
		}
	}
	if _, err := readKeys(make([]json.RawMessage, 51)); err == nil {
		t.Error("51 keys were looked at")
	}
}

func TestAttack_JW_13_a_forgery_that_is_expired_too_is_a_forgery(t *testing.T) {
	r := rigged(t, nil)
	r.up.Claims = func(c claims) { c["exp"], c["aud"], c["nonce"] = 1, "another", "another" }
	r.up.Sign = func(c claims) string { return signedBy(t, ecKey(t), jose.ES256, "k1", c) }
	r.mustFail(t, connectors.InvalidAnswer, "signature")
}

func TestAttack_JW_15_times_are_whole_numbers_and_clocks_differ_by_a_minute_at_most(t *testing.T) {
	now := newUpstream(t).now
	widest := func(raw map[string]any) { raw["clock_skew"] = "60s" }
	at := func(d time.Duration) json.RawMessage { return json.RawMessage(fmt.Sprint(now.Add(d).Unix())) }
	for name, c := range map[string]struct {
		claim, value string
		reason       string
	}{
		"exp a minute ago":       {"exp", string(at(-60 * time.Second)), "expired"},
		"nbf in 61 s":            {"nbf", string(at(61 * time.Second)), "nbf_future"},
		"iat in 61 s":            {"iat", string(at(61 * time.Second)), "iat_future"},
		"iat tomorrow":           {"iat", string(at(24 * time.Hour)), "iat_future"},
		"auth_time in 61 s":      {"auth_time", string(at(61 * time.Second)), "auth_time_future"},
		"exp as text":            {"exp", `"4102444800"`, "exp_type"},
		"exp with a fraction":    {"exp", `4102444800.5`, "exp_type"},
		"exp negative":           {"exp", `-1`, "exp_type"},
		"exp zero":               {"exp", `0`, "exp_type"},
		"exp for ever":           {"exp", `1e308`, "exp_type"},
		"exp with an exponent":   {"exp", `4e9`, "exp_type"},
		"exp beyond 64 bits":     {"exp", `99999999999999999999`, "exp_type"},
		"exp in milliseconds":    {"exp", `4102444800000`, "exp_type"},
		"exp null":               {"exp", `null`, "exp_type"},
		"exp true":               {"exp", `true`, "exp_type"},
		"exp in a list":          {"exp", `[4102444800]`, "exp_type"},
		"iat as text":            {"iat", `"1"`, "iat_type"},
		"nbf as text":            {"nbf", `"1"`, "nbf_type"},
		"nbf null":               {"nbf", `null`, "nbf_type"},
		"auth_time with a point": {"auth_time", `1.0`, "auth_time_type"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t, widest)
			r.up.Claims = func(told claims) { told[c.claim] = json.RawMessage(c.value) }
			code := connectors.InvalidAnswer
			if c.reason == "expired" {
				code = connectors.StaleAnswer
			}
			r.mustFail(t, code, c.reason)
		})
	}
	r := rigged(t, widest)
	r.up.Claims = func(c claims) {
		c["exp"], c["iat"], c["nbf"], c["auth_time"] = at(-59*time.Second), at(60*time.Second), at(60*time.Second), at(60*time.Second)
	}
	// Taken, but towards parties nobody acts later than now: they would count a login as younger than
	// it is, and some refuse an auth_time that is yet to come.
	if done := connectortest.MustBeDone(t, r.Login(t, "handle-1")); done.AuthTime.After(r.up.now) || done.Evidence[0].AuthTime.After(r.up.now) {
		t.Errorf("acted at %s, which is after now, %s", done.AuthTime, r.up.now)
	}
}

func TestAttack_JW_16_another_upstreams_key_proves_nothing(t *testing.T) {
	one, two := rigged(t, nil), rigged(t, nil)
	connectortest.MustBeDone(t, two.Login(t, "handle-1"))
	// Signed by two, in the name of one, under two's own kid and under one's.
	for _, kid := range []string{"k1", "k-two"} {
		one.up.Sign = func(c claims) string { return signedBy(t, two.up.signer, jose.ES256, kid, c) }
		one.mustFail(t, connectors.InvalidAnswer, "")
	}
	// Signed by one, in the name of two.
	one.up.Sign = nil
	one.up.Claims = func(c claims) { c["iss"] = two.up.Issuer }
	one.mustFail(t, connectors.InvalidAnswer, "iss")
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":1,"a":2}`, `{`, `null`, "{\"\xff\":1}", `{"a":{"b":[1,2]}} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		members, err := object(body)
		if err != nil {
			return
		}
		var same map[string]json.RawMessage
		if json.Unmarshal(body, &same) != nil || len(same) != len(members) {
			t.Errorf("read differently: %d members", len(members))
		}
		for _, value := range members {
			fits("address", value)
			methods(value)
			moment(value)
		}
	})
}
