package enrolled_test

import (
	"errors"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// Means.md R-ENR-13: what an emergency gives ends nothing that is stronger, not even by a login with it; it puts it
// aside, and a stronger login, an office or a new enrolment decides.
func TestR_ENR_13_WhatIsStrongerIsOnlyPutAside(t *testing.T) {
	meanwhile := func(w *world) *enrolledtest.Device {
		t.Helper()
		weak, b := enrolledtest.NewDevice(), w.binding(identity.Low)
		b.Case = "emergency"
		if _, err := w.Supersede(t.Context(), b, enrolled.NoStronger(b.Level), w.passkey(weak)); err != nil {
			t.Fatal(err)
		}
		return weak
	}
	w := newEnrolled(t)
	strong, weak := w.firstOf(enrolled.Passkey), meanwhile(w)
	if is, err := w.AnyAside(t.Context(), w.person); !is || err != nil || done(w.tap(w.device)) || !done(w.tap(weak)) {
		t.Fatalf("put aside %v, %v, strong %v, weak %T", is, err, done(w.tap(w.device)), w.tap(weak))
	}
	for name, err := range map[string]error{
		"lost":      w.Lose(t.Context(), w.person, strong, enrolled.Proof{Level: identity.Low}),
		"removed":   w.Remove(t.Context(), w.person, strong),
		"suspended": w.Suspend(t.Context(), w.person, strong, enrolled.ByOwner),
	} {
		if !errors.Is(err, enrolled.ErrNoDevice) {
			t.Errorf("whoever holds the weak one has the strong one %s: %v", name, err)
		}
	}
	for _, of := range []enrolled.DeviceID{strong, w.firstOf(enrolled.Recovery), w.firstOf(enrolled.Paper)} {
		if err := w.Resume(t.Context(), w.person, of, enrolled.Proof{Level: identity.Low}); !errors.Is(err, enrolled.ErrTooWeak) {
			t.Errorf("taken back by the weak one: %v", err)
		}
	}
	if err := w.Resume(t.Context(), w.person, strong, enrolled.Proof{Level: identity.High}); err != nil || !done(w.tap(w.device)) {
		t.Errorf("not taken back by a strong login: %v", err)
	}

	w = newEnrolled(t) // a phone line had suspended it before
	strong = w.firstOf(enrolled.Passkey)
	if _, err := w.SuspendAll(t.Context(), w.person, enrolled.HelpLine); err != nil {
		t.Fatal(err)
	}
	meanwhile(w)
	if err := w.Lose(t.Context(), w.person, strong, enrolled.Proof{Level: identity.Low}); !errors.Is(err, enrolled.ErrTooWeak) {
		t.Errorf("what a phone line suspended is ended by the weak one: %v", err)
	}
	if err := w.Lose(t.Context(), w.person, strong, enrolled.Proof{Level: identity.High}); err != nil {
		t.Errorf("not lost by a strong login: %v", err)
	}

	w = newEnrolled(t)
	weak = meanwhile(w)
	second := meanwhile(w)
	if done(w.tap(weak)) || !done(w.tap(second)) {
		t.Error("a second emergency ends the first")
	}
	again := w.binding(identity.High)
	again.Case = "case-2"
	fresh := enrolledtest.NewDevice()
	if _, err := w.Supersede(t.Context(), again, enrolled.OfCases("emergency"), w.passkey(fresh)); err != nil {
		t.Fatal(err)
	}
	if done(w.tap(second)) || done(w.tap(w.device)) || !done(w.tap(fresh)) {
		t.Error("a real check ends what the emergency gave, and that alone; what is aside stays there until somebody says")
	}
	if n, err := w.Retake(t.Context(), w.person); n != 4 || err != nil || !done(w.tap(w.device)) || done(w.tap(second)) {
		t.Errorf("the office took back %d: %v", n, err)
	}
}

// An officer who stops the strong enrolment stops what an emergency had put aside, too: no later visit brings it back.
func TestAttack_OT_11_WhatIsAsideStopsWithItsCase(t *testing.T) {
	w := newEnrolled(t)
	b := w.binding(identity.Low)
	b.Case = "emergency"
	if _, err := w.Supersede(t.Context(), b, enrolled.NoStronger(b.Level), w.passkey(enrolledtest.NewDevice())); err != nil {
		t.Fatal(err)
	}
	if err := w.SuspendCase(t.Context(), "case-1", enrolled.ByOffice); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Retake(t.Context(), w.person); n != 0 || err != nil || done(w.tap(w.device)) {
		t.Errorf("%d came back, %v", n, err)
	}
}

// Means.md R-ENR-13, attacks OT-11: what was added while an emergency stood goes with it, also where it was added on the word of codes from
// before that are worth no more: nobody knows by which of the two. Its owner takes it back.
func TestAttack_OT_11_WhatIsAddedInAnEmergency(t *testing.T) {
	w := newEnrolled(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.SuspendAll(t.Context(), w.person, enrolled.HelpLine)
	must(err)
	b := w.binding(identity.Low)
	b.Case = "emergency"
	_, err = w.Supersede(t.Context(), b, enrolled.NoStronger(b.Level), w.passkey(enrolledtest.NewDevice()))
	must(err)
	must(w.Resume(t.Context(), w.person, w.firstOf(enrolled.Recovery), enrolled.Proof{Level: identity.Low}))
	added := enrolledtest.NewDevice()
	one, err := w.Add(t.Context(), w.person, enrolled.Proof{Level: identity.Low}, w.passkey(added))
	must(err)
	again := w.binding(identity.High)
	again.Case = "case-2"
	_, err = w.Supersede(t.Context(), again, enrolled.OfCases("emergency"), w.passkey(enrolledtest.NewDevice()))
	must(err)
	if done(w.tap(added)) {
		t.Errorf("it outlives the emergency, of %s", one.Case)
	}
	must(w.Resume(t.Context(), w.person, one.ID, enrolled.Proof{Level: identity.High}))
}
