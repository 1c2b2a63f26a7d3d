package officewindowtest

import (
	"testing"

	"symbolon/cmd/hub/hubtest/visit"
)

// What a clerk presses after comparing, and the second clerk after looking, is in sight on an old office computer's screen
// in every language, also where the page has more to say than usual: that what was handed out before stops, that its
// citizen stopped some of it, that the clerk has a doubt, or that a document alone says who it is.
func TestWhatIsPressedNextFitsAnOldScreen(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic())
	visit.Enrol(t, w, "clerk-1")
	visit.NotMe(t, w, visit.Noticed(t, w))
	each := func(what, clerk string, looks func(desk *window)) {
		for _, language := range []string{"pl", "en", "hu", "fr", "ar"} {
			t.Run(what+" in "+language, func(t *testing.T) { looks(counter(t, w, language, clerk)) })
		}
	}
	taker := visit.Desk(t, w, "clerk-3")
	visit.Find(taker, visit.Ordinary)
	each("another clerk comparing", "clerk-3", func(desk *window) {
		desk.Open(taker.Page.URL.String())
		desk.says("desk.takeup.ahead.here")
		desk.show("compare-takes-up")
		desk.unscrolled("takes-up", "compared", "not-enough")
	})
	taker.Click("cancel-case")
	stopped, foreign := visit.Desk(t, w, "clerk-1"), visit.Desk(t, w, "clerk-1")
	stopped.Pick("purpose", "lost_phone")
	visit.Find(stopped, visit.Ordinary)
	visit.ByDocument(foreign, "passport", "UKR", "FA 123456")
	each("comparing", "clerk-1", func(desk *window) {
		desk.Open(stopped.Page.URL.String())
		desk.says("desk.compare.ends")
		desk.says("desk.takeup.not_me")
		desk.show("compare-stopped")
		desk.unscrolled("compared", "not-enough")
		desk.Open(foreign.Page.URL.String())
		desk.show("read-foreign")
		desk.unscrolled("read")
	})
	stopped.Pick("doubt", "photo")
	stopped.Tick("helper")
	visit.Compared(stopped)
	visit.ReadAs(foreign)
	each("comparing with a document", "clerk-1", func(desk *window) {
		desk.Open(foreign.Page.URL.String())
		desk.says("desk.read.note")
		desk.show("compare-foreign")
		desk.unscrolled("compared", "not-enough", "correct")
	})
	visit.Compared(foreign)
	each("deciding", "clerk-2", func(desk *window) {
		desk.Open(stopped.Page.URL.String())
		desk.says("desk.compare.ends")
		desk.says("desk.takeup.not_me")
		desk.show("decide-stopped")
		desk.unscrolled("accept", "reject")
		desk.Open(foreign.Page.URL.String())
		desk.says("desk.flag.document_alone")
		desk.show("decide-foreign")
		desk.unscrolled("accept", "reject")
	})
}

// The same where a phone was stolen and the old may be stopped at once, and where it was.
func TestStoppingTheOldFitsAnOldScreen(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic())
	visit.Enrol(t, w, "clerk-1")
	clerk := visit.Desk(t, w, "clerk-1")
	clerk.Pick("purpose", "lost_phone")
	visit.Find(clerk, visit.Ordinary)
	visit.Compared(clerk)
	at := clerk.Page.URL.String()
	each := func(what string, ids ...string) {
		for _, language := range []string{"pl", "en", "hu", "fr", "ar"} {
			t.Run(what+" in "+language, func(t *testing.T) {
				desk := counter(t, w, language, "clerk-1")
				desk.Open(at)
				desk.show("lost-" + what)
				desk.unscrolled(ids...)
			})
		}
	}
	each("print", "print", "stop-old")
	clerk.Click("print")
	clerk.Click("to-case")
	each("sign", "signed")
	clerk.Click("signed")
	each("hand", "hand-over")
	clerk.Click("stop-old")
	each("stopped", "hand-over")
}
