package login

import (
	"context"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// Bindings gives the ways to log in of the person of a session.
func (s *Service) Bindings(ctx context.Context, usage identity.UsageID) ([]subject.Binding, error) {
	return s.Links.Bindings(ctx, usage)
}

// Unlink takes a way to log in off, and ends what was opened by it; warned is what the person was told
// would stay. Done twice it ends it again: a crash in between leaves nothing that cannot be finished.
func (s *Service) Unlink(ctx context.Context, usage identity.UsageID, id subject.BindingID, warned identity.Level, note subject.Note) error {
	b, err := s.Links.Unlink(ctx, usage, id, warned, note)
	if err != nil {
		return err
	}
	return Ending{s.Ends, s.Journal, s.Now}.Unlinked(ctx, usage, b.Means)
}

// Relink brings back a way that the person took off.
func (s *Service) Relink(ctx context.Context, usage identity.UsageID, id subject.BindingID, proved identity.Level, note subject.Note) error {
	return s.Links.Relink(ctx, usage, id, proved, note)
}

// WaysClosed says whether no further way may be added by the person's number, and changes that if set says so.
func (s *Service) WaysClosed(ctx context.Context, usage identity.UsageID, set *bool, note subject.Note) (bool, error) {
	return s.Links.WaysClosed(ctx, usage, set, note)
}

// Reproved ends everything that somebody may have prepared or kept from before a person was proofed
// anew: sessions, and proofs for ties (attacks LK-02).
func (s *Service) Reproved(ctx context.Context, usage identity.UsageID) error {
	if err := s.Links.Reproved(ctx, usage); err != nil {
		return err
	}
	return s.End(ctx, usage, CauseReproved)
}
