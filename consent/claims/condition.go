package claims

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// meets reports whether something is as it was asked to be. What is not there meets no condition.
// A max_age is for what is itself a time.
func (r Requested) meets(have any, arrived time.Time) bool {
	if !r.isAmong(have) {
		return false
	}
	if r.MaxAge == nil {
		return true
	}
	text, _ := have.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	return err == nil && r.isFresh(at, arrived)
}

// suits reports whether a claim with this value may be told in answer to the request: it has one of
// the values asked for (OpenID Connect Core §5.5.1), and was verified recently enough.
func (r Requested) suits(value any, a identity.Attribute, arrived time.Time) bool {
	return r.isAmong(value) && (r.MaxAge == nil || !a.VerifiedAt.IsZero() && r.isFresh(a.VerifiedAt, arrived))
}

func (r Requested) isAmong(have any) bool {
	if len(r.Values) == 0 {
		return true
	}
	if have == nil {
		return false
	}
	mine, err := json.Marshal(have)
	return err == nil && slices.ContainsFunc(r.Values, func(raw json.RawMessage) bool {
		return bytes.Equal(mine, canonical(raw))
	})
}

// canonical writes JSON in the one form that encoding/json gives it, members in order.
func canonical(raw json.RawMessage) []byte {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	written, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return written
}

// isFresh counts age back from the moment when the request arrived, as max_age does for logins:
// what was verified since is fresh however long somebody reads a page, and an answer is the same
// whenever it is fetched. Ages are whole seconds, as the times of tokens are.
func (r Requested) isFresh(at, arrived time.Time) bool {
	return int64(arrived.Sub(at)/time.Second) <= *r.MaxAge
}
