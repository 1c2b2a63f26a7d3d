package login

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors"
	"symbolon/connectors/assurance"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/seal"
)

// ErrNoParty says that the relying party is unknown or switched off.
var ErrNoParty = errors.New("login: relying party unknown or switched off")

// Begin opens a login for a request that its channel has validated, and gives it with its cookie.
// What the party may not ask is refused with *consent.OverAsked. A live session named by the
// session cookie is brought along; a cookie that is not one is as good as none. A login whose first
// step is a party's answer has no cookie: nobody comes back to it, and nothing of it is stored.
func (s *Service) Begin(ctx context.Context, request Request, sessionCookie string) (*Login, string, error) {
	party, err := s.party(request.Party)
	if err != nil {
		return nil, "", err
	}
	known, least := s.askable(request.Ask)
	ask, err := consent.Check(known, party)
	if err != nil {
		return nil, "", err
	}
	request.Ask = ask
	request.Minimum = max(request.Minimum, least, claims.LevelFor(ask)) // some attributes take more than the party's floor
	now := s.Now()
	id := seal.NewRowID(now)
	l := &Login{
		ID: id, Created: now, Expires: now.Add(s.Lifetimes.Login), Request: request, Party: party,
		Bearer: seal.NewBearer(seal.LoginCookie, id, 0), key: seal.NewDataKey(), opened: now,
	}
	if party.NoSession {
		sessionCookie = ""
	}
	if l.Proof, err = s.session(ctx, sessionCookie); err != nil {
		return nil, "", err
	}
	if err := s.recheck(ctx, l); err != nil {
		return nil, "", err
	}
	if err := s.fill(ctx, l); err != nil {
		return nil, "", err
	}
	if err := s.settle(ctx, l); err != nil {
		return nil, "", err
	}
	l.explain()
	if s.atOnce(l) {
		l.unkept = true
		return l, "", nil
	}
	row, err := l.row(l.Expires)
	if err != nil {
		return nil, "", err
	}
	if err := s.Logins.AddLogin(ctx, row); err != nil {
		return nil, "", fmt.Errorf("begin login: %w", err)
	}
	return l, s.Cookie(l), nil
}

// atOnce reports whether the next step is the answer to a party. A door's is given on its own page.
func (s *Service) atOnce(l *Login) bool {
	switch s.Next(l).(type) {
	case Deliver, Refuse:
		return !l.Party.Own
	}
	return false
}

// Open gives the login that the cookie belongs to, or ErrGone.
func (s *Service) Open(ctx context.Context, cookie string) (*Login, error) {
	bearer, err := s.Mint.Parse(seal.LoginCookie, cookie)
	if err != nil {
		return nil, ErrGone
	}
	row, err := s.Logins.LoadLogin(ctx, bearer.Row)
	if err != nil {
		return nil, fmt.Errorf("open login: %w", err)
	}
	if row.Digest != bearer.Digest() {
		return nil, ErrGone
	}
	l, err := open(row, bearer)
	if err != nil {
		return nil, err
	}
	if err := s.fill(ctx, l); err != nil {
		return nil, err
	}
	if err := s.dropEnded(ctx, l); err != nil {
		return nil, err
	}
	if l.Proof != nil {
		l.Known = s.known(l, s.Now())
	}
	return l, nil
}

// Cookie gives the value of the login's cookie. It changes when somebody has logged in.
func (s *Service) Cookie(l *Login) string { return s.Mint.Encode(l.Bearer) }

// Next is the next step of the login, now.
func (s *Service) Next(l *Login) Step { return Next(*l, s.Now()) }

// fill adds what is never stored: the party as it is now, the means as they are configured, the
// decision as of now, an earlier answer that still stands.
func (s *Service) fill(ctx context.Context, l *Login) error {
	party, err := s.party(l.Request.Party)
	if err != nil {
		return err
	}
	l.Party, l.Means = party, s.Descriptions()
	if l.Proof == nil {
		return nil
	}
	s.decide(l, s.Now())
	standing, err := s.Ledger.Standing(ctx, party.ID, l.usage(), l.Proof.Usage)
	if err != nil {
		return fmt.Errorf("earlier decisions: %w", err)
	}
	l.Standing = standing
	return nil
}

// settle completes a proof for the login's party: its subject there, and the attributes that only
// a register has.
func (s *Service) settle(ctx context.Context, l *Login) error {
	if l.Proof == nil {
		return nil
	}
	sub, err := s.Subjects.Subject(ctx, l.Party.Sector, l.Proof.Usage)
	if err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	l.Proof.Subject = sub
	if l.Proof.Merged, err = s.Subjects.Merged(ctx, l.Party.Sector, l.Proof.Usage); err != nil {
		return fmt.Errorf("merged subjects: %w", err)
	}
	if l.deciding() { // nothing more is asked about them before they say that it is for them
		l.Known = s.known(l, s.Now())
		return nil
	}
	if err := s.addDocument(ctx, l); err != nil {
		return err
	}
	if err := s.addFurther(ctx, l); err != nil {
		return err
	}
	l.Known = s.known(l, s.Now())
	return nil
}

// dropEnded takes a proof away whose session has ended since: who logged out is logged out in
// every tab (attacks SE-02), and who was frozen gets no further with what was proved before; nor who proved it
// with a card that was cancelled since.
func (s *Service) dropEnded(ctx context.Context, l *Login) error {
	if l.Answered != nil || l.Proof == nil {
		return nil
	}
	_, err := s.Sessions.LoadSession(ctx, l.Proof.Session)
	if errors.Is(err, ErrGone) {
		l.drop()
		return nil
	}
	if err != nil {
		return err
	}
	dead, err := s.dead(ctx, l.Proof.Evidence)
	if dead {
		l.drop()
		l.Failure = string(connectors.CardRevoked)
	}
	return err
}

// drop forgets what was proved, and what was decided from it.
func (l *Login) drop() {
	l.Proof, l.Decision, l.Inputs, l.Standing = nil, assurance.Decision{}, assurance.Inputs{}, nil
}

// Descriptions gives all means that are configured.
func (s *Service) Descriptions() []connectors.Description {
	all := make([]connectors.Description, len(s.Connectors))
	for i, c := range s.Connectors {
		all[i] = c.Describe()
	}
	return all
}

// save stores the login and prolongs it. ErrConflict if somebody changed it meanwhile.
func (s *Service) save(ctx context.Context, l *Login) error {
	return s.saveWith(ctx, l, nil)
}

// saveWith stores the login together with what else is to be written, or nothing. The act may run
// again after a conflict in the database, so nothing in memory changes before all is written.
func (s *Service) saveWith(ctx context.Context, l *Login, more func(context.Context) error) error {
	l.Expires = s.Now().Add(s.Lifetimes.Login)
	row, err := l.row(l.Expires)
	if err != nil {
		return err
	}
	if more == nil {
		err = s.Logins.SaveLogin(ctx, row)
	} else {
		err = s.Loosely(ctx, func(ctx context.Context) error {
			if err := s.Logins.SaveLogin(ctx, row); err != nil {
				return err
			}
			return more(ctx)
		})
	}
	if err != nil {
		return fmt.Errorf("save login: %w", err)
	}
	l.Gen++
	return nil
}
