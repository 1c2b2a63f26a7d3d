package attacktest

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
)

const evil = "https://evil.example/cb"

func TestAttack_RU_01_UnregisteredRedirectURI(t *testing.T) {
	from(t, "RFC 9700 §2.1, §4.1; ASVS 10.4.1")
	c := stage(t)
	b := c.Watched(t)
	c.here(t, "alone", c.rp1.Authorize(b, "redirect_uri", evil))
	c.here(t, "another party's", c.rp1.Authorize(b, "redirect_uri", c.rp2.Redirect))
	c.here(t, "its own for after a logout", c.rp1.Authorize(b, "redirect_uri", c.rp1.AfterLogout))
	for _, change := range [][]string{{"scope", "profile"}, {"response_type", "token"}, {"max_age", "x"}, {"claims", "{"}, {"code_challenge", ""}} {
		c.here(t, "with a wrong "+change[0], c.rp1.Authorize(b, append([]string{"redirect_uri", evil}, change...)...))
	}
	for _, table := range []string{"grants", "logins", "sessions"} {
		if rows := hubtest.Number(t, c.Usage.Source, "SELECT count(*) FROM "+table); rows != 0 {
			t.Errorf("G3: %d rows of %s were written", rows, table)
		}
	}
}

func TestAttack_RU_02_NoErrorGoesToAnUnprovedAddress(t *testing.T) {
	from(t, "zitadel/oidc #627; SATOSA #498; doorkeeper CVE-2019-9837; vault PR 16601")
	c := stage(t)
	b := c.Watched(t)
	for _, change := range [][]string{
		{"client_id", "nobody"}, {"client_id", ""}, {"client_id", "RP1"}, {"scope", "bad"}, {"prompt", "none"}, {"prompt", "none login"}, {"prompt", "create"},
		{"response_type", "token"}, {"response_type", "code id_token"}, {"response_type", ""}, {"response_mode", "fragment"}, {"response_mode", "form_post"},
		{"request", "x"}, {"request_uri", "urn:ietf:params:oauth:request_uri:x"}, {"id_token_hint", "x"}, {"state", strings.Repeat("s", 5000)},
	} {
		c.here(t, change[0]+"="+change[1], c.rp1.Authorize(b, append([]string{"redirect_uri", evil}, change...)...))
	}
	c.here(t, "a client that nobody knows, at an address that somebody has", c.rp1.Authorize(b, "client_id", "nobody"))
}

func TestAttack_RU_03_UserinfoConfusion(t *testing.T) {
	from(t, "Keycloak CVE-2026-7504; Pocket ID CVE-2026-28512; ZITADEL #12559")
	c := stage(t)
	b := c.Watched(t)
	host := strings.TrimPrefix(c.Landing(), "http://")
	for _, uri := range []string{
		"http://" + host + "@evil.example/rp1/cb", "http://" + host + "%40evil.example/rp1/cb", "http://" + host + "%2540evil.example/rp1/cb",
		"http://" + host + "%252F@evil.example/rp1/cb", "http://" + host + "/@evil.example/rp1/cb", "http://evil.example@" + host + "/rp1/cb",
		"http://a:b@" + host + "/rp1/cb", "http://a@b@" + host + "/rp1/cb", "http://" + host + `\@evil.example/rp1/cb`, "http://" + host + "#@evil.example/rp1/cb",
		"http://" + host + "?@evil.example/rp1/cb", "http://@" + host + "/rp1/cb", "http://%00@" + host + "/rp1/cb", "//" + host + "/rp1/cb",
	} {
		c.here(t, uri, c.rp1.Authorize(b, "redirect_uri", uri))
	}
}

