package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Means.md §4.5, R-ENR-13: after "confirmed" nothing is lost. Neither the phone's quarter of an hour nor a day ends a case
// whose key is bound and whose digits were right; another phone only alarms; and when the register answers it is
// finished, whether anybody opens it or not.
func TestAfterConfirmedNothingIsLost(t *testing.T) {
	for name, first := range map[string]bool{"the key first": true, "the digits first": false} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				_, v := w.handed(t, people()["ordinary"].number)
				c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
				must(t, err)
				match := c.Work.Match
				w.country.status = register.Unknown
				if first {
					must(t, w.phone(ctx, cookie))
				}
				_, err = w.Match(ctx, w.clerk, c.ID, match)
				must(t, err)
				if !first {
					must(t, w.phone(ctx, cookie))
				}
				stands := func(when string) {
					t.Helper()
					rows, err := w.db.Cases(ctx, enrolment.Query{ID: c.ID})
					must(t, err)
					if rows[0].State != enrolment.Confirmed || !rows[0].Until.IsZero() || rows[0].Late {
						t.Fatalf("%s: %s, until %v", when, rows[0].State, rows[0].Until)
					}
				}
				stands("at once")
				wait(16 * time.Minute)
				_, err = w.Case(ctx, w.clerk, c.ID)
				must(t, err)
				stands("after the phone's time")
				wait(25 * time.Hour)
				must(t, w.Sweep(ctx))
				must(t, w.FinishConfirmed(ctx))
				stands("after a day")
				if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) || kinds(t, w.db)[journal.CaseAlarm] != 1 {
					t.Errorf("another phone: %v", err)
				}
				for range 40 { // whoever has the code cannot fill the journal while the case waits (attacks OT-08)
					_, _, _ = w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
				}
				if n := kinds(t, w.db)[journal.CaseAlarm]; n != 20 {
					t.Errorf("%d alarms in the journal after many", n)
				}
				stands("after another phone came")
				if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "not_now") {
					t.Errorf("started over: %v", err)
				}
				w.country.status = register.Valid
				must(t, w.FinishConfirmed(ctx))
				rows, err := w.db.Cases(ctx, enrolment.Query{ID: c.ID})
				must(t, err)
				if rows[0].State != enrolment.Active || w.country.bound[enrolment.CaseID(c.ID)] != 1 || w.told(t) != 1 {
					t.Errorf("when the register is back: %s", rows[0].State)
				}
				if c, err = w.Resume(ctx, cookie); err != nil || enrolment.ScreenOf(c) != enrolment.ShowDone {
					t.Errorf("the citizen's phone: %v", err)
				}
			})
		})
	}
}

// What a crash cut short between the confirmation and the key is finished with nobody at the desk or the phone; a document
// that was reported meanwhile freezes it; and a clerk may still end it.
func TestAConfirmedCaseIsFinishedByItself(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		cut := func(number string) enrolment.Case {
			t.Helper()
			w.country.bindFail = errors.New("the disk is full")
			c, err := w.visit(ctx, number)
			if err == nil {
				t.Fatal("nothing was cut short")
			}
			rows, err := w.db.Cases(ctx, enrolment.Query{Person: w.human(t, number)})
			must(t, err)
			if c = rows[0].Case; c.State != enrolment.Confirmed {
				t.Fatalf("cut short at %s", c.State)
			}
			w.country.bindFail = nil
			return c
		}
		alone := cut(people()["ordinary"].number)
		must(t, w.FinishConfirmed(ctx))
		if c := w.state(t, alone); c.State != enrolment.Active || w.country.bound[enrolment.CaseID(c.ID)] != 1 || w.told(t) != 1 {
			t.Errorf("by itself: %s", c.State)
		}
		lost := cut(people()["twin-a"].number)
		w.country.status = register.Lost
		must(t, w.FinishConfirmed(ctx))
		w.country.status = register.Valid
		if c := w.state(t, lost); c.State != enrolment.Suspicious || w.country.bound[enrolment.CaseID(c.ID)] != 0 {
			t.Errorf("with a lost document: %s", c.State)
		}
		waits := cut(invented(7))
		w.country.status = register.Unknown
		ended, err := w.Cancel(ctx, w.clerk, waits.ID, "citizen_left")
		if err != nil || ended.State != enrolment.Cancelled {
			t.Errorf("ended while it waits: %s, %v", ended.State, err)
		}
	})
}

// What is true of a code is said only where the desk gave one out (features S06).
func TestNoCodeIsDestroyedWhereThereWasNone(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		first, err := w.visitFirst(t.Context(), people()["ordinary"].number)
		must(t, err)
		second, err := w.visit(t.Context(), people()["twin-a"].number)
		must(t, err)
		for want, c := range map[bool]enrolment.Case{false: first, true: second} {
			if ticks := enrolment.TicksOf(w.state(t, c)); ticks.Code != want || ticks.Destroyed != want || !ticks.Signed {
				t.Errorf("a code: %v, %+v", want, ticks)
			}
		}
	})
}

// Means.md R-ENR-01, R-ENR-13: phone and desk look every few seconds at a case that waits for a silent register. The
// registers are asked, and the citizen reads that they were, a few times in a minute, whoever looks how often.
func TestR_ENR_13_WhoLooksAtAConfirmedCaseAsksNoRegisterAnew(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, cookie := w.keyed(t, v, "0001", enrolment.Passkey)
		w.country.status = register.Unknown
		_, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		must(t, err)
		before := kinds(t, w.db)[journal.RegisterAsked]
		for range 30 {
			_, err := w.Resume(ctx, cookie)
			must(t, err)
			_, err = w.Case(ctx, w.clerk, c.ID)
			must(t, err)
			must(t, w.FinishConfirmed(ctx))
		}
		if n := kinds(t, w.db)[journal.RegisterAsked] - before; n > 6 {
			t.Errorf("the registers were asked %d times", n)
		}
	})
}
