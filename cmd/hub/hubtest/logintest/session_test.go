package logintest

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
)

const sid = "__Host-sid"

// live reports whether a session cookie still logs somebody in at the clinic: whoever is logged in is
// asked or told at once, everybody else chooses a means first.
func live(t *testing.T, w *hubtest.World, rp *hubtest.RP, cookie string) bool {
	t.Helper()
	b := w.Browser(t)
	b.Jar.Put("localhost", http.Cookie{Name: sid, Value: cookie, Secure: true, Path: "/"})
	page := rp.Authorize(b)
	if page.Status != http.StatusOK {
		t.Fatalf("a request with a session cookie: %d:\n%s", page.Status, page.Text())
	}
	return page.Has("approve") || rp.Landed(page)
}

// SE-01 (Keycloak CVE-2026-7507): a login that the attacker began and planted in the victim's browser
// is worth nothing to the attacker once the victim has logged in; every login has a new session.
func TestAttack_SE_01_APlantedLogin(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	attacker, victim := w.Browser(t), w.Browser(t)
	planted := attacker.Begin(w.Country.Addresses.City)
	for _, c := range attacker.Jar.All("localhost") {
		c.Secure, c.Path = true, "/"
		victim.Jar.Put("localhost", c)
	}
	victim.Jar.Put("localhost", http.Cookie{Name: sid, Value: "a-session-of-the-attackers", Secure: true, Path: "/"})
	victim.Get(planted.URL.String())
	victim.Choose("trusted-profile")
	if page := victim.Be("ordinary"); !page.Has("approve") {
		t.Fatalf("the victim is at %s", page.URL.Path)
	}
	if page := attacker.Get(planted.URL.String()); strings.Contains(page.Text(), "Konstanty") || page.Has("approve") || page.Status != http.StatusGone {
		t.Errorf("the attacker sees the victim's login (%d)", page.Status)
	}
	before := victim.Jar.Value("localhost", sid)
	if before == "a-session-of-the-attackers" || before == "" {
		t.Error("the planted session was kept")
	}
	victim.Begin(w.Country.Addresses.City)
	victim.Click("switch-account")
	victim.Choose("bank-one")
	victim.Be("ordinary")
	if victim.Jar.Value("localhost", sid) == before {
		t.Error("another login has the same session")
	}
}

// SE-02 (rack-session CVE-2025-46336; ASVS 7.4.1): a saved cookie is worth nothing after logging out,
// also where requests are on their way at that moment, and after another login.
func TestAttack_SE_02_ACookieFromBefore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		saved := b.Jar.Value("localhost", sid)
		if !live(t, w, rp, saved) {
			t.Fatal("the session does not live at all")
		}
		b.Get(w.Issuer + "/logout")
		action, form := b.Form("logout-confirm")
		address := rp.Address(rp.Request("prompt", "none"))
		together(8, func(i int) { // half of them ask while the others log out
			method, at, body := http.MethodGet, address, ""
			if i%2 == 0 {
				method, at, body = http.MethodPost, action, form.Encode()
			}
			r, err := http.NewRequest(method, at, strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", w.Issuer)
			r.AddCookie(&http.Cookie{Name: sid, Value: saved})
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			for _, c := range resp.Cookies() {
				if c.Name == sid && c.MaxAge >= 0 && c.Value != "" {
					t.Error("a request on its way made the session again")
				}
			}
		})
		if live(t, w, rp, saved) {
			t.Error("the cookie from before logging out still logs in")
		}
		if b.Jar.Clear(); b.Get(w.Issuer+"/").Status != http.StatusOK {
			t.Error("an ended session breaks the home page")
		}
	})
}

// SE-04: of two cookies of one name, as a neighbour on a sub-path can set, neither counts.
func TestAttack_SE_04_TwoSessionCookies(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	attacker, victim := w.Browser(t), w.Browser(t)
	attacker.Login(w.Country.Addresses.City, "trusted-profile", "diacritics")
	victim.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	r, err := http.NewRequest(http.MethodGet, rp.Address(rp.Request("prompt", "none")), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*hubtest.Browser{attacker, victim} {
		r.AddCookie(&http.Cookie{Name: sid, Value: b.Jar.Value("localhost", sid)})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if at := parse(t, resp.Header.Get("Location")); at.Query().Get("error") != "login_required" {
		t.Errorf("one of two sessions was taken: %s", at.Query().Get("error"))
	}
}

// SE-05 (Go CVE-2025-58186): thousands of cookies are refused or ignored, never an error of ours.
func TestAttack_SE_05_ManyCookies(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	for _, n := range []int{50, 400, 5000} {
		r := w.Ask(http.MethodGet, "/")
		r.Header.Set("Cookie", strings.Repeat("__Host-tx-aaaaaaaa=b; ", n)+sid+"=c")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%d cookies: %v", n, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%d cookies: %d", n, resp.StatusCode)
		}
	}
}

