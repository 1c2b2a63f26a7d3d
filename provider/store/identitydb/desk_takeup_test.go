package identitydb

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// stoppedVisit gives the case of a visit and what came of it, which was stopped meanwhile.
func (w *town) stoppedVisit(t *testing.T, stop func(enrolment.Case) error) enrolment.Case {
	t.Helper()
	c, err := w.visit(t.Context(), people()["ordinary"].number)
	must(t, err)
	must(t, stop(c))
	w.country.waiting = []enrolment.Way{
		{ID: "key", Type: "passkey", Level: identity.High, Case: enrolment.CaseID(c.ID), Since: w.now()},
		{ID: "codes", Type: "recovery", Level: identity.Low, Case: enrolment.CaseID(c.ID), Since: w.now()},
	}
	return c
}

// beside is another clerk of the clerk's office.
func (w *town) beside(t *testing.T) enrolment.Actor {
	t.Helper()
	return w.named(t, "Halina Sąsiednia", 9005, "room-14", staff.EnrolmentClerk)
}

func (w *town) officer(t *testing.T) enrolment.Actor {
	t.Helper()
	return w.named(t, "Strażniczka Próbna", 9006, "", staff.SecurityOfficer)
}

func (w *town) otherOfficer(t *testing.T) enrolment.Actor {
	t.Helper()
	return w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
}

// revisited gives the case of a visit that was stopped meanwhile, and the same citizen's next one, signed, at the
// clerk's beside.
func (w *town) revisited(t *testing.T, stop func(enrolment.Case) error) (x enrolment.Case, v *town, c enrolment.Case) {
	t.Helper()
	x, v = w.stoppedVisit(t, stop), w.by(w.beside(t))
	return x, v, v.signed(t, people()["ordinary"].number)
}

// keptFromWhoGaveItOut is a visit at the clerk who gave out what was stopped: it takes up nothing, and ends.
func (w *town) keptFromWhoGaveItOut(t *testing.T) {
	t.Helper()
	c := w.signed(t, people()["ordinary"].number)
	if ways, err := w.Waiting(t.Context(), w.clerk, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{enrolment.OtherHand, enrolment.OtherHand}) {
		t.Errorf("to the clerk who gave it out: %v, %v", nots(ways), err)
	}
	if _, err := w.TakeUp(t.Context(), w.clerk, c.ID, []string{"key"}); !refusedFor(err, "not_now") {
		t.Errorf("taken up by the clerk who gave it out: %v", err)
	}
	_, err := w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
	must(t, err)
}

// by is the town with another clerk.
func (w *town) by(a enrolment.Actor) *town {
	other := *w
	other.clerk = a
	return &other
}

func (w *town) times(t *testing.T, what string) (n int) {
	t.Helper()
	must(t, w.db.SQL(t.Context()).Row("SELECT count(*) FROM settings WHERE name LIKE ?", []any{what + " %"}, &n))
	return n
}

func nots(ways []enrolment.Way) (all []enrolment.Keeps) {
	for _, w := range ways {
		all = append(all, w.Not)
	}
	return all
}

