package login

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/provider/mandate"
	"symbolon/provider/subject"
)

// Ward is somebody whom the person who logged in may act for at the party.
type Ward struct {
	Handle string // means nothing in another login
	Name   identity.Secret
	Born   int // year
	Kind   register.RelationKind
}

// Wards are all of them, as the register says now.
type Wards struct {
	List     []Ward
	More     bool // the register tells no more at once
	NoAnswer bool // nobody knows
}

// Myself stands in place of a handle for who logged in.
const Myself = "myself"

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b[:18]) }

// wardHandle names a relation in the forms of one login.
func (s *Service) wardHandle(l *Login, r register.Relation) string {
	return encode(s.mac("ward "+l.ID.String(), []byte(r.ID.Reveal())))
}

// Wards gives for whom the person who logged in may act here. It asks the register each time.
func (s *Service) Wards(ctx context.Context, l *Login) (Wards, error) {
	if _, ok := s.Next(l).(Represent); !ok {
		return Wards{}, ErrNotNow
	}
	said, err := s.relations(ctx, l)
	if errors.Is(err, register.ErrUnavailable) {
		return Wards{NoAnswer: true}, nil
	}
	if err != nil {
		return Wards{}, err
	}
	all := Wards{More: said.More}
	for _, r := range said.List {
		grown := r.Kind != register.Curator && s.Now().Year()-r.Other.BirthYear > mandate.Majority
		if r.Covers(s.Now(), l.fields()...) && !grown {
			all.List = append(all.List, Ward{s.wardHandle(l, r), r.Other.GivenName, r.Other.BirthYear, r.Kind})
		}
	}
	return all, nil
}

// fields are those that the party deals in.
func (l Login) fields() []register.RelationScope {
	fields := make([]register.RelationScope, len(l.Party.Represents))
	for i, f := range l.Party.Represents {
		fields[i] = register.RelationScope(f)
	}
	return fields
}

// relations asks for whom the person acts who logged in. Somebody whom no register named acts for nobody.
func (s *Service) relations(ctx context.Context, l *Login) (register.Relations, error) {
	number, ok := registeredNumber(l.Proof.Attributes)
	if !ok {
		return register.Relations{}, nil
	}
	q := register.RelationQuestion{Of: number, Side: register.Represents, Purpose: register.ForLogin}
	said, err := s.askRelations(ctx, q, l.Party.ID, l.Ref())
	if errors.Is(err, register.ErrNotFound) {
		return register.Relations{}, nil
	}
	return said, err
}

func (s *Service) askRelations(ctx context.Context, q register.RelationQuestion, party consent.PartyID, ref string) (said register.Relations, err error) {
	if s.Relations == nil {
		return said, register.ErrUnavailable
	}
	about := asked{party: party, ref: ref, register: "relations", purpose: string(q.Purpose)}
	err = s.between(ctx, about, func() (err error) {
		said, err = s.Relations.Relations(ctx, q)
		return err
	})
	if errors.Is(err, register.ErrUnavailable) {
		s.Log.WarnContext(ctx, "population register does not say who acts for whom", "ref", ref)
	}
	return said, err
}

// Represent takes for whom the person acts: one of the Wards, or Myself. What the register says is asked
// anew; why nothing came of it the next step says.
func (s *Service) Represent(ctx context.Context, l *Login, handle string) error {
	if _, ok := s.Next(l).(Represent); !ok {
		return ErrNotNow
	}
	chosen := &Represents{Session: l.Proof.Session, Myself: handle == Myself}
	if !chosen.Myself {
		other, err := s.takeUp(ctx, l, handle)
		switch {
		case errors.Is(err, mandate.ErrNone):
			return s.unrepresented(ctx, l, NoMandate)
		case errors.Is(err, register.ErrUnavailable):
			return s.unrepresented(ctx, l, NotSaid)
		case err != nil:
			return err
		}
		chosen.Other = other
	}
	l.Represents = chosen
	if chosen.Myself {
		if err := s.settle(ctx, l); err != nil {
			return err
		}
	}
	return s.save(ctx, l)
}

