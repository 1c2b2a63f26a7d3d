package subject

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Enrol gives the person whom a register answered about at a desk, or makes them. No means is tied:
// that is done when one was handed over. Errors: ErrDeceased, ErrFrozen, ErrConflict, ErrNotInRegister.
func (m *Matcher) Enrol(ctx context.Context, answer Registered) (identity.Person, error) {
	return m.registered(ctx, "desk", answer)
}

// Represented gives the person whom a register answered about as somebody whom another acts for, or makes
// them. No means is tied: they have shown none. Errors as of Enrol.
func (m *Matcher) Represented(ctx context.Context, answer Registered) (identity.Person, error) {
	return m.registered(ctx, "mandate", answer)
}

// Stands says whether the holder of an identifier may act, or be acted for. Nothing of what they hold
// elsewhere is looked at, so it is no joining. Errors: ErrNobody, ErrDeceased, ErrFrozen.
func (m *Matcher) Stands(ctx context.Context, id identity.Identifier) error {
	known, err := m.holder(ctx, id)
	if err != nil {
		return fmt.Errorf("whether somebody stands: %w", err)
	}
	return refused(known.State)
}

// registered finds or makes the person behind a register's answer that came without a login of theirs.
func (m *Matcher) registered(ctx context.Context, how identity.Means, answer Registered) (identity.Person, error) {
	if !answer.Found || len(answer.Identifiers) == 0 {
		return identity.Person{}, ErrNotInRegister
	}
	shown := identity.Authentication{Means: how, Kind: string(how), Subject: identity.Hide(answer.Identifiers[0].Reveal())}
	t := m.told(shown, &answer)
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
	case !slices.ContainsFunc(t.registered, number.national): // a register that knows a foreigner's document alone
		t.said, t.trusted = t.registers, t.registered
		return m.makeRead(ctx, t)
	}
	if known, err := m.newlyHeld(ctx, &t); err != nil {
		return identity.Person{}, err
	} else if known != nil {
		return m.admit(ctx, t, *known, nil)
	}
	row := m.newPerson()
	change := Change{Person: row.ID, Make: &row, Contacts: m.contacts(t, Known{PersonRow: row})}
	change.Identifiers, change.Restate = m.numbering(t, Known{})
	change.Comparisons = m.comparisons(t.best())
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": string(t.auth.Means)}}
	if err := m.write(ctx, change, made); err != nil {
		return identity.Person{}, err
	}
	return m.person(row)
}

// Reference is how the identity journal names a person.
func (m *Matcher) Reference(person identity.PersonID) string { return m.reference(person) }

// References are all the names that the journal has for persons, under every key in use.
func (m *Matcher) References(persons ...identity.PersonID) []string {
	var all []string
	for _, person := range persons {
		for _, sum := range m.Digests.All("journal", hex.EncodeToString(person[:])) {
			all = append(all, hex.EncodeToString(sum[:]))
		}
	}
	return all
}

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
