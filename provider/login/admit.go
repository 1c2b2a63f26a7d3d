package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// admissions is how often somebody is looked up again because what they hold was ended while they
// were logging in.
const admissions = 3

// admit finds the person behind an authentication and opens a session for them, or says why not.
// A proof stands alone: nothing proved before, perhaps by somebody else, is mixed into it. What the
// registers said counts only if nothing was ended for this person since they were asked: else a
// death that arrives between the two would leave a session behind.
func (s *Service) admit(ctx context.Context, l *Login, auth identity.Authentication, oldSession string) (string, error) {
	since, before := l.opened, l.Proof
	for try := 1; ; try++ {
		l.Proof = before // nothing of a try that came to nothing
		cookie, err := s.admitOnce(ctx, l, auth, oldSession, since)
		var ended Ended
		switch {
		case try == admissions:
			return cookie, err
		case errors.As(err, &ended) && handedOut(auth.Evidence): // this very thing may have been stopped: it is shown again
			l.Proof = before
			return "", s.fail(ctx, l, connectors.StaleAnswer)
		case errors.As(err, &ended):
			since = ended.At.Add(time.Microsecond) // asked anew from here on
		case !errors.Is(err, ErrGone): // gone is the session that was to be renewed: it gets one of its own
			return cookie, err
		}
	}
}

func (s *Service) admitOnce(ctx context.Context, l *Login, auth identity.Authentication, oldSession string, since time.Time) (string, error) {
	if out, err := s.keptOut(ctx, l, auth); err != nil || out {
		return "", err
	}
	document, status, stands, err := s.standing(ctx, l, auth)
	if err != nil || !stands {
		return "", err
	}
	registered, err := s.registered(ctx, l, auth.Identifiers)
	if err != nil {
		return "", err
	}
	person, matched, err := s.found(ctx, l, auth, registered)
	if err != nil || !matched {
		return "", err
	}
	now := s.Now()
	attributes := append(identity.Attributes{}, s.homeless(auth.Attributes, auth.Identifiers, registered)...)
	if registered != nil {
		attributes = append(attributes, registered.Attributes...)
	}
	if attributes, err = s.withLocal(ctx, person, attributes, now); err != nil {
		return "", err
	}
	if l.Party.NoSession {
		oldSession = ""
	}
	session, err := s.place(ctx, person.Usage, oldSession, now)
	if err != nil {
		return "", err
	}
	auth.Document, auth.Evidence = document, slices.Concat(auth.Evidence, status)
	if err := s.proofOf(ctx, l, auth, person, session.Row, attributes); err != nil {
		return "", err
	}
	l.Failure, l.Stopped, l.Case, l.Represents = "", "", "", nil
	if err := s.offerTie(ctx, l); err != nil {
		return "", err
	}
	l.Bearer, l.key = seal.NewBearer(seal.LoginCookie, l.ID, 0), seal.NewDataKey() // attacks SE-01: no cookie from before opens it
	if err := s.fill(ctx, l); err != nil {
		return "", err
	}
	if err := s.settle(ctx, l); err != nil {
		return "", err
	}
	l.explain()
	if err := s.openSession(ctx, l, session, since); err != nil {
		return "", err
	}
	if err := s.notify(ctx, l, person, attributes, now); err != nil {
		return "", err
	}
	if l.Party.NoSession { // nobody ever holds it: it lives until the answer, so that what ends the person ends the login
		return "", nil
	}
	return s.Mint.Encode(session.Bearer), nil
}

// keptOut refuses what does not count any more, whomever it names: what an office handed out that is switched
// off, and a card that was cancelled.
func (s *Service) keptOut(ctx context.Context, l *Login, auth identity.Authentication) (bool, error) {
	if s.officeOff(officeOf(auth.Evidence)) {
		return true, s.stop(ctx, l, auth, StopOffice)
	}
	dead, err := s.dead(ctx, auth.Evidence)
	if err != nil || !dead {
		return false, err
	}
	return true, s.fail(ctx, l, connectors.CardRevoked)
}

// proofOf makes the login's proof of an authentication, or keeps a better one of the same person.
func (s *Service) proofOf(ctx context.Context, l *Login, auth identity.Authentication, person identity.Person, session seal.RowID, attributes identity.Attributes) error {
	findings, err := s.against(ctx, l, person, l.Proof, attributes, auth.Evidence)
	if err != nil {
		return err
	}
	now, before := s.Now(), l.Proof
	l.Proof = &Proof{
		Usage: person.Usage, Means: auth.Means, Choice: auth.Choice, Issuer: auth.Issuer, Office: officeOf(auth.Evidence), Document: auth.Document, Evidence: auth.Evidence, AMR: auth.AMR,
		AuthTime: auth.AuthTime, Login: l.ID, Session: session, Ends: now.Add(s.lasting(l.Party)), Attributes: attributes, Findings: findings,
	}
	if l.upstream = auth.Session; l.upstream != nil {
		l.Proof.Upstream = l.upstream.Resume
	}
	s.keepProved(l, before, now)
	return nil
}

