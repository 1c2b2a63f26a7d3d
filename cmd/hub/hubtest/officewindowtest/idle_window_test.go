package officewindowtest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
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
}
