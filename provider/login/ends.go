package login

import (
	"context"
	"fmt"

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
	CauseNewer  Cause = "changed" // a register changed what a session was opened with: sessions end
)

// End takes away what a person holds, for a cause. A session that was opened with data that have
// changed ends, so that the next login asks for them anew; grants end only with the person's right
// to act.
func (s *Service) End(ctx context.Context, usage identity.UsageID, cause Cause) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.PersonEnded, At: now, Who: usage.String(), Fields: map[string]any{"cause": string(cause)},
	})
	if err != nil {
		return fmt.Errorf("record an end: %w", err)
	}
	if cause == CauseNewer {
		return s.Ends.EndSessions(ctx, usage, row)
	}
	return s.Ends.EndEverything(ctx, usage, row)
}
