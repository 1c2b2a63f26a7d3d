package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
)

// shelf makes a table to work on.
func shelf(t *testing.T, db *store.DB) {
	t.Helper()
	if _, err := db.SQL(t.Context()).Exec("CREATE TABLE shelf (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.SQL(t.Context()).Row("SELECT count(*) FROM shelf", nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func put(ctx context.Context, db *store.DB, id int) error {
	_, err := db.SQL(ctx).Exec("INSERT INTO shelf (id, n) VALUES (?, ?)", id, 0)
	return err
}

func TestATransactionIsWholeOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		shelf(t, db)
		stop := errors.New("stop")
		for name, run := range map[string]func(context.Context, func(context.Context) error) error{"durable": db.Atomically, "loose": db.Loosely} {
			err := run(t.Context(), func(ctx context.Context) error {
				if err := put(ctx, db, 1); err != nil {
					return err
				}
				return stop
			})
			if !errors.Is(err, stop) || count(t, db) != 0 {
				t.Errorf("%s: error %v, %d rows; want the act's own error and no row", name, err, count(t, db))
			}
		}
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			if err := put(ctx, db, 1); err != nil {
				return err
			}
			inner := func(ctx context.Context) error { return put(ctx, db, 2) }
			return errors.Join(db.Atomically(ctx, inner), db.Gorm(ctx).Exec("INSERT INTO shelf (id, n) VALUES ( ?, ?)", 3, 0).Error)
		})
		if err != nil || count(t, db) != 3 {
			t.Errorf("error %v, %d rows; want the inner act and gorm to have joined", err, count(t, db))
		}
	})
}

func TestATransactionEndsWithAPanic(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t, store.Pool(1))
		shelf(t, db)
		func() {
			defer func() { _ = recover() }()
			_ = db.Atomically(t.Context(), func(ctx context.Context) error {
				if err := put(ctx, db, 1); err != nil {
					return err
				}
				panic("a mistake of ours")
			})
		}()
		if err := put(t.Context(), db, 2); err != nil || count(t, db) != 1 {
			t.Errorf("after a panic: error %v, %d rows; want the connection back and one row", err, count(t, db))
		}
	})
}

func TestADurableActIsRefusedInsideALooseOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		shelf(t, db)
		err := db.Loosely(t.Context(), func(ctx context.Context) error {
			return db.Atomically(ctx, func(ctx context.Context) error { return put(ctx, db, 1) })
		})
		if err == nil || count(t, db) != 0 {
			t.Errorf("error %v, %d rows; want a refusal", err, count(t, db))
		}
	})
}

func TestCommitsWaitForTheDiskOrNot(t *testing.T) {
	ask := map[store.Dialect]string{store.SQLite: "PRAGMA synchronous", store.PostgreSQL: "SHOW synchronous_commit"}
	want := map[store.Dialect][2]string{store.SQLite: {"2", "1"}, store.PostgreSQL: {"on", "off"}}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		var got [2]string
		for i, run := range []func(context.Context, func(context.Context) error) error{db.Atomically, db.Loosely} {
			err := run(t.Context(), func(ctx context.Context) error {
				return db.SQL(ctx).Row(ask[d.Dialect], nil, &got[i])
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got != want[d.Dialect] {
			t.Errorf("durable, loose = %v, want %v", got, want[d.Dialect])
		}
	})
}

func TestTimeIsTheDatabasesAndCanBeShifted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		read := func() time.Time {
			var us int64
			if err := db.SQL(t.Context()).Row("SELECT "+db.Now(), nil, &us); err != nil {
				t.Fatal(err)
			}
			return time.UnixMicro(us)
		}
		before := time.Now().Add(-2 * time.Millisecond) // SQLite's clock has milliseconds
		now := read()
		if after := time.Now().Add(2 * time.Millisecond); now.Before(before) || now.After(after) {
			t.Errorf("database time %v is not between %v and %v", now, before, after)
		}
		db.Shift = func() time.Duration { return 48 * time.Hour }
		if ahead := read().Sub(now); ahead < 48*time.Hour || ahead > 49*time.Hour {
			t.Errorf("shifted by %v, want 48 hours", ahead)
		}
	})
}

