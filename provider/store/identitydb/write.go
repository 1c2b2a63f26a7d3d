package identitydb

import (
	"context"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// Write does everything in a change in one durable transaction, or nothing. Where something that
// must be unique is there already it answers subject.ErrTaken: the other transaction has
// committed by then, so that reading again finds it.
func (db *DB) Write(ctx context.Context, c subject.Change) error {
	err := db.Atomically(ctx, func(ctx context.Context) error {
		for _, step := range []func(context.Context, subject.Change) error{
			db.queueConflict, db.moveCase, db.makePerson, db.raiseTies, db.setState, db.setClosed, db.setFinding, db.merge, db.disown, db.restate, db.addIdentifiers, db.endLink, db.raiseLink, db.addLink,
			db.setComparisons, db.retireContacts, db.setContacts, db.setDocuments, db.appendEntries,
		} {
			if err := step(ctx, c); err != nil {
				return err
			}
		}
		if c.Also == nil {
			return nil
		}
		return c.Also(ctx)
	})
	return wrap("change a person", err)
}

func (db *DB) makePerson(ctx context.Context, c subject.Change) error {
	if c.Make == nil {
		return nil
	}
	p := c.Make
	_, err := db.SQL(ctx).Exec("INSERT INTO persons (id, usage, created, merged, state) VALUES (?, ?, ?, ?, ?)",
		p.ID[:], p.Usage, int64(p.Created), orNull(p.Into), string(p.State))
	if err != nil {
		return wrap("make a person", err)
	}
	for _, d := range p.Back {
		if _, err := db.SQL(ctx).Exec("INSERT INTO usage_digests (key_id, digest, person) VALUES (?, ?, ?)", int64(d.Key), d.Sum[:], p.ID[:]); err != nil {
			return wrap("keep the way back", err)
		}
	}
	return nil
}

// setState changes the state of a person from what it was read as. If somebody else was first there
// is nothing left to record.
func (db *DB) setState(ctx context.Context, c subject.Change) error {
	if c.State == "" {
		return nil
	}
	from := c.From
	if from == "" {
		from = identity.Active
	}
	changed, err := db.SQL(ctx).Exec("UPDATE persons SET state = ?, ties = ties + 1 WHERE id = ? AND state = ?", string(c.State), c.Person[:], string(from))
	return once(changed, err, "set a person's state")
}

func (db *DB) setClosed(ctx context.Context, c subject.Change) error {
	if c.Closed == nil {
		return nil
	}
	closed := 0
	if *c.Closed {
		closed = 1
	}
	return db.all(ctx, []statement{
		{"UPDATE persons SET closed = ? WHERE id = ?", []any{closed, c.Person[:]}},
		{"DELETE FROM moved WHERE kind = 'closed' AND item IN (SELECT id FROM persons WHERE merged = ?)", []any{c.Person[:]}}, // it is their own wish now
	})
}

// setFinding keeps one finding of a kind, the last.
func (db *DB) setFinding(ctx context.Context, c subject.Change) error {
	if c.Found == nil {
		return nil
	}
	_, err := db.SQL(ctx).Exec("DELETE FROM findings WHERE code = ? AND person IN "+same, string(c.Found.Code), c.Person[:])
	if err == nil && c.Found.Until > 0 {
		_, err = db.SQL(ctx).Exec("INSERT INTO findings (person, code, until) VALUES (?, ?, ?)", c.Person[:], string(c.Found.Code), int64(c.Found.Until))
	}
	return wrap("keep a finding", err)
}

func (db *DB) restate(ctx context.Context, c subject.Change) error {
	for _, r := range c.Restate {
		changed, err := db.SQL(ctx).Exec("UPDATE identifiers SET state = ? WHERE id = ? AND person = ? AND state <> ?",
			string(r.State), r.ID[:], c.Person[:], string(r.State))
		if err := once(changed, err, "change an identifier's state"); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) addIdentifiers(ctx context.Context, c subject.Change) error {
	for _, r := range c.Identifiers {
		added, err := db.SQL(ctx).Exec(
			"INSERT INTO identifiers (id, person, scheme, country, sealed, source_kind, source_id, since, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			r.ID[:], c.Person[:], string(r.Scheme), r.Country, r.Sealed, string(r.Source.Kind), r.Source.ID, int64(r.Since), string(r.State))
		if err := once(added, err, "add an identifier"); err != nil {
			return err
		}
		for _, d := range r.Digests {
			added, err := db.SQL(ctx).Exec(
				"INSERT INTO identifier_digests (key_id, scheme, country, digest, identifier) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				int64(d.Key), string(r.Scheme), r.Country, d.Sum[:], r.ID[:])
			if err := once(added, err, "add an identifier's digest"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (db *DB) setComparisons(ctx context.Context, c subject.Change) error {
	if len(c.Comparisons) == 0 {
		return nil
	}
	if slices.ContainsFunc(c.Comparisons, func(r subject.Comparison) bool { return r.Present }) {
		if _, err := db.SQL(ctx).Exec("UPDATE comparisons SET present = 0 WHERE person = ? AND present = 1", c.Person[:]); err != nil {
			return wrap("put a name among the former ones", err)
		}
	}
	for _, r := range c.Comparisons {
		present := 0
		if r.Present {
			present = 1
		}
		_, err := db.SQL(ctx).Exec(
			"INSERT INTO comparisons (person, key_id, digest, present) VALUES (?, ?, ?, ?) ON CONFLICT (person, digest, key_id) DO UPDATE SET present = excluded.present, origin = NULL WHERE excluded.present = 1",
			c.Person[:], int64(r.Key), r.Sum[:], present)
		if err != nil {
			return wrap("keep a comparison", err)
		}
	}
	return nil
}

// setContacts lets no weaker source overwrite, whatever was read before (attacks LK-08).
func (db *DB) setContacts(ctx context.Context, c subject.Change) error {
	for _, r := range c.Contacts {
		if err := db.keepFormer(ctx, c.Person, r); err != nil {
			return err
		}
		_, err := db.SQL(ctx).Exec(
			"INSERT INTO contacts (person, kind, sealed, source_kind, source_id, source_rank, since) VALUES (?, ?, ?, ?, ?, ?, ?) "+
				"ON CONFLICT (person, kind) DO UPDATE SET sealed = excluded.sealed, source_kind = excluded.source_kind, "+
				"source_id = excluded.source_id, source_rank = excluded.source_rank, since = excluded.since WHERE contacts.source_rank <= excluded.source_rank",
			c.Person[:], string(r.Kind), r.Sealed, string(r.Source.Kind), r.Source.ID, r.Rank, int64(r.Since))
		if err != nil {
			return wrap("keep a contact", err)
		}
	}
	return nil
}

// retireContacts puts addresses among the former ones, unless another source has said another one meanwhile.
func (db *DB) retireContacts(ctx context.Context, c subject.Change) error {
	for _, r := range c.Retire {
		r.Moved = true
		if err := db.keepFormer(ctx, c.Person, r); err != nil {
			return err
		}
		_, err := db.SQL(ctx).Exec("DELETE FROM contacts WHERE person = ? AND kind = ? AND source_kind = ? AND source_id = ?",
			c.Person[:], string(r.Kind), string(r.Source.Kind), r.Source.ID)
		if err != nil {
			return wrap("retire a contact", err)
		}
	}
	return nil
}

// mostFormer is how many former addresses of a kind are kept of a person.
const mostFormer = 8

// keepFormer puts the address that another one replaces among the former ones, while there are few: whoever
// changes it again and again does not push out what was there before. The row is locked before it is read: of
// two that replace it at once, the second keeps what the first one wrote.
func (db *DB) keepFormer(ctx context.Context, person identity.PersonID, r subject.ContactRow) error {
	if !r.Moved {
		return nil
	}
	return db.all(ctx, []statement{
		{"UPDATE contacts SET since = since WHERE person = ? AND kind = ?", []any{person[:], string(r.Kind)}},
		{"INSERT INTO former_contacts (person, kind, sealed, source_rank, ended) SELECT person, kind, sealed, source_rank, " + db.day() +
			" FROM contacts WHERE person = ? AND kind = ? AND source_rank <= ? AND (SELECT COUNT(*) FROM former_contacts WHERE person = ? AND kind = ?) < ? ON CONFLICT DO NOTHING",
			[]any{person[:], string(r.Kind), r.Rank, person[:], string(r.Kind), mostFormer}},
	})
}

// setDocuments keeps which documents were shown for the person.
func (db *DB) setDocuments(ctx context.Context, c subject.Change) error {
	for _, d := range c.Documents {
		if _, err := db.SQL(ctx).Exec("INSERT INTO documents (person, key_id, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", c.Person[:], int64(d.Key), d.Sum[:]); err != nil {
			return wrap("keep a document's mark", err)
		}
	}
	return nil
}

func (db *DB) appendEntries(ctx context.Context, c subject.Change) error {
	for _, row := range c.Entries {
		if err := db.Append(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// once turns a statement that changed nothing into ErrTaken.
func once(changed int64, err error, doing string) error {
	if err == nil && changed == 0 {
		return subject.ErrTaken
	}
	return wrap(doing, err)
}

func orNull(id identity.PersonID) any {
	if id.IsZero() {
		return nil
	}
	return id[:]
}
