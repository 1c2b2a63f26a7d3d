package identitydb

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

// Attacks IN-10: what an officer stops is not given out again by its clerk, also where its code has just expired.
func TestAttack_IN_10_AnOfficerStopsWhatHasJustExpired(t *testing.T) {
	for _, act := range []enrolment.Act{enrolment.Suspend, enrolment.Revoke} {
		t.Run(string(act), func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				officer := w.officer(t)
				c, _ := w.handed(t, people()["ordinary"].number)
				wait(16 * time.Minute)
				if c, err := w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.Expired { // the desk's page looks every few seconds
					t.Fatalf("%s, %v", c.State, err)
				}
				if stops, err := w.Stoppable(ctx, w.state(t, c)); err != nil || !stops {
					t.Errorf("no stop is offered: %v", err)
				}
				stop := w.Suspend
				if act == enrolment.Revoke {
					stop = w.Revoke
				}
				if err := stop(ctx, officer, c.ID, "clerk"); err != nil {
					t.Errorf("the stop: %v", err)
				}
				if now := w.state(t, c); now.State != enrolment.Cancelled || now.Work.Ended != enrolment.ByOfficer || now.Alarms != 1 {
					t.Errorf("it is %s, %q, with %d alarms", now.State, now.Work.Ended, now.Alarms)
				}
				w.clerk.Proved = w.now()
				if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "not_now") {
					t.Errorf("the clerk gives it out again: %v", err)
				}
			})
		})
	}
}

// Attacks IN-10: what nobody begins anew with any more is not offered to be stopped.
func TestWhatExpiredOnAnotherDayIsNotOfferedToBeStopped(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, _ := w.handed(t, people()["ordinary"].number)
		wait(24 * time.Hour)
		c, err := w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		w.clerk.Proved = w.now()
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "same_day") {
			t.Fatalf("it is %s: %v", c.State, err)
		}
		if stops, err := w.Stoppable(ctx, c); err != nil || stops {
			t.Errorf("a stop is offered: %v", err)
		}
	})
}

// Means.md R-ENR-04: where a case has expired and another one is open since, a new code is refused, and so is a phone that
// comes instead; the other case is named, with a way to it at its own office alone. The expired one stays as it is.
func TestAnExpiredCaseBesideAnOpenOneIsRefused(t *testing.T) {
	for name, at := range map[string]func(*testing.T, *town) enrolment.Actor{
		"at another office": func(_ *testing.T, w *town) enrolment.Actor { return w.away },
		"at this one":       func(t *testing.T, w *town) enrolment.Actor { return w.beside(t) },
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				number := people()["ordinary"].number
				c, _ := w.handed(t, number)
				wait(16 * time.Minute)
				if c, err := w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.Expired {
					t.Fatalf("%s, %v", c.State, err)
				}
				beside := at(t, w)
				newer := w.by(beside).lookedUp(t, number)
				w.clerk.Proved = w.now()
				_, shown := w.asks(t)
				_, _, reissued := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
				_, scanned := w.Scan(ctx, w.clerk, c.ID, shown.Code)
				for how, err := range map[string]error{"a new code": reissued, "a phone": scanned} {
					open, ok := errors.AsType[*enrolment.OtherCase](err)
					if !ok || open.Number != newer.Number || (open.ID == newer.ID) != (beside.Office.ID == w.clerk.Office.ID) {
						t.Errorf("%s: %v", how, err)
					}
				}
				if now := w.state(t, c); now.State != enrolment.Expired {
					t.Errorf("it is %s", now.State)
				}
			})
		})
	}
}

// Of what expired on another day nothing may come: a stop of it says nothing, raises no alarm, and it stays as it is.
func TestAStopOfWhatExpiredLongAgo(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		officer := w.officer(t)
		c, _ := w.handed(t, people()["ordinary"].number)
		wait(49 * time.Hour)
		if at := w.reached(t, c); at != enrolment.Expired {
			t.Fatalf("it is %s", at)
		}
		for _, stop := range []func(context.Context, enrolment.Actor, seal.RowID, string) error{w.Suspend, w.Revoke} {
			must(t, stop(ctx, officer, c.ID, "clerk"))
			if now := w.state(t, c); now.State != enrolment.Expired || now.Alarms != 0 {
				t.Errorf("it is %s with %d alarms", now.State, now.Alarms)
			}
		}
	})
}
