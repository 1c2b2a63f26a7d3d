package enrolled_test

import (
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
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

// Attacks OT-02: a name that is locked takes no code of a list either, not even the right one.
func TestAttack_OT_02_NoCodeOfALockedName(t *testing.T) {
	w := newEnrolled(t)
	for range 5 { // the last one makes the next wait
		w.enter("code", "name", w.account.Name, "code", "00000-00000")
	}
	codes := map[string]string{"a recovery code": w.codes[0], "a paper list's": w.paper[0]}
	for name, code := range codes {
		if page := shown(t, w.enter("code", "name", w.account.Name, "code", code)); page.Warning || page.Wrong != "code" {
			t.Errorf("%s is taken: %+v", name, page)
		}
	}
	w.pass(time.Minute)
	if page := shown(t, w.enter("code", "name", w.account.Name, "code", codes["a recovery code"])); !page.Warning {
		t.Errorf("a minute later it is not: what was refused is spent: %+v", page)
	}
}

// Attacks SE-02, Web Authentication Level 3 §13.4.3: an answer of a passkey that counts nothing, as those that a cloud
// account copies do, logs in once, and its repeat is no sign of a second device.
func TestAttack_SE_02_AnAnswerOfAPasskeyThatDoesNotCount(t *testing.T) {
	w := newWorld(t)
	device := enrolledtest.NewDevice()
	device.Step, device.Synced = 0, true
	w.bind(identity.Substantial, w.passkey(device))
	a, state, page := w.begin("handle")
	answer := form("passkey", "credential", string(device.Get(t, []byte(page.Options))))
	if step := w.send(a, state, answer); !done(step) {
		t.Fatalf("the first time: %s", connectortest.Outcome(step))
	}
	if step := w.send(a, state, answer); connectortest.Outcome(step) != string(connectors.StaleAnswer) {
		t.Errorf("the same answer again: %s", connectortest.Outcome(step))
	}
	if step := w.tap(device); !done(step) {
		t.Errorf("the device afterwards: %s", connectortest.Outcome(step))
	}
}

// Means.md R-2FA-02: what a person has counts for as much as it gives, put aside or lost or not, until it is taken away or
// replaced: whoever logs in with less makes an account no weaker.
func TestR_2FA_02_WhatIsPutAsideOrLostCountsForAnAccount(t *testing.T) {
	w := newEnrolled(t)
	most := func(what string, want identity.Level) {
		t.Helper()
		if means, got, err := w.Most(t.Context(), w.person); got != want || means == "" || err != nil {
			t.Errorf("%s: %v of %q, %v, want %v", what, got, means, err, want)
		}
	}
	before, all := identity.None, []enrolled.DeviceID{w.firstOf(enrolled.Passkey), w.firstOf(enrolled.TOTP)}
	for _, d := range w.devices() {
		before = max(before, d.Level)
	}
	most("as enrolled", before)
	for _, id := range all {
		if err := w.Suspend(t.Context(), w.person, id, enrolled.ByOwner); err != nil {
			t.Fatal(err)
		}
	}
	most("put aside", before)
	for _, id := range all {
		if err := w.Lose(t.Context(), w.person, id, enrolled.Proof{Level: identity.High}); err != nil {
			t.Fatal(err)
		}
	}
	most("lost", before)
	b := w.binding(identity.Low)
	b.Case = "anew"
	if _, err := w.Bind(t.Context(), b, w.passkey(enrolledtest.NewDevice())); err != nil {
		t.Fatal(err)
	}
	most("lost, and enrolled anew", identity.Low)
}
