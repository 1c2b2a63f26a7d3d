package identitydb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// counting is the staff of a town where something happens when an act of a clerk is counted.
type counting struct {
	enrolment.Staff
	do func()
}

func (s counting) Count(ctx context.Context, m staff.Member, office staff.Office, act staff.Act, most int) error {
	s.do()
	return s.Staff.Count(ctx, m, office, act, most)
}

// during is what people hold in a town where something happens when it is about to work again.
type during struct {
	*country
	do func(context.Context) error
}

func (d during) TakeUp(ctx context.Context, p identity.PersonID, language, reference string, at time.Time, ids []string) error {
	if err := d.country.TakeUp(ctx, p, language, reference, at, ids); err != nil {
		return err
	}
	return d.do(ctx)
}

// Attacks IN-04, OT-11: what the owner or the help line put aside without stopping the enrolment takes another clerk,
// too: whoever made up an enrolment would bring it back.
func TestAttack_IN_04_WhoGaveItOutTakesNothingUp(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.stoppedVisit(t, func(enrolment.Case) error { return nil })
		w.keptFromWhoGaveItOut(t)
		v := w.by(w.beside(t))
		_, err := v.TakeUp(ctx, v.clerk, v.signed(t, people()["ordinary"].number).ID, []string{"key"})
		must(t, err)
	})
}

// Means.md R-ENR-13: an emergency lets nothing work again, not even what gives no more than it does.
func TestR_ENR_13_NothingIsTakenUpInAnEmergency(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, number := t.Context(), people()["ordinary"].number
		x := w.by(w.beside(t)).stoppedVisit(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		c := w.agreed(t, w.inEmergency(t, w.order(number), ordinaryReading()))
		_, err := w.Print(ctx, w.clerk, c.ID)
		must(t, err)
		c, err = w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/7")
		must(t, err)
		if ways, err := w.Waiting(ctx, w.clerk, c); err != nil || len(ways) != 0 || c.Person != x.Person {
			t.Errorf("offered in an emergency: %d, %v", len(ways), err)
		}
		if _, err := w.TakeUp(ctx, w.clerk, c.ID, []string{"codes"}); !refusedFor(err, "not_now") || w.state(t, x).State != enrolment.Suspended {
			t.Errorf("taken up in an emergency: %v", err)
		}
	})
}

// Attacks IN-05, OT-11: an officer stops an enrolment while a clerk takes up what came of it: the stop stands, whether it
// comes before the act or in the middle of it.
func TestAttack_OT_11_StoppedWhileItIsTakenUp(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		x, v, c := w.revisited(t, func(enrolment.Case) error { return nil })
		office := *w.Office
		office.Staff = counting{w.Office.Staff, sync.OnceFunc(func() { must(t, w.Suspend(ctx, officer, x.ID, "review")) })}
		_, err := office.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		if x = w.state(t, x); !refusedFor(err, "not_now") || x.State != enrolment.Suspended || w.times(t, "again") != 0 {
			t.Errorf("stopped before it was written: %v, %s, told %d times", err, x.State, w.times(t, "again"))
		}
	})
}

// Attacks IN-05, OT-11: the same where the stop comes when everything is written and nothing has committed: it waits, and
// puts aside again what works by then.
func TestAttack_OT_11_StoppedBeforeTheTakingUpCommits(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		x, v, c := w.revisited(t, func(enrolment.Case) error { return nil })
		before := 0
		stops := *w.Office
		stops.Stops = stopping{w.country, func() { before = w.times(t, "again") }}
		office := *w.Office
		var stopped chan error
		office.Ways = during{w.country, func(ctx context.Context) (err error) {
			stopped, err = meanwhile(ctx, w.db, func() error { return stops.Suspend(t.Context(), officer, x.ID, "review") })
			return err
		}}
		_, err := office.TakeUp(ctx, v.clerk, c.ID, []string{"key"})
		must(t, err)
		must(t, <-stopped)
		if x = w.state(t, x); x.State != enrolment.Suspended || before != 1 {
			t.Errorf("%s; the keys were stopped when %d takings up had committed", x.State, before)
		}
	})
}

// stopping stops keys in a town where something happens then.
type stopping struct {
	*country
	do func()
}

func (s stopping) SuspendCase(ctx context.Context, id, why string) error {
	s.do()
	return s.country.SuspendCase(ctx, id, why)
}

// twice runs every transaction a second time, as after a deadlock: what the first time did in the database is gone.
func (w *town) twice() *town {
	type inside struct{}
	office, other := *w.Office, *w
	met := errors.New("test: met another one")
	office.Atomically = func(ctx context.Context, act func(context.Context) error) error {
		if ctx.Value(inside{}) != nil {
			return w.db.Atomically(ctx, act)
		}
		ctx = context.WithValue(ctx, inside{}, true)
		err := w.db.Atomically(ctx, func(ctx context.Context) error { return errors.Join(act(ctx), met) })
		if err != nil && !errors.Is(err, met) {
			return err
		}
		return w.db.Atomically(ctx, act)
	}
	other.Office = &office
	return &other
}

// Attacks OT-11, DB-01: a stop that meets another act, and is begun anew, stops all the same: for a while and for good.
func TestAttack_OT_11_AStopThatIsBegunAnew(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		must(t, w.twice().Stop(ctx, w.country.refCode))
		if s := w.state(t, c).State; s != enrolment.Suspended {
			t.Errorf("a stop that was begun anew leaves it %s", s)
		}
		must(t, w.twice().Revoke(ctx, officer, c.ID, "review"))
		if s := w.state(t, c).State; s != enrolment.Revoked {
			t.Errorf("an end that was begun anew leaves it %s", s)
		}
	})
}
