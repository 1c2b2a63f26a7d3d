package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// WaysClosed says whether a person lets no further way to log in be added, and changes that if set says so.
// What they have goes on. Nobody adds one until they lift it: no number, no proof of both, no operators; an office
// only after a second clerk decided so (features H05). A merge keeps it. ErrTooWeak where the login that asks for it stands no more.
func (m *Matcher) WaysClosed(ctx context.Context, usage identity.UsageID, set *bool, note Note) (bool, error) {
	for range tries {
		known, err := m.self(ctx, usage)
		if err != nil || set == nil || *set == known.Closed {
			return known.Closed, err
		}
		state, text := "open", "message.opened"
		if *set {
			state, text = "closed", "message.closed"
		}
		entry := journal.Entry{Kind: journal.PersonChanged, Ref: note.Ref, Fields: map[string]any{"what": []string{"ways"}, "state": state}}
		err = m.write(ctx, Change{Person: known.ID, Closed: set, Ties: &known.Ties, Also: m.onWord(known.ID, text, note)}, entry)
		if !errors.Is(err, ErrTaken) {
			return *set, err
		}
	}
	return false, fmt.Errorf("close a person's ways: %w, %d times", ErrTaken, tries)
}

// WaysOf says of somebody who stands at a desk whether they let no further way be added.
func (m *Matcher) WaysOf(ctx context.Context, person identity.PersonID) (closed bool, err error) {
	if person.IsZero() { // nobody knows yet who it is
		return false, nil
	}
	known, err := m.Store.ByID(ctx, person)
	if err != nil {
		return false, fmt.Errorf("whether ways are closed: %w", err)
	}
	if known == nil {
		return false, ErrNobody
	}
	heir, err := m.follow(ctx, *known)
	return heir.Closed, err
}

// atDesk reports whether an office vouches for who this is.
func atDesk(auth identity.Authentication) bool {
	return slices.ContainsFunc(auth.Evidence, func(e identity.Evidence) bool { return e.Kind == identity.OfficeCheck })
}
