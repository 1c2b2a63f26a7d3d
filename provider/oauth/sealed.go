package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent/claims"
	"symbolon/provider/mandate"
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
	Mandate json.RawMessage      `json:"mandate,omitempty"` // by which somebody acted
}

// exposed writes a record. What it returns is for sealing only.
func exposed(r claims.Record, right *mandate.Mandate) ([]byte, error) {
	backing, values := r.Backing.Of(r.Values)
	list, err := values.Expose()
	if err != nil {
		return nil, err
	}
	s := sealed{Version: sealedVersion, Values: list, Request: r.Request, Arrived: r.Arrived.UnixMicro(), Backing: backing}
	if right != nil {
		if s.Mandate, err = right.Expose(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(s)
}

// unsealed reads what exposed wrote, now or before there were versions.
func unsealed(raw []byte) (claims.Record, *mandate.Mandate, error) {
	broken := errors.New("not what was sealed")
	if bytes.HasPrefix(raw, []byte("[")) {
		values, err := identity.Unseal(raw)
		return claims.Record{Values: values}, nil, err
	}
	var s sealed
	if json.Unmarshal(raw, &s) != nil || s.Version != sealedVersion { // the cause could hold a value
		return claims.Record{}, nil, broken
	}
	var right *mandate.Mandate
	if len(s.Mandate) > 0 {
		m, err := mandate.Unseal(s.Mandate)
		if err != nil {
			return claims.Record{}, nil, err
		}
		right = &m
	}
	values, err := identity.Unseal(s.Values)
	return claims.Record{Values: values, Request: s.Request, Arrived: time.UnixMicro(s.Arrived).UTC(), Backing: s.Backing}, right, err
}
