package enrolment

import (
	"context"
	"errors"

	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// OtherCase says that the person has a case under way.
type OtherCase struct {
	Number string
	ID     seal.RowID
}

// Error names the other case.
func (e *OtherCase) Error() string { return "enrolment: there is an open case already: " + e.Number }

// other ends the case, which stands as it did before, and names the one that is open.
func (o *Office) other(ctx context.Context, a Actor, c Case, before State, asked ...journal.Entry) (Case, error) {
	found := o.underWay(ctx, a, c)
	if _, known := errors.AsType[*OtherCase](found); !known {
		return c, found
	}
	c.State = before
	_, err := o.end(ctx, c, Cancel, a.Member.ID, "other_case", asked...)
	return c, errors.Join(found, err)
}

// underWay names the case of a case's citizen that is open, as an OtherCase: with its id at its own office alone.
// ErrConflict where it ended meanwhile.
func (o *Office) underWay(ctx context.Context, a Actor, c Case) error {
	open, err := o.load(ctx, Query{Person: c.Person})
	if errors.Is(err, ErrNoCase) {
		return ErrConflict
	}
	if err != nil {
		return err
	}
	found := &OtherCase{Number: open.Number}
	if open.Office == a.Office.ID {
		found.ID = open.ID
	}
	return found
}
