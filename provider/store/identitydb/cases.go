package identitydb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

var _ enrolment.Store = (*DB)(nil)

const caseColumns = "id, number, state, gen, office, station, clerk, clerk_person, approver, approver_person, person, purpose, flags, checks, document, helper, " +
	"work, snapshot_hash, form, form_hash, mode, reissues, code_tries, match_tries, second_tries, check_tries, progress, matched, device, device_key, alarms, " +
	"level, stop, system, asked, opened, changed, decided, until, basis, guardian, minor, alarmed"

// openStates are those of a case under way; the unique index names the same.
const openStates = "('draft', 'looked_up', 'evidence_recorded', 'review_required', 'reviewed', 'approved', 'printed', 'signed', " +
	"'qr_issued', 'claimed', 'key_bound', 'confirmed', 'suspicious')"

// ofAllWhoBecame is of a person and all who became them.
const ofAllWhoBecame = "person IN " + same

// Cases gives the cases that are wanted.
func (db *DB) Cases(ctx context.Context, q enrolment.Query) ([]enrolment.Row, error) {
	var all []enrolment.Row
	where, args := caseWhere(q, db.Now())
	text := "SELECT " + caseColumns + ", CASE WHEN until > 0 AND until <= " + db.Now() + " THEN 1 ELSE 0 END FROM cases WHERE " + where
	err := db.SQL(ctx).Each(text, args, func(scan func(...any) error) error {
		row, err := scanCase(scan)
		all = append(all, row)
		return err
	})
	return all, wrap("read cases", err)
}

func caseWhere(q enrolment.Query, now string) (string, []any) {
	switch {
	case q.ID != (seal.RowID{}):
		return "id = ?", []any{q.ID[:]}
	case q.Number != "":
		return "number = ?", []any{q.Number}
	case q.System != "":
		return "system = ? AND asked = ?", []any{q.System, q.Asked}
	case q.Office != "":
		return "office = ? AND (state IN " + openStates + " OR changed >= ? OR alarmed >= ?) ORDER BY CASE WHEN clerk = ? THEN 0 WHEN clerk IS NULL THEN 2 ELSE 1 END, changed DESC, id LIMIT 200",
			[]any{q.Office, micro(q.Since), micro(q.Since), q.Clerk[:]}
	case !q.Standing.IsZero():
		return "state IN ('active', 'suspended') AND " + ofAllWhoBecame + " ORDER BY id", []any{q.Standing[:]}
	case !q.Person.IsZero() && !q.Since.IsZero():
		return ofAllWhoBecame + " AND opened >= ?", []any{q.Person[:], micro(q.Since)}
	case !q.Person.IsZero():
		return "person = ? AND state IN " + openStates, []any{q.Person[:]}
	case len(q.Stop) > 0:
		var args []any
		for _, d := range q.Stop {
			args = append(args, append([]byte{d.Key}, d.Sum[:]...))
		}
		return "stop IN " + marks(len(args)), args
	case q.Unfinished:
		return "state = 'confirmed' ORDER BY changed, id LIMIT 100 OFFSET ?", []any{q.Skip}
	case !q.Undone.IsZero():
		return "state IN " + openStates + " AND state <> 'confirmed' AND changed <= ? AND (mode <> 'home' OR until <= " + now + ") ORDER BY changed, id LIMIT 100 OFFSET ?", []any{micro(q.Undone), q.Skip}
	case !q.Unpurged.IsZero():
		return "work IS NOT NULL AND (decided > 0 AND decided <= ? OR state = 'expired' AND changed <= ?) ORDER BY changed, id LIMIT 100 OFFSET ?", []any{micro(q.Unpurged), micro(q.Unpurged), q.Skip}
	case !q.Alarming.IsZero():
		among, args := within("office", q.Within)
		since := micro(q.Alarming)
		return "(alarms > 0 OR state IN ('suspicious', 'suspended', 'revoked')) AND (changed >= ? OR alarmed >= ?)" + among +
			" ORDER BY CASE WHEN alarmed > changed THEN alarmed ELSE changed END DESC LIMIT 100", append([]any{since, since}, args...)
	case !q.Newly.IsZero():
		among, args := within("office", q.Within)
		return "state = 'active' AND decided >= ?" + among + " ORDER BY decided DESC LIMIT 50", append([]any{micro(q.Newly)}, args...)
	default:
		return "1 = 0", nil
	}
}

