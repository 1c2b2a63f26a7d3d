package usagedb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/provider/login"
	"symbolon/provider/seal"
)

var _ login.Sessions = (*DB)(nil)

// AddSession keeps a new session, without waiting for the disk: losing it costs one login. Nobody
// ends what the person holds between the look at the mark and the commit.
func (db *DB) AddSession(ctx context.Context, r login.SessionRow, since time.Time) error {
	return wrap("add a session", db.Loosely(ctx, func(ctx context.Context) error {
		if err := db.holdPerson(ctx, r.Usage, whileAdding); err != nil {
			return err
		}
		var at int64
		err := db.SQL(ctx).Row("SELECT at FROM person_ends WHERE usage = ? AND at >= ?", []any{idBytes(r.Usage), micro(since)}, &at)
		if err == nil {
			return login.Ended{At: fromMicro(at)}
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = db.SQL(ctx).Exec(
			"INSERT INTO sessions (id, epoch, digest, usage, door, parent, created, absolute, means, issuer, office, rules, sealed, wrap, gen, idle) VALUES ("+eleven+", ?, ?, ?, ?, ?)",
			idBytes(r.ID), db.epoch, r.Digest[:], idBytes(r.Usage), r.Door, id(r.Parent), micro(r.Created), micro(r.Absolute), string(r.Means), r.Issuer, r.Office, r.Rules,
			blob(r.Sealed), blob(r.Wrap), r.Gen, micro(idleEnd(r)))
		return err
	}))
}

// RenewSession puts another proof of the same person under another secret into a session that is
// not over, without waiting for the disk; login.ErrGone if it is over or has moved on.
func (db *DB) RenewSession(ctx context.Context, r login.SessionRow, was [32]byte) error {
	changed, err := db.LooseSQL(ctx).Exec(
		`UPDATE sessions SET digest = ?, created = ?, absolute = ?, means = ?, issuer = ?, office = ?, rules = ?, sealed = ?, wrap = ?, gen = gen + 1, idle = ?
		WHERE id = ? AND epoch = ? AND usage = ? AND digest IN (?, ?) AND idle > `+db.Now(),
		r.Digest[:], micro(r.Created), micro(r.Absolute), string(r.Means), r.Issuer, r.Office, r.Rules, blob(r.Sealed), blob(r.Wrap), micro(idleEnd(r)),
		idBytes(r.ID), db.epoch, idBytes(r.Usage), was[:], r.Digest[:])
	if err == nil && changed == 0 {
		err = login.ErrGone
	}
	return wrap("renew a session", err)
}

// idleEnd is when a session is over at the latest, so that one column says it.
func idleEnd(r login.SessionRow) time.Time {
	if r.Absolute.Before(r.Idle) {
		return r.Absolute
	}
	return r.Idle
}

// LoadSession gives a session that is not over, by the database's clock; login.ErrGone otherwise.
func (db *DB) LoadSession(ctx context.Context, row seal.RowID) (login.SessionRow, error) {
	r := login.SessionRow{ID: row}
	var digest, usage, parent []byte
	var created, absolute, idle int64
	now := db.Now()
	err := db.SQL(ctx).Row(
		"SELECT digest, usage, door, parent, created, absolute, means, issuer, office, rules, sealed, wrap, gen, idle FROM sessions WHERE id = ? AND epoch = ? AND idle > "+now+" AND absolute > "+now,
		[]any{idBytes(row), db.epoch}, &digest, &usage, &r.Door, &parent, &created, &absolute, &r.Means, &r.Issuer, &r.Office, &r.Rules, &r.Sealed, &r.Wrap, &r.Gen, &idle)
	if errors.Is(err, sql.ErrNoRows) {
		return login.SessionRow{}, login.ErrGone
	}
	if err != nil {
		return login.SessionRow{}, wrap("load a session", err)
	}
	fixed(r.Digest[:], digest)
	fixed(r.Usage[:], usage)
	fixed(r.Parent[:], parent)
	r.Created, r.Absolute, r.Idle = fromMicro(created), fromMicro(absolute), fromMicro(idle)
	return r, nil
}

// TouchSession prolongs a session that is not over, at most to its absolute end, without waiting
// for the disk. A session that is over stays so.
func (db *DB) TouchSession(ctx context.Context, row seal.RowID, until time.Time) error {
	_, err := db.LooseSQL(ctx).Exec(
		`UPDATE sessions SET gen = gen + 1, idle = CASE WHEN absolute < ? THEN absolute ELSE ? END
		WHERE id = ? AND epoch = ? AND idle < ? AND idle < absolute AND idle > `+db.Now(),
		micro(until), micro(until), idBytes(row), db.epoch, micro(until))
	return wrap("prolong a session", err)
}

const endSession = "UPDATE sessions SET sealed = NULL, wrap = NULL, gen = gen + 1, idle = 0 WHERE idle > 0 AND "

// EndSession ends a session and those that came from it, durably, and erases what they sealed.
func (db *DB) EndSession(ctx context.Context, row seal.RowID) error {
	_, err := db.SQL(ctx).Exec(endSession+"(id = ? OR parent = ?)", idBytes(row), idBytes(row))
	return wrap("end a session", err)
}
