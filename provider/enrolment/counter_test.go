package enrolment_test

import (
	"testing"

	"symbolon/provider/enrolment"
)

// Means.md R-ENR-11: at the office's own computer a key is one that the citizen takes along, or there is a list of codes.
func TestTheCountersComputerTakesNoKeyOfItsOwn(t *testing.T) {
	for kind, atCounter := range map[enrolment.KeyKind]bool{
		enrolment.Passkey: false, enrolment.TOTP: false, "": false, enrolment.Portable: true, enrolment.Paper: true,
	} {
		if got := (enrolment.Case{Work: enrolment.Work{Counter: true}}).Takes(kind); got != atCounter {
			t.Errorf("%q at the counter: %t", kind, got)
		}
		if !(enrolment.Case{}).Takes(kind) {
			t.Errorf("%q on a phone", kind)
		}
	}
}
