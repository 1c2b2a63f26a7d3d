package enrolled_test

import (
	"errors"
	"slices"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
)

// Means.md §4.3, §4.7: at an office works again what was suspended, one by one, and nothing that ended; all that is
// asked for or nothing, once, and only the person's own.
func TestTakenUpAtAnOffice(t *testing.T) {
	w := newEnrolled(t)
	key, codes, paper := w.firstOf(enrolled.Passkey), w.firstOf(enrolled.Recovery), w.firstOf(enrolled.Paper)
	if err := w.Lose(t.Context(), w.person, paper, enrolled.Proof{Level: identity.High}); err != nil {
		t.Fatal(err)
	}
	if err := w.SuspendCase(t.Context(), "case-1", enrolled.NotMe); err != nil {
		t.Fatal(err)
	}
	waiting, err := w.Waiting(t.Context(), w.person)
	if err != nil || len(waiting) != 3 || done(w.tap(w.device)) {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	for name, try := range map[string]func() error{
		"with what was lost": func() error { return w.TakeUp(t.Context(), w.person, key, paper) },
		"somebody else's":    func() error { return w.TakeUp(t.Context(), identity.PersonID{9}, key) },
		"what is not there":  func() error { return w.TakeUp(t.Context(), w.person, enrolled.DeviceID{9}) },
		"twice in one form":  func() error { return w.TakeUp(t.Context(), w.person, key, key) },
	} {
		if err := try(); !errors.Is(err, enrolled.ErrNoDevice) || done(w.tap(w.device)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.TakeUp(t.Context(), w.person, key); err != nil || !done(w.tap(w.device)) {
		t.Errorf("not taken up: %v", err)
	}
	if err := w.TakeUp(t.Context(), w.person, key); !errors.Is(err, enrolled.ErrNoDevice) {
		t.Errorf("once more: %v", err)
	}
	if err := w.RevokeCase(t.Context(), "case-1", enrolled.ByOffice); err != nil {
		t.Fatal(err)
	}
	for _, id := range []enrolled.DeviceID{key, codes} {
		if err := w.TakeUp(t.Context(), w.person, id); !errors.Is(err, enrolled.ErrNoDevice) || done(w.tap(w.device)) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// Attacks OT-11: what nobody at the office saw when something else of its enrolment was taken up stays stopped: no login
// of its owner, however strong, takes it back, and an office does.
func TestAttack_OT_11_WhatWasNotTakenUpIsLeftToAnOffice(t *testing.T) {
	w := newEnrolled(t)
	key, codes := w.firstOf(enrolled.Passkey), w.firstOf(enrolled.Recovery)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, list, err := w.NewPaperList(w.account)
	must(err)
	added, err := w.Bind(t.Context(), enrolled.Binding{Person: w.person, Account: w.account, Level: identity.High, Case: "case-0", Via: enrolled.ViaDevice}, list)
	must(err) // on the word of another enrolment, which nobody stopped; by which of their devices, nobody knows
	must(w.SuspendCase(t.Context(), "case-1", enrolled.NotMe))
	must(w.TakeUp(t.Context(), w.person, codes))
	must(w.Withhold(t.Context(), w.person, "case-1"))
	strong := enrolled.Proof{Level: identity.High}
	if err := w.Resume(t.Context(), w.person, added[0].ID, strong); !errors.Is(err, enrolled.ErrNoDevice) {
		t.Errorf("what was added, and stopped with it, is taken back by its owner: %v", err)
	}
	if err := w.Resume(t.Context(), w.person, key, strong); !errors.Is(err, enrolled.ErrNoDevice) || done(w.tap(w.device)) {
		t.Errorf("taken back by its owner: %v", err)
	}
	if err := w.Lose(t.Context(), w.person, key, enrolled.Proof{Level: identity.Low}); !errors.Is(err, enrolled.ErrTooWeak) {
		t.Errorf("ended by something weak: %v", err)
	}
	must(w.SuspendCase(t.Context(), "case-1", enrolled.NotMe)) // once more: what was left to an office stays so
	must(w.TakeUp(t.Context(), w.person, codes))
	if err := w.Resume(t.Context(), w.person, key, strong); !errors.Is(err, enrolled.ErrNoDevice) {
		t.Errorf("taken back after another stop: %v", err)
	}
	if waiting, err := w.Waiting(t.Context(), w.person); err != nil || !slices.ContainsFunc(waiting, func(d enrolled.Device) bool { return d.ID == key }) {
		t.Errorf("it waits for an office no more: %v", err)
	}
	must(w.TakeUp(t.Context(), w.person, key))
	if !done(w.tap(w.device)) {
		t.Error("taken up at an office it logs nobody in")
	}
}
