package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Means.md R-ENR-01: a second clerk who opens a case and decides nothing has looked at the citizen's data, and the citizen
// reads so, once for a while of looking; so does a security officer. A colleague who only sees how far it is has not.
func TestR_ENR_01_ASecondClerkWhoDecidesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		clerk.Pick("doubt", "document")
		compared(clerk)
		at, me := clerk.Page.URL.String(), w.Browser(t)
		enter(w, me, "ordinary")
		looks := func() int {
			return strings.Count(me.Get(w.At("portal")+"/looked").Text(), "A second clerk looked at your case")
		}
		clerk.Get(at)
		if n := looks(); n != 0 {
			t.Fatalf("%d looks before a second clerk came", n)
		}
		second := desk(t, w, "clerk-2")
		for range 3 {
			if page := second.Get(at); !page.Has("accept") {
				t.Fatalf("the second clerk sees:\n%s", page.Text())
			}
		}
		if n := looks(); n != 1 {
			t.Errorf("%d looks:\n%s", n, me.Page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(strings.Replace(at, w.At("desk"), w.At("desk")+"/security", 1))
		if page := reads(officer); strings.Count(page.Text(), "Shown to a second clerk") != 1 {
			t.Errorf("an officer reads:\n%s", page.Text())
		}
	})
}

// Means.md R-ENR-01, R-STAT-01: what the site asks a register by itself, when the phone is ready, nobody at the desk did: the
// citizen and an officer read so, and what was asked.
func TestR_ENR_01_WhatTheSiteAsksByItself(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		visit.Handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		visit.FinishOrdinary(t, w, clerk)
		me := w.Browser(t)
		enter(w, me, "ordinary")
		page := me.Get(w.At("portal") + "/looked").Text()
		_, itself, found := strings.Cut(page, "What this site did by itself")
		if !found || !strings.Contains(itself, "whether your document is still valid") || strings.Contains(itself, "Staff number") || strings.Contains(itself, "Position") {
			t.Errorf("the citizen reads:\n%s", page)
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(strings.Replace(at, w.At("desk"), w.At("desk")+"/security", 1))
		if page := reads(officer); !strings.Contains(page.Text(), "The register was asked once more Whether the document is still valid") {
			t.Errorf("an officer reads:\n%s", page.Text())
		}
	})
}
