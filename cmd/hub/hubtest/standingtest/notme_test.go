package standingtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
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
	for typed, itsOwn := range map[string]bool{regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(told.Body): true, "ABCD": false} {
		me.Fill("reference", typed)
		if page := me.Click("stop"); strings.Contains(page.TextOf("refused"), "a single login") != itsOwn || page.Has("portal") != itsOwn || page.Has("stopped") {
			t.Errorf("the reference of a login (%v) is answered:\n%s", itsOwn, page.Text())
		}
	}
	me.Fill("reference", "2026-63761384") // which messages about a stop quote
	if page := me.Click("stop"); !strings.Contains(page.TextOf("refused"), "stopped already") || !strings.Contains(page.TextOf("refused"), helpLine) {
		t.Errorf("the number of a visit is answered:\n%s", page.Text())
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

// Means.md R-ENR-07: every channel is told within a minute, and the reference stops what was set up.
func TestThisWasNotMe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		own := desk(t, w, "clerk-1")
		own.Click(own.Page.IDs("case-")[0])
		at := own.Page.URL.String()
		var reference string
		channels := map[string]bool{}
		hubtest.Eventually(t, "both channels are told", func() bool {
			for _, m := range w.Country.Inbox.Messages() {
				if found := visit.Reference(m); found != "" {
					reference, channels[m.Channel] = found, true
				}
			}
			return len(channels) == 2
		})
		victim := w.Browser(t)
		for _, m := range w.Country.Inbox.Messages() { // a reference and our host name, nothing that a program makes an address of
			if strings.Contains(m.Body, reference) && (strings.Contains(m.Body, "/") || !strings.Contains(m.Body, strings.TrimPrefix(w.Issuer, "http://"))) {
				t.Errorf("the notice by %s says %q", m.Channel, m.Body)
			}
		}
		victim.Get(w.Issuer + "/")
		victim.Click("not-me")
		victim.Fill("reference", strings.ToLower(reference))
		if page := victim.Click("stop"); !page.Has("stopped") || !page.Has("portal") {
			t.Fatalf("after stopping:\n%s", page.Text())
		}
		for channel := range channels {
			hubtest.Eventually(t, channel+" is told that it was stopped", func() bool {
				return slices.ContainsFunc(w.Country.Inbox.Messages(), func(m sim.Message) bool {
					return m.Channel == channel && strings.Contains(m.Body, "you log in with was stopped")
				})
			})
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.Has("approve") || page.URL.Path == "/callback" {
			t.Errorf("what was stopped logs in:\n%s", page.Text())
		}
		if page := own.Get(at); !strings.Contains(page.TextOf("ended-why"), "this was not me") || !strings.Contains(page.TextOf("ended-what"), "another clerk") {
			t.Errorf("its clerk does not read why, and what to do:\n%s", page.Text())
		}
	})
}

// Attacks OT-11 (Keycloak CVE-2026-9798 class): what "this was not me" stopped is not taken back at the
// portal by whoever logs in there by another way; and whoever has the number of the notice keeps nobody logged out by it
// (OT-12).
func TestAttack_OT_11_StoppedAndTakenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		enrol(t, w, "clerk-1")
		number := visit.Noticed(t, w)
		visit.NotMe(t, w, number)
		b := w.Browser(t)
		b.Get(w.At("portal") + "/begin")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		page := b.Get(w.At("portal") + "/devices")
		stopped := page.IDs("stopped-")
		if len(stopped) == 0 || len(page.IDs("resume-")) != 0 || page.Has("add-phone") || !strings.Contains(page.TextOf(stopped[0]), "number from a message") {
			t.Fatalf("what was stopped reads:\n%s", page.Text())
		}
		for _, id := range stopped {
			action, form := b.Form(strings.Replace(id, "stopped-", "lose-", 1))
			form.Set("act", "resume")
			if page := b.Post(action, form, w.At("portal")); page.Query("wrong") == "" {
				t.Errorf("%s: resumed, at %s", id, page.URL)
			}
			b.Get(w.At("portal") + "/devices")
		}
		if page := b.Get(w.At("portal") + "/ways"); !page.Has("why-stopped") {
			t.Errorf("as if it let anybody in:\n%s", page.Text())
		}
		if page := visit.NotMe(t, w, number); !page.Has("stopped") { // a stranger who has the notice
			t.Errorf("the same number again is answered otherwise:\n%s", page.Text())
		}
		if page := b.Get(w.At("portal") + "/devices"); len(page.IDs("stopped-")) != len(stopped) {
			t.Errorf("the same number again logs the citizen out, who is there by another way:\n%s", page.Text())
		}
	})
}

// Means.md §4.7: who is to let work again what "this was not me" stopped, and the second clerk, read that before they press.
func TestBothClerksReadThatItWasNotThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		enrol(t, w, "clerk-1")
		visit.NotMe(t, w, visit.Noticed(t, w))
		clerk := another(t, w)
		if page := find(clerk, "80030990173"); page.Has("not-me-said") {
			t.Errorf("of somebody who stopped nothing:\n%s", page.Text())
		}
		clerk.Get(w.At("desk"))
		if page := find(clerk, ordinary); !strings.Contains(page.TextOf("not-me-said"), "This was not me") {
			t.Errorf("before they are compared:\n%s", page.Text())
		}
		at := clerk.Page.URL.String()
		clerk.Tick("mismatch")
		visit.Compared(clerk)
		second := desk(t, w, "clerk-2")
		if page := second.Get(at); !page.Has("accept") || !page.Has("not-me-said") {
			t.Errorf("to the second clerk:\n%s", page.Text())
		}
		second.Click("accept")
		clerk.Get(at)
		if page := visit.Signed(clerk); !page.Has("take-up") || !page.Has("not-me-said") {
			t.Errorf("where it is taken up:\n%s", page.Text())
		}
		takesUp(t, clerk)
	})
}
