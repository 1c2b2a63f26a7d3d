// Package store opens a database, SQLite or PostgreSQL, and runs transactions and migrations in
// it. It knows no table: identitydb and usagedb hold the rows and satisfy the interfaces of the
// packages that use them.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Dialect says which database this is.
type Dialect string

// The databases known.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgres"
)

// DB is one database. Writes go through Atomically when an answer depends on them having reached
// the disk, through Loosely when losing the last moment's worth in a crash does no harm.
type DB struct {
	// Shift moves the database's time, in tests only; nil moves nothing. Set it before use.
	Shift func() time.Duration

	dialect Dialect
	source  string
	now     string // SQL expression without the shift
	durable *handle
	loose   *handle
	read    *handle
	wait    time.Duration
	texts   texts
}

// Option changes how a database is opened.
type Option func(*options)

type options struct {
	pool int
	wait time.Duration
}

// Pool sets how many connections may be open for reading (SQLite) or for durable work
// (PostgreSQL). One is enough for nothing to lock up.
func Pool(size int) Option { return func(o *options) { o.pool = max(size, 1) } }

// Patience sets how long one statement or transaction may take, waiting included, before
// ErrUnavailable. A page that says 503 must be out within 3 s.
func Patience(wait time.Duration) Option { return func(o *options) { o.wait = wait } }

// Open opens the database that the source names: "sqlite:PATH", a bare path, or "postgres://…".
// It fails with ErrUnavailable when the database does not answer.
func Open(ctx context.Context, source string, opts ...Option) (*DB, error) {
	o := options{pool: 8, wait: 2500 * time.Millisecond}
	for _, opt := range opts {
		opt(&o)
	}
	db := &DB{source: source, wait: o.wait}
	var err error
	if strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://") {
		err = db.openPostgres(o)
	} else {
		err = db.openSQLite(sqlitePath(source), o)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the %s database: %w", db.dialect, err), db.Close())
	}
	return db, nil
}

// Dialect says which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Ping asks the database whether it answers, within the patience of the handle.
func (db *DB) Ping(ctx context.Context) error {
	return db.attempt(ctx, again, db.durable.sql.PingContext)
}

// Now gives the SQL expression of the database's time in microseconds since 1970, so that what
// expires is compared in the statement that reads it, by one clock for all replicas.
func (db *DB) Now() string {
	if db.Shift == nil {
		return db.now
	}
	return fmt.Sprintf("(%s + %d)", db.now, db.Shift().Microseconds())
}

// Close closes every connection.
func (db *DB) Close() error {
	var errs []error
	for i, h := range []*handle{db.durable, db.loose, db.read} {
		if h != nil && (i < 2 || h != db.durable) {
			errs = append(errs, h.close())
		}
	}
	return errors.Join(errs...)
}

// dropIdle closes idle connections of a database that is reached over a network.
func (db *DB) dropIdle() {
	if db.dialect != PostgreSQL {
		return
	}
	db.durable.dropIdle()
	db.loose.dropIdle()
}
