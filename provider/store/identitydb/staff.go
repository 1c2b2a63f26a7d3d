package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/staff"
	"symbolon/provider/store"
)

var _ staff.Store = (*DB)(nil)

// Locks of all who became the person count as theirs.
const (
	locksOf      = "(SELECT l.at FROM staff_locks l WHERE l.person IN " + sameAs + "staff.person" + andBecame + " ORDER BY l.at DESC, l.n DESC LIMIT 1"
	staffColumns = "SELECT id, person, coalesce(office, ''), role, name, state, why, coalesce(" + locksOf + "), 0), coalesce(" + locksOf + " OFFSET 1), 0) FROM staff "
)

// StaffOf gives appointments.
func (db *DB) StaffOf(ctx context.Context, which staff.Which) ([]staff.Row, error) {
	text, arg := staffColumns+"WHERE id = ?", any(which.ID[:])
	switch {
	case which.Locked:
		text, arg = staffColumns+"WHERE state = ? ORDER BY 8 DESC, id LIMIT 200", string(staff.Locked)
	case !which.Person.IsZero():
		text, arg = staffColumns+"WHERE person = ? ORDER BY role, id", which.Person[:]
	case which.Office != "":
		text, arg = staffColumns+"WHERE office = ? ORDER BY role, id", which.Office
	}
	var all []staff.Row
	err := db.SQL(ctx).Each(text, []any{arg}, func(scan func(...any) error) error {
		var row staff.Row
		var id, person []byte
		var locked, before int64
		if err := scan(&id, &person, &row.Office, &row.Role, &row.Sealed, &row.State, &row.Why, &locked, &before); err != nil {
			return err
		}
		row.ID, row.Person, row.Lock, row.Before = staff.ID(id), identity.PersonID(person), instant(locked), instant(before)
		all = append(all, row)
		return nil
	})
	return all, wrap("read staff", err)
}

// Places gives every institution, office and station.
func (db *DB) Places(ctx context.Context) (staff.Places, error) {
	var p staff.Places
	const text = "SELECT 3, station, added_by, office, kind, 0, '', added, added, thumb, '' FROM station_keys " + // first: its columns have the widest types
		"UNION ALL SELECT 0, id, name, '', '', off, '', 0, 0, NULL, '' FROM institutions " +
		"UNION ALL SELECT 1, id, name, institution, zone, off, binding, look_ups, enrolments, NULL, hours FROM offices " +
		"UNION ALL SELECT 2, id, name, office, networks, 0, '', removed, 0, NULL, '' FROM stations ORDER BY 1, 3, 2"
	err := db.SQL(ctx).Each(text, nil, func(scan func(...any) error) error {
		var what, off int
		var id, name, of, more, binding, hours string
		var first, second int64
		var thumb []byte
		if err := scan(&what, &id, &name, &of, &more, &off, &binding, &first, &second, &thumb, &hours); err != nil {
			return err
		}
		switch what {
		case 0:
			p.Institutions = append(p.Institutions, staff.Institution{ID: id, Name: name, Off: off != 0})
		case 1:
			works, err := staff.ParseHours(hours)
			if err != nil {
				return err
			}
			p.Offices = append(p.Offices, staff.Office{
				ID: id, Name: name, Institution: of, Zone: more, Off: off != 0,
				Binding: staff.Binding(binding), Quotas: staff.Quotas{LookUps: int(first), Enrolments: int(second)}, Hours: works,
			})
		case 3:
			k := staff.StationKey{Office: of, Station: id, Kind: staff.KeyKind(more), Added: instant(first), By: name}
			copy(k.Thumb[:], thumb)
			p.Keys = append(p.Keys, k)
		default:
			networks, err := staff.ParseNetworks(more)
			if err != nil {
				return err
			}
			p.Stations = append(p.Stations, staff.Station{ID: id, Name: name, Office: of, Networks: networks, Removed: instant(first)})
		}
		return nil
	})
	return p, wrap("read offices", err)
}

