package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/web/locale"
)

func mustLoad(t testing.TB) (*locale.Catalogue, looks) {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	l, err := loadLooks()
	if err != nil {
		t.Fatal(err)
	}
	return words, l
}

func TestAttack_CN_03_AnswerForAnotherLogin(t *testing.T) {
	w := newWorld(t)
	attacker := w.browser(t).get(authorize()).prove("means-trusted-profile")
	victim := w.browser(t).get(authorize()).prove("means-trusted-profile")
	hisAction, hisFields := attacker.form("approve")
	herAction, herFields := victim.form("approve")
	victim.follow(victim.send(victim.fromHere(hisAction, hisFields))) // his login in her browser
	victim.wants(http.StatusForbidden, "other_browser")
	victim.follow(victim.send(victim.fromHere(herAction, hisFields))) // his form for her login
	victim.wants(http.StatusForbidden, "form_refused")
	short := strings.TrimPrefix(attacker.at.path, "/login/")
	victim.cookies[loginPrefix+short] = victim.cookies[loginPrefix+strings.TrimPrefix(herAction, "/login/")[:8]]
	victim.names = append(victim.names, loginPrefix+short)
	victim.follow(victim.send(victim.fromHere(hisAction, herFields))) // her cookie under his login's name
	victim.wants(http.StatusForbidden, "other_browser")
	if w.answers() != 0 {
		t.Fatal("something was released")
	}
}

func TestAttack_CN_04_OnlyWhatWasShownAndTickedIsTold(t *testing.T) {
	t.Run("more than was shown", func(t *testing.T) {
		w := newWorld(t)
		b := w.browser(t).get(authorize()).prove("means-trusted-profile").press("approve", "phone_number")
		if b.wants(http.StatusBadRequest, "form_refused"); w.answers() != 0 {
			t.Fatal("released")
		}
	})
	t.Run("something else than was shown", func(t *testing.T) {
		w := newWorld(t)
		b := w.browser(t).get(authorize()).prove("means-trusted-profile")
		w.party.Purposes[0].Texts = map[string]string{"en": "something else"}
		w.party.Version = "2"
		if b.press("approve", "email").wants(http.StatusConflict, "changed_meanwhile"); w.answers() != 0 {
			t.Fatal("released")
		}
	})
	t.Run("a digest of rubbish", func(t *testing.T) {
		w := newWorld(t)
		b := w.browser(t).get(authorize()).prove("means-trusted-profile")
		action, fields := b.form("approve")
		for _, shown := range []string{"", "zz", strings.Repeat("0", 64), strings.Repeat("0", 66)} {
			fields.Set("shown", shown)
			if a := b.send(b.fromHere(action, fields)); a.status < 400 || a.status >= 500 {
				t.Errorf("%q: %d", shown, a.status)
			}
		}
		if w.answers() != 0 {
			t.Fatal("released")
		}
	})
	t.Run("two tabs", func(t *testing.T) {
		w := newWorld(t)
		first := w.browser(t).get(authorize("scope", "openid email")).prove("means-trusted-profile")
		tab := *first
		first.get(authorize("scope", "openid phone"))
		tab.press("approve", "email")
		if !told(w, "email") || told(w, "phone_number") || told(w, "address") {
			t.Fatalf("released %+v", w.released)
		}
	})
}

func TestAttack_CN_12_ApprovingTwiceGivesOneAnswer(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	action, fields := b.form("approve")
	var requests [8]*http.Request
	for i := range requests {
		requests[i] = b.fromHere(action, fields)
		for _, name := range b.names {
			requests[i].AddCookie(&http.Cookie{Name: name, Value: b.cookies[name]})
		}
	}
	var all sync.WaitGroup
	for _, r := range requests {
		all.Go(func() {
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code != http.StatusSeeOther {
				t.Errorf("got %d", rec.Code)
			}
		})
	}
	all.Wait()
	once := b.press("approve").leave().Query().Get("code")
	again := b.get(b.at.path).leave().Query().Get("code")
	if w.answers() != 1 || once == "" || once != again {
		t.Fatalf("%d answers, codes equal: %t", w.answers(), once == again)
	}
}

// hostile strings, each of which would do something if it were not inert.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `{{.Body}}`,
		`</title><script>alert(1)</script>`, `--><svg/onload=alert(1)>`, "\u202eevil\u202c", "a\u2066b\u2069\u2069", "=HYPERLINK(\"https://evil.example\")",
		`%[1]s%!s(MISSING)%d`, "</bdi></p><h1>Approved</h1>", "\x00\x1b[31m",
	}
}

