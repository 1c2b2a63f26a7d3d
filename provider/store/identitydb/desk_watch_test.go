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

// Means.md §4.2: an administrator allows less than the operator, never more; and where the operator lowers what is
// allowed later, that counts at once.
func TestAttack_IN_02_AnOfficeAllowsNoMoreThanTheOperator(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		most := staff.Quotas{LookUps: w.Policy.LookUps, Enrolments: w.Policy.Enrolments}
		rule := func(q staff.Quotas) error {
			return w.staff.Rule(ctx, staff.Rules{Office: "room-14", Binding: staff.Unbound, Quotas: q}, most, "boss")
		}
		for name, c := range map[string]struct {
			quotas staff.Quotas
			want   error
		}{
			"as many look-ups as the operator": {staff.Quotas{LookUps: most.LookUps}, nil},
			"one look-up more":                 {staff.Quotas{LookUps: most.LookUps + 1}, staff.ErrQuota},
			"as many enrolments":               {staff.Quotas{Enrolments: most.Enrolments}, nil},
			"one enrolment more":               {staff.Quotas{Enrolments: most.Enrolments + 1}, staff.ErrQuota},
			"fewer than none":                  {staff.Quotas{LookUps: -1}, staff.ErrQuota},
			"fewer enrolments than none":       {staff.Quotas{Enrolments: -1}, staff.ErrQuota},
		} {
			if err := rule(c.quotas); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, rule(staff.Quotas{LookUps: most.LookUps}))
		w.Policy.LookUps = 2
		clerk := w.standing(t, w.clerk)
		for n, want := range []error{nil, nil, staff.ErrCap} {
			if err := w.asksFor(t, clerk, invented(600+n)); !errors.Is(err, want) {
				t.Errorf("look-up %d: %v", n+1, err)
			}
		}
	})
}
