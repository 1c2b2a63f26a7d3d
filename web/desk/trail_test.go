package desk

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/web/locale"
)

// Means.md §4.2: what happened in a case is a list, and each line of it begins alike, in every language.
func TestLinesOfTheTrailBeginAlike(t *testing.T) {
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var events []enrolment.Event
	for _, to := range []enrolment.State{enrolment.Draft, enrolment.LookedUp, enrolment.Printed, enrolment.Active, enrolment.Suspended, enrolment.Cancelled} {
		events = append(events, enrolment.Event{Kind: journal.CaseStep, Act: "some", To: to})
	}
	events = append(events, enrolment.Event{Kind: journal.CaseAlarm, Why: enrolment.EveryDetail()}, enrolment.Event{Kind: journal.Joined}, enrolment.Event{Kind: "other"})
	for _, code := range all.Codes() {
		for _, line := range TrailOf(enrolment.Case{}, events, true, false, Viewer{}, all.Words(code)).Events {
			for _, text := range append(line.Why, line.What) {
				if first, _ := utf8.DecodeRuneInString(text); unicode.ToUpper(first) != first {
					t.Errorf("%s: %q", code, text)
				}
			}
		}
	}
}
