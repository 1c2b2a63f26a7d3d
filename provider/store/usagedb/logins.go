package usagedb

import (
	"context"
	"database/sql"
	"errors"

	"symbolon/provider/login"
	"symbolon/provider/seal"
)

var _ login.Logins = (*DB)(nil)

// AddLogin keeps a new login, without waiting for the disk.
func (db *DB) AddLogin(ctx context.Context, r login.Row) error {
	_, err := db.LooseSQL(ctx).Exec(
		"INSERT INTO logins (id, epoch, created, digest, gen, expires, done, sealed, wrap) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		idBytes(r.ID), db.epoch, micro(r.Created), r.Digest[:], r.Gen, micro(r.Expires), r.Done, blob(r.Sealed), blob(r.Wrap))
	return wrap("add a login", err)
}

// LoadLogin gives a login that is not over, by the database's clock; login.ErrGone otherwise.
func (db *DB) LoadLogin(ctx context.Context, row seal.RowID) (login.Row, error) {
	r := login.Row{ID: row}
	var digest []byte
	var created, expires, now int64
	err := db.SQL(ctx).Row(
		"SELECT created, digest, gen, expires, done, sealed, wrap, "+db.Now()+" FROM logins WHERE id = ? AND epoch = ? AND expires > "+db.Now(),
		[]any{idBytes(row), db.epoch}, &created, &digest, &r.Gen, &expires, &r.Done, &r.Sealed, &r.Wrap, &now)
	if errors.Is(err, sql.ErrNoRows) {
		return login.Row{}, login.ErrGone
	}
	if err != nil {
		return login.Row{}, wrap("load a login", err)
	}
	fixed(r.Digest[:], digest)
	r.Created, r.Expires, r.Read = fromMicro(created), fromMicro(expires), fromMicro(now)
	return r, nil
}

// SaveLogin stores a step of a login, without waiting for the disk; login.ErrConflict if somebody
// else took one meanwhile.
func (db *DB) SaveLogin(ctx context.Context, r login.Row) error {
	changed, err := db.LooseSQL(ctx).Exec(saveLogin, db.loginArgs(r)...)
	switch {
	case err != nil:
		return wrap("save a login", err)
	case changed == 0:
		return login.ErrConflict
	}
	return nil
}

const saveLogin = "UPDATE logins SET gen = gen + 1, digest = ?, expires = ?, done = ?, sealed = ?, wrap = ? WHERE id = ? AND gen = ? AND epoch = ?"

func (db *DB) loginArgs(r login.Row) []any {
	return []any{r.Digest[:], micro(r.Expires), r.Done, blob(r.Sealed), blob(r.Wrap), idBytes(r.ID), r.Gen, db.epoch}
}