// WriteStaff does everything in a change in one durable transaction, or nothing.
func (db *DB) WriteStaff(ctx context.Context, c staff.Change) error {
	err := db.Atomically(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context, staff.Change) error{db.keepPlaces, db.keepStation, db.turnPlace, db.keepKeys, db.ruleOffice, db.confirm, db.appoint, db.changeStaff, db.propose} {
			if err := step(ctx, c); err != nil {
				return err
			}
		}
		for _, row := range c.Entries {
			if err := db.Append(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("change staff", err)
}

func (db *DB) keepPlaces(ctx context.Context, c staff.Change) error {
	sql := db.SQL(ctx)
	if i := c.Institution; i != nil {
		if _, err := sql.Exec("INSERT INTO institutions (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name", i.ID, i.Name); err != nil {
			return wrap("keep an institution", err)
		}
	}
	if o := c.Office; o != nil {
		_, err := sql.Exec("INSERT INTO offices (id, institution, name, zone) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone",
			o.ID, o.Institution, o.Name, o.Zone)
		if err != nil {
			return wrap("keep an office", err)
		}
	}
	return nil
}

func (db *DB) turnPlace(ctx context.Context, c staff.Change) error {
	if c.Turn == nil {
		return nil
	}
	text, off := "UPDATE offices SET off = ? WHERE id = ?", 0
	if c.Turn.Institution {
		text = "UPDATE institutions SET off = ? WHERE id = ?"
	}
	if c.Turn.Off {
		off = 1
	}
	changed, err := db.SQL(ctx).Exec(text, off, c.Turn.ID)
	if err != nil {
		return wrap("switch an office", err)
	}
	return none(changed, staff.ErrNoOffice)
}

// appoint adds an appointment: a lock of the person, or of who became them, that nobody lifted comes along into it.
func (db *DB) appoint(ctx context.Context, c staff.Change) error {
	if c.Appoint == nil {
		return nil
	}
	r := c.Appoint
	if err := db.oneByOne(ctx, r.Person); err != nil {
		return err
	}
	if err := db.apart(ctx, r); err != nil {
		return err
	}
	added, err := db.SQL(ctx).Exec(
		"INSERT INTO staff (id, person, office, role, name, state, why, changed_by) SELECT ?, p.id, ?, ?, ?, "+
			"CASE p.locks WHEN 0 THEN 'active' ELSE 'locked' END, CASE p.locks WHEN 0 THEN '' ELSE 'earlier' END, NULL FROM "+
			"(SELECT id, (SELECT count(*) FROM staff_locks l WHERE l.lifted = 0 AND l.person IN "+same+") AS locks FROM persons WHERE id = ?) p WHERE 1 = 1 ON CONFLICT DO NOTHING",
		r.ID[:], orNone(r.Office), string(r.Role), r.Sealed, r.Person[:], r.Person[:])
	if err == nil && added == 0 {
		return staff.ErrTaken
	}
	return wrap("appoint", err)
}

// oneByOne has whoever changes the same member of staff at the same time, or makes them one with somebody, wait for the
// end of this transaction. staff.ErrNobody where they are a tombstone: a trigger holds it, too.
func (db *DB) oneByOne(ctx context.Context, person identity.PersonID) error {
	changed, err := db.SQL(ctx).Exec("UPDATE persons SET ties = ties WHERE id = ? AND state <> 'merged'", person[:])
	return errors.Join(wrap("wait for a person", err), none(changed, staff.ErrNobody))
}

// apart says staff.ErrApart where the person has a role beside which the new one is none. A trigger holds it, too.
func (db *DB) apart(ctx context.Context, r *staff.Row) error {
	var beside bool
	err := db.SQL(ctx).Each("SELECT s.role, coalesce(o.institution, ''), coalesce((SELECT institution FROM offices WHERE id = ?), '') FROM staff s LEFT JOIN offices o ON o.id = s.office WHERE s.person = ? AND s.state <> 'ended'",
		[]any{orNone(r.Office), r.Person[:]}, func(scan func(...any) error) error {
			var role staff.Role
			var there, here string
			err := scan(&role, &there, &here)
			beside = beside || !r.Role.Beside(role, there == here)
			return err
		})
	if err == nil && beside {
		return staff.ErrApart
	}
	return wrap("read staff", err)
}

// changeStaff moves a state that is still as it was read.
func (db *DB) changeStaff(ctx context.Context, c staff.Change) error {
	if c.State == nil {
		return nil
	}
	s := c.State
	if err := db.oneByOne(ctx, s.Person); err != nil && (s.To != staff.Ended || !errors.Is(err, staff.ErrNobody)) { // what a tombstone has can be ended
		return err
	}
	text, args := "UPDATE staff SET state = ?, why = ?, changed_by = ? WHERE id = ? AND person = ? AND state = ?", []any{string(s.To), s.Why, orNull(s.By), s.ID[:], s.Person[:], string(s.From)}
	if s.Alike {
		text = "UPDATE staff SET state = ?, why = ?, changed_by = ? WHERE role = (SELECT role FROM staff WHERE id = ?) AND person = ? AND state = ?"
	}
	changed, err := db.SQL(ctx).Exec(text, args...)
	if err != nil || changed == 0 {
		return errors.Join(wrap("change a member of staff", err), none(changed, staff.ErrNobody))
	}
	switch s.To {
	case staff.Locked:
		err = db.lockPerson(ctx, s)
	case staff.Active:
		err = db.liftLock(ctx, s)
	}
	return wrap("change a member of staff", err)
}

// lockPerson writes down that a person is locked once more, unless they are by a lock that nobody lifted.
func (db *DB) lockPerson(ctx context.Context, s *staff.StateChange) error {
	capped := 0
	if s.By.IsZero() {
		capped = 1
	}
	_, err := db.SQL(ctx).Exec("INSERT INTO staff_locks (person, n, at, lifted, capped) SELECT p.id, coalesce((SELECT max(n) FROM staff_locks l WHERE l.person = p.id), 0) + 1, ?, 0, ? FROM persons p WHERE p.id = ? "+
		"ON CONFLICT (person) WHERE lifted = 0 DO UPDATE SET capped = CASE WHEN excluded.capped = 1 THEN 1 ELSE staff_locks.capped END", s.At.UnixMicro(), capped, s.Person[:])
	return err
}

// liftLock ends the locks of a person and of who became them, unless somebody locked another appointment of theirs, which is
// still so: that lock stands for all. Where a cap was among their reasons, the counters begin anew: once for each lock.
func (db *DB) liftLock(ctx context.Context, s *staff.StateChange) error {
	return db.all(ctx, []statement{
		{"DELETE FROM staff_days WHERE person IN " + same + " AND EXISTS (SELECT 1 FROM staff_locks l WHERE l.lifted = 0 AND l.capped = 1 AND l.person IN " + same + ")", []any{s.Person[:], s.Person[:]}},
		{"UPDATE staff_locks SET lifted = ? WHERE lifted = 0 AND person IN " + same + " AND NOT EXISTS (SELECT 1 FROM staff " +
			"WHERE staff.state = 'locked' AND staff.why NOT IN ('daily_cap', 'earlier') AND staff.person IN " + same + ")", []any{s.At.UnixMicro(), s.Person[:], s.Person[:]}},
		{"UPDATE staff_locks SET capped = 0 WHERE lifted = 0 AND person IN " + same, []any{s.Person[:]}},
	})
}

func (db *DB) propose(ctx context.Context, c staff.Change) error {
	if c.Propose == nil {
		return nil
	}
	p := c.Propose
	_, err := db.SQL(ctx).Exec(
		"INSERT INTO staff_proposals (id, member, person, office, role, name, proposed_by, proposed, confirmed_by, confirmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)",
		p.ID[:], p.Row.ID[:], p.Row.Person[:], orNone(p.Row.Office), string(p.Row.Role), p.Row.Sealed, p.By, p.Proposed.UnixMicro())
	return wrap("propose", err)
}

func (db *DB) confirm(ctx context.Context, c staff.Change) error {
	if c.Confirm == nil {
		return nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE staff_proposals SET confirmed_by = ?, confirmed = ? WHERE id = ? AND confirmed_by IS NULL AND proposed_by <> ?",
		c.Confirm.By, c.Confirm.At.UnixMicro(), c.Confirm.ID[:], c.Confirm.By)
	return errors.Join(wrap("confirm", err), none(changed, staff.ErrSecond))
}

// Proposal gives a proposal that waits.
func (db *DB) Proposal(ctx context.Context, id [16]byte) (*staff.Proposal, error) {
	p := staff.Proposal{ID: id}
	var member, person []byte
	var at int64
	err := db.SQL(ctx).Row("SELECT member, person, coalesce(office, ''), role, name, proposed_by, proposed FROM staff_proposals WHERE id = ? AND confirmed_by IS NULL",
		[]any{id[:]}, &member, &person, &p.Row.Office, &p.Row.Role, &p.Row.Sealed, &p.By, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("find a proposal", err)
	}
	p.Row.ID, p.Row.Person, p.Row.State, p.Proposed = staff.ID(member), identity.PersonID(person), staff.Active, instant(at)
	return &p, nil
}

// CountStaff adds one to a counter unless it has reached the cap. It is one conditional upsert, so that
// of parallel acts exactly as many pass as the day allows (attacks IN-02). What was counted of who became the person
// is the person's, and rises no more.
func (db *DB) CountStaff(ctx context.Context, c staff.Counter) (bool, error) {
	var before int
	err := db.SQL(ctx).Row("SELECT coalesce(sum(n), 0) FROM staff_days WHERE day = ? AND what = ? AND person <> ? AND person IN "+same, []any{c.Day, c.What, c.Person[:], c.Person[:]}, &before)
	if c.Most -= before; err != nil || c.Most < 1 {
		return false, wrap("count staff", err)
	}
	changed, err := db.SQL(ctx).Exec(
		"INSERT INTO staff_days (person, day, what, n) VALUES (?, ?, ?, 1) ON CONFLICT (person, day, what) DO UPDATE SET n = staff_days.n + 1 WHERE staff_days.n < ?",
		c.Person[:], c.Day, c.What, c.Most)
	return changed == 1, wrap("count staff", err)
}

func none(changed int64, err error) error {
	if changed == 0 {
		return err
	}
	return nil
}

func orNone(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// instant reads a time; 0 is none.
func instant(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// micro writes a time; none is 0.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// duplicate gives the error that a duplicate stands for.
func duplicate(err, means error) error {
	if store.Duplicate(err) {
		return means
	}
	return err
}
