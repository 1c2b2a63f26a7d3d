package identitydb

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// Attacks IN-01, IN-14: a proposal is confirmed within a week or not at all, however long its number lies about; of who
// was proposed in vain nothing is kept, neither their name nor where they live.
func TestAttack_IN_14_AProposalThatLiesAbout(t *testing.T) {
	later(t, func(t *testing.T, w *town, wait func(time.Duration)) {
		ctx := t.Context()
		person := w.human(t, invented(9010))
		propose := func() staff.Proposal {
			t.Helper()
			p, err := w.staff.Propose(ctx, staff.Newcomer{Person: person, Name: identity.Hide("Kunegunda Odłożona"), Office: "room-14", Role: staff.LocalAdministrator}, "root")
			must(t, err)
			return p
		}
		kept := func() (rows, homes int) {
			t.Helper()
			_, err := w.db.Working(ctx)
			must(t, err)
			must(t, w.db.SQL(ctx).Row("SELECT count(*) FROM staff_proposals WHERE confirmed_by IS NULL", nil, &rows))
			all, err := w.db.Homes(ctx, person)
			must(t, err)
			return rows, len(all)
		}
		must(t, w.db.KeepHome(ctx, person, []enrolment.Digest{{Key: 1}}))
		late := propose()
		wait(staff.ProposalLife - time.Hour)
		if rows, homes := kept(); rows != 1 || homes != 1 {
			t.Errorf("while it waits %d proposals and %d homes are kept", rows, homes)
		}
		wait(time.Hour + time.Minute)
		if _, err := w.staff.Confirm(ctx, late.ID, "other"); !errors.Is(err, staff.ErrNobody) {
			t.Errorf("confirmed after a week: %v", err)
		}
		if rows, homes := kept(); rows != 0 || homes != 0 {
			t.Errorf("after a week %d proposals and %d homes are kept", rows, homes)
		}
		again := propose()
		wait(staff.ProposalLife - time.Minute)
		if _, err := w.staff.Confirm(ctx, again.ID, "other"); err != nil {
			t.Errorf("within the week: %v", err)
		}
	})
}
