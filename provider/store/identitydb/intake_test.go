package identitydb

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// theRegister is the system that clerks of room-14 work with every day.
func theRegister() intake.System { return intake.System{ID: "id-cards", Offices: []string{"room-14"}} }

// opens lets register systems ask a town.
func (w *town) opens() *intake.Intake {
	w.Callbacks = intake.Callbacks{Store: w.db, Told: map[string]bool{"id-cards": true}, Now: w.now}
	return &intake.Intake{
		Office: w.Office, Systems: []intake.System{theRegister(), {ID: "other", Institutions: []string{"city"}}}, Store: w.db,
		Digests: seal.Digester{Keys: []seal.VaultKey{key(6)}}, Atomically: w.db.Atomically, Now: w.now, Waiting: 100,
	}
}

func application(key, reference, number string) intake.Application {
	return intake.Application{Key: key, Reference: reference, Office: "room-14", Purpose: enrolment.WithIDCard, Number: number}
}

func (w *town) due(t *testing.T) []intake.Call {
	t.Helper()
	calls, err := w.db.Calls(t.Context(), "id-cards", 8, time.Minute)
	must(t, err)
	return calls
}

// Features S02: the case waits in its office, a clerk takes it, and the system is told what is its
// business: that a clerk is at it, and that the citizen can log in.
func TestACaseThatARegisterSystemOpened(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in := t.Context(), w.opens()
		c, err := in.Open(ctx, theRegister(), application("key-0001", "WN/2026/17", people()["ordinary"].number))
		must(t, err)
		if intake.StateOf(c) != intake.Waiting || c.System != "id-cards" || c.Asked != "WN/2026/17" || c.Station != "" || len(w.due(t)) != 0 {
			t.Fatalf("opened as %s, with a call already", intake.StateOf(c))
		}
		if _, err := w.Take(ctx, w.away, c.ID, "7"); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("a clerk of another office takes it: %v", err)
		}
		c, err = w.Take(ctx, w.clerk, c.ID, "7")
		must(t, err)
		if calls := w.due(t); len(calls) != 1 || calls[0].State != intake.UnderWay || calls[0].Reference != "WN/2026/17" || calls[0].Seq != 1 {
			t.Fatalf("after a clerk took it: %+v", calls)
		}
		for _, step := range []func() error{
			func() error { _, err := w.LookUp(ctx, w.clerk, c.ID); return err },
			func() error { _, err := w.Evidence(ctx, w.clerk, c.ID, everything()); return err },
			func() error { _, err := w.Print(ctx, w.clerk, c.ID); return err },
			func() error { _, err := w.Sign(ctx, w.clerk, c.ID, "7"); return err },
		} {
			must(t, step())
		}
		if calls := w.due(t); len(calls) != 0 {
			t.Errorf("steps of the clerk are told: %+v", calls)
		}
		c, v, err := w.HandOver(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		c, _ = w.redeemed(t, v)
		calls := w.due(t)
		if len(calls) != 1 || calls[0].State != intake.Active || calls[0].Seq != 2 || calls[0].Attempts != 1 {
			t.Fatalf("at the end: %+v", calls)
		}
		if again := w.due(t); len(again) != 0 {
			t.Error("another replica is given what is leased")
		}
		must(t, w.db.Settle(ctx, calls[0], 0))
		if all := kinds(t, w.db); all[journal.LookedUp] != 1 {
			t.Errorf("the journal holds %v", all)
		}
		must(t, w.Stop(ctx, w.country.refCode))
		c, err = in.Of(ctx, theRegister(), c.ID)
		must(t, err)
		if intake.StateOf(c) != intake.Active || len(w.due(t)) != 0 {
			t.Errorf("what becomes of a citizen's means is told: %s", intake.StateOf(c))
		}
	})
}

