package officetest

import (
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.3, §4.2: a clerk ends an open case of their own at every step, with a reason of the list; the citizen may
// come again at once.
func TestAClerkEndsTheirCaseAtEveryStep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		steps := []struct {
			at string
			do func()
		}{
			{"compare", func() { find(clerk, ordinary) }},
			{"print", func() { compared(clerk) }},
			{"sign", func() { clerk.Click("print"); clerk.Click("to-case") }},
			{"hand", func() { clerk.Click("signed") }},
			{"confirm", func() { clerk.Click("hand-over") }},
		}
		for i, last := range steps {
			clerk.Get(w.At("desk"))
			for _, step := range steps[:i+1] {
				step.do()
			}
			if !clerk.Page.Has("step-"+last.at) || !clerk.Page.Has("cancel-case") {
				t.Fatalf("no end at %q:\n%s", last.at, clerk.Page.Text())
			}
			action, form := clerk.Form("cancel-case")
			for _, why := range []string{"because", "", "clerk_away", "taken_up"} { // nothing was taken up
				if page := clerk.Post(action, url.Values{"token": form["token"], "ending": {why}}, w.At("desk")); page.Refused() != "reason" {
					t.Errorf("for %q, which is no reason of this case: %q", why, page.Refused())
				}
			}
			clerk.Pick("ending", "mistake")
			if page := clerk.Click("cancel-case"); !page.Has("step-ended") || page.Has("cancel-case") || !strings.Contains(page.TextOf("ended-why"), "Opened by mistake") {
				t.Errorf("ended at %q:\n%s", last.at, page.Text())
			}
		}
	})
}

// What ended a case stands on its page afterwards, and on the phone that it was on.
func TestThePhoneSaysWhyItsCaseEnded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		for why, words := range map[string][2]string{
			"mistake": {"Opened by mistake", "opened by mistake"}, "citizen_left": {"The citizen left", "nobody was at the desk"}, "complaint": {"A complaint", "nothing to do here"},
		} {
			clerk := desk(t, w, "clerk-1")
			toSign(clerk, ordinary)
			clerk.Click("hand-over")
			at := clerk.Page.URL.String()
			phone := claim(t, w, clerk)
			clerk.Get(at)
			clerk.Pick("ending", why)
			if page := clerk.Click("cancel-case"); !strings.Contains(page.TextOf("ended-why"), words[0]) {
				t.Errorf("the desk after %s:\n%s", why, page.Text())
			}
			if page := phone.Get(w.Issuer + "/e/now"); !page.Has("screen-ended") || !strings.Contains(page.TextOf("screen-ended"), words[1]) {
				t.Errorf("the phone after %s:\n%s", why, page.Text())
			}
		}
	})
}

// Means.md §4.4: the phone of a case reads where its code's address leads whether that is under way or over; every other
// reads what it always does.
func TestAPhoneReadsHowItsCaseStands(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		landing := func() string { return w.Browser(t).Get(w.Issuer + "/e").Text() }
		before := landing()
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		phone := claim(t, w, clerk)
		if page := phone.Get(w.Issuer + "/e"); !page.Has("stands-begun") || !phone.Click("resume").Has("who") {
			t.Errorf("under way:\n%s", page.Text())
		}
		phone.Click("no")
		if page := phone.Get(w.Issuer + "/e"); !page.Has("stands-over") || page.Has("resume") || !phone.Click("see").Has("screen-frozen") {
			t.Errorf("over:\n%s", page.Text())
		}
		if after := landing(); after != before {
			t.Errorf("another phone read %q, and now %q", before, after)
		}
	})
}
