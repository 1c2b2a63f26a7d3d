package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// ErrAppointed says that one of two persons works at an office, so that they are neither made one nor parted: who may do
// what there, and who was locked, would become somebody else's unseen (means.md §4.2).
var ErrAppointed = errors.New("subject: one of the persons works at an office")

// Merge makes one person the tombstone of another: identifiers and ties go over, and what is moved
// is remembered, so that Part can take it back (R-PER-04).
type Merge struct {
	From, Into         identity.PersonID
	FromTies, IntoTies uint32 // as they were read
	Part               bool
}

// merging gives the change that makes the persons of a case one, or parts them.
func (m *Matcher) merging(ctx context.Context, c Case) (Change, error) {
	into, err := m.Store.ByID(ctx, c.Person)
	if err != nil {
		return Change{}, fmt.Errorf("merge: %w", err)
	}
	from, err := m.Store.ByID(ctx, c.Other)
	if err != nil {
		return Change{}, fmt.Errorf("merge: %w", err)
	}
	if into == nil || from == nil || into.ID == from.ID {
		return Change{}, ErrState
	}
	part := c.Verdict == Undo
	stand := into.State == identity.Active && from.State == identity.Active
	text := "message.merged"
	if part { // a later merge is parted first
		stand = into.State == identity.Active && from.State == identity.Merged && from.Into == into.ID
		text = "message.parted"
	}
	if !stand {
		return Change{}, ErrState
	}
	one, two := m.telling(into.ID, text, Note{Ref: c.Number}), m.telling(from.ID, text, Note{Ref: c.Number})
	return Change{
		Merge: &Merge{from.ID, into.ID, from.Ties, into.Ties, part},
		Also: func(ctx context.Context) error {
			if one == nil {
				return nil
			}
			if err := one(ctx); err != nil {
				return err
			}
			return two(ctx)
		},
	}, nil
}

// Among reports whether somebody is one of others, as all of them are now: whoever was merged is whom they became.
func (m *Matcher) Among(ctx context.Context, who identity.PersonID, others ...identity.PersonID) (bool, error) {
	var now []identity.PersonID
	for _, id := range append(others, who) {
		if id.IsZero() {
			continue
		}
		heir, err := m.Became(ctx, id)
		if err != nil {
			return false, err
		}
		now = append(now, heir)
	}
	return !who.IsZero() && slices.Contains(now[:len(now)-1], now[len(now)-1]), nil
}

// Became gives who somebody is now: themselves, or whom they were merged into. ErrNobody.
func (m *Matcher) Became(ctx context.Context, who identity.PersonID) (identity.PersonID, error) {
	known, err := m.Store.ByID(ctx, who)
	if err != nil {
		return identity.PersonID{}, fmt.Errorf("who somebody is now: %w", err)
	}
	if known == nil {
		return identity.PersonID{}, ErrNobody
	}
	heir, err := m.follow(ctx, *known)
	return heir.ID, err
}

// Pair gives the two persons of a merge by their names in the usage database, so that what one holds
// there can go to the other: a joining, with an entry at each.
func (m *Matcher) Pair(ctx context.Context, c Case) (into, from identity.Person, err error) {
	if into, err = m.named(ctx, c, c.Person); err == nil {
		from, err = m.named(ctx, c, c.Other)
	}
	return into, from, err
}

// Person is Pair for a case about one person.
func (m *Matcher) Person(ctx context.Context, c Case) (identity.Person, error) {
	return m.named(ctx, c, c.Person)
}

func (m *Matcher) named(ctx context.Context, c Case, id identity.PersonID) (identity.Person, error) {
	known, err := m.Store.ByID(ctx, id)
	if err != nil || known == nil {
		return identity.Person{}, errors.Join(ErrNobody, err)
	}
	entry := journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": string(c.Verdict), "case": c.Number}}
	if err := m.write(ctx, Change{Person: id}, entry); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}

// Heirs lets a merged person's subjects at parties go to the one they became.
type Heirs interface {
	// Inherit gives the heir the subjects in every sector where they have none. Others stay as they
	// are: they still name the human whom they named.
	Inherit(ctx context.Context, from, heir identity.UsageID) error
	// Return gives back what was inherited.
	Return(ctx context.Context, from, heir identity.UsageID) error
}
