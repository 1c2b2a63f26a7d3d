package identitydb

import (
	"context"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

var _ enrolment.Searches = (*DB)(nil)

// Searching counts the cases of clerks. One that is a draft still has asked nobody, or had no answer yet. Who stands out
// is a person: two offices, an appointment that ended and another one, or another name before a merge, give no second
// count (attacks IN-02).
func (db *DB) Searching(ctx context.Context, offices []string, since time.Time, least int) ([]enrolment.Searching, error) {
	among, args := within("office", offices)
	args = append(append([]any{micro(since)}, args...), least)
	var all []enrolment.Searching
	err := db.SQL(ctx).Each("SELECT clerk, office, looked, finished FROM (SELECT clerk, office, looked, finished, "+
		"sum(looked) OVER (PARTITION BY human) AS all_looked, sum(finished) OVER (PARTITION BY human) AS all_finished FROM ("+
		"SELECT (WITH RECURSIVE "+heirOf+"cases.clerk_person"+heirThen+" SELECT id FROM heir WHERE merged IS NULL) AS human, clerk, office, count(*) AS looked, count(CASE WHEN state IN ('active', 'suspended', 'revoked', 'superseded') THEN 1 END) AS finished FROM cases "+
		"WHERE clerk IS NOT NULL AND state <> 'draft' AND opened >= ?"+among+" GROUP BY clerk_person, clerk, office) each) counted "+
		"WHERE all_looked > ? AND 3 * all_finished < all_looked ORDER BY all_looked DESC, clerk, office LIMIT 50", args, func(scan func(...any) error) error {
		var clerk []byte
		var s enrolment.Searching
		err := scan(&clerk, &s.Office, &s.Looked, &s.Finished)
		if err == nil {
			s.Clerk = staff.ID(clerk)
		}
		all = append(all, s)
		return err
	})
	return all, wrap("count what clerks looked up", err)
}
