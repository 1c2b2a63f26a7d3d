package usagedb

import (
	"context"
	"database/sql"
	"errors"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

var _ subject.Names = (*DB)(nil)

// Subject gives a person's subject in a sector. The first one stored stands for ever; fresh is
// stored if there is none yet.
func (db *DB) Subject(ctx context.Context, sector string, usage identity.UsageID, fresh string) (string, error) {
	stored, err := db.subject(ctx, sector, usage)
	if !errors.Is(err, sql.ErrNoRows) {
		return stored, wrap("load a subject", err)
	}
	_, err = db.SQL(ctx).Exec("INSERT INTO subjects (sector, usage, subject) VALUES (?, ?, ?) ON CONFLICT (sector, usage) DO NOTHING",
		sector, idBytes(usage), fresh)
	if err != nil {
		return "", wrap("store a subject", err)
	}
	stored, err = db.subject(ctx, sector, usage) // perhaps another login's, which was first
	return stored, wrap("load a subject", err)
}

func (db *DB) subject(ctx context.Context, sector string, usage identity.UsageID) (stored string, err error) {
	err = db.SQL(ctx).Row("SELECT subject FROM subjects WHERE sector = ? AND usage = ?", []any{sector, idBytes(usage)}, &stored)
	return stored, err
}
