package identitydb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
	"symbolon/provider/store/storetest"
)

// wrongCode is a typed code that is well formed and somebody else's.
func wrongCode(n int) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"
	code, rest := make([]byte, 10), 0
	for i := range code {
		code[i] = digits[n%32]
		n /= 32
	}
	for _, c := range code {
		for at := range 32 {
			if digits[at] == c {
				rest = (rest*32 + at) % 37
			}
		}
	}
	return string(code) + string(digits[rest])
}

// Attacks OT-01 (ASVS 6.6.3, ZITADEL CVE-2025-64102), OT-02 (Devise CVE-2019-5421): however many guess
// at once, five guesses at a case's typed code are looked at, and the sixth finds nothing to guess.
func TestAttack_OT_01_OT_02_GuessesAtTheTypedCode(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, v := w.handed(t, people()["ordinary"].number)
		var all sync.WaitGroup
		var through atomic.Int32
		for n := range 200 {
			all.Go(func() {
				if _, _, err := w.ClaimCode(t.Context(), c.Number, wrongCode(n), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
					through.Add(1)
				}
			})
		}
		all.Wait()
		if through.Load() != 0 {
			t.Fatalf("%d wrong codes were not simply refused", through.Load())
		}
		c, err := w.Case(t.Context(), w.clerk, c.ID)
		must(t, err)
		if c.Tries.Code != 0 || c.State != enrolment.QRIssued {
			t.Errorf("%d tries left, %s", c.Tries.Code, c.State)
		}
		if n := kinds(t, w.db)[journal.CaseAlarm]; n != 1 {
			t.Errorf("%d alarms for a guessed code", n)
		}
		if _, _, err := w.ClaimCode(t.Context(), c.Number, v.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("the right code after five wrong ones: %v", err)
		}
		// OT-12: the citizen is not locked out by it; the camera's code works.
		if _, _, err := w.ClaimToken(t.Context(), v.Fragment(), enrolment.Phone{}); err != nil {
			t.Errorf("the QR code after guesses at the typed one: %v", err)
		}
	})
}

// Attacks OT-01: 10 000 guesses across cases and at numbers of no case. Chance of one: under 10⁻⁶ a
// case, 5 tries of 2⁵⁰.
func TestAttack_OT_01_TheTypedCodeOfAnotherCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		_, mine := w.handed(t, people()["ordinary"].number)
		yours, _ := w.handed(t, people()["twin-a"].number)
		if _, _, err := w.ClaimCode(t.Context(), yours.Number, mine.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("OT-06: one case's code at another: %v", err)
		}
		if _, _, err := w.ClaimCode(t.Context(), "2026-00000000", mine.Code, enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("a case that there is not: %v", err)
		}
	})
}

// Attacks OT-05 (parse-server GHSA-jpq4-7fmq-q5fj): 64 phones scan one code at once. One gets the case;
// the others freeze it, because one of the two is not the citizen's.
func TestAttack_OT_05_SixtyFourPhonesScanOneCode(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, v := w.handed(t, people()["ordinary"].number)
		var all sync.WaitGroup
		var cookies atomic.Int32
		for range 64 {
			all.Go(func() {
				_, cookie, err := w.ClaimToken(t.Context(), v.Fragment(), enrolment.Phone{})
				switch {
				case err == nil && cookie != "":
					cookies.Add(1)
				case !errors.Is(err, enrolment.ErrVoucher):
					t.Errorf("a late phone: %v", err)
				}
			})
		}
		all.Wait()
		c, err := w.Case(t.Context(), w.clerk, c.ID)
		must(t, err)
		if cookies.Load() != 1 || c.State != enrolment.Suspicious || c.Alarms == 0 {
			t.Errorf("%d phones got in, the case is %s with %d alarms", cookies.Load(), c.State, c.Alarms)
		}
	})
}

// Attacks OT-06, OT-08 (quishing), features N06: a code photographed and scanned elsewhere. Before the
// confirmation it freezes the case and the photographer gets nothing; afterwards it only alarms.
func TestAttack_OT_08_TheCodeIsPhotographed(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		if _, got, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) || got != "" {
			t.Errorf("the photographer: %v", err)
		}
		frozen, err := w.Resume(ctx, cookie)
		must(t, err)
		if enrolment.ScreenOf(frozen) != enrolment.ShowFrozen {
			t.Errorf("the citizen's phone is at %s", enrolment.ScreenOf(frozen))
		}
		_, v, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		c, _ = w.redeemed(t, v)
		if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("a scan after the end: %v", err)
		}
		after, err := w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		if after.State != enrolment.Active || after.Alarms != 2 {
			t.Errorf("a scan afterwards made the case %s, with %d alarms in all", after.State, after.Alarms)
		}
	})
}

