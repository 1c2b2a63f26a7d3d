package identitydb

import (
	"errors"
	"testing"

	"symbolon/provider/enrolment"
)

// Attacks IN-10: a clerk who fills their own counter is not beyond the reach of who locks them.
func TestAttack_IN_10_AClerkHidesBehindTheDaysLimit(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.officer(t)
		c, v := w.handed(t, people()["ordinary"].number)
		must(t, w.staff.Exhausted(ctx, w.clerk.Member))
		if err := w.staff.Lock(ctx, officer.Member, w.clerk.Member.ID, "security"); err != nil {
			t.Errorf("an officer locks who is at the day's limit: %v", err)
		}
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("its code: %v, the case is %s", err, w.state(t, c).State)
		}
	})
}

// Attacks IN-10: what a second clerk agreed to goes no further either once somebody removed that one.
func TestAttack_IN_10_WhatSomebodyAgreedToWhoWorksNoMore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		doubtful := everything()
		doubtful.Doubt = "story"
		c, err := w.Evidence(ctx, w.clerk, w.lookedUp(t, people()["ordinary"].number).ID, doubtful)
		must(t, err)
		_, err = w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
		_, err = w.Print(ctx, w.clerk, c.ID)
		must(t, err)
		_, err = w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/7")
		must(t, err)
		_, v, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		must(t, w.staff.Lock(ctx, w.officer(t).Member, w.second.Member.ID, "security"))
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("its code: %v, the case is %s", err, w.state(t, c).State)
		}
	})
}

// Attacks IN-10: nor is anything taken up in a visit on the word of a second clerk whom somebody removed.
func TestAttack_IN_10_NothingIsTakenUpOnTheWordOfWhoWorksNoMore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		x := w.stoppedVisit(t, func(enrolment.Case) error { return w.Stop(ctx, w.country.refCode) })
		v := w.by(w.beside(t))
		doubtful := everything()
		doubtful.Doubt = "story"
		c, err := v.Evidence(ctx, v.clerk, v.lookedUp(t, people()["ordinary"].number).ID, doubtful)
		must(t, err)
		c = v.filed(t, c)
		must(t, w.staff.Lock(ctx, w.officer(t).Member, w.second.Member.ID, "security"))
		for range 2 { // pressed twice
			if _, err := v.TakeUp(ctx, v.clerk, c.ID, []string{"codes"}); !refusedFor(err, "not_now") {
				t.Errorf("whoever agreed was locked, and: %v", err)
			}
		}
		if now := w.state(t, c); w.reached(t, x) != enrolment.Suspended || now.Work.TakenUp != 0 || now.Alarms != 0 || w.times(t, "again") != 0 {
			t.Errorf("it is %s; the visit took up %d, with %d alarms", w.reached(t, x), now.Work.TakenUp, now.Alarms)
		}
	})
}
