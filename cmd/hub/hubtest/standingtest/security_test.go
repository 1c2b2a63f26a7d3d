package standingtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/enrolment"
)

// Means.md §4.2: a security officer sees what was stopped or raised an alarm, of whom only whose case it
// is, stops an enrolment, and locks and unlocks colleagues of every office; nobody else does.
func TestTheSecurityOfficer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		if said := officer.Page.TextOf("watched"); !strings.HasSuffix(said, ": 0") {
			t.Errorf("before any alarm the first page says %q", said)
		}
		page := officer.Click("security")
		stops := page.IDs("stop-")
		if len(stops) != 1 || strings.Contains(page.Body, ordinary) || strings.Contains(page.Body, "K. B.") {
			t.Fatalf("%d cases to stop:\n%s", len(stops), page.Text())
		}
		_, form := officer.Form(stops[0])
		forged := url.Values{"token": form["token"], "case": form["case"], "why": {"whatever"}}
		if page := officer.Post(w.At("desk")+"/security/case", forged, w.At("desk")); page.Refused() != "reason" {
			t.Errorf("without a reason of the list: %s", page.URL)
		}
		officer.Pick(strings.Replace(stops[0], "stop-", "why-", 1), "clerk")
		number := strings.TrimPrefix(stops[0], "stop-")
		if page.Has("stopped") {
			t.Error("something was stopped before anything was")
		}
		page = officer.Click(stops[0])
		if len(page.IDs("stop-")) != 0 || !strings.Contains(page.TextOf("stopped"), number) {
			t.Errorf("after stopping it:\n%s", page.Text())
		}
		if why := page.TextOf("why-stopped-" + number); !strings.Contains(why, "Doubts about the clerk") || !strings.Contains(why, "staff number") {
			t.Errorf("who stopped it, and why: %q", why)
		}
		if page := officer.Get(w.At("desk") + "/security?stopped=" + strings.Repeat("0", 32)); page.Has("stopped") {
			t.Errorf("another case was stopped:\n%s", page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.Has("approve") || rp.Landed(page) {
			t.Error("what was stopped logs in")
		}
		officer.Pick("office", hubtest.RoomOffice)
		locks := officer.Click("show-office").IDs("lock-")
		if len(locks) < 3 {
			t.Fatalf("%d colleagues:\n%s", len(locks), officer.Page.Text())
		}
		who := strings.TrimPrefix(locks[0], "lock-")
		if page := officer.Click(locks[0]); !strings.Contains(page.TextOf("done"), "is locked") || !page.Has("office-unlock-"+who) {
			t.Errorf("nobody says who was locked, or the office is gone, at %s:\n%s", page.URL, page.Text())
		}
		unlock := officer.Page.IDs("unlock-")
		if len(unlock) != 1 {
			t.Fatalf("after locking one:\n%s", officer.Page.Text())
		}
		if page := officer.Click(unlock[0]); len(page.IDs("unlock-")) != 0 || !strings.Contains(page.TextOf("done"), "can work again") {
			t.Errorf("after unlocking:\n%s", page.Text())
		}
		for _, member := range []string{"clerk-1", "clerk-2", "admin-1"} {
			b := desk(t, w, member)
			_, own := b.Form("log-out")
			if page := b.Get(w.At("desk") + "/security"); page.Status != http.StatusForbidden {
				t.Errorf("%s looks after locks: %d", member, page.Status)
			}
			for _, act := range []string{"state", "case"} {
				sent := url.Values{"token": own["token"], "case": form["case"], "why": {"clerk"}, "act": {"lock"}}
				if page := b.Post(w.At("desk")+"/security/"+act, sent, w.At("desk")); page.Status < 400 {
					t.Errorf("%s: %s: %d", member, act, page.Status)
				}
			}
		}
	})
}

// Means.md §4.2: a stop is not offered as if nothing had been stopped: where its owner did, the page says so and what an
// officer's own would add; where an officer did, there is none to add.
func TestAStopOfWhatIsStopped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		enrol(t, w, "clerk-1")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		page := officer.Get(w.At("desk") + "/security/cases")
		officer.Click(page.IDs("case-")[0])
		if page = reads(officer); !page.Has("stop") || !strings.Contains(page.TextOf("stopping"), "Stop what came of this case") {
			t.Fatalf("nothing to stop:\n%s", page.Text())
		}
		at := page.URL.String()
		id, _ := enrolment.ParseCaseID(at[strings.LastIndex(at, "/")+1:])
		office := w.Replicas[0].Hub.Office()
		c, err := office.Case(t.Context(), enrolment.Actor{}, id)
		if err == nil {
			err = office.Stop(t.Context(), c.Work.Reference)
		}
		if err != nil {
			t.Fatal(err)
		}
		if page = officer.Get(at); !page.Has("stop") || strings.Contains(page.TextOf("stopping"), "Stop what") || !strings.Contains(page.TextOf("stopping"), "was stopped already") {
			t.Errorf("what its owner stopped:\n%s", page.Text())
		}
		officer.Pick("stop-why", "review")
		if page = officer.Click("stop"); page.Refused() != "" || page.Has("stop") || page.Has("stopping") || !page.Has("revoke") {
			t.Errorf("what an officer stopped:\n%s", page.Text())
		}
	})
}
