package identitydb

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// guessing is a case with something that is to be typed: so many tries there are, and what is right.
type guessing struct {
	id           seal.RowID
	tried        enrolment.Tried
	most         int
	right, wrong string
	typed        func(string) error
}

// guesses brings cases to the three things that are typed in a visit. Each gives what the phone saw when it began.
func (w *town) guesses(t *testing.T) map[string]guessing {
	t.Helper()
	ctx := t.Context()
	claimed := func(v enrolment.Voucher) (enrolment.Case, string) {
		t.Helper()
		c, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		return c, cookie
	}
	at := func(cookie string) enrolment.Case {
		t.Helper()
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		return c
	}
	_, v := w.handed(t, people()["ordinary"].number)
	digits, _ := claimed(v)
	_, v = w.handed(t, people()["twin-a"].number)
	asked, cookie := claimed(v)
	must(t, w.Answer(ctx, asked, true))
	asked = at(cookie)
	home := w.signed(t, invented(77))
	v = w.atHome(t, home.ID)
	half := w.country.half
	_, cookie = w.keyed(t, v, "0001", enrolment.Passkey)
	second := at(cookie)
	return map[string]guessing{
		"the digits": {digits.ID, enrolment.TriedMatch, 2, digits.Work.Match, other(digits.Work.Match), func(typed string) error {
			_, err := w.Match(ctx, w.clerk, digits.ID, typed)
			return err
		}},
		"the document": {asked.ID, enrolment.TriedCheck, asked.Tries.Check, "0001", "9999", func(typed string) error {
			return w.Prove(ctx, asked, typed)
		}},
		"the second half": {second.ID, enrolment.TriedSecond, 3, half, strings.Map(func(r rune) rune { return '9' - r + '0' }, half), func(typed string) error {
			return w.Second(ctx, second, typed)
		}},
	}
}

// Attacks OT-01, OT-02 (Devise CVE-2019-5421): of 64 guesses at once no more are looked at than there are tries; then the
// case stops, and what is right is taken no more.
func TestAttack_OT_02_SixtyFourGuessesAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		for name, g := range w.guesses(t) {
			var all sync.WaitGroup
			var told atomic.Int32 // that there are tries left
			for range 64 {
				all.Go(func() {
					var wrong *enrolment.ErrWrong
					var refused *enrolment.Refused
					switch err := g.typed(g.wrong); {
					case errors.As(err, &wrong):
						told.Add(1)
					case err != nil && !errors.As(err, &refused):
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			all.Wait()
			if int(told.Load()) >= g.most {
				t.Errorf("%s: %d guesses of %d were looked at, and more were left", name, told.Load(), g.most)
			}
			_ = g.typed(g.right)
			if c, err := w.Case(t.Context(), w.clerk, g.id); err != nil || c.State != enrolment.Suspicious || c.Matched && g.tried != enrolment.TriedCheck {
				t.Errorf("%s: the case is %s, matched: %v, %v", name, c.State, c.Matched, err)
			}
		}
	})
}

// The same, where somebody used up the tries and the case has not stopped yet: what is right comes too late.
func TestAttack_OT_02_RightWhenNoTryIsLeft(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		for name, g := range w.guesses(t) {
			for range g.most {
				_, ok, err := w.db.Try(t.Context(), g.id, g.tried)
				if err != nil || !ok {
					t.Fatalf("%s: a try: %v, %v", name, ok, err)
				}
			}
			_ = g.typed(g.right)
			if c, err := w.Case(t.Context(), w.clerk, g.id); err != nil || c.State != enrolment.Suspicious || c.Matched || c.Progress == enrolment.Proved {
				t.Errorf("%s: the case is %s, matched: %v, at %d: %v", name, c.State, c.Matched, c.Progress, err)
			}
		}
	})
}

