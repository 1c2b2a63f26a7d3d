package subject

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Enrol gives the person whom a register answered about at a desk, or makes them. No means is tied:
// that is done when one was handed over. Errors: ErrDeceased, ErrFrozen, ErrConflict, ErrNotInRegister.
func (m *Matcher) Enrol(ctx context.Context, answer Registered) (identity.Person, error) {
	if !answer.Found || len(answer.Identifiers) == 0 {
		return identity.Person{}, ErrNotInRegister
	}
	desk := identity.Authentication{Means: "desk", Kind: "desk", Subject: identity.Hide(answer.Identifiers[0].Reveal())}
	t := m.told(desk, &answer)
	for range tries {
		person, err := m.enrol(ctx, t)
		if !errors.Is(err, ErrTaken) {
			return person, err
		}
	}
	return identity.Person{}, fmt.Errorf("enrol: %w, %d times", ErrTaken, tries)
}

func (m *Matcher) enrol(ctx context.Context, t told) (identity.Person, error) {
	persons, err := m.holders(ctx, t)
	if err != nil {
		return identity.Person{}, err
	}
	switch {
	case len(persons) == 1:
		return m.admit(ctx, t, persons[0], nil)
	case len(persons) > 1:
		return m.twoPersons(ctx, t, persons)
	case t.register.Deceased:
		return identity.Person{}, ErrDeceased
	}
	row := m.newPerson()
	change := Change{Person: row.ID, Make: &row, Contacts: m.contacts(t, Known{PersonRow: row})}
	change.Identifiers, change.Restate = m.numbering(t, Known{})
	change.Comparisons = m.comparisons(t.best())
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": "desk"}}
	if err := m.write(ctx, change, made); err != nil {
		return identity.Person{}, err
	}
	return m.person(row)
}

// Reference is how the identity journal names a person.
func (m *Matcher) Reference(person identity.PersonID) string { return m.reference(person) }

// AtDesk gives the person behind the usage id of somebody who has just logged in at a desk of ours. A
// desk case is no joining (the person themselves brought the name), so there is no entry. ErrNobody.
func (m *Matcher) AtDesk(ctx context.Context, usage identity.UsageID) (identity.PersonID, error) {
	known, err := m.Store.ByUsage(ctx, m.digests("usage", usage.String()))
	if err != nil {
		return identity.PersonID{}, fmt.Errorf("find a colleague: %w", err)
	}
	if known == nil || refused(known.State) != nil {
		return identity.PersonID{}, ErrNobody
	}
	return known.ID, nil
}

// Stop gives the usage id of a person whose way to log in is stopped, so that what was opened with it
// can be ended. That is a joining, and it leaves an entry.
func (m *Matcher) Stop(ctx context.Context, person identity.PersonID, why string) (identity.Person, error) {
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find whose sessions end: %w", err)
	}
	for known != nil && known.State == identity.Merged { // what was handed out to one logs the other in
		if known, err = m.Store.ByID(ctx, known.Into); err != nil {
			return identity.Person{}, fmt.Errorf("find whose sessions end: %w", err)
		}
	}
	if known == nil {
		return identity.Person{}, ErrNobody
	}
	if err := m.write(ctx, Change{Person: known.ID}, journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": why}}); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}