func TestAttack_RU_04_PathTricks(t *testing.T) {
	from(t, "Keycloak CVE-2026-3872")
	c := stage(t)
	b := c.Watched(t)
	at, uri := c.Landing(), c.rp1.Redirect
	for _, wrong := range []string{
		at + "/rp1/..;/rp1/cb", at + "/rp1/../rp1/cb", at + "/rp1/./cb", at + "/rp1/%2e%2e/rp1/cb", at + "/rp1/cb;x", at + "//rp1/cb", at + "/rp1//cb", uri + "/", uri + "/.",
		uri + "?", uri + "?x=1", uri + "%00", uri + "%2f", strings.Replace(uri, "cb", "%63b", 1), strings.Replace(uri, "cb", "CB", 1), strings.Replace(uri, "127.0.0.1", "127.0.0.1.", 1),
		strings.Replace(uri, "http", "HTTP", 1), strings.Replace(uri, "http", "https", 1), strings.Replace(uri, "127.0.0.1", "localhost", 1), strings.TrimSuffix(uri, "b"), uri + "b",
	} {
		c.here(t, wrong, c.rp1.Authorize(b, "redirect_uri", wrong))
	}
}

func TestAttack_RU_06_ControlCharactersInjectNoHeader(t *testing.T) {
	from(t, "mod_auth_openidc PR 453, #672")
	c := stage(t)
	b := c.Watched(t)
	for _, tail := range []string{`\@evil.example`, "\t", "\r\nSet-Cookie: a=b", "\n", "\x00", " ", "\u2028", "\u202e", "\x7f", "%0d%0aSet-Cookie:%20a=b", "%09"} {
		page := c.rp1.Authorize(b, "redirect_uri", c.rp1.Redirect+tail)
		c.here(t, url.QueryEscape(tail), page)
		if len(page.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%q: a cookie was set", tail)
		}
	}
	// what an answer carries must not end a header either
	state := "a\r\nSet-Cookie: b=c\r\n\r\n<script>"
	page := c.rp1.Authorize(b, "state", state, "prompt", "none")
	there(t, "a state with line breaks", c.rp1, page, "login_required", state)
}

// dangerous are addresses that no browser may ever be sent to.
func dangerous() []string {
	return []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://rp1.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)",
		"file:///etc/passwd", "ftp://rp1.example/cb", "rp1:/cb", "blob:https://rp1.example/x", "http://rp1.example/cb", "https://rp1.example/cb#x", "https://rp1.example/cb#",
	}
}

// applied is what `party apply` says to a client with one thing changed.
func (c *cast) applied(field, value string) error {
	text := "parties: []\nclients: [{id: x, party: rp1, token_endpoint_auth_method: none, redirect_uris: [\"https://x.example/cb\"]" +
		map[bool]string{true: "", false: ", " + field + ": " + value}[field == ""] + "}]\n"
	if field == "redirect_uris" {
		text = strings.Replace(text, `redirect_uris: ["https://x.example/cb"], `, "", 1)
	}
	_, err := hub.ParseParties([]byte(text), hub.Registration(c.Config))
	return err
}

func TestAttack_RU_07_DangerousSchemes(t *testing.T) {
	from(t, "Keycloak CVE-2026-9086; ZITADEL CVE-2026-29191, CVE-2026-29192, CVE-2024-28855")
	c := stage(t)
	if err := c.applied("", ""); err != nil {
		t.Fatalf("a good registration is refused: %v", err)
	}
	b := c.Watched(t)
	for _, uri := range dangerous() {
		for _, field := range []string{"redirect_uris", "post_logout_redirect_uris"} {
			if c.applied(field, `["`+uri+`"]`) == nil {
				t.Errorf("%s can be registered among %s", uri, field)
			}
		}
		if c.applied("initiate_login_uri", `"`+uri+`"`) == nil {
			t.Errorf("%s can be registered as initiate_login_uri", uri)
		}
		for what, page := range map[string]*hubtest.Page{
			"authorize": c.rp1.Authorize(b, "redirect_uri", uri),
			"logout":    b.Get(c.Issuer + "/logout?" + url.Values{"client_id": {"rp1"}, "post_logout_redirect_uri": {uri}}.Encode()),
		} {
			if page.Status != http.StatusBadRequest || strings.Contains(page.Body, uri) {
				t.Errorf("%s with %s: %d, or it stands on the page", what, uri, page.Status)
			}
		}
	}
}

