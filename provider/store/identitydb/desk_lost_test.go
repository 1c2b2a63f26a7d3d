package identitydb

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
)

// Means.md §4.7: what is lost is stopped at once by the clerk who compared its owner, before anything new is there, and before
// a second clerk has looked whom that one visits too often: by nobody else, and not before they were compared. However often
// and at however many windows it is pressed, it is stopped and told once.
func TestWhatIsLostIsStoppedAtOnce(t *testing.T) {
	later(t, func(t *testing.T, w *town, _ func(time.Duration)) {
		ctx, number := t.Context(), people()["ordinary"].number
		first, err := w.visit(ctx, number)
		must(t, err)
		second, err := w.visit(ctx, number)
		must(t, err)
		c := w.toldLost(t, number)
		if _, err := w.StopOld(ctx, w.clerk, c.ID); !refusedFor(err, "not_now") {
			t.Errorf("before they were compared: %v", err)
		}
		c, err = w.Evidence(ctx, w.clerk, c.ID, everything())
		must(t, err)
		if c.State != enrolment.ReviewRequired { // the third visit in a month
			t.Fatalf("it is %s", c.State)
		}
		if _, err := w.StopOld(ctx, w.beside(t), c.ID); !refusedFor(err, "own_case") {
			t.Errorf("by another clerk: %v", err)
		}
		if may, err := w.StopsOld(ctx, w.clerk, c); !may || err != nil {
			t.Fatalf("its clerk may not: %v", err)
		}
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() {
				_, err := w.StopOld(ctx, w.clerk, c.ID)
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil && !errors.Is(err, enrolment.ErrConflict) {
				t.Errorf("pressed at once with others: %v", err)
			}
		}
		for _, old := range []enrolment.Case{first, second} {
			if at, whys := w.reached(t, old), w.whys(t, old); at != enrolment.Suspended || !slices.Equal(whys, []string{enrolment.PhoneLost}) {
				t.Errorf("an earlier case is %s, for %v", at, whys)
			}
		}
		if n := w.times(t, "stopped"); n != 1 || len(w.country.stopped) != 2 || len(w.steps(t, c, enrolment.StopOld)) != 1 {
			t.Errorf("told %d times, stopped %d, with %d entries", n, len(w.country.stopped), len(w.steps(t, c, enrolment.StopOld)))
		}
		for _, old := range []enrolment.Case{first, second} {
			if !slices.Contains(w.country.ended, enrolment.CaseID(old.ID)) {
				t.Error("what was opened with it goes on")
			}
		}
		c = w.state(t, c)
		if may, err := w.StopsOld(ctx, w.clerk, c); may || err != nil || c.Work.Stopped != 2 || c.State != enrolment.ReviewRequired {
			t.Errorf("afterwards: %t, %v, %d, %s", may, err, c.Work.Stopped, c.State)
		}
		if c = w.toTheEnd(t, c); w.reached(t, c) != enrolment.Active || w.reached(t, first) != enrolment.Superseded {
			t.Errorf("the new one is %s, the old one %s", w.reached(t, c), w.reached(t, first))
		}
	})
}

// What a clerk stopped for its owner is no officer's stop: where the case comes to nothing it stays stopped, and another
// clerk takes it up when it was found. Its owner reads why.
func TestWhatWasLostIsFoundAgain(t *testing.T) {
	later(t, func(t *testing.T, w *town, _ func(time.Duration)) {
		ctx := t.Context()
		x, v, c := w.revisited(t, func(old enrolment.Case) error {
			lost := w.lost(t, people()["ordinary"].number)
			if _, err := w.StopOld(ctx, w.clerk, lost.ID); err != nil {
				return err
			}
			_, err := w.Cancel(ctx, w.clerk, lost.ID, "citizen_left")
			return err
		})
		owned, err := w.Owned(ctx, x.ID)
		must(t, err)
		if owned.Stopped != enrolment.PhoneLost || owned.StoppedAt.IsZero() {
			t.Errorf("its owner reads: %q, %s", owned.Stopped, owned.StoppedAt)
		}
		stops, err := w.WhoStopped(ctx, w.officer(t), []enrolment.Case{w.state(t, x)})
		must(t, err)
		if stop := stops[x.ID]; stop.Why != enrolment.PhoneLost || stop.By != w.clerk.Member.ID {
			t.Errorf("the officer reads: %v", stop)
		}
		ways, err := v.Waiting(ctx, v.clerk, c)
		must(t, err)
		if len(ways) != 2 || ways[0].Not != "" || ways[0].NotMe {
			t.Fatalf("what may be taken up: %v", ways)
		}
		_, err = v.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		if at := w.reached(t, x); at != enrolment.Active {
			t.Errorf("taken up again, it is %s", at)
		}
	})
}

