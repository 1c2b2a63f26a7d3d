package standingtest

import (
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Means.md §4.3 (signed before anything is given out), §4.7: who comes only because something was stopped signs that it
// shall work again, and applies for nothing; what the form does not ask for is not given out. Who wants a new way, too,
// signs for both.
func TestTheFormSaysWhetherAnythingNewIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		copied(t, w, rp, device)
		own := desk(t, w, "clerk-1")
		if page := find(own, ordinary); page.Has("takes-up") {
			t.Errorf("the clerk who gave it out may take it up:\n%s", page.Text())
		}
		action, form := own.Form("compared")
		form["takes_up"], form["check"] = []string{"yes"}, []string{"photo_likeness", "security_features", "data_agree"}
		if page := own.Post(action, form, w.At("desk")); page.Refused() != "not_now" {
			t.Errorf("in a visit in which nothing can be taken up: at %s", page.URL)
		}
		own.Get(strings.TrimSuffix(action, "/evidence"))
		own.Pick("ending", "mistake")
		own.Click("cancel-case")

		clerk := another(t, w)
		find(clerk, ordinary)
		compared(clerk)
		if page := clerk.Click("print"); page.Has("form-takeup") || !page.Has("form-takeup-also") || !strings.Contains(page.Text(), "three digits") {
			t.Errorf("for both:\n%s", page.Text())
		}
		clerk.Click("to-case")
		if page := clerk.Click("signed"); !page.Has("hand-over") || !page.Has("take-up") {
			t.Errorf("signed for both:\n%s", page.Text())
		}
		clerk.Pick("ending", "citizen_left")
		clerk.Click("cancel-case")

		clerk.Get(w.At("desk"))
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		clerk.Tick("takes-up")
		if page := compared(clerk); !page.Has("step-print") || !strings.Contains(page.Text(), "Print the request") || !strings.Contains(page.TextOf("case-purpose"), "nothing new") {
			t.Errorf("before it is printed:\n%s", page.Text())
		}
		if page := clerk.Click("print"); !page.Has("form-takeup") || page.Has("form-takeup-also") || strings.Contains(page.Text(), "three digits") || strings.Contains(page.Text(), "Application for confirmation") {
			t.Errorf("the form:\n%s", page.Text())
		}
		clerk.Click("to-case")
		page := clerk.Click("signed")
		if !page.Has("step-takeup") || !page.Has("take-up") || page.Has("hand-over") || page.Has("contacts") || page.Has("scan") || strings.Contains(page.Text(), "Hand over") {
			t.Fatalf("after the signature:\n%s", page.Text())
		}
		_, form = clerk.Form("take-up")
		for path, more := range map[string]url.Values{"/hand-over": {"mode": {"office"}}, "/scan": {"scanned": {"00000-00000-0"}}} {
			more["token"] = form["token"]
			if page := clerk.Post(at+path, more, w.At("desk")); page.Refused() != "applies" {
				t.Errorf("%s: %q at %s", path, page.Refused(), page.URL)
			}
		}
		if page := clerk.Get(w.At("desk")); !strings.Contains(page.TextOf("cases"), "can be taken up") || strings.Contains(page.TextOf("cases"), "hand over") {
			t.Errorf("in the list:\n%s", page.Text())
		}
		clerk.Get(at)
		takesUp(t, clerk)
		if !clerk.Page.Has("takeup-all") {
			t.Errorf("with all of it taken up:\n%s", clerk.Page.Text())
		}
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Error("what was taken up does not log in")
		}
		clerk.Pick("ending", "taken_up")
		if page := clerk.Click("cancel-case"); !page.Has("step-ended") || !strings.Contains(page.TextOf("ended"), "works again") {
			t.Errorf("after the end:\n%s", page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(w.At("desk") + "/security/cases?office=" + hubtest.RoomOffice)
		if text := officer.Page.Text(); strings.Count(text, "works again") != 1 || strings.Count(text, "without a result") != 2 {
			t.Errorf("in the list of cases:\n%s", text)
		}
		officer.Get(strings.Replace(at, w.At("desk"), w.At("desk")+"/security", 1))
		if text := officer.Page.Text(); !strings.Contains(text, "works again") || strings.Contains(text, "without a result") {
			t.Errorf("before an officer reads what happened:\n%s", text)
		}
		if page := reads(officer); !strings.Contains(page.Text(), "Only what was stopped is asked for") || !strings.Contains(page.Text(), "over: what was stopped works again") || !strings.Contains(page.Text(), "The case ended; what was stopped works again") || strings.Contains(page.Text(), "without a result") || strings.Contains(page.Text(), "hand over") {
			t.Errorf("an officer does not read what was asked for:\n%s", page.Text())
		}
	})
}

// A visit that let something work again is not ended as one in which the clerk could not confirm who it is.
func TestAfterATakeUpNobodySaysNotEnough(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		copied(t, w, rp, device)
		clerk := another(t, w)
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		action, form := clerk.Form("compared")
		clerk.Tick("takes-up")
		visit.Compared(clerk)
		visit.Signed(clerk)
		takesUp(t, clerk)
		_, own := clerk.Form("cancel-case")
		form["token"], form["act"] = own["token"], []string{"stop"}
		if page := clerk.Post(action, form, w.At("desk")); page.Refused() != "not_now" {
			t.Errorf("refused for %q", page.Refused())
		}
		if clerk.Get(at); clerk.Page.Has("step-ended") || !clerk.Page.Has("cancel-case") {
			t.Errorf("afterwards:\n%s", clerk.Page.Text())
		}
	})
}
