package identitydb

import (
	"errors"
	"strings"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
)

// Means.md §4.4, §4.5 step 3, attacks OT-17: what cannot be the answer, by its length or its signs alone, is a slip of the
// finger. It is said, costs no try and is on no record; the tries are there for what could be it.
func TestAttack_OT_17_WhatCannotBeTheAnswerIsNoTry(t *testing.T) {
	slips := map[string][]string{
		"the digits":      {"", " ", "57", "5 7", "5701", "abc", "57O", "५७०", strings.Repeat("5", 1<<20)},
		"the document":    {"", "001", "ZZP 100001", "0001/2", "ZZP1000", "...", "००००", strings.Repeat("0", 1<<20)},
		"the second half": {"", "1234567", "123456789", "not digits", "123456", "1234567O", strings.Repeat("1", 1<<20)},
	}
	offices(t, func(t *testing.T, w *town) {
		for name, g := range w.guesses(t) {
			before, told := w.state(t, enrolment.Case{ID: g.id}), kinds(t, w.db)[journal.CaseAlarm]
			for _, typed := range slips[name] {
				if err := g.typed(typed); !errors.Is(err, enrolment.ErrShape) && !refusedFor(err, "digits") {
					t.Errorf("%s, %.20q: %v", name, typed, err)
				}
			}
			if c := w.state(t, enrolment.Case{ID: g.id}); c.Tries != before.Tries || c.State != before.State || c.Gen != before.Gen || kinds(t, w.db)[journal.CaseAlarm] != told {
				t.Errorf("%s: after slips the case is %s with %+v, %d alarms", name, c.State, c.Tries, kinds(t, w.db)[journal.CaseAlarm]-told)
			}
			for left := g.most - 1; left > 0; left-- {
				var wrong *enrolment.ErrWrong
				if err := g.typed(g.wrong); !errors.As(err, &wrong) || wrong.Left != left {
					t.Errorf("%s, a wrong one: %v", name, err)
				}
			}
			must(t, g.typed(g.right))
		}
	})
}

// The same with the birth date of who has no document: it has a day, a month and a year of four digits, in either order.
func TestAttack_OT_17_WhatIsNoDateIsNoTry(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.applied(t, enrolment.AtDesk)
		c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		must(t, w.Answer(ctx, c, true))
		c, err = w.Resume(ctx, cookie)
		must(t, err)
		for _, slip := range []string{"", "1.10.08", "08-10-01", "2008", "20081", "1 October 2008", "13.13.2008", "2008-10-32", "32.10.2008", "10/24/2008", strings.Repeat("1", 1<<20)} {
			if err := w.Prove(ctx, c, slip); !errors.Is(err, enrolment.ErrShape) {
				t.Errorf("%.20q: %v", slip, err)
			}
		}
		if now := w.state(t, c); now.Tries != c.Tries || now.Gen != c.Gen {
			t.Errorf("after slips: %+v", now.Tries)
		}
		var wrong *enrolment.ErrWrong
		if err := w.Prove(ctx, c, "1.10.2007"); !errors.As(err, &wrong) || wrong.Left != c.Tries.Check-1 {
			t.Errorf("another date: %v", err)
		}
		birth := strings.Split(c.Work.Snapshot.Birth, "-")
		must(t, w.Prove(ctx, c, strings.TrimPrefix(birth[2], "0")+"."+birth[1]+"."+birth[0]))
		if now := w.state(t, c); now.Progress != enrolment.Proved {
			t.Errorf("the right date: at %d", now.Progress)
		}
	})
}

// Attacks OT-01, OT-17: the same with the typed code: it says what is not whole, whatever case there is, and what does not
// fit together costs no try.
func TestAttack_OT_17_WhatIsNoWholeCodeIsNoTry(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		for _, typed := range [][2]string{
			{c.Number, ""}, {c.Number, v.Code[:9]}, {c.Number, v.Code + "0"}, {c.Number, "00000-00000-1"}, {c.Number[:8], v.Code}, {"0000-00000000", v.Code[:9]}, {"", v.Code}, {"abcd-efgh", v.Code},
		} {
			if _, _, err := w.ClaimCode(ctx, typed[0], typed[1], enrolment.Phone{}); !errors.Is(err, enrolment.ErrShape) {
				t.Errorf("%q: %v", typed, err)
			}
		}
		if _, _, err := w.ClaimCode(ctx, "0000-00000000", v.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) || errors.Is(err, enrolment.ErrShape) {
			t.Errorf("a number that no case has: %v", err)
		}
		if now := w.state(t, c); now.Tries != c.Tries {
			t.Errorf("after slips: %+v", now.Tries)
		}
		_, _, err := w.ClaimCode(ctx, c.Number, v.Code, enrolment.Phone{})
		must(t, err)
	})
}
