package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/provider/enrolment"
)

// counter's computer guesses nothing, and is not frozen for it.
func TestAttack_OT_12_RightAnswersAtTheCounterAreNoGuesses(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, at := w.toKey(t, people()["ordinary"].number, true)
		for n := range 7 { // reads on for six minutes, seven times
			wait(6 * time.Minute)
			now := at()
			if enrolment.ScreenOf(now) != enrolment.AskProof {
				t.Fatalf("%d: %s", n, enrolment.ScreenOf(now))
			}
			err := w.Prove(ctx, now, "0001")
			if s := w.state(t, c); err != nil || s.State != enrolment.Claimed {
				t.Fatalf("right for the %d. time: %v, the case is %s by %q", n+2, err, s.State, s.StoppedBy())
			}
			must(t, w.Extend(ctx, at()))
		}
	})
}

// The same with the codes: they are lost to their owner.
func TestAttack_OT_12_RightAnswersBeforeTheCodes(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, at := w.toKey(t, people()["ordinary"].number, true)
		for range 4 { // the page is opened anew
			_, err := w.MayBeAnother(ctx, at(), false)
			must(t, err)
			must(t, w.Prove(ctx, at(), "0001"))
		}
		w.lists(t, at)
		_, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		must(t, err)
		wait(6 * time.Minute)
		if err := w.Prove(ctx, at(), "0001"); err != nil {
			t.Errorf("the right answer: %v", err)
		}
		if codes, err := w.TakeCodes(ctx, at()); err != nil || len(codes) == 0 {
			t.Errorf("no codes: %v", err)
		}
	})
}

// Attacks OT-06: what the desk does says nothing of who sits at the counter's computer.
func TestAttack_OT_06_TheDeskTypesTheDigitsLate(t *testing.T) {
	for _, how := range []string{"before the key", "after the key"} {
		t.Run(how, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				ctx := t.Context()
				c, at := w.toKey(t, people()["ordinary"].number, true)
				_, err := w.BeginKey(ctx, at(), enrolment.Paper, "")
				must(t, err)
				if how == "after the key" {
					must(t, w.FinishKey(ctx, at(), enrolment.Paper, enrolment.Response{}))
				}
				wait(14 * time.Minute) // the window was closed
				_, err = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
				must(t, err)
				if how == "before the key" {
					err = w.FinishKey(ctx, at(), enrolment.Paper, enrolment.Response{})
				}
				codes, _ := w.TakeCodes(ctx, at())
				if len(codes) > 0 {
					t.Errorf("after 14 minutes the next one has %d codes, unasked: %v", len(codes), err)
				}
			})
		})
	}
}

// Attacks OT-12: whoever sits at the counter next and types nonsense takes the codes from nobody.
func TestAttack_OT_12_TheNextOneBurnsNobodysCodes(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, at := w.listed(t)
		_, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		must(t, err)
		wait(6 * time.Minute)
		for range 5 {
			_ = w.Prove(ctx, at(), "9999")
		}
		told := w.state(t, c).Alarms
		if err := w.Prove(ctx, at(), "0001"); err != nil && told == 0 {
			t.Errorf("the owner's right answer: %v, their only way in is a list that nobody shows them, and no alarm tells the desk", err)
		}
	})
}

// appMade sets up an app's digits at the step of the key.
func (w *town) appMade(t *testing.T, at func() enrolment.Case) {
	t.Helper()
	_, err := w.BeginKey(t.Context(), at(), enrolment.TOTP, "")
	must(t, err)
	must(t, w.FinishKey(t.Context(), at(), enrolment.TOTP, enrolment.Response{Credential: []byte("good")}))
}

// Attacks OT-06: begun at the address of phones on the counter's computer; the page of that computer is opened long after, when the codes
// were read. Whoever sits there then is shown the case of the one before.
func TestAttack_OT_06_TheOneBeforeAtTheCounterHoursLater(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, cookie, at := w.cookied(t, people()["ordinary"].number, false)
		w.appMade(t, at)
		_, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		must(t, err)
		_, err = w.MayBeAnother(ctx, at(), true) // the page of the counter's computer is opened: it is the office's own
		must(t, err)
		must(t, w.Prove(ctx, at(), "0001"))
		_, err = w.TakeCodes(ctx, at())
		must(t, err)
		wait(3 * time.Hour)
		if now, err := w.Resume(ctx, cookie); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the next one at the counter is shown %s of the one before: %v", enrolment.ScreenOf(now), err)
		}
	})
}

// Attacks OT-06: the same, with the codes never read: five minutes later nobody asks who sits there.
func TestAttack_OT_06_TheCountersPageIsForgotten(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		c, cookie, at := w.cookied(t, people()["ordinary"].number, false)
		_, err := w.MayBeAnother(ctx, at(), true) // the page of the counter's computer
		must(t, err)
		must(t, w.Prove(ctx, at(), "0001")) // it is its citizen still
		w.appMade(t, at)
		_, err = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		must(t, err)
		wait(3 * time.Hour) // the citizen left, the next one opens /e/now
		now, err := w.Resume(ctx, cookie)
		if err != nil {
			return
		}
		if codes, err := w.TakeCodes(ctx, now); len(codes) > 0 {
			t.Errorf("three hours later the next one at the counter has %d codes, unasked: %v", len(codes), err)
		}
	})
}
