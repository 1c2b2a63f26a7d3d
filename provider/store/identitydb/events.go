package identitydb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
)

// Event is one thing that a register told of a person.
type Event struct {
	ID     [sha256.Size]byte // of the register and its own id of the event
	Person identity.PersonID
	Class  string // events of one class undo each other: the latest counts
	At     time.Time
}

// Heard is what is known of an event already.
type Heard int

// What may be known.
const (
	Fresh     Heard = iota // its effect is to happen
	Done                   // it has happened
	Overtaken              // a later one of its class was told before
)

// Hear writes an event down and gives what is known of it. If it is fresh the effect happens in the
// same transaction, in so far as it is in this database. Events of one person are heard one after
// another.
func (db *DB) Hear(ctx context.Context, e Event, effect func(context.Context) error) (Heard, error) {
	var heard Heard
	err := db.Atomically(ctx, func(ctx context.Context) error {
		var err error
		if heard, err = db.hear(ctx, e); err != nil || heard != Fresh {
			return err
		}
		return effect(ctx)
	})
	return heard, wrap("hear an event", err)
}

func (db *DB) hear(ctx context.Context, e Event) (Heard, error) {
	q := db.SQL(ctx)
	if _, err := q.Exec("UPDATE persons SET created = created WHERE id = ?", e.Person[:]); err != nil { // the lock
		return Fresh, err
	}
	var done bool
	switch err := q.Row("SELECT done = 1 FROM register_events WHERE id = ?", []any{e.ID[:]}, &done); {
	case err == nil && done:
		return Done, nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return Fresh, err
	}
	var later bool
	err := q.Row("SELECT EXISTS (SELECT 1 FROM register_events WHERE person = ? AND class = ? AND at > ?)",
		[]any{e.Person[:], e.Class, e.At.UnixMicro()}, &later)
	if err != nil {
		return Fresh, err
	}
	_, err = q.Exec("INSERT INTO register_events (id, person, class, at, done) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET done = excluded.done",
		e.ID[:], e.Person[:], e.Class, e.At.UnixMicro(), boolInt(later))
	if later {
		return Overtaken, err
	}
	return Fresh, err
}

// HadEffect says that everything an event leads to has happened, in other databases, too.
func (db *DB) HadEffect(ctx context.Context, id [sha256.Size]byte) error {
	return wrap("finish an event", db.Atomically(ctx, func(ctx context.Context) error {
		_, err := db.SQL(ctx).Exec("UPDATE register_events SET done = 1 WHERE id = ?", id[:])
		return err
	}))
}

// ChangedSince gives when a register last told that something of a person's data changed, since a moment;
// zero if it told of nothing. How documents stand is asked at each step.
func (db *DB) ChangedSince(ctx context.Context, person identity.PersonID, since time.Time) (time.Time, error) {
	var at int64
	err := db.SQL(ctx).Row("SELECT COALESCE(MAX(at), 0) FROM register_events WHERE person = ? AND at >= ? "+
		"AND class NOT IN ('document_changed', 'first_document_refused')", []any{person[:], since.UnixMicro()}, &at)
	return instant(at), wrap("look for changes that registers told of", err)
}

// HearUnknown keeps that a register told of a change of somebody whom nobody here knows, by digest of their number.
func (db *DB) HearUnknown(ctx context.Context, number enrolment.Digest, at time.Time) error {
	_, err := db.LooseSQL(ctx).Exec("INSERT INTO unknown_changes (key_id, digest, at) VALUES (?, ?, ?) "+
		"ON CONFLICT (digest, key_id) DO UPDATE SET at = excluded.at WHERE excluded.at > unknown_changes.at", int64(number.Key), number.Sum[:], at.UnixMicro())
	return wrap("hear of somebody unknown", err)
}

// ChangedUnknown is ChangedSince for somebody who was not known here then, by digests of their numbers.
func (db *DB) ChangedUnknown(ctx context.Context, numbers []enrolment.Digest, since time.Time) (time.Time, error) {
	if len(numbers) == 0 {
		return time.Time{}, nil
	}
	args := []any{since.UnixMicro()}
	for _, d := range numbers {
		args = append(args, int64(d.Key), d.Sum[:])
	}
	var at int64
	err := db.SQL(ctx).Row("SELECT COALESCE(MAX(at), 0) FROM unknown_changes WHERE at >= ? AND (key_id = ? AND digest = ?"+
		strings.Repeat(" OR key_id = ? AND digest = ?", len(numbers)-1)+")", args, &at)
	return instant(at), wrap("look for changes that registers told of", err)
}

// SweepUnknown forgets what was heard of people whom nobody here knew.
func (db *DB) SweepUnknown(ctx context.Context, older time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM unknown_changes WHERE at <= "+db.Now()+" - ?", older.Microseconds())
	return wrap("sweep what was heard of people unknown", err)
}

// SweepEvents forgets events that are so old that no register tells them again, and findings that are over.
func (db *DB) SweepEvents(ctx context.Context, older time.Duration) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM register_events WHERE done = 1 AND at <= "+db.Now()+" - ?", older.Microseconds())
	if err == nil {
		_, err = db.LooseSQL(ctx).Exec("DELETE FROM findings WHERE until < "+db.Now()+" / ?", (24 * time.Hour).Microseconds())
	}
	return wrap("sweep events of registers", err)
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
