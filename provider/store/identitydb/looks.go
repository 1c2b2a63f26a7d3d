package identitydb

import (
	"bytes"
	"context"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

var _ enrolment.KeptLooks = (*DB)(nil)

// same are a person, the one argument, and all who became them.
const (
	same      = sameAs + "?" + andBecame
	sameAs    = "(WITH RECURSIVE same (id) AS (SELECT id FROM persons WHERE id = "
	andBecame = " UNION SELECT p.id FROM persons p JOIN same s ON p.merged = s.id) SELECT id FROM same)"
)

// Same gives a person and all who became them.
func (db *DB) Same(ctx context.Context, id identity.PersonID) ([]identity.PersonID, error) {
	var all []identity.PersonID
	err := db.SQL(ctx).Each("SELECT id FROM persons WHERE id IN "+same, []any{id[:]}, func(scan func(...any) error) error {
		var one []byte
		if err := scan(&one); err != nil {
			return err
		}
		all = append(all, identity.PersonID(one))
		return nil
	})
	return all, wrap("find who became a person", err)
}

// looking are the kinds of entries among which looks at data are. That a register was going to be asked counts where
// nothing says what came of it: there a process died in between.
const looking = "(j.kind IN ('looked_up', 'register_asked', 'case_step', 'case_seen', 'case_read', 'viewed', 'joined') OR j.kind = 'looking_up' AND NOT EXISTS " +
	"(SELECT 1 FROM journal l WHERE l.ref = j.ref AND l.kind = 'looked_up' AND (l.who = j.who OR j.who = '')))"

// Looks gives entries of what staff do with somebody's data, the newest first. Ids begin with their moment.
func (db *DB) Looks(ctx context.Context, of []identity.PersonID, names []string, before seal.RowID, most int) ([]journal.Row, error) {
	if len(of) == 0 || len(names) == 0 {
		return nil, nil
	}
	last := bytes.Repeat([]byte{0xff}, len(before))
	if before != (seal.RowID{}) {
		last = before[:]
	}
	var args []any
	for _, name := range names {
		args = append(args, name)
	}
	args = append(args, last)
	for _, person := range of {
		args = append(args, person[:])
	}
	args = append(args, last, most)
	text := "SELECT id, body FROM (SELECT j.id, j.body FROM journal j WHERE j.who IN " + marks(len(names)) + " AND j.id < ? AND " + looking +
		" UNION ALL SELECT j.id, j.body FROM cases c JOIN journal j ON j.ref = c.number AND j.ref <> '' WHERE c.person IN " + marks(len(of)) +
		" AND j.who = '' AND j.id < ? AND " + looking + ") looks ORDER BY id DESC LIMIT ?"
	all, err := db.entries(ctx, text, args...)
	return all, wrap("read who looked at somebody", err)
}

// CaseOffices gives the offices of cases by their numbers.
func (db *DB) CaseOffices(ctx context.Context, numbers []string) (map[string]string, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	args := make([]any, len(numbers))
	for i, number := range numbers {
		args[i] = number
	}
	all := map[string]string{}
	err := db.SQL(ctx).Each("SELECT number, office FROM cases WHERE number IN "+marks(len(numbers)), args, func(scan func(...any) error) error {
		var number, office string
		err := scan(&number, &office)
		all[number] = office
		return err
	})
	return all, wrap("find the offices of cases", err)
}

// CaseSteps gives the steps of cases by their numbers, the oldest first.
func (db *DB) CaseSteps(ctx context.Context, numbers []string) ([]journal.Row, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	args := []any{string(journal.CaseStep)}
	for _, number := range numbers {
		args = append(args, number)
	}
	all, err := db.entries(ctx, "SELECT id, body FROM journal WHERE kind = ? AND ref IN "+marks(len(numbers))+" ORDER BY at, id", args...)
	return all, wrap("read the steps of cases", err)
}

// entries reads ids and bodies of the journal.
func (db *DB) entries(ctx context.Context, text string, args ...any) ([]journal.Row, error) {
	var all []journal.Row
	err := db.SQL(ctx).Each(text, args, func(scan func(...any) error) error {
		var r journal.Row
		var id []byte
		err := scan(&id, &r.Body)
		copy(r.ID[:], id)
		all = append(all, r)
		return err
	})
	return all, err
}

// marks are the places of so many values, one at least, in brackets.
func marks(n int) string { return "( ?" + strings.Repeat(", ?", n-1) + ")" }