func TestAttack_RU_08_OnlyThePortOfALoopbackMayVary(t *testing.T) {
	from(t, "fosite CVE-2020-15233, and its matcher tried at v0.49")
	c := stage(t)
	b := c.Watched(t)
	if answer := c.nat.Login(b, "ordinary"); answer.Code() == "" {
		t.Errorf("a free port is refused: %v", answer.Values)
	}
	for _, uri := range []string{
		"http://evil@127.0.0.1/nat/cb", "http://127.0.0.1/nat/c%62", "https://127.0.0.1/nat/cb", "http://127.0.0.1/nat/cb?x=1", "http://localhost/nat/cb", "http://[::1]/nat/cb",
		"http://127.1/nat/cb", "http://0x7f.1/nat/cb", "http://127.0.0.2/nat/cb", "http://127.0.0.1:80@evil.example/nat/cb", "http://127.0.0.1:0/nat/cb", "http://127.0.0.1:99999/nat/cb",
		"http://127.0.0.1:/nat/cb", "http://127.0.0.1.evil.example/nat/cb", "HTTP://127.0.0.1/nat/cb", "http://127.0.0.1:1/", "http://2130706433/nat/cb",
	} {
		c.here(t, uri, c.nat.Authorize(b, "redirect_uri", uri))
	}
	c.here(t, "a client that is not native", c.pub.Authorize(b, "redirect_uri", "http://127.0.0.1:1/pub/cb"))
}

func TestAttack_RU_10_Fragments(t *testing.T) {
	from(t, "RFC 6749 §3.1.2; fosite v0.49 takes cb# for cb")
	c := stage(t)
	b := c.Watched(t)
	for _, tail := range []string{"#x", "#", "%23"} {
		c.here(t, tail, c.rp1.Authorize(b, "redirect_uri", c.rp1.Redirect+tail))
	}
}

func TestAttack_RU_11_DuplicateParameters(t *testing.T) {
	from(t, "RFC 6749 §3.1; fosite v0.49 takes the first")
	c := stage(t)
	b := c.Watched(t)
	good := c.rp1.Request("acr_values", low)
	for _, name := range []string{"redirect_uri", "client_id", "scope", "acr_values", "state", "nonce", "response_type", "code_challenge"} {
		for _, second := range []string{good.Get(name), evil, ""} {
			raw := good.Encode() + "&" + name + "=" + url.QueryEscape(second)
			c.here(t, name+" twice in the query", b.Get(c.Issuer+"/authorize?"+raw))
		}
		c.here(t, name+" in query and body", b.Post(c.Issuer+"/authorize?"+name+"="+url.QueryEscape(good.Get(name)), good, "http://rp1.example"))
		twice := url.Values{}
		for n, v := range good {
			twice[n] = v
		}
		twice[name] = []string{good.Get(name), good.Get(name)}
		c.here(t, name+" twice in the body", b.Post(c.Issuer+"/authorize", twice, "http://rp1.example"))
	}
	code := c.rp2.Login(b, "ordinary").Code()
	for _, raw := range []string{"code=" + code, "grant_type=authorization_code", "redirect_uri=" + url.QueryEscape(c.rp2.Redirect)} {
		r := c.rp2.Prove(t.Context(), "/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.rp2.Redirect}, "code_verifier": {c.rp2.Verifier},
		})
		wants(t, "twice at the token endpoint", c.rp2.As(t).Do(appended(t, r, "&"+raw)), http.StatusBadRequest, "invalid_request")
	}
	if reply := c.rp2.Exchange(code); reply.Status != http.StatusOK {
		t.Errorf("the refused requests used the code up: %s", reply.Body)
	}
}

func TestAttack_RU_12_MissingRedirectURI(t *testing.T) {
	from(t, "OpenID Connect Core §3.1.2.1")
	c := stage(t)
	b := c.Watched(t)
	c.here(t, "left out", c.rp1.Authorize(b, "redirect_uri", ""))
	c.here(t, "empty", b.Get(c.rp1.Address(c.rp1.Request("redirect_uri", ""))+"&redirect_uri="))
}

