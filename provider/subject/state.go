package subject

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// SetState says how the person stands who has, or had, the identifier: frozen by an operator,
// deceased by a register, active again. It gives the person, so that what they hold can be ended;
// that is a joining, and it leaves an entry. Who stands so already is given without another change,
// so that it can be repeated after a crash. ErrNobody if this installation knows nobody.
func (m *Matcher) SetState(ctx context.Context, id identity.Identifier, to identity.PersonState, why string) (identity.Person, error) {
	switch to {
	case identity.Active, identity.Frozen, identity.Deceased:
	default:
		return identity.Person{}, fmt.Errorf("set a person's state: %q is not one that can be set", to)
	}
	known, err := m.holder(ctx, id)
	if err != nil {
		return identity.Person{}, fmt.Errorf("set a person's state: %w", err)
	}
	if known.State != to {
		changed := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{"state"}, "state": string(to), "why": why}}
		joined := journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": why}}
		if err := m.write(ctx, Change{Person: known.ID, State: to, From: known.State}, changed, joined); err != nil {
			return identity.Person{}, err
		}
		known.State = to
	}
	return m.person(known.PersonRow)
}

// Find gives the person who has, or had, the identifier, to end what they hold: a joining, with its
// entry. ErrNobody if this installation knows nobody.
func (m *Matcher) Find(ctx context.Context, id identity.Identifier, why string) (identity.Person, error) {
	known, err := m.holder(ctx, id)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find a person: %w", err)
	}
	if err := m.write(ctx, Change{Person: known.ID}, journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": why}}); err != nil {
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
