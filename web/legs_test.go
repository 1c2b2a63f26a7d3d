package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
)

// withView gives the pages one more page of a means, which asks for a PIN.
func (w *world) withView(t testing.TB, script string) {
	t.Helper()
	l, err := loadLooks()
	if err != nil {
		t.Fatal(err)
	}
	l.pages["means/pin"] = template.Must(l.page().Parse(`{{define "title"}}PIN{{end}}{{define "before"}}{{template "other" .}}{{end}}
{{define "main"}}<h1>PIN</h1><p id="left">{{.Body.Left}}</p><form method="post" action="{{.Action "leg"}}">{{template "leg" .}}<input name="pin"><button id="send" type="submit">PIN</button></form>{{end}}`))
	p, err := newPages(w.site)
	if err != nil {
		t.Fatal(err)
	}
	p.looks = l
	w.handler = p.serve(p.routes())
	w.card.begins = connectors.Page{View: "pin", Script: script, Data: map[string]string{"Left": "<3>"}}
}

func strong() string { return authorize("acr_values", "http://eidas.europa.eu/LoA/high") }

func TestAMeansShowsAPageOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.withView(t, "")
	b := w.browser(t).get(strong()).press("means-card")
	if !b.at.has(`<p id="left">&lt;3&gt;</p>`) || b.at.header.Get("Content-Security-Policy") != pagePolicy || !b.at.has(`id="other-means"`) {
		t.Fatalf("%d\n%s", b.at.status, b.at.body)
	}
	w.card.says = connectors.Page{View: "pin", Data: map[string]string{"Left": "2"}}
	if b.press("send"); !b.at.has(`<p id="left">2</p>`) {
		t.Fatalf("wrong PIN: %d\n%s", b.at.status, b.at.body)
	}
	action, fields := b.form("send")
	fields.Set("pin", "1234")
	w.card.says, w.card.got = nil, connectors.Input{}
	b.follow(b.send(b.fromHere(action, fields)))
	if !b.at.has(`id="approve"`) || w.card.got.Form.Get("pin") != "1234" || len(w.card.got.Form) != 1 {
		t.Errorf("%d, the means got %d fields\n%s", b.at.status, len(w.card.got.Form), b.at.body)
	}
	b.follow(b.send(b.fromHere(action, fields))) // once more, from a page of before
	b.wants(http.StatusForbidden, "form_refused")
	if b.get(strings.TrimSuffix(action, "/leg")); !b.at.has(`id="approve"`) {
		t.Errorf("the login does not go on: %d", b.at.status)
	}
}

func TestAttack_CN_01_TheFormOfAMeansIsBoundToItsLoginAndLeg(t *testing.T) {
	w := newWorld(t)
	w.withView(t, "")
	b := w.browser(t).get(strong()).press("means-card")
	action, fields := b.form("send")
	other := w.browser(t).get(strong()).press("means-card")
	_, foreign := other.form("send")
	b.get(strings.TrimSuffix(action, "/leg")).press("means-card") // a new leg: the page of before is void
	_, fresh := b.form("send")
	for name, c := range map[string]struct {
		token, state string
		status       int
		code         string
	}{
		"another login's form":     {foreign.Get("token"), foreign.Get("state"), http.StatusForbidden, "form_refused"},
		"another login's state":    {fresh.Get("token"), foreign.Get("state"), http.StatusBadRequest, "answer_unexpected"},
		"the state of an old leg":  {fresh.Get("token"), fields.Get("state"), http.StatusBadRequest, "answer_unexpected"},
		"no state":                 {fresh.Get("token"), "", http.StatusBadRequest, "answer_unexpected"},
		"no token":                 {"", fresh.Get("state"), http.StatusForbidden, "form_refused"},
		"the token of a form else": {b.tokenOf(t, "cancel"), fresh.Get("state"), http.StatusForbidden, "form_refused"},
	} {
		b.follow(b.send(b.fromHere(action, url.Values{"token": {c.token}, "state": {c.state}, "pin": {"1"}})))
		if b.at.status != c.status || !b.at.has(c.code) {
			t.Errorf("%s: %d", name, b.at.status)
		}
	}
	if b.follow(b.send(b.fromHere(action, fresh))); !b.at.has(`id="approve"`) {
		t.Errorf("the right one afterwards: %d", b.at.status)
	}
}

// tokenOf gives the token of another form of the same login.
func (b *browser) tokenOf(t testing.TB, button string) string {
	t.Helper()
	at := b.at
	defer func() { b.at = at }()
	action, _ := b.form("send")
	_, fields := b.get(strings.TrimSuffix(action, "/leg")).form(button)
	return fields.Get("token")
}

func TestAMeansMayRunTheScriptThatItNamesAndNoOther(t *testing.T) {
	w := newWorld(t)
	w.withView(t, "mark.svg") // any static file stands in for a script
	b := w.browser(t).get(strong()).press("means-card")
	policy := b.at.header.Get("Content-Security-Policy")
	if strings.Count(b.at.body, "<script") != 1 || !b.at.has(`<script src="/static/mark.`) || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s\n%s", policy, b.at.body)
	}
}

func TestAViewThatIsNotThereIsOurFaultAndShowsNothing(t *testing.T) {
	w := newWorld(t)
	w.card.begins = connectors.Page{View: "../choose", Data: "secret"}
	b := w.browser(t).get(strong()).press("means-card")
	if b.at.status != http.StatusInternalServerError || b.at.has("secret") {
		t.Errorf("%d", b.at.status)
	}
}

