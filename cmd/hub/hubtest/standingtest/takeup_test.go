package standingtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
)

// employed gives somebody of the cast a role that they do not have by themselves.
func employed(t *testing.T, w *hubtest.World, member string, role staff.Role) {
	t.Helper()
	at := slices.IndexFunc(w.Country.Staff, func(s sim.Member) bool { return s.Key == member })
	w.Appoint(t, w.Country.Staff[at].Number, role)
}

// Means.md §4.3 (exit "suspended"), §4.7: what an officer stopped works again when another officer has let it be taken
// up and a clerk who did not give it out takes it up with the citizen there, by name and one by one. The citizen is told;
// what they have open stays open.
func TestWhatAnOfficerStoppedIsTakenUpInAVisit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		employed(t, w, "officer-1", staff.EnrolmentClerk)
		employed(t, w, "officer-2", staff.SecurityOfficer)
		at := w.At("desk")
		open := func(officer, then string) *hubtest.Page {
			t.Helper()
			b := w.Browser(t)
			b.SignIn(at, officer)
			b.Get(at + "/security/cases?office=" + hubtest.RoomOffice)
			cases := b.Page.IDs("case-")
			b.Click(cases[len(cases)-1])
			if b.Page.Has("open") {
				reads(b)
			}
			if !b.Page.Has(then) {
				return b.Page
			}
			if then == "stop" {
				b.Pick("stop-why", "review")
			}
			return b.Click(then)
		}
		if page := open("auditor-1", "stop"); page.Has("stop") || page.Has("let") {
			t.Fatalf("after the stop:\n%s", page.Text())
		}
		me := w.Browser(t)
		enter(w, me, "ordinary")
		clerk := desk(t, w, "officer-1")
		toSign(clerk, ordinary)
		visited := clerk.Page.URL.String()
		if page := clerk.Page; !page.Has("way-0") || page.Has("take-up") || !strings.Contains(page.Text(), "another one must agree first") || !strings.Contains(page.Text(), "Phone or computer") {
			t.Fatalf("before another officer let it:\n%s", page.Text())
		}
		if page := open("auditor-1", "let"); page.Has("let") {
			t.Errorf("who stopped it may let it be taken up:\n%s", page.Text())
		}
		if page := open("officer-2", "let"); page.Has("let") || !strings.Contains(page.Text(), "Another officer agreed") {
			t.Fatalf("after it was let:\n%s", page.Text())
		}
		if logsIn(w, rp, w.Browser(t), device) {
			t.Error("by an officer's word alone it logs in")
		}
		if page := clerk.Get(visited); !page.Has("take-up") {
			t.Fatalf("after another officer let it:\n%s", page.Text())
		}
		if page := clerk.Click("take-up"); page.Refused() != "chosen" {
			t.Errorf("with nothing ticked: %s", page.URL)
		}
		clerk.Tick("way-0") // the key; codes stand last
		_, sent := clerk.Form("take-up")
		if page := clerk.Click("take-up"); !page.Has("taken-up") || page.Has("way-1") || !page.Has("hand-over") {
			t.Fatalf("after it:\n%s", page.Text())
		}
		if page := clerk.Post(visited+"/take-up", sent, at); page.Refused() != "not_now" && page.Status < 400 {
			t.Errorf("sent once more: %s", page.URL)
		}
		hubtest.Eventually(t, "the citizen is told", func() bool {
			return slices.ContainsFunc(w.Country.Inbox.Messages(), func(m sim.Message) bool {
				return m.Subject == "Przywrócono sposób logowania" || strings.Contains(m.Subject, "brought back")
			})
		})
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Error("what was taken up does not log in")
		}
		if page := open("auditor-1", "nothing"); !strings.Contains(page.Text(), "What this case gave works again") {
			t.Errorf("an officer does not read why the enrolment stands again:\n%s", page.Text())
		}
		page := me.Get(w.At("portal") + "/looked")
		for _, line := range []string{"security officer stopped what this case gave you", "Another security officer agreed", "let what was stopped work again, while you were there", "What was stopped here works again"} {
			if !strings.Contains(page.Text(), line) { // means.md R-ENR-01
				t.Errorf("the citizen does not read %q:\n%s", line, page.Text())
			}
		}
		page = me.Get(w.At("portal") + "/devices")
		left := page.IDs("lose-") // the key's is beside "put aside"
		if page.Status != http.StatusOK || !page.Has("log-out") || len(page.IDs("resume-")) != 0 || len(left) != 2 || !strings.Contains(page.Text(), "Only an office can let this work again") {
			t.Errorf("the citizen's own page (%d):\n%s", page.Status, page.Text())
		}
		for _, id := range left { // attacks OT-11: what nobody at the office saw stays stopped
			action, form := me.Form(id)
			form.Set("act", "resume")
			if page := me.Post(action, form, w.At("portal")); page.Query("wrong") == "" {
				t.Errorf("%s: taken back, at %s", id, page.URL)
			}
			me.Get(w.At("portal") + "/devices")
		}
		clerk.Get(visited)
		clerk.Pick("ending", "taken_up")
		if page := clerk.Click("cancel-case"); !page.Has("step-ended") || !strings.Contains(page.TextOf("ended"), "works again") {
			t.Errorf("after the end:\n%s", page.Text())
		}
		if page := clerk.Get(at); !strings.Contains(page.TextOf("cases"), "works again") || strings.Contains(page.TextOf("cases"), "without a result") {
			t.Errorf("the list says:\n%s", page.Text())
		}
		for _, member := range []string{"clerk-1", "clerk-2", "admin-1", "officer-1"} {
			b := desk(t, w, member)
			_, own := b.Form("log-out")
			trail := strings.Replace(visited, at, at+"/security", 1)
			if page := b.Post(trail+"/let", url.Values{"token": own["token"]}, at); page.Status < 400 {
				t.Errorf("%s lets it: %d", member, page.Status)
			}
			if page := b.Post(visited+"/take-up", url.Values{"token": own["token"], "way": sent["way"]}, at); page.Status < 400 {
				t.Errorf("%s takes up: %d", member, page.Status)
			}
		}
	})
}
