package identitydb

import (
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// takenUp gives a case that was stopped, the reference of it, and a visit that took it up and is over, a second after each other.
func (w *town) takenUp(t *testing.T, wait func(time.Duration)) (x enrolment.Case, reference string, v *town, c enrolment.Case) {
	t.Helper()
	x, v, c = w.revisited(t, func(enrolment.Case) error {
		reference = w.country.refCode
		return w.Stop(t.Context(), reference)
	})
	wait(time.Second)
	_, err := v.TakeUp(t.Context(), v.clerk, c.ID, []string{"codes"})
	must(t, err)
	wait(time.Second)
	_, err = v.Cancel(t.Context(), v.clerk, c.ID, enrolment.OnlyTakenUp)
	must(t, err)
	return x, reference, v, c
}

// letAgain has another officer let a case be taken up again, which an officer stopped.
func (w *town) letAgain(t *testing.T, two enrolment.Actor, x enrolment.Case) {
	t.Helper()
	must(t, w.OpenTrail(t.Context(), two, x.ID, "complaint"))
	must(t, w.LetTakeUp(t.Context(), two, x.ID))
	w.country.waiting = []enrolment.Way{{ID: "codes", Type: "recovery", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
}

// Attacks IN-01: who took something up in a visit that an officer stopped lets nobody take it up as an officer since.
func TestAttack_IN_01_WhoTookItUpLetsItBeTakenUp(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		x, _, v, c := w.takenUp(t, wait)
		officer := w.officer(t)
		wait(time.Second)
		must(t, w.Suspend(ctx, officer, c.ID, "clerk"))
		must(t, w.staff.End(ctx, officer.Member, v.clerk.Member.ID, "moves"))
		was := w.named(t, "Halina Sąsiednia", 9005, "", staff.SecurityOfficer)
		if lets, err := w.LetsTakeUp(ctx, was, w.state(t, x)); lets || err != nil {
			t.Errorf("the clerk whose taking up was stopped lets it as an officer: %v", err)
		}
		if lets, err := w.LetsTakeUp(ctx, w.otherOfficer(t), w.state(t, x)); !lets || err != nil {
			t.Errorf("nobody lets it: %v", err)
		}
	})
}

// Attacks IN-01: nor does that clerk take it up once more when another officer let it, also where something of it works again
// by then. Where nobody but its owner stopped it in between, the same clerk may.
func TestAttack_IN_01_TheSameClerkTakesItUpAnew(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		x, reference, v, c := w.takenUp(t, wait)
		keeps := func(when string, by *town, want enrolment.Keeps) {
			t.Helper()
			next := by.lookedUp(t, people()["ordinary"].number)
			ways, err := by.Waiting(ctx, by.clerk, next)
			if err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{want}) {
				t.Errorf("%s: %q, %v", when, nots(ways), err)
			}
			_, err = by.Cancel(ctx, by.clerk, next.ID, "citizen_left")
			must(t, err)
		}
		must(t, w.Stop(ctx, reference))
		w.country.waiting = []enrolment.Way{{ID: "codes", Type: "recovery", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
		keeps("its owner stopped it since", v, "")
		wait(time.Second)
		must(t, w.Suspend(ctx, w.officer(t), c.ID, "clerk"))
		wait(time.Second)
		w.letAgain(t, w.otherOfficer(t), x)
		keeps("an officer stopped it, and another one let it", v, enrolment.OtherHand)
		third := w.by(w.named(t, "Wacława Trzecia", 9031, "room-14", staff.EnrolmentClerk))
		keeps("to a third clerk", third, "")
		again := third.signed(t, people()["ordinary"].number)
		_, err := third.TakeUp(ctx, third.clerk, again.ID, []string{"codes"})
		must(t, err)
		_, err = third.Cancel(ctx, third.clerk, again.ID, enrolment.OnlyTakenUp)
		must(t, err)
		w.country.waiting = []enrolment.Way{{ID: "list", Type: "recovery", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
		keeps("what is left of it", v, enrolment.OtherHand)
	})
}

// Attacks IN-10: what a visit took up and its owner stopped since is an officer's stop from when an officer stops the visit.
func TestAttack_IN_10_OwnersStopKeepsTheOfficersOut(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		x, reference, _, c := w.takenUp(t, wait)
		wait(time.Second)
		must(t, w.Stop(ctx, reference)) // the owner: this was not me
		if at := w.reached(t, x); at != enrolment.Suspended {
			t.Fatalf("it is %s", at)
		}
		if stops, err := w.Stoppable(ctx, w.state(t, c)); !stops || err != nil {
			t.Fatalf("no stop of the visit is offered: %v", err)
		}
		officer := w.officer(t)
		wait(time.Second)
		must(t, w.Suspend(ctx, officer, c.ID, "clerk"))
		w.stoppedWith(t, officer, x)
		if stops, err := w.Stoppable(ctx, w.state(t, c)); stops || err != nil {
			t.Errorf("another stop is offered: %v", err)
		}
	})
}

// What another visit took up, after an officer's stop and another officer's word, is that visit's: a stop of the one before
// does not reach it.
func TestAStopOfAVisitWhoseTakingUpIsOver(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		x, _, _, c := w.takenUp(t, wait)
		wait(time.Second)
		must(t, w.Suspend(ctx, w.officer(t), c.ID, "clerk"))
		wait(time.Second)
		two := w.otherOfficer(t)
		w.letAgain(t, two, x)
		u := w.by(w.away)
		next := u.signed(t, people()["ordinary"].number)
		wait(time.Second)
		_, err := u.TakeUp(ctx, u.clerk, next.ID, []string{"codes"})
		must(t, err)
		for name, row := range map[string]struct {
			visit  enrolment.Case
			stands bool
		}{"the visit that was stopped": {c, false}, "the other one": {next, true}} {
			stands, err := w.TakenStands(ctx, w.state(t, row.visit))
			if stands != row.stands || err != nil {
				t.Errorf("%s: something stands: %v, %v", name, stands, err)
			}
		}
		must(t, w.Suspend(ctx, two, c.ID, "clerk"))
		if at := w.reached(t, x); at != enrolment.Active {
			t.Errorf("it is %s", at)
		}
	})
}
