package login

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/subject"
)

// Statuses says how a document stands, no older than the level allows. Not to know is a state.
type Statuses interface {
	Status(context.Context, identity.Document, identity.Level) register.Status
	// Kept gives an answer of before that is young enough for the level: nobody has to be asked.
	Kept(identity.Document, identity.Level) (register.Status, bool)
}

// Deaths records that the holder of an identifier has died. Errors: subject.ErrNobody.
type Deaths interface {
	SetState(context.Context, identity.Identifier, subject.StateChange) (identity.Person, error)
}

// StopDocument begins the codes of why a person is not let in whose document does not stand:
// document_stolen.
const StopDocument = "document_"

// stopOf says why a document with this status lets nobody in; "" where it may, and where nobody
// knows: then the rules say how far it goes.
func stopOf(state register.DocumentStatus) StopCode {
	switch state {
	case register.Valid, register.Unknown:
		return ""
	case register.HolderDeceased:
		return StopDeceased
	default:
		return StopDocument + string(state)
	}
}

// document asks how the document stands that somebody logs in with (means R-STAT-01), and gives why
// it lets nobody in, or the evidence of it. The dead are frozen at once (R-STAT-03).
func (s *Service) document(ctx context.Context, l *Login, doc identity.Document) (StopCode, []identity.Evidence, error) {
	if doc.IsZero() {
		return "", nil, nil
	}
	status, err := s.statusOf(ctx, l, doc)
	if err != nil {
		return "", nil, err
	}
	switch code := stopOf(status.State); code {
	case "":
		return "", []identity.Evidence{s.evidenceOf(status)}, nil
	case StopDeceased:
		return code, nil, s.died(ctx, doc.Holder)
	default:
		s.Log.InfoContext(ctx, "a document does not stand", "ref", l.Ref(), "code", code, "reason", status.Reason)
		return code, nil, nil
	}
}

// statusOf asks the register, between two entries of the journal, unless its last answer is young enough.
func (s *Service) statusOf(ctx context.Context, l *Login, doc identity.Document) (register.Status, error) {
	status := register.Status{State: register.Unknown, Reason: register.NoRegister}
	if s.Statuses == nil {
		return status, nil
	}
	if kept, ok := s.Statuses.Kept(doc, l.Needs()); ok {
		return kept, nil
	}
	err := s.asking(ctx, l, "status", func() error {
		if status = s.Statuses.Status(ctx, doc, l.Needs()); status.State == register.Unknown {
			return register.ErrUnavailable
		}
		return nil
	})
	if errors.Is(err, register.ErrUnavailable) {
		err = nil
	}
	return status, err
}

// evidenceOf is the register's word as rules see it. What is not known never counts as high, and
// as substantial only where the operator lets it (means R-STAT-02).
func (s *Service) evidenceOf(status register.Status) identity.Evidence {
	e := identity.Evidence{
		Kind: identity.DocumentStatus, Means: identity.Means(status.Source), Asserted: identity.High, Ceiling: identity.High,
		Checked: status.CheckedAt, Digest: status.Digest,
	}
	if status.State == register.Unknown {
		e.Checked = s.Now()
		e.Ceiling = identity.Least(max(s.UnknownStatus, identity.Low), identity.Substantial)
		e.Asserted = e.Ceiling
	}
	return e
}

// died freezes whoever has, or had, the number, and ends what they hold.
func (s *Service) died(ctx context.Context, holder identity.Identifier) error {
	if holder == (identity.Identifier{}) {
		return nil // whose it is stands nowhere; the population register tells of the death
	}
	person, err := s.Deaths.SetState(ctx, holder, subject.Death())
	if errors.Is(err, subject.ErrNobody) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record a death: %w", err)
	}
	return s.End(ctx, person.Usage, CauseDeath)
}

// standing looks at the document that a means rests on, before anybody is looked for: a stolen one
// makes and ties nobody. If it does not stand the login is stopped, and the citizen is told why.
func (s *Service) standing(ctx context.Context, l *Login, auth identity.Authentication) (identity.Document, []identity.Evidence, bool, error) {
	if s.unnamed(auth) {
		return identity.Document{}, nil, false, s.fail(ctx, l, connectors.InvalidAnswer)
	}
	doc := holderOf(auth)
	code, evidence, err := s.document(ctx, l, doc)
	if err == nil && code != "" {
		return doc, nil, false, s.stop(ctx, l, auth, code)
	}
	return doc, evidence, err == nil, err
}

// holderOf completes a document with whose it is, where only the means says that.
func holderOf(auth identity.Authentication) identity.Document {
	doc := auth.Document
	if doc.IsZero() || doc.Holder != (identity.Identifier{}) {
		return doc
	}
	for _, id := range auth.Identifiers {
		if id.Scheme == identity.NationalNumber {
			doc.Holder = id
			break
		}
	}
	return doc
}

// unnamed reports whether a means that rests on documents gave an answer that names none.
func (s *Service) unnamed(auth identity.Authentication) bool {
	return auth.Document.IsZero() && slices.ContainsFunc(s.Descriptions(), func(d connectors.Description) bool {
		return d.ID == auth.Means && d.Document
	})
}

// recheck asks anew how the document stands behind a session (means R-STAT-01: at each login). One
// that does not stand any more ends the session, and the citizen reads why.
func (s *Service) recheck(ctx context.Context, l *Login) error {
	if l.Proof == nil {
		return nil
	}
	if buried, err := s.buried(ctx, l); err != nil || buried || l.Proof.Document.IsZero() {
		return err
	}
	code, evidence, err := s.document(ctx, l, l.Proof.Document)
	if err != nil {
		return err
	}
	if code != "" {
		if err := s.endFor(ctx, l, CauseDocument); err != nil {
			return fmt.Errorf("end a session whose document does not stand: %w", err)
		}
		l.Proof, l.Stopped = nil, code
		return nil
	}
	l.Proof.Evidence = append(withoutStatus(l.Proof.Evidence), evidence...)
	return nil
}

// endFor ends the session behind a login and records why. An act that only takes away is not refused for
// want of a record.
func (s *Service) endFor(ctx context.Context, l *Login, cause Cause) error {
	if err := s.Sessions.EndSession(ctx, l.Proof.Session); err != nil {
		return err
	}
	row, err := Ending{s.Ends, s.Journal, s.Now}.entry(l.Proof.Usage, cause)
	if err == nil {
		err = s.Journal.Append(ctx, row)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "the end of a session was not recorded", "cause", string(cause), "error", err)
	}
	return nil
}

func withoutStatus(evidence []identity.Evidence) []identity.Evidence {
	return slices.DeleteFunc(slices.Clone(evidence), func(e identity.Evidence) bool { return e.Kind == identity.DocumentStatus })
}

// explain tells the citizen where it is the register's silence that keeps them from what is needed.
func (l *Login) explain() {
	silent := l.Proof != nil && slices.ContainsFunc(l.Proof.Evidence, func(e identity.Evidence) bool {
		return e.Kind == identity.DocumentStatus && e.Ceiling < identity.High && e.Ceiling < l.Needs()
	})
	if silent {
		l.Failure = string(connectors.StatusUnknown)
	}
}