// SE-08: a session ends when it was not used for half an hour, and after eight hours in any case.
func TestAttack_SE_08_IdleAndAbsoluteEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		cookie := b.Jar.Value("localhost", sid)
		for range 16 { // half an hour less a minute each time: used, and never idle too long
			w.Shift(29 * time.Minute)
			if !live(t, w, rp, cookie) {
				t.Fatal("a session in use ended early")
			}
		}
		w.Shift(17 * time.Minute)
		if live(t, w, rp, cookie) {
			t.Error("a session lives for more than eight hours")
		}
		b = w.Browser(t)
		b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		cookie = b.Jar.Value("localhost", sid)
		w.Shift(31 * time.Minute)
		if live(t, w, rp, cookie) {
			t.Error("a session that nobody used lives for more than half an hour")
		}
	})
}

// SE-09 (ASVS 10.6.2): nobody is logged out by a link, and nobody is led away by one.
func TestAttack_SE_09_LogoutByALink(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b, other := w.Browser(t), w.Browser(t)
	through(b, rp, "trusted-profile", "ordinary")
	mine := rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("id_token")
	through(other, rp, "trusted-profile", "diacritics")
	theirs := rp.Exchange(rp.Answered(other.Click("approve")).Code()).Text("id_token")
	cookie := b.Jar.Value("localhost", sid)
	for name, q := range map[string]url.Values{
		"no hint":                {"post_logout_redirect_uri": {rp.AfterLogout}, "client_id": {rp.ID}},
		"another session's hint": {"id_token_hint": {theirs}, "post_logout_redirect_uri": {rp.AfterLogout}},
		"a forged hint":          {"id_token_hint": {mine[:len(mine)-6] + "AAAAAA"}, "post_logout_redirect_uri": {rp.AfterLogout}},
		"an unregistered target": {"id_token_hint": {mine}, "post_logout_redirect_uri": {"https://evil.example/"}},
		"a target with more":     {"id_token_hint": {mine}, "post_logout_redirect_uri": {rp.AfterLogout + "/x"}},
	} {
		page := b.Get(w.Issuer + "/logout?" + q.Encode())
		if !strings.HasPrefix(page.URL.String(), w.Issuer) || page.Status >= 500 {
			t.Errorf("%s leads to %s (%d)", name, page.URL.Host, page.Status)
		}
		if !live(t, w, rp, cookie) {
			t.Fatalf("%s logs out", name)
		}
	}
	page := b.Get(w.Issuer + "/logout?" + url.Values{"id_token_hint": {mine}, "post_logout_redirect_uri": {rp.AfterLogout}}.Encode())
	if !rp.Landed(page) || live(t, w, rp, cookie) {
		t.Errorf("with the session's own ID token nobody is logged out; at %s", page.URL)
	}
}

