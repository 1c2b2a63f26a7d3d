package identitydb

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
)

// AddMessage stores a message that is due after the wait. It does not wait for the disk: a notice lost in
// a crash together with the login that it tells of is no loss.
func (db *DB) AddMessage(ctx context.Context, m outbox.Message, wait time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec(
		"INSERT INTO messages (id, person, channel, text, sealed, created, attempts, due) VALUES (?, ?, ?, ?, ?, ?, ?, "+db.Now()+" + ?)",
		m.ID[:], m.Person[:], string(m.Channel), m.Text, m.Sealed, m.Created.UnixMicro(), m.Attempts, wait.Microseconds())
	return wrap("add a message", err)
}

// Lease puts off what is due, in the statement that reads it: of two replicas that look at once,
// the second finds the rows no longer due.
func (db *DB) Lease(ctx context.Context, channel identity.AttributeName, most int, lease time.Duration) ([]outbox.Message, error) {
	var leased []outbox.Message
	waiting := false // most rounds find nothing; those write nothing
	err := db.SQL(ctx).Row("SELECT EXISTS (SELECT 1 FROM messages WHERE channel = ? AND due <= "+db.Now()+")", []any{string(channel)}, &waiting)
	if err != nil || !waiting {
		return nil, wrap("look for messages", err)
	}
	err = db.Loosely(ctx, func(ctx context.Context) error {
		leased = nil
		now := db.Now()
		text := "UPDATE messages SET attempts = attempts + 1, due = " + now + " + ? WHERE id IN (SELECT id FROM messages WHERE channel = ? AND due <= " +
			now + " ORDER BY due LIMIT ?) AND due <= " + now + " RETURNING id, person, channel, text, sealed, created, attempts"
		return db.SQL(ctx).Each(text, []any{lease.Microseconds(), string(channel), most}, func(scan func(...any) error) error {
			var m outbox.Message
			var id, person []byte
			var channel string
			var created int64
			if err := scan(&id, &person, &channel, &m.Text, &m.Sealed, &created, &m.Attempts); err != nil {
				return err
			}
			copy(m.ID[:], id)
			copy(m.Person[:], person)
			m.Channel, m.Created = identity.AttributeName(channel), time.UnixMicro(created).UTC()
			leased = append(leased, m)
			return nil
		})
	})
	return leased, wrap("lease messages", err)
}

// Postpone makes a message due after the wait.
func (db *DB) Postpone(ctx context.Context, id seal.RowID, wait time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec("UPDATE messages SET due = "+db.Now()+" + ? WHERE id = ?", wait.Microseconds(), id[:])
	return wrap("postpone a message", err)
}

// Remove takes a message away with its parameters.
func (db *DB) Remove(ctx context.Context, id seal.RowID) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM messages WHERE id = ?", id[:])
	return wrap("remove a message", err)
}
