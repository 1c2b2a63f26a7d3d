package attacktest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/oauth"
)

// refused says that an assertion proves nobody.
func (c *cast) refused(t *testing.T, what, assertion string) {
	t.Helper()
	wants(t, what, c.rp1.As(t).Exchange("x", "client_assertion", assertion), http.StatusUnauthorized, "invalid_client")
}

// taken says that it proves the client: what is wrong then is the code.
func (c *cast) taken(t *testing.T, what, assertion string) {
	t.Helper()
	wants(t, what, c.rp1.As(t).Exchange("x", "client_assertion", assertion), http.StatusBadRequest, "invalid_grant")
}

func TestAttack_CA_02_AudienceInjection(t *testing.T) {
	from(t, "OpenID Foundation disclosure 2025-02-25; draft-ietf-oauth-rfc7523bis")
	c := stage(t)
	c.taken(t, "the issuer", c.rp1.Assertion(nil))
	c.taken(t, "the token endpoint", c.rp1.Assertion(map[string]any{"aud": c.Issuer + "/token"}))
	for what, aud := range map[string]any{
		"another server's token endpoint": "https://other.example/token", "ours and another": []string{c.Issuer, "https://other.example"}, "ours alone in a list": []string{c.Issuer},
		"a slash": c.Issuer + "/", "userinfo": c.Issuer + "/userinfo", "nothing": nil, "empty": "", "upper case": strings.ToUpper(c.Issuer), "a number": 1, "an object": map[string]any{"x": 1},
		"the beginning": c.Issuer[:len(c.Issuer)-1], "more": c.Issuer + "/token/", "userinfo confusion": strings.Replace(c.Issuer, "://", "://x@", 1),
	} {
		c.refused(t, what, c.rp1.Assertion(map[string]any{"aud": aud}))
	}
}

