package enrolment

import (
	"context"

	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// Stop is why what came of a case is stopped, or was ended for good, and by whom.
type Stop struct {
	Why string   // of the list "ended"; "" where nobody tells
	By  staff.ID // zero for nobody of the staff, or where nobody tells
}

// WhoStopped gives those of some cases that are stopped, as the journal has it, to who may stop them.
func (o *Office) WhoStopped(ctx context.Context, a Actor, cases []Case) (map[seal.RowID]Stop, error) {
	if err := a.may(staff.Suspend); err != nil {
		return nil, err
	}
	all := map[seal.RowID]Stop{}
	for _, c := range cases {
		if c.State != Suspended && c.State != Revoked {
			continue
		}
		stop, err := o.stopOf(ctx, c)
		if err != nil {
			return nil, err
		}
		by, _ := staff.ParseID(stop.officer)
		all[c.ID] = Stop{Why: stop.why, By: by}
	}
	return all, nil
}
