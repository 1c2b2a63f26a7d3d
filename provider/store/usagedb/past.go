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
	var usage, actor, shown []byte
	var items, declined string
	var at, until int64
	err := db.SQL(ctx).Row("SELECT party, usage, items, declined, offline, shown, at, until, standing, mark, actor FROM releases WHERE id = ?", []any{idBytes(row)},
		&r.Party, &usage, &items, &declined, &r.Offline, &shown, &at, &until, &r.Standing, &r.PartyMark, &actor)
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
	fixed(r.By[:], actor)
	fixed(r.Shown[:], shown)
	r.At, r.Until = fromMicro(at), fromMicro(until)
	return r, nil
}

// Allowed gives the decisions that stand about a person, or that they took for somebody else, and the
// parties that may fetch again by themselves: those with a grant that lives and has a refresh token.
func (db *DB) Allowed(ctx context.Context, usage identity.UsageID) ([]login.Allowance, error) {
	all := allowances{of: usage, at: map[allowed]int{}}
	me := []any{idBytes(usage), idBytes(usage)}
	err := db.SQL(ctx).Each("SELECT party, usage, actor, items, declined, offline, mark, at, until FROM consents WHERE (usage = ? OR actor = ?) AND until > "+db.Now()+" ORDER BY at DESC",
		me, func(scan func(...any) error) error {
			var d consent.Decision
			var about, by []byte
			var items, declined string
			var at, until int64
			if err := scan(&d.Party, &about, &by, &items, &declined, &d.Offline, &d.PartyMark, &at, &until); err != nil {
				return err
			}
			fixed(d.Usage[:], about)
			fixed(d.By[:], by)
			d.At, d.Until = fromMicro(at), fromMicro(until)
			all.row(d.Party, d.Usage, d.By).Decision = &d
			return errors.Join(json.Unmarshal([]byte(items), &d.Allowed), json.Unmarshal([]byte(declined), &d.Declined))
		})
	if err != nil {
		return nil, wrap("what is allowed", err)
	}
	err = db.SQL(ctx).Each("SELECT party, usage, actor, created, ends FROM grants WHERE (usage = ? OR actor = ?) AND state = 'live' AND refresh_digest IS NOT NULL AND ends > "+db.Now()+" ORDER BY created",
		me, func(scan func(...any) error) error {
			var party consent.PartyID
			var about, by []byte
			var created, ends int64
			if err := scan(&party, &about, &by, &created, &ends); err != nil {
				return err
			}
			var whose, actor identity.UsageID
			fixed(whose[:], about)
			fixed(actor[:], by)
			a := all.row(party, whose, decider(whose, actor))
			if a.Since.IsZero() {
				a.Since = fromMicro(created)
			}
			a.Until = fromMicro(max(ends, micro(a.Until)))
			return nil
		})
	return all.rows, wrap("what is allowed", err)
}

// allowed is what one allowance is about.
type allowed struct {
	party     consent.PartyID
	about, by identity.UsageID
}

// allowances gathers them, each once, as one person sees them.
type allowances struct {
	of   identity.UsageID
	rows []login.Allowance
	at   map[allowed]int
}

func (all *allowances) row(party consent.PartyID, about, by identity.UsageID) *login.Allowance {
	key := allowed{party, about, by}
	i, seen := all.at[key]
	if !seen {
		i = len(all.rows)
		all.at[key] = i
		row := login.Allowance{Party: party}
		switch {
		case about != all.of:
			row.Acts = login.ForAnother
		case by != about:
			row.Acts = login.ByAnother
		}
		all.rows = append(all.rows, row)
	}
	return &all.rows[i]
}

// EndParty ends the decisions and grants of a party that stand about a person, or that they took for somebody
// else, durably, and records it if there was anything to end.
func (db *DB) EndParty(ctx context.Context, party consent.PartyID, usage identity.UsageID, why journal.Row) error {
	return wrap("end what a party may learn", db.Atomically(ctx, func(ctx context.Context) error {
		now, me := db.Now(), idBytes(usage)
		decisions, err := db.SQL(ctx).Exec("UPDATE consents SET until = "+now+" WHERE party = ? AND (usage = ? OR actor = ?) AND until > "+now, string(party), me, me)
		if err != nil {
			return err
		}
		grants, err := db.SQL(ctx).Exec(eraseGrant+concerns+" AND party = ?", me, me, string(party))
		if err != nil || decisions+grants == 0 {
			return err
		}
		return db.insertEntry(ctx, why)
	}))
}
