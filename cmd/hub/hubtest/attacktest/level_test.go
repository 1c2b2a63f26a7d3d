package attacktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/config"
)

func rewritten(t *testing.T, table map[string]any) config.Config {
	t.Helper()
	c, err := config.Load(written(t, table), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// weakly logs a person in with a password alone.
func weakly(t *testing.T, rp *hubtest.RP, b *hubtest.Browser, changes ...string) *hubtest.Page {
	t.Helper()
	rp.Authorize(b, changes...)
	b.Choose("trusted-profile")
	b.Click("person-ordinary")
	return b.Click("password-only")
}

func acr(t *testing.T, reply hubtest.Reply) string {
	t.Helper()
	if reply.Status != http.StatusOK {
		t.Fatalf("no tokens: %d %s", reply.Status, reply.Body)
	}
	_, claims := hubtest.ReadJWT(t, reply.Text("id_token"))
	text, _ := claims["acr"].(string)
	return text
}

func TestAttack_LA_01_TheFloorIsNotInTheAddress(t *testing.T) {
	from(t, "Keycloak #16884, #15237")
	c := stage(t)
	for _, change := range [][]string{
		nil, {"acr_values", low}, {"acr_values", "low"}, {"acr_values", "0"}, {"acr_values", "urn:nobody:knows"}, {"claims", `{"id_token":{"acr":{"value":"low"}}}`},
		{"claims", `{"id_token":{"acr":{"essential":true,"values":["low"]}}}`}, {"claims", `{"id_token":{"acr":null}}`},
	} {
		b := c.Watched(t)
		page := weakly(t, c.grave, b, change...)
		if c.grave.Landed(page) || page.Has("approve") {
			t.Errorf("%v: a password is enough for a party that wants more: %s", change, page.URL.Path)
		}
		if page.URL.Host+page.URL.Path == "" || !strings.HasPrefix(page.URL.String(), c.Issuer) {
			t.Errorf("%v: came to %s", change, page.URL.Host)
		}
	}
}

func TestAttack_LA_02_AWeakSessionIsNotEnough(t *testing.T) {
	from(t, "Keycloak CVE-2026-3429; Pocket ID GHSA-hp74-gm6m-2qm5; Kratos CVE-2024-45042")
	c := stage(t)
	b := c.Watched(t)
	weakly(t, c.rp1, b)
	if got := acr(t, c.rp1.Exchange(c.rp1.Answered(b.Click("approve")).Code())); got != low {
		t.Fatalf("the session is %s, want low", got)
	}
	for what, change := range map[string][]string{"party's floor": nil, "acr_values": {"acr_values", substantial}, "essential acr": {"claims", `{"id_token":{"acr":{"essential":true,"value":"substantial"}}}`}} {
		rp := c.rp2
		if what == "party's floor" {
			rp = c.grave
		}
		v := rp.Request(append(change, "prompt", "none")...)
		there(t, what+" and prompt=none", rp, b.Get(rp.Address(v)), "login_required", v.Get("state"))
		page := rp.Authorize(b, change...)
		if rp.Landed(page) || !page.Has("means-trusted-profile") {
			t.Fatalf("%s: no stronger proof is asked for at %s", what, page.URL.Path)
		}
		for _, end := range []string{"", "/leave", "/answer", "/go", "/account"} { // straight to where others come later
			if straight := b.Get(strings.TrimSuffix(page.URL.String(), "/") + end); rp.Landed(straight) || straight.Has("approve") {
				t.Errorf("%s: %s leads past the proof", what, end)
			}
		}
		b.Page = page
		b.Click("means-trusted-profile")
		if b.Page.Has("other") {
			b.Click("other")
		}
		b.Click("person-ordinary")
		if weak := b.Click("password-only"); rp.Landed(weak) || weak.Has("approve") {
			t.Errorf("%s: the same weak proof again is enough", what)
		}
	}
	if got := acr(t, c.grave.Exchange(c.grave.Login(b, "ordinary").Code())); got != substantial {
		t.Errorf("after stepping up: %s", got)
	}
}

func TestAttack_LA_04_TheLevelIsWhatWasReached(t *testing.T) {
	from(t, "OpenID Connect Core §2; attacks.md FO-08")
	c := stage(t)
	profile := c.Country.Profile.Switches
	for _, row := range []struct {
		claimed, asked, want string
		weak                 bool
	}{
		{"", "", low, true}, {"", low, low, true}, {"", "low", "low", true}, {"", "", substantial, false}, {"", low, substantial, false}, {"", "low", substantial, false},
		{"", substantial, substantial, false}, {"", "substantial", "substantial", false}, {"", low + " " + substantial, substantial, false}, {"", "urn:nobody:knows", substantial, false},
		{"high", "", substantial, false}, {"high", low, substantial, false}, {"low", low, low, false},
	} {
		if err := profile.Set("acr", row.claimed); err != nil {
			t.Fatal(err)
		}
		b := c.Watched(t)
		var answer hubtest.Answer
		if row.weak {
			weakly(t, c.rp1, b, "acr_values", row.asked)
			answer = c.rp1.Answered(b.Click("approve"))
		} else {
			answer = c.rp1.Login(b, "ordinary", "acr_values", row.asked)
		}
		if got := acr(t, c.rp1.Exchange(answer.Code())); got != row.want {
			t.Errorf("upstream says %q, asked %q: told %s, want %s", row.claimed, row.asked, got, row.want)
		}
	}
	if err := profile.Set("acr", "high"); err != nil { // more than it may say
		t.Fatal(err)
	}
	for _, change := range [][]string{{"acr_values", high}, {"claims", `{"id_token":{"acr":{"essential":true,"value":"` + high + `"}}}`}} {
		if page := c.rp1.Authorize(c.Watched(t), change...); c.rp1.Landed(page) || len(page.IDs("means-")) > 0 {
			t.Errorf("%v is offered by means that cannot reach it", change)
		}
	}
	if capped := c.Entries(t, "loa_capped"); capped != 2 {
		t.Errorf("G4: %d entries tell of a level that was capped, want 2", capped)
	}
}

func TestAttack_LA_05_TK_06_AMeansThatWasSwitchedOff(t *testing.T) {
	from(t, "attacks.md TK-06, FO-11")
	c := stage(t)
	b := c.Watched(t)
	held := c.tokens(t, c.rp1)
	code := c.rp1.Login(b, "ordinary").Code()
	var table map[string]any
	raw, err := os.ReadFile(c.ConfigFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &table); err != nil {
		t.Fatal(err)
	}
	table["connectors"].([]any)[0].(map[string]any)["settings"].(map[string]any)["disabled"] = true
	c.ConfigFile = written(t, table)
	c.Spawn(t) // browsers and parties reach it from now on
	wants(t, "the code", c.rp1.Exchange(code), http.StatusBadRequest, "invalid_grant")
	wants(t, "the refresh token", c.rp1.Refresh(held.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	dead(t, "the access token", c.rp1, held.Text("access_token"))
	v := c.rp1.Request("prompt", "none")
	there(t, "the session", c.rp1, b.Get(c.rp1.Address(v)), "login_required", v.Get("state"))
	if page := c.rp1.Authorize(b); page.Has("means-trusted-profile") || c.rp1.Landed(page) {
		t.Errorf("the means is still offered, or its session taken, at %s", page.URL.Path)
	}
}

// patterns reads every route from the router's page, so that a new one is in the census by itself.
func patterns(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../../../../web/router.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^\t\t\{\w+, "(/[^"]*)", \w+, `).FindAllStringSubmatch(string(source), -1) {
		all = append(all, m[1])
	}
	if len(all) < 20 {
		t.Fatalf("only %d routes are found on the router's page", len(all))
	}
	return all
}

// TestAttack_LA_08: every route, by every method, from a stranger, from a browser in the middle of a
// login, and from one that is logged in too weakly. Nothing but the callback of a proved login and
// its own consent gives a session or a code, and nothing but the token endpoint a token.
func TestAttack_LA_08_NoOtherWayToASession(t *testing.T) {
	from(t, "Casdoor CVE-2026-9091, #5315, #3528; Logto #8841")
	c := stage(t)
	code := c.rp1.Login(c.Watched(t), "ordinary").Code()
	for who, prepare := range map[string]func(*hubtest.Browser) string{
		"a stranger":    func(*hubtest.Browser) string { return "AAAAAAAA" },
		"under way":     func(b *hubtest.Browser) string { return strings.TrimPrefix(c.grave.Authorize(b).URL.Path, "/login/") },
		"proved weakly": func(b *hubtest.Browser) string { return strings.TrimPrefix(weakly(t, c.grave, b).URL.Path, "/login/") },
	} {
		for _, pattern := range patterns(t) {
			b := c.Browser(t)
			tx := prepare(b)
			session := b.Jar.Value("localhost", "__Host-sid")
			path := strings.NewReplacer("{$}", "", "{tx}", tx, "{means}", "trusted-profile", "{name}", "style.css").Replace(pattern)
			form := url.Values{
				"act": {"approve"}, "means": {"trusted-profile"}, "tell": {"given_name", "family_name"}, "token": {"x"}, "shown": {"x"}, "code": {code}, "state": {"x"}, "iss": {c.Country.Addresses.Profile},
			}
			b.Halt = c.Landing()
			for what, page := range map[string]*hubtest.Page{
				"GET": b.Get(c.Issuer + path), "GET with parameters": b.Get(c.Issuer + path + "?" + form.Encode()), "POST": b.Post(c.Issuer+path, form, c.Issuer), "POST from elsewhere": b.Post(c.Issuer+path, form, c.Landing()),
			} {
				if page.Status >= http.StatusInternalServerError {
					t.Errorf("G1: %s, %s %s: %d", who, what, path, page.Status)
				}
				if now := b.Jar.Value("localhost", "__Host-sid"); now != session && now != "" {
					t.Errorf("%s: %s %s gives a session", who, what, path)
				}
				if strings.Contains(page.Next, "code=") || strings.Contains(page.Body, "access_token\":") || strings.Contains(page.Body, "id_token\":") {
					t.Errorf("%s: %s %s gives a code or a token", who, what, path)
				}
			}
		}
	}
}
