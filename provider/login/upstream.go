package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// UpstreamSessions keeps which sessions rest on which session of an upstream, by a keyed digest of
// what the upstream calls it.
type UpstreamSessions interface {
	// KeepUpstream notes it until the session is over at the latest; in the transaction of the context.
	KeepUpstream(ctx context.Context, digest [32]byte, session seal.RowID, until time.Time) error
	UpstreamSessions(ctx context.Context, digest [32]byte) ([]seal.RowID, error)
}

// logoutPatience is how long a logout waits for an upstream (means R-SAML-14).
const logoutPatience = 3 * time.Second

// Document gives what a means publishes about us to its upstream. ErrNotOffered if it has nothing.
func (s *Service) Document(ctx context.Context, means identity.Means) (connectors.Document, error) {
	c, err := s.connector(means)
	if err != nil {
		return connectors.Document{}, err
	}
	publisher, can := c.(connectors.Publisher)
	if !can {
		return connectors.Document{}, ErrNotOffered
	}
	document, err := publisher.Metadata(ctx)
	if err != nil {
		return connectors.Document{}, fmt.Errorf("metadata of %s: %w", means, err)
	}
	return document, nil
}

// HearLogout takes what an upstream says about a logout, and ends the sessions that rest on it. Those
// of other upstreams, and of the same person by another login, live on.
func (s *Service) HearLogout(ctx context.Context, means identity.Means, in connectors.Input) (connectors.Reply, error) {
	c, err := s.connector(means)
	if err != nil {
		return connectors.Reply{}, err
	}
	hearer, can := c.(connectors.LogoutHearer)
	if !can {
		return connectors.Reply{}, ErrNotOffered
	}
	reply, err := hearer.HearLogout(ctx, in, func(ctx context.Context, index identity.Secret) error {
		return s.endUpstream(ctx, means, index)
	})
	if err != nil {
		return connectors.Reply{}, fmt.Errorf("logout at %s: %w", means, err)
	}
	return reply, nil
}

func (s *Service) endUpstream(ctx context.Context, means identity.Means, index identity.Secret) error {
	rows, err := s.Upstreams.UpstreamSessions(ctx, s.upstreamDigest(means, index))
	if err != nil {
		return fmt.Errorf("sessions of an upstream's: %w", err)
	}
	for _, id := range rows {
		row, err := s.Sessions.LoadSession(ctx, id)
		if errors.Is(err, ErrGone) { // what came from it may live on: a visit at a door that keeps no session here
			if err := s.Sessions.EndSession(ctx, id); err != nil {
				return fmt.Errorf("sessions from an upstream's: %w", err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("session of an upstream's: %w", err)
		}
		if err := s.end(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// EndUpstream ends the person's session at the upstream that they logged in at, if it can be ended;
// best effort, and never for long. It gives where the browser must go for that, "" for nowhere. To be
// called before the session of the cookie ends here: it holds what ends it there.
func (s *Service) EndUpstream(ctx context.Context, cookie string) string {
	proof, err := s.session(ctx, cookie)
	if err != nil || proof == nil || proof.Upstream.IsZero() {
		return ""
	}
	c, err := s.connector(proof.Means)
	if err != nil {
		return ""
	}
	ender, can := c.(connectors.SessionEnder)
	if !can {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, logoutPatience)
	defer cancel()
	step, err := ender.EndSession(ctx, proof.Upstream)
	if err != nil { // its session ends by itself sooner or later; ours ends now
		s.Log.WarnContext(ctx, "upstream's session not ended", "means", string(proof.Means), "error", err)
		return ""
	}
	if redirect, ok := step.(connectors.Redirect); ok {
		return redirect.URL
	}
	return ""
}

// keepUpstream notes in the session's transaction by which name its upstream may end it.
func (s *Service) keepUpstream(ctx context.Context, l *Login, session seal.RowID) error {
	if l.upstream == nil {
		return nil
	}
	for _, name := range []identity.Secret{l.upstream.Index, l.upstream.Whole} {
		if name.IsZero() {
			continue
		}
		if err := s.Upstreams.KeepUpstream(ctx, s.upstreamDigest(l.Proof.Means, name), session, l.Proof.Ends); err != nil {
			return fmt.Errorf("note the upstream's session: %w", err)
		}
	}
	return nil
}

func (s *Service) upstreamDigest(means identity.Means, index identity.Secret) [32]byte {
	return [32]byte(s.mac("upstream session "+string(means), []byte(index.Reveal())))
}