var markup = regexp.MustCompile(`(?i)<script|<img src=x|<svg/|<h1>Approved|<[a-z][^<>]*\son[a-z]+\s*=|(?:href|action|src)="javascript:`)

func TestAttack_CN_08_CN_15_HostileTextsAreInert(t *testing.T) {
	if markup.FindString(`<p id="x" onclick="y">`) == "" || markup.FindString(`<a href="javascript:x">`) == "" {
		t.Fatal("the test would find nothing")
	}
	for _, text := range hostile() {
		w := newWorld(t)
		w.party.Names = map[string]string{"en": text}
		w.party.Domain = text
		w.party.Purposes[0].Texts = map[string]string{"en": text}
		for i := range w.party.May {
			w.party.May[i].Law = map[string]string{"en": text}
		}
		w.profile.description.Names, w.profile.description.Hints = map[string]string{"en": text}, map[string]string{"en": text}
		says := w.profile.authentication("")
		for i, a := range says.Attributes {
			if a.Name == "given_name" || a.Name == "family_name" || a.Name == "email" || a.Name == "gender" {
				says.Attributes[i].Value = identity.Text(text)
			}
		}
		w.profile.says = connectors.Done{Authentication: says}
		b := w.browser(t)
		seen := []answer{b.get(authorize("scope", "openid profile email nid", "login_hint", text, "state", "s"+text)).at}
		if seen[0].status != http.StatusOK {
			b.get(authorize("scope", "openid profile email nid"))
			seen = append(seen, b.at)
		}
		seen = append(seen, b.prove("means-trusted-profile").at, b.get("/login/"+url.PathEscape(text)).at, b.get("/?lang="+url.QueryEscape(text)).at)
		for _, a := range seen {
			broken := strings.Contains(a.body, "%!") && !strings.Contains(text, "%!")
			if found := markup.FindString(a.body); found != "" || broken || a.status >= 500 {
				t.Errorf("%q is alive on %s (%d): %q", text, a.path, a.status, found)
			}
		}
	}
}

// oauth.md F27: the page is ours, and its one script is pinned by its hash.
func TestAttack_RU_18_AnAnswerByFormHoldsNoScriptButOurs(t *testing.T) {
	w := newWorld(t)
	for _, state := range []string{`"><script>alert(1)</script>`, `' onfocus='x`, "st-12345678"} {
		b := w.browser(t).get(authorize("response_mode", "form_post", "state", state)).prove("means-trusted-profile").press("approve")
		if b.at.status != http.StatusOK || strings.Count(b.at.body, "<script") != 1 || !b.at.has("<script>"+submitScript+"</script>") {
			t.Fatalf("%q: %d %s", state, b.at.status, b.at.body)
		}
		action, fields := b.form("leave")
		if action != callback || fields.Get("state") != state || fields.Get("code") == "" || fields.Get("iss") != issuer {
			t.Errorf("%q: posts %v to %s", state, fields, action)
		}
		policy := b.at.header.Get("Content-Security-Policy")
		if policy != postPolicy() || strings.Contains(policy, "form-action") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
}

func TestAttack_RU_21_EveryPostIsAnswered303OrWithAnError(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize())
	for _, button := range []string{"means-trusted-profile", "cancel"} {
		action, fields := b.form(button)
		if a := b.send(b.fromHere(action, fields)); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/") {
			t.Errorf("%s: %d to %q", button, a.status, a.header.Get("Location"))
		}
	}
	b.get(authorize()).prove("means-trusted-profile")
	for _, button := range []string{"approve"} {
		action, fields := b.form(button)
		if a := b.send(b.fromHere(action, fields)); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/") {
			t.Errorf("%s: %d to %q", button, a.status, a.header.Get("Location"))
		}
	}
}

