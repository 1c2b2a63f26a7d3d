package usagedb

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/store"
)

var _ login.Ends = (*DB)(nil)

// Grants that go with a person: those about them and those that they got for somebody else, or only those
// that rest on what they proved themselves.
const (
	concerns = " WHERE (usage = ? OR actor = ?) AND state <> 'ended'"
	proved   = " WHERE (usage = ? AND actor IS NULL OR actor = ?) AND state <> 'ended'"
)

// EndSessions ends all sessions of a person and records it, durably. Codes that came from them are
// worth nothing from then on.
func (db *DB) EndSessions(ctx context.Context, usage identity.UsageID, why journal.Row) error {
	return wrap("end a person's sessions", db.Atomically(ctx, func(ctx context.Context) error {
		if err := db.markEnd(ctx, usage); err != nil {
			return err
		}
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
		if err := db.markEnd(ctx, usage); err != nil {
			return err
		}
		sessions, err := db.endSessions(ctx, usage)
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+concerns, idBytes(usage), idBytes(usage))
		if err != nil || sessions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}

// EndResting ends the sessions and grants of a person that came from one of these means and records
// it, durably.
func (db *DB) EndResting(ctx context.Context, usage identity.UsageID, means []identity.Means, why journal.Row) error {
	return wrap("end what rests on a document", db.Atomically(ctx, func(ctx context.Context) error {
		if err := db.markEnd(ctx, usage); err != nil {
			return err
		}
		ended := int64(0)
		for _, m := range means {
			sessions, err := db.SQL(ctx).Exec(endSession+"usage = ? AND means = ?", idBytes(usage), string(m))
			if err != nil {
				return err
			}
			grants, err := db.SQL(ctx).Exec(eraseGrant+proved+" AND means = ?", idBytes(usage), idBytes(usage), string(m))
			if err != nil {
				return err
			}
			ended += sessions + grants
		}
		if ended == 0 {
			return nil
		}
		return db.insertEntry(ctx, why)
	}))
}

// EndBeyond ends the grants of a person that came from a means, and their sessions at doors, and records it,
// durably.
func (db *DB) EndBeyond(ctx context.Context, usage identity.UsageID, means identity.Means, why journal.Row) error {
	return wrap("end what a card opened", db.Atomically(ctx, func(ctx context.Context) error {
		if err := db.markEnd(ctx, usage); err != nil {
			return err
		}
		sessions, err := db.SQL(ctx).Exec(endSession+"usage = ? AND means = ? AND door <> ''", idBytes(usage), string(means))
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+proved+" AND means = ?", idBytes(usage), idBytes(usage), string(means))
		if err != nil || sessions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}

// EndRepresented ends the grants about a person that others got who acted for them, and what these let be
// remembered, and records it, durably.
func (db *DB) EndRepresented(ctx context.Context, usage identity.UsageID, why journal.Row) error {
	return wrap("end what rests on mandates", db.Atomically(ctx, func(ctx context.Context) error {
		now := db.Now()
		decisions, err := db.SQL(ctx).Exec("UPDATE consents SET until = "+now+" WHERE usage = ? AND actor <> usage AND until > "+now, idBytes(usage))
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+" WHERE usage = ? AND actor IS NOT NULL AND state <> 'ended'", idBytes(usage))
		if err != nil || decisions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}

// EndOffice ends the sessions and grants that rest on what an office handed out, whoever they are of,
// and records it, durably. A second time there is nothing to end, and nothing to record.
func (db *DB) EndOffice(ctx context.Context, office string, why journal.Row) error {
	return wrap("end what rests on an office", db.Atomically(ctx, func(ctx context.Context) error {
		among := []string{office}
		const several = "SELECT office FROM sessions WHERE office <> '' AND office LIKE '% %' UNION SELECT office FROM grants WHERE office <> '' AND office LIKE '% %'"
		err := db.SQL(ctx).Each(several, nil, func(scan func(...any) error) error {
			var all string
			err := scan(&all)
			if slices.Contains(strings.Fields(all), office) {
				among = append(among, all)
			}
			return err
		})
		if err != nil {
			return err
		}
		return db.endBy(ctx, "office", among, why)
	}))
}

// EndMeans ends the sessions and grants that came from a means as EndOffice does those of an office.
func (db *DB) EndMeans(ctx context.Context, means identity.Means, why journal.Row) error {
	return wrap("end what rests on a means", db.endBy(ctx, "means", []string{string(means)}, why))
}

func (db *DB) endBy(ctx context.Context, column string, values []string, why journal.Row) error {
	if values[0] == "" {
		return nil
	}
	return db.Atomically(ctx, func(ctx context.Context) error {
		ended := int64(0)
		for _, value := range values {
			sessions, err := db.SQL(ctx).Exec(endSession+column+" = ?", value)
			if err != nil {
				return err
			}
			grants, err := db.SQL(ctx).Exec(eraseGrant+" WHERE "+column+" = ? AND state <> 'ended'", value)
			if err != nil {
				return err
			}
			ended += sessions + grants
		}
		if ended == 0 {
			return nil
		}
		return db.insertEntry(ctx, why)
	})
}

// markEnd notes that what a person holds ends now, for those who are logging in at this moment: what
// they were admitted on may be of before. From here to the commit no session of theirs is added.
func (db *DB) markEnd(ctx context.Context, usage identity.UsageID) error {
	if err := db.holdPerson(ctx, usage, whileEnding); err != nil {
		return err
	}
	_, err := db.SQL(ctx).Exec("INSERT INTO person_ends (usage, at) VALUES (?, "+db.Now()+") ON CONFLICT (usage) DO UPDATE SET at = excluded.at", idBytes(usage))
	return err
}

// How a person is held: many may add at once, who ends is alone.
const (
	whileAdding = "SELECT pg_advisory_xact_lock_shared(?)"
	whileEnding = "SELECT pg_advisory_xact_lock(?)"
)

// holdPerson lets those who add something for a person and those who end everything of theirs take
// turns until the transaction is over. On SQLite there is one writer anyway.
func (db *DB) holdPerson(ctx context.Context, usage identity.UsageID, how string) error {
	if db.Dialect() != store.PostgreSQL {
		return nil
	}
	_, err := db.SQL(ctx).Exec(how, int64(binary.BigEndian.Uint64(usage[:8])))
	return err
}

func (db *DB) endSessions(ctx context.Context, usage identity.UsageID) (int64, error) {
	return db.SQL(ctx).Exec(endSession+"usage = ?", idBytes(usage))
}