// Features N06: the bystander was faster than the citizen. The citizen's phone shows no digits, so the
// clerk has none to type; guesses freeze the case at the second.
func TestAttack_OT_08_TheBystanderIsFaster(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		var wrong *enrolment.ErrWrong
		if _, err := w.Match(ctx, w.clerk, c.ID, other(c.Work.Match)); !errors.As(err, &wrong) || wrong.Left != 1 {
			t.Errorf("the first guess: %v", err)
		}
		c, err = w.Match(ctx, w.clerk, c.ID, other(other(c.Work.Match)))
		if !refusedFor(err, "frozen") || c.State != enrolment.Suspicious {
			t.Errorf("the second guess: %v, %s", err, c.State)
		}
		if _, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match); !refusedFor(err, "not_now") {
			t.Errorf("the right digits after it: %v", err)
		}
	})
}

// Attacks OT-07 (authentik CVE-2025-64708): one second after its time a code is worth nothing, by the
// database's clock, without any clean-up.
func TestAttack_OT_07_ACodeThatIsTooLate(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		_, v := w.handed(t, people()["ordinary"].number)
		wait(enrolment.DeskTime + time.Second)
		if _, _, err := w.ClaimToken(t.Context(), v.Fragment(), enrolment.Phone{}); !errors.Is(err, enrolment.ErrVoucher) {
			t.Errorf("a second too late: %v", err)
		}
	})
}

// Attacks IN-01 (ASVS 2.3.5): the second person is another person, also with two appointments, and in
// the database whatever the program does.
func TestAttack_IN_01_TheSecondPersonIsAnother(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.lookedUp(t, people()["ordinary"].number)
		seen := everything()
		seen.Doubt = "story"
		c, err := w.Evidence(ctx, w.clerk, c.ID, seen)
		must(t, err)
		p, err := w.staff.Propose(ctx, staff.Newcomer{Person: w.clerk.Member.Person, Name: w.clerk.Member.Name, Office: "room-14", Role: staff.ApprovingClerk}, "root")
		must(t, err)
		if _, err := w.staff.Confirm(ctx, p.ID, "root"); !errors.Is(err, staff.ErrSecond) {
			t.Errorf("one person names somebody alone: %v", err)
		}
		m, err := w.staff.Confirm(ctx, p.ID, "other")
		must(t, err)
		if _, err := w.Decide(ctx, w.actor(t, m), c.ID, true, ""); !refusedFor(err, "other_clerk") {
			t.Errorf("the drafter decides with another appointment: %v", err)
		}
		if _, err := w.db.SQL(ctx).Exec("UPDATE cases SET approver = ?, approver_person = ? WHERE id = ?", m.ID[:], m.Person[:], c.ID[:]); err == nil {
			t.Error("the database lets the drafter approve")
		}
		if _, err := w.db.SQL(ctx).Exec("UPDATE cases SET person = clerk_person WHERE id = ?", c.ID[:]); err == nil {
			t.Error("the database lets a clerk enrol themselves")
		}
		if _, err := w.db.SQL(ctx).Exec("UPDATE staff SET changed_by = person WHERE id = ?", m.ID[:]); err == nil {
			t.Error("the database lets somebody unlock themselves")
		}
		var all sync.WaitGroup
		var decided atomic.Int32
		for range 8 { // parallel approvals count once
			all.Go(func() {
				if _, err := w.Decide(ctx, w.second, c.ID, true, ""); err == nil {
					decided.Add(1)
				}
			})
		}
		all.Wait()
		if decided.Load() != 1 {
			t.Errorf("%d decisions", decided.Load())
		}
	})
}

// Attacks IN-02, OT-11 (Keycloak #49469): the day's cap holds under parallel calls, over a restart and
// midnight; at the cap the clerk is locked, and only another person unlocks.
func TestAttack_IN_02_TheDaysCap(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		var gone time.Duration
		w := found(t, open(t, d), func() time.Duration { return gone }).settle(t)
		w.Policy.LookUps = 10
		ctx := t.Context()
		var all sync.WaitGroup
		var through, capped atomic.Int32
		for n := range 25 {
			all.Go(func() {
				c, err := w.Draft(ctx, w.clerk, w.order(invented(n)))
				if err == nil {
					_, err = w.LookUp(ctx, w.clerk, c.ID)
				}
				if err == nil {
					through.Add(1)
				} else if errors.Is(err, staff.ErrCap) {
					capped.Add(1)
				}
			})
		}
		all.Wait()
		if through.Load() != 10 || capped.Load() != 15 {
			t.Errorf("%d look-ups, %d refused by the cap", through.Load(), capped.Load())
		}
		restarted := found(t, open(t, d), nil) // another process with the same database
		if _, err := restarted.staff.Able(ctx, w.clerk.Member.Person, staff.LookUp, ""); !errors.Is(err, staff.ErrLocked) {
			t.Errorf("after a restart: %v", err)
		}
		if err := w.staff.Unlock(ctx, w.clerk.Member, w.clerk.Member.ID, ""); !errors.Is(err, staff.ErrLocked) && !errors.Is(err, staff.ErrNobody) && !errors.Is(err, staff.ErrSelf) {
			t.Errorf("unlocks themselves: %v", err)
		}
		must(t, w.staff.Unlock(ctx, w.boss.Member, w.clerk.Member.ID, "asked why"))
		must(t, w.staff.Exhausted(ctx, w.clerk.Member))
		if err := w.staff.Unlock(ctx, w.boss.Member, w.clerk.Member.ID, "again"); !errors.Is(err, staff.ErrSecond) {
			t.Errorf("locked twice in a week: %v", err)
		}
	})
}

