package desk

import (
	"slices"
	"testing"
	"time"

	"symbolon/provider/enrolment"
)

// Screens.md (desk): two things that look alike are told apart by the case that each is from; what is told apart by itself
// carries no number.
func TestWaysOfTellsTwoOfOneDayApart(t *testing.T) {
	day := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	phone := enrolment.Way{ID: "1", Type: "passkey", Since: day, Number: "2026-1"}
	second, named, older := phone, phone, phone
	second.ID, second.Number = "2", "2026-2"
	named.ID, named.Name = "3", "blue"
	older.ID, older.Since = "4", day.AddDate(0, 0, -1)
	all := WaysOf([]enrolment.Way{phone, named, older, second})
	var got []string
	for _, w := range all {
		got = append(got, w.Case)
	}
	if want := []string{"2026-1", "", "", "2026-2"}; !slices.Equal(got, want) {
		t.Errorf("by the cases %q, not %q", got, want)
	}
}

// Means.md §4.3: a visit that came to something was no mistake, and the reason that is true stands first.
func TestReasonsAfterSomethingWasDone(t *testing.T) {
	usual := []string{"citizen_left", "mistake", "complaint"}
	others := []Way{{ID: "1", Not: string(enrolment.OtherHand)}}
	for name, row := range map[string]struct {
		work enrolment.Work
		ways []Way
		want []string
	}{
		"nothing yet":                      {enrolment.Work{}, nil, usual},
		"what only another clerk takes up": {enrolment.Work{}, others, append([]string{enrolment.OtherTakesUp}, usual...)},
		"taken up, and nothing new wanted": {enrolment.Work{TakenUp: 1, OnlyTakesUp: true}, others, []string{enrolment.OnlyTakenUp}},
		"taken up, and something new":      {enrolment.Work{TakenUp: 1}, nil, []string{enrolment.OnlyTakenUp, "citizen_left"}},
		"the old stopped":                  {enrolment.Work{Stopped: 1}, others, []string{enrolment.OnlyStopped, "citizen_left"}},
	} {
		c := enrolment.Case{Work: row.work}
		page := Case{Endings: c.Endings(), TakenUp: c.Work.TakenUp, StoppedOld: c.Work.Stopped > 0, Ways: row.ways}
		if got := page.Reasons(); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, not %q", name, got, row.want)
		}
	}
}