func scanCase(scan func(...any) error) (enrolment.Row, error) {
	var r enrolment.Row
	var id, clerk, clerkPerson, approver, approverPerson, person, guardian []byte
	var flags, checks, level string
	var helper, matched, minor, late int
	var opened, changed, decided, until, alarmed int64
	err := scan(&id, &r.Number, &r.State, &r.Gen, &r.Office, &r.Station, &clerk, &clerkPerson, &approver, &approverPerson, &person, &r.Purpose, &flags, &checks,
		&r.Document, &helper, &r.Sealed, &r.SnapshotHash, &r.Form, &r.FormHash, &r.Mode, &r.Reissues, &r.Tries.Code, &r.Tries.Match, &r.Tries.Second,
		&r.Tries.Check, &r.Progress, &matched, &r.Device, &r.DeviceKey, &r.Alarms, &level, &r.Stop, &r.System, &r.Case.Asked, &opened, &changed, &decided, &until, &r.Basis, &guardian, &minor, &alarmed, &late)
	if err != nil {
		return enrolment.Row{}, err
	}
	copy(r.ID[:], id)
	copy(r.Clerk[:], clerk)
	copy(r.ClerkPerson[:], clerkPerson)
	copy(r.Approver[:], approver)
	copy(r.ApproverPerson[:], approverPerson)
	copy(r.Person[:], person)
	copy(r.Guardian[:], guardian)
	r.Minor = minor == 1
	for _, flag := range strings.Fields(flags) {
		r.Flags = append(r.Flags, enrolment.Flag(flag))
	}
	for _, check := range strings.Fields(checks) {
		r.Checks = append(r.Checks, enrolment.Check(check))
	}
	if r.Level, err = identity.ParseLevel(level); err != nil {
		return enrolment.Row{}, fmt.Errorf("read a case: %w", err)
	}
	r.Helper, r.Matched, r.Late = helper == 1, matched == 1, late == 1
	r.Opened, r.Changed, r.Decided, r.Until, r.Alarmed = instant(opened), instant(changed), instant(decided), instant(until), instant(alarmed)
	return r, nil
}

// WriteCase does everything in a change in one durable transaction, or nothing.
func (db *DB) WriteCase(ctx context.Context, c enrolment.Change) error {
	err := db.Atomically(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context, enrolment.Change) error{db.makeCase, db.updateCase, db.changeVouchers, db.setUntil, db.keepRecord, db.forgetContacts} {
			if err := step(ctx, c); err != nil {
				return err
			}
		}
		return db.appendRows(ctx, c.Entries)
	})
	return wrap("write a case", duplicate(err, enrolment.ErrOpenCase))
}

