package officewindowtest

import (
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// Features H24: what somebody types counts from when they typed it. Whoever went away is warned, and is not kept logged
// in for what they did when the page was new.
func TestTheDeskIsIdleFromTheLastSignOfLife(t *testing.T) {
	w := visit.Open(t, visit.Clinic())
	clerk := sit(t, "pl", "idle", 1280, 720)
	clerk.signIn(w, "clerk-1")
	hubtest.Look[bool](clerk.Chromium, `(() => { const now = Date.now; window.later = 0; Date.now = () => now() + window.later * 1000; return true; })()`)
	asked := func(n string) {
		t.Helper()
		clerk.Until("the server hears of it "+n+" times", `performance.getEntriesByName(location.origin + "/stay").length === `+n)
	}
	hidden := func() bool { return hubtest.Look[bool](clerk.Chromium, `document.getElementById("stay").hidden`) }
	clerk.Fill("number", "1")
	hubtest.Look[int](clerk.Chromium, `window.later = 70`)
	asked("1")
	hubtest.Look[int](clerk.Chromium, `window.later = 70 + 245`) // nobody has touched it since
	clerk.Until("the warning", `!document.getElementById("stay").hidden`)
	clerk.Fill("number", "12")
	asked("2")
	if !hidden() {
		t.Error("the warning stays after a sign of life")
	}
	hubtest.Look[bool](clerk.Chromium, `(() => { // something lies on a key
		document.dispatchEvent(new KeyboardEvent("keydown", { repeat: true }));
		document.dispatchEvent(new Event("input"));
		window.later = 315 + 245;
		return true;
	})()`)
	clerk.Until("the warning, whatever lies on a key", `!document.getElementById("stay").hidden`)
	asked("2")
}

// Features H24: a citizen's phone, which may be far away and for days, has the page of its case come anew:
// that is no sign of life of a clerk who went away.
func TestWhatAPhoneDoesIsNoSignOfLifeAtTheDesk(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithDialect(store.SQLite))
	clerk := sit(t, "pl", "left-alone", 1280, 720)
	clerk.signIn(w, "clerk-1")
	clerk.toSign(visit.Ordinary)
	clerk.Click("hand-over")
	at := clerk.URL()
	clerk.Press("typed-open")
	w.Shift(3 * time.Minute)
	phone := w.Browser(t)
	phone.Get(w.Issuer + "/e")
	phone.Fill("number", plain(clerk.Text("typed-number")))
	phone.Fill("code", plain(clerk.Text("typed-code")))
	phone.Click("begin-typed")
	clerk.Wait("phone-you")
	if left := hubtest.Look[int](clerk.Chromium, `Number(document.getElementById("stay").dataset.left)`); left <= 60 || left > 2*60 {
		t.Errorf("three minutes after the last sign of life of five, the page says %d seconds", left)
	}
	if clerk.URL() != at {
		t.Errorf("the page is at %s", clerk.URL())
	}
	w.Shift(3 * time.Minute)
	if clerk.Open(w.At("desk")); clerk.Has("office") || !clerk.Has("log-in") {
		t.Errorf("six minutes after the last sign of life somebody is logged in at %s", clerk.URL())
	}
}
