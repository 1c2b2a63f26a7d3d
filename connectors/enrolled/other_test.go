package enrolled_test

import (
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
)

// Attacks SE-01, SE-06, LA-06: what was begun in one login ends in no other, in whatever way and at whatever step: the
// state of the one is none in the other, and what was asked for on the page of the one answers no page of the other.
func TestAttack_SE_01_BegunInOneLoginEndedInAnother(t *testing.T) {
	w := newEnrolled(t)
	mine, state, page := w.begin("mine")
	theirs, other, foreign := w.begin("theirs")
	tap := form("passkey", "credential", string(w.device.Get(t, []byte(page.Options))))
	typed := form("totp", "name", w.account.Name, "pin", pin, "code", w.code(), "turn", page.Turn)
	written := form("code", "name", w.account.Name, "code", w.codes[0], "turn", page.Turn)
	warns, warned, err := w.Continue(t.Context(), mine, state, written)
	if err != nil || !shown(t, warns).Warning {
		t.Fatalf("a recovery code leads to no warning: %v", err)
	}
	for name, one := range map[string]struct {
		to    connectors.Attempt
		state connectors.State
		in    connectors.Input
	}{
		"its state, with a passkey":        {theirs, state, tap},
		"its state, with an app":           {theirs, state, typed},
		"its state, with a code":           {theirs, state, form("code", "name", w.account.Name, "code", w.codes[1], "turn", page.Turn)},
		"its state, after the warning":     {theirs, warned, form("warned")},
		"a passkey's answer to its page":   {theirs, other, tap},
		"what was typed into its page":     {theirs, other, typed},
		"the other page's state, and back": {mine, other, form("passkey", "credential", string(w.device.Get(t, []byte(foreign.Options))))},
	} {
		step := w.send(one.to, one.state, one.in)
		if _, failed := step.(connectors.Failed); !failed {
			t.Errorf("%s: %s", name, connectortest.Outcome(step))
		}
	}
	if step := w.send(mine, warned, form("warned")); !done(step) {
		t.Errorf("in its own login: %s", connectortest.Outcome(step))
	}
}