func TestWritesOutsideATransactionThroughGormAreRefusedOnSQLite(t *testing.T) {
	db := storetest.Empty(t, store.SQLite).Open(t)
	shelf(t, db)
	if err := db.Gorm(t.Context()).Exec("INSERT INTO shelf (id, n) VALUES (1, 1)").Error; err == nil {
		t.Error("a write whose durability nobody chose went through")
	}
}

// A database that is closed leaves nothing running, of gorm neither.
func TestAClosedDatabaseLeavesNothingBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		before := goleak.IgnoreCurrent()
		for range 3 {
			db, err := store.Open(t.Context(), d.Source)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Migrate(t.Context(), fstest.MapFS{"m/" + string(d.Dialect) + "/1_a.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}, "m")
			var one int
			for range 2 {
				err = errors.Join(err, db.SQL(t.Context()).Row("SELECT 1", nil, &one), db.Gorm(t.Context()).Raw("SELECT 1").Scan(&one).Error)
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}
		goleak.VerifyNone(t, before)
	})
}

func TestTheDatabaseFileIsClosedToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a name with ? and # and %20.db")
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is lost
	shelf(t, db)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("file%s: %v, %v; want it there, for its owner only", suffix, info, err)
		}
	}
}

// Every transaction reads, then writes what it read plus one: without the whole being isolated,
// or tried again after a conflict, steps are lost.
func TestAttack_DB_08_ConflictingTransactionsAreTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		replicas := []*store.DB{d.Open(t, store.Patience(30*time.Second)), d.Open(t, store.Patience(30*time.Second))}
		shelf(t, replicas[0])
		for id := range 2 {
			if err := put(t.Context(), replicas[0], id); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				db, first := replicas[i%2], i/2%2 // half of them lock the rows in the other order: deadlocks
				err := db.Atomically(t.Context(), func(ctx context.Context) error {
					for _, id := range []int{first, 1 - first} {
						if _, err := db.SQL(ctx).Exec("UPDATE shelf SET n = n + 1 WHERE id = ?", id); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil && !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("a conflict ended as %v", err)
				}
			})
		}
		all.Wait()
		var a, b int
		if err := replicas[0].SQL(t.Context()).Row("SELECT min(n), max(n) FROM shelf", nil, &a, &b); err != nil || a != b || a == 0 {
			t.Errorf("rows stand at %d and %d (%v), want them equal and moved", a, b, err)
		}
	})
}

func TestMigrationsGoUpAndDownAndUpAgain(t *testing.T) {
	files := fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		files["m/"+dialect+"/202601010000_shelf.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE shelf (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);\n-- +goose Down\nDROP TABLE shelf;\n")}
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t, store.Pool(1))
		for range 2 {
			if done, err := db.Migrated(t.Context(), files, "m"); done || err != nil {
				t.Fatalf("before: migrated %v, %v", done, err)
			}
			for range 2 { // the second changes nothing
				if err := db.Migrate(t.Context(), files, "m"); err != nil {
					t.Fatal(err)
				}
			}
			if done, err := db.Migrated(t.Context(), files, "m"); !done || err != nil || count(t, db) != 0 {
				t.Fatalf("after: migrated %v, %v", done, err)
			}
			if err := db.MigrateDown(t.Context(), files, "m"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Two replicas start on one empty database at the same moment.
func TestAttack_DB_11_ReplicasMigrateAtTheSameTime(t *testing.T) {
	files := fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		files["m/"+dialect+"/202601010000_shelf.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE shelf (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);\n")}
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		replicas := []*store.DB{d.Open(t), d.Open(t), d.Open(t)}
		var all sync.WaitGroup
		for _, db := range replicas {
			all.Go(func() {
				if err := db.Migrate(t.Context(), files, "m"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestAnInterruptedMigrationLeavesNothingHalf(t *testing.T) {
	broken, whole := fstest.MapFS{}, fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		text := "-- +goose Up\nCREATE TABLE shelf (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);\n"
		whole["m/"+dialect+"/202601010000_shelf.sql"] = &fstest.MapFile{Data: []byte(text)}
		broken["m/"+dialect+"/202601010000_shelf.sql"] = &fstest.MapFile{Data: []byte(text + "INSERT INTO nowhere VALUES (1);\n")}
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		if err := db.Migrate(t.Context(), broken, "m"); err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Fatalf("a broken migration gave %v", err)
		}
		if err := db.Migrate(t.Context(), whole, "m"); err != nil {
			t.Errorf("it cannot be done again: %v", err)
		}
	})
}