// FO-11 (ZITADEL CVE-2025-64717; Keycloak CVE-2026-3047) and SE-12: a means that is switched off lets
// nobody in any more: not at the callback, not by a session, a code or a refresh token from before.
func TestAttack_FO_11_SE_12_AMeansSwitchedOff(t *testing.T) {
	t.Parallel()
	var off atomic.Bool
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		off.Store(false)
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary", "scope", "openid offline_access", "prompt", "consent")
		first := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		rp.Authorize(b, "prompt", "consent")
		code := rp.Answered(b.Click("approve")).Code()
		under := w.Browser(t)
		under.Begin(w.Country.Addresses.City)
		under.Choose("trusted-profile")
		under.Click("person-ordinary")
		asked := w.Browser(t)
		asked.Prove(w.Country.Addresses.City, "trusted-profile", "diacritics")

		off.Store(true)
		if page := under.Click("confirm"); page.Has("approve") || under.Jar.Value("localhost", sid) != "" || !page.Has("means-bank-bank-one") {
			t.Errorf("a login under way comes through at %s:\n%s", page.URL.Path, page.Text())
		}
		if page := asked.Click("approve"); page.TextOf("sub") != "" {
			t.Error("an answer to a question from before counts")
		}
		if live(t, w, rp, b.Jar.Value("localhost", sid)) {
			t.Error("a session by it still logs in")
		}
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("a code: %d %s", got.Status, got.Text("error"))
		}
		if got := rp.Userinfo(first.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("an access token: %d", got.Status)
		}
		if got := rp.Refresh(first.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("a refresh token: %d %s", got.Status, got.Text("error"))
		}
		if page := w.Browser(t).Begin(w.Country.Addresses.City); page.Has("means-trusted-profile") {
			t.Error("it is still offered")
		}
		if known, err := w.Replicas[0].Hub.Do(t.Context(), "what is off"); err != nil || !known {
			t.Fatalf("%v, %v", known, err)
		}
		off.Store(false)
		if live(t, w, rp, b.Jar.Value("localhost", sid)) {
			t.Error("a session from before comes back with the means")
		}
		if got := rp.Userinfo(first.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("an access token comes back with the means: %d", got.Status)
		}
	}, hubtest.WithSwitch(&off, "trusted-profile"))
}

// SE-12: a party that is switched off by `party apply` is out on every replica within seconds: its
// requests, its codes and its tokens.
func TestAttack_SE_12_APartySwitchedOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary", "scope", "openid offline_access", "prompt", "consent")
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		rp.Authorize(b, "prompt", "consent")
		question := b.Page
		apply(t, w, func(party map[string]any) { party["disabled"] = party["id"] == "clinic" || party["disabled"] == true })
		for i := range w.Replicas {
			w.Hop(i)
			hubtest.Await(t, "the party is out", func() bool { return rp.Userinfo(tokens.Text("access_token")).Status == http.StatusUnauthorized })
			if got := rp.Refresh(tokens.Text("refresh_token")); got.Status == http.StatusOK {
				t.Error("a refresh token still works")
			}
			if page := rp.Authorize(w.Browser(t)); rp.Landed(page) || page.Status != http.StatusBadRequest {
				t.Errorf("a request of a party that is switched off: %d at %s", page.Status, page.URL)
			}
			b.Page = question
			if page := b.Click("approve"); rp.Landed(page) {
				t.Error("a question of a party that is switched off is answered to it")
			}
		}
		if page := b.Begin(w.Country.Addresses.City); !page.Has("approve") {
			t.Errorf("another party suffers:\n%s", page.Text())
		}
	}, hubtest.WithReplicas(2))
}

// apply changes the registered parties as `symbolon party apply` does, on the first replica.
func apply(t *testing.T, w *hubtest.World, change func(party map[string]any)) {
	t.Helper()
	raw, err := os.ReadFile(w.Config.PartiesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Parties []map[string]any `yaml:"parties"`
		Clients []any            `yaml:"clients"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, party := range file.Parties {
		change(party)
	}
	if raw, err = yaml.Marshal(map[string]any{"parties": file.Parties, "clients": file.Clients}); err != nil {
		t.Fatal(err)
	}
	parsed, err := hub.ParseParties(raw, hub.Registration(w.Config))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Replicas[0].Hub.Roster().Apply(t.Context(), parsed); err != nil {
		t.Fatal(err)
	}
}

// SE-14 (ASVS 7.2.3): the secret part of a cookie is 256 bits without order: no two share a stretch,
// and every bit is set about half of the time.
func TestAttack_SE_14_CookiesAreNotGuessed(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	var values []string
	for range 64 {
		b := w.Browser(t)
		rp.Authorize(b)
		values = append(values, b.Jar.Value("localhost", "__Host-tx"))
	}
	seen := map[string]bool{}
	for _, v := range values {
		if len(v) < 80 {
			t.Fatalf("a cookie of %d characters", len(v))
		}
		secret := v[len(v)-60:] // secret and tag; what stands before is the row's name
		for i := 0; i+8 <= len(secret); i += 4 {
			if seen[secret[i:i+8]] {
				t.Fatal("two cookies have eight characters of their secrets in common")
			}
			seen[secret[i:i+8]] = true
		}
	}
	tails := make([]string, len(values))
	for i, v := range values {
		tails[i] = v[len(v)-60:]
	}
	if slices.IsSorted(tails) {
		t.Error("secrets come in order")
	}
}
