package login

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/once"
	"symbolon/provider/subject"
)

// bury keeps a certificate that was revoked for good from ever counting again, whatever is said of it later,
// and tells its holder that somebody came with it (means R-CARD-07). The means stays: a new card is the same
// person's. What services and our own doors hold by it ends; a session at the hub says why when it is next
// asked for. It is marked first, so that nothing is given by it between what ends and the mark; that all was
// done is noted last: after a crash in between the holder hears of it twice, not never.
func (s *Service) bury(ctx context.Context, l *Login, means identity.Means, dead *identity.DeadCertificate) error {
	if dead == nil {
		return nil
	}
	done := s.buriedMark(dead.Digest, dead.Until)
	if used, err := s.Once.Used(ctx, done); err != nil || used {
		return err
	}
	if err := s.spend(ctx, s.deadMark(dead.Digest, dead.Until)); err != nil {
		return err
	}
	auth := identity.Authentication{Means: means, Issuer: dead.Issuer, Subject: dead.Subject, Identifiers: []identity.Identifier{dead.Person}}
	holder, err := s.Ties.Cancelled(ctx, auth, subject.Note{Ref: l.Ref(), Language: l.Language})
	if err != nil {
		return fmt.Errorf("tell of a cancelled card: %w", err)
	}
	if !holder.Usage.IsZero() {
		if err := (Ending{s.Ends, s.Journal, s.Now}).Buried(ctx, holder.Usage, means); err != nil {
			return fmt.Errorf("end what a cancelled card opened: %w", err)
		}
	}
	return s.spend(ctx, done)
}

// spend consumes what may have been consumed by another replica at the same time.
func (s *Service) spend(ctx context.Context, mark once.Secret) error {
	if err := s.Once.Consume(ctx, mark); err != nil && !errors.Is(err, once.ErrUsed) {
		return fmt.Errorf("note a cancelled card: %w", err)
	}
	return nil
}

// dead says whether something was proved with a certificate that is never to count again.
func (s *Service) dead(ctx context.Context, evidence []identity.Evidence) (bool, error) {
	for _, mark := range s.certificates(Proof{Evidence: evidence}) {
		used, err := s.Once.Used(ctx, mark)
		if err != nil {
			return false, fmt.Errorf("look for a cancelled card: %w", err)
		}
		if used {
			return true, nil
		}
	}
	return false, nil
}

// certificates are the marks none of which may be there when something is given by a proof.
func (s *Service) certificates(p Proof) []once.Secret {
	var all []once.Secret
	for _, e := range p.Evidence {
		if e.Certificate != nil && len(e.Digest) == 32 {
			all = append(all, s.deadMark([32]byte(e.Digest), time.Time{}))
		}
	}
	return all
}

// buriedMark says that all was done that bury does.
func (s *Service) buriedMark(certificate [32]byte, until time.Time) once.Secret {
	return once.Of(once.DeadCertificate, hex.EncodeToString(s.mac("dead certificate", certificate[:])), until, "buried")
}

// deadMark is keyed, so that nobody finds out from it whose card was cancelled.
func (s *Service) deadMark(certificate [32]byte, until time.Time) once.Secret {
	return once.Of(once.DeadCertificate, hex.EncodeToString(s.mac("dead certificate", certificate[:])), until)
}

// buried ends a session that was opened with a certificate that is never to count again.
func (s *Service) buried(ctx context.Context, l *Login) (bool, error) {
	dead, err := s.dead(ctx, l.Proof.Evidence)
	if err != nil || !dead {
		return false, err
	}
	if err := s.endFor(ctx, l, CauseDocument); err != nil {
		return false, fmt.Errorf("end the session of a cancelled card: %w", err)
	}
	l.Proof, l.Failure = nil, string(connectors.CardRevoked)
	return true, nil
}
