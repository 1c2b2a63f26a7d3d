package identitydb

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Attacks IN-05: a security officer named at an office sees, reads, draws and stops what its institution enrolled,
// and nothing of another; one of the whole installation sees all; nobody else reads anything.
func TestAttack_IN_05_AnOfficerSeesTheirInstitution(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		must(t, w.staff.Open(ctx, staff.Institution{ID: "province", Name: "Województwo"}, staff.Office{ID: "hall-1", Name: "hall-1", Zone: "Europe/Warsaw"}, "root"))
		own := w.named(t, "Teodozja Strażnicza", 9007, "room-99", staff.SecurityOfficer)
		foreign := w.named(t, "Bogna Wojewódzka", 9008, "hall-1", staff.SecurityOfficer)
		all := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		for name, a := range map[string]enrolment.Actor{"of the institution": own, "of another": foreign, "of all": all, "a clerk": w.clerk, "an administrator": w.boss} {
			sees := name == "of the institution" || name == "of all"
			watch, err := w.Watch(ctx, a)
			if sees != (err == nil && len(watch.Newly) == 1) {
				t.Errorf("%s watches %d, %v", name, len(watch.Newly), err)
			}
			filed, _, err := w.Filed(ctx, a, enrolment.Filter{Within: []string{"room-14", "room-99"}})
			if sees != (err == nil && len(filed) == 1) {
				t.Errorf("%s lists %d, %v", name, len(filed), err)
			}
			if err := w.OpenTrail(ctx, a, c.ID, "sample"); sees != (err == nil) {
				t.Errorf("%s opens it: %v", name, err)
			}
			if _, events, err := w.Trail(ctx, a, c.ID); sees != (err == nil && len(events) > 5) {
				t.Errorf("%s reads %d events, %v", name, len(events), err)
			}
			if !sees {
				if err := w.Suspend(ctx, a, c.ID, "review"); err == nil {
					t.Errorf("%s stops it", name)
				}
			}
		}
		must(t, w.Draw(ctx, foreign))
		if sample, err := w.Sample(ctx, all); err != nil || len(sample) != 0 {
			t.Errorf("drawn from another institution: %d, %v", len(sample), err)
		}
		must(t, w.Suspend(ctx, own, c.ID, "review"))
	})
}

// Means R-ENR-01, R-ENR-09: an officer reads what happened in a case only after saying why; that stands on record
// for the citizen, and is good for a quarter of an hour, for that officer alone. What they read holds no token,
// photo, name or number.
func TestWhatAnOfficerReads(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		a := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		b := w.named(t, "Izydora Krajowa", 9009, "", staff.SecurityOfficer)
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		if _, _, err := w.Trail(ctx, a, c.ID); !errors.Is(err, enrolment.ErrUnopened) {
			t.Errorf("read without a reason: %v", err)
		}
		if err := w.OpenTrail(ctx, a, c.ID, "curiosity"); !refusedFor(err, "reason") {
			t.Errorf("for no reason of the list: %v", err)
		}
		must(t, w.OpenTrail(ctx, a, c.ID, "complaint"))
		got, events, err := w.Trail(ctx, a, c.ID)
		must(t, err)
		if got.Work.Snapshot.Family != "" || len(got.Work.Match) > 0 {
			t.Error("the case comes with what it is about")
		}
		var kinds []journal.Kind
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		at := slices.Index(kinds, journal.CaseRead) // all at one moment of this clock
		if at < 0 || !slices.Equal(events[at].Why, []enrolment.Detail{{List: "reading", Code: "complaint"}}) || events[at].By != a.Member.ID.String() || !slices.Contains(kinds, journal.LookedUp) {
			t.Fatalf("events %v", kinds)
		}
		rows, err := w.db.Trail(ctx, c.Number)
		must(t, err)
		if e, err := rows[at].Entry(); err != nil || e.Who != w.People.Reference(c.Person) {
			t.Errorf("the citizen is not told: %q, %v", e.Who, err)
		}
		if _, _, err := w.Trail(ctx, b, c.ID); !errors.Is(err, enrolment.ErrUnopened) {
			t.Errorf("a colleague reads by it: %v", err)
		}
		wait(15 * time.Minute)
		if _, _, err := w.Trail(ctx, a, c.ID); !errors.Is(err, enrolment.ErrUnopened) {
			t.Errorf("a quarter of an hour later: %v", err)
		}
	})
}

