package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/once"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// ErrNotThisLeg says that an answer came back that this login is not waiting for: replayed, too
// late, of an earlier try, or of another means.
var ErrNotThisLeg = errors.New("login: this answer was not waited for")

// Finish takes what came back to the callback of a means. The leg is consumed before the answer is
// looked at, so that a replay or a parallel call finds nothing. If somebody logged in, the login's
// cookie has changed (Cookie) and the new session's cookie is returned. Why a leg gave nothing
// stands in l.Failure or l.Stopped, not in the error.
func (s *Service) Finish(ctx context.Context, l *Login, means identity.Means, handle string, in connectors.Input, sessionCookie string) (string, error) {
	leg := l.Leg
	now := s.Now()
	if leg == nil || leg.Means != means || subtle.ConstantTimeCompare([]byte(leg.Handle), []byte(handle)) != 1 ||
		now.Sub(leg.Began) > s.Lifetimes.Leg {
		return "", ErrNotThisLeg
	}
	l.Leg = nil
	if err := s.save(ctx, l); errors.Is(err, ErrConflict) {
		return "", ErrNotThisLeg
	} else if err != nil {
		return "", err
	}
	connector, err := s.connector(means)
	if err != nil { // switched off while the citizen was away
		return "", s.fail(ctx, l, connectors.Unavailable)
	}
	step, state, err := connector.Continue(ctx, connectors.Attempt{
		Handle: handle, Choice: leg.Choice, Return: s.Callback(means), Wanted: l.Needs(),
		Fresh:  l.Request.Prompt.Login || l.Request.MaxAge != nil && *l.Request.MaxAge == 0,
		MaxAge: l.Request.MaxAge, Locales: l.locales(), Now: now,
	}, leg.State, in)
	if err != nil {
		return "", fmt.Errorf("continue at %s: %w", means, err)
	}
	switch step := step.(type) {
	case connectors.Done:
		if used, err := s.used(ctx, means, step); err != nil {
			return "", err
		} else if used {
			return "", s.fail(ctx, l, connectors.StaleAnswer)
		}
		return s.admit(ctx, l, step.Authentication, sessionCookie)
	case connectors.Failed:
		return "", s.fail(ctx, l, step.Code)
	}
	goes, err := leg.do(step, state)
	if err != nil {
		return "", err
	}
	if !goes {
		return "", fmt.Errorf("continue at %s: a step of kind %T leads nowhere", means, step)
	}
	l.Leg = leg
	return "", s.save(ctx, l)
}

// used consumes what an answer is known by. It is durable before anything comes of the answer, on
// every replica (attacks SM-08).
func (s *Service) used(ctx context.Context, means identity.Means, done connectors.Done) (bool, error) {
	if done.Once == "" {
		return false, nil
	}
	err := s.Once.Consume(ctx, once.Of(once.UpstreamAnswer, done.Once, done.Until, string(means)))
	if errors.Is(err, once.ErrUsed) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("consume the answer: %w", err)
	}
	return false, nil
}

func (s *Service) fail(ctx context.Context, l *Login, code connectors.FailureCode) error {
	s.Log.InfoContext(ctx, "leg failed", "ref", l.Ref(), "code", string(code))
	l.Failure = string(code)
	return s.save(ctx, l)
}

// admit finds the person behind an authentication and opens a session for them, or says why not.
// A proof stands alone: nothing proved before, perhaps by somebody else, is mixed into it.
func (s *Service) admit(ctx context.Context, l *Login, auth identity.Authentication, oldSession string) (string, error) {
	registered, err := s.registered(ctx, auth.Identifiers)
	if err != nil {
		return "", err
	}
	person, err := s.Matcher.Match(ctx, auth, registered)
	if code, stopped := stopCode(err); stopped {
		if code == StopDeceased && !person.Usage.IsZero() { // the register has just said so: what they hold ends now
			if err := s.End(ctx, person.Usage, CauseDeath); err != nil {
				return "", err
			}
		}
		return "", s.stop(ctx, l, auth, code)
	}
	if err != nil {
		return "", fmt.Errorf("match: %w", err)
	}
	now := s.Now()
	attributes := append(identity.Attributes{}, auth.Attributes...)
	if registered != nil {
		attributes = append(attributes, registered.Attributes...)
	}
	session := seal.NewBearer(seal.SessionCookie, seal.NewRowID(now), 0)
	l.Proof = &Proof{
		Usage: person.Usage, Means: auth.Means, Choice: auth.Choice, Issuer: auth.Issuer, Evidence: auth.Evidence, AMR: auth.AMR,
		AuthTime: auth.AuthTime, Login: l.ID, Session: session.Row, Ends: now.Add(s.Lifetimes.SessionAbsolute), Attributes: attributes,
	}
	l.Failure, l.Stopped = "", ""
	l.Bearer, l.key = seal.NewBearer(seal.LoginCookie, l.ID, 0), seal.NewDataKey() // attacks SE-01: no cookie from before opens it
	if err := s.fill(ctx, l); err != nil {
		return "", err
	}
	if err := s.settle(ctx, l); err != nil {
		return "", err
	}
	if err := s.openSession(ctx, l, session, oldSession); err != nil {
		return "", err
	}
	contacts := attributes
	if l.Language != "" {
		contacts = append(identity.Attributes{{Name: "locale", Value: identity.Text(l.Language)}}, attributes...)
	}
	if err := s.Notifier.LoggedIn(ctx, person, contacts, l.Ref(), now); err != nil {
		return "", fmt.Errorf("notice: %w", err)
	}
	return s.Mint.Encode(session), nil
}

