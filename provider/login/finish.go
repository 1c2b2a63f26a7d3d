package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"symbolon/connectors"
	"symbolon/connectors/identity"
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
	if err := s.saveInTurn(ctx, l); errors.Is(err, ErrConflict) {
		return "", ErrNotThisLeg
	} else if err != nil {
		return "", err
	}
	connector, err := s.connector(means)
	if err != nil { // switched off while the citizen was away
		return "", s.fail(ctx, l, connectors.Unavailable)
	}
	step, state, err := connector.Continue(ctx, connectors.Attempt{
		Handle: handle, Choice: leg.Choice, Return: s.Callback(means), Wanted: l.Needs(), Resist: l.Party.Resistant,
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
		if err := s.bury(ctx, l, means, step.Dead); err != nil {
			return "", err
		}
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
	return s.saveInTurn(ctx, l)
}

// saveInTurn is save where a crowd may come at once: with what an upstream brought back, or, when it hangs, with
// the news that it brought nothing. They wait for each other here and not before the database, where everybody
// else would wait behind them (attacks UF-01).
func (s *Service) saveInTurn(ctx context.Context, l *Login) error {
	if s.Turns == nil {
		return s.save(ctx, l)
	}
	select {
	case s.Turns <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
	defer func() { <-s.Turns }()
	return s.save(ctx, l)
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
		subject.ErrUnlinked: StopUnlinked, subject.ErrRemoved: StopRemoved, subject.ErrClosed: StopClosed, errMinor: StopMinor, subject.ErrNotInRegister: StopNotRegistered, subject.ErrNoRegister: StopNoRegister,
	} {
		if errors.Is(err, target) {
			return code, true
		}
	}
	return "", false
}
