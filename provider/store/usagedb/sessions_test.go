package usagedb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/store/usagedb"
)

// FO-05: a session is renewed in place: another secret, another proof, the same id.
func TestASessionIsRenewedInPlace(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, old := t.Context(), sessionRow()
		if err := db.AddSession(ctx, old, time.Time{}); err != nil {
			t.Fatal(err)
		}
		renewed := old
		renewed.Digest, renewed.Sealed, renewed.Wrap, renewed.Means = [32]byte{9}, []byte("other"), []byte("wrap"), "card"
		renewed.Created, renewed.Idle, renewed.Absolute = old.Created.Add(time.Minute), old.Idle.Add(time.Minute), old.Absolute.Add(time.Minute)
		for range 2 { // a second tab with the same cookie from before comes to the same
			if err := db.RenewSession(ctx, renewed, old.Digest); err != nil {
				t.Fatal(err)
			}
		}
		renewed.Gen = old.Gen + 2
		got, err := db.LoadSession(ctx, old.ID)
		if diff := cmp.Diff(renewed, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		other, late := renewed, renewed
		other.Usage[0] ^= 1
		late.Digest = [32]byte{10}
		for name, try := range map[string]error{
			"another person":              db.RenewSession(ctx, other, renewed.Digest),
			"a secret from before":        db.RenewSession(ctx, late, old.Digest),
			"a session that is not there": db.RenewSession(ctx, login.SessionRow{ID: seal.RowID{1}, Usage: old.Usage}, old.Digest),
		} {
			if !errors.Is(try, login.ErrGone) {
				t.Errorf("%s: %v", name, try)
			}
		}
		if err := db.EndSession(ctx, old.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.RenewSession(ctx, late, renewed.Digest); !errors.Is(err, login.ErrGone) {
			t.Errorf("one that is over: %v", err)
		}
		if _, err := db.LoadSession(ctx, old.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("it lives: %v", err)
		}
	})
}

// means R-STAT-03: who was admitted before everything of theirs ended gets no session after it.
func TestNoSessionAfterTheEndOfWhatItRestsOn(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, row := t.Context(), sessionRow()
		admitted := databaseTime(t, db)
		if err := db.EndEverything(ctx, row.Usage, entry(journal.PersonEnded)); err != nil {
			t.Fatal(err)
		}
		var ended login.Ended
		if err := db.AddSession(ctx, row, admitted); !errors.As(err, &ended) || ended.At.Before(admitted) {
			t.Fatalf("a session was added, or the time is missing: %v", err)
		}
		if err := db.AddSession(ctx, row, ended.At); !errors.As(err, &ended) {
			t.Errorf("the very moment: %v", err)
		}
		another := row
		another.Usage[0] ^= 1
		another.ID[15] ^= 1
		if err := errors.Join(db.AddSession(ctx, row, ended.At.Add(time.Microsecond)), db.AddSession(ctx, another, admitted)); err != nil {
			t.Errorf("who was admitted after it, or is somebody else: %v", err)
		}
		shift(db, 25*time.Hour)
		var left int
		if err := errors.Join(db.Sweep(ctx), db.SQL(ctx).Row("SELECT count(*) FROM person_ends", nil, &left)); err != nil || left != 0 {
			t.Errorf("%d marks are left after a day: %v", left, err)
		}
	})
}

// The same at one moment: logins that have looked at the mark and not committed yet, while everything
// ends. Whatever the order, none of them is left.
func TestASessionAndTheEndAtOneMoment(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		for round := range 8 {
			usage := identity.UsageID{1, byte(round)}
			admitted := databaseTime(t, db)
			var all sync.WaitGroup
			gate := make(chan struct{})
			for i := range 6 {
				row := sessionRow()
				row.ID, row.Usage = seal.RowID{2, byte(round), byte(i)}, usage
				all.Go(func() {
					<-gate
					err := db.Loosely(context.WithoutCancel(t.Context()), func(ctx context.Context) error { return db.AddSession(ctx, row, admitted) })
					if err != nil && !errors.As(err, new(login.Ended)) {
						t.Errorf("add: %v", err)
					}
				})
			}
			all.Go(func() {
				<-gate
				if err := db.EndEverything(context.WithoutCancel(t.Context()), usage, entry(journal.PersonEnded)); err != nil {
					t.Errorf("end: %v", err)
				}
			})
			close(gate)
			all.Wait()
			if n := alive(t, db, usage); n != 0 {
				t.Fatalf("round %d: %d sessions outlive the end", round, n)
			}
		}
	})
}

// The end waits for a session whose login has looked at the mark, and then ends it: a barrier stands
// between the look and the commit.
func TestTheEndWaitsForASessionOnItsWay(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		row := sessionRow()
		admitted := databaseTime(t, db)
		ended := make(chan error, 1)
		err := db.Loosely(t.Context(), func(ctx context.Context) error {
			if err := db.AddSession(ctx, row, admitted); err != nil {
				return err
			}
			go func() {
				ended <- db.EndEverything(context.WithoutCancel(t.Context()), row.Usage, entry(journal.PersonEnded))
			}()
			return waiting(ctx, db)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if n := alive(t, db, row.Usage); n != 0 {
			t.Error("a session outlives the end that waited for it")
		}
	})
}

// waiting returns when somebody waits for a person that this transaction holds. SQLite has one
// writer: there whoever comes waits for the transaction itself, and nothing shows it.
func waiting(ctx context.Context, db *usagedb.DB) error {
	if db.Dialect() != store.PostgreSQL {
		return nil
	}
	const held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	for n := 0; n == 0; {
		if err := db.SQL(ctx).Row(held, nil, &n); err != nil { // its deadline ends the loop
			return err
		}
	}
	return nil
}

func databaseTime(t *testing.T, db *usagedb.DB) time.Time {
	t.Helper()
	var us int64
	if err := db.SQL(t.Context()).Row("SELECT "+db.Now(), nil, &us); err != nil {
		t.Fatal(err)
	}
	return time.UnixMicro(us)
}

// alive counts the sessions of a person that are not over.
func alive(t *testing.T, db *usagedb.DB, usage identity.UsageID) (n int) {
	t.Helper()
	if err := db.SQL(t.Context()).Row("SELECT count(*) FROM sessions WHERE usage = ? AND idle > 0", []any{usage[:]}, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
