package identitydb

import (
	"context"
	"errors"
	"testing"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Attacks OT-11, OT-12: keys and case stop together, whatever fails on the way; a repeat ends nothing more, or whoever has
// the reference of a notice would keep its owner logged out by it.
func TestAttack_OT_11_AStopIsWholeOrNotAtAll(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		w.country.stopFail = errors.New("the disk is full")
		if err := w.Stop(ctx, w.country.refCode); err == nil {
			t.Error("a stop that failed was reported as done")
		}
		at, err := w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		if at.State != enrolment.Active {
			t.Errorf("the keys were not stopped, and the case is %s", at.State)
		}
		w.country.stopFail = nil
		for n := range 2 {
			must(t, w.Stop(ctx, w.country.refCode))
			if at, err = w.Case(ctx, w.clerk, c.ID); err != nil || at.State != enrolment.Suspended || len(w.country.stopped) != 1 || len(w.country.ended) != 1 {
				t.Errorf("stop %d: %s, %d stopped, %d ended, %v", n, at.State, len(w.country.stopped), len(w.country.ended), err)
			}
		}
	})
}

// Means.md R-STAT-01, R-ENR-13: the document is asked about once more before the key counts. Reported
// meanwhile, the case is frozen; with no register at hand it waits.
func TestR_STAT_01_TheDocumentIsReportedBeforeTheEnd(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		atTheEnd := func(number string, status register.DocumentStatus) enrolment.Case {
			_, v := w.handed(t, number)
			c, _ := w.keyed(t, v, "0001", enrolment.Passkey)
			w.country.status = status
			c, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
			must(t, err)
			w.country.status = register.Valid
			return c
		}
		lost := atTheEnd(people()["ordinary"].number, register.Lost)
		if lost.State != enrolment.Suspicious || lost.Alarms != 1 || w.country.bound[enrolment.CaseID(lost.ID)] != 0 {
			t.Errorf("a lost document: %s with %d alarms", lost.State, lost.Alarms)
		}
		waits := atTheEnd(people()["twin-a"].number, register.Unknown)
		if waits.State != enrolment.Confirmed || !waits.Matched || w.country.bound[enrolment.CaseID(waits.ID)] != 0 {
			t.Errorf("without a register: %s", waits.State)
		}
		waits, err := w.Case(ctx, w.clerk, waits.ID)
		must(t, err)
		if waits.State != enrolment.Active {
			t.Errorf("when it is back: %s", waits.State)
		}
	})
}

// Attacks LK-02, IN-04: who was merged, frozen or has died since the case was opened gets no key.
func TestAttack_IN_04_ThePersonIsAnotherMeanwhile(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		w.country.bindFail = enrolment.ErrPerson
		c, err := w.visit(t.Context(), people()["ordinary"].number)
		must(t, err)
		if c.State != enrolment.Cancelled || w.told(t) != 0 || kinds(t, w.db)[journal.CaseAlarm] != 1 {
			t.Errorf("the case is %s, told %d times", c.State, w.told(t))
		}
		if watch, err := w.Watch(t.Context(), w.officer(t)); err != nil || len(watch.Alarming) != 1 {
			t.Errorf("an officer sees %d alarms, %v", len(watch.Alarming), err)
		}
	})
}

// Means.md §4.2: a clerk ends their own case alone; a local administrator anybody's of the office, with a
// reason; nobody else any.
func TestAttack_IN_05_EndingAColleaguesCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		beside := w.beside(t)
		chief := w.named(t, "Wiesława Odległa", 9006, "room-99", staff.LocalAdministrator)
		c := w.lookedUp(t, people()["ordinary"].number)
		for who, a := range map[string]enrolment.Actor{"a colleague": beside, "who decides": w.second} {
			if _, err := w.Cancel(ctx, a, c.ID, "clerk_away"); !refusedFor(err, "own_case") {
				t.Errorf("%s: %v", who, err)
			}
		}
		if _, err := w.Cancel(ctx, chief, c.ID, "clerk_away"); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("another office's administrator: %v", err)
		}
		if _, err := w.Cancel(ctx, w.boss, c.ID, ""); !refusedFor(err, "reason") {
			t.Errorf("without a reason: %v", err)
		}
		ended, err := w.Cancel(ctx, w.boss, c.ID, "clerk_away")
		if err != nil || ended.State != enrolment.Cancelled {
			t.Errorf("the administrator: %s, %v", ended.State, err)
		}
		mine := w.lookedUp(t, people()["twin-a"].number)
		if ended, err = w.Cancel(ctx, w.clerk, mine.ID, "citizen_left"); err != nil || ended.State != enrolment.Cancelled {
			t.Errorf("one's own: %s, %v", ended.State, err)
		}
	})
}

