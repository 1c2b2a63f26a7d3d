// Package identitydb keeps who people are: persons, identifiers, ties to their means, sealed
// contacts, cases for review, messages to people and the journal of all that, as rows of one
// database. It decides nothing and opens nothing that is sealed.
package identitydb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/journal"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/subject"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date.
func Migrate(ctx context.Context, db *store.DB) error {
	return wrap("migrate the identity database", db.Migrate(ctx, migrations, "migrations"))
}

// MigrateDown takes the schema away with everything in it.
func MigrateDown(ctx context.Context, db *store.DB) error {
	return wrap("take down the identity database", db.MigrateDown(ctx, migrations, "migrations"))
}

// Migrated reports whether the schema is what this version wants.
func Migrated(ctx context.Context, db *store.DB) (bool, error) {
	return db.Migrated(ctx, migrations, "migrations")
}

// DB satisfies the interfaces of subject, outbox and journal that belong to the identity database.
type DB struct{ *store.DB }

var (
	_ subject.Store = (*DB)(nil)
	_ subject.Cases = (*DB)(nil)
	_ subject.Ties  = (*DB)(nil)
	_ outbox.Store  = (*DB)(nil)
	_ journal.Sink  = (*DB)(nil)
)

// New takes a migrated database.
func New(db *store.DB) *DB { return &DB{db} }

// Append keeps an entry, in the transaction of the context if there is one, else durably by itself.
func (db *DB) Append(ctx context.Context, r journal.Row) error {
	return wrap("append to the journal", insertEntry(db.SQL(ctx), r))
}

// Note keeps an entry without waiting for the disk.
func (db *DB) Note(ctx context.Context, r journal.Row) error {
	return wrap("note in the journal", insertEntry(db.LooseSQL(ctx), r))
}

func insertEntry(to store.Statements, r journal.Row) error {
	_, err := to.Exec(
		"INSERT INTO journal (id, kind, at, who, party, ref, body, salt, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID[:], string(r.Kind), r.At.UnixMicro(), r.Who, r.Party, r.Ref, r.Body, r.Salt, r.Leaf)
	return err
}

// Setting gives what the installation keeps under a name, "" if nothing: key check values and the
// epoch.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.SQL(ctx).Row("SELECT value FROM settings WHERE name = ?", []any{name}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, wrap("read a setting", err)
}

// SetSetting keeps a value under a name.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	_, err := db.SQL(ctx).Exec("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return wrap("keep a setting", err)
}

// Empty reports whether nobody and nothing has ever been recorded: only then may keys be made.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	var used bool
	err := db.SQL(ctx).Row("SELECT EXISTS (SELECT 1 FROM persons) OR EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM conflicts)", nil, &used)
	return !used, wrap("look whether the identity database is empty", err)
}

// Sweep takes away messages that could not be sent for so long that nobody should get them now.
func (db *DB) Sweep(ctx context.Context, unsent time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM messages WHERE created <= "+db.Now()+" - ?", unsent.Microseconds())
	return wrap("sweep messages", err)
}

// SweepContacts takes away the addresses of people that newer ones replaced longer ago than they are kept.
func (db *DB) SweepContacts(ctx context.Context, kept time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM former_contacts WHERE ended < "+db.day()+" - ?", int64(kept/(24*time.Hour)))
	return wrap("sweep former contacts", err)
}

// day is the database's own day, counted as subject.Day.
func (db *DB) day() string { return "(" + db.Now() + " / 86400000000)" }

// Retain takes away entries of the journal that are older than they are kept. Their ids begin with
// their moment.
func (db *DB) Retain(ctx context.Context, kept time.Duration) error {
	const old = "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE id < ? ORDER BY id LIMIT 500)"
	var us int64
	if err := db.SQL(ctx).Row("SELECT "+db.Now(), nil, &us); err != nil {
		return wrap("look what is kept no longer", err)
	}
	oldest := seal.FirstRowID(time.UnixMicro(us).Add(-kept))
	for {
		changed, err := db.LooseSQL(ctx).Exec(old, oldest[:])
		if err != nil || changed < 500 {
			return wrap("take old entries away", err)
		}
	}
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