// The same application, 16 times at once under one key, is one case; so is one reference under many keys.
func TestAnApplicationThatComesManyTimesAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		in := w.opens()
		open := func(key func(int) string, reference string) (cases map[string]bool, taken int) {
			var mu sync.Mutex
			var group sync.WaitGroup
			cases = map[string]bool{}
			for n := range 16 {
				group.Go(func() {
					c, err := in.Open(t.Context(), theRegister(), application(key(n), reference, people()["ordinary"].number))
					mu.Lock()
					defer mu.Unlock()
					other, is := errors.AsType[*intake.Taken](err)
					switch {
					case err == nil:
						cases[enrolment.CaseID(c.ID)] = true
					case is:
						cases[enrolment.CaseID(other.Case.ID)] = true
						taken++
					default:
						t.Error(err)
					}
				})
			}
			group.Wait()
			return cases, taken
		}
		cases, taken := open(func(int) string { return "key-same" }, "A-1")
		if len(cases) != 1 || taken != 0 {
			t.Errorf("one key gave %d cases, and %d were told that the reference is taken", len(cases), taken)
		}
		cases, taken = open(func(n int) string { return fmt.Sprintf("key-%04d", n) }, "A-2")
		if len(cases) != 1 || taken != 15 {
			t.Errorf("one reference gave %d cases, and %d were told that it is taken", len(cases), taken)
		}
		all, err := w.Desk(t.Context(), w.clerk)
		must(t, err)
		if len(all) != 2 {
			t.Errorf("the office has %d cases", len(all))
		}
	})
}

func TestAKeyIsForOneApplication(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in, first := t.Context(), w.opens(), application("key-0001", "A-1", people()["ordinary"].number)
		c, err := in.Open(ctx, theRegister(), first)
		must(t, err)
		_, err = w.Take(ctx, w.clerk, c.ID, "7")
		must(t, err)
		if again, err := in.Open(ctx, theRegister(), first); err != nil || again.ID != c.ID {
			t.Errorf("a repeat: %v", err)
		}
		for name, change := range map[string]func(*intake.Application){
			"reference": func(a *intake.Application) { a.Reference = "A-2" }, "purpose": func(a *intake.Application) { a.Purpose = enrolment.ForHolder },
			"number": func(a *intake.Application) { a.Number = people()["twin-a"].number }, "office": func(a *intake.Application) { a.Office = "room-99" },
		} {
			other := first
			change(&other)
			if _, err := in.Open(ctx, theRegister(), other); !errors.Is(err, intake.ErrOtherBody) {
				t.Errorf("the key with another %s: %v", name, err)
			}
		}
		if c, err := in.Open(ctx, intake.System{ID: "other", Institutions: []string{"city"}}, first); err != nil || c.System != "other" {
			t.Errorf("another system's key and reference are its own: %v", err)
		}
	})
}

// Attacks IN-05 (ZITADEL CVE-2025-64431), EN-01: another's case, a clerk's and one that there never was
// are the same to a system; so are an office of others and one that there is not.
func TestAttack_IN_05_RegisterSystems(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in := t.Context(), w.opens()
		c, err := in.Open(ctx, theRegister(), application("key-0001", "A-1", people()["ordinary"].number))
		must(t, err)
		clerks := w.lookedUp(t, people()["twin-a"].number)
		for name, ask := range map[string]struct {
			system intake.System
			id     seal.RowID
		}{
			"another's": {intake.System{ID: "other"}, c.ID}, "a clerk's": {theRegister(), clerks.ID}, "a clerk's, by nobody": {intake.System{}, clerks.ID}, "none": {theRegister(), seal.RowID{1}},
		} {
			if _, err := in.Of(ctx, ask.system, ask.id); !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, office := range []string{"room-99", "room-0", ""} {
			a := application("key-0002", "A-2", people()["ordinary"].number)
			a.Office = office
			_, err := in.Open(ctx, theRegister(), a)
			if wrong, is := errors.AsType[intake.Faults](err); !is || len(wrong) != 1 || wrong[0].Member != "office" {
				t.Errorf("office %q: %v", office, err)
			}
		}
	})
}

