package identitydb

import (
	"context"
	"strings"

	"symbolon/provider/subject"
)

// merge makes one person another's tombstone, or parts them again. What is moved is written down
// with how it stood, so that parting gives back just that.
func (db *DB) merge(ctx context.Context, c subject.Change) error {
	m := c.Merge
	if m == nil {
		return nil
	}
	if err := db.unappointed(ctx, m); err != nil {
		return err
	}
	state, was, into := "merged", "active", any(m.Into[:])
	if m.Part {
		state, was, into = "active", "merged", nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE persons SET state = ?, merged = ?, ties = ties + 1 WHERE id = ? AND state = ? AND ties = ?",
		state, into, m.From[:], was, int64(m.FromTies))
	if err := once(changed, err, "merge a person"); err != nil {
		return err
	}
	changed, err = db.SQL(ctx).Exec("UPDATE persons SET ties = ties + 1 WHERE id = ? AND state = 'active' AND ties = ?", m.Into[:], int64(m.IntoTies))
	if err := once(changed, err, "merge into a person"); err != nil {
		return err
	}
	if m.Part {
		return db.moveBack(ctx, m)
	}
	return db.moveOver(ctx, m)
}

// unappointed says subject.ErrAppointed where one of the two works at an office: who has which appointment would change
// unseen. Whoever names one of them at the same moment waits, or was first. A trigger holds it, too.
func (db *DB) unappointed(ctx context.Context, m *subject.Merge) error {
	if _, err := db.SQL(ctx).Exec("UPDATE persons SET ties = ties WHERE id IN (?, ?)", m.From[:], m.Into[:]); err != nil {
		return wrap("wait for two persons", err)
	}
	var appointments int
	err := db.SQL(ctx).Row("SELECT count(*) FROM staff WHERE state <> 'ended' AND person IN (?, ?)", []any{m.From[:], m.Into[:]}, &appointments)
	if err == nil && appointments > 0 {
		return subject.ErrAppointed
	}
	return wrap("read staff", err)
}

// moveOver re-points identifiers and ties, and copies the names. Of two current numbers of a kind
// the heir's stays so; the register sets it right at the next login.
func (db *DB) moveOver(ctx context.Context, m *subject.Merge) error {
	into, from := m.Into[:], m.From[:]
	return db.all(ctx, []statement{
		{"INSERT INTO moved (item, person, kind, was) SELECT id, person, 'identifier', state FROM identifiers WHERE person = ?", []any{from}},
		{"INSERT INTO moved (item, person, kind, was) SELECT id, person, 'link', state FROM links WHERE person = ?", []any{from}},
		{"UPDATE identifiers SET state = 'superseded' WHERE person = ? AND state = 'current' AND EXISTS (SELECT 1 FROM identifiers h " +
			"WHERE h.person = ? AND h.state = 'current' AND h.scheme = identifiers.scheme AND h.country = identifiers.country)", []any{from, into}},
		{"UPDATE identifiers SET person = ? WHERE person = ?", []any{into, from}},
		{"UPDATE links SET person = ? WHERE person = ?", []any{into, from}},
		// Whoever let no new ways in goes on to let none in (features H05).
		{"INSERT INTO moved (item, person, kind, was) SELECT ?, ?, 'closed', CASE closed WHEN 1 THEN '1' ELSE '0' END FROM persons WHERE id = ?", []any{from, from, into}},
		{"UPDATE persons SET closed = 1 WHERE id = ? AND EXISTS (SELECT 1 FROM persons f WHERE f.id = ? AND f.closed = 1)", []any{into, from}},
		{"INSERT INTO comparisons (person, key_id, digest, present, origin) SELECT p.id, c.key_id, c.digest, 0, c.person FROM comparisons c JOIN persons p ON p.id = ? WHERE c.person = ? ON CONFLICT DO NOTHING",
			[]any{into, from}},
	})
}

func (db *DB) moveBack(ctx context.Context, m *subject.Merge) error {
	into, from := m.Into[:], m.From[:]
	mine := "id IN (SELECT item FROM moved WHERE person = ? AND kind = "
	return db.all(ctx, []statement{
		{"UPDATE links SET person = ? WHERE " + mine + "'link')", []any{from, from}},
		{"UPDATE identifiers SET person = ?, state = 'superseded' WHERE " + mine + "'identifier')", []any{from, from}},
		{"UPDATE identifiers SET state = (SELECT was FROM moved WHERE item = identifiers.id AND moved.person = ?) WHERE " + mine + "'identifier')",
			[]any{from, from}},
		{"UPDATE persons SET closed = 0 WHERE id = ? AND EXISTS (SELECT 1 FROM moved WHERE item = ? AND kind = 'closed' AND was = '0')", []any{into, from}},
		{"DELETE FROM moved WHERE item IN (SELECT item FROM moved WHERE person = ?)", []any{from}},
		{"DELETE FROM comparisons WHERE person = ? AND origin = ?", []any{into, from}},
		// Nobody knows which of the two was locked while they were one: either begins locked where they are named.
		{"INSERT INTO staff_locks (person, n, at, lifted, capped) SELECT p.id, coalesce((SELECT max(n) FROM staff_locks f WHERE f.person = p.id), 0) + 1, l.at, 0, l.capped " +
			"FROM staff_locks l JOIN persons p ON p.id = ? WHERE l.person = ? AND l.lifted = 0 ON CONFLICT DO NOTHING", []any{from, into}},
	})
}

type statement struct {
	text string
	args []any
}

func (db *DB) all(ctx context.Context, statements []statement) error {
	for _, s := range statements {
		if _, err := db.SQL(ctx).Exec(s.text, s.args...); err != nil {
			return wrap("move what a person has", err)
		}
	}
	return nil
}

func replace(text, with string) string { return strings.ReplaceAll(text, "%", with) }
