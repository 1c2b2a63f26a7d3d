package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent/claims"
)

// sealedVersion is the form of what a grant seals. Before there were versions it was a list of values.
const sealedVersion = 2

// sealed is what a grant seals to its bearers: the released values, what stands behind them, and how
// the party asked. A claims parameter may name values that the party believes to be somebody's, so
// it does not lie in the row in clear.
type sealed struct {
	Version int                  `json:"v"`
	Values  json.RawMessage      `json:"values"`
	Request claims.ClaimsRequest `json:"request"`
	Arrived int64                `json:"arrived"` // microseconds
	Backing claims.Backing       `json:"backing"`
}

// exposed writes a record. What it returns is for sealing only.
func exposed(r claims.Record) ([]byte, error) {
	backing, values := r.Backing.Of(r.Values)
	list, err := values.Expose()
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealed{sealedVersion, list, r.Request, r.Arrived.UnixMicro(), backing})
}

// unsealed reads what exposed wrote, now or before there were versions.
func unsealed(raw []byte) (claims.Record, error) {
	broken := errors.New("not what was sealed")
	if bytes.HasPrefix(raw, []byte("[")) {
		values, err := identity.Unseal(raw)
		return claims.Record{Values: values}, err
	}
	var s sealed
	if json.Unmarshal(raw, &s) != nil || s.Version != sealedVersion { // the cause could hold a value
		return claims.Record{}, broken
	}
	values, err := identity.Unseal(s.Values)
	return claims.Record{Values: values, Request: s.Request, Arrived: time.UnixMicro(s.Arrived).UTC(), Backing: s.Backing}, err
}