// Means.md §4.3 (exit "suspended"), §4.7: what somebody disowned or lost works again in a visit, by another clerk than
// who gave it out, as far as the citizen has it with them; they are told, and it happens once.
func TestWhatWasSuspendedIsTakenUpInAVisit(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		x := w.stoppedVisit(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		second := w.beside(t)
		w.keptFromWhoGaveItOut(t)
		v := w.by(second)
		c := v.signed(t, people()["ordinary"].number)
		late := second
		late.Proved = w.now().Add(-6 * time.Minute)
		for name, row := range map[string]struct {
			a    enrolment.Actor
			ids  []string
			code string
		}{
			"without a fresh proof": {late, []string{"key"}, "step_up"},
			"nothing ticked":        {second, nil, "chosen"},
			"what is not there":     {second, []string{"key", "another"}, "not_now"},
			"another's case":        {w.clerk, []string{"key"}, "own_case"},
		} {
			if _, err := w.TakeUp(ctx, row.a, c.ID, row.ids); !refusedFor(err, row.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, a := range map[string]enrolment.Actor{"who decides": w.second, "the administrator": w.boss, "another office": w.away} {
			if _, err := w.TakeUp(ctx, a, c.ID, []string{"key"}); !errors.Is(err, staff.ErrNobody) && !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if x = w.state(t, x); x.State != enrolment.Suspended || w.times(t, "again") != 0 {
			t.Fatalf("something was lifted: %s", x.State)
		}
		c, err := v.TakeUp(ctx, second, c.ID, []string{"key"})
		must(t, err)
		if x = w.state(t, x); x.State != enrolment.Active || c.State != enrolment.Signed || c.Work.TakenUp != 1 || w.times(t, "again") != 1 || len(w.country.ended) != 1 {
			t.Errorf("%s, %s, %d taken up, told %d times, ended %d times", x.State, c.State, c.Work.TakenUp, w.times(t, "again"), len(w.country.ended))
		}
		if !slices.Equal(w.country.withheld, []string{enrolment.CaseID(x.ID)}) { // attacks OT-11: what nobody saw is an office's
			t.Errorf("left to an office: the rest of %d enrolments", len(w.country.withheld))
		}
		if _, err := v.TakeUp(ctx, second, c.ID, []string{"key"}); !refusedFor(err, "not_now") {
			t.Errorf("sent once more: %v", err)
		}
		if ways, err := v.Waiting(ctx, second, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{""}) {
			t.Errorf("what is left: %v, %v", nots(ways), err)
		}
		_, _, err = v.HandOver(ctx, second, c.ID, enrolment.AtDesk) // the visit may go on
		must(t, err)
	})
}

// Means.md R-ENR-12, R-PER-09, §4.7: of a minor, with the guardian there, and of somebody whom only a document names,
// what was stopped is taken up after a second clerk agreed; the enrolment that stands again is the one it was.
func TestWhatAMinorOrAForeignerHadIsTakenUp(t *testing.T) {
	minor := func(t *testing.T, w *town) enrolment.Case {
		t.Helper()
		c := w.lookedUp(t, family()["minor"].number)
		c, err := w.Guard(t.Context(), w.clerk, c.ID, parse(family()["guardian"].number))
		must(t, err)
		c, err = w.Evidence(t.Context(), w.clerk, c.ID, beside())
		must(t, err)
		return w.agreed(t, c)
	}
	for name, row := range map[string]struct {
		approved func(*testing.T, *town) enrolment.Case
		answer   string
	}{
		"a minor":     {minor, "0001"},
		"a foreigner": {func(t *testing.T, w *town) enrolment.Case { return w.foreigner(t, permit) }, permit[len(permit)-4:]},
	} {
		t.Run(name, func(t *testing.T) {
			offices(t, func(t *testing.T, w *town) {
				ctx := t.Context()
				x := w.finished(t, row.approved(t, w), row.answer)
				must(t, w.Stop(ctx, w.country.refCode))
				w.country.waiting = []enrolment.Way{{ID: "key", Type: "passkey", Level: identity.Low, Case: enrolment.CaseID(x.ID), Since: w.now()}}
				v := w.by(w.beside(t))
				c := row.approved(t, v)
				if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}); !refusedFor(err, "not_now") {
					t.Errorf("before anybody signed: %v", err)
				}
				_, err := v.Print(ctx, v.clerk, c.ID)
				must(t, err)
				c, err = v.Sign(ctx, v.clerk, c.ID, "archiwum 2026/8")
				must(t, err)
				if c.Person != x.Person || c.Guardian != x.Guardian {
					t.Fatal("the visit is about somebody else")
				}
				_, err = v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
				must(t, err)
				if now := w.state(t, x); now.State != enrolment.Active || now.Guardian != x.Guardian || w.times(t, "again") != 1 {
					t.Errorf("%s, told %d times", now.State, w.times(t, "again"))
				}
			})
		})
	}
}

