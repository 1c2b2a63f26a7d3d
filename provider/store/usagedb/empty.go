package usagedb

import "context"

// Empty reports whether nothing was ever recorded and no party was ever applied: only then may
// keys be made.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	var used bool
	err := db.SQL(ctx).Row("SELECT EXISTS (SELECT 1 FROM journal) OR EXISTS (SELECT 1 FROM parties) OR EXISTS (SELECT 1 FROM subjects)", nil, &used)
	return !used, wrap("look whether the usage database is empty", err)
}
