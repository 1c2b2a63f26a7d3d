package logintest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// send makes one request with exactly these headers and follows nothing.
func send(t *testing.T, b *hubtest.Browser, method, address string, form url.Values, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range b.Jar.All(r.URL.Hostname()) {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, r.URL.Path, err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// CN-01 (gorilla/csrf CVE-2025-24358; ASVS 3.5.1) and SE-06: no form of a login is taken from
// elsewhere, even with every cookie and the right token, and nothing has changed afterwards.
func TestAttack_CN_01_SE_06_FormsFromElsewhere(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	port := strings.TrimPrefix(w.Issuer, "http://localhost")
	elsewhere := map[string]http.Header{
		"another site":                {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		"a sub-domain":                {"Origin": {"http://evil.localhost" + port}, "Sec-Fetch-Site": {"same-site"}},
		"another port":                {"Origin": {"http://localhost:1"}, "Sec-Fetch-Site": {"same-site"}},
		"another scheme":              {"Origin": {"https://localhost" + port}, "Sec-Fetch-Site": {"cross-site"}},
		"nobody":                      {"Origin": {"null"}, "Sec-Fetch-Site": {"cross-site"}},
		"nobody, by an old browser":   {"Origin": {"null"}},
		"another, by an old browser":  {"Origin": {"https://evil.example"}},
		"same-site, without Origin":   {"Sec-Fetch-Site": {"same-site"}},
		"two Origins":                 {"Origin": {w.Issuer, "https://evil.example"}},
		"right Origin, wrong request": {"Origin": {w.Issuer}, "Sec-Fetch-Site": {"cross-site"}},
	}
	attack := func(button string) {
		t.Helper()
		action, form := b.Form(button)
		page := b.Page
		for name, header := range elsewhere {
			if resp := send(t, b, http.MethodPost, action, form, header); resp.StatusCode != http.StatusForbidden {
				t.Errorf("#%s from %s: %d", button, name, resp.StatusCode)
			}
		}
		if resp := send(t, b, http.MethodGet, action+"?"+form.Encode(), nil, nil); resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("#%s by GET: %d", button, resp.StatusCode)
		}
		form.Set("token", form.Get("token")[1:]+"A")
		if resp := send(t, b, http.MethodPost, action, form, http.Header{"Origin": {w.Issuer}, "Sec-Fetch-Site": {"same-origin"}}); resp.StatusCode != http.StatusForbidden {
			t.Errorf("#%s with another token: %d", button, resp.StatusCode)
		}
		if again := b.Get(page.URL.String()); again.TextOf("error-code") != "" || !again.Has(button) {
			t.Errorf("after the attacks on #%s the page is another (%d):\n%s", button, again.Status, again.Text())
		}
	}
	b.Begin(w.Country.Addresses.City)
	attack("means-trusted-profile")
	b.Choose("trusted-profile")
	b.Be("ordinary")
	attack("approve")
	attack("decline")
	if told := b.Click("approve"); told.TextOf("claim-given_name") != "Konstanty" {
		t.Errorf("the citizen's own yes does not count any more at %s", told.URL.Path)
	}
	b.Get(w.Issuer + "/logout")
	attack("logout-confirm")
}

// CN-02 (RFC 9700 §4.16): no page can be framed, errors included. SE-15: no page of a login or a
// session is kept by a cache.
func TestAttack_CN_02_SE_15_NoPageIsFramedOrKept(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	look := func(what string, p *hubtest.Page) {
		t.Helper()
		if !strings.HasPrefix(p.URL.String(), w.Issuer) {
			t.Fatalf("%s: not at the hub but at %s", what, p.URL.Host)
		}
		if p.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed", what)
		}
		if p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", what, p.Header.Get("Cache-Control"))
		}
	}
	look("choose", b.Begin(w.Country.Addresses.City))
	b.Choose("trusted-profile")
	consent := b.Be("ordinary")
	look("consent", consent)
	b.Click("approve")
	strong := b.Get(w.Country.Addresses.City + "/strong")
	look("nothing reaches that", strong)
	look("an error", b.Get(w.Issuer+"/authorize?client_id=nobody"))
	look("no such page", b.Get(w.Issuer+"/portal"))
	look("log out?", b.Get(w.Issuer+"/logout"))
	look("logged out", b.Click("logout-confirm"))
	for name, address := range map[string]string{"consent": consent.URL.String(), "a login with a reused session": strong.URL.String()} {
		if back := b.Get(address); strings.Contains(back.Text(), "Konstanty") {
			t.Errorf("after logging out the back button shows a person on %s", name)
		}
	}
}

