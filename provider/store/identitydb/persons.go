package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// ByLink gives the person tied to an upstream's name for them, with the tie; nil if nobody is.
func (db *DB) ByLink(ctx context.Context, key subject.LinkKey) (*subject.Known, error) {
	for _, d := range key.Digests {
		var link, person []byte
		var ended int64
		tie := subject.LinkRow{}
		var level string
		err := db.SQL(ctx).Row("SELECT l.id, l.person, l.level, l.ended, l.ended_by FROM link_digests d JOIN links l ON l.id = d.link WHERE d.digest = ? AND d.key_id = ? AND d.means = ? AND d.issuer = ?",
			[]any{d.Sum[:], int64(d.Key), string(key.Means), key.Issuer}, &link, &person, &level, &ended, &tie.EndedBy)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, wrap("find a tie", err)
		}
		known, err := db.ByID(ctx, identity.PersonID(person))
		if known != nil {
			tie.ID, tie.Person, tie.Ended = [16]byte(link), known.ID, subject.Day(ended)
			tie.Level, _ = identity.ParseLevel(level) // unknown: none
			known.Tie = tie
		}
		return known, err
	}
	return nil, nil
}

// ByIdentifiers gives everybody who has, or had, one of the identifiers.
func (db *DB) ByIdentifiers(ctx context.Context, keys []subject.IdentifierKey) ([]subject.Known, error) {
	var ids []identity.PersonID
	for _, key := range keys {
		found, err := db.persons(ctx, "SELECT i.person FROM identifier_digests d JOIN identifiers i ON i.id = d.identifier WHERE d.digest = ? AND d.key_id = ? AND d.scheme = ? AND d.country = ?",
			key.Digests, string(key.Scheme), key.Country)
		if err != nil {
			return nil, wrap("find an identifier", err)
		}
		for _, id := range found {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	var all []subject.Known
	for _, id := range ids {
		known, err := db.ByID(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, *known) // a foreign key holds the person there
	}
	return all, nil
}

// ByUsage is the way back from a usage id; nil if there is nobody.
func (db *DB) ByUsage(ctx context.Context, digests []subject.Digest) (*subject.Known, error) {
	ids, err := db.persons(ctx, "SELECT person FROM usage_digests WHERE digest = ? AND key_id = ?", digests)
	if err != nil {
		return nil, wrap("find by usage id", err)
	}
	return db.only(ctx, ids)
}

func (db *DB) only(ctx context.Context, ids []identity.PersonID) (*subject.Known, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return db.ByID(ctx, ids[0])
}

// persons asks under one key after the other, newest first: outside a turnover there is one.
func (db *DB) persons(ctx context.Context, text string, digests []subject.Digest, rest ...any) ([]identity.PersonID, error) {
	var ids []identity.PersonID
	for _, d := range digests {
		args := append([]any{d.Sum[:], int64(d.Key)}, rest...)
		err := db.SQL(ctx).Each(text, args, func(scan func(...any) error) error {
			var id []byte
			if err := scan(&id); err != nil {
				return err
			}
			ids = append(ids, identity.PersonID(id))
			return nil
		})
		if err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return nil, nil
}

// knownRows reads everything about a person in one go. The first column says what a row is.
func knownRows() string {
	return strings.Join([]string{
		"SELECT 0, id, usage, merged, state, CASE closed WHEN 1 THEN 'closed' ELSE '' END, created, ties FROM persons WHERE id = ?",
		"SELECT 1, i.id, d.digest, NULL, i.scheme, i.country || ' ' || i.source_kind || ' ' || i.source_id, d.key_id, CASE i.state WHEN 'current' THEN 1 ELSE 0 END FROM identifiers i JOIN identifier_digests d ON d.identifier = i.id WHERE i.person = ?",
		"SELECT 2, person, digest, NULL, '', '', key_id, present FROM comparisons WHERE person = ?",
		"SELECT 3, person, sealed, NULL, kind, source_kind || ' ' || source_id, since, source_rank FROM contacts WHERE person = ?",
		"SELECT 4, person, digest, NULL, '', '', key_id, 0 FROM documents WHERE person = ?",
		"SELECT 5, person, NULL, NULL, '', '', 0, 0 FROM conflicts WHERE person = ? AND other IS NOT NULL AND state IN ('open', 'proposed')",
		"SELECT 5, person, NULL, NULL, '', '', 0, 0 FROM conflicts WHERE other = ? AND other IS NOT NULL AND state IN ('open', 'proposed')",
		"SELECT 6, person, NULL, NULL, code, '', until, 0 FROM findings WHERE person IN " + same,
	}, " UNION ALL ")
}

// ByID gives a person; nil if there is nobody.
func (db *DB) ByID(ctx context.Context, id identity.PersonID) (*subject.Known, error) {
	var known subject.Known
	err := db.SQL(ctx).Each(knownRows(), []any{id[:], id[:], id[:], id[:], id[:], id[:], id[:], id[:]}, func(scan func(...any) error) error {
		var what, number, flag int64
		var name, bytes, merged []byte
		var text, more string
		if err := scan(&what, &name, &bytes, &merged, &text, &more, &number, &flag); err != nil {
			return err
		}
		switch what {
		case 0:
			known.ID, known.State, known.Usage, known.Created = identity.PersonID(name), identity.PersonState(text), bytes, subject.Day(number)
			copy(known.Into[:], merged)
			known.Ties, known.Closed = uint32(flag), more == "closed"
		case 1:
			addIdentifier(&known, [16]byte(name), text, more, flag == 1, subject.Digest{Key: byte(number), Sum: [32]byte(bytes)})
		case 2:
			known.Comparisons = append(known.Comparisons, subject.Comparison{Digest: subject.Digest{Key: byte(number), Sum: [32]byte(bytes)}, Present: flag == 1})
		case 3:
			kind, source, _ := strings.Cut(more, " ")
			known.Contacts = append(known.Contacts, subject.ContactRow{
				Kind: identity.AttributeName(text), Sealed: bytes, Rank: int(flag), Since: subject.Day(number),
				Source: identity.Source{Kind: identity.SourceKind(kind), ID: source},
			})
		case 4:
			known.Documents = append(known.Documents, subject.Digest{Key: byte(number), Sum: [32]byte(bytes)})
		case 5:
			known.Paired = true
		case 6:
			known.Findings = append(known.Findings, subject.Finding{Code: identity.Finding(text), Until: subject.Day(number)})
		}
		return nil
	})
	if err != nil {
		return nil, wrap("load a person", err)
	}
	if known.ID.IsZero() {
		return nil, nil
	}
	return &known, nil
}

// FormerContacts gives the contacts that newer ones have replaced, those replaced first first.
func (db *DB) FormerContacts(ctx context.Context, person identity.PersonID) ([]subject.ContactRow, error) {
	var all []subject.ContactRow
	err := db.SQL(ctx).Each("SELECT kind, sealed, source_rank, ended FROM former_contacts WHERE person = ? ORDER BY ended", []any{person[:]}, func(scan func(...any) error) error {
		var row subject.ContactRow
		var kind string
		var rank, ended int64
		err := scan(&kind, &row.Sealed, &rank, &ended)
		row.Kind, row.Rank, row.Since = identity.AttributeName(kind), int(rank), subject.Day(ended)
		all = append(all, row)
		return err
	})
	return all, wrap("find former contacts", err)
}

// addIdentifier gathers the digests of one identifier, which come a row each.
func addIdentifier(known *subject.Known, id [16]byte, scheme, more string, current bool, digest subject.Digest) {
	i := slices.IndexFunc(known.Identifiers, func(r subject.IdentifierRow) bool { return r.ID == id })
	if i < 0 {
		row := subject.IdentifierRow{ID: id, State: subject.Superseded}
		country, source, _ := strings.Cut(more, " ")
		kind, name, _ := strings.Cut(source, " ")
		row.Scheme, row.Country, row.Source = identity.Scheme(scheme), country, identity.Source{Kind: identity.SourceKind(kind), ID: name}
		if current {
			row.State = subject.Current
		}
		known.Identifiers = append(known.Identifiers, row)
		i = len(known.Identifiers) - 1
	}
	known.Identifiers[i].Digests = append(known.Identifiers[i].Digests, digest)
}
