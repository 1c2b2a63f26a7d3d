package usagedb

import (
	"context"
	"database/sql"
	"errors"

	"symbolon/provider/journal"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
)

var _ oauth.Grants = (*DB)(nil)

// grantColumns are all columns but id and epoch, as grantArgs gives and LoadGrant reads them.
const grantColumns = `client, party, usage, actor, login, session, release, means, issuer, office, rules, created, code_until, ends, kept, code_digest, sealed, values_until,
	state, gen, code_wrap, access_digest, access_wrap, access_until, prev_access, prev_wrap, prev_until,
	refresh_digest, refresh_wrap, refresh_gen, refresh_salt, prev_refresh, grace_until`

func (db *DB) grantArgs(g oauth.Grant) []any {
	return []any{
		idBytes(g.ID), db.epoch, g.Client, string(g.Party), idBytes(g.Usage), id(g.Actor), idBytes(g.Login), id(g.Session), idBytes(g.Release),
		string(g.Means), g.Issuer, g.Office, g.Rules, micro(g.Created), micro(g.CodeUntil), micro(g.Ends), orEmpty(g.Kept), blob(g.CodeDigest), blob(g.Sealed), micro(g.Values),
		string(g.State), g.Gen, blob(g.CodeWrap), blob(g.AccessDigest), blob(g.AccessWrap), micro(g.AccessUntil),
		blob(g.PrevAccess), blob(g.PrevWrap), micro(g.PrevUntil),
		blob(g.RefreshDigest), blob(g.RefreshWrap), g.RefreshGen, blob(g.RefreshSalt), blob(g.PrevRefresh), micro(g.GraceUntil),
	}
}

// LoadGrant gives a grant by its id, an ended one with its state and nothing to open. Past its
// end by the database's clock, or from another epoch, it is oauth.ErrNoGrant.
func (db *DB) LoadGrant(ctx context.Context, row seal.RowID) (oauth.Grant, error) {
	g := oauth.Grant{ID: row}
	var usage, actor, loginID, session, release []byte
	var created, codeUntil, ends, values, accessUntil, prevUntil, graceUntil int64
	err := db.SQL(ctx).Row("SELECT "+grantColumns+" FROM grants WHERE id = ? AND epoch = ? AND ends > "+db.Now(),
		[]any{idBytes(row), db.epoch},
		&g.Client, &g.Party, &usage, &actor, &loginID, &session, &release, &g.Means, &g.Issuer, &g.Office, &g.Rules, &created, &codeUntil, &ends, &g.Kept, &g.CodeDigest, &g.Sealed, &values,
		&g.State, &g.Gen, &g.CodeWrap, &g.AccessDigest, &g.AccessWrap, &accessUntil, &g.PrevAccess, &g.PrevWrap, &prevUntil,
		&g.RefreshDigest, &g.RefreshWrap, &g.RefreshGen, &g.RefreshSalt, &g.PrevRefresh, &graceUntil)
	if errors.Is(err, sql.ErrNoRows) {
		return oauth.Grant{}, oauth.ErrNoGrant
	}
	if err != nil {
		return oauth.Grant{}, wrap("load a grant", err)
	}
	fixed(g.Usage[:], usage)
	fixed(g.Actor[:], actor)
	fixed(g.Login[:], loginID)
	fixed(g.Session[:], session)
	fixed(g.Release[:], release)
	g.Created, g.CodeUntil, g.Ends = fromMicro(created), fromMicro(codeUntil), fromMicro(ends)
	g.Values = fromMicro(values)
	g.AccessUntil, g.PrevUntil, g.GraceUntil = fromMicro(accessUntil), fromMicro(prevUntil), fromMicro(graceUntil)
	return g, nil
}

const saveGrant = `UPDATE grants SET state = ?, gen = gen + 1, code_wrap = ?, access_digest = ?, access_wrap = ?, access_until = ?,
	prev_access = ?, prev_wrap = ?, prev_until = ?, refresh_digest = ?, refresh_wrap = ?, refresh_gen = ?, refresh_salt = ?,
	prev_refresh = ?, grace_until = ? WHERE id = ? AND state = ? AND gen = ? AND epoch = ?`

// SaveGrant is one conditional update. State alone is not enough: a rotation goes from live to
// live, so the generation must be the one that was read, too. What a grant is made with (its
// parties, values and code) never changes here, except that ending it erases them.
func (db *DB) SaveGrant(ctx context.Context, g oauth.Grant, wasState oauth.GrantState, wasGen uint32) (bool, error) {
	if g.State == oauth.GrantEnded {
		changed, err := db.SQL(ctx).Exec(endGrant+" AND state = ? AND gen = ? AND epoch = ?", idBytes(g.ID), string(wasState), wasGen, db.epoch)
		return changed == 1, wrap("end a grant", err)
	}
	changed, err := db.SQL(ctx).Exec(saveGrant,
		string(g.State), blob(g.CodeWrap), blob(g.AccessDigest), blob(g.AccessWrap), micro(g.AccessUntil),
		blob(g.PrevAccess), blob(g.PrevWrap), micro(g.PrevUntil),
		blob(g.RefreshDigest), blob(g.RefreshWrap), g.RefreshGen, blob(g.RefreshSalt), blob(g.PrevRefresh), micro(g.GraceUntil),
		idBytes(g.ID), string(wasState), wasGen, db.epoch)
	return changed == 1, wrap("save a grant", err)
}

// eraseValues erases what was released from grants that live on. A wrap that an access token of the
// moment still has goes when that is over, or is not there after the next refresh.
const eraseValues = `UPDATE grants SET gen = gen + 1, sealed = NULL, code_wrap = NULL, refresh_wrap = NULL,
	access_wrap = CASE WHEN access_until > NOW THEN access_wrap END, prev_wrap = CASE WHEN prev_until > NOW THEN prev_wrap END,
	values_until = CASE WHEN sealed IS NOT NULL AND access_until > NOW THEN access_until ELSE 0 END
	WHERE id IN (SELECT id FROM grants WHERE values_until > 0 AND values_until <= NOW ORDER BY values_until LIMIT ?)`

const eraseGrant = `UPDATE grants SET state = 'ended', gen = gen + 1, sealed = NULL, code_wrap = NULL, access_wrap = NULL, prev_wrap = NULL,
	refresh_wrap = NULL, refresh_salt = NULL`

const endGrant = eraseGrant + ` WHERE id = ? AND state <> 'ended'`

// EndGrant ends a family and records why. One that is over already is left as it is, without
// another entry: replaying an old code fills no journal. An act that only takes away is not
// refused for want of a record.
func (db *DB) EndGrant(ctx context.Context, row seal.RowID, why journal.Row) error {
	err := db.Atomically(ctx, func(ctx context.Context) error {
		changed, err := db.SQL(ctx).Exec(endGrant, idBytes(row))
		if err != nil || changed == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	})
	if err == nil || errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
		return wrap("end a grant", err)
	}
	db.Log.ErrorContext(ctx, "the end of a grant was not recorded", "kind", string(why.Kind), "ref", why.Ref, "error", err)
	_, err = db.SQL(ctx).Exec(endGrant, idBytes(row))
	return wrap("end a grant", err)
}

func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
