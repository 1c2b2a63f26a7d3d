package login

import (
	"context"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Ends takes away what a person holds. Both are durable, and a repeat does nothing.
type Ends interface {
	EndSessions(context.Context, identity.UsageID, journal.Row) error
	EndEverything(context.Context, identity.UsageID, journal.Row) error
}

// Cause says why something was taken away from a person.
type Cause string

// The causes.
const (
	CauseDeath  Cause = "death"   // means R-STAT-03: everything ends
	CauseFrozen Cause = "frozen"  // by an operator: everything ends
	CauseOwner  Cause = "owner"   // by the person themselves: everything ends
	CauseNewer  Cause = "changed" // a register changed what a session was opened with: sessions end
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
	now := e.Now()
	row, err := e.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.PersonEnded, At: now, Who: usage.String(), Fields: map[string]any{"cause": string(cause)},
	})
	if err != nil {
		return fmt.Errorf("record an end: %w", err)
	}
	if cause == CauseNewer {
		return e.Store.EndSessions(ctx, usage, row)
	}
	return e.Store.EndEverything(ctx, usage, row)
}

// End takes away what a person holds.
func (s *Service) End(ctx context.Context, usage identity.UsageID, cause Cause) error {
	return Ending{s.Ends, s.Journal, s.Now}.End(ctx, usage, cause)
}
