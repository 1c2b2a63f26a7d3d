package identitydb

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

func TestAVisitFromFindingToActive(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c, err := w.visit(t.Context(), people()["ordinary"].number)
		must(t, err)
		if c.State != enrolment.Active || c.Level != identity.High || w.country.bound[enrolment.CaseID(c.ID)] != 1 || w.told(t) != 1 {
			t.Errorf("the case is %s at %v, bound %d times, told %d times", c.State, c.Level, w.country.bound[enrolment.CaseID(c.ID)], w.told(t))
		}
		if ticks := enrolment.TicksOf(c); ticks != (enrolment.Ticks{Key: true, Checked: true, Signed: true, Code: true, Destroyed: true, Noticed: true}) {
			t.Errorf("ticks %+v", ticks)
		}
		if !strings.HasPrefix(c.Work.Record, "signed.") {
			t.Error("no signed record")
		}
		all := kinds(t, w.db)
		if all[journal.LookedUp] != 1 || all[journal.RegisterAsked] != 3 || all[journal.CaseStep] < 11 { // asked once more when compared, handed over and finished
			t.Errorf("the journal holds %v", all)
		}
	})
}

// Means.md R-ENR-09, attacks OT-14: no code, name, number, photo or contact stands in any row in clear.
func TestRowsOfDesksHoldNoPersonalData(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		_, v := w.handed(t, people()["ordinary"].number)
		_, cookie := w.keyed(t, v, "0001", enrolment.Passkey)
		rows := dump(t, w.db, "cases", "vouchers", "staff", "staff_proposals", "journal", "persons", "contacts")
		for name, secret := range map[string]string{
			"token": v.Token, "typed code": v.Code, "typed code, plain": strings.ReplaceAll(v.Code, "-", "")[:10], "cookie": cookie, "number": "87022290019",
			"family name": "Brzeziński", "e-mail": "konstanty.testowy", "document": "ZZP100001", "colleague": "Okienkowa", "birth date": "1987-02-22",
		} {
			if strings.Contains(rows, secret) {
				t.Errorf("the %s stands in a row", name)
			}
		}
	})
}

func TestAFirstIDCardTakesASecondClerk(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c := w.lookedUp(t, people()["twin-b"].number)
		seen := enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)}
		c, err := w.Evidence(ctx, w.clerk, c.ID, seen)
		must(t, err)
		if c.State != enrolment.ReviewRequired || len(c.Flags) != 1 || c.Flags[0] != enrolment.FirstDocument {
			t.Fatalf("%s with %v", c.State, c.Flags)
		}
		if _, err := w.Print(ctx, w.clerk, c.ID); !refusedFor(err, "not_now") {
			t.Errorf("printed before the decision: %v", err)
		}
		c, err = w.Decide(ctx, w.second, c.ID, true, "")
		must(t, err)
		c, err = w.Print(ctx, w.clerk, c.ID)
		must(t, err)
		c, err = w.Sign(ctx, w.clerk, c.ID, "7")
		must(t, err)
		c, _, err = w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		if c.Level != identity.Substantial {
			t.Errorf("a first ID card gives %v", c.Level)
		}
	})
}

func TestASecondCaseOfAPersonNamesTheFirst(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		first := w.lookedUp(t, people()["ordinary"].number)
		c, err := w.Draft(t.Context(), w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		_, err = w.LookUp(t.Context(), w.clerk, c.ID)
		var open *enrolment.OtherCase
		if !errors.As(err, &open) || open.Number != first.Number || open.ID != first.ID {
			t.Fatalf("the second case: %v", err)
		}
	})
}

func TestTheCaseWaitsForTheRegister(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.country.down = true
		c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		if _, err := w.LookUp(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatalf("without a register: %v", err)
		}
		w.country.down = false
		c, err = w.LookUp(ctx, w.clerk, c.ID)
		must(t, err)
		w.country.status = register.Unknown
		if _, err := w.Evidence(ctx, w.clerk, c.ID, everything()); !errors.Is(err, enrolment.ErrNoRegister) {
			t.Errorf("a document of which nobody knows how it stands: %v", err)
		}
		w.country.status = register.Stolen
		if _, err := w.Evidence(ctx, w.clerk, c.ID, everything()); !refusedFor(err, "document") {
			t.Errorf("a stolen document: %v", err)
		}
	})
}