func TestAttack_RU_22_NothingOfOursReachesAnotherSite(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	outside := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`)
	for _, page := range []*browser{b.get(authorize()), b.get(authorize("redirect_uri", "https://evil.example/")), b.get("/help")} {
		if found := outside.FindString(page.at.body); found != "" || page.at.header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %q, %q", page.at.path, found, page.at.header.Get("Referrer-Policy"))
		}
	}
	if b.get(authorize()).press("means-trusted-profile"); b.at.header.Get("Referrer-Policy") != "no-referrer" || b.at.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page that leads away: %v", b.at.header)
	}
}

func TestAttack_SE_04_TwoCookiesOfOneName(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	other := w.browser(t).get(authorize()).prove("means-trusted-profile")
	r := newRequest(http.MethodGet, authorize("prompt", "none"), nil)
	r.AddCookie(&http.Cookie{Name: sessionName, Value: other.cookies[sessionName]})
	if a := b.send(r); !strings.Contains(a.header.Get("Location"), "login_required") {
		t.Errorf("a session was chosen from two: %d %q", a.status, a.header.Get("Location"))
	}
	r = newRequest(http.MethodGet, b.at.path, nil)
	name := loginPrefix + strings.TrimPrefix(b.at.path, "/login/")
	r.AddCookie(&http.Cookie{Name: name, Value: "tossed"})
	if a := b.send(r); a.status != http.StatusForbidden {
		t.Errorf("a login was chosen from two: %d", a.status)
	}
	plain := w.browser(t)
	plain.names, plain.cookies = []string{"sid"}, map[string]string{"sid": b.cookies[sessionName]}
	if a := plain.send(newRequest(http.MethodGet, authorize("prompt", "none"), nil)); !strings.Contains(a.header.Get("Location"), "login_required") {
		t.Error("a session counted under a name that any sibling host can set")
	}
}

func TestAttack_SE_05_RubbishForCookies(t *testing.T) {
	w := newWorld(t)
	good := w.browser(t).get(authorize()).prove("means-trusted-profile").cookies[sessionName]
	for name, value := range map[string]string{
		"cut": good[:20], "changed": "B" + good[1:], "rubbish": "!!!!", "empty": "", "huge": strings.Repeat("A", 100_000), "a login's": "AQEB" + good[4:],
	} {
		b := w.browser(t)
		b.names, b.cookies = []string{sessionName}, map[string]string{sessionName: value}
		if b.get(authorize()); b.at.status != http.StatusOK || !b.at.has(`id="means-trusted-profile"`) {
			t.Errorf("%s: %d", name, b.at.status)
		}
	}
	flood := w.browser(t)
	for i := range 5000 {
		flood.names = append(flood.names, "c"+strconv.Itoa(i))
	}
	if a := flood.send(newRequest(http.MethodGet, authorize(), nil)); a.status >= 500 {
		t.Errorf("5,000 cookies: %d", a.status)
	}
}

func TestALoginLeavesAtMostTenCookies(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize() + "&lang=pl").prove("means-trusted-profile")
	oldest := b.names[1]
	for range 12 {
		b.get(authorize("prompt", "login")).press("means-card")
		if len(b.names) > 10 {
			t.Fatalf("%d cookies: %v", len(b.names), b.names)
		}
	}
	if strings.HasPrefix(oldest, loginPrefix) && b.cookies[oldest] != "" {
		t.Error("the oldest login's cookie is still there")
	}
	for _, value := range b.cookies {
		if len(value) > 4096 {
			t.Error("a cookie is too large")
		}
	}
}

func TestTheLoginsCookieChangesWhenSomebodyLogsIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize())
	name := loginPrefix + strings.TrimPrefix(b.at.path, "/login/")
	before := b.cookies[name]
	b.prove("means-trusted-profile")
	thief := w.browser(t)
	thief.names, thief.cookies = []string{name}, map[string]string{name: before}
	if thief.get("/login/" + strings.TrimPrefix(name, loginPrefix)); before == b.cookies[name] || thief.at.status != http.StatusGone || thief.at.has("Konstanty") {
		t.Fatalf("attacks SE-01: the cookie from before opens the login: %d", thief.at.status)
	}
}

func TestAnAnswerOfAMeansWorksOnceAndOnlyHere(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).press("means-trusted-profile")
	back := "/callback/trusted-profile?code=c&state=" + url.QueryEscape(b.leave().Query().Get("state"))
	w.browser(t).get(back).wants(http.StatusForbidden, "other_browser")
	wrong := w.browser(t).get(strings.Replace(back, "trusted-profile", "card", 1))
	wrong.wants(http.StatusBadRequest, "answer_unexpected")
	if b.get(back); !b.at.has(`id="approve"`) {
		t.Fatal("the answer was not taken")
	}
	b.get(back).wants(http.StatusBadRequest, "answer_unexpected")
	b.get("/callback/trusted-profile?state=rubbish").wants(http.StatusBadRequest, "answer_unexpected")
	b.get("/callback/trusted-profile").wants(http.StatusBadRequest, "answer_unexpected")
}
