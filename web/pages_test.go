package web

import (
	"html"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/login"
	"symbolon/provider/subject"
)

var (
	plainKey = regexp.MustCompile(`\.[TP] "([^"]+)"`)
	madeKey  = regexp.MustCompile(`\.[TP] \(print "([^"]+)"`)
)

// SS-07 (ZITADEL CVE-2024-29891): every picture that the hub's origin serves is one that was built in. What a
// party or the settings name is a name among those, never an address or a file.
func TestAttack_SS_07_NoPictureFromElsewhere(t *testing.T) {
	l, err := loadLooks()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := l.path("means.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "https://evil.example/x.svg", "../../../etc/passwd", `"><script>`, "data:image/svg+xml,<svg/>", "x/../card", "bank.svg?x"} {
		if got, err := l.icon(name); err != nil || got != plain {
			t.Errorf("%q is shown from %q (%v)", name, got, err)
		}
	}
	w := newWorld(t)
	w.card.description.Icon = "https://evil.example/x.svg"
	if b := w.browser(t).get(authorize()); strings.Contains(b.at.body, "evil.example") || !b.at.has(plain) {
		t.Error("a picture from elsewhere is on the page")
	}
	a := w.browser(t).send(newRequest(http.MethodGet, plain, nil))
	if a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("a picture comes with %v", a.header)
	}
}

func TestEveryTextOfATemplateExists(t *testing.T) {
	words, _ := mustLoad(t)
	english := words.Words("en")
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	ofMeans, err := fs.Glob(files, "templates/means/*.html")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range append(names, ofMeans...) {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range plainKey.FindAllStringSubmatch(string(raw), -1) {
			found++
			if !english.Has(m[1]) {
				t.Errorf("%s: no text %s", name, m[1])
			}
		}
		if strings.Contains(string(raw), "style=") || strings.Contains(string(raw), "onclick") {
			t.Errorf("%s: an inline style or handler", name)
		}
		for _, m := range madeKey.FindAllStringSubmatch(string(raw), -1) {
			if !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s: %q", name, m[1])
			}
		}
	}
	if found < 50 {
		t.Fatalf("only %d texts found: the pattern does not fit the templates", found)
	}
}

// titled finds where a template makes a page's title; marked finds in it a text with something put into it, which T wraps
// in mark-up that no browser reads there.
var (
	titled = regexp.MustCompile(`{{define "(?:title|[a-z_]+_title)"}}.*`)
	marked = regexp.MustCompile(`\.T (?:"[^"]*"|\(print [^)]*\)) [^}|]`)
)

func TestNoTitleHoldsMarkUp(t *testing.T) {
	found := 0
	err := fs.WalkDir(files, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := files.ReadFile(name)
		for _, title := range titled.FindAllString(string(raw), -1) {
			found++
			if m := marked.FindString(title); m != "" {
				t.Errorf("%s: the title is made with %s; P writes it without mark-up", name, m)
			}
		}
		return err
	})
	if err != nil || found < 40 {
		t.Fatalf("%d titles found, %v", found, err)
	}
	words, _ := mustLoad(t)
	for _, l := range words.Languages() {
		everyPage(t, l.Code, func(name string, a answer) {
			_, title, _ := strings.Cut(a.body, "<title>")
			title, _, _ = strings.Cut(title, "</title>")
			if title = html.UnescapeString(title); strings.ContainsAny(title, "<>") {
				t.Errorf("%s %s: the title is %q", l.Code, name, title)
			}
		})
	}
}

