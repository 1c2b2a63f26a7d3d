package store_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
)

// wire is a network between a hub and its database that can swallow everything, or be cut.
type wire struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	swallow bool
	cut     bool
	open    []net.Conn
}

func newWire(t *testing.T, source string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, target: u.Host}
	var all sync.WaitGroup
	all.Go(func() { w.accept(&all) })
	t.Cleanup(func() {
		_ = listener.Close()
		w.set(false, true)
		all.Wait()
	})
	u.Host = listener.Addr().String()
	return w, u.String()
}

// set makes the wire swallow what is sent, or cuts what is connected and what connects.
func (w *wire) set(swallow, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swallow, w.cut = swallow, cut
	if cut {
		for _, c := range w.open {
			_ = c.Close()
		}
		w.open = nil
	}
}

func (w *wire) accept(all *sync.WaitGroup) {
	for {
		hub, err := w.listener.Accept()
		if err != nil {
			return
		}
		database, err := net.Dial("tcp", w.target)
		w.mu.Lock()
		cut := w.cut || err != nil
		if !cut {
			w.open = append(w.open, hub, database)
		}
		w.mu.Unlock()
		if cut {
			_ = hub.Close()
			continue
		}
		all.Go(func() { w.carry(database, hub) })
		all.Go(func() { w.carry(hub, database) })
	}
}

func (w *wire) carry(to, from net.Conn) {
	defer to.Close()   //nolint:errcheck // it is a test's wire
	defer from.Close() //nolint:errcheck // it is a test's wire
	_, _ = io.Copy(writer(func(p []byte) (int, error) {
		w.mu.Lock()
		swallow := w.swallow
		w.mu.Unlock()
		if swallow {
			return len(p), nil
		}
		return to.Write(p)
	}), from)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// uses are all the ways to the database.
func uses(db *store.DB) map[string]func(context.Context) error {
	read := func(ctx context.Context) error {
		var n int
		return db.SQL(ctx).Row("SELECT n FROM shelf WHERE id = ?", []any{1}, &n)
	}
	write := func(ctx context.Context) error {
		_, err := db.SQL(ctx).Exec("UPDATE shelf SET n = n + 1 WHERE id = ?", 1)
		return err
	}
	return map[string]func(context.Context) error{
		"ping": db.Ping, "read": read, "write": write,
		"gorm": func(ctx context.Context) error {
			var n int64
			return store.Fault(db.Gorm(ctx).Table("shelf").Count(&n).Error)
		},
		"loose":  func(ctx context.Context) error { return db.Loosely(ctx, write) },
		"atomic": func(ctx context.Context) error { return db.Atomically(ctx, write) },
		"returning": func(ctx context.Context) error {
			var n int
			return db.LooseSQL(ctx).Returning("UPDATE shelf SET n = n + 1 WHERE id = ? RETURNING n", []any{1}, &n)
		},
	}
}

func check(t *testing.T, db *store.DB, when string, want error) {
	t.Helper()
	if err := db.Ping(t.Context()); !errors.Is(err, want) { // first alone: it meets what is left of the last connection
		t.Errorf("%s: %v, want %v", when, err, want)
	}
	var all sync.WaitGroup
	for name, use := range uses(db) {
		all.Go(func() {
			// The test hangs if a use does; that it is bounded by Patience is what is shown.
			if err := use(t.Context()); !errors.Is(err, want) {
				t.Errorf("%s, %s: %v, want %v", when, name, err, want)
			}
		})
	}
	all.Wait()
}

func TestAttack_DB_02_ADatabaseThatIsGoneIsSaidSoAndFoundAgain(t *testing.T) {
	w, source := newWire(t, storetest.Empty(t, store.PostgreSQL).Source)
	db, err := store.Open(t.Context(), source, store.Patience(1500*time.Millisecond), store.Pool(1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the wire may be cut
	shelf(t, db)
	if err := put(t.Context(), db, 1); err != nil {
		t.Fatal(err)
	}
	check(t, db, "at first", nil)
	w.set(false, true)
	check(t, db, "cut", store.ErrUnavailable)
	if _, err := store.Open(t.Context(), source, store.Patience(1500*time.Millisecond)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("opening: %v", err)
	}
	w.set(false, false)
	check(t, db, "mended", nil)
	w.set(true, false)
	check(t, db, "swallowed", store.ErrUnavailable)
	w.set(false, true) // what hung there is over
	w.set(false, false)
	check(t, db, "mended again", nil)
}

// Another process holds SQLite's only writer's place and does not let go.
func TestAttack_DB_02_ALockThatIsNotGivenBackIsNotWaitedForLong(t *testing.T) {
	d := storetest.Empty(t, store.SQLite)
	holder, db := d.Open(t, store.Patience(time.Minute)), d.Open(t, store.Patience(300*time.Millisecond))
	shelf(t, db)
	err := holder.Atomically(t.Context(), func(context.Context) error {
		if err := put(t.Context(), db, 1); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("meanwhile: %v", err)
		}
		if count(t, db) != 0 {
			t.Error("reading does not wait for writers")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), db, 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// Packages that may not import this one find out by the method.
func TestUnavailableIsAlsoAMethod(t *testing.T) {
	var asker interface{ Unavailable() bool }
	if err := store.Fault(context.DeadlineExceeded); !errors.As(err, &asker) || !asker.Unavailable() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	plain := errors.New("no such thing")
	if store.Fault(plain) != plain || store.Fault(nil) != nil {
		t.Error("another error was changed")
	}
}

// A caller who went away is not the database's fault.
func TestACallerWhoGoesAwayLeavesNothingBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t, store.Pool(1))
		shelf(t, db)
		ctx, leave := context.WithCancel(t.Context())
		err := db.Atomically(ctx, func(ctx context.Context) error {
			err := put(ctx, db, 1)
			leave()
			return err
		})
		if err == nil || errors.Is(err, store.ErrUnavailable) || count(t, db) != 0 {
			t.Errorf("%v, %d rows; want nothing written", err, count(t, db))
		}
		if err := put(t.Context(), db, 1); err != nil {
			t.Errorf("the connection did not come back: %v", err)
		}
	})
}
