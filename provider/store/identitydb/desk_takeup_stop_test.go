package identitydb

import (
	"slices"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Attacks IN-10, IN-01: who stops the visit of a clerk in which something was taken up again stops that as well; nobody
// finds it by the visit otherwise. It is an officer's stop, told once, and what was opened with it ends.
func TestAttack_IN_10_AnOfficerStopsAVisitThatTookUp(t *testing.T) {
	for _, row := range []struct {
		state enrolment.State
		act   enrolment.Act
		on    func(*town, enrolment.Case) error
		to    enrolment.State
	}{
		{enrolment.Signed, enrolment.Suspend, func(*town, enrolment.Case) error { return nil }, enrolment.Cancelled},
		{enrolment.Signed, enrolment.Revoke, func(*town, enrolment.Case) error { return nil }, enrolment.Cancelled},
		{enrolment.Cancelled, enrolment.Suspend, func(v *town, c enrolment.Case) error {
			_, err := v.Cancel(t.Context(), v.clerk, c.ID, enrolment.OnlyTakenUp)
			return err
		}, enrolment.Cancelled},
		{enrolment.Active, enrolment.Suspend, func(v *town, c enrolment.Case) error {
			_, handed, err := v.HandOver(t.Context(), v.clerk, c.ID, enrolment.AtDesk)
			if err == nil {
				v.redeemed(t, handed)
			}
			return err
		}, enrolment.Suspended},
	} {
		t.Run(string(row.state)+" "+string(row.act), func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx := t.Context()
				x, v, c := w.revisited(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
				_, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
				must(t, err)
				must(t, row.on(v, c))
				c = w.state(t, c)
				if stops, err := w.Stoppable(ctx, c); c.State != row.state || err != nil || !stops {
					t.Fatalf("the visit is %s, and a stop is offered: %v, %v", c.State, stops, err)
				}
				officer, told := w.officer(t), w.times(t, "stopped")
				w.country.ended = nil
				stop := w.Suspend
				if row.act == enrolment.Revoke {
					stop = w.Revoke
				}
				for range 2 { // pressed twice
					must(t, stop(ctx, officer, c.ID, "clerk"))
				}
				w.stoppedWith(t, officer, x)
				if now := w.state(t, c); now.State != row.to || now.State == enrolment.Cancelled && (now.Work.Ended != enrolment.ByOfficer || now.Work.TakenUp != 0) {
					t.Errorf("the visit is %s, by %q, with %d taken up", now.State, now.Work.Ended, now.Work.TakenUp)
				}
				if more := w.times(t, "stopped") - told; more != 1 {
					t.Errorf("told %d times", more)
				}
				if stops, err := w.Stoppable(ctx, w.state(t, c)); err != nil || stops {
					t.Errorf("another stop is offered: %v", err)
				}
			})
		})
	}
}

// stoppedWith holds that what was taken up is stopped by an officer, with what was opened with it, and nothing but an
// officer's word lets it be taken up again.
func (w *town) stoppedWith(t *testing.T, officer enrolment.Actor, x enrolment.Case) {
	t.Helper()
	ctx := t.Context()
	now := w.state(t, x)
	if now.State != enrolment.Suspended || !slices.Contains(w.country.ended, enrolment.CaseID(x.ID)) {
		t.Fatalf("what it took up is %s", now.State)
	}
	stops, err := w.WhoStopped(ctx, officer, []enrolment.Case{now})
	must(t, err)
	if stop := stops[x.ID]; stop.By != officer.Member.ID || stop.Why != "clerk" {
		t.Errorf("the officers' list says %q", stop.Why)
	}
	w.country.waiting = []enrolment.Way{{ID: "key", Type: "passkey", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
	third := w.by(w.named(t, "Wacława Trzecia", 9031, "room-14", staff.EnrolmentClerk))
	c, err := third.Draft(ctx, third.clerk, third.order(people()["ordinary"].number))
	must(t, err)
	c, err = third.LookUp(ctx, third.clerk, c.ID)
	must(t, err)
	if ways, err := third.Waiting(ctx, third.clerk, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{enrolment.Officers}) {
		t.Errorf("a third clerk reads %v, %v", nots(ways), err)
	}
}
