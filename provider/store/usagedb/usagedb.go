// Package usagedb keeps what happens in use: parties, logins, sessions, grants, decisions,
// subjects, one-time secrets, counters and their journal, as rows of one database. It decides
// nothing, and of a person it knows a usage id only.
package usagedb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"symbolon/provider/store"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date.
func Migrate(ctx context.Context, db *store.DB) error {
	return wrap("migrate the usage database", db.Migrate(ctx, migrations, "migrations"))
}

// MigrateDown takes the schema away with everything in it.
func MigrateDown(ctx context.Context, db *store.DB) error {
	return wrap("take down the usage database", db.MigrateDown(ctx, migrations, "migrations"))
}

// Migrated reports whether the schema is what this version wants.
func Migrated(ctx context.Context, db *store.DB) (bool, error) {
	return db.Migrated(ctx, migrations, "migrations")
}

// DB satisfies the interfaces of login, oauth, consent's ledger, subject, once, limit and journal
// that belong to the usage database.
type DB struct {
	*store.DB
	Log   *slog.Logger // told when an act that only takes away could not be recorded
	epoch int64
}

// New takes a migrated database. Rows of another epoch than the one it finds are gone.
func New(ctx context.Context, db *store.DB) (*DB, error) {
	text, err := setting(ctx, db, epochSetting)
	if err != nil {
		return nil, fmt.Errorf("read the epoch: %w", err)
	}
	epoch, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the epoch: %w", err)
	}
	return &DB{DB: db, Log: slog.New(slog.DiscardHandler), epoch: epoch}, nil
}

const epochSetting = "epoch"

// Epoch names the stretch of time since the database was last put back to an earlier state.
func (db *DB) Epoch() int64 { return db.epoch }

// NextEpoch begins a new epoch, as a restore must: every login, session, grant and one-time
// secret from before is void. Processes that run keep the old one, so none may. The number is drawn, so
// that none comes twice, also where the same backup is restored twice: rows of the other database name it.
func NextEpoch(ctx context.Context, db *store.DB) error {
	var drawn [8]byte
	rand.Read(drawn[:]) // never fails
	epoch := int64(binary.BigEndian.Uint64(drawn[:]) >> 1)
	return wrap("begin an epoch", setSetting(ctx, db, epochSetting, strconv.FormatInt(epoch, 10)))
}

// Setting gives what the installation keeps under a name, "" if nothing.
func (db *DB) Setting(ctx context.Context, name string) (string, error) {
	text, err := setting(ctx, db.DB, name)
	return text, wrap("read a setting", err)
}

// SetSetting keeps a value under a name.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	return wrap("keep a setting", setSetting(ctx, db.DB, name, value))
}

func setting(ctx context.Context, db *store.DB, name string) (value string, err error) {
	err = db.SQL(ctx).Row("SELECT value FROM settings WHERE name = ?", []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func setSetting(ctx context.Context, db *store.DB, name, value string) error {
	_, err := db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