// notify tells the person that somebody logged in as them, in the language of the pages.
func (s *Service) notify(ctx context.Context, l *Login, person identity.Person, attributes identity.Attributes, now time.Time) error {
	if l.Language != "" {
		attributes = append(identity.Attributes{{Name: "locale", Value: identity.Text(l.Language)}}, attributes...)
	}
	if err := s.Notifier.LoggedIn(ctx, person, attributes, l.Ref(), now); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return nil
}

// found finds the person, or stops the login and says why.
func (s *Service) found(ctx context.Context, l *Login, auth identity.Authentication, registered *subject.Registered) (identity.Person, bool, error) {
	person, err := s.match(ctx, auth, registered)
	if code, stopped := stopCode(err); stopped {
		if code == StopDeceased && !person.Usage.IsZero() { // the register has just said so: what they hold ends now
			if err := s.End(ctx, person.Usage, CauseDeath); err != nil {
				return person, false, err
			}
		}
		l.remember(auth, code, err, s.Now())
		return person, false, s.stop(ctx, l, auth, code)
	}
	if err != nil {
		return person, false, fmt.Errorf("match: %w", err)
	}
	return person, true, nil
}

// place says where a new proof is kept: in the session that the browser has, if that is the same
// person's, else in one of its own.
type place struct {
	seal.Bearer
	old    *seal.Bearer // what the browser came with
	renews bool         // old is the same person's and goes on under a new secret
}

// place looks at the session that the browser has. Another tab of it may be in the middle of a login
// that rests on that session, so the same person's goes on in its row: what was proved in the other
// tab stays, and logging out ends both (attacks FO-05). Its secret is a new one all the same
// (attacks SE-01), derived from the old: two tabs that come at the same moment get the same, and
// whichever answer the browser keeps, it is logged in.
func (s *Service) place(ctx context.Context, usage identity.UsageID, cookie string, now time.Time) (place, error) {
	fresh := place{Bearer: seal.NewBearer(seal.SessionCookie, seal.NewRowID(now), 0)}
	old, err := s.Mint.Parse(seal.SessionCookie, cookie)
	if err != nil {
		return fresh, nil
	}
	row, err := s.Sessions.LoadSession(ctx, old.Row)
	if errors.Is(err, ErrGone) {
		return fresh, nil
	}
	if err != nil {
		return place{}, fmt.Errorf("session of the browser: %w", err)
	}
	next := s.nextCookie(old)
	if row.Usage == usage && (row.Digest == old.Digest() || row.Digest == next.Digest()) {
		return place{Bearer: next, old: &old, renews: true}, nil
	}
	fresh.old = &old
	return fresh, nil
}

// nextCookie is the bearer of a session after the one that was presented.
func (s *Service) nextCookie(old seal.Bearer) seal.Bearer {
	var key [32]byte
	copy(key[:], s.mac("session", nil))
	return seal.Successor(key, seal.SessionCookie, old.Gen+1, old, old.Row, nil)
}

// openSession writes the login, its session and the journal's entries together, and ends the
// session that the browser had before if that was another person's. If the one to be renewed has
// just ended, the proof gets one of its own.
func (s *Service) openSession(ctx context.Context, l *Login, at place, since time.Time) error {
	now := s.Now()
	row, err := s.sessionRow(l, at.Bearer, now)
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
		if err := s.keepSession(ctx, row, at, since); err != nil {
			return err
		}
		if err := s.keepUpstream(ctx, l, row.ID); err != nil {
			return err
		}
		if err := s.Decisions.AddDecision(ctx, decision); err != nil {
			return fmt.Errorf("record decision: %w", err)
		}
		if err := s.keepDevice(ctx, l, now); err != nil {
			return fmt.Errorf("remember the device: %w", err)
		}
		for _, entry := range entries {
			if err := s.Journal.Append(ctx, entry); err != nil {
				return fmt.Errorf("record login: %w", err)
			}
		}
		return nil
	})
}

func (s *Service) sessionRow(l *Login, b seal.Bearer, now time.Time) (SessionRow, error) {
	sealed, wrap, err := sealProof(*l.Proof, b)
	return SessionRow{
		ID: b.Row, Digest: b.Digest(), Usage: l.Proof.Usage, Created: now,
		Idle: now.Add(s.Lifetimes.SessionIdle), Absolute: l.Proof.Ends,
		Means: l.Proof.Means, Issuer: l.Proof.Issuer, Office: l.Proof.Office, Rules: l.Decision.Rules, Sealed: sealed, Wrap: wrap,
	}, err
}

func (s *Service) keepSession(ctx context.Context, row SessionRow, at place, since time.Time) error {
	if at.renews {
		if err := s.Sessions.RenewSession(ctx, row, at.old.Digest()); err != nil {
			return fmt.Errorf("renew session: %w", err)
		}
		return nil
	}
	if err := s.Sessions.AddSession(ctx, row, since); err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	if at.old == nil {
		return nil
	}
	return s.endSession(ctx, *at.old)
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
