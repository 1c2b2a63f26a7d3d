package standingtest

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.2: an officer who reads what happened in a case, however old, stops or ends from there what came of it;
// whoever has not said why they read it does not, nor does any other role.
func TestAnOfficerStopsTheCaseTheyRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		w.Shift(40 * 24 * time.Hour)
		at, officer := w.At("desk"), w.Browser(t)
		officer.SignIn(at, "auditor-1")
		page := officer.Click("security")
		if len(page.IDs("stop-")) != 0 {
			t.Fatalf("the case is not old:\n%s", page.Text())
		}
		officer.Click("filed")
		officer.Click(officer.Page.IDs("case-")[0])
		trail := officer.Page.URL.Path
		_, form := officer.Form("open")
		if page := officer.Post(at+trail+"/stop", url.Values{"token": form["token"], "why": {"review"}, "act": {"revoke"}}, at); page.Status >= 400 || !page.Has("open") {
			t.Errorf("stopped unread: %d\n%s", page.Status, page.Text())
		}
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Fatal("what nobody stopped does not log in")
		}
		officer.Get(at + trail)
		if page := reads(officer); !page.Has("stop") || !page.Has("revoke") {
			t.Fatalf("nothing to stop it with:\n%s", page.Text())
		}
		if page := officer.Click("stop"); page.Refused() != "reason" || !page.Has("stop") {
			t.Errorf("stopped for no reason, at %s:\n%s", page.URL, page.Text())
		}
		officer.Pick("stop-why", "complaint")
		if page := officer.Click("stop"); page.URL.Path != trail || page.Has("stop") || !page.Has("revoke") || logsIn(w, rp, w.Browser(t), device) {
			t.Errorf("after stopping it, at %s:\n%s", page.URL, page.Text())
		}
		officer.Pick("revoke-why", "complaint")
		if page := officer.Click("revoke"); page.URL.Path != trail || page.Has("revoke") {
			t.Errorf("after ending it, at %s:\n%s", page.URL, page.Text())
		}
		for _, member := range []string{"clerk-1", "clerk-2", "admin-1"} {
			b := desk(t, w, member)
			_, own := b.Form("log-out")
			if page := b.Post(at+trail+"/stop", url.Values{"token": own["token"], "why": {"review"}}, at); page.Status < http.StatusBadRequest {
				t.Errorf("%s: %d", member, page.Status)
			}
		}
	})
}
