package usagedb

import (
	"context"
	"time"

	"symbolon/provider/login"
	"symbolon/provider/seal"
)

var _ login.UpstreamSessions = (*DB)(nil)

// KeepUpstream notes that a session rests on an upstream's, without waiting for the disk: in the
// transaction of the context, which opens the session.
func (db *DB) KeepUpstream(ctx context.Context, digest [32]byte, session seal.RowID, until time.Time) error {
	_, err := db.LooseSQL(ctx).Exec(
		"INSERT INTO upstream_sessions (digest, session, epoch, until) VALUES (?, ?, ?, ?) ON CONFLICT (digest, session) DO UPDATE SET until = excluded.until",
		digest[:], idBytes(session), db.epoch, micro(until))
	return wrap("note an upstream's session", err)
}

// upstreamSessions is how many sessions one of an upstream's may carry: one browser, a few tabs.
const upstreamSessions = 100

// UpstreamSessions gives the sessions that rest on an upstream's.
func (db *DB) UpstreamSessions(ctx context.Context, digest [32]byte) ([]seal.RowID, error) {
	var all []seal.RowID
	err := db.SQL(ctx).Each("SELECT session FROM upstream_sessions WHERE digest = ? AND epoch = ? LIMIT ?", []any{digest[:], db.epoch, upstreamSessions},
		func(scan func(...any) error) error {
			var raw []byte
			if err := scan(&raw); err != nil {
				return err
			}
			var id seal.RowID
			fixed(id[:], raw)
			all = append(all, id)
			return nil
		})
	return all, wrap("find an upstream's sessions", err)
}