// Where there is a doubt about who they are, nothing is stopped before a second clerk agreed.
func TestWhoeverIsDoubtedStopsNothingOfSomebodyElse(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		first, err := w.visit(ctx, number)
		must(t, err)
		c := w.toldLost(t, number)
		seen := everything()
		seen.Doubt = "photo"
		c, err = w.Evidence(ctx, w.clerk, c.ID, seen)
		must(t, err)
		if may, err := w.StopsOld(ctx, w.clerk, c); may || err != nil {
			t.Errorf("offered with a doubt: %v", err)
		}
		if _, err := w.StopOld(ctx, w.clerk, c.ID); !refusedFor(err, "not_now") || w.reached(t, first) != enrolment.Active {
			t.Errorf("with a doubt: %v, and the old one is %s", err, w.reached(t, first))
		}
		_, err = w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
		if _, err := w.StopOld(ctx, w.clerk, c.ID); err != nil || w.reached(t, first) != enrolment.Suspended {
			t.Errorf("once the second clerk agreed: %v, and the old one is %s", err, w.reached(t, first))
		}
	})
}

// Means.md §4.7: a visit in which nothing was lost stops nothing.
func TestOnlyALossStopsAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		first, err := w.visit(ctx, number)
		must(t, err)
		more := w.signed(t, number)
		if _, err := w.StopOld(ctx, w.clerk, more.ID); !refusedFor(err, "not_now") {
			t.Errorf("one more phone: %v", err)
		}
		if at := w.reached(t, first); at != enrolment.Active {
			t.Errorf("it is %s", at)
		}
	})
}

// Means.md R-ENR-13: a case without a register is at level low, and stops nothing that a register vouched for.
func TestAnEmergencyStopsNothingAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		first, err := w.visit(ctx, number)
		must(t, err)
		order := w.order(number)
		order.Purpose = enrolment.LostPhone
		w.country.down, w.Policy.Emergency = true, true
		c, err := w.Draft(ctx, w.clerk, order)
		must(t, err)
		if c, err = w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatalf("without a register: %v", err)
		}
		c, err = w.Read(ctx, w.clerk, c.ID, ordinaryReading())
		must(t, err)
		c = w.filed(t, w.shown(t, c))
		if c.Basis != enrolment.Emergency || c.Person != first.Person {
			t.Fatalf("by %s, of the same person: %t", c.Basis, c.Person == first.Person)
		}
		if may, err := w.StopsOld(ctx, w.clerk, c); may || err != nil {
			t.Errorf("offered in an emergency: %v", err)
		}
		if _, err := w.StopOld(ctx, w.clerk, c.ID); !refusedFor(err, "not_now") || w.reached(t, first) != enrolment.Active {
			t.Errorf("in an emergency: %v, and the old one is %s", err, w.reached(t, first))
		}
	})
}

// A crash, or a disk that is full, between two writes leaves all of it stopped or nothing.
func TestAStopAtOnceIsWholeOrNothing(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		first, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		c := w.lost(t, people()["ordinary"].number)
		w.country.stopFail = errors.New("the disk is full")
		if _, err := w.StopOld(ctx, w.clerk, c.ID); err == nil || !strings.Contains(err.Error(), "full") {
			t.Fatalf("nobody could be told, and: %v", err)
		}
		if at := w.reached(t, first); at != enrolment.Active || w.state(t, c).Work.Stopped != 0 || len(w.steps(t, c, enrolment.StopOld)) != 0 || w.times(t, "stopped") != 0 {
			t.Errorf("half of it: the old one is %s", at)
		}
	})
}

// lostHanded gives an earlier case, and the one in which what it gave is lost, its code handed over.
func (w *town) lostHanded(t *testing.T) (first, c enrolment.Case, handed enrolment.Voucher) {
	t.Helper()
	ctx := t.Context()
	first, err := w.visit(ctx, people()["ordinary"].number)
	must(t, err)
	c, handed, err = w.HandOver(ctx, w.clerk, w.filed(t, w.lost(t, people()["ordinary"].number)).ID, enrolment.AtDesk)
	must(t, err)
	return first, c, handed
}

// What is lost is stopped also while the new case waits for a register, however long that is silent.
func TestWhatIsLostIsStoppedWhileTheRegisterIsSilent(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		first, _, handed := w.lostHanded(t)
		c, _ := w.keyed(t, handed, "0001", enrolment.Passkey)
		w.country.status = register.Unknown
		_, _ = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		now := w.state(t, c)
		_, err := w.StopOld(ctx, w.clerk, c.ID)
		if at := w.reached(t, first); at != enrolment.Suspended {
			t.Errorf("the new case is %s, the lost phone %s: %v", now.State, at, err)
		}
	})
}

// And where its code ran out, whose clerk may begin anew that day.
func TestWhatIsLostIsStoppedWhereTheCodeRanOut(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		first, c, _ := w.lostHanded(t)
		wait(16 * time.Minute)
		now := w.state(t, c)
		_, err := w.StopOld(t.Context(), w.clerk, c.ID)
		if at := w.reached(t, first); at != enrolment.Suspended {
			t.Errorf("the new case is %s, the lost phone %s: %v", now.State, at, err)
		}
	})
}