// openSession writes the login, its session and the journal's entries together, and ends the
// session that the browser had before.
func (s *Service) openSession(ctx context.Context, l *Login, session seal.Bearer, oldCookie string) error {
	now := s.Now()
	sealed, wrap, err := sealProof(*l.Proof, session)
	if err != nil {
		return err
	}
	entries, err := s.loginEntries(l, now)
	if err != nil {
		return err
	}
	decision, err := l.decision(now)
	if err != nil {
		return err
	}
	return s.saveWith(ctx, l, func(ctx context.Context) error {
		err := s.Sessions.AddSession(ctx, SessionRow{
			ID: session.Row, Digest: session.Digest(), Usage: l.Proof.Usage, Created: now,
			Idle: now.Add(s.Lifetimes.SessionIdle), Absolute: l.Proof.Ends,
			Means: l.Proof.Means, Issuer: l.Proof.Issuer, Rules: l.Decision.Rules, Sealed: sealed, Wrap: wrap,
		})
		if err != nil {
			return fmt.Errorf("open session: %w", err)
		}
		if err := s.Decisions.AddDecision(ctx, decision); err != nil {
			return fmt.Errorf("record decision: %w", err)
		}
		if old, err := s.Mint.Parse(seal.SessionCookie, oldCookie); err == nil {
			if err := s.endSession(ctx, old); err != nil {
				return err
			}
		}
		for _, entry := range entries {
			if err := s.Journal.Append(ctx, entry); err != nil {
				return fmt.Errorf("record login: %w", err)
			}
		}
		return nil
	})
}

func (s *Service) loginEntries(l *Login, now time.Time) ([]journal.Row, error) {
	entry := journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.LoggedIn, At: now, Who: l.Proof.Usage.String(), Ref: l.Ref(),
		Fields: map[string]any{"level": l.Decision.Level.String(), "rules": l.Decision.Rules, "means": string(l.Proof.Means)},
	}
	rows := make([]journal.Row, 0, 2)
	row, err := s.Journal.Row(entry)
	if err != nil {
		return nil, fmt.Errorf("record login: %w", err)
	}
	rows = append(rows, row)
	for _, e := range l.Proof.Evidence {
		if e.Asserted <= e.Ceiling {
			continue
		}
		capped := entry
		capped.ID, capped.Kind = seal.NewRowID(now), journal.LevelCapped
		capped.Fields = map[string]any{"asserted": e.Asserted.String(), "ceiling": e.Ceiling.String(), "means": string(e.Means)}
		if row, err = s.Journal.Row(capped); err != nil {
			return nil, fmt.Errorf("record capped level: %w", err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// stop keeps a person out and records why, without naming them.
func (s *Service) stop(ctx context.Context, l *Login, auth identity.Authentication, code StopCode) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.LoginRefused, At: now, Ref: l.Ref(),
		Fields: map[string]any{"reason": code, "means": string(auth.Means)},
	})
	if err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	s.Log.InfoContext(ctx, "login stopped", "ref", l.Ref(), "code", string(code), "means", string(auth.Means))
	l.Stopped, l.Failure = code, ""
	return s.saveWith(ctx, l, func(ctx context.Context) error { return s.Journal.Append(ctx, row) })
}

func stopCode(err error) (StopCode, bool) {
	for target, code := range map[error]StopCode{
		subject.ErrDeceased: StopDeceased, subject.ErrFrozen: StopFrozen, subject.ErrConflict: StopConflict,
		subject.ErrUnlinked: StopUnlinked, subject.ErrNotInRegister: StopNotRegistered, subject.ErrNoRegister: StopNoRegister,
	} {
		if errors.Is(err, target) {
			return code, true
		}
	}
	return "", false
}

// registered asks the population register about the national number that came with an
// authentication. Nil: there is no number, no register, or no answer.
func (s *Service) registered(ctx context.Context, ids []identity.Identifier) (*subject.Registered, error) {
	for _, id := range ids {
		if id.Scheme != identity.NationalNumber || s.Registers == nil {
			continue
		}
		person, err := s.Registers.Person(ctx, id)
		switch {
		case errors.Is(err, register.ErrNotFound):
			return &subject.Registered{}, nil
		case errors.Is(err, register.ErrUnavailable):
			s.Log.WarnContext(ctx, "population register does not answer")
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("population register: %w", err)
		}
		return &subject.Registered{Found: true, Identifiers: person.Identifiers, Attributes: person.Attributes, Deceased: person.Deceased}, nil
	}
	return nil, nil
}
