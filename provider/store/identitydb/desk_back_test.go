package identitydb

import (
	"errors"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Attacks IN-02, IN-08, means.md R-ENR-13: in an emergency each reading asks the register first whether it answers again.
// Each more than the first counts as one more look-up, before it is asked.
func TestAttack_IN_02_AReadingAsksNoRegisterBesideTheDaysLimit(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.Emergency, w.Policy.LookUps, w.country.down = true, 3, true
		c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		if _, err := w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatal(err)
		}
		w.country.down = false
		asked := 0
		w.country.asking = func() { asked++ }
		for n := range 3 {
			if _, err := w.Read(ctx, w.clerk, c.ID, ordinaryReading()); !refusedFor(err, "register_is_back") {
				t.Errorf("reading %d: %v", n+1, err)
			}
		}
		for range 2 {
			if _, err := w.Read(ctx, w.clerk, c.ID, ordinaryReading()); !errors.Is(err, staff.ErrCap) {
				t.Errorf("beyond the day's limit: %v", err)
			}
		}
		if asked != 3 {
			t.Errorf("the register was asked %d times", asked)
		}
	})
}
