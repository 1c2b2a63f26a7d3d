package enrolled_test

import (
	"slices"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// Web Authentication Level 3 §6.1.3, R-2FA-04: a passkey that may be copied counts as one that is, before the copy as
// well as after it; that there is one for the first time is recorded once, and its owner told. That there is none any
// more raises nothing.
func TestR_2FA_04_ThatAPasskeyWasBackedUpIsNoticed(t *testing.T) {
	w := newWorld(t)
	d := enrolledtest.NewDevice()
	d.Maker, d.Eligible = w.maker, true
	w.bind(identity.High, w.passkey(d))
	if got := w.deviceOf(enrolled.Passkey).Mechanism; got != enrolled.Synced {
		t.Errorf("one that may be copied is %s", got)
	}
	level := func() identity.Level {
		step, ok := w.tap(d).(connectors.Done)
		if !ok {
			t.Fatal("its owner is not let in")
		}
		return assurance.Default().Kinds[step.Authentication.Evidence[0].Kind].Ceiling
	}
	backedUp := func() (n int) {
		for _, act := range w.memory.Acts {
			if act.What == enrolled.ActBackedUp && act.Person == w.person {
				n++
			}
		}
		return n
	}
	before := level()
	if before >= identity.High || backedUp() != 0 || len(w.copied) != 0 {
		t.Errorf("without a copy: %v, %d entries, told %d times", before, backedUp(), len(w.copied))
	}
	for _, synced := range []bool{true, true, false, true} {
		d.Synced = synced
		if now := level(); now > before {
			t.Errorf("copied %t: %v, and %v before", synced, now, before)
		}
	}
	if backedUp() != 1 || !slices.Equal(w.copied, []identity.PersonID{w.person}) {
		t.Errorf("%d entries, told %d times", backedUp(), len(w.copied))
	}
}
