package officetest

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
)

// Means.md §4.2: a security officer sees what was stopped or raised an alarm, of whom only whose case it
// is, stops an enrolment, and locks and unlocks colleagues of every office; nobody else does.
func TestTheSecurityOfficer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
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
		if page := officer.Click(stops[0]); len(page.IDs("stop-")) != 0 {
			t.Errorf("after stopping it:\n%s", page.Text())
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
		officer.Click(locks[0])
		unlock := officer.Page.IDs("unlock-")
		if len(unlock) != 1 {
			t.Fatalf("after locking one:\n%s", officer.Page.Text())
		}
		if page := officer.Click(unlock[0]); len(page.IDs("unlock-")) != 0 {
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

// Means.md §4.2 (station allow-list), attacks HH-02: where an office's desks are bound to networks, its
// people work from there alone, whatever a request says of itself.
func TestAttack_HH_02_StationsAreBoundToNetworks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		station := staff.Station{ID: "7", Office: hubtest.RoomOffice, Name: "stanowisko 7", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
		desks := w.Replicas[0].Hub.Desks().Staff
		if err := desks.AddStation(t.Context(), station, "root"); err != nil {
			t.Fatal(err)
		}
		if page := clerk.Get(w.At("desk")); page.Status != http.StatusForbidden || page.TextOf("error-code") != "not_at_station" {
			t.Errorf("from elsewhere: %d %s", page.Status, page.TextOf("error-code"))
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		if page := officer.Get(w.At("desk") + "/security"); page.Status != http.StatusOK {
			t.Errorf("who belongs to no office: %d", page.Status)
		}
		near := staff.Station{ID: "8", Office: hubtest.RoomOffice, Name: "stanowisko 8", Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		if err := desks.AddStation(t.Context(), near, "root"); err != nil {
			t.Fatal(err)
		}
		page := clerk.Get(w.At("desk"))
		if page.Status != http.StatusOK || slices.Contains(page.Options("station"), "7") || !slices.Contains(page.Options("station"), "8") {
			t.Fatalf("from one of them (%d): %v", page.Status, page.Options("station"))
		}
		action, form := clerk.Form("find")
		form.Set("number", ordinary)
		form.Set("station", "7")
		if page := clerk.Post(action, form, w.At("desk")); page.Refused() != "station" {
			t.Errorf("at a position that is elsewhere: %s", page.URL)
		}
		boss := desk(t, w, "admin-1")
		boss.Get(w.At("desk") + "/team/positions")
		action, form = boss.Form("add-station")
		form.Set("id", "8")
		form.Set("name", "stanowisko 8")
		for networks, want := range map[string]string{"192.0.2.0/24": "elsewhere", "127.0.0.1/8": "network", "127.0.0.0/8 192.0.2.0/24": ""} {
			form.Set("networks", networks)
			if page := boss.Post(action, form, w.At("desk")); page.Refused() != want {
				t.Errorf("an administrator binds a position to %q: %q", networks, page.Refused())
			}
		}
	})
}
