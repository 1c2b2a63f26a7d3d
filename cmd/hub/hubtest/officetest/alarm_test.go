package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Means.md §4.4: a case that stopped says what stopped it, also when it goes on with a new code. Where that was a slip of
// the clerk's and it ended well, only the security officers are shown an alarm.
func TestTheDeskSaysWhatStoppedACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		match := claim(t, w, clerk).Page.TextOf("match")
		clerk.Get(at)
		for range 2 {
			clerk.Fill("digits", visit.Mistyped(match))
			clerk.Click("match")
		}
		if page := clerk.Page; !page.Has("step-alarm") || !page.Has("alarm-match") || strings.Contains(page.TextOf("alarm"), "nother phone") {
			t.Errorf("after wrong digits:\n%s", page.Text())
		}
		if page := clerk.Click("reissue"); !page.Has("qr") || !page.Has("alarm-match") {
			t.Errorf("with a new code:\n%s", page.Text())
		}
		finishBy(t, w, clerk, visit.OrdinaryEnd)
		page := clerk.Get(w.At("desk"))
		if cases := page.TextOf("cases"); strings.Contains(cases, "alarm") || !strings.Contains(cases, "done") {
			t.Errorf("after a slip and a good end the list says %q", cases)
		}
		number := strings.TrimPrefix(page.IDs("case-")[0], "case-")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		if page := officer.Get(w.At("desk") + "/security"); !page.Has("alarm-" + number) {
			t.Errorf("an officer sees no alarm:\n%s", page.Text())
		}

		handed(t, clerk, "80030990173")
		at = clerk.Page.URL.String()
		if page := claim(t, w, clerk).Click("no"); !strings.Contains(page.TextOf("screen-frozen"), "this is not me") {
			t.Errorf("the phone, after a No:\n%s", page.Text())
		}
		if page := clerk.Get(at); !page.Has("alarm-not_me") || strings.Contains(page.TextOf("alarm"), "nother phone") {
			t.Errorf("after a No:\n%s", page.Text())
		}
		if page := clerk.Get(w.At("desk")); !strings.Contains(page.TextOf("cases"), "alarm") {
			t.Errorf("after a No the list says:\n%s", page.Text())
		}
	})
}

// An alarm that was a slip of the clerk's own stands over the hand-over until the next digits match, and no longer; one that
// may have been somebody else's stands.
func TestASlipIsOverWhenTheDigitsMatch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		matched := func(number string, stopped func(at string)) *hubtest.Page {
			handed(t, clerk, number)
			at := clerk.Page.URL.String()
			stopped(at)
			clerk.Click("reissue")
			match := claim(t, w, clerk).Page.TextOf("match")
			if page := clerk.Get(at); !page.Has("alarm") {
				t.Errorf("with a new code, before its digits:\n%s", page.Text())
			}
			clerk.Fill("digits", match)
			page := clerk.Click("match")
			if !page.Has("matched") {
				t.Fatalf("the digits do not match:\n%s", page.Text())
			}
			return page
		}
		page := matched(ordinary, func(at string) {
			match := claim(t, w, clerk).Page.TextOf("match")
			clerk.Get(at)
			for range 2 {
				clerk.Fill("digits", visit.Mistyped(match))
				clerk.Click("match")
			}
		})
		if page.Has("alarm") {
			t.Errorf("the alarm stands beside digits that match:\n%s", page.Text())
		}
		if cases := clerk.Get(w.At("desk")).TextOf("cases"); strings.Contains(cases, "alarm") {
			t.Errorf("the list says %q", cases)
		}
		page = matched("80030990173", func(at string) {
			claim(t, w, clerk).Click("no")
			clerk.Get(at)
		})
		if !page.Has("alarm-not_me") {
			t.Errorf("an alarm that was no slip is gone:\n%s", page.Text())
		}
	})
}

// Means.md §4.2, R-ENR-09: what a case's trail calls an alarm stands in the list of alarms, and one wrong number, which may
// still be typed rightly, is in neither.
func TestTrailAndListAgreeOnAlarms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, officer := desk(t, w, "clerk-1"), w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		says := func(at string, slip, alarm bool) {
			t.Helper()
			listed := len(officer.Get(w.At("desk")+"/security").IDs("alarm-")) > 0
			page := officer.Get(strings.Replace(at, "/cases/", "/security/cases/", 1))
			if page.Has("open") {
				page = reads(officer)
			}
			text := page.TextOf("happened")
			if listed != alarm || strings.Contains(text, "Alarm") != alarm || strings.Contains(text, "Typed wrongly") != slip {
				t.Errorf("in the list: %v, want %v; the trail:\n%s", listed, alarm, text)
			}
		}
		at := toSign(clerk, ordinary).URL.String()
		code := visit.SentTo(t, w, "email", func() { clerk.Click("send-email") })
		clerk.Fill("code-email", visit.Mistyped(code))
		if page := clerk.Click("check-email"); page.Refused() != "wrong" {
			t.Fatalf("the wrong number, at %s:\n%s", page.URL, page.Text())
		}
		says(at, true, false)
		clerk.Get(w.At("desk"))
		handed(t, clerk, "80030990173")
		at = clerk.Page.URL.String()
		match := claim(t, w, clerk).Page.TextOf("match")
		wrong := func() {
			clerk.Get(at)
			clerk.Fill("digits", visit.Mistyped(match))
			clerk.Click("match")
		}
		wrong()
		says(at, true, false)
		wrong()
		says(at, true, true)
	})
}
