package officewindowtest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// Means.md §4.5, features H24: in a real browser, whose key signs what its forms say, the counter's computer asks who sits
// down anew for the document; who was there before goes on.
func TestTheNextOneAtTheCounterInABrowser(t *testing.T) {
	t.Parallel()
	rp := visit.Clinic()
	w := visit.Open(t, rp, hubtest.WithDialect(store.SQLite))
	clerk := visit.Desk(t, w, "clerk-1")
	visit.Handed(t, clerk, visit.Ordinary)
	at, link := clerk.Page.URL.String(), w.Issuer+"/e?at=counter"
	counter := sit(t, "en", "counter-next", 1280, 720)
	counter.Open(link)
	counter.Fill("number", clerk.Page.TextOf("typed-number"))
	counter.Fill("code", clerk.Page.TextOf("typed-code"))
	counter.Click("begin-typed")
	match := plain(counter.Text("match"))
	clerk.Get(at)
	clerk.Fill("digits", match)
	clerk.Click("match")
	shows := func(button string) {
		t.Helper()
		counter.Fill("answer", visit.OrdinaryEnd)
		counter.Click("go-on")
		if button == "accept" {
			counter.Click(button)
			return
		}
		counter.Wait(button)
	}
	counter.Click("yes")
	shows("accept")
	counter.Click("with-paper")
	counter.Click("make-key")
	counter.Wait("show-codes")
	counter.Open(link)
	counter.Click("resume")
	counter.Wait("answer")
	shows("show-codes")
	counter.inSight("show-codes")
	counter.Click("show-codes")
	counter.inSight("codes", "print", "codes-kept") // thirty codes, on the office computer's small screen
	if !counter.Has("codes") {
		t.Errorf("no codes at %s:\n%s", counter.URL(), counter.TextAt("body"))
	}
}