// takeUp makes the mandate behind a handle, from what the register says now, with whom it is for.
func (s *Service) takeUp(ctx context.Context, l *Login, handle string) (*Other, error) {
	said, err := s.relations(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, r := range said.List {
		if s.wardHandle(l, r) == handle {
			return s.otherOf(ctx, l, r)
		}
	}
	return nil, mandate.ErrNone
}

func (s *Service) otherOf(ctx context.Context, l *Login, r register.Relation) (*Other, error) {
	var person register.Person
	err := s.asking(ctx, l, "population", func() (err error) {
		person, err = s.Registers.Person(ctx, r.Other.Identifiers[0])
		return err
	})
	if errors.Is(err, register.ErrNotFound) || err == nil && person.Deceased {
		return nil, mandate.ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("whom somebody acts for: %w", err)
	}
	ward, err := s.Represented.Represented(ctx, subject.Registered{Found: true, Identifiers: person.Identifiers, Attributes: person.Attributes})
	if code, stopped := stopCode(err); stopped {
		s.Log.InfoContext(ctx, "whom somebody acts for is not let in", "ref", l.Ref(), "code", code)
		return nil, mandate.ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("whom somebody acts for: %w", err)
	}
	number, _ := registeredNumber(l.Proof.Attributes)
	born, _ := person.Attributes.Find("birthdate")
	right, err := mandate.Of(r, mandate.Person{Usage: l.Proof.Usage, Number: number},
		mandate.Person{Usage: ward.Usage, Number: person.Identifiers[0]}, l.fields(), born.Value.RevealText(), s.Now())
	if err != nil {
		return nil, err
	}
	sub, err := s.Subjects.Subject(ctx, l.Party.Sector, ward.Usage)
	if err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	merged, err := s.Subjects.Merged(ctx, l.Party.Sector, ward.Usage)
	if err != nil {
		return nil, fmt.Errorf("merged subjects: %w", err)
	}
	return &Other{right, sub, merged, person.Attributes}, nil
}

// Borne says whether a mandate still holds: the party still deals in it, both may act, and the register bears it out now. Everything
// asks it that was given by a mandate, each time. Errors: mandate.ErrNone, ErrUnsure.
func (s *Service) Borne(ctx context.Context, m mandate.Mandate, party consent.PartyID, ref string) error {
	p, known := s.Parties.Party(party)
	for _, field := range m.Fields {
		if !known || !slices.Contains(p.Represents, consent.Field(field)) { // its registration is another since
			return mandate.ErrNone
		}
	}
	for _, p := range []mandate.Person{m.For, m.Actor} {
		err := s.Represented.Stands(ctx, p.Number)
		if _, stopped := stopCode(err); stopped || errors.Is(err, subject.ErrNobody) {
			return mandate.ErrNone
		}
		if err != nil {
			return fmt.Errorf("whether a mandate holds: %w", err)
		}
	}
	said, err := s.askRelations(ctx, m.Question(register.ForStanding), party, ref)
	switch {
	case errors.Is(err, register.ErrNotFound):
		return mandate.ErrNone
	case errors.Is(err, register.ErrUnavailable):
		return ErrUnsure
	case err != nil:
		return err
	case !m.Borne(said, s.Now()):
		return mandate.ErrNone
	}
	return nil
}

// stillBorne keeps an answer back whose mandate does not hold any more, or nobody knows: it is asked again for
// whom they act.
func (s *Service) stillBorne(ctx context.Context, l *Login) error {
	m, acting := l.Acting()
	if !acting {
		return nil
	}
	err := s.Borne(ctx, m, l.Party.ID, l.Ref())
	if err == nil {
		err = s.stillTold(ctx, l)
	}
	code := ""
	switch {
	case errors.Is(err, mandate.ErrNone):
		code = NoMandate
	case errors.Is(err, ErrUnsure):
		code = NotSaid
	default:
		return err
	}
	if err := s.unrepresented(ctx, l, code); err != nil {
		return err
	}
	return ErrNotNow
}

// stillTold keeps what was read about whom they act for from being told where the register lets it be told to nobody
// since: theirs is no session that would end by that (levels.md §3). ErrUnsure: it is to be read anew.
func (s *Service) stillTold(ctx context.Context, l *Login) error {
	o := l.other()
	var now register.Person
	err := s.asking(ctx, l, "population", func() (err error) {
		now, err = s.Registers.Person(ctx, o.Mandate.For.Number)
		return err
	})
	_, is := now.Attributes.Find(identity.AddressProtected)
	_, was := o.Attributes.Find(identity.AddressProtected)
	switch {
	case errors.Is(err, register.ErrNotFound):
		return mandate.ErrNone
	case errors.Is(err, register.ErrUnavailable), err == nil && is && !was:
		return ErrUnsure
	default:
		return err
	}
}
