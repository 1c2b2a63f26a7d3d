package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/provider/intake"
)

var _ intake.Store = (*DB)(nil)

// Remember keeps what a register system asked, in the transaction of the case.
func (db *DB) Remember(ctx context.Context, r intake.Request) error {
	added, err := db.SQL(ctx).Exec("INSERT INTO case_requests (system, key, body, case_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		r.System, r.Key[:], keyed(r.Body), r.Case[:])
	if err != nil || added == 0 {
		return errors.Join(wrap("remember a request", err), none(added, intake.ErrExists))
	}
	return wrap("count what waits", db.countWaiting(ctx, r))
}

// countWaiting refuses one case too many. Those who open cases in one office at once take turns here, so that
// the count is exact.
func (db *DB) countWaiting(ctx context.Context, r intake.Request) error {
	if err := db.holdOffice(ctx, r.Office); err != nil {
		return err
	}
	var waiting int
	err := db.SQL(ctx).Row("SELECT count(*) FROM cases WHERE clerk IS NULL AND state = 'draft' AND office = ? AND system = ?", []any{r.Office, r.System}, &waiting)
	if err == nil && waiting > r.Most {
		return intake.ErrMany
	}
	return err
}

// Remembered gives what a system asked under a key; nil if nothing was.
func (db *DB) Remembered(ctx context.Context, system string, key [32]byte) (*intake.Request, error) {
	var body, of []byte
	err := db.SQL(ctx).Row("SELECT body, case_id FROM case_requests WHERE system = ? AND key = ?", []any{system, key[:]}, &body, &of)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("find a request", err)
	}
	r := intake.Request{System: system, Key: key, Body: unkeyed(body)}
	copy(r.Case[:], of)
	return &r, nil
}

// Call makes a state due that was not the last one told, in the transaction in which the case moves.
func (db *DB) Call(ctx context.Context, c intake.Call) error {
	now := db.Now()
	_, err := db.SQL(ctx).Exec("INSERT INTO case_calls (case_id, system, reference, state, seq, changed, attempts, due) VALUES (?, ?, ?, ?, 1, ?, 0, "+now+
		") ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, seq = case_calls.seq + 1, changed = excluded.changed, attempts = 0, due = excluded.due"+
		" WHERE case_calls.state <> excluded.state",
		c.Case[:], c.System, c.Reference, string(c.State), micro(c.Changed))
	return wrap("note a call", err)
}

// Calls puts off what is due, in the statement that reads it: of two replicas that look at once, the
// second finds the rows no longer due.
func (db *DB) Calls(ctx context.Context, system string, most int, lease time.Duration) ([]intake.Call, error) {
	const due = "system = ? AND due > 0 AND due <= "
	waiting := false // most rounds find nothing; those write nothing
	err := db.SQL(ctx).Row("SELECT EXISTS (SELECT 1 FROM case_calls WHERE "+due+db.Now()+")", []any{system}, &waiting)
	if err != nil || !waiting {
		return nil, wrap("look for calls", err)
	}
	var leased []intake.Call
	err = db.Loosely(ctx, func(ctx context.Context) error {
		leased = nil
		now := db.Now()
		text := "UPDATE case_calls SET attempts = attempts + 1, due = " + now + " + ? WHERE case_id IN (SELECT case_id FROM case_calls WHERE " + due + now +
			" ORDER BY due LIMIT ?) AND due > 0 AND due <= " + now + " RETURNING case_id, reference, state, seq, changed, attempts"
		return db.SQL(ctx).Each(text, []any{lease.Microseconds(), system, most}, func(scan func(...any) error) error {
			c := intake.Call{System: system}
			var of []byte
			var state string
			var changed int64
			if err := scan(&of, &c.Reference, &state, &c.Seq, &changed, &c.Attempts); err != nil {
				return err
			}
			copy(c.Case[:], of)
			c.State, c.Changed = intake.State(state), instant(changed)
			leased = append(leased, c)
			return nil
		})
	})
	return leased, wrap("lease calls", err)
}

// Settle ends a call, or makes it due after the wait; a case that moved meanwhile has a newer one.
func (db *DB) Settle(ctx context.Context, c intake.Call, wait time.Duration) error {
	due, args := "0", []any{c.Case[:], c.Seq}
	if wait > 0 {
		due, args = db.Now()+" + ?", []any{wait.Microseconds(), c.Case[:], c.Seq}
	}
	_, err := db.SQL(ctx).Exec("UPDATE case_calls SET due = "+due+" WHERE case_id = ? AND seq = ?", args...)
	return wrap("settle a call", err)
}
