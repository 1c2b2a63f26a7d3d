package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
)

var _ enrolment.Records = (*DB)(nil)

// keepRecord keeps the sealed record of an enrolment when the rest of its case goes.
func (db *DB) keepRecord(ctx context.Context, c enrolment.Change) error {
	if len(c.Keep) == 0 {
		return nil
	}
	_, err := db.SQL(ctx).Exec("INSERT INTO enrolment_records (case_id, sealed, ended) VALUES (?, ?, 0) ON CONFLICT DO NOTHING", enrolment.CaseID(c.Row.ID), c.Keep)
	return wrap("keep the record of an enrolment", err)
}

// Kept gives the sealed record of an enrolment; nil if none is kept.
func (db *DB) Kept(ctx context.Context, id seal.RowID) ([]byte, error) {
	var sealed []byte
	err := db.SQL(ctx).Row("SELECT sealed FROM enrolment_records WHERE case_id = ?", []any{enrolment.CaseID(id)}, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return sealed, wrap("find the record of an enrolment", err)
}

// SweepRecords takes away the records of enrolments whose last authenticator went longer ago than they are kept.
// One that its owner or an office may yet take back counts as there.
func (db *DB) SweepRecords(ctx context.Context, kept time.Duration) error {
	const rests = "EXISTS (SELECT 1 FROM authenticators a WHERE a.case_id = enrolment_records.case_id AND a.state IN ('active', 'suspended', 'doubted', 'withheld', 'aside'))"
	for _, step := range []struct {
		text string
		args []any
	}{
		{"UPDATE enrolment_records SET ended = 0 WHERE ended > 0 AND " + rests, nil},
		{"UPDATE enrolment_records SET ended = " + db.Now() + " WHERE ended = 0 AND NOT " + rests, nil},
		{"DELETE FROM enrolment_records WHERE ended > 0 AND ended <= " + db.Now() + " - ?", []any{kept.Microseconds()}},
	} {
		if _, err := db.LooseSQL(ctx).Exec(step.text, step.args...); err != nil {
			return wrap("sweep the records of enrolments", err)
		}
	}
	return nil
}
