package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Attacks OT-06, OT-08, means.md §4.4: a code that was spent stays known. Whoever shows it once more, by the
// camera's code or the typed one, gets nothing and learns nothing; the clerk and the security officer see it, days
// later, too; and with the case's data it is forgotten.
func TestAttack_OT_08_ASpentCodeIsShownOnceMore(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		officer := w.officer(t)
		_, v := w.handed(t, people()["ordinary"].number)
		c, cookie := w.redeemed(t, v)
		wait(3 * 24 * time.Hour)
		if _, got, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{Cookie: cookie}); err != nil || got != "" {
			t.Errorf("the citizen's own phone: %q, %v", got, err)
		}
		show := map[string]func() error{
			"scanned": func() error { _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); return err },
			"typed":   func() error { _, _, err := w.ClaimCode(ctx, c.Number, v.Code, enrolment.Phone{}); return err },
		}
		for name, again := range show {
			before, err := w.Case(ctx, w.clerk, c.ID)
			must(t, err)
			if err := again(); !errors.Is(err, enrolment.ErrVoucher) {
				t.Errorf("%s: %v", name, err)
			}
			after, err := w.Case(ctx, w.clerk, c.ID)
			must(t, err)
			if after.State != enrolment.Active || after.Alarms != before.Alarms+1 || !after.AlarmedAfter() {
				t.Errorf("%s: %s, %d alarms after %d, after the end: %v", name, after.State, after.Alarms, before.Alarms, after.AlarmedAfter())
			}
		}
		if n := kinds(t, w.db)[journal.CaseAlarm]; n != 2 {
			t.Errorf("%d alarms in the journal", n)
		}
		list, err := w.Desk(ctx, w.clerk)
		must(t, err)
		if len(list) != 1 || list[0].Alarms != 2 {
			t.Errorf("the clerk's list has %d cases", len(list))
		}
		watch, err := w.Watch(ctx, officer)
		must(t, err)
		if len(watch.Alarming) != 1 {
			t.Errorf("the officer sees %d cases with an alarm", len(watch.Alarming))
		}
		for range 40 { // whoever has the code cannot fill the journal with it
			_ = show["scanned"]()
		}
		if n := kinds(t, w.db)[journal.CaseAlarm]; n != 20 {
			t.Errorf("%d alarms in the journal after many", n)
		}
		wait(31 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		if err := show["scanned"](); !errors.Is(err, enrolment.ErrVoucher) || kinds(t, w.db)[journal.CaseAlarm] != 20 {
			t.Errorf("after the case's data went: %v", err)
		}
	})
}

// A case that ended otherwise leaves no code that is known again, and a new code takes the old one's place.
func TestACodeOfACancelledCaseIsForgotten(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		_, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) || kinds(t, w.db)[journal.CaseAlarm] != 0 {
			t.Errorf("the code of a cancelled case: %v", err)
		}
	})
}
