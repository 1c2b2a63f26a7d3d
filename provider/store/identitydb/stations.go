package identitydb

import (
	"context"
	"errors"

	"symbolon/provider/staff"
)

// keepKeys registers a computer, or takes one away.
func (db *DB) keepKeys(ctx context.Context, c staff.Change) error {
	if k := c.AddKey; k != nil {
		added, err := db.SQL(ctx).Exec("INSERT INTO station_keys (thumb, office, station, kind, added, added_by) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			k.Thumb[:], k.Office, k.Station, string(k.Kind), micro(k.Added), k.By)
		return errors.Join(wrap("register a computer", err), none(added, staff.ErrTaken))
	}
	if k := c.DropKey; k != nil {
		if err := db.holdOffice(ctx, k.Office); err != nil {
			return err
		}
		dropped, err := db.SQL(ctx).Exec("DELETE FROM station_keys WHERE office = ? AND thumb = ?", k.Office, k.Thumb[:])
		if err != nil || dropped == 0 {
			return errors.Join(wrap("take a computer away", err), none(dropped, staff.ErrNobody))
		}
		return db.workable(ctx, k.Office)
	}
	return nil
}

// ruleOffice keeps what a local administrator decided.
func (db *DB) ruleOffice(ctx context.Context, c staff.Change) error {
	r := c.Rules
	if r == nil {
		return nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE offices SET binding = ?, look_ups = ?, enrolments = ?, hours = ? WHERE id = ?",
		string(r.Binding), r.Quotas.LookUps, r.Quotas.Enrolments, r.Hours.String(), r.Office)
	if err != nil || changed == 0 {
		return errors.Join(wrap("rule an office", err), none(changed, staff.ErrNoOffice))
	}
	return db.workable(ctx, r.Office)
}

// workable refuses where computers are asked for and none is registered.
func (db *DB) workable(ctx context.Context, office string) error {
	var locked int
	err := db.SQL(ctx).Row("SELECT count(*) FROM offices o WHERE id = ? AND binding IN (?, ?) AND NOT EXISTS (SELECT 1 FROM station_keys k WHERE k.office = o.id)",
		[]any{office, string(staff.Key), string(staff.Both)}, &locked)
	if err == nil && locked > 0 {
		return staff.ErrKeys
	}
	return wrap("look for registered computers", err)
}

// holdOffice lets those who change the same office take turns until the transaction is over.
func (db *DB) holdOffice(ctx context.Context, office string) error {
	_, err := db.SQL(ctx).Exec("UPDATE offices SET name = name WHERE id = ?", office)
	return wrap("hold an office", err)
}
