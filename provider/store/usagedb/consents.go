package usagedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/login"
)

var _ login.Ledger = (*DB)(nil)

// Withdraw ends the decision about a person and a party that stands, of who decided, by the database's clock.
func (db *DB) Withdraw(ctx context.Context, party consent.PartyID, about, by identity.UsageID) error {
	now := db.Now()
	_, err := db.SQL(ctx).Exec("UPDATE consents SET until = "+now+" WHERE party = ? AND usage = ? AND actor = ? AND until > "+now,
		string(party), idBytes(about), idBytes(decider(about, by)))
	return wrap("withdraw a decision", err)
}

// Standing gives the newest decision about a person and a party, of who decided, that was to be remembered
// and is not over by the database's clock; nil if there is none.
func (db *DB) Standing(ctx context.Context, party consent.PartyID, about, by identity.UsageID) (*consent.Decision, error) {
	d := consent.Decision{Party: party, Usage: about}
	if by != about {
		d.By = by
	}
	var items, declined string
	var at, until int64
	err := db.SQL(ctx).Row("SELECT items, declined, offline, mark, at, until FROM consents WHERE party = ? AND usage = ? AND actor = ? AND until > "+db.Now(),
		[]any{string(party), idBytes(about), idBytes(decider(about, by))}, &items, &declined, &d.Offline, &d.PartyMark, &at, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = errors.Join(json.Unmarshal([]byte(items), &d.Allowed), json.Unmarshal([]byte(declined), &d.Declined))
	}
	if err != nil {
		return nil, wrap("load a decision", err)
	}
	d.At, d.Until = fromMicro(at), fromMicro(until)
	return &d, nil
}