func TestAttack_CA_04_OneClientAsAnother(t *testing.T) {
	from(t, "fosite reads client_id from the form first")
	c := stage(t)
	for _, id := range []string{"rp2", "pub", "nobody"} {
		wants(t, "client_id="+id, c.rp1.Exchange("x", "client_id", id), http.StatusUnauthorized, "invalid_client")
		c.refused(t, "sub "+id, c.rp1.Assertion(map[string]any{"sub": id}))
		c.refused(t, "iss "+id, c.rp1.Assertion(map[string]any{"iss": id}))
		c.refused(t, "both "+id, c.rp1.Assertion(map[string]any{"iss": id, "sub": id}))
	}
	c.refused(t, "no sub", c.rp1.Assertion(map[string]any{"sub": nil}))
	c.refused(t, "no iss", c.rp1.Assertion(map[string]any{"iss": nil}))
	two := c.rp2.Prove(t.Context(), "/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {"x"}, "client_assertion": {c.rp1.Assertion(nil)}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	})
	wants(t, "two methods", c.rp2.Do(two), http.StatusBadRequest, "invalid_request")
	both := c.rp2.Prove(t.Context(), "/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "client_id": {"rp2"}, "client_secret": {c.rp2.Secret}})
	wants(t, "header and body", c.rp2.Do(both), http.StatusBadRequest, "invalid_request")
	// by a method that was not registered
	wants(t, "rp2's secret in the body", c.pub.Token("grant_type", "authorization_code", "code", "x", "client_id", "rp2", "client_secret", c.rp2.Secret), http.StatusUnauthorized, "invalid_client")
	wants(t, "rp1 without anything", c.pub.Token("grant_type", "authorization_code", "code", "x", "client_id", "rp1"), http.StatusUnauthorized, "invalid_client")
	wants(t, "rp2 without anything", c.pub.Token("grant_type", "authorization_code", "code", "x", "client_id", "rp2"), http.StatusUnauthorized, "invalid_client")
	wants(t, "pub with a secret", c.pub.Token("grant_type", "authorization_code", "code", "x", "client_secret", "x"), http.StatusUnauthorized, "invalid_client")
}

// mac makes an HS256 JWT with any bytes as the key.
func mac(t *testing.T, key []byte, header, claims map[string]any) string {
	t.Helper()
	parts := make([]string, 2)
	for i, part := range []map[string]any{header, claims} {
		raw, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(raw)
	}
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(parts[0] + "." + parts[1])) // a hash takes everything
	return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// faces gives the forms in which a public key could be taken for a secret.
func faces(t *testing.T, public crypto.PublicKey, kid string) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: kid, Algorithm: "ES256", Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWK": jwk, "nothing": {}}
	all["PEM without its last line break"] = []byte(strings.TrimSpace(string(all["PEM"])))
	if key, ok := public.(*ecdsa.PublicKey); ok {
		if all["point"], err = key.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestAttack_CA_05_JW_02_APublicKeyIsNoSecret(t *testing.T) {
	from(t, "RFC 8725 §2.1, §3.1")
	c := stage(t)
	_, claims := hubtest.ReadJWT(t, c.rp1.Assertion(nil))
	for what, key := range faces(t, c.rp1.Key.Public(), c.rp1.KeyID) {
		for _, alg := range []string{"HS256", "hs256"} {
			c.refused(t, what+" "+alg, mac(t, key, map[string]any{"alg": alg, "kid": c.rp1.KeyID, "typ": "JWT"}, claims))
		}
	}
	held := c.tokens(t, c.rp1)
	header, id := hubtest.ReadJWT(t, held.Text("id_token"))
	for _, key := range c.keys(t).Keys {
		for what, raw := range faces(t, key.Key, key.KeyID) {
			header["alg"], header["kid"] = "HS256", key.KeyID
			c.noHint(t, "HS256 by our "+what, mac(t, raw, header, id))
		}
	}
}

func (c *cast) keys(t *testing.T) jose.JSONWebKeySet {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(c.rp1.Do(mustRequest(t, c.Issuer+"/jwks")).Body), &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("no keys: %v", err)
	}
	return set
}

// noHint says that a text is taken for an ID token of ours nowhere.
func (c *cast) noHint(t *testing.T, what, hint string) {
	t.Helper()
	b := c.Browser(t) // the server itself may refuse the longest, so nobody watches
	v := c.rp1.Request("id_token_hint", hint)
	page := b.Get(c.rp1.Address(v))
	if c.rp1.Landed(page) {
		there(t, what, c.rp1, page, "invalid_request", v.Get("state"))
	} else if page.Status < 400 || page.Status > 499 {
		t.Errorf("%s as a hint: %d at %s", what, page.Status, page.URL.Path)
	}
	if page := b.Get(c.Issuer + "/logout?id_token_hint=" + url.QueryEscape(hint)); page.Status < 400 || page.Status > 499 {
		t.Errorf("%s as a hint for a logout: %d", what, page.Status)
	}
}

// TestAttack_CA_07: nothing in the answer tells an unknown client from a wrong secret, and neither
// costs a query: what is compared is a digest in memory.
func TestAttack_CA_07_NoOracleForClients(t *testing.T) {
	from(t, "fosite v0.49: a wrong secret costs 0.6 s, an unknown client 0.2 ms")
	c := stage(t)
	before := c.rows(t)
	strip := func(r hubtest.Reply) string {
		h := r.Header.Clone()
		h.Del("Date")
		raw, err := json.Marshal([]any{r.Status, h, r.Body})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	basic := func(id, secret string) string {
		r := c.pub.Prove(t.Context(), "/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "client_id": {id}})
		r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
		return strip(c.pub.Do(r))
	}
	post := func(id, secret string) string {
		return strip(c.pub.Token("grant_type", "authorization_code", "code", "x", "client_id", id, "client_secret", secret))
	}
	other := hubtest.NewKey(t)
	assert := func(id string) string {
		now := c.Now()
		return strip(c.rp1.Token("grant_type", "authorization_code", "code", "x", "client_assertion", hubtest.Sign(t, other, map[string]any{"kid": "rp1-1", "typ": "JWT"},
			map[string]any{"iss": id, "sub": id, "aud": c.Issuer, "jti": "j", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})))
	}
	for what, pair := range map[string][2]string{
		"basic, unknown and wrong": {basic("nobody", "x"), basic("rp2", "x")}, "basic, another method's": {basic("rp3", c.rp3.Secret), basic("nobody", "x")},
		"basic, empty": {basic("rp2", ""), basic("nobody", "")}, "post, unknown and wrong": {post("nobody", "x"), post("rp3", "x")}, "post, a client with keys": {post("rp1", "x"), post("nobody", "x")},
		"assertion, unknown and forged": {assert("nobody"), assert("rp1")}, "assertion, of a client with a secret": {assert("rp2"), assert("nobody")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s are told apart:\n%s\n%s", what, pair[0], pair[1])
		}
	}
	if after := c.rows(t); after != before {
		t.Errorf("refused clients cost %d rows", after-before)
	}
}

// rows counts what anonymous requests could leave behind.
func (c *cast) rows(t *testing.T) (n int) {
	t.Helper()
	for _, table := range []string{"once", "journal", "grants", "logins", "counters"} {
		n += hubtest.Number(t, c.Usage.Source, "SELECT count(*) FROM "+table)
	}
	return n
}

func TestAttack_JW_01_AlgNone(t *testing.T) {
	from(t, "ASVS 9.1.2; RFC 8725 §2.1")
	c := stage(t)
	held := c.tokens(t, c.rp1)
	enc := base64.RawURLEncoding.EncodeToString
	assertion := c.rp1.Assertion(nil)
	for _, alg := range []string{"none", "None", "nOnE", "NONE", "", "null", "ES256"} {
		head := enc([]byte(`{"alg":"` + alg + `","typ":"JWT","kid":"` + c.rp1.KeyID + `"}`))
		body := strings.Split(assertion, ".")[1]
		for _, signature := range []string{"", "AA", strings.Split(assertion, ".")[2][:10], enc(make([]byte, 64))} {
			c.refused(t, alg+" ."+signature, head+"."+body+"."+signature)
		}
		c.refused(t, alg+" in two parts", head+"."+body)
	}
	parts := strings.Split(held.Text("id_token"), ".")
	header, _ := hubtest.ReadJWT(t, held.Text("id_token"))
	for _, alg := range []string{"none", "nOnE", "", "ES256", "RS256"} {
		header["alg"] = alg
		raw, err := json.Marshal(header)
		if err != nil {
			t.Fatal(err)
		}
		c.noHint(t, "alg "+alg+" without a signature", enc(raw)+"."+parts[1]+".")
		c.noHint(t, "alg "+alg+" with zeroes", enc(raw)+"."+parts[1]+"."+enc(make([]byte, 64)))
	}
	c.noHint(t, "another payload", parts[0]+"."+strings.Split(assertion, ".")[1]+"."+parts[2])
}

// sink is a canary: nobody may ever knock there.
func sink(t *testing.T) (address string, knocks *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	knocks = &atomic.Int64{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			knocks.Add(1)
			_ = conn.Close() // whoever it was
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return "http://" + l.Addr().String(), knocks
}

func TestAttack_JW_03_KeysOfTheMessageAreIgnored(t *testing.T) {
	from(t, "ASVS 9.1.3; RFC 8725 §3.10")
	c := stage(t)
	where, knocks := sink(t)
	forger := hubtest.NewKey(t)
	_, claims := hubtest.ReadJWT(t, c.rp1.Assertion(nil))
	held := c.tokens(t, c.rp1)
	header, id := hubtest.ReadJWT(t, held.Text("id_token"))
	for name, value := range map[string]any{
		"jwk": jose.JSONWebKey{Key: forger.Public(), KeyID: "x"}, "jku": where + "/jwks", "x5u": where + "/cert", "x5c": []string{"MIIB"}, "crit": []string{"x"}, "b64": false,
	} {
		head := map[string]any{"typ": "JWT", name: value}
		c.refused(t, name+", forged", hubtest.Sign(t, forger, head, claims))
		head["kid"] = c.rp1.KeyID
		c.refused(t, name+", forged, with our kid", hubtest.Sign(t, forger, head, claims))
		c.noHint(t, name, hubtest.Sign(t, forger, map[string]any{"typ": header["typ"], "kid": header["kid"], name: value}, id))
	}
	c.refused(t, "another's key", hubtest.Sign(t, forger, map[string]any{"typ": "JWT", "kid": c.rp1.KeyID}, claims))
	if n := knocks.Load(); n != 0 {
		t.Errorf("the address in a header was asked %d times", n)
	}
}

func TestAttack_JW_05_KidInjection(t *testing.T) {
	from(t, "ASVS 9.1.3")
	c := stage(t)
	_, claims := hubtest.ReadJWT(t, c.rp1.Assertion(nil))
	held := c.tokens(t, c.rp1)
	header, id := hubtest.ReadJWT(t, held.Text("id_token"))
	for _, kid := range []any{"../../../../dev/null", "' OR 1=1 --", "x\x00", strings.Repeat("k", 5000), strings.Repeat("k", 40_000), 1, nil, []string{c.rp1.KeyID}, map[string]any{"x": 1}, "http://127.0.0.1/", "rp1-1 ", ""} {
		if _, number := kid.(int); !number && kid != nil && kid != "" {
			c.refused(t, "kid", hubtest.Sign(t, c.rp1.Key, map[string]any{"typ": "JWT", "kid": kid}, claims))
		}
		c.noHint(t, "kid", hubtest.Sign(t, c.rp1.Key, map[string]any{"typ": header["typ"], "kid": kid}, id))
	}
}

func TestAttack_JW_09_JW_10_MalformedTokens(t *testing.T) {
	from(t, "go-jose GHSA-2c7c-3mj9-8fqh, CVE-2026-34986, CVE-2025-27144; golang-jwt CVE-2025-30204; jwx CVE-2023-49290, CVE-2024-21664")
	c := stage(t)
	enc := base64.RawURLEncoding.EncodeToString
	held := c.tokens(t, c.rp1)
	texts := []string{
		strings.Repeat(".", 30_000), "..", ".", "...", "....", "a.b.c", "a.b.c.d.e", enc([]byte(`null`)) + ".." + enc([]byte(`null`)), enc([]byte(`{}`)) + "." + enc([]byte(`{}`)) + ".",
		enc([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`)) + ".AAAA.AAAA.AAAA.AAAA", enc([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + "..AAAA.AAAA.AAAA",
		enc([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM","zip":"DEF"}`)) + "..AAAA.AAAA.AAAA", enc([]byte(`{"alg":"ES256","p2c":2147483647}`)) + ".e30.AAAA", enc([]byte(`[]`)) + ".e30.AAAA",
		enc([]byte(strings.Repeat("[", 5000))) + ".e30.AAAA", held.Text("id_token") + ".", "." + held.Text("id_token"), strings.ReplaceAll(held.Text("id_token"), ".", ".."), held.Text("id_token")[:20],
		`{"payload":"e30","signatures":[{"protected":"eyJhbGciOiJub25lIn0","signature":""}]}`, strings.Repeat("A", 60_000), "\x00", "é.é.é",
	}
	for i, text := range texts {
		reply := c.rp1.Exchange("x", "client_assertion", text)
		if reply.Status != http.StatusUnauthorized && reply.Status != http.StatusBadRequest {
			t.Errorf("text %d as an assertion: %d %s", i, reply.Status, reply.Body)
		}
		c.noHint(t, "malformed", text)
	}
}

func TestAttack_JW_13_ForgedAndExpiredIsForged(t *testing.T) {
	from(t, "golang-jwt CVE-2024-51744")
	c := stage(t)
	old := map[string]any{"exp": c.Now().Add(-time.Hour).Unix(), "iat": c.Now().Add(-2 * time.Hour).Unix()}
	_, claims := hubtest.ReadJWT(t, c.rp1.Assertion(old))
	_, fresh := hubtest.ReadJWT(t, c.rp1.Assertion(nil))
	forger, head := hubtest.NewKey(t), map[string]any{"typ": "JWT", "kid": c.rp1.KeyID}
	forged := c.rp1.Exchange("x", "client_assertion", hubtest.Sign(t, forger, head, fresh))
	both := c.rp1.Exchange("x", "client_assertion", hubtest.Sign(t, forger, head, claims))
	if both.Body != forged.Body || both.Status != forged.Status {
		t.Errorf("forged and expired is told %s, forged is told %s", both.Body, forged.Body)
	}
	c.refused(t, "only expired", hubtest.Sign(t, c.rp1.Key, head, claims))
}

func TestAttack_JW_15_ClockTolerance(t *testing.T) {
	from(t, "RFC 8725; RFC 7523 §3")
	c := stage(t)
	at := func(d time.Duration) int64 { return c.Now().Add(d).Unix() }
	for what, change := range map[string]map[string]any{
		"exp 65 s ago": {"exp": at(-65 * time.Second)}, "nbf in 65 s": {"nbf": at(65 * time.Second)}, "iat tomorrow": {"iat": at(24 * time.Hour)}, "no exp": {"exp": nil},
		"exp in a year": {"exp": at(8760 * time.Hour)}, "exp in 7 min": {"exp": at(7 * time.Minute)}, "exp a text": {"exp": "9999999999"}, "exp a fraction": {"exp": float64(at(time.Minute)) + .5},
		"exp below zero": {"exp": -1}, "exp beyond all": {"exp": 1e300}, "exp zero": {"exp": 0}, "exp true": {"exp": true}, "nbf a text": {"nbf": "0"}, "no jti": {"jti": nil}, "empty jti": {"jti": ""},
		"jti a number": {"jti": 1}, "long jti": {"jti": strings.Repeat("j", 257)},
	} {
		c.refused(t, what, c.rp1.Assertion(change))
	}
	for what, change := range map[string]map[string]any{
		"exp 50 s ago": {"exp": at(-50 * time.Second)}, "nbf in 50 s": {"nbf": at(50 * time.Second)}, "iat in 50 s": {"iat": at(50 * time.Second)}, "exp in 5 min": {"exp": at(5 * time.Minute)}, "no iat": {"iat": nil},
	} {
		c.taken(t, what, c.rp1.Assertion(change))
	}
}

func TestAttack_JW_06_SS_02_KeysAtAnAddress(t *testing.T) {
	from(t, "fosite and zitadel/oidc fetch again at every unknown kid; ZITADEL CVE-2024-49753")
	where, knocks := sink(t)
	key := hubtest.NewKey(t)
	var asked atomic.Int64
	var elsewhere atomic.Bool
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if elsewhere.Load() {
			http.Redirect(w, r, where+"/jwks", http.StatusFound)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	}))
	t.Cleanup(keys.Close)
	far := &hubtest.RP{ID: "far", Method: "private_key_jwt", Key: key, KeyID: "k", Client: map[string]any{"jwks": nil, "jwks_uri": keys.URL + "/jwks"}}
	c := stage(t, hubtest.WithRPs(far))
	far.Watch()
	wants(t, "a key at the address", far.Exchange("x"), http.StatusBadRequest, "invalid_grant")
	for range 200 {
		_, claims := hubtest.ReadJWT(t, far.Assertion(nil))
		forged := hubtest.Sign(t, hubtest.NewKey(t), map[string]any{"typ": "JWT", "kid": "unknown"}, claims)
		wants(t, "unknown kid", far.Exchange("x", "client_assertion", forged), http.StatusUnauthorized, "invalid_client")
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("200 unknown keys within half a minute made the hub ask %d times, want once in all", n)
	}
	c.Shift(31 * time.Second)
	forged := hubtest.Sign(t, hubtest.NewKey(t), map[string]any{"typ": "JWT", "kid": "unknown"}, map[string]any{"iss": "far", "sub": "far"})
	for range 20 {
		far.Exchange("x", "client_assertion", forged)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("after half a minute the hub has asked %d times, want twice", n)
	}
	elsewhere.Store(true) // JW-07: and what is gone there soon counts no more
	c.Shift(11 * time.Minute)
	wants(t, "keys that are gone", far.Exchange("x"), http.StatusUnauthorized, "invalid_client")
	if n := knocks.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

func TestAttack_SS_01_InternalAddressesAreNotRegistered(t *testing.T) {
	from(t, "ZITADEL CVE-2025-67494, CVE-2026-27945, CVE-2026-55671; Casdoor CVE-2026-5469")
	where, knocks := sink(t)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(where, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	file := func(uri string) error {
		text := `{parties: [], clients: [{id: x, party: p, token_endpoint_auth_method: private_key_jwt, redirect_uris: ["https://x.example/cb"], jwks_uri: "` + uri + `"}]}`
		_, err := hub.ParseParties([]byte(text), oauth.Registration{})
		return err
	}
	if err := file("https://keys.x.example/jwks"); err != nil {
		t.Fatalf("a good address is refused: %v", err)
	}
	for _, host := range []string{
		"169.254.169.254", "127.0.0.1:" + port, "127.1:" + port, "127.1", "0x7f000001", "0x7f.0.0.1", "2130706433", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fe80::1]", "[fd00::1]", "[::]",
		"0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "localhost", "a.localhost", "localhost.", "metadata", "metadata.internal", "db.local", "printer.lan", "224.0.0.1", "255.255.255.255", "x@127.0.0.1",
	} {
		for _, scheme := range []string{"https", "http"} {
			if err := file(scheme + "://" + host + "/jwks"); err == nil {
				t.Errorf("%s://%s can be registered", scheme, host)
			}
		}
	}
	for _, uri := range []string{"http://keys.x.example/jwks", "file:///etc/passwd", "gopher://x.example/", "ftp://x.example/jwks", "//x.example/jwks", "https:///jwks", "jwks", ""} {
		if err := file(uri); err == nil {
			t.Errorf("%q can be registered", uri)
		}
	}
	if n := knocks.Load(); n != 0 {
		t.Errorf("registering asked an address %d times", n)
	}
}

// A client that says where its session lives is neither believed nor called: hosts come from the registration
// alone, and a registration with such a value is refused.
func TestAttack_SS_08_AClientsWordForItsHost(t *testing.T) {
	from(t, "Keycloak CVE-2026-4874")
	c := stage(t)
	var called atomic.Int32
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer sink.Close()
	poison := []string{"client_session_host", sink.URL, "client_session_state", "s", "backchannel_logout_uri", sink.URL, "jwks_uri", sink.URL, "host", sink.URL}
	tokens := c.rp1.Exchange(c.rp1.Login(c.Watched(t), "ordinary", poison...).Code(), poison...)
	if tokens.Status != http.StatusOK {
		t.Fatalf("%d %s", tokens.Status, tokens.Body)
	}
	c.rp1.Refresh(tokens.Text("refresh_token"), poison...)
	c.rp1.Post("/revoke", append([]string{"token", tokens.Text("access_token")}, poison...)...)
	if n := called.Load(); n != 0 {
		t.Errorf("called %d times", n)
	}
	c.Dump().HoldsNone(t, map[string]string{"the host": strings.TrimPrefix(sink.URL, "http://")})
	written := `{"clients": [{"id": "x", "party": "y", "client_session_host": "` + sink.URL + `"}]}`
	if _, err := hub.ParseParties([]byte(written), hub.Registration(c.Config)); err == nil || !strings.Contains(err.Error(), "client_session_host") {
		t.Errorf("such a registration is taken: %v", err)
	}
}
