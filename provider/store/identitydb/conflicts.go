package identitydb

import (
	"context"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// queueConflict adds a case, unless the same is queued already.
func (db *DB) queueConflict(ctx context.Context, c subject.Change) error {
	if c.Conflict == nil {
		return nil
	}
	r := c.Conflict
	var told []byte
	if r.Told != nil {
		told = r.Told.Sum[:]
	}
	var link any
	if r.Link != [16]byte{} {
		link = r.Link[:]
	}
	added, err := db.SQL(ctx).Exec(
		"INSERT INTO conflicts (id, key_id, mark, number, person, other, told, link, means, reasons, opened, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		r.ID[:], int64(r.Mark.Key), r.Mark.Sum[:], r.Number, orNull(r.Person), orNull(r.Other), told, link, string(r.Means),
		strings.Join(r.Reasons, " "), r.Opened.UnixMicro(), string(r.State))
	return once(added, err, "queue a conflict")
}

// moveCase moves a case on from the state it was read in. With its end its mark goes, so that the
// same conflict may be queued again.
func (db *DB) moveCase(ctx context.Context, c subject.Change) error {
	if c.Close != nil {
		changed, err := db.SQL(ctx).Exec("UPDATE conflicts SET state = 'closed', mark = NULL WHERE id = ? AND state = ?", c.Close.ID[:], string(c.Close.State))
		if err := once(changed, err, "close a case"); err != nil {
			return err
		}
	}
	if c.Decide == nil {
		return nil
	}
	r, over := c.Decide.Case, ""
	if r.State == subject.CaseClosed || r.State == subject.CaseUndone {
		over = "mark = NULL, "
	}
	decided := int64(0)
	if !r.Decided.IsZero() {
		decided = r.Decided.UnixMicro()
	}
	changed, err := db.SQL(ctx).Exec("UPDATE conflicts SET "+over+"state = ?, verdict = ?, target = ?, first_by = ?, second_by = ?, decided = ? WHERE id = ? AND state = ?",
		string(r.State), string(r.Verdict), orNull(r.Target), r.First, r.Second, decided, r.ID[:], string(c.Decide.From))
	return once(changed, err, "decide a case")
}

// CaseByMark gives a case that is not over, or was refused; nil if there is none.
func (db *DB) CaseByMark(ctx context.Context, marks []subject.Digest) (*subject.Case, error) {
	for _, d := range marks {
		all, err := db.cases(ctx, "WHERE mark = ? AND key_id = ?", d.Sum[:], int64(d.Key))
		if err != nil || len(all) > 0 {
			return one(all), err
		}
	}
	return nil, nil
}

// CaseByNumber gives a case; nil if there is none.
func (db *DB) CaseByNumber(ctx context.Context, number string) (*subject.Case, error) {
	all, err := db.cases(ctx, "WHERE number = ?", number)
	return one(all), err
}

// CasesIn gives the cases of some states, oldest first.
func (db *DB) CasesIn(ctx context.Context, states ...subject.CaseState) ([]subject.Case, error) {
	var all []subject.Case
	for _, state := range states {
		some, err := db.cases(ctx, "WHERE state = ? ORDER BY opened", string(state))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (db *DB) cases(ctx context.Context, where string, args ...any) ([]subject.Case, error) {
	var all []subject.Case
	err := db.SQL(ctx).Each("SELECT id, COALESCE(number, ''), key_id, mark, person, other, told, link, means, reasons, opened, state, verdict, target, first_by, second_by, decided FROM conflicts "+where,
		args, func(scan func(...any) error) error {
			var c subject.Case
			var id, mark, person, other, told, link, target []byte
			var key, opened, decided int64
			var means, reasons, state, verdict string
			err := scan(&id, &c.Number, &key, &mark, &person, &other, &told, &link, &means, &reasons, &opened, &state, &verdict, &target, &c.First, &c.Second, &decided)
			if err != nil {
				return err
			}
			c.ID, c.Means, c.Reasons = [16]byte(id), identity.Means(means), strings.Fields(reasons)
			c.State, c.Verdict, c.Opened = subject.CaseState(state), subject.Verdict(verdict), time.UnixMicro(opened).UTC()
			c.Mark.Key = byte(key)
			copy(c.Mark.Sum[:], mark)
			copy(c.Person[:], person)
			copy(c.Other[:], other)
			copy(c.Link[:], link)
			copy(c.Target[:], target)
			if told != nil {
				c.Told = &subject.Digest{Key: byte(key), Sum: [32]byte(told)}
			}
			if decided != 0 {
				c.Decided = time.UnixMicro(decided).UTC()
			}
			all = append(all, c)
			return nil
		})
	return all, wrap("read cases", err)
}

func one(all []subject.Case) *subject.Case {
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}

// Turn gives a chore to one replica: true for the first that asks when it is due, which then has it
// for the length of the lease. Done says when it is due again.
func (db *DB) Turn(ctx context.Context, name string, lease time.Duration) (bool, error) {
	changed, err := db.SQL(ctx).Exec("INSERT INTO chores (name, due) VALUES (?, "+db.Now()+" + ?) ON CONFLICT (name) DO UPDATE SET due = excluded.due WHERE chores.due <= "+db.Now(),
		name, lease.Microseconds())
	return changed == 1, wrap("take a turn at a chore", err)
}

// Done puts a chore off until it is due again.
func (db *DB) Done(ctx context.Context, name string, next time.Duration) error {
	_, err := db.SQL(ctx).Exec("UPDATE chores SET due = "+db.Now()+" + ? WHERE name = ?", next.Microseconds(), name)
	return wrap("finish a chore", err)
}
