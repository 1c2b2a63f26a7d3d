package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// SessionView is what a page may show of a session.
type SessionView struct {
	ID       seal.RowID
	Usage    identity.UsageID // whose it is; no page shows it
	Means    identity.Means
	AuthTime time.Time
	Name     identity.Secret // the given name, "" if unknown
}

// Session gives the live session of a cookie, or nil: a cookie that is not one, ended or expired.
func (s *Service) Session(ctx context.Context, cookie string) (*SessionView, error) {
	proof, err := s.session(ctx, cookie)
	if err != nil || proof == nil {
		return nil, err
	}
	name, _ := proof.Attributes.Find("given_name")
	return &SessionView{proof.Session, proof.Usage, proof.Means, proof.AuthTime, identity.Hide(name.Value.RevealText())}, nil
}

// session opens the proof of a live session and prolongs it. Nil without an error if there is none.
func (s *Service) session(ctx context.Context, cookie string) (*Proof, error) {
	bearer, err := s.Mint.Parse(seal.SessionCookie, cookie)
	if err != nil {
		return nil, nil
	}
	row, err := s.Sessions.LoadSession(ctx, bearer.Row)
	if errors.Is(err, ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	if row.Digest != bearer.Digest() || row.Door != "" {
		return nil, nil
	}
	idle := s.Now().Add(s.Lifetimes.SessionIdle)
	if idle.Sub(row.Idle) > time.Minute { // at most one write a minute
		if err := s.Sessions.TouchSession(ctx, row.ID, idle); err != nil {
			return nil, fmt.Errorf("prolong session: %w", err)
		}
	}
	proof, err := openProof(row, bearer)
	if err != nil {
		return nil, err
	}
	proof.Ends = row.Absolute
	return proof, nil
}

// EndSession ends the session of a cookie, durably. A cookie that is not one has nothing to end.
func (s *Service) EndSession(ctx context.Context, cookie string) error {
	bearer, err := s.Mint.Parse(seal.SessionCookie, cookie)
	if err != nil {
		return nil
	}
	return s.endSession(ctx, bearer)
}

func (s *Service) endSession(ctx context.Context, b seal.Bearer) error {
	row, err := s.Sessions.LoadSession(ctx, b.Row)
	if errors.Is(err, ErrGone) || err == nil && row.Digest != b.Digest() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return s.end(ctx, row)
}

// end ends a session and records it.
func (s *Service) end(ctx context.Context, row SessionRow) error {
	if err := s.Sessions.EndSession(ctx, row.ID); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	now := s.Now()
	entry, err := s.Journal.Row(journal.Entry{ID: seal.NewRowID(now), Kind: journal.LoggedOut, At: now, Who: row.Usage.String()})
	if err == nil {
		err = s.Journal.Append(ctx, entry)
	}
	if err != nil { // an act that only takes away is never refused for want of a record
		s.Log.ErrorContext(ctx, "logging out was not recorded", "error", err)
	}
	return nil
}
