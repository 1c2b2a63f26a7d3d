package usagedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

var _ login.Past = (*DB)(nil)

const entriesOf = "SELECT id, kind, at, party, ref, body FROM journal WHERE who = ? AND kind IN (?, ?)"

// Entries gives entries about a person, newest first.
func (db *DB) Entries(ctx context.Context, usage identity.UsageID, kinds [2]journal.Kind, before seal.RowID, most int) ([]journal.Row, error) {
	who := usage.String()
	text, args := entriesOf+" ORDER BY id DESC LIMIT ?", []any{who, string(kinds[0]), string(kinds[1]), most}
	if before != (seal.RowID{}) {
		text, args = entriesOf+" AND id < ? ORDER BY id DESC LIMIT ?", []any{who, string(kinds[0]), string(kinds[1]), idBytes(before), most}
	}
	var all []journal.Row
	err := db.SQL(ctx).Each(text, args, func(scan func(...any) error) error {
		r := journal.Row{Who: who}
		var id []byte
		var at int64
		err := scan(&id, &r.Kind, &at, &r.Party, &r.Ref, &r.Body)
		fixed(r.ID[:], id)
		r.At = fromMicro(at)
		all = append(all, r)
		return err
	})
	return all, wrap("read a person's entries", err)
}

// Release gives what was told once; login.ErrGone if it is not there.
func (db *DB) Release(ctx context.Context, row seal.RowID) (consent.Release, error) {
	r := consent.Release{ID: row}
	var usage, shown []byte
	var items, declined string
	var at, until int64
	err := db.SQL(ctx).Row("SELECT party, usage, items, declined, offline, shown, at, until, standing, mark FROM releases WHERE id = ?", []any{idBytes(row)},
		&r.Party, &usage, &items, &declined, &r.Offline, &shown, &at, &until, &r.Standing, &r.PartyMark)
	if errors.Is(err, sql.ErrNoRows) {
		return consent.Release{}, login.ErrGone
	}
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(items), &r.Items), json.Unmarshal([]byte(declined), &r.Declined))
	}
	if err != nil {
		return consent.Release{}, wrap("load a release", err)
	}
	fixed(r.Usage[:], usage)
	fixed(r.Shown[:], shown)
	r.At, r.Until = fromMicro(at), fromMicro(until)
	return r, nil
}

// Allowed gives the decisions of a person that stand, and the parties that may fetch again by
// themselves: those with a grant that lives and has a refresh token.
func (db *DB) Allowed(ctx context.Context, usage identity.UsageID) ([]login.Allowance, error) {
	var all []login.Allowance
	at := map[consent.PartyID]int{}
	of := func(party consent.PartyID) *login.Allowance {
		i, seen := at[party]
		if !seen {
			i = len(all)
			at[party] = i
			all = append(all, login.Allowance{Party: party})
		}
		return &all[i]
	}
	err := db.SQL(ctx).Each("SELECT party, items, declined, offline, mark, at, until FROM consents WHERE usage = ? AND until > "+db.Now()+" ORDER BY at DESC",
		[]any{idBytes(usage)}, func(scan func(...any) error) error {
			d := consent.Decision{Usage: usage}
			var items, declined string
			var at, until int64
			if err := scan(&d.Party, &items, &declined, &d.Offline, &d.PartyMark, &at, &until); err != nil {
				return err
			}
			d.At, d.Until = fromMicro(at), fromMicro(until)
			of(d.Party).Decision = &d
			return errors.Join(json.Unmarshal([]byte(items), &d.Allowed), json.Unmarshal([]byte(declined), &d.Declined))
		})
	if err != nil {
		return nil, wrap("what is allowed", err)
	}
	err = db.SQL(ctx).Each("SELECT party, created, ends FROM grants WHERE usage = ? AND state = 'live' AND refresh_digest IS NOT NULL AND ends > "+db.Now()+" ORDER BY created",
		[]any{idBytes(usage)}, func(scan func(...any) error) error {
			var party consent.PartyID
			var created, ends int64
			if err := scan(&party, &created, &ends); err != nil {
				return err
			}
			a := of(party)
			if a.Since.IsZero() {
				a.Since = fromMicro(created)
			}
			a.Until = fromMicro(max(ends, micro(a.Until)))
			return nil
		})
	return all, wrap("what is allowed", err)
}

// EndParty ends a standing decision and all grants of a party for a person, durably, and records it
// if there was anything to end.
func (db *DB) EndParty(ctx context.Context, party consent.PartyID, usage identity.UsageID, why journal.Row) error {
	return wrap("end what a party may learn", db.Atomically(ctx, func(ctx context.Context) error {
		now := db.Now()
		decisions, err := db.SQL(ctx).Exec("UPDATE consents SET until = "+now+" WHERE party = ? AND usage = ? AND until > "+now, string(party), idBytes(usage))
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+" WHERE usage = ? AND party = ? AND state <> 'ended'", idBytes(usage), string(party))
		if err != nil || decisions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}