// Attacks SE-12: in an office that is switched off no case is opened; a repeat of what was opened before is
// answered.
func TestAttack_SE_12_AnOfficeThatIsSwitchedOff(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, in, before := t.Context(), w.opens(), application("key-0001", "A-1", people()["ordinary"].number)
		c, err := in.Open(ctx, theRegister(), before)
		must(t, err)
		must(t, w.staff.Turn(ctx, staff.Turn{ID: "room-14", Off: true}, "root"))
		if again, err := in.Open(ctx, theRegister(), before); err != nil || again.ID != c.ID {
			t.Errorf("a repeat: %v", err)
		}
		_, err = in.Open(ctx, theRegister(), application("key-0002", "A-2", people()["ordinary"].number))
		if wrong, is := errors.AsType[intake.Faults](err); !is || len(wrong) != 1 || wrong[0].Member != "office" {
			t.Errorf("a new one: %v", err)
		}
	})
}

// Everything wrong is said at once, and what is wrong is not repeated; a number is no reference, because
// references are kept in clear.
func TestWhatIsWrongWithAnApplication(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		in := w.opens()
		_, err := in.Open(t.Context(), theRegister(), intake.Application{Key: "key-0001", Reference: "a b", Office: "?", Purpose: "?", Number: "PNOPL-87022290018"})
		wrong, is := errors.AsType[intake.Faults](err)
		if !is || len(wrong) != 4 || strings.Contains(err.Error(), "87022290018") {
			t.Errorf("got %v", err)
		}
		for reference, fine := range map[string]bool{
			"87022290019": false, "WN-87022290019": false, "": false, "-x": false, strings.Repeat("a", 65): false, "ą": false, "a\n": false, "WN/2026:7_a.b-c": true,
		} {
			_, err := in.Open(t.Context(), theRegister(), application("key-"+reference+"-0001", reference, people()["ordinary"].number))
			if (err == nil) != fine {
				t.Errorf("reference %q: %v", reference, err)
			}
		}
		if all, err := w.Desk(t.Context(), w.clerk); err != nil || len(all) != 1 {
			t.Errorf("%d cases, %v", len(all), err)
		}
	})
}

// A call that fails comes again after its wait; a state that is newer than what was sent is not lost by
// the answer to the older one.
func TestCallsToARegisterSystem(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx, in := t.Context(), w.opens()
		c, err := in.Open(ctx, theRegister(), application("key-0001", "A-1", people()["ordinary"].number))
		must(t, err)
		c, err = w.Take(ctx, w.clerk, c.ID, "7")
		must(t, err)
		first := w.due(t)
		must(t, w.db.Settle(ctx, first[0], time.Hour))
		if len(w.due(t)) != 0 {
			t.Error("due before the wait is over")
		}
		wait(time.Hour)
		again := w.due(t)
		if len(again) != 1 || again[0].Attempts != 2 || again[0].Seq != 1 {
			t.Fatalf("after the wait: %+v", again)
		}
		_, err = w.Cancel(ctx, w.clerk, c.ID, "citizen_left")
		must(t, err)
		must(t, w.db.Settle(ctx, again[0], 0))
		newest := w.due(t)
		if len(newest) != 1 || newest[0].State != intake.Cancelled || newest[0].Seq != 2 || newest[0].Attempts != 1 {
			t.Fatalf("after the case moved: %+v", newest)
		}
		if calls, err := w.db.Calls(ctx, "other", 8, time.Minute); err != nil || len(calls) != 0 {
			t.Errorf("another system is told: %+v, %v", calls, err)
		}
	})
}

func TestRowsOfRegisterSystemsHoldNoPersonalData(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		in := w.opens()
		c, err := in.Open(t.Context(), theRegister(), application("key-of-the-request", "A-1", people()["ordinary"].number))
		must(t, err)
		_, err = w.Take(t.Context(), w.clerk, c.ID, "7")
		must(t, err)
		_, err = w.LookUp(t.Context(), w.clerk, c.ID)
		must(t, err)
		rows := dump(t, w.db, "case_requests", "case_calls", "cases")
		for name, secret := range map[string]string{
			"key": "key-of-the-request", "number": "87022290019", "family name": "Brzeziński", "birth date": "1987-02-22", "document": "ZZP100001",
		} {
			if strings.Contains(rows, secret) {
				t.Errorf("the %s stands in a row", name)
			}
		}
	})
}
