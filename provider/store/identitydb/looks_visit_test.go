package identitydb

import (
	"context"
	"errors"
	"slices"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
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

// endedAs gives what somebody reads of how a case of theirs came to nothing, and what was done in it.
func (w *town) endedAs(t *testing.T, c enrolment.Case, number string) (ended string, kinds []enrolment.LookKind) {
	t.Helper()
	me := w.known(t, number)
	for _, look := range w.looksAt(t, me.Usage) {
		if look.Case != c.Number {
			continue
		}
		kinds = append(kinds, look.Kind)
		if look.Kind == enrolment.RegisterLook {
			ended = look.Ended
		}
	}
	return ended, kinds
}

// Means.md §4.3: what let something work again is ended as a mistake by nobody, also where two windows are pressed at once.
func TestWhatWasTakenUpWasNoMistake(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v, c := w.revisited(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		_, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		for who, by := range map[string]enrolment.Actor{"its clerk": v.clerk, "the administrator": w.boss} {
			for why, code := range map[string]string{"mistake": "reason", enrolment.NotEnough: "not_now", "because": "reason", enrolment.OtherTakesUp: "reason"} {
				if by.Member.ID == w.boss.Member.ID {
					code = "reason"
				}
				if _, err := v.Cancel(ctx, by, c.ID, why); !refusedFor(err, code) {
					t.Errorf("ended by %s for %q: %v", who, why, err)
				}
			}
		}
		_, err = v.Cancel(ctx, w.boss, c.ID, "complaint")
		must(t, err)
		if ended, kinds := w.endedAs(t, c, people()["ordinary"].number); ended != "" || !slices.Contains(kinds, enrolment.TakeUpLook) {
			t.Errorf("the citizen reads %q beside %v", ended, kinds)
		}
	})
}

// Means.md §4.7, R-ENR-01: where a second clerk refuses after something was stopped at once, the case does not forget it; who was
// stopped by a slip of the finger reads that, and how it works again.
func TestR_ENR_01_StoppedByASlip(t *testing.T) {
	for why, want := range map[string]string{enrolment.Mistyped: enrolment.StoppedBySlip, "photo": ""} {
		t.Run(why, func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx, number := t.Context(), people()["ordinary"].number
				first, err := w.visit(ctx, number)
				must(t, err)
				_, err = w.visit(ctx, number)
				must(t, err)
				c := w.lost(t, number)
				if c.State != enrolment.ReviewRequired {
					t.Fatalf("%s", c.State)
				}
				_, err = w.StopOld(ctx, w.clerk, c.ID)
				must(t, err)
				c, err = w.Decide(ctx, w.second, c.ID, false, why)
				must(t, err)
				if c.Work.Stopped != 2 {
					t.Errorf("the case forgot what it stopped: %d", c.Work.Stopped)
				}
				ended, kinds := w.endedAs(t, c, number)
				if ended != want || w.reached(t, first) != enrolment.Suspended {
					t.Errorf("the citizen reads %q, not %q, beside %v; what they had is %s", ended, want, kinds, w.reached(t, first))
				}
			})
		})
	}
}

// Means.md R-ENR-01: the second clerk of the window that was slower looked nobody up, and nothing is said to have ended at once
// that two people read.
func TestR_ENR_01_TheSlowerOfTwoWindows(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		far, one, two := w.sameAtTwo(t)
		one, err := w.Decide(t.Context(), w.second, one.ID, true, "agree")
		must(t, err)
		must(t, w.Shown(t.Context(), far, two))
		_, err = w.Decide(t.Context(), far, two.ID, true, "agree")
		var open *enrolment.OtherCase
		if !errors.As(err, &open) {
			t.Fatalf("%v", err)
		}
		two = w.state(t, two)
		if steps := w.steps(t, two, enrolment.Cancel); len(steps) != 1 || steps[0].Text("from") != string(enrolment.ReviewRequired) || two.Work.Ended != "other_case" {
			t.Errorf("it ended as %q, by %v", two.Work.Ended, steps)
		}
		l := w.lookers()
		l.Person = func(context.Context, identity.UsageID) (identity.PersonID, error) { return one.Person, nil }
		all, _, err := l.Looks(t.Context(), identity.UsageID{}, seal.RowID{})
		must(t, err)
		for _, look := range all {
			if look.Case != two.Number {
				continue
			}
			if look.Kind == enrolment.RegisterLook && (look.By == far.Member.ID.String()[:8] || look.Ended != "") {
				t.Errorf("looked up by %s, and %q", look.By, look.Ended)
			}
		}
	})
}