// Attacks IN-05, IN-10: no act rests on the pages having looked: a role that may not, and an appointment
// that is locked, are refused by the act itself.
func TestAttack_IN_05_EveryActLooksAtTheRole(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		flagged := w.lookedUp(t, people()["ordinary"].number)
		doubted := everything()
		doubted.Doubt = "story"
		flagged, err := w.Evidence(ctx, w.clerk, flagged.ID, doubted)
		must(t, err)
		signed := w.signed(t, people()["twin-a"].number)
		locked := w.clerk
		locked.Member.State = staff.Locked
		for who, a := range map[string]enrolment.Actor{"an administrator": w.boss, "a locked clerk": locked} {
			for name, try := range map[string]func(context.Context) error{
				"open":   func(ctx context.Context) error { _, err := w.Draft(ctx, a, w.order(invented(5))); return err },
				"take":   func(ctx context.Context) error { _, err := w.Take(ctx, a, signed.ID, "7"); return err },
				"decide": func(ctx context.Context) error { _, err := w.Decide(ctx, a, flagged.ID, true, ""); return err },
				"print":  func(ctx context.Context) error { _, err := w.Print(ctx, a, signed.ID); return err },
				"code": func(ctx context.Context) error {
					_, _, err := w.HandOver(ctx, a, signed.ID, enrolment.AtDesk)
					return err
				},
				"match":   func(ctx context.Context) error { _, err := w.Match(ctx, a, signed.ID, "000"); return err },
				"suspend": func(ctx context.Context) error { return w.Suspend(ctx, a, signed.ID, "x") },
			} {
				if err := try(ctx); !errors.Is(err, staff.ErrNobody) && !errors.Is(err, staff.ErrLocked) {
					t.Errorf("%s: %s: %v", who, name, err)
				}
			}
		}
		beside := w.beside(t)
		if _, err := w.Decide(ctx, beside, flagged.ID, true, ""); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("another clerk decides: %v", err)
		}
	})
}

// levels.md §1: whom a second clerk rejected is no less in doubt because another clerk has a doubt of their own
// before anybody decides about it.
func TestANewDoubtDoesNotShortenARejection(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		doubted := everything()
		doubted.Doubt = "story"
		until := func() (day int64) {
			must(t, w.db.SQL(ctx).Row("SELECT until FROM findings WHERE code = 'clerk_flag'", nil, &day))
			return day
		}
		first, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, people()["ordinary"].number).ID, doubted)
		must(t, err)
		open := until()
		_, err = w.Decide(ctx, w.second, first.ID, false, "story")
		must(t, err)
		rejected := until()
		again, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, people()["ordinary"].number).ID, doubted)
		must(t, err)
		if rejected <= open || until() != rejected {
			t.Errorf("open %d, rejected %d days more, then %d", open, rejected-open, until()-open)
		}
		_, err = w.Decide(ctx, w.second, again.ID, true, "agree")
		must(t, err)
		if until() != open {
			t.Errorf("a decision for them leaves %d days more", until()-open)
		}
	})
}

// Attacks OT-14, features H24: what a desk's browser keeps of a code opens for the clerk of the case alone.
func TestAttack_OT_14_WhatTheDeskKeepsOpensForItsClerk(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, v := w.handed(t, people()["ordinary"].number)
		kept := w.Hold(c, v)
		if got, ok := w.Held(c, w.clerk.Member.ID, kept); !ok || got.Code != v.Code {
			t.Error("the clerk's own does not open")
		}
		if _, ok := w.Held(c, w.second.Member.ID, kept); ok {
			t.Error("it opens for a colleague")
		}
		given := c
		given.Clerk = w.second.Member.ID // however the case came to them
		if _, ok := w.Held(given, w.second.Member.ID, kept); ok {
			t.Error("it opens for who took the case over")
		}
	})
}

// Attacks OT-14: recovery codes are given once, of an enrolment that stands.
func TestAttack_OT_14_RecoveryCodesAreGivenOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		first, err := w.TakeCodes(ctx, c)
		must(t, err)
		second, err := w.TakeCodes(ctx, c) // a second tab, with the case as it was
		must(t, err)
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil {
			t.Fatal(err)
		}
		third, err := w.TakeCodes(ctx, c)
		must(t, err)
		if len(first) != 1 || len(second) != 0 || len(third) != 0 {
			t.Errorf("given %d, %d, %d", len(first), len(second), len(third))
		}
		stopped, err := w.visit(ctx, people()["twin-a"].number)
		must(t, err)
		must(t, w.Stop(ctx, w.country.refCode))
		if stopped, err = w.Case(ctx, w.clerk, stopped.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := w.TakeCodes(ctx, stopped); err != nil || len(got) != 0 {
			t.Errorf("of what was stopped: %d, %v", len(got), err)
		}
	})
}
