package standingtest

import (
	"errors"
	"strings"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
)

// none reports that nothing of what somebody was given, and opened with it, is worth anything.
func none(t *testing.T, what string, stands map[string]bool) {
	t.Helper()
	for name, is := range stands {
		others := name == "the clerk's next case" || name == "a code given out there" // the office's own
		if is != others {
			t.Errorf("%s: %s is worth something: %v", what, name, is)
		}
	}
}

// Means.md §4.3, exit "revoked": what a security officer ends for good logs nobody in, on no path, and is not taken back.
func TestAttack_SE_12_AnEnrolmentEndedForGood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		h := holds(t, w, rp)
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		stops := officer.Click("security").IDs("stop-")
		if len(stops) != 1 {
			t.Fatalf("%d enrolments to stop:\n%s", len(stops), officer.Page.Text())
		}
		officer.Click(strings.Replace(stops[0], "stop-", "case-", 1))
		reads(officer) // with a reason: nobody ends unread what somebody holds
		officer.Pick("revoke-why", "complaint")
		if page := officer.Click("revoke"); page.Refused() != "" || page.Has("revoke") || page.Has("stop") {
			t.Errorf("after ending it:\n%s", page.Text())
		}
		none(t, "ended for good", h.stands(t, w, rp))
	})
}

// Means.md §4.7: somebody lost their phone and calls. By their number, exactly, all that an office gave them is put aside,
// what was opened with it ends, and in their portal stands that they were searched for.
func TestAPhoneLinePutsAside(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		h := holds(t, w, rp)
		people := w.Operators(t)
		for number, want := range map[string]int{"PNOPL-79113090127": 0, "PNOPL-" + ordinary: 2} { // one's own two alone: key and codes
			id := hubtest.Numbered(t, number)
			if _, err := people.Suspend(t.Context(), id, "anna", "she called and said"); !errors.Is(err, hub.ErrCalling) {
				t.Errorf("for no reason of the list: %v", err)
			}
			if count, err := people.Suspend(t.Context(), id, "anna", "lost"); err != nil || count != want {
				t.Errorf("%d put aside, %v", count, err)
			}
		}
		none(t, "after the call", h.stands(t, w, rp))
	})
}