// CN-03: a consent form belongs to its login and to the browser that holds it.
func TestAttack_CN_03_AFormOfAnotherLogin(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	attacker, victim := w.Browser(t), w.Browser(t)
	attacker.Prove(w.Country.Addresses.City, "trusted-profile", "diacritics")
	victim.Prove(w.Country.Addresses.City, "trusted-profile", "ordinary")
	theirs, form := attacker.Form("approve")
	own, right := victim.Form("approve")
	ours := http.Header{"Origin": {w.Issuer}, "Sec-Fetch-Site": {"same-origin"}}
	if resp := send(t, victim, http.MethodPost, theirs, form, ours); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the attacker's login is answered in the victim's browser: %d", resp.StatusCode)
	}
	if resp := send(t, victim, http.MethodPost, own, form, ours); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the attacker's form is taken for the victim's login: %d", resp.StatusCode)
	}
	mixed := url.Values{"token": right["token"], "shown": form["shown"], "act": {"approve"}}
	if resp := send(t, victim, http.MethodPost, own, mixed, ours); resp.StatusCode != http.StatusConflict {
		t.Errorf("a question that was shown to another is answered: %d", resp.StatusCode)
	}
	victim.Begin(w.Country.Addresses.Library) // another party, the same person
	other, wrong := victim.Form("approve")
	wrong.Set("shown", right.Get("shown"))
	if resp := send(t, victim, http.MethodPost, other, wrong, ours); resp.StatusCode != http.StatusConflict {
		t.Errorf("the city's question is answered to the library: %d", resp.StatusCode)
	}
	w.Shift(31 * time.Minute)
	if resp := send(t, victim, http.MethodPost, own, right, ours); resp.StatusCode != http.StatusGone {
		t.Errorf("a form of half an hour ago: %d", resp.StatusCode)
	}
}

// CN-04 (Keycloak GHSA-895x): what is told is what was shown and ticked, whatever is posted beside
// it and whatever another tab asked meanwhile.
func TestAttack_CN_04_OnlyWhatWasShownAndTickedIsTold(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	through(b, rp, "trusted-profile", "ordinary", "claims", asking("given_name", "family_name", "email"))
	first := b.Page
	action, form := b.Form("approve")
	rp.Authorize(b, "claims", asking("email", "birthdate", "address", "national_identifier")) // the other tab asks for more
	b.Page = first
	ours := http.Header{"Origin": {w.Issuer}, "Sec-Fetch-Site": {"same-origin"}}
	for _, more := range []string{"birthdate", "national_identifier", "sub", "family_name:x", ""} {
		posted := url.Values{"token": form["token"], "shown": form["shown"], "act": {"approve"}, "tell": append(slices.Clone(form["tell"]), more)}
		if resp := send(t, b, http.MethodPost, action, posted, ours); resp.StatusCode < 400 || resp.StatusCode >= 500 {
			t.Errorf("%q beside what was shown: %d", more, resp.StatusCode)
		}
	}
	form.Set("scope", "openid profile nid") // other names are no business of the form
	if resp := send(t, b, http.MethodPost, action, form, ours); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("the citizen's own yes: %d", resp.StatusCode)
	}
	page := b.Get(first.URL.String())
	tokens := rp.Exchange(rp.Answered(page).Code())
	claims := rp.Userinfo(tokens.Text("access_token")).JSON
	for _, never := range []string{"email", "birthdate", "address", "national_identifier"} {
		if claims[never] != nil {
			t.Errorf("%s is told though it was not ticked", never)
		}
	}
	if claims["given_name"] != "Konstanty" {
		t.Errorf("what was agreed to is not told: %v", len(claims))
	}
}

