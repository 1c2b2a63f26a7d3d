package standingtest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

// logsIn reports whether a device lets its owner in.
func logsIn(w *hubtest.World, rp *hubtest.RP, b *hubtest.Browser, device *enrolledtest.Device) bool {
	rp.Authorize(b, "scope", "openid")
	b.Click("means-" + hubtest.MeansPhone)
	page := b.Tap(device)
	return page.Has("approve") || rp.Landed(page)
}

// lostPhone opens a case of somebody whose phone was lost.
func lostPhone(clerk *hubtest.Browser) *hubtest.Page {
	clerk.Get(strings.SplitAfter(clerk.Page.URL.String(), clerk.Page.URL.Host)[0] + "/")
	clerk.Pick("purpose", "lost_phone")
	return find(clerk, ordinary)
}

// Means.md §4.3, §4.7: whoever is enrolled anew after a loss logs in with the new phone alone, and clerk, officer and
// citizen read that the earlier case was replaced; one more phone replaces nothing.
func TestEnrolledAnewAfterALoss(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		first := clerk.Page.URL.String()
		one := finish(t, w, clerk)
		clerk.Get(w.At("desk"))
		handed(t, clerk, ordinary)
		two := finish(t, w, clerk)
		if !logsIn(w, rp, w.Browser(t), one) || !logsIn(w, rp, w.Browser(t), two) {
			t.Fatal("one of two phones does not log in")
		}
		if page := clerk.Get(first); !page.Has("step-done") {
			t.Fatalf("one more phone replaced the first:\n%s", page.Text())
		}
		lostPhone(clerk)
		agreed(t, w, clerk) // the third time within a month
		three := finish(t, w, clerk)
		if logsIn(w, rp, w.Browser(t), one) || logsIn(w, rp, w.Browser(t), two) || !logsIn(w, rp, w.Browser(t), three) {
			t.Error("a lost phone logs in, or the new one does not")
		}
		if page := clerk.Get(first); page.TextOf("ended") != "replaced by a later one." {
			t.Errorf("the clerk reads:\n%s", page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(w.At("desk") + "/security" + strings.TrimPrefix(first, w.At("desk")))
		if page := reads(officer); !strings.Contains(page.Text(), "replaced by a later one") || !strings.Contains(page.Text(), "A later case replaced it") {
			t.Errorf("the officer reads:\n%s", page.Text())
		}
		me := w.Browser(t)
		enter(w, me, "ordinary")
		if page := me.Get(w.At("portal") + "/devices"); strings.Count(page.Text(), "replaced by a new one") < 2 {
			t.Errorf("the citizen reads:\n%s", page.Text())
		} else { // three phones of one day, of three visits
			visits := map[string]bool{}
			for _, of := range regexp.MustCompile(`case number (\S+)`).FindAllStringSubmatch(page.Text(), -1) {
				visits[of[1]] = true
			}
			if len(visits) != 3 || !strings.Contains(page.TextOf("from-"+strings.TrimPrefix(page.IDs("device-")[0], "device-")), "Nowa Wola") {
				t.Errorf("of %d visits:\n%s", len(visits), page.Text())
			}
		}
	})
}

// Means.md R-ENR-13: an emergency after a lost phone ends nothing that is stronger. It says before, on the form and
// in the notice that it is put aside; nobody logs in with it, whoever holds the weak one does not get at it, and the
// next visit at which the register answers takes it back.
func TestR_ENR_13_AnEmergencyPutsAside(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		strong := finish(t, w, clerk)
		down(t, w, "all")
		if page := lostPhone(clerk); !page.Has("emergency") || !page.Has("puts-aside") {
			t.Fatalf("before anything happens:\n%s", page.Text())
		}
		clerk.Pick("paper", "idcard")
		for id, text := range map[string]string{"document": "ZZP100001", "given": "Konstanty", "family": "Brzeziński-Testowy", "birth": "1987-02-22", "expires": "2031-06-14"} {
			clerk.Fill(id, text)
		}
		if page := clerk.Click("read"); !page.Has("puts-aside") {
			t.Errorf("while it is compared:\n%s", page.Text())
		}
		agreed(t, w, clerk)
		at := clerk.Page.URL.String()
		if page := clerk.Get(at + "/form"); !page.Has("form-aside") {
			t.Errorf("the form:\n%s", page.Text())
		}
		clerk.Get(at)
		weak := finish(t, w, clerk)
		down(t, w, "")
		w.Shift(time.Minute)
		me := w.Browser(t)
		if logsIn(w, rp, w.Browser(t), strong) || !logsIn(w, rp, me, weak) {
			t.Error("what may be in wrong hands logs in, or what the emergency gave does not")
		}
		me.Get(w.At("portal") + "/begin")
		page := me.Get(w.At("portal") + "/devices")
		aside := ""
		for _, id := range page.IDs("resume-") {
			if !page.Has(strings.Replace(id, "resume-", "lose-", 1)) {
				aside = id
			}
		}
		if aside == "" || !strings.Contains(page.Text(), "in an emergency") {
			t.Fatalf("the citizen reads:\n%s", page.Text())
		}
		if page := me.Click(aside); page.Query("wrong") != "weak" {
			t.Errorf("taken back by what is weaker: %s\n%s", page.URL, page.Text())
		}
		w.Shift(time.Hour)
		again := desk(t, w, "clerk-1")
		if page := find(again, ordinary); !page.Has("retakes") {
			t.Fatalf("the next visit:\n%s", page.Text())
		}
		again.Tick("retakes")
		agreedIfAsked(t, w, again)
		fresh := finish(t, w, again)
		if !logsIn(w, rp, w.Browser(t), strong) || !logsIn(w, rp, w.Browser(t), fresh) || logsIn(w, rp, w.Browser(t), weak) {
			t.Error("after a real check the strong ones log in, and the weak one does not")
		}
	}, emergencies())
}

// agreedIfAsked brings a case on to the code, past a second clerk where it needs one.
func agreedIfAsked(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) {
	t.Helper()
	compared(clerk)
	at := clerk.Page.URL.String()
	if clerk.Page.Has("step-review") {
		second := desk(t, w, "clerk-2")
		second.Get(at)
		second.Click("accept")
		clerk.Get(at)
	}
	clerk.Click("print")
	clerk.Click("to-case")
	clerk.Click("signed")
	if page := clerk.Click("hand-over"); !page.Has("qr") {
		t.Fatalf("no code at %s:\n%s", page.URL, page.Text())
	}
}

// A phone was lost: after a new visit the old key logs in nowhere, and whoever was logged in with it is
// logged out (attacks LK-02).
func TestALostPhoneIsReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		old := enrol(t, w, "clerk-1")
		found := w.Browser(t)
		rp.Authorize(found, "scope", "openid")
		found.Click("means-" + hubtest.MeansPhone)
		found.Tap(old)
		rp.Finish(found, "ordinary")
		clerk := desk(t, w, "clerk-1")
		clerk.Pick("purpose", "lost_phone")
		handed(t, clerk, ordinary)
		fresh := finish(t, w, clerk)
		if page := rp.Authorize(found, "scope", "openid"); !page.Has("means-" + hubtest.MeansPhone) {
			t.Errorf("the finder is still logged in:\n%s", page.Text())
		}
		found.Click("means-" + hubtest.MeansPhone)
		if page := found.Tap(old); page.Has("approve") || rp.Landed(page) {
			t.Errorf("the lost phone logs in:\n%s", page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(fresh)
		if rp.Finish(login, "ordinary").Code() == "" {
			t.Error("the new phone does not log in")
		}
	})
}
