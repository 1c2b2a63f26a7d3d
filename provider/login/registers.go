package login

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// registered asks the population register about the national number that came with an
// authentication, or, for who has none, about their documents: once they are given one, the register tells it
// (means.md R-PER-09). Nil: there is no number, no register, or no answer, and where it does not know a document.
func (s *Service) registered(ctx context.Context, l *Login, ids []identity.Identifier) (*subject.Registered, error) {
	if s.Registers == nil {
		return nil, nil
	}
	ids = askedBy(ids)
	for _, id := range ids {
		var person register.Person
		err := s.asking(ctx, l, "population", func() (err error) {
			person, err = s.Registers.Person(ctx, id)
			return err
		})
		switch {
		case errors.Is(err, register.ErrNotFound) && id.Scheme != identity.NationalNumber:
			continue // no register need know a foreign document
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

// homeless leaves out where somebody lives, which a means tells, as long as the register that could protect it
// (levels.md §3) does not answer about them.
func (s *Service) homeless(attributes identity.Attributes, ids []identity.Identifier, registered *subject.Registered) identity.Attributes {
	numbered := slices.ContainsFunc(ids, func(id identity.Identifier) bool { return id.Scheme == identity.NationalNumber })
	if registered != nil || !numbered || s.Registers == nil {
		return attributes
	}
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool { return a.Name == "address" })
}

// askedBy gives the identifiers that a register may know somebody by: the first national number, or else
// documents.
func askedBy(ids []identity.Identifier) []identity.Identifier {
	var papers []identity.Identifier
	for _, id := range ids {
		switch id.Scheme {
		case identity.NationalNumber:
			return []identity.Identifier{id}
		case identity.Passport, identity.IdentityCard:
			papers = append(papers, id)
		}
	}
	return papers
}

// asking lets a register be asked between two entries: that it will be, and what came of it
// (architecture §8). An intent without an outcome is a hub that died meanwhile. Neither says about
// whom or what was told; the reference is the login's, also where what it gave is used later. No record, no question.
func (s *Service) asking(ctx context.Context, l *Login, name string, ask func() error) error {
	return s.between(ctx, asked{party: l.Request.Party, ref: l.Ref(), register: name}, ask)
}

// asked is what is recorded of a question to a register.
type asked struct {
	party    consent.PartyID
	ref      string
	register string
	purpose  string // "" where the register says it
}

func (a asked) fields(outcome string) map[string]any {
	fields := map[string]any{"register": a.register}
	for name, text := range map[string]string{"purpose": a.purpose, "outcome": outcome} {
		if text != "" {
			fields[name] = text
		}
	}
	return fields
}

func (s *Service) between(ctx context.Context, about asked, ask func() error) error {
	if err := s.note(ctx, about, journal.RegisterAsked, ""); err != nil {
		return err
	}
	failure := ask()
	outcome := "answered"
	switch {
	case errors.Is(failure, register.ErrNotFound):
		outcome = "not_found"
	case failure != nil:
		outcome = "no_answer"
	}
	if err := s.note(ctx, about, journal.RegisterAnswered, outcome); err != nil {
		return err
	}
	return failure
}

// note records something that happens outside the database in a login. Like the login's own row it
// need not wait for the disk.
func (s *Service) note(ctx context.Context, about asked, kind journal.Kind, outcome string) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{ID: seal.NewRowID(now), Kind: kind, At: now, Party: string(about.party), Ref: about.ref, Fields: about.fields(outcome)})
	if err == nil {
		err = s.Journal.Note(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", kind, err)
	}
	return nil
}
