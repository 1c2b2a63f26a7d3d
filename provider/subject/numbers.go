package subject

import (
	"context"
	"fmt"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// NumberStore finds what a person is known by now. The identity database is one.
type NumberStore interface {
	CurrentIdentifiers(context.Context, identity.PersonID) ([]IdentifierRow, error)
}

// Numbers opens the identifiers under which registers know somebody who has just proved who they are
// with something that tells no number: without one no register could be asked about them.
type Numbers struct {
	Store NumberStore
	Vault seal.Vault
}

// Numbers gives the current identifiers of a person.
func (n Numbers) Numbers(ctx context.Context, person identity.PersonID) ([]identity.Identifier, error) {
	rows, err := n.Store.CurrentIdentifiers(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find numbers: %w", err)
	}
	all := make([]identity.Identifier, 0, len(rows))
	for _, row := range rows {
		value, err := n.Vault.Open(row.Sealed, identifierPlace(row.ID))
		if err != nil {
			return nil, fmt.Errorf("open a number: %w", err)
		}
		all = append(all, identity.Identifier{Scheme: row.Scheme, Country: row.Country, Value: identity.Hide(string(value))})
	}
	return all, nil
}

// Enter puts an entry about a person into the identity journal, in the transaction of the context if
// there is one. Who and when are filled in.
func (m *Matcher) Enter(ctx context.Context, person identity.PersonID, entry journal.Entry) error {
	return m.write(ctx, Change{Person: person}, entry)
}
