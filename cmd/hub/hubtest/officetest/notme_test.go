package officetest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
)

// A message tells the time of the country and whom to call. The reference of a login stops no way to log in: whoever
// types it there reads what it is good for.
func TestTheReferenceOfALoginStopsNothing(t *testing.T) {
	t.Parallel()
	const helpLine = "+48 22 555 01 23"
	rp := clinic()
	w := open(t, rp, hubtest.WithSettings(func(s map[string]any) { s["time_zone"], s["help_line"] = "Asia/Tokyo", helpLine }))
	enter(w, w.Browser(t), "ordinary")
	var told sim.Message
	hubtest.Eventually(t, "the login is told", func() bool {
		for _, m := range w.Country.Inbox.Messages() {
			if strings.Contains(m.Body, "confirmed to be you") {
				told = m
			}
		}
		return told.Body != ""
	})
	if !strings.Contains(told.Body, " JST") || !strings.HasSuffix(told.Body, helpLine) {
		t.Errorf("no time of the country, or no number to call: %q", told.Body)
	}
	me := w.Browser(t)
	if page := me.Get(w.Issuer + "/help"); !strings.Contains(page.TextOf("stopped-help-line"), helpLine) {
		t.Errorf("the help for what is stopped names no number:\n%s", page.Text())
	}
	if page := me.Get(w.Issuer + "/not-me"); !strings.Contains(page.TextOf("help-line"), helpLine) {
		t.Errorf("whom to call:\n%s", page.Text())
	}
	for typed, itsOwn := range map[string]bool{regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}`).FindString(told.Body): true, "ABCD": false} {
		me.Fill("reference", typed)
		if page := me.Click("stop"); strings.Contains(page.TextOf("refused"), "a single login") != itsOwn || page.Has("portal") != itsOwn || page.Has("stopped") {
			t.Errorf("the reference of a login (%v) is answered:\n%s", itsOwn, page.Text())
		}
	}
}

// Means.md R-ENR-11: who holds only the paper finds on it whom to call, and who cannot log in at the portal is led to what helps.
func TestPaperAndPortalLeadToHelp(t *testing.T) {
	t.Parallel()
	const helpLine = "+48 22 555 01 23"
	w := open(t, clinic(), hubtest.WithSettings(func(s map[string]any) { s["help_line"] = helpLine }))
	clerk := desk(t, w, "clerk-1")
	find(clerk, ordinary)
	compared(clerk)
	if page := clerk.Click("print"); page.TextOf("form-help-line") != helpLine {
		t.Errorf("the paper names no number to call:\n%s", page.Text())
	}
	stranger := w.Browser(t)
	if stranger.Get(w.At("portal")); !stranger.Page.Has("lost") {
		t.Fatalf("nothing for who cannot log in:\n%s", stranger.Page.Text())
	}
	if page := stranger.Click("lost"); page.Status != http.StatusOK || page.URL.Fragment == "" || !page.Has(page.URL.Fragment) {
		t.Errorf("led to %s:\n%s", page.URL, page.Text())
	}
}

// Whoever was logged in at the desk reads why they are not any more, and comes back to where they were.
func TestADeskSaysThatItLoggedSomebodyOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		if page := w.Browser(t).Get(w.At("desk")); !page.Has("log-in") || page.Has("was-logged-in") || page.Has("lost") {
			t.Errorf("a stranger reads:\n%s", page.Text())
		}
		clerk := desk(t, w, "clerk-1")
		at := find(clerk, ordinary).URL.String()
		w.Shift(6 * time.Minute)
		if page := clerk.Get(at); !page.Has("was-logged-in") {
			t.Errorf("after six minutes:\n%s", page.Text())
		}
	})
}
