package identitydb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// corrections gives the readings and corrections of a case on record.
func (w *town) corrections(t *testing.T, number string) []string {
	t.Helper()
	rows, err := w.db.Trail(t.Context(), number)
	must(t, err)
	var all []string
	for _, row := range rows {
		e, err := row.Entry()
		must(t, err)
		if act := e.Text("act"); e.Kind == journal.CaseStep && (act == string(enrolment.Read) || act == string(enrolment.Correct)) {
			all = append(all, act+" "+e.Text("basis")+" "+e.Text("by"))
		}
	}
	slices.Sort(all)
	return all
}

// mistyped is a case in which two digits of a birth date were turned round, and what was typed.
func (w *town) mistyped(t *testing.T) (enrolment.Case, enrolment.Reading) {
	t.Helper()
	slip := mariam()
	slip.Birth = "1990-06-12"
	c, err := w.read(t, passport, slip)
	must(t, err)
	return c, slip
}

// Means.md R-PER-09, R-ENR-09: what was typed from a document is corrected by who typed it until it was compared; the
// form has what stood in it, and each reading is on record.
func TestR_PER_09_WhatWasTypedIsCorrected(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, slip := w.mistyped(t)
		_, err := w.Correct(ctx, w.second, c.ID)
		if err == nil {
			t.Error("another clerk corrects it")
		}
		c, err = w.Correct(ctx, w.clerk, c.ID)
		must(t, err)
		if c.State != enrolment.Draft || c.Work.Typed != slip || w.MayRead(c) != enrolment.ByDocument {
			t.Fatalf("corrected: %s, read on the basis of %q, typed %v", c.State, w.MayRead(c), c.Work.Typed == slip)
		}
		if _, err := w.Evidence(ctx, w.clerk, c.ID, enrolment.Seen{Document: "passport", Checks: []enrolment.Check{enrolment.DocumentLikeness, enrolment.SecurityFeatures, enrolment.ReadAgain}}); !refusedWith(err, "not_now") {
			t.Errorf("compared with nothing: %v", err)
		}
		c, err = w.Read(ctx, w.clerk, c.ID, mariam())
		must(t, err)
		if c.State != enrolment.LookedUp || c.Basis != enrolment.ByDocument || c.Work.Snapshot.Birth != mariamBorn {
			t.Fatalf("read anew: %s, %s", c.State, c.Basis)
		}
		c = w.shown(t, c)
		if _, err := w.Correct(ctx, w.clerk, c.ID); !refusedWith(err, "not_now") {
			t.Errorf("corrected after it was compared: %v", err)
		}
		by := w.clerk.Member.ID.String()
		if got := w.corrections(t, c.Number); !slices.Equal(got, []string{"correct_reading document " + by, "read_document document " + by, "read_document document " + by}) {
			t.Errorf("on record: %v", got)
		}
		register := w.lookedUp(t, people()["ordinary"].number)
		if _, err := w.Correct(ctx, w.clerk, register.ID); !refusedWith(err, "register_said") {
			t.Errorf("what a register said is corrected: %v", err)
		}
	})
}

// Of a correction and a comparison at once one holds; and what was ticked about what was typed before counts for nothing.
func TestR_PER_09_ACorrectionAndTheComparisonAtOnce(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		c, _ := w.mistyped(t)
		seen := enrolment.Seen{Document: "passport", Checks: c.Wanted(true), Read: c.ReadMark()}
		store, once := w.Store, true
		w.Store = read{store, func() {
			if once {
				once = false
				w.Store = store
				_, err := w.Correct(ctx, w.clerk, c.ID)
				must(t, err)
			}
		}}
		if _, err := w.Evidence(ctx, w.clerk, c.ID, seen); !errors.Is(err, enrolment.ErrConflict) {
			t.Errorf("compared while it was corrected: %v", err)
		}
		_, err := w.Read(ctx, w.clerk, c.ID, mariam())
		must(t, err)
		if _, err := w.Evidence(ctx, w.clerk, c.ID, seen); !errors.Is(err, enrolment.ErrConflict) {
			t.Errorf("ticked about what was typed before: %v", err)
		}
		unsaid := seen
		unsaid.Read = ""
		if _, err := w.Evidence(ctx, w.clerk, c.ID, unsaid); !errors.Is(err, enrolment.ErrConflict) {
			t.Errorf("ticked, and what about is not said: %v", err)
		}
		now := w.state(t, c)
		seen.Read, once = now.ReadMark(), true
		w.Store = read{store, func() {
			if once {
				once = false
				w.Store = store
				_, err := w.Evidence(ctx, w.clerk, c.ID, seen)
				must(t, err)
			}
		}}
		if _, err := w.Correct(ctx, w.clerk, c.ID); !errors.Is(err, enrolment.ErrConflict) {
			t.Errorf("corrected while it was compared: %v", err)
		}
		if now = w.state(t, c); now.State != enrolment.ReviewRequired || len(w.corrections(t, c.Number)) != 3 {
			t.Errorf("%s, %v", now.State, w.corrections(t, c.Number))
		}
	})
}

