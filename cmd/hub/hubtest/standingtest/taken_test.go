package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Attacks IN-10: an officer who reads a visit that is over, in which something was taken up, stops that there, also where
// the enrolment that it rests on stood all the time. The pages say so, and no longer that it works again.
func TestAnOfficerStopsWhatAVisitTookUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		copied(t, w, rp, device)
		clerk := another(t, w)
		find(clerk, ordinary)
		visit.Compared(clerk)
		visit.Signed(clerk)
		takesUp(t, clerk)
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Fatal("what was taken up does not log in")
		}
		visited := clerk.Page.URL.Path
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(w.At("desk") + "/security" + visited)
		if page := reads(officer); !page.Has("stop") || !strings.Contains(page.TextOf("stops-taken"), "stopped with it") {
			t.Errorf("of the visit under way:\n%s", page.Text())
		}
		clerk.Pick("ending", "taken_up")
		clerk.Click("cancel-case")
		page := officer.Get(w.At("desk") + "/security" + visited)
		if !page.Has("stop") || page.Has("revoke") || page.Has("stops-taken") || !strings.Contains(page.TextOf("stopping"), "had been stopped was taken up") {
			t.Fatalf("of the visit that is over:\n%s", page.Text())
		}
		officer.Pick("stop-why", "clerk")
		page = officer.Click("stop")
		if text := page.TextOf("main"); page.Has("stop") || !strings.Contains(page.TextOf("last"), "was taken up again in this visit was stopped") || !strings.Contains(text, "ended without a result") {
			t.Errorf("after the stop:\n%s", text)
		}
		if logsIn(w, rp, w.Browser(t), device) {
			t.Error("what the visit took up logs in")
		}
		if page := clerk.Get(w.At("desk") + visited); strings.Contains(page.TextOf("main"), "works again") || !strings.Contains(page.TextOf("ended-why"), "security officer") {
			t.Errorf("the clerk reads:\n%s", page.Text())
		}
	})
}

// Attacks IN-10: "this was not me", typed from the message about a visit, stops what the visit took up as well.
func TestAttack_IN_10_NotMeAboutAVisitThatTookUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		copied(t, w, rp, device)
		first := visit.Noticed(t, w)
		clerk := another(t, w)
		find(clerk, ordinary)
		visit.Compared(clerk)
		visit.Signed(clerk)
		takesUp(t, clerk)
		clerk.Click("hand-over")
		fresh := finish(t, w, clerk)
		number := first
		hubtest.Eventually(t, "the visit is told of", func() bool { number = visit.Noticed(t, w); return number != first })
		page := visit.NotMe(t, w, number)
		if logsIn(w, rp, w.Browser(t), fresh) {
			t.Fatalf("the new one logs in:\n%s", page.Text())
		}
		if logsIn(w, rp, w.Browser(t), device) {
			t.Errorf("the owner said that the visit was not theirs, reads %q, and what it took up logs in", strings.TrimSpace(page.TextOf("main")))
		}
	})
}