// Means.md R-ENR-01: a stranger whose number was typed as a guardian's reads that they are none, and of no child that they
// came with.
func TestR_ENR_01_AStrangerTypedAsAGuardian(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		me := w.known(t, people()["ordinary"].number)
		c := w.lookedUp(t, family()["minor"].number)
		if _, err := w.Guard(ctx, w.clerk, c.ID, parse(people()["ordinary"].number)); !refusedWith(err, "guardian") {
			t.Fatalf("with a stranger: %v", err)
		}
		_, err := w.Cancel(ctx, w.clerk, c.ID, "mistake")
		must(t, err)
		times := 0
		for _, look := range w.looksAt(t, me.Usage) {
			if times++; look.Kind != enrolment.GuardianLook || !look.NoGuardian || look.Ended != "mistake" {
				t.Errorf("reads %+v", look)
			}
		}
		if times != 1 {
			t.Errorf("reads of %d looks", times)
		}
	})
}

// Attacks IN-08: whose parent somebody is is not found out by typing one number after another, in one window or in many; a real
// guardian who comes then has a new case.
func TestAttack_IN_08_NobodySearchesForParents(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.LookUps = 1000
		c := w.lookedUp(t, family()["minor"].number)
		stranger, mother := parse(people()["ordinary"].number), parse(family()["guardian"].number)
		answers := make(chan error, 8)
		for range cap(answers) {
			go func() { _, err := w.Guard(ctx, w.clerk, c.ID, stranger); answers <- err }()
		}
		told := 0
		for range cap(answers) {
			if err := <-answers; refusedFor(err, "guardian") {
				told++
			} else if !errors.Is(err, enrolment.ErrConflict) && !refusedFor(err, "guardian_tries") {
				t.Errorf("at once with others: %v", err)
			}
		}
		for ; told < 5; told++ {
			if _, err := w.Guard(ctx, w.clerk, c.ID, stranger); !refusedFor(err, "guardian") {
				t.Fatalf("number %d: %v", told+1, err)
			}
		}
		for _, number := range []identity.Identifier{stranger, mother} {
			if _, err := w.Guard(ctx, w.clerk, c.ID, number); !refusedFor(err, "guardian_tries") {
				t.Errorf("after five: %v", err)
			}
		}
		if n := w.state(t, c).Work.Guards; n != 5 {
			t.Errorf("%d were counted", n)
		}
		_, err := w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		if _, err := w.Guard(ctx, w.clerk, w.lookedUp(t, family()["minor"].number).ID, mother); err != nil {
			t.Errorf("in a new case: %v", err)
		}
	})
}

// Means.md R-ENR-01, R-PER-09: who was nobody here when a clerk read their document, and a second one refused, reads of it once they
// are somebody, with the clerk who read it; nobody else does, and before it named nobody.
func TestR_ENR_01_WhoWasNobodyYet(t *testing.T) {
	for why, ended := range map[string]string{enrolment.Mistyped: enrolment.Mistyped, "document": ""} {
		t.Run(why, func(t *testing.T) {
			towns(t, func(t *testing.T, w *town) {
				other := w.known(t, people()["ordinary"].number)
				first, err := w.read(t, passport, mariam())
				must(t, err)
				first, err = w.Decide(t.Context(), w.second, w.shown(t, first).ID, false, why)
				must(t, err)
				if !first.Person.IsZero() {
					t.Fatal("a refusal made somebody")
				}
				c, err := w.Case(t.Context(), w.clerk, w.foreigner(t, passport).ID)
				must(t, err)
				l := w.lookers()
				l.Person = func(context.Context, identity.UsageID) (identity.PersonID, error) { return c.Person, nil }
				all, _, err := l.Looks(t.Context(), identity.UsageID{}, seal.RowID{})
				must(t, err)
				all = slices.DeleteFunc(all, func(look enrolment.Look) bool { return look.Case != first.Number })
				if len(all) != 1 || all[0].Kind != enrolment.BeforeLook || all[0].By != w.clerk.Member.ID.String()[:8] || all[0].Office.ID != "room-14" || all[0].Ended != ended {
					t.Errorf("of the case that made nobody: %+v", all)
				}
				if theirs := w.looksAt(t, other.Usage); len(theirs) != 0 {
					t.Errorf("somebody else reads %v", looksOf(theirs))
				}
			})
		})
	}
}
