package usagedb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

var _ login.Devices = (*DB)(nil)

// devicesKept is how long a browser is known after its last login, in microseconds: 180 days.
const devicesKept = "15552000000000"

// DeviceSeen gives the day of the last 180 on which a person last logged in with a browser; zero if
// there is none.
func (db *DB) DeviceSeen(ctx context.Context, usage identity.UsageID, device [32]byte) (time.Time, error) {
	var seen int64
	err := db.SQL(ctx).Row("SELECT seen FROM devices WHERE usage = ? AND device = ? AND seen > "+db.Now()+" - "+devicesKept, []any{idBytes(usage), device[:]}, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return fromMicro(seen), wrap("look a device up", err)
}

// KeepDevice remembers a browser, without waiting for the disk.
func (db *DB) KeepDevice(ctx context.Context, usage identity.UsageID, device [32]byte, day time.Time) error {
	_, err := db.LooseSQL(ctx).Exec("INSERT INTO devices (usage, device, seen) VALUES (?, ?, ?) ON CONFLICT (usage, device) DO UPDATE SET seen = excluded.seen WHERE devices.seen < excluded.seen",
		idBytes(usage), device[:], micro(day))
	return wrap("remember a device", err)
}
