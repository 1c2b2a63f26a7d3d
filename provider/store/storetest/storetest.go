// Package storetest gives tests real databases: a SQLite file, and a database of a real
// PostgreSQL that is found or started once for each test process. It knows no table.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"symbolon/provider/store"
)

// Database is one empty database, for one test.
type Database struct {
	Dialect store.Dialect
	Source  string
}

// Each runs a test on an empty database of every dialect. Without PostgreSQL on the machine its
// half is skipped, but where CI=true it fails.
func Each(t *testing.T, run func(*testing.T, Database)) {
	t.Helper()
	EachOf(t, Empty, run)
}

// EachOf is Each with databases that somebody else makes: Copies.
func EachOf(t *testing.T, of Maker, run func(*testing.T, Database)) {
	t.Helper()
	for _, dialect := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) { run(t, of(t, dialect)) })
	}
}

// Maker makes one database for a test. It goes away with the test.
type Maker func(testing.TB, store.Dialect) Database

// Empty gives an empty database that goes away with the test.
func Empty(t testing.TB, dialect store.Dialect) Database {
	t.Helper()
	if dialect == store.PostgreSQL {
		server := serverSource(t)
		return Database{dialect, named(t, server, created(t, server, ""))}
	}
	return Database{dialect, "sqlite:" + filepath.Join(t.TempDir(), "test.db")}
}

// Open opens the database; it is closed with the test. Several may be open at a time, as those of
// replicas are.
func (d Database) Open(t testing.TB, opts ...store.Option) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), d.Source, opts...)
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return db
}

func newName() string { return "symbolon_test_" + strings.ToLower(rand.Text()) }

// created makes a database on the server that goes away with the test, and gives its name; how is the end of the
// statement.
func created(t testing.TB, server, how string) string {
	t.Helper()
	name := newName()
	manage(t, server, "CREATE DATABASE "+name+how)
	t.Cleanup(func() { manage(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	return name
}

// named gives the source of a database of the server.
func named(t testing.TB, server, name string) string {
	t.Helper()
	source, err := url.Parse(server)
	if err != nil {
		t.Fatalf("the test server's source is not a URL: %v", err)
	}
	source.Path = "/" + name
	return source.String()
}

func manage(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // also used while the test is being cleaned up
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }() // the statement has been answered
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
