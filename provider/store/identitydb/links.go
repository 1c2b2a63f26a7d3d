package identitydb

import (
	"context"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// raiseTies counts a change of a person's ties. If somebody else changed them since they were read,
// what was read is no longer so.
func (db *DB) raiseTies(ctx context.Context, c subject.Change) error {
	if c.Ties == nil {
		return nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE persons SET ties = ties + 1 WHERE id = ? AND ties = ? AND state = 'active'", c.Person[:], int64(*c.Ties))
	return once(changed, err, "count a change of ties")
}

// addLink adds a tie. A tie of the same name that ended makes room.
func (db *DB) addLink(ctx context.Context, c subject.Change) error {
	if c.Link == nil {
		return nil
	}
	r := c.Link
	if err := db.makeRoom(ctx, r); err != nil {
		return err
	}
	_, err := db.SQL(ctx).Exec("INSERT INTO links (id, person, means, issuer, sealed, method, level, since, rests_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.ID[:], r.Person[:], string(r.Means), r.Issuer, r.Sealed, r.Method, r.Level.String(), int64(r.Since), words(r.RestsOn))
	if err != nil {
		return wrap("add a tie", err)
	}
	for _, d := range r.Digests {
		added, err := db.SQL(ctx).Exec("INSERT INTO link_digests (key_id, means, issuer, digest, link) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			int64(d.Key), string(r.Means), r.Issuer, d.Sum[:], r.ID[:])
		if err := once(added, err, "add a tie's digest"); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) makeRoom(ctx context.Context, r *subject.LinkRow) error {
	for _, d := range r.Digests {
		var ended []byte
		err := db.SQL(ctx).Each("SELECT l.id FROM link_digests d JOIN links l ON l.id = d.link WHERE d.digest = ? AND d.key_id = ? AND d.means = ? AND d.issuer = ? AND l.state = 'ended'",
			[]any{d.Sum[:], int64(d.Key), string(r.Means), r.Issuer}, func(scan func(...any) error) error { return scan(&ended) })
		if err != nil {
			return wrap("look for an ended tie", err)
		}
		if ended == nil {
			continue
		}
		if _, err := db.SQL(ctx).Exec("DELETE FROM link_digests WHERE link = ?", ended); err != nil {
			return wrap("take an ended tie away", err)
		}
		if _, err := db.SQL(ctx).Exec("DELETE FROM moved WHERE item = ?", ended); err != nil {
			return wrap("take an ended tie away", err)
		}
		if _, err := db.SQL(ctx).Exec("DELETE FROM links WHERE id = ?", ended); err != nil {
			return wrap("take an ended tie away", err)
		}
	}
	return nil
}

// raiseLink raises the level of a tie. Of two at once that have read the same the other has nothing
// left to do: the next login raises it.
func (db *DB) raiseLink(ctx context.Context, c subject.Change) error {
	if c.Raise == nil {
		return nil
	}
	_, err := db.SQL(ctx).Exec("UPDATE links SET level = ? WHERE id = ? AND person = ? AND state = 'active' AND level = ?",
		c.Raise.To.String(), c.Raise.ID[:], c.Person[:], c.Raise.From.String())
	return wrap("raise a tie", err)
}

// endLink ends a tie, or brings one back.
func (db *DB) endLink(ctx context.Context, c subject.Change) error {
	if e := c.EndLink; e != nil {
		changed, err := db.SQL(ctx).Exec("UPDATE links SET state = 'ended', ended = ?, ended_by = ? WHERE id = ? AND person = ? AND state = 'active'",
			int64(e.Day), e.By, e.ID[:], c.Person[:])
		if err := once(changed, err, "end a tie"); err != nil {
			return err
		}
		if c.Ties == nil {
			_, err := db.SQL(ctx).Exec("UPDATE persons SET ties = ties + 1 WHERE id = ?", c.Person[:])
			return wrap("count a change of ties", err)
		}
	}
	if c.Relink == (subject.BindingID{}) {
		return nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE links SET state = 'active', ended = 0, ended_by = '' WHERE id = ? AND person = ? AND state = 'ended' "+
		"AND EXISTS (SELECT 1 FROM link_digests WHERE link = links.id)", c.Relink[:], c.Person[:])
	return once(changed, err, "bring a tie back")
}

// disown forgets identifiers of a person, so that they find nobody, and what would bring ended ties of theirs back.
func (db *DB) disown(ctx context.Context, c subject.Change) error {
	var all []statement
	for _, id := range c.Disown {
		args := []any{id[:], c.Person[:]}
		const theirs = " = (SELECT id FROM identifiers WHERE id = ? AND person = ?)"
		all = append(all, statement{"DELETE FROM identifier_digests WHERE identifier" + theirs, args}, statement{"DELETE FROM moved WHERE item" + theirs, args},
			statement{"DELETE FROM identifiers WHERE id = ? AND person = ?", args})
	}
	for _, id := range c.Forget {
		all = append(all, statement{"UPDATE links SET sealed = ? WHERE id = ? AND person = ? AND state = 'ended'", []any{[]byte{}, id[:], c.Person[:]}})
	}
	return db.all(ctx, all)
}

// TiesOf gives the ties of a person: those in use and those that ended.
func (db *DB) TiesOf(ctx context.Context, person identity.PersonID) ([]subject.LinkRow, error) {
	var all []subject.LinkRow
	err := db.SQL(ctx).Each("SELECT id, means, issuer, sealed, method, level, since, ended, ended_by, rests_on FROM links WHERE person = ? ORDER BY since, id", []any{person[:]},
		func(scan func(...any) error) error {
			r := subject.LinkRow{Person: person}
			var id []byte
			var means, level, rests string
			var since, ended int64
			if err := scan(&id, &means, &r.Issuer, &r.Sealed, &r.Method, &level, &since, &ended, &r.EndedBy, &rests); err != nil {
				return err
			}
			r.ID, r.Means, r.Since, r.Ended = [16]byte(id), identity.Means(means), subject.Day(since), subject.Day(ended)
			r.Level, _ = identity.ParseLevel(level) // unknown: none
			for _, one := range strings.Fields(rests) {
				r.RestsOn = append(r.RestsOn, identity.Means(one))
			}
			all = append(all, r)
			return nil
		})
	return all, wrap("list ties", err)
}

// SealedOf gives the identifiers of a person with their sealed values.
func (db *DB) SealedOf(ctx context.Context, person identity.PersonID) ([]subject.IdentifierRow, error) {
	var all []subject.IdentifierRow
	err := db.SQL(ctx).Each("SELECT id, scheme, country, sealed, state, source_kind, source_id, since FROM identifiers WHERE person = ? ORDER BY state, since, id", []any{person[:]},
		func(scan func(...any) error) error {
			var r subject.IdentifierRow
			var id []byte
			var scheme, state, source string
			var since int64
			if err := scan(&id, &scheme, &r.Country, &r.Sealed, &state, &source, &r.Source.ID, &since); err != nil {
				return err
			}
			r.ID, r.Scheme, r.State, r.Since = [16]byte(id), identity.Scheme(scheme), subject.IdentifierState(state), subject.Day(since) //nolint:gosec // days since 1970
			r.Source.Kind = identity.SourceKind(source)
			all = append(all, r)
			return nil
		})
	return all, wrap("list identifiers", err)
}

// Alike gives the persons who have one of these comparisons, few enough to look at.
func (db *DB) Alike(ctx context.Context, digests []subject.Digest) ([]identity.PersonID, error) {
	return db.persons(ctx, "SELECT c.person FROM comparisons c JOIN persons p ON p.id = c.person WHERE c.digest = ? AND c.key_id = ? AND p.state <> 'merged' ORDER BY c.person LIMIT 20", digests)
}

// Lookalikes gives pairs of active persons with present name, birth date and document in common. A
// pair's first is the one with a national number, then the older one.
func (db *DB) Lookalikes(ctx context.Context) ([][2]identity.PersonID, error) {
	numbered := "EXISTS (SELECT 1 FROM identifiers i WHERE i.person = %.id AND i.scheme = 'PNO')"
	first, second := replace(numbered, "p"), replace(numbered, "q")
	rank := func(has string) string { return "CASE WHEN " + has + " THEN 0 ELSE 1 END" }
	var all [][2]identity.PersonID
	err := db.SQL(ctx).Each("SELECT DISTINCT p.id, q.id FROM comparisons a JOIN comparisons b ON b.digest = a.digest AND b.key_id = a.key_id AND b.person <> a.person "+
		"JOIN persons p ON p.id = a.person AND p.state = 'active' JOIN persons q ON q.id = b.person AND q.state = 'active' "+
		"WHERE a.present = 1 AND b.present = 1 AND EXISTS (SELECT 1 FROM documents d JOIN documents e ON e.digest = d.digest AND e.key_id = d.key_id "+
		"WHERE d.person = a.person AND e.person = b.person) AND ("+rank(first)+" < "+rank(second)+" OR "+rank(first)+" = "+rank(second)+
		" AND (p.created < q.created OR p.created = q.created AND p.id < q.id))", nil,
		func(scan func(...any) error) error {
			var one, two []byte
			if err := scan(&one, &two); err != nil {
				return err
			}
			all = append(all, [2]identity.PersonID{identity.PersonID(one), identity.PersonID(two)})
			return nil
		})
	return all, wrap("look for duplicates", err)
}

// ForgetTies erases the sealed names of ties that ended so many days ago, and cases that were
// refused so long ago. That a person took a tie off is kept.
func (db *DB) ForgetTies(ctx context.Context, now time.Time, days int) error {
	if _, err := db.SQL(ctx).Exec("UPDATE links SET sealed = ? WHERE state = 'ended' AND ended < ? AND length(sealed) > 0", []byte{}, int64(subject.DayOf(now))-int64(days)); err != nil {
		return wrap("forget ended ties", err)
	}
	_, err := db.SQL(ctx).Exec("DELETE FROM conflicts WHERE state = 'refused' AND reasons NOT IN ('duplicate', 'two_persons') AND decided < ?",
		now.AddDate(0, 0, -days).UnixMicro())
	return wrap("forget refused cases", err)
}
