package usagedb_test

import (
	"context"
	"testing"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

// architecture §7: what happened in use is kept for 24 months and no longer, but for an answer that still
// stands; who is whom at a party stays.
func TestWhatHappenedIsKeptForItsTime(t *testing.T) {
	const kept = 730 * 24 * time.Hour
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		for i, c := range []struct{ age, until time.Duration }{
			{kept - time.Hour, -time.Hour}, {kept + time.Hour, -time.Hour}, {kept + time.Hour, time.Hour}, {2 * kept, 0},
		} {
			begun := now().Add(-c.age)
			a := answer(t, db)
			a.Release.ID, a.Release.At, a.Release.Usage = [16]byte(seal.NewRowID(begun)), begun, person(byte(10+i))
			if c.until != 0 {
				a.Release.Until = now().Add(c.until)
			}
			a.Entry.ID, a.Decided.ID, a.Grant.ID = seal.NewRowID(begun), seal.NewRowID(begun), seal.NewRowID(begun)
			a.Grant.Ends, a.Grant.Release, a.Grant.Usage = begun.Add(time.Hour), seal.RowID(a.Release.ID), a.Release.Usage
			if err := db.Answer(ctx, a); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Subject(ctx, "sector", a.Release.Usage, "s"+string(rune('a'+i))); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := db.Retain(ctx, kept); err != nil {
				t.Fatal(err)
			}
			for table, want := range map[string]int{"decisions": 1, "grants": 1, "journal": 1, "releases": 2, "consents": 2, "subjects": 4} {
				if n := rows(t, db, table); n != want {
					t.Errorf("%d %s are left, want %d", n, table, want)
				}
			}
		}
		shift(db, 2*time.Hour) // nothing stands any more
		if err := db.Retain(ctx, kept); err != nil || rows(t, db, "releases") != 0 || rows(t, db, "consents") != 0 || rows(t, db, "journal") != 0 {
			t.Errorf("%d releases and %d answers are left: %v", rows(t, db, "releases"), rows(t, db, "consents"), err)
		}
	})
}

// More than one statement takes at once goes, too.
func TestAllThatIsOldGoes(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		old := now().Add(-1000 * time.Hour)
		err := db.Loosely(t.Context(), func(ctx context.Context) error {
			for range 1203 {
				e := entry(journal.LoggedIn)
				e.ID = seal.NewRowID(old)
				if err := db.Append(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Append(t.Context(), entry(journal.LoggedIn)); err != nil {
			t.Fatal(err)
		}
		if err := db.Retain(t.Context(), 999*time.Hour); err != nil || rows(t, db, "journal") != 1 {
			t.Errorf("%d entries are left: %v", rows(t, db, "journal"), err)
		}
	})
}