// CN-05 (ASVS 10.7.1): an answer that was remembered stands for what it was about. Anything wider is
// asked again; under prompt=none it is consent_required.
func TestAttack_CN_05_WideningAsksAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary", "claims", asking("email"))
		b.Tick("attr-email")
		b.Tick("remember")
		b.Click("approve")
		rp.Answered(b.Page)
		if page := rp.Authorize(b, "claims", asking("email"), "prompt", "none"); rp.Answered(page).Code() == "" {
			t.Fatalf("the remembered answer does not stand: %s", page.Text())
		}
		for name, ask := range map[string][]string{
			"another attribute": {"claims", asking("email", "birthdate")},
			"a scope":           {"scope", "openid profile"},
			"prompt=consent":    {"claims", asking("email"), "prompt", "consent"},
		} {
			if page := rp.Authorize(b, ask...); !page.Has("approve") {
				t.Errorf("%s: told without being asked, at %s", name, page.URL.Path)
			}
			if name == "prompt=consent" {
				continue
			}
			if silent := rp.Authorize(b, append(ask, "prompt", "none")...); rp.Answered(silent).Get("error") != "consent_required" {
				t.Errorf("%s, with prompt=none: %s", name, silent.Text())
			}
		}
	})
}

// CN-06 (ASVS 10.7.2): the page sets names of parties apart and shows the domain beside them.
func TestAttack_CN_06_APartysNameStandsAlone(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	page := w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "ordinary")
	if !strings.Contains(page.Body, "<bdi>Nowa Wola city services</bdi>") || !strings.Contains(page.Text(), "nowawola.example") {
		t.Error("the party's name is not set apart, or its domain does not stand beside it")
	}
}

// CN-11: no is access_denied and nothing else, whoever said it.
func TestAttack_CN_11_NoTellsNothing(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	for _, person := range []string{"ordinary", "diacritics"} {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", person, "state", "the-same-state")
		answer := rp.Answered(b.Click("decline"))
		answer.Del("error_description")
		if got := answer.Encode(); got != (url.Values{"error": {"access_denied"}, "iss": {w.Issuer}, "state": {"the-same-state"}}).Encode() {
			t.Errorf("%s's no tells more than that: %s", person, got)
		}
	}
}

// CN-12: pressing twice, going back and pressing again, or pressing in two tabs at once gives one
// code.
func TestAttack_CN_12_PressingTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", "ordinary")
		action, form := b.Form("approve")
		ours := http.Header{"Origin": {w.Issuer}, "Sec-Fetch-Site": {"same-origin"}}
		together(8, func(int) {
			r, err := http.NewRequest(http.MethodPost, action, strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header = ours.Clone()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range b.Jar.All("localhost") {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther {
				t.Errorf("one of eight answers: %d", resp.StatusCode)
			}
		})
		codes := map[string]bool{}
		for range 3 {
			codes[rp.Answered(b.Get(page.URL.String())).Code()] = true
		}
		if len(codes) != 1 {
			t.Errorf("%d different codes were given", len(codes))
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM grants"); n != 1 {
			t.Errorf("%d grants", n)
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM journal WHERE kind = 'released'"); n != 1 {
			t.Errorf("%d releases are recorded", n)
		}
	})
}

// CN-15 (ASVS 1.2.10): what an upstream says about a person is text.
func TestAttack_CN_15_AValueIsText(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	for _, hostile := range []string{`=HYPERLINK(\"https://evil.example\")`, `<script>alert(1)</script>`, `\u202e8910 +48`, `\"><img src=x onerror=alert(1)>`} {
		if err := w.Country.Banks.Switches.Set("claims", `{"phone_number":"`+hostile+`","phone_number_verified":true}`); err != nil {
			t.Fatal(err)
		}
		page := through(w.Browser(t), rp, "bank-one", "diacritics", "claims", asking("phone_number"), "prompt", "login consent")
		for _, never := range []string{"<script>alert", "<img src=x", "\u202e"} {
			if strings.Contains(page.Body, never) && never != "\u202e" {
				t.Errorf("the page holds %s", never)
			}
		}
		if page.Status != http.StatusOK || !page.Has("approve") {
			t.Errorf("the page is broken (%d):\n%s", page.Status, page.Text())
		}
		if at := strings.Index(page.Body, "\u202e"); at >= 0 && !strings.Contains(page.Body[max(0, at-200):at], "<bdi") {
			t.Error("a text that turns the direction is not set apart")
		}
	}
}
