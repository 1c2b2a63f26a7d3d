package identitydb

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Attacks PV-06, means.md R-ENR-10: codes for home that wait keep nobody else's case open, nothing of the
// register stays with a case because its code ran out, and what was taken away once is not looked at again.
func TestAttack_PV_06_NothingStaysForWantOfSweeping(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		w.Policy.LookUps, w.Policy.Enrolments = 1000, 1000
		expired, _ := w.handed(t, people()["ordinary"].number)
		wait(time.Hour)
		expired, err := w.Case(ctx, w.clerk, expired.ID)
		must(t, err)
		if expired.State != enrolment.Expired || expired.Work.Snapshot.Family == "" {
			t.Fatalf("a code that ran out leaves the case %s", expired.State)
		}
		for n := range 101 { // more than are read at once
			c := w.lookedUp(t, invented(n))
			_, err := w.db.SQL(ctx).Exec("UPDATE cases SET state = 'qr_issued', mode = 'home', until = "+w.db.Now()+" + ? WHERE id = ?", enrolment.HomeTime.Microseconds(), c.ID[:])
			must(t, err)
		}
		wait(time.Minute)
		left := w.lookedUp(t, people()["twin-a"].number)
		wait(25 * time.Hour)
		must(t, w.Sweep(ctx))
		if left, err = w.Case(ctx, w.clerk, left.ID); err != nil || left.State != enrolment.Expired {
			t.Errorf("a case left alone is %s, %v", left.State, err)
		}
		wait(32 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		wait(31 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		var held int
		must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM cases WHERE work IS NOT NULL", nil, &held))
		if held != 0 {
			t.Errorf("%d cases hold a snapshot", held)
		}
		if all, err := w.Desk(ctx, w.clerk); err != nil || len(all) != 0 {
			t.Errorf("the desk shows %d old cases, %v", len(all), err)
		}
		gen := expired.Gen
		if expired, err = w.Case(ctx, w.clerk, expired.ID); err != nil || expired.Gen != gen+1 {
			t.Errorf("written %d times, %v", expired.Gen-gen, err)
		}
	})
}

// applied brings somebody without any document to the hand-over, on the word of an application.
func (w *town) applied(t *testing.T, mode enrolment.Mode) (enrolment.Case, enrolment.Voucher) {
	t.Helper()
	ctx := t.Context()
	c := w.lookedUp(t, people()["twin-b"].number)
	_, err := w.Evidence(ctx, w.clerk, c.ID, enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)})
	must(t, err)
	_, err = w.Decide(ctx, w.second, c.ID, true, "")
	must(t, err)
	_, err = w.Print(ctx, w.clerk, c.ID)
	must(t, err)
	_, err = w.Sign(ctx, w.clerk, c.ID, "archiwum 2026/8")
	must(t, err)
	c, v, err := w.HandOver(ctx, w.clerk, c.ID, mode)
	must(t, err)
	return c, v
}

// Attacks UF-05, means.md R-STAT-01: an application is asked about once more as a document is, at every step
// that hands something out: also where its end was told while the case had run out and could be taken up again.
func TestAttack_UF_05_TheApplicationCameToNothingMeanwhile(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		_, v := w.applied(t, enrolment.AtDesk)
		c, _ := w.keyed(t, v, "19910503", enrolment.Passkey)
		w.country.refused = true
		c, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
		if err != nil || c.State != enrolment.Suspicious || w.country.bound[enrolment.CaseID(c.ID)] != 0 {
			t.Errorf("refused before the end: %s, %v", c.State, err)
		}
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); !refusedFor(err, "document") {
			t.Errorf("a new code: %v", err)
		}
		w.country.refused = false
		c, _, err = w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk)
		must(t, err)
		wait(time.Hour)
		if c, err = w.Case(ctx, w.clerk, c.ID); err != nil || c.State != enrolment.Expired {
			t.Fatalf("the code ran out and the case is %s, %v", c.State, err)
		}
		w.country.refused = true
		must(t, w.NotGiven(ctx, c.Person, w.now()))
		if _, _, err := w.Reissue(ctx, w.clerk, c.ID, enrolment.AtDesk); err == nil {
			t.Error("a case that had run out is taken up again")
		}
	})
}

// crossed lets somebody else write a case just after it was read for the first time.
type crossed struct {
	*DB
	after func()
}

// Cases gives what was there before.
func (c *crossed) Cases(ctx context.Context, q enrolment.Query) ([]enrolment.Row, error) {
	rows, err := c.DB.Cases(ctx, q)
	if after := c.after; after != nil {
		c.after = nil
		after()
	}
	return rows, err
}

