package attacktest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

func read(t *testing.T, from io.ReadCloser) string {
	t.Helper()
	raw, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func withBody(t *testing.T, r *http.Request, body string) *http.Request {
	t.Helper()
	again, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	again.Header = r.Header.Clone()
	return again
}

// TestAttack_RU_21: the watched browser fails at any redirect that is not 303; here every form of a
// whole login is posted through it, the authorization request as well.
func TestAttack_RU_21_NothingIsPostedAgain(t *testing.T) {
	from(t, "RFC 9700 §4.12")
	c := stage(t)
	b := c.Watched(t)
	b.Post(c.Issuer+"/authorize", c.rp1.Request("scope", "openid profile"), c.Landing())
	answer := c.rp1.Finish(b, "ordinary")
	if answer.Code() == "" || answer.Method != http.MethodGet {
		t.Errorf("the login ended with %s %v", answer.Method, answer.Values)
	}
}

func TestAttack_RU_22_NothingOfARequestReachesAnotherSite(t *testing.T) {
	from(t, "RFC 9700 §4.2")
	c := stage(t)
	b := c.Watched(t)
	c.rp1.Authorize(b, "scope", "openid profile")
	choice := b.Page
	b.Choose("trusted-profile")
	consent := b.Be("ordinary")
	pages := map[string]*hubtest.Page{"choice": choice, "consent": consent, "error": c.rp1.Authorize(c.Watched(t), "redirect_uri", evil), "after consent": nil}
	b.Halt = c.Landing()
	b.Page = consent
	pages["after consent"] = b.Click("approve")
	for name, page := range pages {
		policy := page.Header.Get("Referrer-Policy")
		if policy != "no-referrer" && policy != "same-origin" || name == "after consent" && policy != "no-referrer" {
			t.Errorf("%s: Referrer-Policy is %q", name, policy)
		}
		for _, attribute := range []string{`src="http`, `src="//`, `<link rel="stylesheet" href="http`, `href="//`, "url(http", "@import"} {
			if strings.Contains(page.Body, attribute) {
				t.Errorf("%s: something of another site is on the page (%s)", name, attribute)
			}
		}
	}
}

func TestAttack_RU_24_ShortAndMissingState(t *testing.T) {
	from(t, "fosite v0.49 refuses a state of less than eight characters")
	c := stage(t)
	for _, state := range []string{"", "s", "1234567", "ż é 日本 %20+&=", strings.Repeat("s", 4096)} {
		b := c.Watched(t)
		answer := c.rp1.Login(b, "ordinary", "state", state)
		if answer.Code() == "" || answer.Get("state") != state || answer.Has("state") != (state != "") {
			t.Errorf("state %.20q comes back as %.20q", state, answer.Get("state"))
		}
	}
}

func TestAttack_CP_18_ALongStateIsRefusedWhole(t *testing.T) {
	from(t, "attacks.md G1: response splitting by length")
	c := stage(t)
	for _, size := range []int{4097, 16 << 10, 64 << 10} {
		state := strings.Repeat("s", size)
		for what, page := range map[string]*hubtest.Page{
			"in the query": c.rp1.Authorize(c.Browser(t), "state", state), // the server itself refuses the longest, so nobody watches
			"in the body":  c.Browser(t).Post(c.Issuer+"/authorize", c.rp1.Request("state", state), c.Landing()),
		} {
			if page.Status < 400 || page.Status > 499 || c.rp1.Landed(page) {
				t.Errorf("%d characters %s: %d at %s", size, what, page.Status, page.URL.Host)
			}
		}
	}
}

func TestAttack_RU_25_ScopeExplosion(t *testing.T) {
	from(t, "Keycloak CVE-2026-4634")
	c := stage(t)
	var many strings.Builder
	many.WriteString("openid")
	for i := range 50_000 {
		fmt.Fprintf(&many, " s%d", i)
	}
	for what, scope := range map[string]string{"1 MB": many.String() + strings.Repeat(" x", 300_000), "50 000 scopes": many.String(), "2 kB": many.String()[:2049], "20 kB": many.String()[:20_000]} {
		page := c.Browser(t).Post(c.Issuer+"/authorize", c.rp1.Request("scope", scope), c.Landing())
		if c.rp1.Landed(page) {
			if answer := c.rp1.Answered(page); answer.Get("error") != "invalid_scope" {
				t.Errorf("%s: the party is told %v", what, answer.Values)
			}
		} else if page.Status < 400 || page.Status > 499 {
			t.Errorf("%s: %d\n%s", what, page.Status, page.Text())
		}
	}
	if logins := hubtest.Number(t, c.Usage.Source, "SELECT count(*) FROM logins"); logins != 0 {
		t.Errorf("%d logins were begun", logins)
	}
}

func TestAttack_RU_27_LoginHintIsNeitherShownNorLookedUp(t *testing.T) {
	from(t, "attacks.md EN-05")
	c := stage(t)
	b := c.Watched(t)
	b.Get(c.rp1.Address(c.rp1.Request()))
	usual := b.Page.Text()
	for _, hint := range []string{"<img src=x onerror=alert(1)>", "87022290019", "PNOPL-87022290019", "00000000000", "konstanty.testowy@mail.example", `"><script>`} {
		page := c.rp1.Authorize(c.Watched(t), "login_hint", hint)
		if page.Text() != usual || strings.Contains(page.Body, hint) || !page.Has("means-trusted-profile") {
			t.Errorf("a hint changes the page:\n%s", page.Text())
		}
	}
	dump := c.Dump()
	dump.HoldsNone(t, map[string]string{"the number hinted at": "87022290019", "the address hinted at": "konstanty.testowy@mail.example"})
}

func TestAttack_RU_28_EndlessLocales(t *testing.T) {
	from(t, "Keycloak CVE-2026-79651")
	c := stage(t)
	b := c.Watched(t)
	for i := range 200 {
		page := c.rp1.Authorize(b, "ui_locales", fmt.Sprintf("x%d-%d zz-%d", i, i*7, i), "claims_locales", fmt.Sprintf("q%d", i))
		if page.Status != http.StatusOK || !strings.Contains(page.Body, `<html lang="en"`) {
			t.Fatalf("round %d: %d %.200s", i, page.Status, page.Body)
		}
		b.Jar.Clear()
	}
	if page := c.rp1.Authorize(b, "ui_locales", "xx yy pl"); !strings.Contains(page.Body, `<html lang="pl"`) {
		t.Errorf("the known one of several languages is not taken: %.200s", page.Body)
	}
	for _, name := range []string{"ui_locales", "claims_locales"} {
		v := c.rp1.Request(name, strings.Repeat("xx ", 400))
		there(t, "a long "+name, c.rp1, b.Get(c.rp1.Address(v)), "invalid_request", v.Get("state"))
	}
}

// TestAttack_LA_09: what cannot be understood is refused, because leaving it out would weaken what
// the party asks.
func TestAttack_LA_09_MaxAge(t *testing.T) {
	from(t, "OpenID Connect Core §3.1.2.1")
	c := stage(t)
	b := c.Watched(t)
	for _, age := range []string{"-1", "1.5", "1e3", "9e99", "99999999999", "x", " 1", "+1", "0x10", "1 "} {
		v := c.rp1.Request("max_age", age)
		there(t, "max_age="+age, c.rp1, b.Get(c.rp1.Address(v)), "invalid_request", v.Get("state"))
	}
	first := authTime(t, c.rp1.Exchange(c.rp1.Login(b, "ordinary").Code()))
	c.Shift(3 * time.Second)
	if again := authTime(t, c.rp1.Exchange(c.rp1.Login(b, "ordinary", "max_age", "1000").Code())); again != first {
		t.Errorf("auth_time of a session is %d, was %d: it must not move", again, first)
	}
	for _, age := range []string{"0", "1"} {
		c.Shift(3 * time.Second)
		if page := c.rp1.Authorize(b, "max_age", age); !page.Has("means-trusted-profile") {
			t.Fatalf("max_age=%s does not ask again, but comes to %s", age, page.URL.Path)
		}
		again := authTime(t, c.rp1.Exchange(c.rp1.Finish(b, "ordinary").Code()))
		if again <= first {
			t.Errorf("max_age=%s: auth_time is %d, was %d", age, again, first)
		}
		first = again
	}
	c.Shift(3 * time.Second)
	v := c.rp1.Request("max_age", "1", "prompt", "none")
	there(t, "max_age=1 and prompt=none", c.rp1, b.Get(c.rp1.Address(v)), "login_required", v.Get("state"))
}

func authTime(t *testing.T, reply hubtest.Reply) int64 {
	t.Helper()
	_, claims := hubtest.ReadJWT(t, reply.Text("id_token"))
	at, ok := claims["auth_time"].(float64)
	if !ok {
		t.Fatalf("no auth_time in %v", claims)
	}
	return int64(at)
}

// TestAttack_TK_24: no script of another site reads anything but what is public.
func TestAttack_TK_24_NoOriginIsReflected(t *testing.T) {
	from(t, "Casdoor CVE-2024-41657; rs/cors CVE-2018-20744")
	c := stage(t)
	token := c.tokens(t, c.rp1).Text("access_token")
	for _, path := range []string{
		"/", "/authorize", "/token", "/userinfo", "/revoke", "/logout", "/help", "/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/nothing", "/csp",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			for _, origin := range []string{"https://evil.example", "null", c.Issuer, c.Landing(), "http://localhost.evil.example"} {
				r, err := http.NewRequestWithContext(t.Context(), method, c.Issuer+path, strings.NewReader(url.Values{}.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Origin", origin)
				r.Header.Set("Access-Control-Request-Method", http.MethodPost)
				r.Header.Set("Authorization", "Bearer "+token)
				h := c.rp1.As(t).Do(r).Header // the watch looks at credentials, and at what is not public
				public := path == "/jwks" || strings.HasPrefix(path, "/.well-known/")
				if allowed := h.Get("Access-Control-Allow-Origin"); allowed != "" && !(public && allowed == "*") {
					t.Errorf("%s %s lets %s read", method, path, allowed)
				}
			}
		}
	}
}
