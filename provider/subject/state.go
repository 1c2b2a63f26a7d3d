package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// ErrState says that a person does not stand in a way that can be changed so: an operator cannot
// raise the dead.
var ErrState = errors.New("subject: the person does not stand so that this can be done")

// StateChange is how a person is to stand, and from which states that may follow.
type StateChange struct {
	From []identity.PersonState
	To   identity.PersonState
	Why  string // a code, for the journal
}

// Death is what a register tells.
func Death() StateChange {
	return StateChange{[]identity.PersonState{identity.Active, identity.Frozen}, identity.Deceased, "death"}
}

// DeathCorrected is what a register tells that told a death by mistake.
func DeathCorrected() StateChange {
	return StateChange{[]identity.PersonState{identity.Deceased}, identity.Active, "death_corrected"}
}

// Freeze keeps a person out until they are released.
func Freeze() StateChange {
	return StateChange{[]identity.PersonState{identity.Active}, identity.Frozen, "frozen"}
}

// Release lets a frozen person in again.
func Release() StateChange {
	return StateChange{[]identity.PersonState{identity.Frozen}, identity.Active, "released"}
}

// SetState changes how the person stands who has, or had, the identifier. It gives the person, so
// that what they hold can be ended; that is a joining, and it leaves an entry. Who stands so already
// is given without another change, so that it can be repeated after a crash. ErrNobody if this
// installation knows nobody, ErrState if the change does not follow from how they stand.
func (m *Matcher) SetState(ctx context.Context, id identity.Identifier, change StateChange) (identity.Person, error) {
	known, err := m.holder(ctx, id)
	if err != nil {
		return identity.Person{}, fmt.Errorf("set a person's state: %w", err)
	}
	switch {
	case known.State == change.To:
	case !slices.Contains(change.From, known.State):
		return identity.Person{}, ErrState
	default:
		changed := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{"state"}, "state": string(change.To), "why": change.Why}}
		joined := journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": change.Why}}
		if err := m.write(ctx, Change{Person: known.ID, State: change.To, From: known.State}, changed, joined); err != nil {
			return identity.Person{}, err
		}
		known.State = change.To
	}
	return m.person(known.PersonRow)
}

// Find gives the person who has, or had, the identifier, to end what they hold: a joining, with its
// entry, which holds the fields of more (name, value, ...), too. ErrNobody if this installation knows nobody.
func (m *Matcher) Find(ctx context.Context, id identity.Identifier, why string, more ...string) (identity.Person, error) {
	known, err := m.holder(ctx, id)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find a person: %w", err)
	}
	fields := map[string]any{"why": why}
	for i := 0; i+1 < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	if err := m.write(ctx, Change{Person: known.ID}, journal.Entry{Kind: journal.Joined, Fields: fields}); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}

// holder gives whoever has, or had, the identifier: it belongs to one person for ever.
func (m *Matcher) holder(ctx context.Context, id identity.Identifier) (Known, error) {
	holders, err := m.Store.ByIdentifiers(ctx, []IdentifierKey{m.number(id).key})
	if err != nil {
		return Known{}, err
	}
	if len(holders) == 0 {
		return Known{}, ErrNobody
	}
	return m.follow(ctx, holders[0])
}
