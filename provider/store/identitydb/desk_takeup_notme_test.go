package identitydb

import (
	"slices"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Attacks IN-10, OT-11: whoever says that a visit was not them stops what was taken up in it as well. It is no officer's stop:
// another clerk takes it up in another visit.
func TestAttack_IN_10_WhatAVisitTookUpThatWasNotItsCitizens(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		x, v, c := w.revisited(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		wait(time.Second)
		_, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"codes"})
		must(t, err)
		_, handed, err := v.HandOver(ctx, v.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		v.redeemed(t, handed)
		if at, of := w.reached(t, c), w.reached(t, x); at != enrolment.Active || of != enrolment.Active {
			t.Fatalf("the visit is %s, and what was taken up in it %s", at, of)
		}
		told := w.times(t, "stopped")
		w.country.ended = nil
		wait(time.Second)
		must(t, w.Stop(ctx, w.country.refCode))
		if at, of := w.reached(t, c), w.reached(t, x); at != enrolment.Suspended || of != enrolment.Suspended {
			t.Fatalf("the visit was not its citizen's and is %s; what was taken up in it is %s", at, of)
		}
		if more := w.times(t, "stopped") - told; more != 1 || !slices.Contains(w.country.ended, enrolment.CaseID(x.ID)) {
			t.Errorf("told %d times, ended %d", more, len(w.country.ended))
		}
		w.country.waiting = []enrolment.Way{{ID: "codes", Type: "recovery", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
		third := w.by(w.named(t, "Wacława Trzecia", 9031, "room-14", staff.EnrolmentClerk))
		ways, err := third.Waiting(ctx, third.clerk, third.lookedUp(t, people()["ordinary"].number))
		must(t, err)
		if len(ways) != 1 || ways[0].Not != "" || !ways[0].NotMe {
			t.Errorf("a third clerk reads %v", nots(ways))
		}
	})
}
