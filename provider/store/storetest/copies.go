package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"symbolon/provider/store"
)

// Copies gives a maker of databases that begin alike: each is a copy of one that was prepared once in this process,
// for each dialect. To migrate takes far longer than to copy. What tests the preparing itself takes Empty.
func Copies(prepare func(context.Context, *store.DB) error) Maker {
	p := &pattern{prepare: prepare}
	return func(t testing.TB, dialect store.Dialect) Database {
		t.Helper()
		if dialect == store.PostgreSQL {
			return Database{dialect, p.postgres(t)}
		}
		return Database{dialect, p.sqlite(t)}
	}
}

// pattern is what is copied.
type pattern struct {
	prepare func(context.Context, *store.DB) error

	mu   sync.Mutex
	file []byte // of SQLite
	name string // of PostgreSQL
}

func (p *pattern) sqlite(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		d := Empty(t, store.SQLite)
		p.made(t, d.Source)
		made := d.Source[len("sqlite:"):]
		if _, err := os.Stat(made + "-wal"); err == nil {
			t.Fatal("a prepared database was closed and still has a log of its own: a copy would lack it")
		}
		file, err := os.ReadFile(made)
		if err != nil {
			t.Fatalf("read a prepared database: %v", err)
		}
		p.file = file
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, p.file, 0o600); err != nil {
		t.Fatalf("copy a prepared database: %v", err)
	}
	return "sqlite:" + path
}

func (p *pattern) postgres(t testing.TB) string {
	t.Helper()
	server := serverSource(t)
	if !startedHere() { // on somebody's server nothing is left behind
		source := named(t, server, created(t, server, ""))
		p.made(t, source)
		return source
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.name == "" {
		name := newName()
		manage(t, server, "CREATE DATABASE "+name)
		p.made(t, named(t, server, name))
		p.name = name
	}
	return named(t, server, created(t, server, " TEMPLATE "+p.name))
}

// made prepares the database, and closes it.
func (p *pattern) made(t testing.TB, source string) {
	t.Helper()
	db, err := store.Open(t.Context(), source)
	if err != nil {
		t.Fatalf("open a database to prepare: %v", err)
	}
	if err := p.prepare(t.Context(), db); err != nil {
		t.Fatalf("prepare a database: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatalf("close a prepared database: %v", err)
	}
}
