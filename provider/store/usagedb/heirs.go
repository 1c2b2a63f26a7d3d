package usagedb

import (
	"context"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

var _ subject.Heirs = (*DB)(nil)

// Inherit gives the heir the subjects of a merged person in every sector where the heir has none, and
// remembers who went. A repeat changes nothing.
func (db *DB) Inherit(ctx context.Context, from, heir identity.UsageID) error {
	return wrap("inherit subjects", db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).Exec("INSERT INTO merged (origin, heir) VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET heir = excluded.heir", idBytes(from), idBytes(heir)); err != nil {
			return err
		}
		var sectors []string
		err := db.SQL(ctx).Each("SELECT sector FROM subjects WHERE usage = ? AND sector NOT IN (SELECT sector FROM subjects WHERE usage = ?)", []any{idBytes(from), idBytes(heir)},
			func(scan func(...any) error) error {
				sectors = append(sectors, "")
				return scan(&sectors[len(sectors)-1])
			})
		if err != nil {
			return err
		}
		for _, sector := range sectors {
			if _, err := db.SQL(ctx).Exec("INSERT INTO inherited (sector, origin, heir) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", sector, idBytes(from), idBytes(heir)); err != nil {
				return err
			}
		}
		_, err = db.SQL(ctx).Exec("UPDATE subjects SET usage = ? WHERE usage = ? AND sector IN (SELECT sector FROM inherited WHERE origin = ? AND heir = ?)",
			idBytes(heir), idBytes(from), idBytes(from), idBytes(heir))
		return err
	}))
}

// Return gives back what was inherited.
func (db *DB) Return(ctx context.Context, from, heir identity.UsageID) error {
	return wrap("return subjects", db.Atomically(ctx, func(ctx context.Context) error {
		_, err := db.SQL(ctx).Exec("UPDATE subjects SET usage = ? WHERE usage = ? AND sector IN (SELECT sector FROM inherited WHERE origin = ? AND heir = ?)",
			idBytes(from), idBytes(heir), idBytes(from), idBytes(heir))
		if err != nil {
			return err
		}
		if _, err = db.SQL(ctx).Exec("DELETE FROM inherited WHERE origin = ? AND heir = ?", idBytes(from), idBytes(heir)); err != nil {
			return err
		}
		_, err = db.SQL(ctx).Exec("DELETE FROM merged WHERE origin = ? AND heir = ?", idBytes(from), idBytes(heir))
		return err
	}))
}
