package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings the schema up to date with the files in dir/DIALECT. Each migration is one
// transaction, so one that was cut short is done again. On PostgreSQL replicas that start
// together take turns.
func (db *DB) Migrate(ctx context.Context, files fs.FS, dir string) error {
	return db.migrate(ctx, files, dir, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes every migration back, newest first.
func (db *DB) MigrateDown(ctx context.Context, files fs.FS, dir string) error {
	return db.migrate(ctx, files, dir, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

// Migrated reports whether the schema is as the files want it.
func (db *DB) Migrated(ctx context.Context, files fs.FS, dir string) (done bool, err error) {
	err = db.migrate(ctx, files, dir, func(p *goose.Provider) error {
		pending, err := p.HasPending(ctx)
		done = !pending
		return err
	})
	return done, err
}

func (db *DB) migrate(ctx context.Context, files fs.FS, dir string, act func(*goose.Provider) error) (err error) {
	own, err := fs.Sub(files, path.Join(dir, string(db.dialect)))
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	unlock, err := db.takeTurn()
	if err != nil {
		return err
	}
	defer unlock()
	pool, err := db.plain()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption(nil)
	if db.dialect == PostgreSQL {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("make the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, own, options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if err := act(provider); err != nil {
		return fmt.Errorf("migrate: %w", Fault(err))
	}
	return nil
}

// takeTurn lets processes that share a SQLite file migrate it one after the other; PostgreSQL has a
// lock for it. The lock is on a file beside it: closing the database file itself would give up
// the locks that SQLite holds on it in this process (POSIX, fcntl).
func (db *DB) takeTurn() (done func(), err error) {
	if db.dialect != SQLite {
		return func() {}, nil
	}
	file, err := os.OpenFile(sqlitePath(db.source)+".migrating", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the migration lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("take the migration lock: %w", err), file.Close())
	}
	return func() { _ = file.Close() }, nil // closing gives the lock back
}

func sqlitePath(source string) string { return strings.TrimPrefix(source, "sqlite:") }
