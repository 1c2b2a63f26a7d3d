package identitydb

import (
	"errors"
	"slices"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Means.md §4.2, §4.3 (exit "revoked"): a security officer ends an enrolment for good, from use or from a stop, with a
// reason of the list; the citizen is told each time; nobody else does it, and nothing follows it.
func TestAnOfficerEndsAnEnrolmentForGood(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		for who, a := range map[string]enrolment.Actor{"its clerk": w.clerk, "who decides": w.second, "the administrator": w.boss, "another office": w.away} {
			if err := w.Revoke(ctx, a, c.ID, "review"); !errors.Is(err, staff.ErrNobody) {
				t.Errorf("%s: %v", who, err)
			}
		}
		if err := w.Revoke(ctx, officer, c.ID, "because"); !refusedFor(err, "reason") {
			t.Errorf("without a reason of the list: %v", err)
		}
		told := func(want int) {
			t.Helper()
			var n int
			must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM settings WHERE name LIKE 'stopped %' AND value = ?", []any{c.Number}, &n))
			if n != want {
				t.Errorf("told %d times of %d", n, want)
			}
		}
		told(0)
		must(t, w.Suspend(ctx, officer, c.ID, "review"))
		told(1)
		for range 2 { // pressed twice
			must(t, w.Revoke(ctx, officer, c.ID, "review"))
		}
		told(2)
		c = w.state(t, c)
		if id := enrolment.CaseID(c.ID); c.State != enrolment.Revoked || !slices.Equal(w.country.stopped, []string{id, "for good " + id}) || len(w.country.ended) != 3 {
			t.Errorf("%s, %v, ended %d times", c.State, w.country.stopped, len(w.country.ended))
		}
		must(t, w.Suspend(ctx, officer, c.ID, "review"))
		must(t, w.Stop(ctx, w.country.refCode))
		if c = w.state(t, c); c.State != enrolment.Revoked {
			t.Errorf("what is ended for good became %s", c.State)
		}
		told(2)
	})
}
