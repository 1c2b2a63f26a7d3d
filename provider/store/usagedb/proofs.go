package usagedb

import (
	"context"
	"database/sql"
	"errors"

	"symbolon/connectors/identity"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
)

var _ oauth.Proofs = (*DB)(nil)

const proofColumns = "SELECT id, client, party, usage, actor, txn, at, token, sealed FROM proofs"

func proofArgs(p oauth.Proof) []any {
	return []any{idBytes(p.ID), p.Client, string(p.Party), idBytes(p.Usage), id(p.Actor), p.Txn, micro(p.At), []byte(p.Token), blob(p.Sealed)}
}

// ClientProof gives the record of a client's login; of two of the same txn, which is short, the newer.
func (db *DB) ClientProof(ctx context.Context, client, txn string) (oauth.Proof, error) {
	return db.proof(ctx, proofColumns+" WHERE txn = ? AND client = ? ORDER BY id DESC LIMIT 1", txn, client)
}

// PersonProof gives the record of a login about a person, or in which they acted for another.
func (db *DB) PersonProof(ctx context.Context, usage identity.UsageID, txn string) (oauth.Proof, error) {
	return db.proof(ctx, proofColumns+" WHERE txn = ? AND (usage = ? OR actor = ?) ORDER BY id DESC LIMIT 1", txn, idBytes(usage), idBytes(usage))
}

// ProofByID gives one record by its id, for who opens the sealed part.
func (db *DB) ProofByID(ctx context.Context, id seal.RowID) (oauth.Proof, error) {
	return db.proof(ctx, proofColumns+" WHERE id = ?", idBytes(id))
}

// ProofsOf gives the records with a txn, the oldest first.
func (db *DB) ProofsOf(ctx context.Context, txn string) ([]oauth.Proof, error) {
	var all []oauth.Proof
	err := db.SQL(ctx).Each(proofColumns+" WHERE txn = ? ORDER BY id", []any{txn}, func(scan func(...any) error) error {
		p, err := scanProof(scan)
		all = append(all, p)
		return err
	})
	return all, wrap("read records of logins", err)
}

func (db *DB) proof(ctx context.Context, text string, args ...any) (oauth.Proof, error) {
	p, err := scanProof(func(into ...any) error { return db.SQL(ctx).Row(text, args, into...) })
	if errors.Is(err, sql.ErrNoRows) {
		return oauth.Proof{}, oauth.ErrNoProof
	}
	return p, wrap("load the record of a login", err)
}

func scanProof(scan func(...any) error) (oauth.Proof, error) {
	var p oauth.Proof
	var id, usage, actor, token []byte
	var at int64
	err := scan(&id, &p.Client, &p.Party, &usage, &actor, &p.Txn, &at, &token, &p.Sealed)
	fixed(p.ID[:], id)
	fixed(p.Usage[:], usage)
	fixed(p.Actor[:], actor)
	p.At, p.Token = fromMicro(at), string(token)
	return p, err
}
