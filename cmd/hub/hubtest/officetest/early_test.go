package officetest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// The phone shows the digits from its first page on, so a clerk may type them before the citizen did anything. The desk
// then asks for them no more, and goes on saying what the phone waits for.
func TestTheDigitsComeFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		phone := claim(t, w, clerk)
		if page := clerk.Get(at); !page.Has("ask-digits") {
			t.Errorf("before the digits:\n%s", page.Text())
		}
		clerk.Fill("digits", phone.Page.TextOf("match"))
		if page := clerk.Click("match"); !page.Has("matched") || page.Has("ask-digits") || !page.Has("phone-you") {
			t.Errorf("with the digits, before the citizen said who they are:\n%s", page.Text())
		}
	})
}
