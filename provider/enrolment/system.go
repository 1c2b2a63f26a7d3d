package enrolment

import (
	"context"

	"symbolon/provider/seal"
)

// BySystem gives the case that a register system opened under its own reference. Errors: ErrNoCase.
func (o *Office) BySystem(ctx context.Context, system, asked string) (Case, error) {
	c, err := o.load(ctx, Query{System: system, Asked: asked})
	if err != nil {
		return Case{}, err
	}
	return o.settle(ctx, c)
}

// OfSystem gives a case that a register system opened. One that a clerk or another system opened is
// not there (attacks IN-05). Errors: ErrNoCase.
func (o *Office) OfSystem(ctx context.Context, system string, id seal.RowID) (Case, error) {
	c, err := o.load(ctx, Query{ID: id})
	if err != nil {
		return Case{}, err
	}
	if system == "" || c.System != system {
		return Case{}, ErrNoCase
	}
	return o.settle(ctx, c)
}
