package subject

import (
	"context"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Holder names the person here who has, or had, the identifier. Nothing of what they hold elsewhere
// is looked at, so it is no joining. ErrNobody if this installation knows nobody.
func (m *Matcher) Holder(ctx context.Context, id identity.Identifier) (identity.PersonID, error) {
	known, err := m.holder(ctx, id)
	if err != nil {
		return identity.PersonID{}, fmt.Errorf("find a holder: %w", err)
	}
	return known.ID, nil
}

// Refresh takes over what the register says now of a person whose number or name has changed there:
// the new number becomes the current one and the old one history (means R-PER-05), the new name is
// what their next login is compared with, and the old one is kept for comparison. What a register
// says of the dead it says to SetState. ErrConflict if somebody else here holds one of the numbers;
// then a human looks at it and nothing changes.
func (m *Matcher) Refresh(ctx context.Context, id identity.Identifier, register Registered) error {
	for range tries {
		if err := m.refresh(ctx, id, register); !errors.Is(err, ErrTaken) {
			return err
		}
	}
	return fmt.Errorf("refresh a person: %w, %d times", ErrTaken, tries)
}

func (m *Matcher) refresh(ctx context.Context, id identity.Identifier, register Registered) error {
	known, err := m.holder(ctx, id)
	if err != nil {
		return fmt.Errorf("refresh a person: %w", err)
	}
	t := m.told(identity.Authentication{Identifiers: []identity.Identifier{id}}, &register)
	if !register.Found || !t.concerns(known) {
		return nil // it says nothing of this person
	}
	change := Change{Person: known.ID}
	var other *Known
	if change.Identifiers, change.Restate, other, err = m.renumber(ctx, t, known); err != nil {
		return err
	}
	if other != nil {
		_, err := m.twoPersons(ctx, t, []Known{known, *other})
		return err
	}
	if t.registers.complete() && !m.compared(known, t.registers.all()[0], true) {
		change.Comparisons = m.comparisons(t.registers)
	}
	entries := m.recordOf(t, change)
	for i := range entries {
		if entries[i].Kind == journal.PersonChanged {
			entries[i].Fields["why"] = "register"
		}
	}
	return m.write(ctx, change, entries...)
}
