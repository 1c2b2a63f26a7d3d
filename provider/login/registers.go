package login

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// registered asks the population register about the national number that came with an
// authentication. Nil: there is no number, no register, or no answer.
func (s *Service) registered(ctx context.Context, l *Login, ids []identity.Identifier) (*subject.Registered, error) {
	for _, id := range ids {
		if id.Scheme != identity.NationalNumber || s.Registers == nil {
			continue
		}
		var person register.Person
		err := s.asking(ctx, l, "population", func() (err error) {
			person, err = s.Registers.Person(ctx, id)
			return err
		})
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

// homeless leaves out where somebody lives, which a means tells, as long as the register that could protect it
// (levels.md §3) does not answer about them.
func (s *Service) homeless(attributes identity.Attributes, ids []identity.Identifier, registered *subject.Registered) identity.Attributes {
	numbered := slices.ContainsFunc(ids, func(id identity.Identifier) bool { return id.Scheme == identity.NationalNumber })
	if registered != nil || !numbered || s.Registers == nil {
		return attributes
	}
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool { return a.Name == "address" })
}

// asking lets a register be asked between two entries: that it will be, and what came of it
// (architecture §8). An intent without an outcome is a hub that died meanwhile. Neither says about
// whom or what was told; the reference is the login's. No record, no question.
func (s *Service) asking(ctx context.Context, l *Login, name string, ask func() error) error {
	if err := s.note(ctx, l, journal.RegisterAsked, map[string]any{"register": name}); err != nil {
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
	if err := s.note(ctx, l, journal.RegisterAnswered, map[string]any{"register": name, "outcome": outcome}); err != nil {
		return err
	}
	return failure
}

// note records something that happens outside the database in a login. Like the login's own row it
// need not wait for the disk.
func (s *Service) note(ctx context.Context, l *Login, kind journal.Kind, fields map[string]any) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{ID: seal.NewRowID(now), Kind: kind, At: now, Party: string(l.Request.Party), Ref: l.Ref(), Fields: fields})
	if err == nil {
		err = s.Journal.Note(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", kind, err)
	}
	return nil
}