func TestAMeansHasUsWait(t *testing.T) {
	w := newWorld(t)
	w.card.begins = connectors.Wait{After: 3 * time.Second}
	b := w.browser(t).get(strong()).press("means-card")
	if !b.at.has(`<meta http-equiv="refresh" content="3; url=/login/`) || !b.at.has(`id="wait-go"`) {
		t.Fatalf("%d\n%s", b.at.status, b.at.body)
	}
	again := refresh(t, b)
	w.card.says = connectors.Wait{After: 5 * time.Second}
	if b.get(again); !b.at.has(`content="5; url=/login/`) {
		t.Fatalf("it waits on: %d\n%s", b.at.status, b.at.body)
	}
	w.card.says = nil
	if b.get(refresh(t, b)); !b.at.has(`id="approve"`) {
		t.Errorf("%d\n%s", b.at.status, b.at.body)
	}
	if b.get(again); !b.at.has(`id="approve"`) {
		t.Errorf("an old page that comes again: %d", b.at.status)
	}
}

func refresh(t testing.TB, b *browser) string {
	t.Helper()
	_, after, _ := strings.Cut(b.at.body, "; url=")
	target, _, ok := strings.Cut(after, `"`)
	if !ok {
		t.Fatal("the page does not go on by itself")
	}
	return target
}

func TestAMeansIsAskedByAPostedFormAndAnswersByOne(t *testing.T) {
	w := newWorld(t)
	w.card.begins = connectors.PostForm{URL: "https://up.example/sso", Fields: url.Values{"SAMLRequest": {"cmVx"}, "RelayState": {`"><script>`}}}
	b := w.browser(t).get(strong()).press("means-card")
	action, fields := b.form("leave")
	if action != "https://up.example/sso" || fields.Get("SAMLRequest") != "cmVx" || fields.Get("RelayState") != `"><script>` || b.at.header.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%s %v\n%s", action, fields, b.at.body)
	}
	answer := url.Values{"SAMLResponse": {"cmVzcG9uc2U"}, "RelayState": {w.card.handle}}
	foreign := newRequest(http.MethodPost, "/callback/card", answer)
	foreign.Header.Set("Origin", "https://up.example")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	stranger := w.browser(t) // as a browser does, it sends none of our cookies
	if stranger.follow(stranger.send(foreign)); stranger.at.status != http.StatusOK || len(stranger.cookies) != 0 || w.card.calls != 0 {
		t.Fatalf("%d, %d cookies, %d calls", stranger.at.status, len(stranger.cookies), w.card.calls)
	}
	b.at = stranger.at
	again, fields := b.form("leave")
	if again != "/callback/card" || fields.Get("SAMLResponse") != "cmVzcG9uc2U" || b.at.header.Get("Referrer-Policy") != "same-origin" {
		t.Fatalf("%s %v", again, fields)
	}
	if b.follow(b.send(b.fromHere(again, fields))); !b.at.has(`id="approve"`) || w.card.got.Form.Get("SAMLResponse") != "cmVzcG9uc2U" {
		t.Errorf("%d\n%s", b.at.status, b.at.body)
	}
}

func TestAttack_SE_06_AnAnswerPostedIntoAnotherBrowserIsRefused(t *testing.T) {
	w := newWorld(t)
	w.card.begins = connectors.PostForm{URL: "https://up.example/sso"}
	w.browser(t).get(strong()).press("means-card")
	handle := w.card.handle
	middle, other := len(handle)/2, "A" // the last character may hold bits that say nothing
	if handle[middle] == 'A' {
		other = "B"
	}
	forged := handle[:middle] + other + handle[middle+1:]
	for name, c := range map[string]struct {
		form   url.Values
		status int
		code   string
	}{
		"another browser":   {url.Values{"SAMLResponse": {"r"}, "RelayState": {handle}}, http.StatusForbidden, "other_browser"},
		"a forged handle":   {url.Values{"SAMLResponse": {"r"}, "RelayState": {forged}}, http.StatusBadRequest, "answer_unexpected"},
		"two handles":       {url.Values{"SAMLResponse": {"r"}, "RelayState": {handle, handle}}, http.StatusBadRequest, "answer_unexpected"},
		"one of each name":  {url.Values{"SAMLResponse": {"r"}, "RelayState": {handle}, "state": {handle}}, http.StatusBadRequest, "answer_unexpected"},
		"no handle":         {url.Values{"SAMLResponse": {"r"}}, http.StatusBadRequest, "answer_unexpected"},
		"larger than it is": {url.Values{"SAMLResponse": {strings.Repeat("r", postBody)}, "RelayState": {handle}}, http.StatusRequestEntityTooLarge, "too_large"},
	} {
		victim := w.browser(t)
		victim.follow(victim.send(victim.fromHere("/callback/card", c.form)))
		if victim.at.status != c.status || !victim.at.has(c.code) || w.card.calls != 0 {
			t.Errorf("%s: %d", name, victim.at.status)
		}
	}
	victim := w.browser(t)
	if at := victim.send(victim.fromHere("/callback/bank", url.Values{"RelayState": {handle}})); at.status != http.StatusBadRequest {
		t.Errorf("another means: %d", at.status)
	}
}
