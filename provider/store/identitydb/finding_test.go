package identitydb

import (
	"errors"
	"strings"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/subject"
)

// couple makes two persons of one human, and gives how they are made one.
func couple(t *testing.T, m *subject.Matcher) (stays, goes human, one, two identity.Person, merge func() string) {
	t.Helper()
	stays, goes = people()["changed-name"], people()["diacritics"]
	one = enter(t, m, stays.says("trusted-profile", "a"), stays.registered())
	two = enter(t, m, goes.says("trusted-profile", "b"), goes.registered())
	return stays, goes, one, two, func() string {
		t.Helper()
		number, err := m.Report(t.Context(), parse(stays.number), parse(goes.number))
		if err != nil {
			t.Fatal(err)
		}
		decide(t, m, number, subject.MergeTwo)
		return number
	}
}

// H05, R-PER-04: whoever let no new ways in lets none in after a merge, whichever of the two it was, until they
// say so; parting gives back what was, but for what they wished meanwhile.
func TestNoNewWaysInSurvivesAMerge(t *testing.T) {
	each(t, func(t *testing.T, _ *DB, m *subject.Matcher) {
		stays, goes, one, two, merge := couple(t, m)
		set := func(usage identity.UsageID, closed bool) {
			t.Helper()
			if _, err := m.WaysClosed(t.Context(), usage, &closed, subject.Note{}); err != nil {
				t.Fatal(err)
			}
		}
		closed := func(person identity.Person) bool {
			t.Helper()
			is, err := m.WaysOf(t.Context(), person.ID)
			if err != nil {
				t.Fatal(err)
			}
			return is
		}
		part := func(number string) {
			t.Helper()
			for _, by := range []string{"anna", "bartek"} {
				if _, _, err := m.Decide(t.Context(), number, subject.Undo, nil, by); err != nil {
					t.Fatal(err)
				}
			}
		}
		set(two.Usage, true)
		number := merge()
		if !closed(one) || !closed(two) {
			t.Error("a merge lets new ways in")
		}
		both := goes.registered()
		both.Identifiers = append(both.Identifiers, parse(stays.number))
		if _, err := m.Match(t.Context(), goes.says("bank-one", "new"), both); !errors.Is(err, subject.ErrClosed) {
			t.Errorf("a new way of the merged person: %v", err)
		}
		part(number)
		if closed(one) || !closed(two) {
			t.Errorf("parted: closed %t and %t", closed(one), closed(two))
		}
		number = merge()
		set(one.Usage, false) // says that both may have new ways
		if closed(one) || closed(two) {
			t.Error("it cannot be lifted after a merge")
		}
		set(one.Usage, true)
		part(number)
		if !closed(one) || !closed(two) {
			t.Error("parting lets in what they kept out themselves")
		}
	})
}

// levels.md §1: what was found against somebody stands up to its day, is one of its kind, goes with them
// through a merge and back, and is forgotten afterwards.
func TestFindingsOfAPerson(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		stays, goes, one, two, merge := couple(t, m)
		today := subject.DayOf(m.Now())
		find := func(person identity.Person, until subject.Day) {
			t.Helper()
			if err := m.Found(t.Context(), person.ID, subject.Finding{Code: subject.ClerkFlag, Until: until}); err != nil {
				t.Fatal(err)
			}
		}
		flagged := func(h human, sub string) bool {
			t.Helper()
			return enter(t, m, h.says("trusted-profile", sub), h.registered()).Flagged
		}
		for until, want := range map[subject.Day]bool{today: true, today + 1: true, today - 1: false, 0: false} {
			find(two, until)
			if got := flagged(goes, "b"); got != want || flagged(stays, "a") {
				t.Errorf("up to day %d: %t", until-today, got)
			}
		}
		find(two, today+30)
		if err := m.FoundOf(t.Context(), parse(goes.number), subject.Finding{Code: subject.DocumentReported, Until: today}); err != nil {
			t.Fatal(err)
		}
		number := merge()
		if p := enter(t, m, stays.says("trusted-profile", "a"), stays.registered()); !p.Flagged || !p.Reported || p.ID != one.ID {
			t.Error("a merge forgets what was found")
		}
		for _, by := range []string{"anna", "bartek"} {
			if _, _, err := m.Decide(t.Context(), number, subject.Undo, nil, by); err != nil {
				t.Fatal(err)
			}
		}
		if flagged(stays, "a") || !flagged(goes, "b") {
			t.Error("parting does not give back whose it was")
		}
		merge()
		find(two, 0) // over, whoever of the two it was found of
		if flagged(stays, "a") {
			t.Error("it cannot be ended after a merge")
		}
		if err := m.FoundOf(t.Context(), parse("PNOPL-91050390124"), subject.Finding{Code: subject.ClerkFlag, Until: today}); !errors.Is(err, subject.ErrNobody) {
			t.Errorf("of somebody nobody knows: %v", err)
		}
		find(two, today-400)
		if err := db.SweepEvents(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if left := lines(t, db, "SELECT code FROM findings"); strings.Contains(strings.Join(left, " "), string(subject.ClerkFlag)) {
			t.Errorf("left: %v", left)
		}
	})
}

// H05: whoever lets no new ways in while their case at a desk is under way gets none of it: nobody has decided
// about that.
func TestNoNewWaysInClosedDuringAVisit(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _ := w.keyed(t, v, "0001", enrolment.Passkey)
		_, err := w.db.SQL(ctx).Exec("UPDATE persons SET closed = 1 WHERE id = ?", c.Person[:])
		must(t, err)
		c, err = w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		if err != nil || c.State != enrolment.Suspicious || w.country.bound[enrolment.CaseID(c.ID)] != 0 {
			t.Errorf("%s, %v", c.State, err)
		}
	})
}
