package enrolled

import (
	"context"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
)

// Earlier says how something that a person had before is to stand when they are enrolled anew: Superseded, Aside,
// or Active, which leaves it as it is.
type Earlier func(Row) State

// AllEarlier gives way: the person was checked, and what they had is lost.
func AllEarlier(Row) State { return Superseded }

// OfCases lets only that give way which came of some cases.
func OfCases(ids ...string) Earlier {
	return func(row Row) State {
		if slices.Contains(ids, row.Case) {
			return Superseded
		}
		return Active
	}
}

// NoStronger lets what rests on an enrolment of no higher level give way, and puts the rest aside: nobody loses for
// good by a weak check what a stronger one gave (means.md R-ENR-13).
func NoStronger(than identity.Level) Earlier {
	return func(row Row) State {
		if row.Level > than {
			return Aside
		}
		return Superseded
	}
}

// Supersede is Bind after which what the person had before stands otherwise: they were enrolled anew. What was added or tied
// on the word of what gives way is stopped with it, unless something stronger may have vouched, too. What was opened with it ends by
// EndCase, when that has committed.
func (a *Authenticators) Supersede(ctx context.Context, b Binding, earlier Earlier, candidates ...Candidate) ([]Device, error) {
	var rows []Row
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		old, err := a.hold(ctx, b.Person)
		if err != nil {
			return err
		}
		var replaced []Row
		stronger := false
		for _, row := range old {
			to := earlier(row)
			if err := a.giveWay(ctx, row, to); err != nil {
				return err
			}
			stronger = stronger || to == Aside
			if to == Superseded {
				replaced = append(replaced, row)
			}
		}
		if !stronger { // means.md R-ENR-13
			if err := a.suspendAdded(ctx, replaced, ByOffice); err != nil {
				return err
			}
		}
		rows, err = a.bind(ctx, b, candidates)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enrol anew: %w", err)
	}
	return a.devices(ctx, rows)
}

func (a *Authenticators) giveWay(ctx context.Context, row Row, to State) error {
	var err error
	switch to {
	case Superseded:
		_, err = a.restate(ctx, row, Superseded, ActSuperseded, NewOneMade, Active, Suspended, Doubted, Withheld, Aside)
	case Aside: // what its owner or an office suspended stays so: that says more
		_, err = a.restate(ctx, row, Aside, ActSuspended, Weaker, Active)
	}
	return err
}

// Retake takes back all that an emergency put aside, on the word of an office where the person stands, in the
// transaction of the context if there is one. It says how many that were.
func (a *Authenticators) Retake(ctx context.Context, person identity.PersonID) (int, error) {
	count := 0
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		count = 0
		rows, err := a.deps.Finder.ByPerson(ctx, person)
		if err != nil {
			return err
		}
		for _, row := range rows {
			done, err := a.restate(ctx, row, Active, ActResumed, ByOffice, Aside)
			if err != nil {
				return err
			}
			if done {
				count++
			}
		}
		return nil
	})
	return count, wrap("take back what was put aside", err)
}

// AnyAside reports whether an emergency put something of a person's aside.
func (a *Authenticators) AnyAside(ctx context.Context, person identity.PersonID) (bool, error) {
	rows, err := a.deps.Finder.ByPerson(ctx, person)
	return slices.ContainsFunc(rows, func(row Row) bool { return row.State == Aside }), wrap("look for what was put aside", err)
}