func TestClosingThePageLosesNothingAndAnotherPhoneNeedsANewCode(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		_, v := w.handed(t, people()["ordinary"].number)
		_, cookie, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{})
		must(t, err)
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		must(t, w.Answer(ctx, c, true))
		again, fresh, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{Cookie: cookie})
		if err != nil || fresh != "" || again.Progress != enrolment.SaidYes {
			t.Fatalf("the same phone: %v, a new cookie %v, progress %d", err, fresh != "", again.Progress)
		}
		for round := 1; round <= 3; round++ {
			var next enrolment.Voucher
			c, next, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
			must(t, err)
			if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{Cookie: cookie}); !errors.Is(err, enrolment.ErrVoucher) {
				t.Errorf("round %d: the old code: %v", round, err)
			}
			v = next
		}
		if _, err := w.Resume(ctx, cookie); !errors.Is(err, enrolment.ErrPhone) {
			t.Errorf("the old phone goes on: %v", err)
		}
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "reissues") {
			t.Errorf("a fourth new code: %v", err)
		}
	})
}

func TestAtHomeTheSecondHalfConfirms(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		v := w.atHome(t, w.signed(t, people()["ordinary"].number).ID)
		wait(71 * time.Hour)
		_, cookie := w.keyed(t, v, "0001", enrolment.Passkey)
		c, err := w.Resume(ctx, cookie)
		must(t, err)
		if enrolment.ScreenOf(c) != enrolment.AskSecond {
			t.Fatalf("the phone is at %s", enrolment.ScreenOf(c))
		}
		var wrong *enrolment.ErrWrong
		if err := w.Second(ctx, c, "00000000"); !errors.As(err, &wrong) || wrong.Left != 2 {
			t.Errorf("a wrong half: %v", err)
		}
		must(t, w.Second(ctx, c, w.country.half))
		c, err = w.Resume(ctx, cookie)
		must(t, err)
		if c.State != enrolment.Active || c.Level != identity.Substantial {
			t.Errorf("%s at %v", c.State, c.Level)
		}
	})
}

// Attacks OT-06, means.md §4.4: the second half goes to the addresses that the citizen confirmed. One that
// was bent after that gets none, though it looks alike on the clerk's page, and one that is bent while the message
// waits does not either.
func TestAttack_OT_06_NoSecondHalfGoesToABentAddress(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, h := t.Context(), people()["ordinary"]
		n := notices(w.db)
		w.country.letters = &n
		bent := func(h human) {
			t.Helper()
			_, err := w.people.Enrol(ctx, *h.registered())
			must(t, err)
		}
		thief := withEmail(h, h.email[:1]+"hief"+h.email[strings.Index(h.email, "@"):])
		thief.phone = "+48600999" + h.phone[len(h.phone)-3:]
		c := w.signed(t, h.number)
		w.confirmed(t, c.ID, "email")
		w.confirmed(t, c.ID, "phone_number")
		told(t, w.db)
		bent(thief)
		if _, _, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtHome); !refusedFor(err, "no_channel") {
			t.Errorf("with two addresses that nobody confirmed: %v", err)
		}
		bent(h)
		_, _, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtHome)
		must(t, err)
		bent(thief)
		got := told(t, w.db)
		if len(got[h.email]) != 1 || len(got[thief.email]) != 0 || len(got[thief.phone]) != 0 {
			t.Errorf("the second half went to %d addresses, %d of them the citizen's", len(got), len(got[h.email]))
		}
	})
}

// What a crash cut short before activation is finished by whoever opens the case next.
func TestACaseWhoseActivationFailedIsFinishedLater(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.country.bindFail = errors.New("the disk is full")
		c, err := w.visit(ctx, people()["ordinary"].number)
		if err == nil || w.told(t) != 0 {
			t.Fatalf("activated without a key: %v", err)
		}
		w.country.bindFail = nil
		c, err = w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		if c.State != enrolment.Active || w.country.bound[enrolment.CaseID(c.ID)] != 1 {
			t.Errorf("it is %s", c.State)
		}
	})
}

