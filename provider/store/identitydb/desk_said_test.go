package identitydb

import (
	"slices"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// whys gives what a case was stopped for, in order, as the journal has it.
func (w *town) whys(t *testing.T, c enrolment.Case) []string {
	t.Helper()
	all := w.steps(t, c, enrolment.Suspend)
	slices.SortStableFunc(all, func(a, b journal.Entry) int { return a.At.Compare(b.At) })
	whys := make([]string, len(all))
	for i, e := range all {
		whys[i] = e.Text("why")
	}
	return whys
}

// Attacks OT-11: "this was not me" after an officer's stop is on record, once, and told to the clerk who may take it up
// again, as it is where it was said first. Nothing is stopped, ended or told of another time, and what another officer lets
// stays let.
func TestAttack_OT_11_NotMeAfterAnOfficersStop(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		one, two := w.officer(t), w.otherOfficer(t)
		x, v, c := w.revisited(t, func(c enrolment.Case) error { return w.Suspend(ctx, one, c.ID, "review") })
		wait(time.Minute)
		told, ended, stopped := w.times(t, "stopped"), len(w.country.ended), len(w.country.stopped)
		must(t, w.OpenTrail(ctx, two, x.ID, "complaint"))
		must(t, w.LetTakeUp(ctx, two, x.ID))
		for range 3 {
			must(t, w.Stop(ctx, w.country.refCode))
		}
		if all := w.whys(t, x); !slices.Equal(all, []string{"review", enrolment.NotMe}) {
			t.Errorf("on record: %v", all)
		}
		ways, err := v.Waiting(ctx, v.clerk, c)
		must(t, err)
		if !ways[0].NotMe || ways[0].Not != "" {
			t.Errorf("its owner said that it was not them, and the clerk reads: not me %t, kept %q", ways[0].NotMe, ways[0].Not)
		}
		if n := w.times(t, "stopped"); n != told || len(w.country.ended) != ended || len(w.country.stopped) != stopped {
			t.Errorf("told %d times, ended %d, stopped %d", n-told, len(w.country.ended)-ended, len(w.country.stopped)-stopped)
		}
		must(t, w.Suspend(ctx, one, x.ID, "complaint")) // on top of both
		if ways, err = v.Waiting(ctx, v.clerk, c); err != nil || ways[0].Not != enrolment.Officers || !ways[0].NotMe {
			t.Errorf("stopped anew: %v, %v", nots(ways), err)
		}
		must(t, w.LetTakeUp(ctx, two, x.ID))
		_, err = v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		must(t, w.Stop(ctx, w.country.refCode)) // it stands again: this is a stop of its own
		if now := w.state(t, x); now.State != enrolment.Suspended || len(w.country.stopped) == stopped {
			t.Errorf("said after it stood again: %s", now.State)
		}
	})
}

// Attacks OT-11: what rests on an application that came to nothing is never taken up, whoever else stopped it, in whatever
// order; it is on record once, and its owner is told so.
func TestAttack_OT_11_NotGivenAndAnotherStop(t *testing.T) {
	for name, reversed := range map[string]bool{"first": true, "afterwards": false} {
		for _, by := range []string{"an officer", "its owner"} {
			t.Run(by+", the register "+name, func(t *testing.T) {
				later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
					ctx := t.Context()
					one, two := w.officer(t), w.otherOfficer(t)
					c, v := w.applied(t, enrolment.AtDesk)
					claimed, _ := w.keyed(t, v, "19910503", enrolment.Passkey)
					x, err := w.Match(ctx, w.clerk, c.ID, claimed.Work.Match)
					must(t, err)
					stop, why := func() error { return w.Suspend(ctx, one, x.ID, "review") }, "review"
					if by == "its owner" {
						stop, why = func() error { return w.Stop(ctx, w.country.refCode) }, enrolment.NotMe
					}
					acts, want := []func() error{stop, func() error { return w.NotGiven(ctx, x.Person, w.now()) }}, []string{why, enrolment.NotGiven}
					if reversed {
						slices.Reverse(acts)
						slices.Reverse(want)
					}
					for _, act := range append(acts, acts...) {
						must(t, act())
						wait(time.Minute)
					}
					if all := w.whys(t, x); !slices.Equal(all, want) {
						t.Errorf("on record: %v", all)
					}
					must(t, w.OpenTrail(ctx, two, x.ID, "complaint"))
					if err := w.LetTakeUp(ctx, two, x.ID); !refusedFor(err, "other_officer") {
						t.Errorf("let be taken up, what rests on nothing: %v", err)
					}
					if owned, err := w.Owned(ctx, x.ID); err != nil || owned.Stopped != enrolment.NotGiven {
						t.Errorf("the owner is told: %q, %v", owned.Stopped, err)
					}
					w.country.waiting = []enrolment.Way{{ID: "key", Type: "passkey", Case: enrolment.CaseID(x.ID), Since: w.now()}}
					other := w.by(w.beside(t))
					next := other.signed(t, people()["ordinary"].number)
					next.Person = x.Person
					ways, err := other.Waiting(ctx, other.clerk, next)
					if err != nil || ways[0].Not != enrolment.ForGood || ways[0].NotMe != (by == "its owner") {
						t.Errorf("to the clerk of a visit: %v, %v", nots(ways), err)
					}
				})
			})
		}
	}
}
