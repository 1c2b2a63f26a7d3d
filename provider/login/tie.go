package login

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/once"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// tieTime is for how long a means that is tied to nobody waits for its holder to log in in another
// way, in the same browser (means.md §9.2).
const tieTime = 10 * time.Minute

// Untied is an authentication that belongs to nobody known. It waits in its login, sealed to the
// browser's cookie.
type Untied struct {
	Auth  identity.Authentication
	At    time.Time
	Proof *TieProof // the other half: what whoever logged in since has proved
}

// TieProof binds the two halves: it is worth something in this session, for this person, as long as
// no tie of theirs ended, and once (attacks LK-03).
type TieProof struct {
	Session seal.RowID       `json:"session"`
	Usage   identity.UsageID `json:"usage"`
	Ties    uint32           `json:"ties"`
	Nonce   []byte           `json:"nonce"`
	Outcome TieOutcome       `json:"outcome,omitempty"`
	Need    identity.Level   `json:"need,omitempty"`
	Case    string           `json:"case,omitempty"`
}

// TieOutcome says why two means were not tied; "" while it is still to be asked.
type TieOutcome string

// Why two means were not tied.
const (
	TieWeak     TieOutcome = "weak"     // the account is stronger than what was proved of it
	TieStale    TieOutcome = "stale"    // something changed meanwhile
	TieClosed   TieOutcome = "closed"   // the person lets no further way be added
	TieConflict TieOutcome = "conflict" // the other login names somebody else
)

// remember keeps what the page that says why needs: the case that was opened, and a means that may
// yet be tied.
func (l *Login) remember(auth identity.Authentication, code StopCode, err error, now time.Time) {
	l.Case = ""
	var conflict *subject.Conflict
	if errors.As(err, &conflict) {
		l.Case = conflict.Number
	}
	l.Untied = nil
	if code == StopUnlinked || code == StopRemoved {
		l.Untied = &Untied{Auth: auth, At: now}
	}
}

// offerTie binds what has just been proved to the means that waits.
func (s *Service) offerTie(ctx context.Context, l *Login) error {
	now := s.Now()
	if l.Untied == nil || s.Ties == nil || now.Sub(l.Untied.At) > tieTime {
		l.Untied = nil
		return nil
	}
	account, err := s.Ties.Account(ctx, l.Proof.Usage)
	if err != nil {
		return fmt.Errorf("account of a tie: %w", err)
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	proof := &TieProof{Session: l.Proof.Session, Usage: l.Proof.Usage, Ties: account.Ties, Nonce: nonce}
	if account.Closed {
		proof.Outcome = TieClosed
	} else if worth := s.worth(l, now); worth < account.Level {
		proof.Outcome, proof.Need = TieWeak, account.Level
	}
	l.Untied.Proof = proof
	return nil
}

// worth is what the proof at hand is worth for one's own account, whatever this login's party lets
// it count for.
func (s *Service) worth(l *Login, now time.Time) identity.Level {
	c := assurance.Circumstance{SessionEnds: l.Proof.Ends, UpTo: map[identity.Means]identity.Level{}}
	for _, d := range s.Descriptions() {
		c.UpTo[d.ID] = identity.High
	}
	return assurance.Decide(s.Rules, l.Proof.Evidence, c, now).Level
}

// tying reports whether there is something to ask, or to say, about a tie.
func (l Login) tying(now time.Time) bool {
	return l.Untied != nil && l.Untied.Proof != nil && l.Proof != nil && l.Untied.Proof.Session == l.Proof.Session &&
		l.Untied.Proof.Usage == l.Proof.Usage && now.Sub(l.Untied.At) <= tieTime
}

func (l Login) tie() Step {
	u := l.Untied
	return Tie{u.Auth.Means, u.Auth.Choice, u.Auth.Attributes, u.Proof.Outcome, u.Proof.Need, u.Proof.Case}
}

// mayAsk reports whether somebody can be asked to look whose login this is.
func (l Login) mayAsk() bool { return l.Stopped == StopUnlinked && l.Untied != nil && l.Case == "" }

// Tie ties the waiting means to the person, who has said that it is theirs. The proof is consumed
// before anything comes of it. Why nothing came of it the next step says.
func (s *Service) Tie(ctx context.Context, l *Login) error {
	step, ok := s.Next(l).(Tie)
	if !ok || step.Outcome != "" {
		return ErrNotNow
	}
	u := *l.Untied
	proof := *u.Proof
	secret := once.Of(once.LinkProof, string(proof.Nonce), u.At.Add(tieTime+time.Minute), l.ID.String(), proof.Session.String(), proof.Usage.String(),
		string(u.Auth.Means), u.Auth.Issuer, u.Auth.Subject.Reveal())
	err := s.Once.Consume(ctx, secret)
	if err == nil {
		err = s.Ties.Tie(ctx, proof.Usage, u.Auth, proof.Ties, l.Proof.means(), subject.Note{Ref: l.Ref(), Language: l.Language, Stands: s.lasts(proof.Session)})
	}
	var conflict *subject.Conflict
	switch {
	case err == nil:
		l.Untied = nil
		return s.save(ctx, l)
	case errors.As(err, &conflict):
		proof.Outcome, proof.Case = TieConflict, conflict.Number
	case errors.Is(err, subject.ErrClosed):
		proof.Outcome = TieClosed
	case errors.Is(err, once.ErrUsed), errors.Is(err, subject.ErrStale):
		proof.Outcome = TieStale
	default:
		return fmt.Errorf("tie a means: %w", err)
	}
	u.Proof = &proof
	l.Untied = &u
	return s.save(ctx, l)
}

// lasts asks whether a session has not ended.
func (s *Service) lasts(session seal.RowID) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		_, err := s.Sessions.LoadSession(ctx, session)
		if errors.Is(err, ErrGone) {
			return false, nil
		}
		return err == nil, err
	}
}