func TestTextsOfClosedListsExist(t *testing.T) {
	words, _ := mustLoad(t)
	english := words.Words("en")
	var keys []string
	for _, level := range []string{"low", "substantial", "high"} {
		keys = append(keys, "choose.asks."+level, "choose.why."+level, "weak.have."+level, "weak.need."+level)
	}
	for _, code := range []connectors.FailureCode{
		connectors.Cancelled, connectors.Unavailable, connectors.InvalidAnswer, connectors.StaleAnswer, connectors.SubjectMissing,
		connectors.RefusedUpstream, connectors.IdentifierBroken, connectors.KeyStopped, connectors.KeyUnknown,
	} {
		keys = append(keys, "means.failed."+string(code))
	}
	for _, stands := range []string{"begun", "codes", "done", "over"} {
		keys = append(keys, "phone.landing."+stands)
	}
	for _, code := range connectors.CardFailures() {
		keys = append(keys, "means.failed."+string(code), "card.help."+string(code), "card.help."+string(code)+".title")
	}
	for _, name := range (&screen{}).WebEID() {
		keys = append(keys, "webeid.failed."+name, "webeid.failed."+name+".title")
	}
	for _, code := range []login.StopCode{
		login.StopDeceased, login.StopFrozen, login.StopConflict, login.StopUnlinked, login.StopRemoved, login.StopMinor, login.StopNotRegistered, login.StopNoRegister, login.StopOffice, login.StopClosed,
		"document_lost", "document_stolen", "document_suspended", "document_invalidated", "document_expired", "document_replaced",
	} {
		keys = append(keys, "stopped."+code+".title", "stopped."+code+".text", "stopped."+code+".now", "stopped."+code+".long")
	}
	for _, why := range []login.TieOutcome{login.TieWeak, login.TieStale, login.TieConflict, login.TieClosed} {
		keys = append(keys, "tie."+string(why))
	}
	for _, code := range []string{
		assurance.NoEvidence, string(assurance.KindCeiling), string(assurance.Ceiling), string(assurance.Upstream), string(assurance.Session),
		string(assurance.Freshness), string(assurance.Expiry), string(assurance.Findings), assurance.LogInAgain, assurance.StrongerMeans, assurance.ClearFindings,
		string(assurance.Party), string(assurance.Status), assurance.OtherMeans, assurance.ValidProof,
	} {
		keys = append(keys, "reason."+code)
	}
	p := &pages{Site: Site{Unavailable: func(err error) bool { return err == errDown }}}
	for _, err := range []error{
		errNotFound, errHost, errMethod, errTooLong, errBody, errElsewhere, errForm, errOtherBrowser, errState, errPanic, errDown,
		login.ErrGone, login.ErrConflict, login.ErrNotNow, login.ErrNotOffered, login.ErrNotThisLeg, login.ErrNoParty, &http.MaxBytesError{},
	} {
		told := p.explain(err)
		if told.status < 400 || (told.code == "server_error") != (err == errPanic) {
			t.Errorf("%v is told as %+v", err, told)
		}
		keys = append(keys, "error."+told.code+".title", "error."+told.code+".text", "error."+told.code+".now")
	}
	for _, key := range keys {
		if !english.Has(key) {
			t.Errorf("no text %s", key)
		}
	}
}

// Means.md §4.2: a security officer reads what happened in a case in words, in each language.
func TestTheJournalOfACaseIsReadInWords(t *testing.T) {
	words, _ := mustLoad(t)
	details := enrolment.EveryDetail()
	if len(details) < 60 {
		t.Fatalf("%d details only", len(details))
	}
	for _, l := range words.Languages() {
		for _, d := range details {
			if key := "desk." + d.List + "." + d.Code; !words.Words(l.Code).Has(key) {
				t.Errorf("%s: no text %s", l.Code, key)
			}
		}
	}
}

// everyPage opens every page that there is, in one language.
func everyPage(t *testing.T, lang string, look func(name string, a answer)) {
	t.Helper()
	w := newWorld(t)
	b := w.browser(t)
	b.lang = lang
	seen := map[string]bool{}
	show := func(name string, b *browser) { seen[name] = true; look(name, b.at) }
	high := "http://eidas.europa.eu/LoA/high"
	show("choose", b.get(authorize()))
	show("leave to the means", b.press("means-bank-bank-one"))
	show("choose again", b.get(authorize()))
	w.profile.says = connectors.Failed{Code: connectors.Cancelled}
	show("choose after a failure", b.get(authorize()).prove("means-trusted-profile"))
	w.profile.says = nil
	ask := `{"userinfo":{"email":{"essential":true,"purpose":"to tell you when it is ready"},"age_over_18":null}}`
	show("consent", b.get(authorize("scope", "openid profile email address nid phone offline_access", "prompt", "login consent", "claims", ask)).prove("means-trusted-profile"))
	show("consent to an age", b.get(authorize("scope", "openid", "claims", `{"userinfo":{"age_over_18":null}}`)))
	show("account", b.get(authorize("prompt", "select_account")))
	show("weak", b.get(authorize("acr_values", high)))
	show("logout", b.get("/logout"))
	show("leave to the party", b.get(authorize("scope", "openid profile", "prompt", "consent")).press("approve"))
	show("form_post", b.get(authorize("scope", "openid profile", "prompt", "consent", "response_mode", "form_post")).press("approve"))
	w.card.description.Disabled = true
	show("nothing", b.get(authorize("acr_values", high)))
	show("home", b.get("/"))
	show("help", b.get("/help"))
	show("logged out", b.get("/logout").press("logout-confirm"))
	show("error", b.get(authorize("redirect_uri", "https://evil.example/")))
	for code, err := range map[string]error{"deceased": subject.ErrDeceased, "conflict": &subject.Conflict{Number: "C-ABCD-EFGH"}, "removed": subject.ErrRemoved} {
		w.matchErr = err
		show("stopped: "+code, b.get(authorize()).prove("means-trusted-profile"))
	}
	w.matchErr = subject.ErrUnlinked
	show("stopped: unlinked", b.get(authorize()).prove("means-trusted-profile"))
	show("stopped: asked", b.press("ask"))
	tie := func(name string) *browser {
		w.matchErr = subject.ErrUnlinked
		b.get(authorize("prompt", "login")).prove("means-trusted-profile")
		w.matchErr = nil
		show(name, b.prove("means-card"))
		return b
	}
	w.card.description.Disabled = false
	for _, err := range []error{subject.ErrStale, &subject.Conflict{Number: "C-ABCD-EFGH"}} {
		w.tieErr = err
		show("not tied: "+err.Error(), tie("tie").press("tie"))
	}
	w.level = identity.High + 1
	tie("tie: too weak")
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	words, _ := mustLoad(t)
	missing := regexp.MustCompile(`>\s*[a-z_]+\.[a-z_.]+\s*<`) // a key where a text should be
	for _, l := range words.Languages() {
		everyPage(t, l.Code, func(name string, a answer) {
			head := `<html lang="` + l.Code + `" dir="` + l.Dir + `">`
			switch {
			case a.status >= 500 || !a.has(head):
				t.Errorf("%s %s: %d, or not in the language", l.Code, name, a.status)
			case strings.Contains(a.body, "%!") || strings.Contains(a.body, "ZgotmplZ") || strings.Contains(a.body, "[hidden]"):
				t.Errorf("%s %s: a text was not made right:\n%s", l.Code, name, a.body)
			case name != "form_post" && strings.Contains(a.body, "<script"):
				t.Errorf("%s %s: has a script", l.Code, name)
			case !strings.Contains(a.body, "<h1") || strings.Count(a.body, "<main") > 1:
				t.Errorf("%s %s: no heading", l.Code, name)
			}
			for _, key := range missing.FindAllString(a.body, -1) {
				if !strings.Contains(key, ".example") {
					t.Errorf("%s %s: shows the key %s", l.Code, name, key)
				}
			}
			ids := map[string]bool{}
			for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
				if ids[id[1]] {
					t.Errorf("%s %s: two things have the id %s", l.Code, name, id[1])
				}
				ids[id[1]] = true
			}
		})
	}
}

