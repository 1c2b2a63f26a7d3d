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
	return a.devices(ctx, slices.DeleteFunc(rows, func(row Row) bool { return row.State != Suspended && row.State != Doubted && row.State != Withheld }))
}

// hold gives all that a person ever had, as it stands until the end of the transaction of the context.
func (a *Authenticators) hold(ctx context.Context, person identity.PersonID) ([]Row, error) {
	if err := a.deps.Hold(ctx, person); err != nil {
		return nil, err
	}
	return a.deps.Finder.ByPerson(ctx, person)
}

// holdCase gives what came of a case, as it and all else of its person stand until then.
func (a *Authenticators) holdCase(ctx context.Context, caseID string) ([]Row, error) {
	rows, err := a.deps.Finder.ByCase(ctx, caseID)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if slices.ContainsFunc(rows[:i], func(before Row) bool { return before.Person == row.Person }) {
			continue
		}
		if err := a.deps.Hold(ctx, row.Person); err != nil {
			return nil, err
		}
	}
	return a.deps.Finder.ByCase(ctx, caseID)
}

// CodesWork reports whether the list of codes that a case gave lets its owner in: it may have been stopped since, or made anew.
func (a *Authenticators) CodesWork(ctx context.Context, caseID string) (bool, error) {
	rows, err := a.deps.Finder.ByCase(ctx, caseID)
	works := slices.ContainsFunc(rows, func(row Row) bool {
		return row.Via != ViaDevice && row.State == Active && (row.Type == Recovery || row.Type == Paper)
	})
	return works, wrap("look at a list of codes", err)
}

// TakeUp lets work again what a person shows at an office of what was suspended or put in doubt, in the transaction of
// the context if there is one: all of it, or nothing. What ended in any other way stays so: ErrNoDevice. What is open
// elsewhere goes on as it is.
func (a *Authenticators) TakeUp(ctx context.Context, person identity.PersonID, ids ...DeviceID) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.hold(ctx, person)
		if err != nil {
			return err
		}
		for _, id := range ids {
			i := slices.IndexFunc(rows, func(row Row) bool { return row.ID == id })
			if i < 0 {
				return ErrNoDevice
			}
			if err := must(a.restate(ctx, rows[i], Active, ActResumed, ByOffice, Suspended, Doubted, Withheld)); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("take up again", err)
}

// Withhold leaves to an office what of some enrolments is still stopped once they stand again for something else, in
// the transaction of the context if there is one: nobody there has seen it, so that no login of its owner takes it back.
// So it is with what its owner added since, which was stopped with them.
func (a *Authenticators) Withhold(ctx context.Context, person identity.PersonID, cases ...string) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.hold(ctx, person)
		if err != nil {
			return err
		}
		given := func(row Row) bool { return slices.Contains(cases, row.Case) }
		for _, row := range rows {
			since := func(one Row) bool { return given(one) && one.State != Superseded && one.Since <= row.Since }
			added := row.Via == ViaDevice && slices.ContainsFunc(rows, since)
			if !added && !given(row) || row.State != Suspended && row.State != Doubted {
				continue
			}
			if err := must(a.restate(ctx, row, Withheld, ActSuspended, ByOffice, Suspended, Doubted)); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("leave to an office", err)
}
