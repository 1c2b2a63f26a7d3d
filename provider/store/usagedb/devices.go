package usagedb

import (
	"context"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

var _ login.Devices = (*DB)(nil)

// devicesKept is how long a browser is known after its last login, in microseconds: 180 days.
const devicesKept = "15552000000000"

// KnownDevice reports whether a person logged in with a browser in the last 180 days.
func (db *DB) KnownDevice(ctx context.Context, usage identity.UsageID, device [32]byte) (bool, error) {
	var n int
	err := db.SQL(ctx).Row("SELECT count(*) FROM devices WHERE usage = ? AND device = ? AND seen > "+db.Now()+" - "+devicesKept, []any{idBytes(usage), device[:]}, &n)
	return n > 0, wrap("look a device up", err)
}

// KeepDevice remembers a browser, without waiting for the disk; once a day is enough.
func (db *DB) KeepDevice(ctx context.Context, usage identity.UsageID, device [32]byte, day time.Time) error {
	_, err := db.LooseSQL(ctx).Exec("INSERT INTO devices (usage, device, seen) VALUES (?, ?, ?) ON CONFLICT (usage, device) DO UPDATE SET seen = excluded.seen WHERE devices.seen < excluded.seen",
		idBytes(usage), device[:], micro(day))
	return wrap("remember a device", err)
}
