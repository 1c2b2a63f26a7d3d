package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/provider/enrolment"
)

// Means.md R-ENR-14, R-ENR-10: what the register said goes 30 days after the decision; the signed record stays, sealed,
// as long as anything rests on it, and then for as long as the journal of persons.
func TestR_ENR_14_TheRecordOutlivesTheCase(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx, kept := t.Context(), 5*365*24*time.Hour
		c, err := w.visit(ctx, people()["ordinary"].number)
		must(t, err)
		record, err := w.RecordOf(ctx, c.Number)
		if err != nil || record == "" {
			t.Fatalf("no record of a fresh enrolment: %v", err)
		}
		account, row := accountRow(c.Person, 1), passkeyRow(1)
		row.Case = enrolment.CaseID(c.ID)
		must(t, w.db.AddAccount(ctx, account))
		must(t, w.db.AddAuthenticator(ctx, row))
		wait(31 * 24 * time.Hour)
		must(t, w.Sweep(ctx))
		gone, err := w.Case(ctx, w.clerk, c.ID)
		must(t, err)
		if gone.Work.Snapshot.Family != "" || gone.Work.Record != "" {
			t.Error("the case keeps what it was about")
		}
		there := func(when string) {
			t.Helper()
			must(t, w.db.SweepRecords(ctx, kept))
			if again, err := w.RecordOf(ctx, c.Number); err != nil || again != record {
				t.Errorf("%s: another record, or none: %v", when, err)
			}
		}
		there("after the case's data went")
		wait(6 * kept / 5)
		there("years later, with the key in use")
		stands := enrolled.Active
		for _, to := range []enrolled.State{enrolled.Suspended, enrolled.Doubted, enrolled.Withheld, enrolled.Aside, enrolled.Active, enrolled.Lost} {
			if done, err := w.db.Restate(ctx, c.Person, row.ID, []enrolled.State{stands}, to); err != nil || !done {
				t.Fatalf("%s: %v", to, err)
			}
			stands = to
			there("with a key that is " + string(to))
			if to != enrolled.Lost {
				wait(2 * kept)
				there("and stays " + string(to))
			}
		}
		wait(kept - time.Hour)
		there("a little before its time")
		wait(2 * time.Hour)
		must(t, w.db.SweepRecords(ctx, kept))
		if _, err := w.RecordOf(ctx, c.Number); !errors.Is(err, enrolment.ErrNoCase) {
			t.Errorf("after its time: %v", err)
		}
	})
}

// A case that came to nothing, and one that there is not, have no record.
func TestOfWhatCameToNothingThereIsNoRecord(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		c := w.lookedUp(t, people()["ordinary"].number)
		_, err := w.Cancel(t.Context(), w.clerk, c.ID, "citizen_left")
		must(t, err)
		for _, number := range []string{c.Number, "2026-00000000"} {
			if record, err := w.RecordOf(t.Context(), number); record != "" || !errors.Is(err, enrolment.ErrNoCase) {
				t.Errorf("%q, %v", record, err)
			}
		}
	})
}
