package identitydb

import (
	"context"
	"strings"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

var _ enrolment.Trails = (*DB)(nil)

// within narrows a condition to offices, one at least; nil is all of them.
func within(column string, offices []string) (string, []any) {
	if offices == nil {
		return "", nil
	}
	args := make([]any, len(offices))
	for i, office := range offices {
		args[i] = office
	}
	return " AND " + column + " IN " + marks(len(args)), args
}

// Filed gives cases, the newest first, without their work. Ids begin with their moment.
func (db *DB) Filed(ctx context.Context, f enrolment.Filter, most int) ([]enrolment.Case, error) {
	where, args := within("office", f.Within)
	for _, c := range []struct {
		set   bool
		where string
		arg   any
	}{
		{f.Office != "", " AND office = ?", f.Office},
		{f.Clerk != (staff.ID{}), " AND clerk = ?", f.Clerk[:]},
		{!f.From.IsZero(), " AND opened >= ?", micro(f.From)},
		{!f.To.IsZero(), " AND opened < ?", micro(f.To)},
		{f.Flag != "", ` AND ' ' || flags || ' ' LIKE ? ESCAPE '\'`, "% " + strings.NewReplacer("_", `\_`, "%", `\%`, `\`, `\\`).Replace(string(f.Flag)) + " %"},
		{f.Before != (seal.RowID{}), " AND id < ?", f.Before[:]},
	} {
		if c.set {
			where, args = where+c.where, append(args, c.arg)
		}
	}
	var all []enrolment.Case
	text := "SELECT " + caseColumns + ", 0 FROM cases WHERE 1 = 1" + where + " ORDER BY id DESC LIMIT ?"
	err := db.SQL(ctx).Each(text, append(args, most), func(scan func(...any) error) error {
		row, err := scanCase(scan)
		all = append(all, row.Case)
		return err
	})
	return all, wrap("list cases", err)
}

// Trail gives what was recorded under the number of a case.
func (db *DB) Trail(ctx context.Context, number string) ([]journal.Row, error) {
	all, err := db.entries(ctx, "SELECT id, body FROM journal WHERE ref = ? ORDER BY at, id", number)
	return all, wrap("read the journal of a case", err)
}

// Draw takes cases by chance. Those who draw at once take turns.
func (db *DB) Draw(ctx context.Context, offices []string, since, at time.Time, most int) error {
	return wrap("draw a sample", db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).Exec("UPDATE settings SET value = value WHERE name = 'epoch'"); err != nil {
			return err
		}
		among, args := within("office", offices)
		var waiting int
		if err := db.SQL(ctx).Row("SELECT count(*) FROM case_samples WHERE outcome = ''"+among, args, &waiting); err != nil || waiting > 0 {
			return err
		}
		args = append([]any{micro(at), micro(since)}, args...)
		_, err := db.SQL(ctx).Exec("INSERT INTO case_samples (case_id, office, drawn, outcome, judged) SELECT id, office, ?, '', 0 FROM cases "+
			"WHERE state IN ('active', 'suspended', 'revoked', 'superseded') AND decided >= ?"+among+
			" AND id NOT IN (SELECT case_id FROM case_samples) ORDER BY random() LIMIT ?", append(args, most)...)
		return err
	}))
}

// Sample gives what was drawn.
func (db *DB) Sample(ctx context.Context, offices []string, since time.Time) ([]enrolment.Sampled, error) {
	among, args := within("office", offices)
	outcomes := map[seal.RowID]enrolment.Sampled{}
	var ids []seal.RowID
	err := db.SQL(ctx).Each("SELECT case_id, drawn, outcome FROM case_samples WHERE drawn >= ?"+among+" ORDER BY drawn DESC, case_id LIMIT 50",
		append([]any{micro(since)}, args...), func(scan func(...any) error) error {
			var s enrolment.Sampled
			var id []byte
			var at int64
			err := scan(&id, &at, &s.Outcome)
			copy(s.ID[:], id)
			s.Drawn = instant(at)
			outcomes[s.ID] = s
			ids = append(ids, s.ID)
			return err
		})
	if err != nil {
		return nil, wrap("read a sample", err)
	}
	all := make([]enrolment.Sampled, 0, len(ids))
	for _, id := range ids {
		rows, err := db.Cases(ctx, enrolment.Query{ID: id})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			s := outcomes[id]
			s.Case = row.Case
			all = append(all, s)
		}
	}
	return all, nil
}

// Judge keeps an outcome with its entry, once.
func (db *DB) Judge(ctx context.Context, id seal.RowID, outcome enrolment.Outcome, at time.Time, entry journal.Row) (bool, error) {
	judged := false
	err := db.Atomically(ctx, func(ctx context.Context) error {
		changed, err := db.SQL(ctx).Exec("UPDATE case_samples SET outcome = ?, judged = ? WHERE case_id = ? AND outcome = ''", string(outcome), micro(at), id[:])
		if judged = changed == 1; err != nil || !judged {
			return err
		}
		return db.Append(ctx, entry)
	})
	return judged && err == nil, wrap("keep an outcome", err)
}

var _ enrolment.Joinings = (*DB)(nil)

// Joined gives entries of the tie, in order.
func (db *DB) Joined(ctx context.Context, names []string, from, to time.Time) ([]journal.Row, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var args []any
	for _, name := range names {
		args = append(args, name)
	}
	all, err := db.entries(ctx, "SELECT id, body FROM journal WHERE who IN "+marks(len(names))+" AND kind = ? AND at >= ? AND at <= ? ORDER BY at, id",
		append(args, string(journal.Joined), micro(from), micro(to))...)
	return all, wrap("read when the tie was used", err)
}
