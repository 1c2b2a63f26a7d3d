package identitydb

import (
	"errors"
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md R-ENR-01: of a visit in which nothing new was asked for its citizen reads that, not the purpose of all others; of
// one that asked for both, the usual one.
func TestR_ENR_01_WhatAVisitWasFor(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		me := w.known(t, people()["ordinary"].number)
		x, err := w.visit(t.Context(), people()["ordinary"].number)
		must(t, err)
		must(t, w.Stop(t.Context(), w.country.refCode))
		w.country.waiting = []enrolment.Way{w.keyOf("key", x)}
		v := w.by(w.beside(t))
		why := map[string]string{x.Number: "holder"}
		for _, only := range []bool{true, false} {
			seen := everything()
			seen.TakesUp = only
			c, err := v.Evidence(t.Context(), v.clerk, v.lookedUp(t, people()["ordinary"].number).ID, seen)
			must(t, err)
			why[c.Number] = "holder"
			if c.Work.OnlyTakesUp != only {
				t.Fatalf("only what was stopped: %t", c.Work.OnlyTakesUp)
			}
			if only {
				why[c.Number] = enrolment.ToTakeUp
			}
			_, err = v.Cancel(t.Context(), v.clerk, c.ID, "citizen_left")
			must(t, err)
		}
		times := 0
		for _, look := range w.looksAt(t, me.Usage) {
			if look.Kind != enrolment.RegisterLook {
				continue
			}
			times++
			if look.Why != why[look.Case] || look.Ended != "" {
				t.Errorf("case %s was for %q, not %q; ended %q", look.Case, look.Why, why[look.Case], look.Ended)
			}
		}
		if times != len(why) {
			t.Errorf("%d look-ups of %d cases", times, len(why))
		}
	})
}

// Means.md R-ENR-01: of a case that somebody did not come with the citizen reads why there was one: another was open, or it
// was a mistake.
func TestR_ENR_01_ACaseThatWasNone(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		me := w.known(t, people()["ordinary"].number)
		mine := w.lookedUp(t, people()["ordinary"].number)
		twice, err := w.Draft(t.Context(), w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		var other *enrolment.OtherCase
		if _, err := w.LookUp(t.Context(), w.clerk, twice.ID); !errors.As(err, &other) {
			t.Fatalf("beside an open case: %v", err)
		}
		_, err = w.Cancel(t.Context(), w.clerk, mine.ID, "citizen_left")
		must(t, err)
		mistaken := w.lookedUp(t, people()["ordinary"].number)
		_, err = w.Cancel(t.Context(), w.clerk, mistaken.ID, "mistake")
		must(t, err)
		mistyped := w.doubtedAs(t, people()["ordinary"].number, false, enrolment.Mistyped)
		want := map[string]string{mine.Number: "", twice.Number: "other_case", mistaken.Number: "mistake", mistyped.Number: enrolment.Mistyped}
		for _, look := range w.looksAt(t, me.Usage) {
			ended, known := want[look.Case]
			if look.Kind != enrolment.RegisterLook {
				continue
			}
			if !known || look.Ended != ended {
				t.Errorf("case %s: ended %q, not %q", look.Case, look.Ended, ended)
			}
			delete(want, look.Case)
		}
		if len(want) != 0 {
			t.Errorf("no look-up of %v", want)
		}
	})
}
