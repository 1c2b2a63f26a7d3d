package officewindowtest

import (
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// Means.md §4.5, features H24: in a real browser the counter's computer asks who sits down anew for the document, and leaves
// them the time to type; who was there before goes on, and the page that offers the codes stays as it is until they are read.
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
	stays := func(what string) {
		t.Helper()
		before := len(counter.Trail())
		time.Sleep(6 * time.Second)
		if loaded := counter.Trail()[before:]; len(loaded) > 0 {
			t.Errorf("%s is not left as it is: %v", what, loaded)
		}
	}
	stays("the page with the codes")
	counter.Open(link)
	counter.Click("resume")
	counter.Wait("answer")
	stays("the question")
	shows("show-codes")
	counter.Click("show-codes")
	if !counter.Has("codes") {
		t.Errorf("no codes at %s:\n%s", counter.URL(), counter.TextAt("body"))
	}
}