func TestThisWasNotMeSuspends(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		for range 2 { // pressed twice
			must(t, w.Stop(ctx, strings.ToLower(w.country.refCode)))
		}
		must(t, w.Stop(ctx, "AAAAA-AAAAA-A"))
		c, err = w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		if c.State != enrolment.Suspended || len(w.country.stopped) != 1 {
			t.Errorf("%s, keys stopped %d times", c.State, len(w.country.stopped))
		}
	})
}

func TestSweepingTakesAwayWhatNobodyNeeds(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		left := w.lookedUp(t, people()["twin-a"].number)
		done, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		wait(25 * time.Hour)
		must(t, w.Sweep(ctx))
		left, err = w.Case(ctx, w.clerk, left.ID)
		must(t, err)
		if left.State != enrolment.Expired {
			t.Errorf("a case left alone is %s", left.State)
		}
		wait(31 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		done, err = w.Case(ctx, w.clerk, done.ID)
		must(t, err)
		if done.Work.Snapshot.Family != "" || done.State != enrolment.Active {
			t.Errorf("a month later the case is %s and the snapshot is there still", done.State)
		}
	})
}

// 100 desks at once: nothing is lost and nothing is doubled.
func TestHundredVisitsAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		w.Policy.LookUps, w.Policy.Enrolments = 1000, 1000
		var all sync.WaitGroup
		turn := make(chan struct{}, 16) // as many connections as replicas have
		for n := range 100 {
			all.Go(func() {
				turn <- struct{}{}
				defer func() { <-turn }()
				c, err := w.visit(t.Context(), invented(n))
				if err != nil || c.State != enrolment.Active {
					t.Errorf("visit %d is %s: %v", n, c.State, err)
				}
			})
		}
		all.Wait()
		var active, people, vouchers int
		must(t, w.db.SQL(t.Context()).Row("SELECT count(*), count(DISTINCT person) FROM cases WHERE state = 'active'", nil, &active, &people))
		must(t, w.db.SQL(t.Context()).Row("SELECT count(*) FROM vouchers WHERE state IN ('issued', 'claimed')", nil, &vouchers))
		if active != 100 || people != 100 || vouchers != 0 || len(w.country.bound) != 100 || w.told(t) != 100 {
			t.Errorf("%d active, %d people, %d codes alive, %d bound, %d told", active, people, vouchers, len(w.country.bound), w.told(t))
		}
	})
}

func TestStaffAreNamedByTwoAndLockedByAnother(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		p := w.human(t, invented(77))
		if _, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: p, Name: identity.Hide("Nowa Osoba"), Office: "room-14", Role: staff.LocalAdministrator}); !errors.Is(err, staff.ErrSecond) {
			t.Errorf("one administrator makes another: %v", err)
		}
		m, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: p, Name: identity.Hide("Nowa Osoba"), Office: "room-14", Role: staff.EnrolmentClerk})
		must(t, err)
		if _, err := w.staff.Appoint(ctx, w.boss.Member, staff.Newcomer{Person: p, Name: identity.Hide("Nowa Osoba"), Office: "room-14", Role: staff.EnrolmentClerk}); !errors.Is(err, staff.ErrTaken) {
			t.Errorf("twice: %v", err)
		}
		must(t, w.staff.Lock(ctx, w.boss.Member, m.ID, "holiday"))
		if _, err := w.staff.Able(ctx, p, staff.LookUp, ""); !errors.Is(err, staff.ErrLocked) {
			t.Errorf("a locked clerk: %v", err)
		}
		must(t, w.staff.Unlock(ctx, w.boss.Member, m.ID, "back"))
		if _, err := w.staff.Able(ctx, p, staff.LookUp, ""); err != nil {
			t.Errorf("an unlocked clerk: %v", err)
		}
		must(t, w.staff.End(ctx, w.boss.Member, m.ID, "left"))
		if _, err := w.staff.Able(ctx, p, staff.LookUp, ""); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("somebody who left: %v", err)
		}
	})
}
