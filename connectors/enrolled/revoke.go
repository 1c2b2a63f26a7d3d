package enrolled

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
)

// KeeperOf gives what looks after devices of a means that are there already: nothing is made or logged in with by it.
func KeeperOf(means identity.Means, d Deps) *Authenticators {
	return &Authenticators{settings: Settings{ID: means}, deps: d}
}

// RevokeCase ends for good all that came of a case, in the transaction of the context if there is one; what its owner
// added since is put aside as by SuspendCase. What was opened with it ends by EndCase, when that has committed.
func (a *Authenticators) RevokeCase(ctx context.Context, caseID string, why Reason) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.holdCase(ctx, caseID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			done, err := a.restate(ctx, row, Removed, ActRemoved, why, Active, Suspended, Doubted, Withheld, Aside)
			if err != nil {
				return err
			}
			if !done {
				continue
			}
			if err := a.deps.Owes(ctx, row.Person); err != nil {
				return err
			}
		}
		return a.suspendAdded(ctx, rows, why)
	})
	return wrap("end what came of a case", err)
}

// SuspendAll puts aside all that a person has, ends what was tied on the word of it, and says how many were put aside. What
// else belongs to it happens in the same transaction, where there was anything.
func (a *Authenticators) SuspendAll(ctx context.Context, person identity.PersonID, why Reason, also ...Also) (int, error) {
	count := 0
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		count = 0
		rows, err := a.hold(ctx, person)
		if err != nil {
			return err
		}
		for _, row := range rows {
			done, err := a.restate(ctx, row, Suspended, ActSuspended, why, Active, Aside)
			if err != nil {
				return err
			}
			if done {
				count++
			}
		}
		if err := a.distrust(ctx, rows); err != nil {
			return err
		}
		if count == 0 {
			return nil
		}
		return together(ctx, also)
	})
	if err != nil {
		return 0, fmt.Errorf("suspend all devices of a person: %w", err)
	}
	return count, a.ended(ctx, person)
}

// suspendAdded puts aside what people added themselves from the day on which they were given one of some
// devices, and ends what they tied on the word of one since. What was superseded took what was added by it along then.
func (a *Authenticators) suspendAdded(ctx context.Context, given []Row, why Reason) error {
	for person, first := range firstDays(given) {
		held, err := a.deps.Finder.ByPerson(ctx, person)
		if err != nil {
			return err
		}
		for _, row := range held {
			if row.Via != ViaDevice || row.Since < first {
				continue
			}
			if _, err := a.restate(ctx, row, Suspended, ActSuspended, why, Active, Aside); err != nil {
				return err
			}
		}
	}
	return a.distrust(ctx, given)
}

// distrust ends what people tied on the word of this means from the day on which they were given one of some devices: who
// logged in may have been somebody else.
func (a *Authenticators) distrust(ctx context.Context, given []Row) error {
	if a.deps.Distrust == nil {
		return nil
	}
	for person, first := range firstDays(given) {
		if err := a.deps.Distrust(ctx, person, a.settings.ID, first); err != nil {
			return err
		}
		if err := a.deps.Owes(ctx, person); err != nil { // also where nothing of theirs was left to be stopped
			return err
		}
	}
	return nil
}

// firstDays gives since when people have one of some devices that no later enrolment replaced.
func firstDays(given []Row) map[identity.PersonID]Day {
	since := map[identity.PersonID]Day{}
	for _, row := range given {
		if first, seen := since[row.Person]; row.State != Superseded && (!seen || row.Since < first) {
			since[row.Person] = row.Since
		}
	}
	return since
}