func (db *DB) appendRows(ctx context.Context, rows []journal.Row) error {
	for _, row := range rows {
		if err := db.Append(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) makeCase(ctx context.Context, c enrolment.Change) error {
	if c.Make == nil {
		return nil
	}
	r := c.Make
	args := append([]any{r.ID[:], r.Number}, caseValues(r)...)
	args = append(args, 0, r.Tries.Code, r.Tries.Match, r.Tries.Second, r.Tries.Check, 0, r.System, r.Case.Asked, micro(r.Opened))
	added, err := db.SQL(ctx).Exec("INSERT INTO cases (id, number, "+valueColumns(", ")+", gen, code_tries, match_tries, second_tries, check_tries, alarms, system, asked, opened, until) "+
		"VALUES ( ?"+strings.Repeat(", ?", len(args)-1)+", 0) ON CONFLICT DO NOTHING", args...)
	return errors.Join(wrap("open a case", err), none(added, enrolment.ErrConflict))
}

// valueColumns are the columns that a write sets, in the order of caseValues. Tries and alarms are not
// among them: they change whatever the case's generation.
func valueColumns(between string) string {
	return strings.Join([]string{
		"state", "office", "station", "clerk", "clerk_person", "approver", "approver_person", "person", "purpose", "flags", "checks", "document", "helper",
		"work", "snapshot_hash", "form", "form_hash", "mode", "reissues", "progress", "matched", "device", "device_key", "level", "stop", "changed", "decided", "basis", "guardian", "minor",
	}, between)
}

func caseValues(r *enrolment.Row) []any {
	return []any{
		string(r.State), r.Office, r.Station, orNobody(r.Clerk), orNull(r.ClerkPerson), orNobody(r.Approver), orNull(r.ApproverPerson), orNull(r.Person),
		string(r.Purpose), words(r.Flags), words(r.Checks), r.Document, flag(r.Helper), orNothing(r.Sealed), orNothing(r.SnapshotHash), r.Form, orNothing(r.FormHash),
		string(r.Mode), r.Reissues, int(r.Progress), flag(r.Matched), orNothing(r.Device), orNothing(r.DeviceKey), r.Level.String(), orNothing(r.Stop),
		micro(r.Changed), micro(r.Decided), string(cmp.Or(r.Basis, enrolment.ByRegister)), orNull(r.Guardian), flag(r.Minor),
	}
}

func (db *DB) updateCase(ctx context.Context, c enrolment.Change) error {
	if c.Row == nil {
		return nil
	}
	r := c.Row
	changed, err := db.SQL(ctx).Exec("UPDATE cases SET "+valueColumns(" = ?, ")+" = ?, gen = gen + 1 WHERE id = ? AND gen = ?", append(caseValues(r), r.ID[:], r.Gen)...)
	if err != nil || changed == 0 {
		return errors.Join(wrap("change a case", err), none(changed, enrolment.ErrConflict))
	}
	if t := c.Tries; t != nil {
		_, err = db.SQL(ctx).Exec("UPDATE cases SET match_tries = ?, second_tries = ?, check_tries = ? WHERE id = ?", t.Match, t.Second, t.Check, r.ID[:])
	}
	if c.Proved && err == nil {
		_, err = db.SQL(ctx).Exec("UPDATE cases SET check_tries = ? WHERE id = ?", enrolment.CheckTries, r.ID[:])
	}
	return wrap("set tries", err)
}

// changeVouchers burns, spends, claims and issues. A claim is one conditional update: of those who come at
// once one finds the voucher issued and in time.
func (db *DB) changeVouchers(ctx context.Context, c enrolment.Change) error {
	if c.Burn {
		if _, err := db.SQL(ctx).Exec("UPDATE vouchers SET state = 'burnt' WHERE case_id = ? AND state <> 'burnt'", c.Row.ID[:]); err != nil {
			return wrap("burn vouchers", err)
		}
	}
	if c.Spend {
		if _, err := db.SQL(ctx).Exec("UPDATE vouchers SET state = CASE state WHEN 'claimed' THEN 'spent' ELSE 'burnt' END WHERE case_id = ? AND state IN ('issued', 'claimed')", c.Row.ID[:]); err != nil {
			return wrap("spend a voucher", err)
		}
	}
	if d := c.Claim; d != nil {
		claimed, err := db.SQL(ctx).Exec("UPDATE vouchers SET state = 'claimed' WHERE digest = ? AND key_id = ? AND state = 'issued' AND expires > "+db.Now()+
			" AND epoch = (SELECT value FROM settings WHERE name = 'epoch')", d.Sum[:], int64(d.Key))
		if err != nil || claimed == 0 {
			return errors.Join(wrap("claim a voucher", err), none(claimed, enrolment.ErrClaimed))
		}
	}
	if err := db.takeRequest(ctx, c); err != nil {
		return err
	}
	if v := c.Issue; v != nil {
		_, err := db.SQL(ctx).Exec("INSERT INTO vouchers (digest, key_id, case_id, code, second, state, expires, epoch) VALUES (?, ?, ?, ?, ?, 'issued', "+db.Now()+
			" + ?, (SELECT value FROM settings WHERE name = 'epoch'))",
			v.Digest.Sum[:], int64(v.Digest.Key), v.Case[:], keyed(v.Code), keyed(v.Second), v.Life.Microseconds())
		return wrap("issue a voucher", err)
	}
	return nil
}

func (db *DB) setUntil(ctx context.Context, c enrolment.Change) error {
	if c.Row == nil {
		return nil
	}
	id, now := c.Row.ID[:], db.Now()
	var err error
	switch {
	case c.Issue != nil:
		_, err = db.SQL(ctx).Exec("UPDATE cases SET until = "+now+" + ? WHERE id = ?", c.Issue.Life.Microseconds(), id)
	case c.Take != nil:
		_, err = db.SQL(ctx).Exec("UPDATE cases SET until = "+now+" + ? WHERE id = ?", c.Extend.Microseconds(), id)
	case c.Extend > 0:
		span := c.Extend.Microseconds()
		_, err = db.SQL(ctx).Exec("UPDATE cases SET until = CASE WHEN until > "+now+" + ? THEN until ELSE "+now+" + ? END WHERE id = ?", span, span, id)
	case c.Forever || !c.Row.State.Open():
		_, err = db.SQL(ctx).Exec("UPDATE cases SET until = 0 WHERE id = ?", id)
	}
	return wrap("set a case's end", err)
}

// Voucher gives the voucher with the digest, or the one of a case that is not burnt.
func (db *DB) Voucher(ctx context.Context, digests []enrolment.Digest, of seal.RowID) (*enrolment.VoucherRow, error) {
	const columns = "SELECT digest, key_id, case_id, code, second, state FROM vouchers WHERE "
	if len(digests) == 0 {
		return db.voucher(ctx, columns+"case_id = ? AND state <> 'burnt'", of[:])
	}
	for _, d := range digests {
		v, err := db.voucher(ctx, columns+"digest = ? AND key_id = ?", d.Sum[:], int64(d.Key))
		if v != nil || err != nil {
			return v, err
		}
	}
	return nil, nil
}

func (db *DB) voucher(ctx context.Context, text string, args ...any) (*enrolment.VoucherRow, error) {
	var v enrolment.VoucherRow
	var digest, of, code, second []byte
	var key int64
	err := db.SQL(ctx).Row(text, args, &digest, &key, &of, &code, &second, &v.State)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("find a voucher", err)
	}
	copy(v.Case[:], of)
	v.Digest = enrolment.Digest{Key: byte(key), Sum: [32]byte(digest)}
	v.Code, v.Second = unkeyed(code), unkeyed(second)
	return &v, nil
}

// Try takes one try before anything is compared.
func (db *DB) Try(ctx context.Context, id seal.RowID, what enrolment.Tried) (left int, ok bool, err error) {
	column, known := map[enrolment.Tried]string{
		enrolment.TriedCode: "code_tries", enrolment.TriedMatch: "match_tries", enrolment.TriedSecond: "second_tries", enrolment.TriedCheck: "check_tries",
	}[what]
	if !known {
		return 0, false, fmt.Errorf("try: no counter %q", what)
	}
	left = -1
	err = db.SQL(ctx).Returning("UPDATE cases SET "+column+" = "+column+" - 1 WHERE id = ? AND "+column+" > 0 RETURNING "+column, []any{id[:]}, &left)
	if err != nil {
		return 0, false, wrap("take a try", err)
	}
	return max(left, 0), left >= 0, nil
}

// Alarm counts an alarm on a case, whatever its generation.
func (db *DB) Alarm(ctx context.Context, id seal.RowID, at time.Time, entries []journal.Row) error {
	err := db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).Exec("UPDATE cases SET alarms = alarms + 1, alarmed = ? WHERE id = ?", micro(at), id[:]); err != nil {
			return err
		}
		return db.appendRows(ctx, entries)
	})
	return wrap("raise an alarm", err)
}

// keyed writes a digest behind its key's id; none is NULL.
func keyed(d enrolment.Digest) any {
	if d == (enrolment.Digest{}) {
		return nil
	}
	return append([]byte{d.Key}, d.Sum[:]...)
}

func unkeyed(raw []byte) enrolment.Digest {
	if len(raw) != 33 {
		return enrolment.Digest{}
	}
	return enrolment.Digest{Key: raw[0], Sum: [32]byte(raw[1:])}
}

func orNobody(id staff.ID) any {
	if id == (staff.ID{}) {
		return nil
	}
	return id[:]
}

func orNothing(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

func words[T ~string](all []T) string {
	parts := make([]string, len(all))
	for i, t := range all {
		parts[i] = string(t)
	}
	return strings.Join(parts, " ")
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
