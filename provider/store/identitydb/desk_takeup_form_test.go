package identitydb

import (
	"slices"
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md §4.7, attacks IN-03: only what the citizen signed for is taken up. What was stopped after the form was printed
// stands on none.
func TestAttack_IN_03_WhatStandsOnNoFormIsNotTakenUp(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		x, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		v := w.by(w.beside(t))
		c := v.signed(t, people()["ordinary"].number)
		must(t, w.Stop(ctx, w.country.refCode))
		w.country.waiting = []enrolment.Way{{ID: "key", Type: "passkey", Level: 1, Case: enrolment.CaseID(x.ID), Since: w.now()}}
		if c.Work.TakesUp {
			t.Fatal("the form asks for it")
		}
		if ways, err := v.Waiting(ctx, v.clerk, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{enrolment.OnNoForm}) {
			t.Errorf("the clerk reads %v, %v", nots(ways), err)
		}
		if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}); !refusedFor(err, "not_now") {
			t.Errorf("the form says nothing of it, and: %v", err)
		}
		if now := w.state(t, x); now.State != enrolment.Suspended {
			t.Errorf("what was stopped is %s", now.State)
		}
	})
}
