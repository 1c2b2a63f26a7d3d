package subject

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Cancelled tells whoever a means names that somebody came with a document of theirs that was cancelled
// (means R-CARD-07), and records it. Their ties stay: a new card is the same person's. Where nobody is known
// by it, or more than one, nobody is told, and the zero person is given.
func (m *Matcher) Cancelled(ctx context.Context, auth identity.Authentication, note Note) (identity.Person, error) {
	if auth.Subject.IsZero() {
		return identity.Person{}, errNoSubject
	}
	t := m.told(auth, nil)
	known, err := m.Store.ByLink(ctx, t.link)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find by tie: %w", err)
	}
	if known == nil {
		holders, err := m.holders(ctx, t)
		if err != nil || len(holders) != 1 {
			return identity.Person{}, err
		}
		known = &holders[0]
	}
	person, err := m.follow(ctx, *known)
	if err != nil {
		return identity.Person{}, err
	}
	entry := journal.Entry{Kind: journal.Authenticator, Ref: note.Ref, Fields: map[string]any{"what": "cancelled", "means": string(auth.Means)}}
	if err := m.write(ctx, Change{Person: person.ID, Also: m.telling(person.ID, "message.cancelled", note)}, entry); err != nil {
		return identity.Person{}, err
	}
	return m.person(person.PersonRow)
}
