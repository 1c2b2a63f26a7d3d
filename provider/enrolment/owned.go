package enrolment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/seal"
)

// ByOfficer is that an officer stopped what came of a case, or ended it under way, whichever and for whatever reason.
const ByOfficer = "office"

// Owned is what whoever holds what came of a case is told of the case itself.
type Owned struct {
	Stopped   string // by NotMe, NotGiven or ByOfficer; "" where nobody did
	StoppedAt time.Time
	Unseen    bool   // its codes were never shown to anybody
	Number    string // as on its papers
	Office    string // the office's name as it is now; "" if it is there no more
}

// Owned reads it.
func (o *Office) Owned(ctx context.Context, id seal.RowID) (Owned, error) {
	c, err := o.load(ctx, Query{ID: id})
	if errors.Is(err, ErrNoCase) {
		return Owned{}, nil
	}
	if err != nil {
		return Owned{}, err
	}
	places, err := o.Staff.Places(ctx)
	if err != nil {
		return Owned{}, fmt.Errorf("where a case was: %w", err)
	}
	office, _ := places.Office(c.Office)
	owned := Owned{Unseen: len(c.Work.Codes) > 0, Number: c.Number, Office: office.Name}
	if c.State != Suspended && c.State != Revoked {
		return owned, nil
	}
	stop, err := o.stopOf(ctx, c)
	if err != nil {
		return Owned{}, err
	}
	owned.Stopped, owned.StoppedAt = ByOfficer, stop.at
	switch {
	case stop.notGiven: // for which nothing brings it back
		owned.Stopped = NotGiven
	case stop.officer == "" && (stop.why == NotMe || stop.why == PhoneLost):
		owned.Stopped = stop.why
	}
	return owned, nil
}
