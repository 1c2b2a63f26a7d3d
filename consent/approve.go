package consent

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
)

// Why an approval is not taken. Nothing is released then.
var (
	ErrNotShown         = errors.New("consent: what was approved is not what was shown")
	ErrNotAsked         = errors.New("consent: something was approved that was not asked")
	ErrRequiredDeclined = errors.New("consent: something was declined that the service cannot do without")
)

// Approval is the citizen's answer to a question.
type Approval struct {
	Shown    [32]byte // the digest of the question that the page showed
	Approved []identity.AttributeName
	Remember bool // let the decision stand as long as the party allows
}

// Approve turns an answer into a release: what was shown and approved, never more (attacks
// CN-04). What is told by law is in it without a box; what nobody knows is not.
func Approve(q Question, party RelyingParty, usage identity.UsageID, approval Approval, id [16]byte, now time.Time) (Release, error) {
	if q.Party != party.ID || approval.Shown != q.digest(party) {
		return Release{}, ErrNotShown
	}
	for _, name := range approval.Approved {
		if !slices.ContainsFunc(q.Asked, func(i Item) bool { return i.Name == name }) {
			return Release{}, ErrNotAsked
		}
	}
	r := Release{
		ID: id, Party: party.ID, Usage: usage, Offline: q.Offline, Shown: approval.Shown, At: now, PartyMark: party.Version,
	}
	for _, item := range q.Told {
		if item.Known {
			r.Items = append(r.Items, item.released())
		}
	}
	for _, item := range q.Asked {
		switch {
		case !item.Known:
		case slices.Contains(approval.Approved, item.Name):
			r.Items = append(r.Items, item.released())
		case item.Required:
			return Release{}, fmt.Errorf("%w: %s", ErrRequiredDeclined, item.Name)
		default:
			r.Declined = append(r.Declined, item.Name)
		}
	}
	if approval.Remember && party.Remember > 0 {
		r.Until = now.AddDate(0, 0, party.Remember)
	}
	return r, nil
}
