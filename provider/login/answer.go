package login

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/journal"
	"symbolon/provider/once"
	"symbolon/provider/seal"
)

// ErrNotNow says that the login is not at the step that the act belongs to: a page from before, a
// form sent twice.
var ErrNotNow = errors.New("login: not the step for this")

// Answered is everything a channel needs in order to give a login's answer. Nothing of it is
// written yet: the channel writes release, entry, its own grant and the login's end in one
// transaction, and calls Login.Close for the last.
type Answered struct {
	Release consent.Release
	Entry   journal.Row
	Acted   *journal.Row // the same at who acted for somebody; nil: they were asked about themselves
	Decided DecisionRow
	Values  identity.Attributes // of the released attributes, and no others
	Level   identity.Level
	Backing claims.Backing // what may be told about how the values were verified
	Record  Recorded
	Unless  []once.Secret // nothing is given once any of these was consumed
}

// Recorded is what is kept of how the person proved who they are.
type Recorded struct {
	ID     seal.RowID
	Checks []Check
	Sealed []byte // the full record, for the holders of the evidence key; nil: there is none
}

// Approve takes the citizen's answer to the question of the Consent step. What was shown must be
// what is asked now; what was not shown, or not ticked, is not released.
func (s *Service) Approve(ctx context.Context, l *Login, approval consent.Approval) (Answered, error) {
	step, ok := s.Next(l).(Consent)
	if !ok {
		return Answered{}, ErrNotNow
	}
	if err := s.stillBorne(ctx, l); err != nil {
		return Answered{}, err
	}
	now := s.Now()
	release, err := consent.Approve(step.Question, l.Party, l.usage(), approval, seal.NewRowID(now), now)
	if err != nil {
		return Answered{}, err
	}
	return s.answered(l, release.InPlaceOf(l.Standing))
}

// Deliver gives the answer for the Deliver step, where nothing is left to ask.
func (s *Service) Deliver(ctx context.Context, l *Login) (Answered, error) {
	step, ok := s.Next(l).(Deliver)
	if !ok {
		return Answered{}, ErrNotNow
	}
	if err := s.stillBorne(ctx, l); err != nil {
		return Answered{}, err
	}
	now := s.Now()
	step.Release.ID, step.Release.At = seal.NewRowID(now), now
	return s.answered(l, step.Release)
}

func (s *Service) answered(l *Login, release consent.Release) (Answered, error) {
	release.Items = s.asAsked(l, release.Items)
	if m, acting := l.Acting(); acting {
		release.By = m.Actor.Usage
		if !slices.ContainsFunc(release.Items, func(r consent.Released) bool { return r.Name == consent.Act }) {
			return Answered{}, errors.New("answer: it would not say who acts")
		}
	}
	a := Answered{Release: release, Level: l.Level(), Backing: s.backing(l), Unless: s.certificates(*l.Proof)}
	told := make([]string, 0, len(release.Items))
	for _, item := range release.Items {
		attribute, ok := l.Known.Find(item.Name)
		if !ok {
			return Answered{}, fmt.Errorf("answer: %s was released but is not known", item.Name)
		}
		a.Values = append(a.Values, attribute)
		told = append(told, string(item.Name))
		for _, tag := range item.In {
			told = append(told, string(item.Name)+"#"+tag)
		}
	}
	entry := journal.Entry{
		ID: seal.NewRowID(release.At), Kind: journal.Released, At: release.At, Who: release.Usage.String(),
		Party: string(release.Party), Ref: l.Ref(),
		Fields: map[string]any{
			"attributes": told, "client": l.Request.Client, "level": a.Level.String(), "rules": l.Decision.Rules,
			"release": seal.RowID(release.ID).String(), "shown": fmt.Sprintf("%x", release.Shown), "standing": release.Standing,
		},
	}
	var err error
	if a.Entry, a.Acted, err = s.atBoth(l, entry); err != nil {
		return Answered{}, fmt.Errorf("record release: %w", err)
	}
	a.Record = Recorded{ID: seal.NewRowID(release.At), Checks: l.checks(s.Rules, release.At)}
	if a.Record.Sealed, err = s.sealedRecord(l, a.Record.ID, release.At); err != nil {
		return Answered{}, err
	}
	a.Decided, err = l.decision(release.At)
	return a, err
}

// Close gives the login's row as it is after its answer: what was proved and the values are gone,
// and only the same answer can be given again. The zero row for a login that has none.
func (l *Login) Close(r Receipt) (Row, error) {
	if l.unkept {
		return Row{}, nil
	}
	closed := *l
	closed.Answered, closed.Proof, closed.Leg, closed.Represents = &r, nil, nil, nil
	return closed.row(l.Expires)
}

// Decline ends the login with the citizen's no: access_denied for the party, nothing more. Values
// are gone. A decision that stood is over, too: an earlier yes must not come back after a no.
func (s *Service) Decline(ctx context.Context, l *Login) error {
	if _, ok := s.Next(l).(Consent); !ok {
		return ErrNotNow
	}
	now := s.Now()
	row, acted, err := s.atBoth(l, journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.Declined, At: now, Who: l.usage().String(),
		Party: string(l.Request.Party), Ref: l.Ref(), Fields: map[string]any{"client": l.Request.Client},
	})
	if err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	stood, about, by := l.Standing != nil, l.usage(), l.Proof.Usage
	l.Refused, l.Proof, l.Known, l.Standing, l.Leg, l.Represents = AccessDenied, nil, nil, nil, nil, nil
	return s.saveWith(ctx, l, func(ctx context.Context) error {
		if stood {
			if err := s.Ledger.Withdraw(ctx, l.Request.Party, about, by); err != nil {
				return fmt.Errorf("withdraw an earlier decision: %w", err)
			}
		}
		if acted != nil {
			if err := s.Journal.Append(ctx, *acted); err != nil {
				return err
			}
		}
		return s.Journal.Append(ctx, row)
	})
}

// GiveUp ends the login without an answer: unmet_authentication_requirements if what the citizen
// proved or could prove here is not enough, else access_denied.
func (s *Service) GiveUp(ctx context.Context, l *Login) error {
	outcome := AccessDenied
	switch step := s.Next(l).(type) {
	case Choose:
		if step.Have != identity.None || len(step.Offers) == 0 {
			outcome = UnmetLevel
		}
	case Stopped, Confirm, Represent, Consent:
	default:
		return ErrNotNow
	}
	l.Refused, l.Proof, l.Known, l.Leg, l.Represents = outcome, nil, nil, nil, nil
	return s.save(ctx, l)
}

// ConfirmAccount says that the account at hand is the one meant.
func (s *Service) ConfirmAccount(ctx context.Context, l *Login) error {
	if _, ok := s.Next(l).(Confirm); !ok {
		return ErrNotNow
	}
	l.Account = true
	return s.save(ctx, l)
}

// SwitchAccount leaves the account at hand aside, so that another can log in here.
func (s *Service) SwitchAccount(ctx context.Context, l *Login) error {
	switch s.Next(l).(type) {
	case Confirm, Represent, Consent:
	default:
		return ErrNotNow
	}
	l.Proof, l.Known, l.Standing, l.Account, l.Represents = nil, nil, nil, false, nil
	return s.save(ctx, l)
}
