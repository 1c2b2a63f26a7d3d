package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.7: whoever comes because a phone was stolen waits for nothing: once they are compared, the clerk stops at once
// what logs in with it, and whoever has it is logged out. The citizen and the officer read why, who has nothing new with
// them goes home with it stopped, and what comes of the next visit replaces it.
func TestAStolenPhoneIsStoppedBeforeThereIsANewOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		stolen := enrol(t, w, "clerk-1")
		thief := w.Browser(t)
		rp.Authorize(thief, "scope", "openid")
		thief.Click("means-" + hubtest.MeansPhone)
		thief.Tap(stolen)
		rp.Finish(thief, "ordinary")
		clerk := desk(t, w, "clerk-1")
		if page := lostPhone(clerk); page.Has("stop-old") {
			t.Fatalf("offered before anybody was compared:\n%s", page.Text())
		}
		compared(clerk)
		first := clerk.Page.URL.String()
		if !clerk.Page.Has("step-print") || !clerk.Page.Has("stop-old") {
			t.Fatalf("not offered after they were compared:\n%s", clerk.Page.Text())
		}
		messages := len(w.Country.Inbox.Messages())
		if page := clerk.Click("stop-old"); !page.Has("old-stopped") || page.Has("stop-old") || !page.Has("step-print") {
			t.Fatalf("after the stop:\n%s", page.Text())
		}
		hubtest.Eventually(t, "the citizen is told", func() bool { return len(w.Country.Inbox.Messages()) > messages })
		if logsIn(w, rp, w.Browser(t), stolen) {
			t.Error("the stolen phone logs in")
		}
		if page := rp.Authorize(thief, "scope", "openid"); !page.Has("means-" + hubtest.MeansPhone) {
			t.Errorf("whoever has it is still logged in:\n%s", page.Text())
		}
		if page := clerk.Click("cancel-case"); !strings.Contains(page.TextOf("ended"), "nothing new was given out") || !page.Has("old-stopped") {
			t.Errorf("at its end:\n%s", page.Text())
		}
		me := w.Browser(t)
		enter(w, me, "ordinary")
		if page := me.Get(w.At("portal") + "/devices"); !strings.Contains(page.Text(), "reported lost there") || len(page.IDs("resume-")) != 0 {
			t.Errorf("the citizen reads:\n%s", page.Text())
		}
		if page := me.Get(w.At("portal") + "/ways"); !strings.Contains(page.TextOf("ways-text"), "not marked as stopped") {
			t.Errorf("of their ways the citizen reads:\n%s", page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(w.At("desk") + "/security" + strings.TrimPrefix(first, w.At("desk")))
		if page := reads(officer); !strings.Contains(page.Text(), "given before was stopped at once") {
			t.Errorf("the officer reads:\n%s", page.Text())
		}
		lostPhone(clerk)
		agreedIfAsked(t, w, clerk)
		fresh := finish(t, w, clerk)
		if logsIn(w, rp, w.Browser(t), stolen) || !logsIn(w, rp, w.Browser(t), fresh) {
			t.Error("after the next visit the stolen phone logs in, or the new one does not")
		}
	})
}

// Other visits offer nothing to stop, and where a form for it is sent all the same, nothing is stopped.
func TestNothingElseIsStoppedAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	enrol(t, w, "clerk-1")
	clerk := desk(t, w, "clerk-1")
	find(clerk, ordinary)
	if page := compared(clerk); !page.Has("step-print") || page.Has("stop-old") {
		t.Fatalf("one more phone:\n%s", page.Text())
	}
	at, form := clerk.Form("print")
	if page := clerk.Post(strings.TrimSuffix(at, "/print")+"/stop-old", form, w.At("desk")); page.Has("old-stopped") || page.Query("refused") != "not_now" {
		t.Errorf("sent all the same, at %s:\n%s", page.URL, page.Text())
	}
	me := w.Browser(t)
	enter(w, me, "ordinary")
	if page := me.Get(w.At("portal") + "/devices"); strings.Contains(page.Text(), "reported lost there") {
		t.Errorf("the citizen reads:\n%s", page.Text())
	}
}
