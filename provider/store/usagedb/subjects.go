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
// stored if there is none yet. That does not wait for the disk: nobody is told it before the answer is
// written, and what reaches the disk takes along all that was written to the same database before it.
func (db *DB) Subject(ctx context.Context, sector string, usage identity.UsageID, fresh string) (string, error) {
	stored, err := db.subject(ctx, sector, usage)
	if !errors.Is(err, sql.ErrNoRows) {
		return stored, wrap("load a subject", err)
	}
	_, err = db.LooseSQL(ctx).Exec("INSERT INTO subjects (sector, usage, subject) VALUES (?, ?, ?) ON CONFLICT (sector, usage) DO NOTHING",
		sector, idBytes(usage), fresh)
	if err != nil {
		return "", wrap("store a subject", err)
	}
	stored, err = db.subject(ctx, sector, usage) // perhaps another login's, which was first
	return stored, wrap("load a subject", err)
}

// Merged gives the subjects in a sector of all who became this person.
func (db *DB) Merged(ctx context.Context, sector string, usage identity.UsageID) ([]string, error) {
	const text = "WITH RECURSIVE was (usage) AS (SELECT origin FROM merged WHERE heir = ? UNION SELECT m.origin FROM merged m JOIN was w ON m.heir = w.usage) " +
		"SELECT s.subject FROM was w JOIN subjects s ON s.usage = w.usage WHERE s.sector = ? ORDER BY s.subject"
	var all []string
	err := db.SQL(ctx).Each(text, []any{idBytes(usage), sector}, func(scan func(...any) error) error {
		all = append(all, "")
		return scan(&all[len(all)-1])
	})
	return all, wrap("load merged subjects", err)
}

func (db *DB) subject(ctx context.Context, sector string, usage identity.UsageID) (stored string, err error) {
	err = db.SQL(ctx).Row("SELECT subject FROM subjects WHERE sector = ? AND usage = ?", []any{sector, idBytes(usage)}, &stored)
	return stored, err
}
