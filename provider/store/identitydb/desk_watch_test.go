package identitydb

import (
	"errors"
	"testing"

	"symbolon/provider/staff"
)

// Means.md §4.2, attacks IN-01: whom an institution is watched over by is neither locked nor ended by those whom they watch
// over, and not let in again by them: only who watches does that.
func TestAttack_IN_01_WhoIsWatchedStopsNoWatcher(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		watch := w.named(t, "Teodozja Strażnicza", 9007, "room-14", staff.SecurityOfficer)
		other := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		lead := w.named(t, "Wiesława Odległa", 9006, "room-99", staff.LocalAdministrator)
		for name, act := range map[string]func() error{
			"locks": func() error { return w.staff.Lock(ctx, w.boss.Member, watch.Member.ID, "complaint") },
			"ends":  func() error { return w.staff.End(ctx, w.boss.Member, watch.Member.ID, "left") },
		} {
			if err := act(); !errors.Is(err, staff.ErrNobody) {
				t.Errorf("an administrator %s a security officer: %v", name, err)
			}
		}
		must(t, w.staff.Lock(ctx, other.Member, watch.Member.ID, "security"))
		if err := w.staff.Unlock(ctx, w.boss.Member, watch.Member.ID, "administrator"); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("an administrator lets a security officer in again: %v", err)
		}
		if m := w.standing(t, watch).Member; m.State != staff.Locked {
			t.Errorf("the security officer is %s", m.State)
		}
		must(t, w.staff.Unlock(ctx, other.Member, watch.Member.ID, "security"))
		must(t, w.staff.Lock(ctx, watch.Member, w.boss.Member.ID, "security")) // who watches stops who leads
		must(t, w.staff.Unlock(ctx, lead.Member, w.boss.Member.ID, "administrator"))
	})
}