// Attacks OT-11, IN-05: what a security officer stopped is taken up only after another one let it; once per stop.
// What was ended for good, what rests on nothing any more and what a weaker visit asks for is not.
func TestAttack_OT_11_WhatAnOfficerStoppedTakesAnother(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		one := w.officer(t)
		two := w.otherOfficer(t)
		must(t, w.staff.Open(ctx, staff.Institution{ID: "province", Name: "Województwo"}, staff.Office{ID: "hall-1", Name: "hall-1", Zone: "Europe/Warsaw"}, "root"))
		foreign := w.named(t, "Bogna Wojewódzka", 9008, "hall-1", staff.SecurityOfficer)
		x, v, c := w.revisited(t, func(c enrolment.Case) error { return w.Suspend(ctx, one, c.ID, "review") })
		keeps := func(when string, want enrolment.Keeps) {
			t.Helper()
			ways, err := v.Waiting(ctx, v.clerk, c)
			if err != nil || len(ways) == 0 || ways[0].Not != want {
				t.Errorf("%s: %v, %v", when, nots(ways), err)
			}
			if want == "" {
				return
			}
			if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}); !refusedFor(err, "not_now") {
				t.Errorf("%s: taken up: %v", when, err)
			}
		}
		keeps("before anybody let it", enrolment.Officers)
		if err := w.LetTakeUp(ctx, two, x.ID); !errors.Is(err, enrolment.ErrUnopened) {
			t.Errorf("let unread: %v", err)
		}
		for _, a := range []enrolment.Actor{one, two} {
			must(t, w.OpenTrail(ctx, a, x.ID, "complaint"))
		}
		if err := w.LetTakeUp(ctx, one, x.ID); !refusedFor(err, "other_officer") {
			t.Errorf("let by who stopped it: %v", err)
		}
		for name, a := range map[string]enrolment.Actor{"another institution": foreign, "a clerk": v.clerk, "who decides": w.second, "the administrator": w.boss} {
			if err := w.LetTakeUp(ctx, a, x.ID); !errors.Is(err, staff.ErrNobody) && !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("let by %s: %v", name, err)
			}
		}
		keeps("after all those", enrolment.Officers)
		must(t, w.LetTakeUp(ctx, two, x.ID))
		if x = w.state(t, x); x.State != enrolment.Suspended {
			t.Errorf("by an officer's word alone it is %s", x.State)
		}
		if err := w.LetTakeUp(ctx, two, x.ID); !refusedFor(err, "other_officer") {
			t.Errorf("let twice: %v", err)
		}
		keeps("after another one let it", "")
		level := w.Policy.Levels[identity.InPerson]
		w.Policy.Levels[identity.InPerson] = identity.Low
		keeps("in a visit that is worth less", enrolment.TooWeak)
		w.Policy.Levels[identity.InPerson] = level
		_, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		must(t, w.Suspend(ctx, one, x.ID, "complaint"))
		w.country.waiting = append(w.country.waiting, enrolment.Way{ID: "key", Type: "passkey", Level: identity.High, Case: enrolment.CaseID(x.ID), Since: w.now()})
		slices.Reverse(w.country.waiting)
		keeps("stopped once more", enrolment.Officers)
		must(t, w.Revoke(ctx, one, x.ID, "complaint"))
		keeps("ended for good", enrolment.ForGood)
		must(t, w.OpenTrail(ctx, two, x.ID, "complaint"))
		if err := w.LetTakeUp(ctx, two, x.ID); !refusedFor(err, "not_now") {
			t.Errorf("let after the end: %v", err)
		}
		w.country.waiting[0].Case, w.country.waiting[0].Added = enrolment.CaseID(c.ID), true
		keeps("added since by who knows whom", enrolment.ForGood)
		w.country.waiting[0].Case = ""
		keeps("of no case", enrolment.ForGood)
	})
}

// Attacks OT-11: an officer's stop holds on top of "this was not me": a clerk alone took it up again before. Said twice
// it is one stop, and after another officer let it, it may be said anew.
func TestAttack_OT_11_AnOfficerStopsWhatItsOwnerStopped(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		one := w.officer(t)
		two := w.otherOfficer(t)
		x, v, c := w.revisited(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		told := w.times(t, "stopped")
		keeps := func(when string, want enrolment.Keeps, more int) {
			t.Helper()
			ways, err := v.Waiting(ctx, v.clerk, c)
			if err != nil || len(ways) == 0 || ways[0].Not != want || w.times(t, "stopped") != told+more {
				t.Errorf("%s: %v, told %d times more, %v", when, nots(ways), w.times(t, "stopped")-told, err)
			}
		}
		keeps("its owner alone stopped it", "", 0)
		must(t, w.Stop(ctx, w.country.refCode))
		keeps("said again", "", 0)
		must(t, w.Suspend(ctx, one, x.ID, "complaint"))
		must(t, w.Suspend(ctx, two, x.ID, "complaint"))
		keeps("an officer did, too", enrolment.Officers, 1)
		must(t, w.OpenTrail(ctx, two, x.ID, "complaint"))
		must(t, w.LetTakeUp(ctx, two, x.ID))
		keeps("another one let it", "", 1)
		must(t, w.Suspend(ctx, two, x.ID, "complaint"))
		keeps("stopped anew", enrolment.Officers, 2)
	})
}

// Attacks IN-05: two forms of one page at once take up once; an end for good at the same moment stays one.
func TestAttack_IN_05_TakenUpInParallel(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		x, v, c := w.revisited(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		var all sync.WaitGroup
		done := make([]error, 4)
		for i := range done {
			all.Go(func() { _, done[i] = v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}) })
		}
		all.Wait()
		won := 0
		for _, err := range done {
			if err == nil {
				won++
			} else if !errors.Is(err, enrolment.ErrConflict) && !refusedFor(err, "not_now") {
				t.Errorf("at once: %v", err)
			}
		}
		if x = w.state(t, x); won != 1 || x.State != enrolment.Active || w.times(t, "again") != 1 {
			t.Errorf("%d won, %s, told %d times", won, x.State, w.times(t, "again"))
		}
		must(t, w.Stop(ctx, w.country.refCode))
		w.country.waiting = append(w.country.waiting, enrolment.Way{ID: "key", Type: "passkey", Level: identity.High, Case: enrolment.CaseID(x.ID), Since: w.now()})
		var ended error
		all.Go(func() { ended = w.Revoke(ctx, officer, x.ID, "review") })
		all.Go(func() { _, _ = v.TakeUp(ctx, v.clerk, c.ID, []string{"key"}) })
		all.Wait()
		if x = w.state(t, x); ended != nil || x.State != enrolment.Revoked {
			t.Errorf("%s after an end for good: %v", x.State, ended)
		}
	})
}
