package standingtest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// Attacks IN-08: a clerk who looks many people up, always under the day's cap, and enrols few of them stands on the
// security officer's page: by staff number, office and two counts, with nobody's name. Who enrols most of them
// does not.
func TestAttack_IN_08_ManyLookUpsReachTheSecurityOfficer(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	enrol(t, w, "clerk-1")
	clerk, officer := desk(t, w, "clerk-1"), w.Browser(t)
	officer.SignIn(w.At("desk"), "auditor-1")
	look := func(times int) *hubtest.Page {
		for range times {
			clerk.Get(w.At("desk"))
			if page := find(clerk, "91050390124"); !page.Has("compared") {
				t.Fatalf("the cap came first:\n%s", page.Text())
			}
			clerk.Click("cancel-case")
		}
		return officer.Get(w.At("desk") + "/security")
	}
	if page := look(19); page.Status != http.StatusOK || !page.Has("searching") || len(page.IDs("searches-")) != 0 {
		t.Fatalf("after 20 in a day (%d):\n%s", page.Status, page.Text())
	}
	page := look(1)
	rows := page.IDs("searches-")
	if len(rows) != 1 || !strings.HasPrefix(rows[0], "searches-day-") || !strings.Contains(page.Text(), "the last 24 hours 21 1") {
		t.Fatalf("after 21, one of them enrolled, %v:\n%s", rows, page.Text())
	}
	for _, private := range []string{"Okienkow", "Nowakowsk", "91050390124", "Konstanty"} {
		if strings.Contains(page.Body, private) {
			t.Errorf("it says %q", private)
		}
	}
	if page := officer.Click(rows[0]); page.Status != http.StatusOK || len(page.IDs("case-")) != 21 {
		t.Errorf("the row leads to %d cases (%d)", len(page.IDs("case-")), page.Status)
	}
	w.Shift(25 * time.Hour)
	officer = w.Browser(t)
	officer.SignIn(w.At("desk"), "auditor-1")
	if page := officer.Get(w.At("desk") + "/security"); page.Status != http.StatusOK || len(page.IDs("searches-")) != 0 {
		t.Errorf("a day later, and 21 in the week:\n%s", page.Text())
	}
}
