package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
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

// Means.md §4.4: the clerk may type the digits at any time, and the phone's page does not know it. What it says is true
// before and after; and the next page asks for nothing that the clerk has.
func TestThePhoneAsksForNoDigitsThatTheClerkHas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		phone := claim(t, w, clerk)
		asks := func() {
			t.Helper()
			if page := phone.Page; page.TextOf("match") == "" || !strings.Contains(page.TextOf("say-digits"), "If the clerk has not typed") {
				t.Errorf("before the digits, at %s:\n%s", page.URL, page.Text())
			}
		}
		if asks(); !strings.Contains(phone.Page.TextOf("next"), "three digits") {
			t.Errorf("what comes next is %q", phone.Page.TextOf("next"))
		}
		clerk.Get(at)
		clerk.Fill("digits", phone.Page.TextOf("match"))
		clerk.Click("match")
		stood := phone.Page // as it was, on a phone that asked for nothing since
		if page := phone.Get(w.Issuer + "/e/now"); page.Has("match") || strings.Contains(page.Text(), "three digits") || !page.Has("yes") {
			t.Errorf("the same page, shown again:\n%s", page.Text())
		}
		phone.Page = stood
		if page := phone.Click("yes"); page.Has("match") || strings.Contains(page.Text(), "three digits") || !page.Has("answer") {
			t.Errorf("the page after it:\n%s", page.Text())
		}
	})
}

// firstPhone is the phone of who has no document yet, with the code of a case that a second clerk agreed to.
func firstPhone(t *testing.T, w *hubtest.World) *hubtest.Browser {
	t.Helper()
	clerk := desk(t, w, "clerk-1")
	visit.Find(clerk, "08300190078")
	visit.Compared(clerk)
	at := clerk.Page.URL.String()
	second := desk(t, w, "clerk-2")
	second.Get(at)
	second.Click("accept")
	clerk.Get(at)
	signed(clerk)
	clerk.Click("hand-over")
	return claim(t, w, clerk)
}

// Who has no document yet proves with the birth date that it is them: nothing there speaks of a document.
func TestWhoHasNoDocumentIsAskedForNone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := firstPhone(t, w)
		if page := phone.Click("yes"); !page.Has("answer") || strings.Contains(page.Text(), "document") {
			t.Errorf("asked for the birth date:\n%s", page.Text())
		}
	})
}