func TestTheLanguageIsChosenOnThePage(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.lang = "pl"
	if b.get(authorize("ui_locales", "ar en")); !b.at.has(`<html lang="ar"`) {
		t.Error("ui_locales come before the browser's wish")
	}
	if b.get(b.at.path + "?lang=en"); !b.at.has(`<html lang="en"`) || b.cookies[langName] != "en" {
		t.Error("the choice on the page comes first and is kept")
	}
	if b.get(authorize("ui_locales", "ar")); !b.at.has(`<html lang="en"`) {
		t.Error("the choice kept comes before ui_locales")
	}
	if b.get("/?lang=xx%0d%0aSet-Cookie:a"); b.cookies[langName] != "en" || b.at.header.Get("a") != "" {
		t.Error("a language that there is not was taken")
	}
}

func TestStaticFilesAreNamedByTheirContent(t *testing.T) {
	w := newWorld(t)
	_, looks := mustLoad(t)
	for name, hashed := range looks.names {
		a := w.browser(t).send(newRequest(http.MethodGet, "/static/"+hashed, nil))
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != forever || a.header.Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", name, a.status, a.header)
		}
	}
	if a := w.browser(t).send(newRequest(http.MethodGet, "/static/style.css", nil)); a.status != http.StatusNotFound || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("without a hash: %d", a.status)
	}
}

func TestABrokenPolicyIsNotedWithoutWhatWasSent(t *testing.T) {
	w := newWorld(t)
	report := func(body string) int {
		r := postOf(t, "/csp", body)
		r.Header.Set("Content-Type", "application/csp-report")
		return w.browser(t).send(r).status
	}
	if got := report(`{"csp-report":{"effective-directive":"script-src","document-uri":"https://id.example/?secret=1"}}`); got != http.StatusNoContent {
		t.Errorf("got %d", got)
	}
	for _, body := range []string{"", "[]", `{"csp-report":{"effective-directive":"x\ny=z"}}`, strings.Repeat("a", formBody+1)} {
		if got := report(body); got < 400 || got >= 500 {
			t.Errorf("%.20q: %d", body, got)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "script-src") || strings.Contains(log, "secret") {
		t.Errorf("the log holds %s", log)
	}
}

func TestWhereABrowserMayBeSent(t *testing.T) {
	for target, may := range map[string]bool{
		"https://nowawola.example/cb?x=1": true, "http://127.0.0.1:9101/cb": true, "example.nowawola.app:/cb": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, "data:text/html,x": false, "vbscript:x": false, "file:///etc/passwd": false,
		"//evil.example": false, "/cb": false, "": false, "https:": false, "https://a b": false, "https://x/\r\ny": false, "blob:https://x/y": false,
		"app:/cb": false,
	} {
		if got := mayLeaveTo(target); got != may {
			t.Errorf("%q: %t", target, got)
		}
	}
}
