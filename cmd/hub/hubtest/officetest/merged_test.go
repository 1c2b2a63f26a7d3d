package officetest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/subject"
)

// Attacks LK-02, IN-04: the citizen was made one with somebody else after the clerk had found them. Nothing
// is tied to who is no more: the case ends, and no key of it logs in.
func TestAttack_LK_02_MergedDuringTheVisit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		phone := toTheKey(t, w)
		stays, goes := hubtest.Numbered(t, "PNOPL-91050390124"), hubtest.Numbered(t, "PNOPL-"+ordinary)
		hub := w.Replicas[0].Hub
		if _, _, err := hub.Desks().Find(t.Context(), stays); err != nil {
			t.Fatal(err)
		}
		pair, err := hub.Persons().Report(t.Context(), stays, goes)
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{"anna", "bartek"} {
			if _, _, err := hub.Persons().Decide(t.Context(), pair, subject.MergeTwo, nil, by); err != nil {
				t.Fatal(err)
			}
		}
		device := enrolledtest.NewDevice()
		if page := phone.MakeKey(device); page.Has("show-codes") || page.Has("match") {
			t.Errorf("the visit goes on at %s:\n%s", page.URL, page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.Has("approve") || rp.Landed(page) {
			t.Errorf("a key of who is no more logs in:\n%s", page.Text())
		}
	})
}
