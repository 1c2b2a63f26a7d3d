package login

import (
	"context"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Ends takes away what a person holds. All are durable, and a repeat does nothing.
type Ends interface {
	EndSessions(context.Context, identity.UsageID, journal.Row) error
	EndEverything(context.Context, identity.UsageID, journal.Row) error
	// EndResting ends the sessions and grants that came from one of these means.
	EndResting(context.Context, identity.UsageID, []identity.Means, journal.Row) error
	// EndBeyond is EndResting of one means, but for the sessions at the hub itself.
	EndBeyond(context.Context, identity.UsageID, identity.Means, journal.Row) error
	// EndRepresented ends what parties hold of a person, and may learn of them, by others who act for them.
	EndRepresented(context.Context, identity.UsageID, journal.Row) error
}

// Cause says why something was taken away from a person.
type Cause string

// The causes.
const (
	CauseDeath  Cause = "death"   // means R-STAT-03: everything ends
	CauseFrozen Cause = "frozen"  // by an operator: everything ends
	CauseOwner  Cause = "owner"   // by the person themselves: everything ends
	CauseHidden Cause = "hidden"  // a register lets something be told to nobody any more: everything ends, what is at services included
	CauseNewer  Cause = "changed" // a register changed what a session was opened with: sessions end

	CauseDocument Cause = "document" // lost, suspended, replaced …: what rests on it ends
	CauseUnlinked Cause = "unlinked" // the person took a way to log in off: what rests on it ends
	CauseMerged   Cause = "merged"   // two persons became one, or were parted: everything ends
	CauseReproved Cause = "reproved" // the person was proofed anew: sessions end
	CauseMandate  Cause = "mandate"  // somebody no longer acts for the person: what was given by mandates ends
	CauseStopped  Cause = "stopped"  // a way to log in was stopped by its owner or an office: everything ends
)

// Ending takes away what persons hold, with a record.
type Ending struct {
	Store   Ends
	Journal Recorder
	Now     func() time.Time
}

// End takes away what a person holds, for a cause. A session that was opened with data that have
// changed ends, so that the next login asks for them anew; grants end only with the person's right
// to act.
func (e Ending) End(ctx context.Context, usage identity.UsageID, cause Cause) error {
	row, err := e.entry(usage, cause)
	if err != nil {
		return err
	}
	if cause == CauseNewer || cause == CauseReproved {
		return e.Store.EndSessions(ctx, usage, row)
	}
	return e.Store.EndEverything(ctx, usage, row)
}

// End takes away what a person holds.
func (s *Service) End(ctx context.Context, usage identity.UsageID, cause Cause) error {
	return Ending{s.Ends, s.Journal, s.Now}.End(ctx, usage, cause)
}

// EndResting takes away what a person holds by these means: those that rest on a document which
// does not stand any more, or of which nobody knows yet how it stands.
func (e Ending) EndResting(ctx context.Context, usage identity.UsageID, means []identity.Means) error {
	return e.endResting(ctx, usage, means, CauseDocument)
}

// Buried takes away what a person holds, at services and at our own doors, by a card that is never to count
// again.
func (e Ending) Buried(ctx context.Context, usage identity.UsageID, means identity.Means) error {
	row, err := e.entry(usage, CauseDocument)
	if err != nil {
		return err
	}
	return e.Store.EndBeyond(ctx, usage, means, row)
}

// Unlinked takes away what a person holds by a means that is theirs no more.
func (e Ending) Unlinked(ctx context.Context, usage identity.UsageID, means identity.Means) error {
	return e.endResting(ctx, usage, []identity.Means{means}, CauseUnlinked)
}

func (e Ending) endResting(ctx context.Context, usage identity.UsageID, means []identity.Means, cause Cause) error {
	row, err := e.entry(usage, cause)
	if err != nil || len(means) == 0 {
		return err
	}
	return e.Store.EndResting(ctx, usage, means, row)
}

// Represented takes away what parties hold of a person by mandates. Who still has one gives it anew.
func (e Ending) Represented(ctx context.Context, usage identity.UsageID) error {
	row, err := e.entry(usage, CauseMandate)
	if err != nil {
		return err
	}
	return e.Store.EndRepresented(ctx, usage, row)
}

func (e Ending) entry(usage identity.UsageID, cause Cause) (journal.Row, error) {
	now := e.Now()
	row, err := e.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.PersonEnded, At: now, Who: usage.String(), Fields: map[string]any{"cause": string(cause)},
	})
	if err != nil {
		return journal.Row{}, fmt.Errorf("record an end: %w", err)
	}
	return row, nil
}
