package officetest

import (
	"net/http"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Attacks IN-10: an officer is offered a stop of what its clerk may give out again, with an alarm and a code that ran out.
func TestAttack_IN_10_WhatHasExpiredIsOfferedToBeStopped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		visit.Claim(t, w, clerk)
		visit.Claim(t, w, clerk) // a second phone: an alarm, and the clerk begins anew
		if page := clerk.Get(at); !page.Has("reissue") {
			t.Fatalf("no new code at %s:\n%s", page.URL, page.Text())
		}
		clerk.Click("reissue")
		for range 4 {
			w.Shift(4 * time.Minute)
			clerk.Get(at)
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		page := officer.Get(w.At("desk") + "/security")
		number := page.TextOf(page.IDs("case-")[0])
		if !page.Has("stop-" + number) {
			t.Errorf("the list offers no stop:\n%s", page.Text())
		}
		officer.Click("case-" + number)
		page = reads(officer)
		if !page.Has("stop") {
			t.Fatalf("the trail offers no stop:\n%s", page.Text())
		}
		officer.Pick("stop-why", "clerk")
		officer.Click("stop")
		again := visit.Desk(t, w, "clerk-1")
		if page := again.Get(at); page.Has("reissue") || !page.Has("ended-why") {
			t.Errorf("the clerk's page after the stop:\n%s", page.Text())
		}
	})
}

// Means.md R-ENR-04: who gives out a new code for a case that expired, while another one of the same person is open, is led
// to that one and reads why.
func TestANewCodeBesideANewerCaseLeadsToThatOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		for range 4 {
			w.Shift(4 * time.Minute)
			clerk.Get(at)
		}
		again := visit.Desk(t, w, "clerk-1")
		find(again, ordinary)
		newer := again.Page.URL.Path
		again.Get(at)
		if page := again.Click("reissue"); page.URL.Path != newer || page.Refused() != "other_case" || page.Status != http.StatusOK {
			t.Errorf("at %s (%d):\n%s", page.URL, page.Status, page.Text())
		}
	})
}
