package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Attacks IN-10: an officer who reads a case that is under way may stop it there. The page says that it ends and that
// nothing comes of it; the trail says who stopped it and why, clerk and phone that it was stopped, and not why.
func TestAnOfficerStopsACaseThatIsUnderWay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, visit.Ordinary)
		path := clerk.Page.URL.Path
		phone := visit.Claim(t, w, clerk)
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(w.At("desk") + "/security" + path)
		page := reads(officer)
		if !page.Has("stop") || page.Has("revoke") || !strings.Contains(page.TextOf("stopping"), "still under way") {
			t.Fatalf("nothing to stop it with:\n%s", page.Text())
		}
		officer.Pick("stop-why", "clerk")
		page = officer.Click("stop")
		if text := page.Text(); page.Refused() != "" || page.Has("stop") || !strings.Contains(text, "ended without a result") || !strings.Contains(text, "Doubts about the clerk") {
			t.Errorf("after the stop:\n%s", text)
		}
		for who, page := range map[string]*hubtest.Page{"clerk": clerk.Get(w.At("desk") + path), "phone": phone.Get(w.Issuer + "/e/now")} {
			if text := page.Text(); !strings.Contains(text, "stopped") || strings.Contains(text, "oubt") {
				t.Errorf("the %s reads:\n%s", who, text)
			}
		}
		page = officer.Get(w.At("desk") + "/security")
		number := page.TextOf(page.IDs("case-")[0])
		if why := page.TextOf("why-stopped-" + number); !strings.Contains(why, "Doubts about the clerk") {
			t.Errorf("the officers' list says %q:\n%s", why, page.Text())
		}
	})
}

// An alarming case that is under way is stopped from the officers' list, and the page says what came of it.
func TestAnOfficerStopsAnAlarmingCaseFromTheList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, visit.Ordinary)
		phone := visit.Claim(t, w, clerk)
		phone.Click("no")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		page := officer.Get(w.At("desk") + "/security")
		number := page.TextOf(page.IDs("case-")[0])
		officer.Pick("why-"+number, "review")
		page = officer.Click("stop-" + number)
		if text := page.TextOf("stopped"); !strings.Contains(text, number) || !strings.Contains(text, "nothing comes of it") || page.Has("stop-"+number) {
			t.Errorf("after the stop it says %q", text)
		}
	})
}
