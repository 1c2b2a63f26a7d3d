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

// insertEntry reads no head of a chain, so that logins do not queue behind each other.
func (db *DB) insertEntry(ctx context.Context, r journal.Row) error {
	_, err := db.SQL(ctx).Exec(insertJournal+" VALUES ("+nine+")", entryArgs(r)...)
	return err
}

func entryArgs(r journal.Row) []any {
	return []any{idBytes(r.ID), string(r.Kind), micro(r.At), r.Who, r.Party, r.Ref, orEmpty(r.Body), orEmpty(r.Salt), orEmpty(r.Leaf)}
}
