package enrolled_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

func (w *world) devices() []enrolled.Device {
	w.t.Helper()
	all, err := w.Devices(w.t.Context(), w.person)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// deviceOf gives the person's first device of a type.
func (w *world) deviceOf(kind enrolled.Type) enrolled.Device {
	w.t.Helper()
	all := w.devices()
	i := slices.IndexFunc(all, func(d enrolled.Device) bool { return d.Type == kind })
	if i < 0 {
		w.t.Fatalf("no %s", kind)
	}
	return all[i]
}

func (w *world) stateOf(kind enrolled.Type) enrolled.State { return w.deviceOf(kind).State }

func (w *world) suspend(kind enrolled.Type) {
	w.t.Helper()
	if err := w.Suspend(w.t.Context(), w.person, w.deviceOf(kind).ID, enrolled.ByOwner); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) lose(kind enrolled.Type) {
	w.t.Helper()
	if err := w.Lose(w.t.Context(), w.person, w.deviceOf(kind).ID, enrolled.Proof{Level: identity.High}); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatSomebodyHas(t *testing.T) {
	w := newEnrolled(t)
	want := map[enrolled.Type]struct {
		level     identity.Level
		phishable bool
		left      int
	}{
		enrolled.Passkey: {identity.High, false, -1}, enrolled.TOTP: {identity.Substantial, true, -1},
		enrolled.Recovery: {identity.Low, true, 10}, enrolled.Paper: {identity.Low, true, 30},
	}
	all := w.devices()
	for _, d := range all {
		if w := want[d.Type]; d.Level != w.level || d.Phishable != w.phishable || d.Left != w.left || d.State != enrolled.Active || d.Office != "office-7" || d.Case != "case-1" {
			t.Errorf("%+v", d)
		}
	}
	if len(all) != 4 || len(w.memory.Acts) != 4 || w.memory.Acts[0].What != enrolled.ActBound {
		t.Errorf("%d devices, %d entries", len(all), len(w.memory.Acts))
	}
	account, has, err := w.AccountOf(t.Context(), w.person)
	if err != nil || !has || account != w.account {
		t.Errorf("another account: %v", err)
	}
	if _, has, _ := w.AccountOf(t.Context(), identity.PersonID{9}); has {
		t.Error("an account of nobody")
	}
}

func TestADeviceIsRenamedSuspendedLost(t *testing.T) {
	w := newEnrolled(t)
	id := w.deviceOf(enrolled.Passkey).ID
	for given, want := range map[string]string{
		" My phone ": "My phone", "a\x00b\u202ec\nd": "abcd", "": "", "żółw هاتفي": "żółw هاتفي", string(slices.Repeat([]rune{'ż'}, 50)): string(slices.Repeat([]rune{'ż'}, 40)),
	} {
		if err := w.Rename(t.Context(), w.person, id, given); err != nil || w.deviceOf(enrolled.Passkey).Name != want {
			t.Errorf("%q is called %q: %v", given, w.deviceOf(enrolled.Passkey).Name, err)
		}
	}
	w.suspend(enrolled.Passkey)
	w.suspend(enrolled.Passkey) // twice does no harm
	if done(w.tap(w.device)) {
		t.Error("suspended, and logs in")
	}
	for _, proof := range []enrolled.Proof{{}, {Level: identity.Substantial}} {
		if err := w.Resume(t.Context(), w.person, id, proof); !errors.Is(err, enrolled.ErrTooWeak) {
			t.Errorf("resumed on %s: %v", proof.Level, err)
		}
	}
	if err := w.Resume(t.Context(), w.person, id, enrolled.Proof{Level: identity.High}); err != nil || !done(w.tap(w.device)) {
		t.Errorf("not resumed: %v", err)
	}
	w.lose(enrolled.Passkey)
	w.lose(enrolled.Passkey)
	if done(w.tap(w.device)) {
		t.Error("lost, and logs in")
	}
	for name, err := range map[string]error{
		"resumed":   w.Resume(t.Context(), w.person, id, enrolled.Proof{Office: "office-7"}),
		"suspended": w.Suspend(t.Context(), w.person, id, enrolled.ByOwner),
		"removed":   w.Remove(t.Context(), w.person, id),
	} {
		if !errors.Is(err, enrolled.ErrNoDevice) {
			t.Errorf("lost is final, and it is %s: %v", name, err)
		}
	}
	if err := w.Remove(t.Context(), w.person, w.deviceOf(enrolled.TOTP).ID); err != nil || w.stateOf(enrolled.TOTP) != enrolled.Removed {
		t.Errorf("not removed: %v", err)
	}
}

// ZITADEL CVE-2025-27507: an id of somebody else's is no id.
func TestAttack_IN_05_SomebodyElsesDeviceIsNone(t *testing.T) {
	w := newEnrolled(t)
	id, stranger := w.deviceOf(enrolled.Passkey).ID, identity.PersonID{2}
	before := len(w.memory.Acts)
	for name, err := range map[string]error{
		"rename": w.Rename(t.Context(), stranger, id, "x"), "suspend": w.Suspend(t.Context(), stranger, id, enrolled.ByOwner), "lose": w.Lose(t.Context(), stranger, id, enrolled.Proof{Level: identity.High}),
		"remove": w.Remove(t.Context(), stranger, id), "resume": w.Resume(t.Context(), stranger, id, enrolled.Proof{Office: "o"}),
		"none": w.Lose(t.Context(), w.person, enrolled.DeviceID{}, enrolled.Proof{Level: identity.High}),
	} {
		if !errors.Is(err, enrolled.ErrNoDevice) {
			t.Errorf("CVE-2025-27507: %s: %v", name, err)
		}
	}
	if len(w.memory.Acts) != before || !done(w.tap(w.device)) {
		t.Error("something changed")
	}
}

// R-2FA-02: one more takes the highest level that is held, and is worth no more than what was shown.
func TestR_2FA_02_OneMoreDevice(t *testing.T) {
	w := newEnrolled(t)
	second := enrolledtest.NewDevice()
	second.Maker = w.maker
	c := w.passkey(second)
	for _, level := range []identity.Level{identity.None, identity.Low, identity.Substantial} {
		if _, err := w.Add(t.Context(), w.person, enrolled.Proof{Level: level}, c); !errors.Is(err, enrolled.ErrTooWeak) {
			t.Errorf("R-2FA-02: added on %s: %v", level, err)
		}
	}
	device, err := w.Add(t.Context(), w.person, enrolled.Proof{Level: identity.High}, c)
	if err != nil || device.Level != identity.High || device.Office != "office-7" {
		t.Fatalf("%+v, %v", device, err)
	}
	if !done(w.tap(second)) || !done(w.tap(w.device)) {
		t.Error("one of two devices does not log in")
	}
	w.lose(enrolled.Passkey)
	lost, other := w.device, second
	if d := w.deviceOf(enrolled.Passkey); d.ID == device.ID {
		lost, other = second, w.device
	}
	if done(w.tap(lost)) || !done(w.tap(other)) {
		t.Error("the lost one logs in, or the other does not")
	}
	if _, err := w.Add(t.Context(), identity.PersonID{2}, enrolled.Proof{Level: identity.High}, c); !errors.Is(err, enrolled.ErrAccount) {
		t.Errorf("added to somebody who has nothing: %v", err)
	}
}

func TestOneMoreIsWorthNoMoreThanWhatWasShown(t *testing.T) {
	w := newWorld(t)
	first := enrolledtest.NewDevice()
	first.Synced = true
	w.bind(identity.High, w.passkey(first)) // worth substantial
	second := enrolledtest.NewDevice()
	second.Maker = w.maker
	device, err := w.Add(t.Context(), w.person, enrolled.Proof{Level: identity.Substantial}, w.passkey(second))
	if err != nil || device.Mechanism != enrolled.Certified || device.Level != identity.Substantial {
		t.Errorf("R-2FA-04: %+v, %v", device, err)
	}
}

func TestADeviceIsReplaced(t *testing.T) {
	w := newEnrolled(t)
	old := w.deviceOf(enrolled.Recovery).ID
	codes, c, err := w.NewRecoveryCodes(w.account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Replace(t.Context(), w.person, enrolled.DeviceID{9}, enrolled.Proof{Level: identity.High}, c); !errors.Is(err, enrolled.ErrNoDevice) {
		t.Errorf("replaced what is not there: %v", err)
	}
	if _, err := w.Replace(t.Context(), w.person, old, enrolled.Proof{Level: identity.High}, c); err != nil {
		t.Fatal(err)
	}
	if s := shown(t, w.enter("code", "name", w.account.Name, "code", w.codes[0])); s.Warning {
		t.Error("an old code lets somebody in")
	}
	if s := shown(t, w.enter("code", "name", w.account.Name, "code", codes[0])); !s.Warning {
		t.Error("a new code does not let its owner in")
	}
}

// Means.md R-ENR-13: what is stopped is not ended for good by what is weaker, nor by being replaced.
func TestAttack_OT_11_WhatIsStoppedIsNotReplacedByTheWeaker(t *testing.T) {
	w := newEnrolled(t)
	old := w.firstOf(enrolled.Passkey)
	w.suspend(enrolled.Passkey)
	_, c, err := w.NewRecoveryCodes(w.account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Replace(t.Context(), w.person, old, enrolled.Proof{Level: identity.Substantial}, c); !errors.Is(err, enrolled.ErrTooWeak) {
		t.Errorf("by what is weaker: %v", err)
	}
	if err := w.Resume(t.Context(), w.person, old, enrolled.Proof{Level: identity.High}); err != nil || !done(w.tap(w.device)) {
		t.Errorf("it is gone: %v", err)
	}
}

func TestEnrolledAnew(t *testing.T) {
	w := newEnrolled(t)
	fresh := enrolledtest.NewDevice()
	fresh.Maker = w.maker
	again := w.binding(identity.High)
	again.Case = "case-2"
	if _, err := w.Supersede(t.Context(), again, enrolled.AllEarlier, w.passkey(fresh)); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	if done(w.tap(w.device)) || done(w.enterCode(pin, w.code())) || done(w.enter("code", "name", w.account.Name, "code", w.paper[0])) {
		t.Error("something of before lets somebody in")
	}
	if !done(w.tap(fresh)) {
		t.Error("the new one does not")
	}
}

// Whatever stops counting takes with it what was opened with it; what only changes its name does not.
func TestWhatWasOpenedWithADeviceEndsWithIt(t *testing.T) {
	for name, act := range map[string]func(*world) error{
		"suspended": func(w *world) error { w.suspend(enrolled.Passkey); return nil },
		"lost":      func(w *world) error { w.lose(enrolled.Passkey); return nil },
		"not me":    func(w *world) error { _, err := w.SuspendAll(t.Context(), w.person, enrolled.NotMe); return err },
		"case refused": func(w *world) error {
			return errors.Join(w.SuspendCase(t.Context(), "case-1", enrolled.Refusal), w.EndCase(t.Context(), "case-1"))
		},
		"copied": func(w *world) error {
			clone := w.device.Clone()
			w.tap(w.device)
			w.tap(clone)
			return nil
		},
		"enrolled anew": func(w *world) error {
			_, err := w.Supersede(t.Context(), w.binding(identity.High), enrolled.AllEarlier, w.passkey(enrolledtest.NewDevice()))
			return errors.Join(err, w.EndCase(t.Context(), "case-1"))
		},
		"replaced": func(w *world) error {
			_, err := w.Replace(t.Context(), w.person, w.deviceOf(enrolled.Passkey).ID, enrolled.Proof{Level: identity.High}, w.passkey(enrolledtest.NewDevice()))
			return err
		},
	} {
		w := newEnrolled(t)
		if err := w.Rename(t.Context(), w.person, w.deviceOf(enrolled.Passkey).ID, "x"); err != nil || w.memory.Ends != 0 {
			t.Errorf("renamed, and %d ends: %v", w.memory.Ends, err)
		}
		if err := act(w); err != nil || w.memory.Ends != 1 || w.memory.Owed == 0 {
			t.Errorf("%s: %d ends, %d owed, %v", name, w.memory.Ends, w.memory.Owed, err)
		}
	}
}

// levels.md: the first identity card was refused: what came of the case is suspended.
func TestACaseIsTakenBack(t *testing.T) {
	w := newEnrolled(t)
	if err := w.SuspendCase(t.Context(), "case-1", enrolled.Refusal); err != nil || w.memory.Ends != 0 {
		t.Errorf("%d ends, %v", w.memory.Ends, err)
	}
	if done(w.tap(w.device)) || done(w.enterCode(pin, w.code())) {
		t.Error("suspended, and lets somebody in")
	}
	for n := range 2 { // a second time ends what a crash left over
		err := errors.Join(w.SuspendCase(t.Context(), "case-1", enrolled.Refusal), w.EndCase(t.Context(), "case-1"))
		if err != nil || w.memory.Ends != n+1 {
			t.Errorf("again: %d ends, %v", w.memory.Ends, err)
		}
	}
}

// Attacks OT-06, OT-11: whoever was enrolled in somebody's place and then added a key keeps none, although that
// key could as well have been added by what its owner held before; what the owner had goes on.
func TestAttack_OT_11_WhatWasAddedAfterACaseStopsWithIt(t *testing.T) {
	for name, replaces := range map[string]bool{"added": false, "in place of the case's own": true} {
		w := newWorld(t)
		add := func(d *enrolledtest.Device) {
			t.Helper()
			if _, err := w.Add(t.Context(), w.person, enrolled.Proof{Level: identity.High}, w.passkey(d)); err != nil {
				t.Fatal(err)
			}
		}
		key := func() *enrolledtest.Device {
			d := enrolledtest.NewDevice()
			d.Maker = w.maker
			return d
		}
		own, before, thiefs, added := key(), key(), key(), key()
		w.bind(identity.High, w.passkey(own))
		add(before)
		w.pass(24 * time.Hour)
		b := w.binding(identity.High)
		b.Case = "case-2"
		bound, err := w.Bind(t.Context(), b, w.passkey(thiefs))
		if err != nil {
			t.Fatal(err)
		}
		if replaces {
			if _, err := w.Replace(t.Context(), w.person, bound[0].ID, enrolled.Proof{Level: identity.High}, w.passkey(added)); err != nil {
				t.Fatal(err)
			}
		} else {
			add(added)
		}
		if err := w.SuspendCase(t.Context(), "case-2", enrolled.NotMe); err != nil {
			t.Fatal(err)
		}
		if done(w.tap(thiefs)) || done(w.tap(added)) {
			t.Errorf("%s: the thief still logs in", name)
		}
		if !done(w.tap(own)) || !done(w.tap(before)) {
			t.Errorf("%s: the owner does not log in any more", name)
		}
	}
}

func TestThisWasNotMe(t *testing.T) {
	w := newEnrolled(t)
	if n, err := w.SuspendAll(t.Context(), w.person, enrolled.NotMe); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if done(w.tap(w.device)) {
		t.Error("suspended, and lets somebody in")
	}
}

// R-ENR-08: after a review flag substantial at most for the first day.
func TestR_ENR_08_ANewDeviceIsCapped(t *testing.T) {
	w := newWorld(t)
	w.device = enrolledtest.NewDevice()
	w.device.Maker = w.maker
	b := w.binding(identity.High)
	b.CapUntil = enrolled.DayOf(w.now()) + 1
	if _, err := w.Bind(t.Context(), b, w.passkey(w.device)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []identity.Level{identity.Substantial, identity.Substantial, identity.High} {
		finished, ok := w.tap(w.device).(connectors.Done)
		if !ok || finished.Authentication.Evidence[0].Asserted != want || w.devices()[0].Level != want {
			t.Errorf("R-ENR-08: worth %s", w.devices()[0].Level)
		}
		w.pass(24 * time.Hour)
	}
}

func TestNothingIsBoundByHalves(t *testing.T) {
	w := newWorld(t)
	good := w.passkey(enrolledtest.NewDevice())
	bad := good
	bad.Sealed = append([]byte{}, good.Sealed...)
	bad.Sealed[20] ^= 1
	for name, c := range map[string]struct {
		change     func(*enrolled.Binding)
		candidates []enrolled.Candidate
	}{
		"one of two is changed": {func(*enrolled.Binding) {}, []enrolled.Candidate{good, bad}},
		"the same twice":        {func(*enrolled.Binding) {}, []enrolled.Candidate{good, good}},
		"nothing":               {func(*enrolled.Binding) {}, nil},
		"nobody":                {func(b *enrolled.Binding) { b.Person = identity.PersonID{} }, []enrolled.Candidate{good}},
		"no level":              {func(b *enrolled.Binding) { b.Level = identity.None }, []enrolled.Candidate{good}},
	} {
		b := w.binding(identity.High)
		c.change(&b)
		if _, err := w.Bind(t.Context(), b, c.candidates...); err == nil {
			t.Errorf("%s: bound", name)
		}
		if len(w.devices())+len(w.memory.Acts) != 0 {
			t.Fatalf("%s: something is left", name)
		}
	}
}

// Attacks DB-12, OT-05: after the database that remembers which codes were used was put back, none of the
// lists from before lets anybody in: a used one would, too. A new list does, and so does what is no list.
func TestAttack_DB_12_UsedCodesDoNotComeBack(t *testing.T) {
	w := newEnrolled(t)
	if !done(w.enter("code", "name", w.account.Name, "code", w.paper[0])) {
		t.Fatal("a fresh code does not let in")
	}
	w.memory.Forget()
	w.restart(2)
	for _, code := range []string{w.paper[0], w.paper[1], w.codes[0]} {
		if step := w.enter("code", "name", w.account.Name, "code", code); done(step) || shown(t, step).Warning {
			t.Error("a list of before lets somebody in")
		}
	}
	if left := w.deviceOf(enrolled.Paper).Left; left != 0 {
		t.Errorf("%d codes are left of a list that is worth nothing", left)
	}
	paper, list, err := w.NewPaperList(w.account)
	if err != nil {
		t.Fatal(err)
	}
	w.bind(identity.High, list)
	if !done(w.enter("code", "name", w.account.Name, "code", paper[0])) || !done(w.tap(w.device)) {
		t.Error("a list of afterwards, or a passkey, does not let in")
	}
}

// A notice commits with the change or there is no change; whoever does the same again is told nothing new,
// and what was opened ends afterwards all the same.
func TestWhatIsToldCommitsWithTheChange(t *testing.T) {
	killed := errors.New("killed")
	for name, act := range map[string]func(w *world, also enrolled.Also) error{
		"suspended": func(w *world, also enrolled.Also) error {
			return w.Suspend(t.Context(), w.person, w.firstOf(enrolled.Passkey), enrolled.ByOwner, also)
		},
		"lost": func(w *world, also enrolled.Also) error {
			return w.Lose(t.Context(), w.person, w.firstOf(enrolled.Passkey), enrolled.Proof{Level: identity.High}, also)
		},
	} {
		w := newEnrolled(t)
		told := 0
		if err := act(w, func(context.Context) error { return killed }); !errors.Is(err, killed) || w.memory.Ends != 0 {
			t.Errorf("%s: %d ends, %v", name, w.memory.Ends, err)
		}
		for range 2 {
			if err := act(w, func(context.Context) error { told++; return nil }); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if told != 1 || w.memory.Ends != 2 || done(w.tap(w.device)) {
			t.Errorf("%s: told %d times, %d ends", name, told, w.memory.Ends)
		}
	}
}

// firstOf is the first device of a kind, however it stands.
func (w *world) firstOf(kind enrolled.Type) enrolled.DeviceID {
	w.t.Helper()
	all, err := w.Devices(w.t.Context(), w.person)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range all {
		if d.Type == kind {
			return d.ID
		}
	}
	w.t.Fatalf("no %s", kind)
	return enrolled.DeviceID{}
}
