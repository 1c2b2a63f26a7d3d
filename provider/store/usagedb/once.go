package usagedb

import (
	"context"

	"symbolon/provider/limit"
	"symbolon/provider/once"
)

var (
	_ once.Store  = (*DB)(nil)
	_ limit.Store = (*DB)(nil)
)

// Consume keeps a one-time secret's digest: once.ErrUsed for all but the first. A secret whose
// time is over by the database's clock is as good as used, for its row may be swept already.
func (db *DB) Consume(ctx context.Context, s once.Secret) error {
	until := micro(s.Until)
	changed, err := db.SQL(ctx).Exec(
		"INSERT INTO once (kind, digest, epoch, until) SELECT ?, ?, ?, ? WHERE ? > "+db.Now()+" ON CONFLICT (kind, digest) DO NOTHING",
		string(s.Kind), s.Digest[:], db.epoch, until, until)
	switch {
	case err != nil:
		return wrap("consume a one-time secret", err)
	case changed == 0:
		return once.ErrUsed
	}
	return nil
}

// Used says whether a one-time secret was consumed and still matters.
func (db *DB) Used(ctx context.Context, s once.Secret) (bool, error) {
	var found int
	err := db.SQL(ctx).Row("SELECT count(*) FROM once WHERE kind = ? AND digest = ?", []any{string(s.Kind), s.Digest[:]}, &found)
	return found > 0, wrap("look for a one-time secret", err)
}

// Count adds one to a counter and gives its new value, without waiting for the disk. Windows
// follow the database's clock, so all replicas share them.
func (db *DB) Count(ctx context.Context, rule limit.Rule, key [32]byte) (int, error) {
	count, per, now := 0, max(rule.Per.Microseconds(), 1), db.Now()
	err := db.LooseSQL(ctx).Returning(
		`INSERT INTO counters (rule, key, span, count, until) VALUES (?, ?, `+now+` / ?, 1, `+now+` + ?)
		ON CONFLICT (rule, key) DO UPDATE SET count = CASE WHEN counters.span = excluded.span THEN counters.count + 1 ELSE 1 END,
		span = excluded.span, until = excluded.until RETURNING count`,
		[]any{rule.Name, key[:], per, per}, &count)
	return count, wrap("count", err)
}