// Attacks IN-03: acts in another order, repeated, and with another person's rights.
func TestAttack_IN_03_ForgedOrder(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		draft, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		stale := w.clerk
		stale.Proved = w.now().Add(-6 * time.Minute)
		for name, try := range map[string]func() error{
			"evidence before the look-up": func() error { _, err := w.Evidence(ctx, w.clerk, draft.ID, everything()); return err },
			"print before the evidence":   func() error { _, err := w.Print(ctx, w.clerk, draft.ID); return err },
			"sign before the print":       func() error { _, err := w.Sign(ctx, w.clerk, draft.ID, "x"); return err },
			"hand over first":             func() error { _, _, err := w.HandOver(ctx, w.clerk, draft.ID, enrolment.AtDesk); return err },
			"a new code for nothing":      func() error { _, _, err := w.Reissue(ctx, w.clerk, draft.ID, enrolment.AtDesk); return err },
			"match nothing":               func() error { _, err := w.Match(ctx, w.clerk, draft.ID, "000"); return err },
			"decide nothing":              func() error { _, err := w.Decide(ctx, w.second, draft.ID, true, ""); return err },
		} {
			if err := try(); err == nil {
				t.Errorf("%s: allowed", name)
			}
		}
		signed := w.signed(t, people()["twin-a"].number)
		if _, _, err := w.HandOver(ctx, stale, signed.ID, enrolment.AtDesk); !refusedFor(err, "step_up") {
			t.Errorf("without a fresh proof of the clerk: %v", err)
		}
	})
}

// Attacks IN-04: the clerk's own number, a dead person's, a child's.
func TestAttack_IN_04_OneselfAndTheDead(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		for code, number := range map[string]string{"self": invented(9002), "deceased": people()["deceased"].number} {
			c, err := w.Draft(t.Context(), w.clerk, w.order(number))
			must(t, err)
			c, err = w.LookUp(t.Context(), w.clerk, c.ID)
			if !refusedFor(err, code) || c.State != enrolment.Cancelled {
				t.Errorf("%s: %v, the case is %s", code, err, c.State)
			}
		}
		if n := kinds(t, w.db)[journal.LookedUp]; n != 2 {
			t.Errorf("%d look-ups on record of two", n)
		}
	})
}

// Attacks IN-05 (ZITADEL CVE-2025-64431): another office's case is not there, by any act.
func TestAttack_IN_05_AnotherOfficesCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, ctx, far := w.lookedUp(t, people()["ordinary"].number), t.Context(), w.away
		for name, try := range map[string]func(context.Context) error{
			"read":     func(ctx context.Context) error { _, err := w.Case(ctx, far, c.ID); return err },
			"photo":    func(ctx context.Context) error { _, err := w.Photo(ctx, far, c.ID, false); return err },
			"look up":  func(ctx context.Context) error { _, err := w.LookUp(ctx, far, c.ID); return err },
			"evidence": func(ctx context.Context) error { _, err := w.Evidence(ctx, far, c.ID, everything()); return err },
			"decide":   func(ctx context.Context) error { _, err := w.Decide(ctx, far, c.ID, true, ""); return err },
			"print":    func(ctx context.Context) error { _, err := w.Print(ctx, far, c.ID); return err },
			"sign":     func(ctx context.Context) error { _, err := w.Sign(ctx, far, c.ID, "x"); return err },
			"code":     func(ctx context.Context) error { _, _, err := w.HandOver(ctx, far, c.ID, enrolment.AtDesk); return err },
			"match":    func(ctx context.Context) error { _, err := w.Match(ctx, far, c.ID, "000"); return err },
			"cancel":   func(ctx context.Context) error { _, err := w.Cancel(ctx, far, c.ID, "x"); return err },
		} {
			if err := try(ctx); !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("%s: %v", name, err)
			}
		}
		list, err := w.Desk(ctx, far)
		if err != nil || len(list) != 0 {
			t.Errorf("the other office's list has %d cases, %v", len(list), err)
		}
	})
}

