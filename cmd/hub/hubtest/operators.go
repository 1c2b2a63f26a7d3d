package hubtest

import (
	"testing"

	"symbolon/cmd/hub"
	"symbolon/connectors/identity"
)

// Stores opens the databases beside the hub, as a command of an operator does.
func (w *World) Stores(t testing.TB) *hub.Stores {
	t.Helper()
	stores, err := hub.OpenStores(t.Context(), w.Config.Databases, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stores.Close(); err != nil {
			t.Error(err)
		}
	})
	return stores
}

// Operators are people at the command line.
func (w *World) Operators(t testing.TB) hub.People {
	t.Helper()
	people, err := hub.OpenPeople(t.Context(), w.Config, w.Stores(t))
	if err != nil {
		t.Fatal(err)
	}
	return people
}

// Numbered reads a number with its scheme and country: PNOPL-87022290019.
func Numbered(t testing.TB, text string) identity.Identifier {
	t.Helper()
	id, err := identity.ParseIdentifier(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
