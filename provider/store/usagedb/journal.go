package usagedb

import (
	"context"

	"symbolon/provider/journal"
)

var _ journal.Sink = (*DB)(nil)

// Append keeps an entry, in the transaction of the context if there is one, else durably by itself.
func (db *DB) Append(ctx context.Context, r journal.Row) error {
	return wrap("append to the journal", db.insertEntry(ctx, r))
}

// Note keeps an entry without waiting for the disk.
func (db *DB) Note(ctx context.Context, r journal.Row) error {
	_, err := db.LooseSQL(ctx).Exec(journalValues, entryArgs(r)...)
	return wrap("note in the journal", err)
}

// insertEntry reads no head of a chain, so that logins do not queue behind each other.
func (db *DB) insertEntry(ctx context.Context, r journal.Row) error {
	_, err := db.SQL(ctx).Exec(journalValues, entryArgs(r)...)
	return err
}

const journalValues = insertJournal + " VALUES (" + nine + ")"

func entryArgs(r journal.Row) []any {
	return []any{idBytes(r.ID), string(r.Kind), micro(r.At), r.Who, r.Party, r.Ref, orEmpty(r.Body), orEmpty(r.Salt), orEmpty(r.Leaf)}
}
