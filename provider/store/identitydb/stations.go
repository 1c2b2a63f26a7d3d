package identitydb

import (
	"cmp"
	"context"
	"errors"

	"symbolon/provider/staff"
)

// keepStation does what becomes of a position. Who changes the same office at the same time waits for the end of this transaction.
func (db *DB) keepStation(ctx context.Context, c staff.Change) error {
	s := c.Station
	if s == nil {
		return nil
	}
	if err := db.holdOffice(ctx, s.Office); err != nil {
		return err
	}
	if s.How == staff.StationRemoved {
		return db.removeStation(ctx, *s)
	}
	if places, err := db.Places(ctx); err != nil || places.Called(s.Station) {
		return cmp.Or(err, staff.ErrCalled)
	}
	const adds = "INSERT INTO stations (name, networks, office, id) VALUES (?, ?, ?, ?) ON CONFLICT (office, id) DO UPDATE SET name = excluded.name, networks = excluded.networks, removed = 0"
	text, refused := adds, error(nil)
	switch s.How {
	case staff.StationAdded:
		text, refused = adds+" WHERE stations.removed > 0", staff.ErrMark
	case staff.StationChanged:
		text, refused = "UPDATE stations SET name = ?, networks = ? WHERE office = ? AND id = ? AND removed = 0", staff.ErrNoStation
	}
	changed, err := db.SQL(ctx).Exec(text, s.Name, staff.FormatNetworks(s.Networks), s.Office, s.ID)
	return errors.Join(wrap("keep a position", err), none(changed, refused))
}

// removeStation takes a position away with its computers, unless the office cannot do without it.
func (db *DB) removeStation(ctx context.Context, s staff.StationChange) error {
	removed, err := db.SQL(ctx).Exec("UPDATE stations SET removed = ? WHERE office = ? AND id = ? AND removed = 0", s.At.UnixMicro(), s.Office, s.ID)
	if err != nil || removed == 0 {
		return errors.Join(wrap("remove a position", err), none(removed, staff.ErrNoStation))
	}
	if _, err := db.SQL(ctx).Exec("DELETE FROM station_keys WHERE office = ? AND station = ?", s.Office, s.ID); err != nil {
		return wrap("take a position's computers away", err)
	}
	left, err := db.Places(ctx)
	if err == nil {
		err = left.Spares(s.Office, s.From)
	}
	if err != nil {
		return err
	}
	return db.workable(ctx, s.Office)
}

// keepKeys registers a computer, or takes one away.
func (db *DB) keepKeys(ctx context.Context, c staff.Change) error {
	if k := c.AddKey; k != nil {
		if err := db.holdOffice(ctx, k.Office); err != nil {
			return err
		}
		if places, err := db.Places(ctx); err != nil || !places.Has(k.Office, k.Station) { // removed meanwhile
			return cmp.Or(err, staff.ErrNoStation)
		}
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
