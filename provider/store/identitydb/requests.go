package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

var _ enrolment.Requests = (*DB)(nil)

// AddRequest keeps a phone that came first, without waiting for the disk.
func (db *DB) AddRequest(ctx context.Context, r enrolment.Request, life time.Duration) error {
	added, err := db.LooseSQL(ctx).Exec("INSERT INTO phone_requests (id, secret, device_key, code, key_id, language, browser, expires, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, "+db.Now()+
		" + ?, (SELECT value FROM settings WHERE name = 'epoch')) ON CONFLICT DO NOTHING",
		r.ID[:], r.Secret[:], orNothing(r.Key), r.Code.Sum[:], int64(r.Code.Key), r.Language, r.Browser, life.Microseconds())
	return errors.Join(wrap("keep a phone", err), none(added, enrolment.ErrConflict))
}

// Request finds a phone by its id, or by the digests of its code. One from before a restore is late.
func (db *DB) Request(ctx context.Context, id seal.RowID, codes []enrolment.Digest) (*enrolment.Request, error) {
	if len(codes) == 0 {
		return db.request(ctx, "id = ?", id[:])
	}
	for _, d := range codes {
		r, err := db.request(ctx, "code = ? AND key_id = ?", d.Sum[:], int64(d.Key))
		if r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}

func (db *DB) request(ctx context.Context, where string, args ...any) (*enrolment.Request, error) {
	var r enrolment.Request
	var id, secret, code, taken []byte
	var key, expires int64
	var late int
	err := db.SQL(ctx).Row("SELECT id, secret, device_key, code, key_id, language, browser, case_id, expires, CASE WHEN expires <= "+db.Now()+
		" OR epoch <> (SELECT value FROM settings WHERE name = 'epoch') THEN 1 ELSE 0 END FROM phone_requests WHERE "+where, args,
		&id, &secret, &r.Key, &code, &key, &r.Language, &r.Browser, &taken, &expires, &late)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("find a phone", err)
	}
	copy(r.ID[:], id)
	copy(r.Secret[:], secret)
	copy(r.Case[:], taken)
	r.Code = enrolment.Digest{Key: byte(key), Sum: [32]byte(code)}
	r.Until, r.Late = instant(expires), late == 1
	return &r, nil
}

// takeRequest binds a phone to the case of a change: one conditional update, so that of several desks one
// takes it.
func (db *DB) takeRequest(ctx context.Context, c enrolment.Change) error {
	if c.Take == nil {
		return nil
	}
	taken, err := db.SQL(ctx).Exec("UPDATE phone_requests SET case_id = ? WHERE id = ? AND case_id IS NULL AND expires > "+db.Now()+
		" AND epoch = (SELECT value FROM settings WHERE name = 'epoch')", c.Row.ID[:], c.Take[:])
	return errors.Join(wrap("take a phone", err), none(taken, enrolment.ErrClaimed))
}

// SweepRequests takes away phones that nobody took in time, and those that were taken long ago.
func (db *DB) SweepRequests(ctx context.Context, kept time.Duration) error {
	now := db.Now()
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM phone_requests WHERE expires <= "+now+" AND (case_id IS NULL OR expires <= "+now+" - ?)", kept.Microseconds())
	return wrap("sweep phones", err)
}
