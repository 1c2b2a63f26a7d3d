package identitydb

import (
	"slices"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/subject"
)

// united makes the one of two names a tombstone of the other, as operators do.
func (w *town) united(t *testing.T, stays, goes string) {
	t.Helper()
	number, err := w.people.Report(t.Context(), parse(stays), parse(goes))
	must(t, err)
	decide(t, w.people, number, subject.MergeTwo)
}

// Attacks OT-11, means.md R-PER-04: an enrolment that was ended for good stays what it was when its person is merged: what
// was added since is not taken up, by whomever of the two it was.
func TestAttack_OT_11_NothingIsTakenUpAcrossAMerge(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, stays, goes := t.Context(), people()["changed-name"].number, people()["diacritics"].number
		officer := w.officer(t)
		second := w.beside(t)
		gone, err := w.visit(ctx, goes)
		must(t, err)
		stood, err := w.visit(ctx, stays)
		must(t, err)
		must(t, w.Revoke(ctx, officer, gone.ID, "review"))
		w.united(t, stays, goes)
		w.country.waiting = []enrolment.Way{
			{ID: "added", Type: "passkey", Level: identity.High, Case: enrolment.CaseID(stood.ID), Added: true, Since: w.now()},
			{ID: "given", Type: "passkey", Level: identity.High, Case: enrolment.CaseID(stood.ID), Since: w.now()},
		}
		v := w.by(second)
		c, err := v.Evidence(ctx, second, v.lookedUp(t, stays).ID, everything())
		must(t, err)
		if !slices.Contains(c.Flags, enrolment.Often) {
			t.Error("two enrolments of whom are one now are not often")
		}
		_, err = v.Print(ctx, second, w.agreed(t, c).ID)
		must(t, err)
		c, err = v.Sign(ctx, second, c.ID, "archiwum 2026/7")
		must(t, err)
		if ways, err := v.Waiting(ctx, second, c); err != nil || !slices.Equal(nots(ways), []enrolment.Keeps{enrolment.ForGood, ""}) {
			t.Errorf("kept by %q, %v", nots(ways), err)
		}
	})
}

// Means.md R-ENR-13, R-PER-04: what came of an emergency gives way to a real check of whom its person became.
func TestR_ENR_13_AnEmergencyGivesWayAcrossAMerge(t *testing.T) {
	offices(t, func(t *testing.T, w *town) {
		ctx, stays, goes := t.Context(), people()["changed-name"].number, people()["diacritics"].number
		w.human(t, stays)
		c := w.inEmergency(t, w.order(goes), enrolment.Reading{Given: "Żaneta Bogumiła", Family: "Gżegżółka-Święcicka", Birth: "1979-11-30", Type: "idcard", Number: "ZZP100001", Expires: "2031-06-14"})
		c, err := w.Decide(ctx, w.second, c.ID, true, "agree")
		must(t, err)
		weak := w.finished(t, c, "0001")
		w.country.down = false
		w.human(t, goes)
		w.united(t, stays, goes)
		c, err = w.Evidence(ctx, w.clerk, w.lookedUp(t, stays).ID, everything())
		must(t, err)
		if weak = w.state(t, weak); weak.State != enrolment.Active || c.Replaces() != enrolment.ReplacesEmergencies {
			t.Errorf("the emergency is %s, the real check replaces %q", weak.State, c.Replaces())
		}
	})
}
