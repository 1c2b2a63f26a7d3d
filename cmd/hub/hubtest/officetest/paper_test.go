package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// printed is a desk at the application of somebody whose address is known.
func printed(t *testing.T) (*hubtest.World, *hubtest.Browser, *hubtest.Page) {
	t.Helper()
	w := open(t, clinic())
	clerk := desk(t, w, "clerk-1")
	find(clerk, ordinary)
	compared(clerk)
	return w, clerk, clerk.Click("print")
}

// Screens.md: the citizen reads and signs the application in their own language, with its direction; whoever works at the
// desk reads theirs all along, and another language of the desk's leaves the paper as it was chosen.
func TestTheApplicationIsInTheLanguageThatTheClerkChoosesForTheCitizen(t *testing.T) {
	t.Parallel()
	_, clerk, page := printed(t)
	if lang := valueAt(page.Need(t, "paper"), "lang"); lang != "en" || valueAt(page.Need(t, "in-en"), "aria-current") != "true" {
		t.Errorf("nobody chose, and the paper is in %q", lang)
	}
	inArabic := func(page *hubtest.Page) {
		t.Helper()
		paper := page.Need(t, "paper")
		if valueAt(paper, "lang") != "ar" || valueAt(paper, "dir") != "rtl" || !strings.Contains(page.TextOf("paper"), "الخطوات التالية") || strings.Contains(page.TextOf("paper"), "Application for") {
			t.Errorf("the paper at %s:\n%s", page.URL, page.TextOf("paper"))
		}
	}
	page = clerk.Click("in-ar")
	if inArabic(page); !strings.Contains(page.TextOf("to-case"), "Back to the case") || !strings.Contains(page.TextOf("step-help"), "citizen’s language") {
		t.Errorf("the clerk's own part turned, too:\n%s", page.Text())
	}
	page = clerk.Click("lang-pl")
	if inArabic(page); !strings.Contains(page.TextOf("to-case"), "Wróć do sprawy") || valueAt(page.Need(t, "lang-pl"), "aria-current") != "true" {
		t.Errorf("in Polish at the desk:\n%s", page.Text())
	}
	form := strings.TrimSuffix(page.URL.String(), "?"+page.URL.RawQuery)
	if page := clerk.Click("to-case"); valueAt(page.Need(t, "lang-pl"), "aria-current") != "true" {
		t.Errorf("back at the case:\n%s", page.Text())
	}
	clerk.Click("signed")
	clerk.Pick("language-email", "hu")
	clerk.Click("send-email")
	if page := clerk.Get(form); valueAt(page.Need(t, "paper"), "lang") != "hu" || valueAt(page.Need(t, "lang-pl"), "aria-current") != "true" {
		t.Errorf("once the citizen’s language is known the paper is in %q", valueAt(page.Need(t, "paper"), "lang"))
	}
	if page := clerk.Get(form + "?in=xx"); valueAt(page.Need(t, "paper"), "lang") != "hu" {
		t.Errorf("in a language that nobody speaks: %q", valueAt(page.Need(t, "paper"), "lang"))
	}
}

// What the citizen signs holds for them: where nobody knows an address of theirs it offers no code for home and no message.
func TestTheApplicationPromisesNothingToWhomNobodyCanWrite(t *testing.T) {
	t.Parallel()
	w, clerk, page := printed(t)
	if next, stop := page.TextOf("form-next"), page.TextOf("form-stop"); !strings.Contains(next, "prints it for home") || !strings.Contains(stop, "you will get a message") {
		t.Errorf("with an address known: %s\n%s", next, stop)
	}
	clerk.Get(w.At("desk"))
	byDocument(clerk, "residence_permit", "POL", "RPX7700012")
	readAs(clerk)
	visit.AgreedToSign(t, w, clerk)
	page = clerk.Get(clerk.Page.URL.String() + "/form")
	if next, stop := page.TextOf("form-next"), page.TextOf("form-stop"); strings.Contains(next, "home") || !strings.Contains(next, "shows a code") || !strings.Contains(stop, "no message") || !strings.Contains(stop, "help line") {
		t.Errorf("with no address known: %s\n%s", next, stop)
	}
}
