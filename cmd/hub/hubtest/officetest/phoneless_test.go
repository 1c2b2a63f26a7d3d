package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Means.md R-ENR-11: who gets a key or a list at the counter is told no word of a camera or of a phone of theirs as if
// there were one, neither on the application that they sign nor at the desk, where their way has a summary of its own.
func TestWhoHasNoPhoneIsToldNothingOfOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		visit.Find(clerk, ordinary)
		visit.Compared(clerk)
		next := clerk.Click("print").TextOf("form-next")
		if strings.Contains(next, "three digits from your phone") || strings.Contains(next, "page on your phone") || !strings.Contains(next, "If you have no phone") {
			t.Errorf("the application says what happens next: %q", next)
		}
		clerk.Click("to-case")
		clerk.Click("signed")
		page := clerk.Click("hand-over")
		if !page.Has("phoneless") {
			t.Fatalf("no summary for who has no phone:\n%s", page.Text())
		}
		if summary, way := page.TextOf("phoneless-open"), page.TextOf("phoneless"); summary != "The citizen has no phone" || strings.Contains(way, "camera") || !strings.Contains(way, "Open the page for this computer") {
			t.Errorf("%q leads to %q", summary, way)
		}
		if camera := page.TextOf("typed"); strings.Contains(camera, "this computer") || strings.Contains(camera, "no phone") {
			t.Errorf("where the camera does not work: %q", camera)
		}
		if number, code := page.TextOf("phoneless-number"), page.TextOf("phoneless-code"); number != page.TextOf("typed-number") || code == "" || code != page.TextOf("typed-code") {
			t.Errorf("what is read out: %q and %q", number, code)
		}
	})
}
