package identitydb

import (
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/subject"
)

// doubtedAs is a case whose clerk doubts, which ends: a second clerk agreed, and the citizen left, or refused it for a reason.
func (w *town) doubtedAs(t *testing.T, number string, accept bool, why string) enrolment.Case {
	t.Helper()
	doubtful := everything()
	doubtful.Doubt, doubtful.Mismatch = "photo", true
	c, err := w.Evidence(t.Context(), w.clerk, w.lookedUp(t, number).ID, doubtful)
	must(t, err)
	if until := w.against(t); until < subject.DayOf(w.now())+30 {
		t.Fatalf("the doubt speaks up to day %d", until)
	}
	c, err = w.Decide(t.Context(), w.second, c.ID, accept, why)
	must(t, err)
	if accept {
		c, err = w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
		must(t, err)
	}
	return c
}

// against gives the last day on which a clerk's doubt speaks against anybody; 0 for none.
func (w *town) against(t *testing.T) (until subject.Day) {
	t.Helper()
	must(t, w.db.SQL(t.Context()).Row("SELECT coalesce(max(until), 0) FROM findings WHERE code = 'clerk_flag'", nil, &until))
	return until
}

// levels.md §1: a number that was typed wrongly accuses nobody: what the clerk doubted was about somebody else.
func TestADoubtAboutAMistypedNumberSpeaksAgainstNobody(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c := w.doubtedAs(t, people()["ordinary"].number, false, enrolment.Mistyped)
		if until := w.against(t); until != 0 {
			t.Errorf("the case is %s because of %s, and the stranger whose number it was stays in doubt up to day %d", c.State, enrolment.Mistyped, until)
		}
	})
}

// What was said against the citizen before stands as it did, whether the case wrote its own doubt down beside it or not.
func TestAMistypedNumberTakesNoEarlierDoubtAway(t *testing.T) {
	for name, row := range map[string]struct {
		accept bool // speaks for 30 days; refused for 180
		later  time.Duration
	}{
		"a shorter one": {true, 10 * 24 * time.Hour}, "one of the same day": {true, 0}, "a longer one": {false, 10 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
				number := people()["ordinary"].number
				w.doubtedAs(t, number, row.accept, "photo")
				before := w.against(t)
				wait(row.later)
				w.doubtedAs(t, number, false, enrolment.Mistyped)
				if until := w.against(t); before == 0 || until != before {
					t.Errorf("it spoke up to day %d, and now to day %d", before, until)
				}
			})
		})
	}
}

// Nor does it take away what was said of whom its holder became since.
func TestAMistypedNumberTakesNoDoubtOfSomebodyElseAway(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, stays, goes := t.Context(), people()["changed-name"].number, people()["diacritics"].number
		w.doubtedAs(t, stays, true, "agree")
		before := w.against(t)
		doubtful := everything()
		doubtful.Doubt = "photo"
		c, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, goes).ID, doubtful)
		must(t, err)
		w.united(t, stays, goes)
		_, err = w.Decide(ctx, w.second, c.ID, false, enrolment.Mistyped)
		must(t, err)
		if until := w.against(t); before == 0 || until != before {
			t.Errorf("a decided doubt spoke up to day %d, and now to %d", before, until)
		}
	})
}
