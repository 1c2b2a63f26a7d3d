package identitydb

import (
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Attacks IN-01: whoever made up an enrolment, or agreed to it, does not help to bring it back by a later appointment.
func TestAttack_IN_01_ALaterAppointmentBringsNothingBack(t *testing.T) {
	t.Run("its clerk, an officer by now", func(t *testing.T) {
		offices(t, func(t *testing.T, w *town) {
			ctx := t.Context()
			officer := w.officer(t)
			x := w.stoppedVisit(t, func(c enrolment.Case) error { return w.Suspend(ctx, officer, c.ID, "clerk") })
			must(t, w.staff.End(ctx, w.boss.Member, w.clerk.Member.ID, "administrator"))
			m, err := w.again(t, w.clerk, "", staff.SecurityOfficer)
			must(t, err)
			by := w.actor(t, m)
			must(t, w.OpenTrail(ctx, by, x.ID, "complaint"))
			if err := w.LetTakeUp(ctx, by, x.ID); !refusedFor(err, "other_officer") {
				t.Errorf("who enrolled it lets it be taken up: %v", err)
			}
		})
	})
	t.Run("who agreed, a clerk by now", func(t *testing.T) {
		offices(t, func(t *testing.T, w *town) {
			ctx := t.Context()
			number := people()["ordinary"].number
			doubtful := everything()
			doubtful.Doubt = "story"
			x, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, number).ID, doubtful)
			must(t, err)
			_, err = w.Decide(ctx, w.second, x.ID, true, "agree")
			must(t, err)
			w.finished(t, x, "0001")
			must(t, w.Stop(ctx, w.country.refCode))
			if now := w.state(t, x); now.State != enrolment.Suspended {
				t.Fatalf("it is %s", now.State)
			}
			w.country.waiting = []enrolment.Way{{ID: "key", Type: "passkey", Level: 1, Case: enrolment.CaseID(x.ID), Since: w.now()}}
			must(t, w.staff.End(ctx, w.boss.Member, w.second.Member.ID, "administrator"))
			m, err := w.again(t, w.second, "room-14", staff.EnrolmentClerk)
			must(t, err)
			v := w.by(w.actor(t, m))
			c := v.signed(t, number)
			if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}); err == nil {
				t.Errorf("who agreed to it takes it up again, after somebody said that it was not them: it is %s", w.state(t, x).State)
			}
		})
	})
}
