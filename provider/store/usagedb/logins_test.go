package usagedb_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

func sessionRow() login.SessionRow {
	return login.SessionRow{
		ID: seal.NewRowID(now()), Gen: 1, Digest: [32]byte{2}, Usage: person(1), Created: now(), Idle: now().Add(30 * time.Minute),
		Absolute: now().Add(8 * time.Hour), Means: "bank", Issuer: "https://bank.example", Rules: "r1", Sealed: []byte("sealed proof"), Wrap: []byte("wrap"),
	}
}

func TestALoginIsKeptAsItWas(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		want := loginRow()
		if err := db.AddLogin(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := db.LoadLogin(t.Context(), want.ID)
		if got.Read.Before(want.Created.Add(-time.Second)) {
			t.Errorf("read at %v", got.Read)
		}
		want.Read = got.Read
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		step := want
		step.Sealed, step.Expires, step.Done = []byte("next step"), now().Add(40*time.Minute), true
		if err := db.SaveLogin(t.Context(), step); err != nil {
			t.Fatal(err)
		}
		step.Gen++
		got, err = db.LoadLogin(t.Context(), want.ID)
		step.Read = got.Read
		if diff := cmp.Diff(step, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if err := db.SaveLogin(t.Context(), want); !errors.Is(err, login.ErrConflict) {
			t.Errorf("a step from an older generation: %v", err)
		}
	})
}

func TestALoginIsGoneWhenItsTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		row := loginRow()
		if err := db.AddLogin(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		shift(db, 29*time.Minute)
		if _, err := db.LoadLogin(t.Context(), row.ID); err != nil {
			t.Errorf("a minute before: %v", err)
		}
		shift(db, 31*time.Minute)
		if _, err := db.LoadLogin(t.Context(), row.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("a minute after: %v", err)
		}
		if _, err := db.LoadLogin(t.Context(), seal.NewRowID(now())); !errors.Is(err, login.ErrGone) {
			t.Errorf("one that never was: %v", err)
		}
	})
}

func TestOfParallelStepsOfALoginOneIsTaken(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		row := loginRow()
		if err := replicas[0].AddLogin(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		taken := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, _ int) (bool, error) {
			err := db.SaveLogin(ctx, row)
			if errors.Is(err, login.ErrConflict) {
				return false, nil
			}
			return err == nil, err
		})
		if taken != 1 {
			t.Errorf("%d steps were taken, want one", taken)
		}
	})
}

func TestASessionIsKeptAsItWas(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		want := sessionRow()
		if err := db.AddSession(t.Context(), want, time.Time{}); err != nil {
			t.Fatal(err)
		}
		got, err := db.LoadSession(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestASessionEndsWhenItIsNotUsedAndInAnyCaseAfterEightHours(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, row := t.Context(), sessionRow()
		if err := db.AddSession(ctx, row, time.Time{}); err != nil {
			t.Fatal(err)
		}
		for used := 20 * time.Minute; used < 8*time.Hour; used += 20 * time.Minute {
			shift(db, used)
			if _, err := db.LoadSession(ctx, row.ID); err != nil {
				t.Fatalf("after %v: %v", used, err)
			}
			if err := db.TouchSession(ctx, row.ID, row.Created.Add(used+30*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		shift(db, 8*time.Hour+time.Second)
		if _, err := db.LoadSession(ctx, row.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("after eight hours of use: %v", err)
		}
		unused := sessionRow()
		unused.ID[15] ^= 1
		shift(db, 0)
		if err := db.AddSession(ctx, unused, time.Time{}); err != nil {
			t.Fatal(err)
		}
		shift(db, 31*time.Minute)
		if _, err := db.LoadSession(ctx, unused.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("unused for half an hour: %v", err)
		}
		if err := db.TouchSession(ctx, unused.ID, now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.LoadSession(ctx, unused.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("a session that was over came back: %v", err)
		}
	})
}

func TestAnEndedSessionIsErasedAndStaysEnded(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, row := t.Context(), sessionRow()
		if err := db.AddSession(ctx, row, time.Time{}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // ending twice is no error
			if err := db.EndSession(ctx, row.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.TouchSession(ctx, row.ID, now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.LoadSession(ctx, row.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("it lives: %v", err)
		}
		var sealed, wrap []byte
		if err := db.SQL(ctx).Row("SELECT sealed, wrap FROM sessions", nil, &sealed, &wrap); err != nil || sealed != nil || wrap != nil {
			t.Errorf("its values are there: %d and %d bytes, %v", len(sealed), len(wrap), err)
		}
	})
}

// What came from a session ends with it, and nothing else.
func TestSessionsAtDoorsEndWithTheOneTheyCameFrom(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, parent, child, other := t.Context(), sessionRow(), sessionRow(), sessionRow()
		child.ID[15] ^= 1
		other.ID[15] ^= 2
		child.Door, child.Parent, other.Door = "portal", parent.ID, "desk"
		for _, row := range []login.SessionRow{parent, child, other} {
			if err := db.AddSession(ctx, row, now()); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.LoadSession(ctx, child.ID)
		if diff := cmp.Diff(child, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if err := db.EndSession(ctx, parent.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := db.LoadSession(ctx, child.ID); !errors.Is(err, login.ErrGone) {
			t.Errorf("it outlives the one that it came from: %v", err)
		}
		if _, err := db.LoadSession(ctx, other.ID); err != nil {
			t.Errorf("one that has nothing to do with it: %v", err)
		}
	})
}

func TestSweepingTakesWhatIsOverAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		for range 1100 { // more than two batches
			if err := db.AddLogin(ctx, loginRow()); err != nil {
				t.Fatal(err)
			}
		}
		later := loginRow()
		later.Expires = now().Add(3 * time.Hour)
		session, long := sessionRow(), sessionRow()
		long.ID[15] ^= 1
		long.Idle = now().Add(3 * time.Hour)
		over := answer(t, db)
		lasting := answer(t, db)
		lasting.Grant.Ends = now().Add(3 * time.Hour)
		err := errors.Join(db.AddLogin(ctx, later), db.AddSession(ctx, session, time.Time{}), db.AddSession(ctx, long, time.Time{}), db.Answer(ctx, over), db.Answer(ctx, lasting))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Sweep(ctx); err != nil || rows(t, db, "logins") != 1103 || rows(t, db, "sessions") != 2 {
			t.Fatalf("before its time: %v, %d logins, %d sessions", err, rows(t, db, "logins"), rows(t, db, "sessions"))
		}
		shift(db, 2*time.Hour)
		for range 2 {
			if err := db.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if l, s := rows(t, db, "logins"), rows(t, db, "sessions"); l != 1 || s != 1 {
			t.Errorf("%d logins and %d sessions stay, want one each", l, s)
		}
		grants := map[string][]byte{}
		err = db.SQL(ctx).Each("SELECT id, sealed, code_wrap FROM grants", nil, func(scan func(...any) error) error {
			var id, sealed, wrap []byte
			err := scan(&id, &sealed, &wrap)
			grants[string(id)] = append(sealed, wrap...)
			return err
		})
		if err != nil || len(grants) != 2 || len(grants[string(over.Grant.ID[:])]) != 0 ||
			!bytes.Equal(grants[string(lasting.Grant.ID[:])], append(lasting.Grant.Sealed, lasting.Grant.CodeWrap...)) {
			t.Errorf("grants hold %q, %v; want values of the lasting one only", grants, err)
		}
	})
}
