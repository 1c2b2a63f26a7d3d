package enrolled

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
)

// KeeperOf gives what looks after devices that are there already: nothing is made or logged in with by it.
func KeeperOf(d Deps) *Authenticators { return &Authenticators{deps: d} }

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

// SuspendAll puts aside all that a person has, and says how many that were. What else belongs to it happens in the same
// transaction, where there was anything.
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
