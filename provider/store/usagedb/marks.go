package usagedb

import (
	"context"
	"database/sql"
	"errors"

	"symbolon/connectors/enrolled"
)

var _ enrolled.Marks = (*DB)(nil)

// Advance raises a mark, durably; false if it is as high already.
func (db *DB) Advance(ctx context.Context, key [32]byte, to int64) (bool, error) {
	changed, err := db.SQL(ctx).Exec(
		"INSERT INTO marks (key, value) VALUES ( ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE marks.value < excluded.value", key[:], to)
	return changed == 1, wrap("raise a mark", err)
}

// Mark gives a mark; 0 if there is none.
func (db *DB) Mark(ctx context.Context, key [32]byte) (value int64, err error) {
	err = db.SQL(ctx).Row("SELECT value FROM marks WHERE key = ?", []any{key[:]}, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return value, wrap("read a mark", err)
}

// Spend sets one bit of a mark, durably; false if it is set already.
func (db *DB) Spend(ctx context.Context, key [32]byte, bit int) (bool, error) {
	changed, err := db.SQL(ctx).Exec(
		"INSERT INTO marks (key, value) VALUES ( ?, ?) ON CONFLICT (key) DO UPDATE SET value = marks.value | excluded.value WHERE marks.value & excluded.value = 0",
		key[:], int64(1)<<bit)
	return changed == 1, wrap("spend a code", err)
}

// Try takes one try in the statement that decides whether there is one, so that of any number at once
// no more are looked at than the rule gives (attacks OT-02). It does not wait for the disk.
func (db *DB) Try(ctx context.Context, key [32]byte, rule enrolled.Tries) (bool, error) {
	now := db.Now()
	over := "(tries.count - ?)" // how many waits there were before this try's
	wait := "CASE WHEN tries.count < ? THEN 0 WHEN " + over + " >= ? THEN " + now + " + ? ELSE " + now + " + (CAST(? AS BIGINT) << CAST(" + over + " AS INTEGER)) END"
	free, longest, steps := int64(rule.Free), rule.Longest.Microseconds(), int64(0)
	for doubled := rule.Wait; doubled < rule.Longest && doubled > 0; doubled *= 2 {
		steps++
	}
	changed, err := db.LooseSQL(ctx).Exec(
		"INSERT INTO tries (key, count, last, until) VALUES ( ?, 1, "+now+", 0) ON CONFLICT (key) DO UPDATE SET until = "+wait+
			", count = tries.count + 1, last = "+now+" WHERE tries.until <= "+now+" AND tries.count < ?",
		key[:], free, free, steps, longest, rule.Wait.Microseconds(), free, int64(rule.Most))
	return changed == 1, wrap("take a try", err)
}

// Forgive makes it as if nothing had been tried.
func (db *DB) Forgive(ctx context.Context, key [32]byte) error {
	_, err := db.LooseSQL(ctx).Exec("DELETE FROM tries WHERE key = ?", key[:])
	return wrap("forgive tries", err)
}
