package usagedb

import (
	"context"
	"errors"
	"maps"
	"slices"

	"symbolon/provider/journal"
)

// Change is what one act does to the registry: documents by id, where nil takes one away, and
// the entries that record it.
type Change struct {
	Parties, Clients map[string][]byte
	Entries          []journal.Row
}

// Registry gives every party and client as the document it was applied with, and the version
// that they make together.
func (db *DB) Registry(ctx context.Context) (version int64, parties, clients map[string][]byte, err error) {
	parties, clients = map[string][]byte{}, map[string][]byte{}
	// One statement, so that all of it is of one moment.
	err = db.SQL(ctx).Each(`SELECT 0 AS part, '' AS id, version, NULL AS document FROM registry
		UNION ALL SELECT 1, id, 0, document FROM parties UNION ALL SELECT 2, id, 0, document FROM clients`, nil,
		func(scan func(...any) error) error {
			var part int
			var id string
			var number int64
			var document []byte
			if err := scan(&part, &id, &number, &document); err != nil {
				return err
			}
			switch part {
			case 0:
				version = number
			case 1:
				parties[id] = document
			default:
				clients[id] = document
			}
			return nil
		})
	return version, parties, clients, wrap("read the registry", err)
}

// RegistryVersion says whether what was read before is still what stands.
func (db *DB) RegistryVersion(ctx context.Context) (version int64, err error) {
	err = db.SQL(ctx).Row("SELECT version FROM registry WHERE id = 1", nil, &version)
	return version, wrap("read the registry's version", err)
}

// Apply makes a change with its entries and raises the version, or does nothing.
func (db *DB) Apply(ctx context.Context, c Change) error {
	return wrap("apply to the registry", db.Atomically(ctx, func(ctx context.Context) error {
		// First the version: changes made at the same time queue here, and rows are then locked
		// in no order that matters.
		if _, err := db.SQL(ctx).Exec("UPDATE registry SET version = version + 1 WHERE id = 1"); err != nil {
			return err
		}
		if err := errors.Join(db.put(ctx, "parties", c.Parties), db.put(ctx, "clients", c.Clients)); err != nil {
			return err
		}
		for _, entry := range c.Entries {
			if err := db.insertEntry(ctx, entry); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (db *DB) put(ctx context.Context, table string, documents map[string][]byte) error {
	for _, id := range slices.Sorted(maps.Keys(documents)) {
		var err error
		if document := documents[id]; document == nil {
			_, err = db.SQL(ctx).Exec("DELETE FROM "+table+" WHERE id = ?", id)
		} else {
			_, err = db.SQL(ctx).Exec("INSERT INTO "+table+" (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document", id, document)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
