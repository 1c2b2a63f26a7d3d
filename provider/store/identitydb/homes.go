package identitydb

import (
	"context"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

var _ enrolment.Homes = (*DB)(nil)

// Homes gives the digests of where somebody lives who works at a desk, under each key; none where it is not known.
func (db *DB) Homes(ctx context.Context, person identity.PersonID) ([]enrolment.Digest, error) {
	var all []enrolment.Digest
	err := db.SQL(ctx).Each("SELECT key_id, digest FROM staff_homes WHERE person = ?", []any{person[:]}, func(scan func(...any) error) error {
		var key int64
		var sum []byte
		if err := scan(&key, &sum); err != nil {
			return err
		}
		all = append(all, enrolment.Digest{Key: byte(key), Sum: [32]byte(sum)})
		return nil
	})
	return all, wrap("read where a clerk lives", err)
}

// KeepHome keeps where somebody lives in place of what was kept before; no digest keeps nothing.
func (db *DB) KeepHome(ctx context.Context, person identity.PersonID, digests []enrolment.Digest) error {
	return wrap("keep where a clerk lives", db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).Exec("DELETE FROM staff_homes WHERE person = ?", person[:]); err != nil {
			return err
		}
		for _, d := range digests {
			if _, err := db.SQL(ctx).Exec("INSERT INTO staff_homes (person, key_id, digest) VALUES (?, ?, ?)", person[:], int64(d.Key), d.Sum[:]); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Working gives everybody who has an appointment that has not ended. Of nobody else, but of who is proposed, it is
// kept any longer where they live; and a proposal that nobody confirmed in time is forgotten.
func (db *DB) Working(ctx context.Context) ([]identity.PersonID, error) {
	const working = "SELECT person FROM staff WHERE state <> 'ended'"
	if _, err := db.SQL(ctx).Exec("DELETE FROM staff_proposals WHERE confirmed_by IS NULL AND proposed < "+db.Now()+" - ?", staff.ProposalLife.Microseconds()); err != nil {
		return nil, wrap("forget proposals", err)
	}
	if _, err := db.SQL(ctx).Exec("DELETE FROM staff_homes WHERE person NOT IN (" + working + " UNION SELECT person FROM staff_proposals WHERE confirmed_by IS NULL)"); err != nil {
		return nil, wrap("forget where nobody of the staff lives", err)
	}
	var all []identity.PersonID
	err := db.SQL(ctx).Each("SELECT DISTINCT person FROM ("+working+") w", nil, func(scan func(...any) error) error {
		var person []byte
		if err := scan(&person); err != nil {
			return err
		}
		all = append(all, identity.PersonID(person))
		return nil
	})
	return all, wrap("find who works at desks", err)
}
