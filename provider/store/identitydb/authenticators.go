package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
)

var (
	_ enrolled.Finder = (*DB)(nil)
	_ enrolled.Keeper = (*DB)(nil)
)

// authenticatorRow reads an authenticator with its person.
const authenticatorRow = "SELECT a.id, c.person, a.handle, a.kind, a.mechanism, a.level, a.cap_until, a.case_id, a.office, a.via, a.state, a.since, a.label, a.sealed " +
	"FROM authenticators a JOIN accounts c ON c.handle = a.handle "

// ByCredential gives the authenticator whose credential id has one of the digests; nil if none has.
func (db *DB) ByCredential(ctx context.Context, digests []enrolled.Digest) (*enrolled.Row, error) {
	for _, d := range digests {
		rows, err := db.authenticators(ctx, "JOIN credential_digests d ON d.authenticator = a.id WHERE d.digest = ? AND d.key_id = ?", d.Sum[:], int64(d.Key))
		if err != nil || len(rows) > 0 {
			return first(rows), err
		}
	}
	return nil, nil
}

// ByName gives the authenticators of the account whose login name has one of the digests.
func (db *DB) ByName(ctx context.Context, digests []enrolled.Digest) ([]enrolled.Row, error) {
	for _, d := range digests {
		rows, err := db.authenticators(ctx, "JOIN account_digests d ON d.handle = a.handle WHERE d.digest = ? AND d.key_id = ?", d.Sum[:], int64(d.Key))
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return nil, nil
}

// heir finds whom a person became by merging, themselves where they are nobody's tombstone.
const (
	heir     = heirOf + "?" + heirThen
	heirOf   = "heir (id, merged) AS (SELECT id, merged FROM persons WHERE id = "
	heirThen = " UNION SELECT p.id, p.merged FROM persons p JOIN heir h ON p.id = h.merged)"
	// asOne finds a person, whom they became, and all who became that one.
	asOne = "WITH RECURSIVE " + heir + ", same (id) AS (SELECT id FROM heir WHERE merged IS NULL UNION SELECT p.id FROM persons p JOIN same s ON p.merged = s.id) "
)

// Hold has whoever changes what the same person holds wait for the end of the transaction of the context. Whom they
// became may be another one by the time it has waited: then that one is held, too.
func (db *DB) Hold(ctx context.Context, person identity.PersonID) error {
	var held identity.PersonID
	for {
		var now []byte
		err := db.SQL(ctx).Row("WITH RECURSIVE "+heir+" SELECT id FROM heir WHERE merged IS NULL", []any{person[:]}, &now)
		if errors.Is(err, sql.ErrNoRows) || err == nil && held == identity.PersonID(now) {
			return nil
		}
		if err != nil {
			return wrap("find whom a person became", err)
		}
		if _, err := db.SQL(ctx).Exec("UPDATE persons SET ties = ties WHERE id = ?", now); err != nil {
			return wrap("wait for a person", err)
		}
		held = identity.PersonID(now)
	}
}

// ByPerson gives all that a person ever had, oldest first: also what was handed out to somebody who became
// them, or whom they became, since it logs them in.
func (db *DB) ByPerson(ctx context.Context, person identity.PersonID) ([]enrolled.Row, error) {
	return db.authenticators(ctx, "WHERE c.person IN ("+asOne+"SELECT id FROM same)", person[:])
}

// ByCase gives what came of one case.
func (db *DB) ByCase(ctx context.Context, caseID string) ([]enrolled.Row, error) {
	return db.authenticators(ctx, "WHERE a.case_id = ?", caseID)
}

// authenticators are the oldest first; of one day, what people log in with stands before codes for the day on which it is lost.
func (db *DB) authenticators(ctx context.Context, where string, args ...any) ([]enrolled.Row, error) {
	var all []enrolled.Row
	err := db.SQL(ctx).Each(authenticatorRow+where+" ORDER BY a.since, CASE a.kind WHEN 'recovery' THEN 1 ELSE 0 END, a.id", args, func(scan func(...any) error) error {
		var r enrolled.Row
		var id, person, handle []byte
		var kind, mechanism, level, via, state string
		var capUntil, since int64
		err := scan(&id, &person, &handle, &kind, &mechanism, &level, &capUntil, &r.Case, &r.Office, &via, &state, &since, &r.Label, &r.Sealed)
		if err != nil {
			return err
		}
		r.ID, r.Person, r.Handle = enrolled.DeviceID(id), identity.PersonID(person), [16]byte(handle)
		r.Type, r.Mechanism, r.Via, r.State = enrolled.Type(kind), enrolled.Mechanism(mechanism), enrolled.Via(via), enrolled.State(state)
		r.CapUntil, r.Since = enrolled.Day(capUntil), enrolled.Day(since) //nolint:gosec // days since 1970
		if r.Level, err = identity.ParseLevel(level); err != nil {
			return fmt.Errorf("level of an authenticator: %w", err)
		}
		all = append(all, r)
		return nil
	})
	return all, wrap("find authenticators", err)
}

func first(rows []enrolled.Row) *enrolled.Row {
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// Account gives a person's account; nil if there is none.
func (db *DB) Account(ctx context.Context, person identity.PersonID) (*enrolled.AccountRow, error) {
	r := enrolled.AccountRow{Person: person}
	var handle []byte
	var since int64
	err := db.SQL(ctx).Row("SELECT handle, name, since FROM accounts WHERE person = ?", []any{person[:]}, &handle, &r.Name, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("find an account", err)
	}
	r.Handle, r.Since = [16]byte(handle), enrolled.Day(since) //nolint:gosec // days since 1970
	return &r, nil
}

// AddAccount keeps an account; enrolled.ErrAccount if the person has one, or somebody this one.
func (db *DB) AddAccount(ctx context.Context, r enrolled.AccountRow) error {
	return db.Atomically(ctx, func(ctx context.Context) error {
		added, err := db.SQL(ctx).Exec("INSERT INTO accounts (handle, person, name, since) VALUES ( ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			r.Handle[:], r.Person[:], r.Name, int64(r.Since))
		if err == nil && added == 0 {
			return enrolled.ErrAccount
		}
		if err != nil {
			return wrap("add an account", err)
		}
		for _, d := range r.Names {
			added, err := db.SQL(ctx).Exec("INSERT INTO account_digests (key_id, digest, handle) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", int64(d.Key), d.Sum[:], r.Handle[:])
			if err == nil && added == 0 {
				return enrolled.ErrAccount
			}
			if err != nil {
				return wrap("add an account's name", err)
			}
		}
		return nil
	})
}

// AddAuthenticator keeps an authenticator; enrolled.ErrKnownAlready if it, or its credential, is there.
func (db *DB) AddAuthenticator(ctx context.Context, r enrolled.Row) error {
	return db.Atomically(ctx, func(ctx context.Context) error {
		added, err := db.SQL(ctx).Exec(
			"INSERT INTO authenticators (id, handle, kind, mechanism, level, cap_until, case_id, office, via, state, since, label, sealed) "+
				"VALUES ( ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			r.ID[:], r.Handle[:], string(r.Type), string(r.Mechanism), r.Level.String(), int64(r.CapUntil), r.Case, r.Office, string(r.Via), string(r.State),
			int64(r.Since), noneNull(r.Label), r.Sealed)
		if err == nil && added == 0 {
			return enrolled.ErrKnownAlready
		}
		if err != nil {
			return wrap("add an authenticator", err)
		}
		for _, d := range r.Credential {
			added, err := db.SQL(ctx).Exec("INSERT INTO credential_digests (key_id, digest, authenticator) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", int64(d.Key), d.Sum[:], r.ID[:])
			if err == nil && added == 0 {
				return enrolled.ErrKnownAlready
			}
			if err != nil {
				return wrap("add a credential", err)
			}
		}
		return nil
	})
}

// Restate changes the state of one authenticator of a person from one of some states, in one
// conditional statement: of several at once one does it.
func (db *DB) Restate(ctx context.Context, person identity.PersonID, id enrolled.DeviceID, from []enrolled.State, to enrolled.State) (bool, error) {
	args := []any{string(to), id[:], person[:]}
	for _, state := range from {
		args = append(args, string(state))
	}
	if len(from) == 0 {
		return false, nil
	}
	changed, err := db.SQL(ctx).Exec("UPDATE authenticators SET state = ? WHERE id = ? AND handle = (SELECT handle FROM accounts WHERE person = ?) AND state IN "+marks(len(from)), args...)
	return changed == 1, wrap("change how an authenticator stands", err)
}

// Relabel changes the sealed name of one authenticator of a person; false if there is none.
func (db *DB) Relabel(ctx context.Context, person identity.PersonID, id enrolled.DeviceID, sealed []byte) (bool, error) {
	changed, err := db.SQL(ctx).Exec("UPDATE authenticators SET label = ? WHERE id = ? AND handle = (SELECT handle FROM accounts WHERE person = ?)",
		noneNull(sealed), id[:], person[:])
	return changed == 1, wrap("rename an authenticator", err)
}

func noneNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
