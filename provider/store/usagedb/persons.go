package usagedb

import (
	"context"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
)

var _ login.Ends = (*DB)(nil)

// EndSessions ends all sessions of a person and records it, durably. Codes that came from them are
// worth nothing from then on.
func (db *DB) EndSessions(ctx context.Context, usage identity.UsageID, why journal.Row) error {
	return wrap("end a person's sessions", db.Atomically(ctx, func(ctx context.Context) error {
		ended, err := db.endSessions(ctx, usage)
		if err != nil || ended == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}

// EndEverything ends all sessions and grants of a person and records it, durably. A second time
// there is nothing to end, and nothing to record.
func (db *DB) EndEverything(ctx context.Context, usage identity.UsageID, why journal.Row) error {
	return wrap("end what a person holds", db.Atomically(ctx, func(ctx context.Context) error {
		sessions, err := db.endSessions(ctx, usage)
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+" WHERE usage = ? AND state <> 'ended'", idBytes(usage))
		if err != nil || sessions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}

func (db *DB) endSessions(ctx context.Context, usage identity.UsageID) (int64, error) {
	return db.SQL(ctx).Exec("UPDATE sessions SET sealed = NULL, wrap = NULL, gen = gen + 1, idle = 0 WHERE usage = ? AND idle > 0", idBytes(usage))
}
