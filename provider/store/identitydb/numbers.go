package identitydb

import (
	"context"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

var _ subject.NumberStore = (*DB)(nil)

// CurrentIdentifiers gives what a person is known by now, with its sealed values.
func (db *DB) CurrentIdentifiers(ctx context.Context, person identity.PersonID) ([]subject.IdentifierRow, error) {
	var all []subject.IdentifierRow
	err := db.SQL(ctx).Each("SELECT id, scheme, country, sealed, since FROM identifiers WHERE person = ? AND state = 'current' ORDER BY scheme, country",
		[]any{person[:]}, func(scan func(...any) error) error {
			r := subject.IdentifierRow{State: subject.Current}
			var id []byte
			var scheme string
			var since int64
			if err := scan(&id, &scheme, &r.Country, &r.Sealed, &since); err != nil {
				return err
			}
			r.ID, r.Scheme, r.Since = [16]byte(id), identity.Scheme(scheme), subject.Day(since) //nolint:gosec // days since 1970
			all = append(all, r)
			return nil
		})
	return all, wrap("find current identifiers", err)
}
