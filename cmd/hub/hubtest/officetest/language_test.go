package officetest

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// Features H23, screens.md: whoever wants a form that was refused in another language stays at that step, and what they
// typed and ticked stays with them; in no address, and without the form being sent. WCAG 2.2 §3.3.1: the field that is
// wrong says so.
func TestALanguageLosesNothingAtTheDesk(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	polish := func(page *hubtest.Page, path string) {
		t.Helper()
		if lang := valueAt(page.Need(t, "lang-pl"), "aria-current"); lang != "true" || page.URL.Path != path || page.URL.RawQuery != "" {
			t.Errorf("not in Polish at %s but at %s:\n%s", path, page.URL, page.Text())
		}
	}
	clerk := desk(t, w, "clerk-1")
	if page := find(clerk, "8702229001"); valueAt(page.Need(t, "number"), "aria-invalid") != "true" || valueAt(page.Need(t, "number"), "aria-describedby") != "refused number-hint" {
		t.Errorf("the field does not say that it is wrong:\n%s", page.Body)
	}
	page := clerk.Click("lang-pl")
	polish(page, "/cases")
	if page.Refused() != "number" || valueOf(t, page, "number") != "8702229001" {
		t.Errorf("what was typed is gone:\n%s", page.Text())
	}
	clerk.Click("lang-en")
	find(clerk, ordinary)
	at := clerk.Page.URL.Path
	checks := clerk.Page.IDs("check-")
	for _, id := range checks[1:] {
		clerk.Tick(id)
	}
	clerk.Pick("doubt", "pressure")
	clerk.Click("compared")
	page = clerk.Click("lang-pl")
	polish(page, at+"/evidence")
	if page.Refused() != "checks" || !page.Has("step-compare") || doubtIn(clerk, "compared") != "pressure" || !marked(page.Need(t, checks[1]), "checked") || marked(page.Need(t, checks[0]), "checked") {
		t.Errorf("what was ticked is gone:\n%s", page.Text())
	}
	clerk.Tick(checks[0])
	if page := clerk.Click("compared"); !page.Has("step-review") {
		t.Errorf("the form does not work any more:\n%s", page.Text())
	}
	if page := clerk.Click("lang-en"); page.URL.Path != at {
		t.Errorf("a language leads from %s to %s", at, page.URL)
	}

	boss := desk(t, w, "admin-1")
	boss.Get(w.At("desk") + "/team")
	boss.Fill("number", "87022290018")
	boss.Pick("role", "approving_clerk")
	page = boss.Click("appoint")
	if at := strings.Index(page.Body, `id="refused"`); at < strings.Index(page.Body, "<table") || at > strings.Index(page.Body, `id="number"`) {
		t.Error("what is wrong with the number is not said beside it")
	}
	page = boss.Click("lang-pl")
	polish(page, "/team/appoint")
	if page.Refused() != "number" || valueOf(t, page, "number") != "87022290018" || !strings.Contains(page.Body, `value="approving_clerk" selected`) {
		t.Errorf("who was to be named is gone:\n%s", page.Text())
	}
	boss.Get(w.At("desk") + "/team/positions")
	boss.Fill("station-id", "B-12")
	boss.Fill("station-name", "stanowisko 12")
	boss.Fill("station-networks", "10.1.2.0/240")
	page = boss.Click("add-station")
	if page.Refused() != "network" || valueOf(t, page, "station-networks") != "10.1.2.0/240" || valueOf(t, page, "station-name") != "stanowisko 12" || valueOf(t, page, "station-id") != "B-12" ||
		valueAt(page.Need(t, "station-networks"), "aria-invalid") != "true" {
		t.Errorf("the position is gone:\n%s", page.Body)
	}
	boss.Fill("look-ups", "many")
	if page = boss.Click("rule"); page.Refused() != "quota" || valueOf(t, page, "look-ups") != "many" {
		t.Errorf("the limit is gone:\n%s", page.Text())
	}
}

// A form that comes too late leads back to the page that it is on, not to the first one.
func TestAFormThatComesTooLateLeadsBackToItsPage(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	clerk := desk(t, w, "clerk-1")
	find(clerk, ordinary)
	at := clerk.Page.URL.Path
	w.Shift(6 * time.Minute)
	page := compared(clerk)
	if !page.Has("log-in") {
		t.Fatalf("logged in still:\n%s", page.Text())
	}
	for _, link := range []string{"log-in", "lang-pl"} {
		to, err := url.Parse(valueAt(page.Need(t, link), "href"))
		if err != nil || to.Path != at && to.Query().Get("to") != at {
			t.Errorf("%s leads to %s, %v", link, to, err)
		}
	}
}
