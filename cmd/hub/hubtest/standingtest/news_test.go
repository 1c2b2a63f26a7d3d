package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md R-ENR-07: the means are told, too: whoever comes by another way than the new one reads of it before
// anything is told, in the portal, and where nothing is left to ask; nothing in it names the way or the office.
func TestR_ENR_07_OtherWaysTellOfTheNewOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		tells := func(what string, page *hubtest.Page, want bool) {
			t.Helper()
			if page.Has("news") != want {
				t.Errorf("%s: the page tells of a new way: %t\n%s", what, !want, page.Text())
			}
			if text := page.TextOf("news"); want && (strings.Contains(text, "Nowa Wola") || strings.Contains(text, "phone") || strings.Contains(text, "passkey")) {
				t.Errorf("%s: %q", what, text)
			}
		}
		me := w.Browser(t)
		city := w.Country.Addresses.City
		tells("consent is asked for", me.Prove(city, "trusted-profile", "ordinary"), true)
		me.Tick("remember")
		me.Click("approve")
		again := w.Browser(t)
		tells("nothing is left to ask", again.Prove(city, "trusted-profile", "ordinary"), true)
		if page := again.Click("go-on"); !strings.HasPrefix(page.URL.String(), city) {
			t.Errorf("going on leads to %s", page.URL)
		}
		me.Get(w.At("portal") + "/begin")
		tells("the portal", me.Get(w.At("portal")), true)
		if page := me.Click("news-stop"); !strings.HasPrefix(page.URL.Path, "/devices") {
			t.Errorf("stopping leads to %s", page.URL)
		}
		mine := w.Browser(t)
		mine.Get(w.At("portal"))
		mine.Click("log-in")
		mine.Click("means-" + hubtest.MeansPhone)
		tells("who came by the new way", mine.Tap(device), false)
	})
}
