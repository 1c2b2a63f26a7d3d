package enrolment

import "testing"

func TestWhoIsBornOnADayIsRecognizedByIt(t *testing.T) {
	t.Parallel()
	s := Snapshot{Birth: "1956-03-24"}
	for _, digits := range []string{"19560324", "24031956", "03241956", "560324", "240356", "032456"} {
		if !s.bornOn(digits) {
			t.Errorf("%s is not the day of birth %s", digits, s.Birth)
		}
	}
	for _, digits := range []string{"", "1956", "240357", "2403567", "194638"} {
		if s.bornOn(digits) {
			t.Errorf("%q is the day of birth %s", digits, s.Birth)
		}
	}
	if (Snapshot{Birth: "1956"}).bornOn("1956") || (Snapshot{}).bornOn("") {
		t.Error("who knows no day of birth was born on one")
	}
}
