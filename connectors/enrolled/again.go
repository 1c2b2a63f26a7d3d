package enrolled

import (
	"context"
	"slices"

	"symbolon/connectors/identity"
)

// Waiting gives what a person holds that was suspended or put in doubt: what may be taken up again.
func (a *Authenticators) Waiting(ctx context.Context, person identity.PersonID) ([]Device, error) {
	rows, err := a.deps.Finder.ByPerson(ctx, person)
	if err != nil {
		return nil, wrap("list what was suspended", err)
	}
	return a.devices(ctx, slices.DeleteFunc(rows, func(row Row) bool { return row.State != Suspended && row.State != Doubted }))
}

// TakeUp lets work again what a person shows at an office of what was suspended or put in doubt, in the transaction of
// the context if there is one: all of it, or nothing. What ended in any other way stays so: ErrNoDevice. What is open
// elsewhere goes on as it is.
func (a *Authenticators) TakeUp(ctx context.Context, person identity.PersonID, ids ...DeviceID) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.deps.Finder.ByPerson(ctx, person)
		if err != nil {
			return err
		}
		for _, id := range ids {
			i := slices.IndexFunc(rows, func(row Row) bool { return row.ID == id })
			if i < 0 {
				return ErrNoDevice
			}
			if err := must(a.restate(ctx, rows[i], Active, ActResumed, ByOffice, Suspended, Doubted)); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("take up again", err)
}
