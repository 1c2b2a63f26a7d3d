package login

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// ErrFallen says that what a grant rests on does not stand any more.
var ErrFallen = errors.New("login: what this rests on does not stand any more")

// Stands says whether what was proved still stands after the login: its means is switched on, and
// the session it came from, if one is named, has not ended. Everything that outlives a login asks
// it: codes, refresh tokens, userinfo (attacks CP-15, FO-11, LA-05). ErrFallen if it does not.
func (s *Service) Stands(ctx context.Context, means identity.Means, session seal.RowID) error {
	if _, err := s.connector(means); err != nil {
		return ErrFallen
	}
	if session == (seal.RowID{}) {
		return nil
	}
	_, err := s.Sessions.LoadSession(ctx, session)
	if errors.Is(err, ErrGone) {
		return ErrFallen
	}
	if err != nil {
		return fmt.Errorf("session behind a grant: %w", err)
	}
	return nil
}