// Attacks IN-05, OT-06: the digits are for whose case it is; a colleague at the next window has none to type.
func TestAttack_IN_05_AColleagueTypesNoDigits(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _ := w.keyed(t, v, "0001", enrolment.Passkey)
		if _, err := w.Match(ctx, w.beside(t), c.ID, c.Work.Match); !refusedFor(err, "not_now") {
			t.Errorf("a colleague: %v", err)
		}
		if c, err := w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.KeyBound || c.Matched || c.Tries.Match != 2 {
			t.Errorf("the case is %s, matched: %v, with %d tries: %v", c.State, c.Matched, c.Tries.Match, err)
		}
	})
}

// tried does something once a try was taken, before what was typed is compared and written.
type tried struct {
	enrolment.Store
	do func()
}

func (s tried) Try(ctx context.Context, id seal.RowID, what enrolment.Tried) (int, bool, error) {
	left, ok, err := s.Store.Try(ctx, id, what)
	s.do()
	return left, ok, err
}

// Attacks OT-06: digits of a phone confirm no other one that has come since they were typed.
func TestAttack_OT_06_DigitsOfThePhoneBefore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _ := w.keyed(t, v, "0001", enrolment.Passkey)
		late := *w.Office
		late.Store = tried{w.Store, sync.OnceFunc(func() {
			for { // one in a thousand has the same digits
				_, v, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
				must(t, err)
				if next, _ := w.keyed(t, v, "0001", enrolment.Passkey); next.Work.Match != c.Work.Match {
					return
				}
			}
		})}
		if _, err := late.Match(ctx, w.clerk, c.ID, c.Work.Match); !refusedFor(err, "not_now") {
			t.Errorf("the digits of the phone before: %v", err)
		}
		if c, err := w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.KeyBound || c.Matched {
			t.Errorf("the case is %s, matched: %v, %v", c.State, c.Matched, err)
		}
	})
}

// halved does something once a code was read whose second half is to be compared.
type halved struct {
	enrolment.Store
	do func()
}

func (s halved) Voucher(ctx context.Context, digests []enrolment.Digest, of seal.RowID) (*enrolment.VoucherRow, error) {
	v, err := s.Store.Voucher(ctx, digests, of)
	s.do()
	return v, err
}

// The same with the second half of a code for home.
func TestAttack_OT_06_TheHalfOfThePhoneBefore(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		home := w.signed(t, people()["ordinary"].number)
		v := w.atHome(t, home.ID)
		half := w.country.half
		_, cookie := w.keyed(t, v, "0001", enrolment.Passkey)
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		late := *w.Office
		late.Store = halved{w.Store, sync.OnceFunc(func() {
			_, v, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtHome)
			must(t, err)
			w.keyed(t, v, "0001", enrolment.Passkey)
		})}
		if err := late.Second(ctx, c, half); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the half of the code before: %v", err)
		}
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.KeyBound || c.Matched {
			t.Errorf("the case is %s, matched: %v, %v", c.State, c.Matched, err)
		}
	})
}

// Attacks IN-01, OT-11: nobody locks, ends or lets in again themselves, by whichever of their appointments.
func TestAttack_IN_01_NobodyLetsThemselvesIn(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		too, err := w.again(t, w.boss, "room-99", staff.LocalAdministrator)
		must(t, err)
		lead := w.named(t, "Wiesława Odległa", 9006, "room-99", staff.LocalAdministrator)
		must(t, w.staff.Lock(ctx, lead.Member, w.boss.Member.ID, "complaint"))
		for name, act := range map[string]func(staff.ID) error{
			"lets in": func(id staff.ID) error { return w.staff.Unlock(ctx, too, id, "administrator") },
			"ends":    func(id staff.ID) error { return w.staff.End(ctx, too, id, "administrator") },
			"locks":   func(id staff.ID) error { return w.staff.Lock(ctx, too, id, "administrator") },
		} {
			for _, id := range []staff.ID{w.boss.Member.ID, too.ID} {
				if err := act(id); !errors.Is(err, staff.ErrSelf) {
					t.Errorf("somebody %s themselves: %v", name, err)
				}
			}
		}
	})
}