// Means.md R-ENR-13: what was typed in an emergency and is corrected gives way to a register that answers again.
func TestR_ENR_13_ACorrectionWhenTheRegisterIsBack(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.Emergency, w.country.down = true, true
		c, err := w.Draft(ctx, w.clerk, w.order(people()["ordinary"].number))
		must(t, err)
		_, err = w.LookUp(ctx, w.clerk, c.ID)
		if !errors.Is(err, enrolment.ErrNoRegister) {
			t.Fatal(err)
		}
		_, err = w.Read(ctx, w.clerk, c.ID, ordinaryReading())
		must(t, err)
		c, err = w.Correct(ctx, w.clerk, c.ID)
		must(t, err)
		if c.Work.Typed != ordinaryReading() || w.MayRead(c) != enrolment.Emergency {
			t.Errorf("the form has %d letters, on the basis of %q", len(c.Work.Typed.Given), w.MayRead(c))
		}
		w.country.down = false
		if _, err := w.Read(ctx, w.clerk, c.ID, ordinaryReading()); !refusedWith(err, "register_is_back") {
			t.Errorf("typed although the register answers: %v", err)
		}
		c, err = w.LookUp(ctx, w.clerk, c.ID)
		must(t, err)
		if c.State != enrolment.LookedUp || c.Basis != enrolment.ByRegister || c.Person.IsZero() || c.ReadMark() != "" {
			t.Errorf("looked up: %s on the basis %s", c.State, c.Basis)
		}
	})
}

// Attacks IN-08, IN-02, EN-05 (means.md R-ENR-02): who is here by a document of their own is looked for with every
// reading. A clerk who makes up a document's number cannot try names and birth dates one after the other beside the
// day's cap.
func TestAttack_IN_08_ReadingAnewIsALookUp(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.LookUps = 4
		w.finished(t, w.foreigner(t, passport), "4567") // the first look-up of the day
		guess := mariam()
		guess.Birth = "1990-06-11"
		c, err := w.read(t, "PASMA-ZZ7654321", guess)
		must(t, err)
		for n := 3; n <= 4; n++ {
			c, err = w.Correct(ctx, w.clerk, c.ID)
			must(t, err)
			c, err = w.Read(ctx, w.clerk, c.ID, guess)
			must(t, err)
		}
		if _, err := w.Correct(ctx, w.clerk, c.ID); !errors.Is(err, staff.ErrCap) {
			t.Errorf("the fifth of four look-ups in a day: %v", err)
		}
		if m, err := w.Staff.Member(ctx, w.clerk.Member.ID); err != nil || m.State != staff.Locked {
			t.Errorf("at the cap the clerk is %s, %v", m.State, err)
		}
		if _, err := w.LookUp(ctx, w.standing(t, w.clerk), c.ID); !errors.Is(err, staff.ErrLocked) {
			t.Errorf("the clerk goes on: %v", err)
		}
		if now := w.state(t, c); now.State != enrolment.LookedUp || now.Work.Snapshot.Birth != guess.Birth {
			t.Errorf("what was read before is lost: %s", now.State)
		}
	})
}

// meets has all who come wait until each of the others has come, too, or went away before.
type meets struct {
	enrolment.People
	come func()
	all  *sync.WaitGroup
	n    *atomic.Int64
}

func (m meets) Unregistered(ctx context.Context, r subject.Read) (identity.Person, error) {
	p, err := m.People.Unregistered(ctx, r)
	m.n.Add(1)
	m.come()
	m.all.Wait()
	return p, err
}

// One draft tries no names beside the day's cap: of many readings at once one alone is looked for by the look-up that was
// counted.
func TestAttack_IN_08_ManyNamesAtOnce(t *testing.T) {
	towns(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.foreigner(t, permit) // somebody whom only a document names: mariam
		_, err := w.Cancel(ctx, w.clerk, w.openOf(t), "citizen_left")
		must(t, err)
		looks := w.counted(t)
		const n = 12
		// one new case, by a made-up document
		c, err := w.Draft(ctx, w.clerk, enrolment.Order{Station: "7", Purpose: enrolment.ForHolder, Number: parse(passport), Paper: "passport"})
		must(t, err)
		if _, err := w.LookUp(ctx, w.clerk, c.ID); err != nil {
			t.Fatal(err)
		}
		var gate sync.WaitGroup
		gate.Add(n)
		var asked atomic.Int64
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				office, come := *w.Office, sync.OnceFunc(gate.Done)
				defer come()
				office.People = meets{w.Office.People, come, &gate, &asked}
				guess := mariam()
				if i != 7 {
					guess.Birth = fmt.Sprintf("1990-06-%02d", i+1)
				}
				guess.Type, guess.Number = "passport", ""
				_, _ = office.Read(ctx, w.clerk, c.ID, guess)
			})
		}
		all.Wait()
		if spent := w.counted(t) - looks; asked.Load() == 0 || spent < int(asked.Load()) {
			t.Errorf("%d names were looked for; counted were %d look-ups", asked.Load(), spent)
		}
	})
}

func (w *town) counted(t *testing.T) (n int) {
	t.Helper()
	must(t, w.db.SQL(t.Context()).Row("SELECT COALESCE(SUM(n), 0) FROM staff_days WHERE what = 'look_up'", nil, &n))
	return n
}

func (w *town) openOf(t *testing.T) (id [16]byte) {
	t.Helper()
	var raw []byte
	must(t, w.db.SQL(t.Context()).Row("SELECT id FROM cases WHERE state = 'approved'", nil, &raw))
	copy(id[:], raw)
	return id
}
