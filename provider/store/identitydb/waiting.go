package identitydb

import "context"

// Waiting counts the messages that are still to be sent.
func (db *DB) Waiting(ctx context.Context) (n int, err error) {
	err = db.SQL(ctx).Row("SELECT count(*) FROM messages", nil, &n)
	return n, wrap("count messages", err)
}
