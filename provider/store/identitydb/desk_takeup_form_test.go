package identitydb

import (
	"slices"
	"testing"

	"symbolon/connectors/identity"
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

// keyOf is a key that rests on a case, and was stopped with it.
func (w *town) keyOf(id string, c enrolment.Case) enrolment.Way {
	return enrolment.Way{ID: id, Type: "passkey", Level: identity.Low, Case: enrolment.CaseID(c.ID), Since: w.now()}
}

// twoOf gives two enrolments of one citizen, of which the first was stopped, and the reference of the second.
func (w *town) twoOf(t *testing.T) (x, y enrolment.Case, reference string) {
	t.Helper()
	x, err := w.visit(t.Context(), people()["ordinary"].number)
	must(t, err)
	first := w.country.refCode
	y, err = w.visit(t.Context(), people()["ordinary"].number)
	must(t, err)
	must(t, w.Stop(t.Context(), first))
	w.country.waiting = []enrolment.Way{w.keyOf("key", x)}
	return x, y, w.country.refCode
}

// filed has the form of a case printed and signed, after a second clerk agreed where one has to.
func (w *town) filed(t *testing.T, c enrolment.Case) enrolment.Case {
	t.Helper()
	if c.State == enrolment.ReviewRequired {
		_, err := w.Decide(t.Context(), w.second, c.ID, true, "agree")
		must(t, err)
	}
	_, err := w.Print(t.Context(), w.clerk, c.ID)
	must(t, err)
	c, err = w.Sign(t.Context(), w.clerk, c.ID, "archiwum 2026/7")
	must(t, err)
	return c
}

// Means.md §4.7, attacks IN-03: a form that asks for something that was stopped asks for that alone, and not for what was
// stopped after it was printed.
func TestAttack_IN_03_AFormAsksForWhatWasStoppedBeforeIt(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		x, y, reference := w.twoOf(t)
		v := w.by(w.beside(t))
		c, err := v.Evidence(ctx, v.clerk, v.lookedUp(t, people()["ordinary"].number).ID, everything())
		must(t, err)
		c = v.filed(t, c)
		must(t, w.Stop(ctx, reference)) // somewhere else its owner says: this was not me
		w.country.waiting = []enrolment.Way{w.keyOf("key", x), w.keyOf("other", y)}
		ways, err := v.Waiting(ctx, v.clerk, w.state(t, c))
		must(t, err)
		if !slices.Equal(nots(ways), []enrolment.Keeps{"", enrolment.OnNoForm}) {
			t.Errorf("the form was signed before the second was stopped, and the clerk reads %v", nots(ways))
		}
		if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"other"}); !refusedFor(err, "not_now") {
			t.Errorf("the form says nothing of it, and: %v; it is %s", err, w.reached(t, y))
		}
		if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}); err != nil || w.reached(t, x) != enrolment.Active {
			t.Errorf("what it asks for is %s: %v", w.reached(t, x), err)
		}
	})
}

// Attacks IN-03: what a visit stopped at once, as lost, is on no form that was signed while it worked.
func TestAttack_IN_03_LostAndFoundInOneVisit(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		x, y, _ := w.twoOf(t)
		v := w.by(w.beside(t))
		c := v.filed(t, v.lost(t, people()["ordinary"].number))
		_, err := v.StopOld(ctx, v.clerk, c.ID)
		must(t, err)
		if at := w.reached(t, y); at != enrolment.Suspended {
			t.Fatalf("what is lost is %s", at)
		}
		w.country.waiting = []enrolment.Way{w.keyOf("key", x), w.keyOf("other", y)}
		if _, err = v.TakeUp(ctx, v.clerk, c.ID, []string{"other"}); !refusedFor(err, "not_now") {
			t.Errorf("taken up in the visit that stopped it: %v; it is %s", err, w.reached(t, y))
		}
	})
}