// unsigned makes a request object with alg none.
func unsigned(claims string) string {
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"none"}`)) + "." + enc.EncodeToString([]byte(claims)) + "."
}

func TestAttack_RU_13_RequestObjectsOverrideNothing(t *testing.T) {
	from(t, "fosite v0.49 takes unsigned request objects of clients with keys")
	c := stage(t)
	b := c.Watched(t)
	object := unsigned(`{"redirect_uri":"` + evil + `","scope":"openid email","acr_values":"low","response_type":"code","client_id":"rp1","claims":{"userinfo":{"email":null}}}`)
	signed := hubtest.Sign(t, c.rp1.Key, map[string]any{"kid": c.rp1.KeyID, "typ": "oauth-authz-req+jwt"}, map[string]any{"iss": "rp1", "aud": c.Issuer, "redirect_uri": evil})
	for what, text := range map[string]string{"unsigned": object, "signed": signed, "rubbish": "x", "huge": strings.Repeat("x", 20_000)} {
		v := c.rp1.Request("request", text)
		there(t, what, c.rp1, b.Get(c.rp1.Address(v)), "request_not_supported", v.Get("state"))
		c.here(t, what+", and nothing else", b.Get(c.Issuer+"/authorize?client_id=rp1&request="+text)) // RFC 9101 §5
	}
}

func TestAttack_RU_15_RU_16_NoPushedRequests(t *testing.T) {
	from(t, "RFC 9126; ASVS 10.4.13")
	c := stage(t)
	b := c.Watched(t)
	for _, uri := range []string{"urn:ietf:params:oauth:request_uri:" + rand.Text(), "https://evil.example/request.jwt", "http://127.0.0.1:1/", "file:///etc/passwd"} {
		v := c.rp1.Request("request_uri", uri)
		there(t, uri, c.rp1, b.Get(c.rp1.Address(v)), "request_uri_not_supported", v.Get("state"))
	}
	for _, path := range []string{"/par", "/as/par", "/oauth2/par", "/request"} {
		if reply := c.rp1.As(t).Post(path, "client_id", "rp1"); reply.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, reply.Status)
		}
	}
}

func TestAttack_RU_18_FormPostHoldsNoScriptButItsOwn(t *testing.T) {
	from(t, "Keycloak GHSA-cvg2-7c3j-g36j, PR 25603; crewjam/saml CVE-2023-45683; Hydra CVE-2019-8400")
	c := stage(t)
	b := c.Watched(t)
	for _, state := range []string{`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</form><form action="https://evil.example">`, "javascript:alert(1)", `{{.}}`} {
		page := c.rp1.Authorize(b, "response_mode", "form_post", "prompt", "none", "state", state)
		if page.Status != http.StatusOK || strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "<img") || strings.Count(page.Body, "<script") != 1 || strings.Count(page.Body, "<form") != 1 {
			t.Errorf("%s is not inert:\n%s", state, page.Body)
		}
		policy := page.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'sha256-") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "form-action") || page.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the page's policy is %q", policy)
		}
		answer := c.rp1.Answered(b.Click("leave"))
		if answer.Method != http.MethodPost || answer.Get("state") != state || answer.Get("error") != "login_required" || answer.Get("iss") != c.Issuer {
			t.Errorf("the party is told %s %v", answer.Method, answer.Values)
		}
	}
	c.here(t, "form_post to nobody", c.rp1.Authorize(b, "response_mode", "form_post", "redirect_uri", "javascript:alert(1)"))
}

func TestAttack_RU_19_NoWildcards(t *testing.T) {
	from(t, "Keycloak GHSA-9vm7-v8wj-3fqw")
	c := stage(t)
	for _, uri := range []string{"https://*.rp1.example/cb", "https://rp1.example/*", "https://rp1.example/cb*", "*", "https://rp1.example/cb?*", "https://*", "https://rp1.example/**"} {
		if c.applied("redirect_uris", `["`+uri+`"]`) == nil {
			t.Errorf("%s can be registered", uri)
		}
	}
	b := c.Watched(t)
	for _, mode := range []string{"form_post.jwt", "query.jwt", "jwt", "fragment", "fragment.jwt", "web_message", "FORM_POST"} {
		v := c.rp1.Request("response_mode", mode)
		there(t, mode, c.rp1, b.Get(c.rp1.Address(v)), "invalid_request", v.Get("state"))
	}
}

func appended(t *testing.T, r *http.Request, more string) *http.Request {
	t.Helper()
	body, err := r.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	return withBody(t, r, read(t, body)+more)
}
