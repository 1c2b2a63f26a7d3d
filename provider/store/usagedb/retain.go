package usagedb

import (
	"context"
	"time"

	"symbolon/provider/seal"
)

// Retain takes away what happened in use longer ago than is kept: decisions, records of logins, grants, releases and what
// citizens decided with them, entries of the journal (architecture §7). Ids begin with their moment,
// so no index is needed. An answer that still stands keeps its release; subjects stay for ever, because
// a party knows the person by them.
func (db *DB) Retain(ctx context.Context, kept time.Duration) error {
	var us int64
	now := db.Now()
	if err := db.SQL(ctx).Row("SELECT "+now, nil, &us); err != nil {
		return wrap("look what is kept no longer", err)
	}
	oldest := seal.FirstRowID(fromMicro(us).Add(-kept))
	for _, due := range []struct{ name, text string }{
		{"decisions", "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE id < ? ORDER BY id LIMIT ?)"},
		{"records of logins", "DELETE FROM proofs WHERE id IN (SELECT id FROM proofs WHERE id < ? ORDER BY id LIMIT ?)"},
		{"old grants", "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE id < ? AND ends <= " + now + " ORDER BY id LIMIT ?)"},
		{"old answers", `DELETE FROM consents WHERE (party, usage) IN (SELECT c.party, c.usage FROM releases r
			JOIN consents c ON c.party = r.party AND c.usage = r.usage AND c.release = r.id WHERE r.id < ? AND c.until <= ` + now + ` ORDER BY r.id LIMIT ?)`},
		{"releases", `DELETE FROM releases WHERE id IN (SELECT r.id FROM releases r WHERE r.id < ?
			AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.party = r.party AND c.usage = r.usage AND c.release = r.id) ORDER BY r.id LIMIT ?)`},
		{"journal", "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE id < ? ORDER BY id LIMIT ?)"},
	} {
		if err := db.repeat(ctx, due.name, due.text, oldest[:], batch); err != nil {
			return err
		}
	}
	return nil
}
