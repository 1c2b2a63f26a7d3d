package subject

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// This file is the only place where the name of a person in one database becomes their name in
// the other.

// ErrNobody says that a usage id belongs to nobody.
var ErrNobody = errors.New("subject: nobody has this usage id")

// newPerson draws a person with a usage id, which is kept only sealed under the join key and as a
// keyed digest for the way back.
func (m *Matcher) newPerson() PersonRow {
	row := PersonRow{ID: randomID(), State: identity.Active, Created: DayOf(m.Now())}
	usage := identity.UsageID(randomID())
	row.Usage = m.JoinKey.Seal(usage[:], usagePlace(row.ID))
	row.Back = m.digests("usage", usage.String())
	return row
}

// person opens the usage id of somebody who has just proved who they are. That is a login, not a
// joining: nobody learns more than the person brought.
func (m *Matcher) person(row PersonRow) (identity.Person, error) {
	plain, err := m.JoinKey.Open(row.Usage, usagePlace(row.ID))
	if err != nil || len(plain) != len(identity.UsageID{}) {
		return identity.Person{}, fmt.Errorf("open a usage id: %w", errors.Join(err, errSize(plain)))
	}
	today := DayOf(m.Now())
	return identity.Person{
		ID: row.ID, Usage: identity.UsageID(plain), State: row.State, Paired: row.Paired,
		Reported: row.stands(DocumentReported, today), Flagged: row.stands(ClerkFlag, today),
	}, nil
}

// Join goes from a usage id to the person, which only law or the person themselves can ask for.
// It leaves an entry that the person sees; without the entry there is no answer.
func (m *Matcher) Join(ctx context.Context, usage identity.UsageID, why string) (identity.PersonID, error) {
	known, err := m.Store.ByUsage(ctx, m.digests("usage", usage.String()))
	if err != nil {
		return identity.PersonID{}, fmt.Errorf("join: %w", err)
	}
	if known == nil {
		return identity.PersonID{}, ErrNobody
	}
	entry := journal.Entry{Kind: journal.Joined, Fields: map[string]any{"why": why}}
	if err := m.write(ctx, Change{Person: known.ID}, entry); err != nil {
		return identity.PersonID{}, fmt.Errorf("join: %w", err)
	}
	return known.ID, nil
}

// Names keeps the pairwise subjects in the usage database.
type Names interface {
	// Subject gives the stored subject of (sector, usage). If there is none it stores the fresh one;
	// of several at once exactly one stays, and all are given that one.
	Subject(ctx context.Context, sector string, usage identity.UsageID, fresh string) (string, error)
	// Merged gives the stored subjects in the sector of all who became this person.
	Merged(ctx context.Context, sector string, usage identity.UsageID) ([]string, error)
}

// Subjects gives pairwise subjects: random, so that nothing about the person can be derived from
// one, and stored, so that it outlives keys, names and numbers (OpenID Connect Core §8.1).
type Subjects struct{ Names Names }

// Subject gives the person's name in a sector, the same for ever.
func (s Subjects) Subject(ctx context.Context, sector string, usage identity.UsageID) (string, error) {
	var random [32]byte
	_, _ = rand.Read(random[:])
	sub, err := s.Names.Subject(ctx, sector, usage, base64.RawURLEncoding.EncodeToString(random[:]))
	if err != nil {
		return "", fmt.Errorf("subject in a sector: %w", err)
	}
	return sub, nil
}

// Merged gives the further names in a sector of a person who was two here (R-PER-04).
func (s Subjects) Merged(ctx context.Context, sector string, usage identity.UsageID) ([]string, error) {
	return s.Names.Merged(ctx, sector, usage)
}

func usagePlace(person identity.PersonID) string { return "usage " + hex.EncodeToString(person[:]) }

func errSize(plain []byte) error {
	if plain == nil || len(plain) == len(identity.UsageID{}) {
		return nil
	}
	return errors.New("not of a usage id's size")
}