// Attacks UF-05: a register tells once that an application came to nothing; that a phone moves the case at
// that moment keeps nothing of it.
func TestAttack_UF_05_TheEndOfAnApplicationIsNotLost(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, v := w.applied(t, enrolment.AtDesk)
		w.Store = &crossed{w.db, func() {
			if _, _, err := w.ClaimToken(ctx, v.Fragment(), enrolment.Phone{}); err != nil {
				t.Error(err)
			}
		}}
		must(t, w.NotGiven(ctx, c.Person, w.now()))
		at, err := w.Case(ctx, w.clerk, c.ID)
		if err != nil || at.State != enrolment.Cancelled {
			t.Errorf("it is %s, %v", at.State, err)
		}
		if at.Alarms != 1 || kinds(t, w.db)[journal.CaseAlarm] != 1 {
			t.Errorf("%d alarms are counted, and %d on record", at.Alarms, kinds(t, w.db)[journal.CaseAlarm])
		}
		if _, err := w.Registers.Photo(ctx, parse(people()["twin-b"].number)); errors.Is(err, register.ErrNotFound) {
			t.Error("the application is gone, too: that would stop the case anyway")
		}
	})
}

// Features H24: a citizen who goes away from the counter's computer without the codes leaves them to nobody who
// comes after; a phone of their own may take them later.
func TestAttack_OT_06_CodesLeftAtTheCounter(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		for kind, number := range map[enrolment.KeyKind]string{enrolment.Passkey: people()["ordinary"].number, enrolment.Paper: people()["twin-a"].number} {
			_, v := w.handed(t, number)
			c, cookie := w.keyed(t, v, "0001", kind)
			c, err := w.Match(ctx, w.clerk, c.ID, c.Work.Match)
			if err != nil || c.State != enrolment.Active {
				t.Fatalf("%s: %s, %v", kind, c.State, err)
			}
			if _, err := w.Resume(ctx, cookie); err != nil {
				t.Errorf("%s: at once: %v", kind, err)
			}
			wait(16 * time.Minute)
			if _, err := w.Resume(ctx, cookie); errors.Is(err, enrolment.ErrPhone) != (kind == enrolment.Paper) {
				t.Errorf("%s: later: %v", kind, err)
			}
			w.clerk.Proved = w.now()
		}
	})
}

// A page that was left open at the counter's computer asks after five minutes who sits there now, and shows the codes to
// nobody else; a phone of the citizen's own asks nothing. Who has the document loses nothing.
func TestAttack_OT_06_APageLeftOpenAtTheCounter(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		for kind, number := range map[enrolment.KeyKind]string{enrolment.Passkey: people()["ordinary"].number, enrolment.Portable: people()["twin-a"].number} {
			counter := kind == enrolment.Portable
			c, at := w.toKey(t, number, counter)
			must(t, w.Extend(ctx, at()))
			wait(6 * time.Minute)
			w.clerk.Proved = w.now()
			if asked := enrolment.ScreenOf(at()) == enrolment.AskProof; asked != counter {
				t.Errorf("%s: at the step of the key: %s", kind, enrolment.ScreenOf(at()))
			}
			must(t, w.Prove(ctx, at(), "0001"))
			_, err := w.BeginKey(ctx, at(), kind, "")
			must(t, err)
			must(t, w.FinishKey(ctx, at(), kind, enrolment.Response{Credential: []byte("good")}))
			c, err = w.Match(ctx, w.clerk, c.ID, at().Work.Match)
			if err != nil || c.State != enrolment.Active {
				t.Fatalf("%s: %s, %v", kind, c.State, err)
			}
			wait(4 * time.Minute)
			if screen := enrolment.ScreenOf(at()); screen != enrolment.ShowDone {
				t.Errorf("%s: soon: %s", kind, screen)
			}
			wait(2 * time.Minute)
			codes, err := w.TakeCodes(ctx, at())
			must(t, err)
			if asked := len(codes) == 0 && enrolment.ScreenOf(at()) == enrolment.AskProof; asked != counter {
				t.Errorf("%s: after a while: %s with %d codes", kind, enrolment.ScreenOf(at()), len(codes))
			}
			if !counter {
				continue
			}
			if err := w.Prove(ctx, at(), "9999"); err == nil {
				t.Error("with another document")
			}
			must(t, w.Prove(ctx, at(), "0001"))
			if codes, err := w.TakeCodes(ctx, at()); err != nil || len(codes) == 0 {
				t.Errorf("with the document: %v", err)
			}
		}
	})
}

// An appointment ends for good also where its office is switched off; that alone lets nobody in again.
func TestAttack_IN_10_AnAppointmentEndsWhileItsOfficeIsOff(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		officer := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		must(t, w.staff.Turn(ctx, staff.Turn{ID: "room-14", Off: true}, "root"))
		if err := w.staff.Unlock(ctx, officer.Member, w.clerk.Member.ID, "security"); err == nil {
			t.Error("unlocked what its office locks")
		}
		must(t, w.staff.End(ctx, officer.Member, w.clerk.Member.ID, "security"))
		must(t, w.staff.Turn(ctx, staff.Turn{ID: "room-14"}, "root"))
		if m, err := w.staff.Member(ctx, w.clerk.Member.ID); err != nil || m.State != staff.Ended {
			t.Errorf("it is %s, %v", m.State, err)
		}
	})
}