// means are all by which the person proved it, at hand or in the session that it is from.
func (p Proof) means() []identity.Means {
	all := append([]identity.Means{p.Means}, p.Also...)
	for _, e := range p.Evidence {
		all = append(all, e.Means)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(m identity.Means) bool { return m == "" })
}

// LeaveUntied goes on without the waiting means.
func (s *Service) LeaveUntied(ctx context.Context, l *Login) error {
	if _, ok := s.Next(l).(Tie); !ok {
		return ErrNotNow
	}
	l.Untied = nil
	return s.save(ctx, l)
}

// AskWhose opens a case for people to look whose login this is.
func (s *Service) AskWhose(ctx context.Context, l *Login) error {
	if !l.mayAsk() || s.Ties == nil {
		return ErrNotNow
	}
	number, err := s.Ties.Ask(ctx, l.Untied.Auth)
	if err != nil {
		return fmt.Errorf("ask whose login it is: %w", err)
	}
	l.Case = number
	return s.save(ctx, l)
}

// storedTie is an Untied as it is sealed, with its values written out.
type storedTie struct {
	Means       identity.Means      `json:"means"`
	Kind        string              `json:"kind"`
	Choice      string              `json:"choice,omitempty"`
	Issuer      string              `json:"issuer,omitempty"`
	Subject     string              `json:"subject"`
	Identifiers []string            `json:"identifiers,omitempty"`
	Birth       string              `json:"birth,omitempty"`
	Attributes  json.RawMessage     `json:"attributes"`
	Evidence    []identity.Evidence `json:"evidence"`
	At          time.Time           `json:"at"`
	Proof       *TieProof           `json:"proof,omitempty"`
}

func (u *Untied) store() (*storedTie, error) {
	if u == nil {
		return nil, nil
	}
	exposed, err := u.Auth.Attributes.Expose()
	if err != nil {
		return nil, err
	}
	a := u.Auth
	t := &storedTie{a.Means, a.Kind, a.Choice, a.Issuer, a.Subject.Reveal(), nil, a.Birth, exposed, a.Evidence, u.At, u.Proof}
	for _, id := range a.Identifiers {
		t.Identifiers = append(t.Identifiers, id.Reveal())
	}
	return t, nil
}

func (t *storedTie) load() (*Untied, error) {
	if t == nil {
		return nil, nil
	}
	attributes, err := identity.Unseal(t.Attributes)
	if err != nil {
		return nil, err
	}
	auth := identity.Authentication{
		Means: t.Means, Kind: t.Kind, Choice: t.Choice, Issuer: t.Issuer, Subject: identity.Hide(t.Subject),
		Birth: t.Birth, Attributes: attributes, Evidence: slices.Clone(t.Evidence),
	}
	for _, text := range t.Identifiers {
		id, err := identity.ParseIdentifier(text)
		if err != nil {
			return nil, err
		}
		auth.Identifiers = append(auth.Identifiers, id)
	}
	return &Untied{auth, t.At, t.Proof}, nil
}
