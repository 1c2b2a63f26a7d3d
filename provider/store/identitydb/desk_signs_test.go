package identitydb

import (
	"slices"
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// signs brings somebody from finding to the clerk's evidence, and says for what a second clerk is asked.
func (w *town) signs(t *testing.T, number string, seen enrolment.Seen) []enrolment.Flag {
	t.Helper()
	c := w.lookedUp(t, number)
	c, err := w.Evidence(t.Context(), w.clerk, c.ID, seen)
	must(t, err)
	flagged := c.State == enrolment.ReviewRequired
	if flagged != (len(c.Flags) > 0) {
		t.Errorf("%s with %v", c.State, c.Flags)
	}
	_, err = w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
	must(t, err)
	return c.Flags
}

// Means.md §4.3, R-ENR-03: a document of the person that was reported in the last 30 days has a second clerk decide,
// also where they show another one that is valid; so does the report itself where a register told of it.
func TestADocumentReportedLately(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		number, day := people()["ordinary"].number, 24*time.Hour
		for _, row := range []struct {
			name string
			as   register.DocumentStatus
			ago  time.Duration // 0: nobody says since when
			want bool
		}{
			{"stolen three days ago", register.Stolen, 3 * day, true},
			{"lost 29 days ago", register.Lost, 29 * day, true},
			{"lost 31 days ago", register.Lost, 31 * day, false},
			{"suspended, nobody says since when", register.Suspended, 0, true},
			{"replaced", register.Replaced, 3 * day, false},
			{"valid, too", register.Valid, 3 * day, false},
		} {
			w.country.former, w.country.formerAt = row.as, time.Time{}
			if row.ago > 0 {
				w.country.formerAt = w.now().Add(-row.ago)
			}
			if got := slices.Contains(w.signs(t, number, everything()), enrolment.RecentReport); got != row.want {
				t.Errorf("%s: flagged %t", row.name, got)
			}
		}
		w.country.former, w.country.status, w.country.since = "", register.Valid, w.now().Add(-3*day)
		if all := w.signs(t, number, everything()); len(all) != 0 {
			t.Errorf("a document that became valid three days ago: %v", all)
		}
		until := subject.DayOf(w.now()) + subject.ReportedFor
		must(t, w.people.FoundOf(t.Context(), parse(number), subject.Finding{Code: subject.DocumentReported, Until: until}))
		if all := w.signs(t, number, everything()); !slices.Equal(all, []enrolment.Flag{enrolment.RecentReport}) {
			t.Errorf("a report that a register told of: %v", all)
		}
		wait(31 * day)
		if all := w.signs(t, number, everything()); len(all) != 0 {
			t.Errorf("a month later: %v", all)
		}
	})
}

// Means.md §4.3: that the register restricted the national number bars nobody, and a second clerk decides.
func TestARestrictedNumber(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		if all := w.signs(t, people()["ordinary"].number, everything()); len(all) != 0 {
			t.Errorf("not restricted: %v", all)
		}
		w.country.barred = true
		c := w.lookedUp(t, people()["diacritics"].number)
		if !c.Work.Snapshot.Restricted {
			t.Error("the case does not know it")
		}
		c, err := w.Evidence(t.Context(), w.clerk, c.ID, everything())
		must(t, err)
		if c.State != enrolment.ReviewRequired || !slices.Equal(c.Flags, []enrolment.Flag{enrolment.Restricted}) {
			t.Errorf("%s with %v", c.State, c.Flags)
		}
	})
}

// Means.md §4.3: where the register has no photo nobody ticks that they compared with it: the document's own is
// compared, something else proves it, too, and a second clerk decides.
func TestNoPhotoToCompareWith(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		w.country.faceless = true
		c := w.lookedUp(t, people()["ordinary"].number)
		if slices.Contains(c.Wanted(true), enrolment.PhotoLikeness) {
			t.Fatalf("wanted %v", c.Wanted(true))
		}
		if _, err := w.Evidence(t.Context(), w.clerk, c.ID, everything()); !refusedFor(err, "checks") {
			t.Errorf("compared with what is not there: %v", err)
		}
		seen := everything()
		seen.Checks = []enrolment.Check{enrolment.DocumentLikeness, enrolment.SecurityFeatures, enrolment.DataAgree}
		if _, err := w.Evidence(t.Context(), w.clerk, c.ID, seen); !refusedFor(err, "checks") {
			t.Errorf("by one document alone: %v", err)
		}
		seen.Checks = c.Wanted(true)
		c, err := w.Evidence(t.Context(), w.clerk, c.ID, seen)
		must(t, err)
		if c.State != enrolment.ReviewRequired || !slices.Equal(c.Flags, []enrolment.Flag{enrolment.NoPhoto}) {
			t.Errorf("%s with %v", c.State, c.Flags)
		}
		c = w.lookedUp(t, family()["minor"].number)
		c, err = w.Guard(t.Context(), w.clerk, c.ID, parse(family()["guardian"].number))
		must(t, err)
		if wanted := c.Wanted(true); slices.Contains(wanted, enrolment.GuardianLikeness) || !slices.Contains(wanted, enrolment.GuardianDocument) {
			t.Errorf("of a minor and their guardian %v are wanted", wanted)
		}
	})
}

// Means.md §4.3: what a register told in the last seven days of somebody whom nobody here knew then speaks at their
// first visit, by whichever of their numbers and under whichever key it was kept. After that it is gone.
func TestDataOfSomebodyUnknownChangedLately(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx, number := t.Context(), people()["ordinary"].number
		hear := func(text string, at time.Time) {
			must(t, w.db.HearUnknown(ctx, enrolment.Digest{Key: w.Digests.KeyID(), Sum: w.Digests.Digest(enrolment.ChangedNumber, text)}, at))
		}
		hear(people()["twin-a"].number, w.now())
		if all := w.signs(t, number, everything()); len(all) != 0 {
			t.Errorf("what was told of somebody else: %v", all)
		}
		hear(people()["diacritics"].number, w.now().Add(-6*24*time.Hour))
		hear(people()["diacritics"].number, w.now().Add(-8*24*time.Hour)) // an older one that comes later
		w.Digests = seal.Digester{Keys: append([]seal.VaultKey{key(9)}, w.Digests.Keys...)}
		if rows := dump(t, w.db, "unknown_changes"); len(rows) == 0 {
			t.Error("nothing is kept")
		}
		if all := w.signs(t, people()["diacritics"].number, everything()); !slices.Equal(all, []enrolment.Flag{enrolment.ChangedLately}) {
			t.Errorf("told six days ago: %v", all)
		}
		wait(25 * time.Hour)
		if all := w.signs(t, people()["diacritics"].number, everything()); len(all) != 0 {
			t.Errorf("told more than a week ago: %v", all)
		}
		must(t, w.db.SweepUnknown(ctx, 7*24*time.Hour))
		if n := len(lines(t, w.db, "SELECT at FROM unknown_changes")); n != 1 {
			t.Errorf("%d rows are kept, not the one of this week", n)
		}
	})
}
