package usagedb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"symbolon/provider/seal"
)

// batch is how many rows one sweeping statement touches, so that nobody waits long behind it.
const batch = 500

// loginLife is how long a login lives from its last step.
const loginLife = 30 * time.Minute

// markLife is how long it is known that something was ended, in microseconds: a day, far longer than
// any request takes.
const markLife = "86400000000"

// Sweep erases what is over: logins, sessions, one-time secrets and counters go; of grants the
// values and wraps go, sooner than the grant if it lives longer than values are told (architecture
// §7), and the row stays as a record of what was granted. It may run on every
// replica, and stop at any time.
func (db *DB) Sweep(ctx context.Context) error {
	now := db.Now()
	due := []struct{ name, text string }{
		{"grants", eraseGrant + " WHERE id IN (SELECT id FROM grants WHERE sealed IS NOT NULL AND ends <= " + now + " ORDER BY ends LIMIT ?)"},
		{"values", strings.ReplaceAll(eraseValues, "NOW", now)},
		{"sessions", "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE idle <= " + now + " ORDER BY idle LIMIT ?)"},
		{"upstreams' sessions", "DELETE FROM upstream_sessions WHERE (digest, session) IN (SELECT digest, session FROM upstream_sessions WHERE until <= " + now + " ORDER BY until LIMIT ?)"},
		{"one-time secrets", "DELETE FROM once WHERE (kind, digest) IN (SELECT kind, digest FROM once WHERE until <= " + now + " ORDER BY until LIMIT ?)"},
		{"marks of ends", "DELETE FROM person_ends WHERE usage IN (SELECT usage FROM person_ends WHERE at <= " + now + " - " + markLife + " ORDER BY at LIMIT ?)"},
		// Whoever is wrong now and then begins anew the next day; who was often wrong is remembered for long.
		{"tries", "DELETE FROM tries WHERE key IN (SELECT key FROM tries WHERE last <= " + now + " - 86400000000 AND (count <= 4 OR last <= " + now + " - 7776000000000) ORDER BY last LIMIT ?)"},
		{"devices", "DELETE FROM devices WHERE (usage, device) IN (SELECT usage, device FROM devices WHERE seen <= " + now + " - " + devicesKept + " ORDER BY seen LIMIT ?)"},
		{"counters", "DELETE FROM counters WHERE (rule, key) IN (SELECT rule, key FROM counters WHERE until <= " + now + " ORDER BY until LIMIT ?)"},
	}
	if err := db.sweepLogins(ctx); err != nil {
		return err
	}
	for _, d := range due {
		if err := db.repeat(ctx, d.name, d.text, batch); err != nil {
			return err
		}
	}
	return nil
}

// sweepLogins goes by id, which begins with the time a login began: younger ones than a login
// without any step lives are not even looked at.
func (db *DB) sweepLogins(ctx context.Context) error {
	var now int64
	if err := db.SQL(ctx).Row("SELECT "+db.Now(), nil, &now); err != nil {
		return wrap("sweep logins", err)
	}
	youngest := seal.FirstRowID(fromMicro(now).Add(-loginLife))
	return db.repeat(ctx, "logins", "DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE id < ? AND expires <= "+db.Now()+" ORDER BY id LIMIT ?)",
		youngest[:], batch)
}

func (db *DB) repeat(ctx context.Context, name, text string, args ...any) error {
	for {
		changed, err := db.LooseSQL(ctx).Exec(text, args...)
		if err != nil {
			return fmt.Errorf("sweep %s: %w", name, err)
		}
		if changed < batch {
			return nil
		}
	}
}