// Attacks IN-14 (ASVS 6.3.2): a fresh installation has no account at all.
func TestAttack_IN_14_NobodyIsAnAdministratorByDefault(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		w := found(t, open(t, d), nil)
		p := w.human(t, invented(1))
		for _, act := range []staff.Act{staff.LookUp, staff.Approve, staff.Appoint, staff.Lock, staff.Suspend} {
			if _, err := w.staff.Able(t.Context(), p, act, ""); !errors.Is(err, staff.ErrNobody) {
				t.Errorf("%s: %v", act, err)
			}
		}
		if _, err := w.staff.Able(t.Context(), identity.PersonID{}, staff.Appoint, ""); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("nobody at all: %v", err)
		}
	})
}

// Attacks EN-01, EN-05: every code that is not worth anything gets the very same answer.
func TestAttack_EN_01_EveryDeadCodeIsAnsweredAlike(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		c, _ := w.redeemed(t, v)
		_, typed, typedErr := w.ClaimCode(ctx, c.Number, v.Code, enrolment.Phone{})
		_, used, usedErr := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		_, none, noneErr := w.ClaimToken(ctx, "1."+"AAAAAAAAAAAAAAAAAAAAAA", enrolment.Phone{})
		_, junk, junkErr := w.ClaimToken(ctx, "junk", enrolment.Phone{})
		_, far, farErr := w.ClaimCode(ctx, "2026-99999999", wrongCode(1), enrolment.Phone{})
		_, near, nearErr := w.ClaimCode(ctx, c.Number, wrongCode(1), enrolment.Phone{})
		if got := fmt.Sprint(usedErr, typedErr, noneErr, junkErr, farErr, nearErr, used, typed, none, junk, far, near); got != fmt.Sprint(noneErr, noneErr, noneErr, noneErr, noneErr, noneErr, "", "", "", "", "", "") {
			t.Errorf("answers differ: %s", got)
		}
	})
}

// Attacks IN-05, IN-08: a colleague in the same office who neither works on a case nor decides about it
// sees no photo, also while it waits for the second decision.
func TestAttack_IN_05_ACaseOfAColleague(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		beside := w.beside(t)
		c := w.lookedUp(t, people()["twin-b"].number)
		if _, err := w.Photo(ctx, beside, c.ID, false); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("while it is compared: %v", err)
		}
		c, err := w.Evidence(ctx, w.clerk, c.ID, enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)})
		must(t, err)
		if _, err := w.Photo(ctx, beside, c.ID, false); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("while it is reviewed: %v", err)
		}
		if _, err := w.Photo(ctx, w.second, c.ID, false); err != nil {
			t.Errorf("who decides: %v", err)
		}
	})
}

// Attacks IN-03, means.md R-STAT-01: a document that was reported lost since the code was handed over gets
// no second code, either.
func TestAttack_IN_03_ANewCodeForALostDocument(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, _ := w.handed(t, people()["ordinary"].number)
		w.country.status = register.Lost
		if _, _, err := w.Reissue(t.Context(), w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "document") {
			t.Errorf("%v", err)
		}
		w.country.status = register.Valid
		if _, _, err := w.Reissue(t.Context(), w.clerk, c.ID, enrolment.AtDesk); err != nil {
			t.Errorf("found again: %v", err)
		}
	})
}

// Attacks OT-06 (ASVS 6.6.2): what the first phone still had on its way when the case was given to a second
// one does not put its key into the case.
func TestAttack_OT_06_TheFirstPhoneInTheSecondsCase(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.handed(t, people()["ordinary"].number)
		ready := func(cookie string) enrolment.Case {
			for _, do := range []func(enrolment.Case) error{
				func(c enrolment.Case) error { return w.Answer(ctx, c, true) },
				func(c enrolment.Case) error { return w.Prove(ctx, c, "0001") },
				func(c enrolment.Case) error { return w.Accept(ctx, c) },
				func(c enrolment.Case) error { _, err := w.BeginKey(ctx, c, enrolment.Passkey, ""); return err },
			} {
				at, err := w.Resume(ctx, cookie)
				must(t, err)
				must(t, do(at))
			}
			at, err := w.Resume(ctx, cookie)
			must(t, err)
			return at
		}
		_, first, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		late := ready(first)
		c, v, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		_, second, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		ready(second)
		if err := w.FinishKey(ctx, late, enrolment.Passkey, enrolment.Response{Credential: []byte("good")}); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the first phone's key: %v", err)
		}
		c, err = w.Resume(ctx, second)
		must(t, err)
		if c.State != enrolment.Claimed || c.Work.Key.Sealed != nil {
			t.Errorf("the second phone's case is %s", c.State)
		}
	})
}