// Filters of the list: office, clerk, day, flag, and page by page.
func TestTheListOfAnOfficer(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		a := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		w.Policy.LookUps = 1000
		plain := w.lookedUp(t, people()["ordinary"].number)
		wait(24 * time.Hour)
		flagged := w.lookedUp(t, people()["twin-b"].number)
		_, err := w.Evidence(ctx, w.clerk, flagged.ID, enrolment.Seen{Document: enrolment.NoDocument, Checks: enrolment.Case{}.Wanted(false)})
		must(t, err)
		today := w.now().Truncate(24 * time.Hour)
		for name, c := range map[string]struct {
			filter enrolment.Filter
			want   []string
		}{
			"all":               {enrolment.Filter{}, []string{flagged.Number, plain.Number}},
			"of an office":      {enrolment.Filter{Office: "room-14"}, []string{flagged.Number, plain.Number}},
			"of another":        {enrolment.Filter{Office: "room-99"}, nil},
			"of a clerk":        {enrolment.Filter{Clerk: w.clerk.Member.ID}, []string{flagged.Number, plain.Number}},
			"of another clerk":  {enrolment.Filter{Clerk: w.away.Member.ID}, nil},
			"of today":          {enrolment.Filter{From: today, To: today.Add(24 * time.Hour)}, []string{flagged.Number}},
			"of yesterday":      {enrolment.Filter{From: today.Add(-24 * time.Hour), To: today}, []string{plain.Number}},
			"with a flag":       {enrolment.Filter{Flag: enrolment.FirstDocument}, []string{flagged.Number}},
			"with half a flag":  {enrolment.Filter{Flag: "document"}, nil},
			"with a wildcard":   {enrolment.Filter{Flag: "no%document"}, nil},
			"with another flag": {enrolment.Filter{Flag: enrolment.Minor}, nil},
			"before the first":  {enrolment.Filter{Before: flagged.ID}, []string{plain.Number}},
			"before the last":   {enrolment.Filter{Before: plain.ID}, nil},
		} {
			filed, more, err := w.Filed(ctx, a, c.filter)
			must(t, err)
			var got []string
			for _, one := range filed {
				got = append(got, one.Number)
			}
			if !slices.Equal(got, c.want) || more {
				t.Errorf("%s: %v, more %t", name, got, more)
			}
		}
	})
}

// A sample is drawn by chance, by one of those who draw at once, from what was never drawn; it is looked through
// before the next one, and each case of it gets one outcome, from somebody who read it.
func TestASampleIsLookedThrough(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.Policy.LookUps, w.Policy.Enrolments = 1000, 1000
		a := w.named(t, "Teodozja Strażnicza", 9007, "", staff.SecurityOfficer)
		for n := range 7 {
			_, err := w.visit(ctx, invented(n))
			must(t, err)
		}
		w.lookedUp(t, invented(20)) // came to nothing yet
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := w.Draw(ctx, a); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		sample, err := w.Sample(ctx, a)
		must(t, err)
		if len(sample) != 5 {
			t.Fatalf("%d cases drawn by eight at once", len(sample))
		}
		if err := w.Judge(ctx, a, sample[0].ID, "fine"); !errors.Is(err, enrolment.ErrUnopened) {
			t.Errorf("judged unread: %v", err)
		}
		for _, s := range sample {
			must(t, w.OpenTrail(ctx, a, s.ID, "sample"))
			if err := w.Judge(ctx, a, s.ID, "lovely"); !refusedFor(err, "reason") {
				t.Errorf("an outcome that there is not: %v", err)
			}
			must(t, w.Judge(ctx, a, s.ID, "fine"))
			if err := w.Judge(ctx, a, s.ID, "wrong"); !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("judged twice: %v", err)
			}
		}
		must(t, w.Draw(ctx, a))
		must(t, w.Draw(ctx, a))
		if sample, err = w.Sample(ctx, a); err != nil || len(sample) != 7 {
			t.Errorf("%d cases after the second sample, %v", len(sample), err)
		}
		if got := kinds(t, w.db); got[journal.CaseJudged] != 5 {
			t.Errorf("%d outcomes on record", got[journal.CaseJudged])
		}
	})
}
