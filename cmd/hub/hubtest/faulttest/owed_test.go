package faulttest

import (
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
)

// Whatever breaks between the stop of a device and the end of what was opened with it: the device is stopped, and the
// session ends as soon as its database answers again, without anybody doing anything again.
func TestAStopThatWasCutShortIsFinished(t *testing.T) {
	t.Parallel()
	rp := hubtest.Phoned(clinic())
	w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithFaultyDatabases(), hubtest.WithRPs(rp), hubtest.WithPhone(t, nil))
	e := w.Enrol(t, "ordinary", identity.Substantial, enrolledtest.NewDevice())
	b := w.Browser(t)
	rp.Authorize(b, "scope", "openid")
	b.Click("means-" + hubtest.MeansPhone)
	b.Tap(e.Device)
	rp.Finish(b, "ordinary")
	asked := func() bool { return rp.Authorize(b, "scope", "openid").Has("means-" + hubtest.MeansPhone) }
	if asked() {
		t.Fatal("there is no session")
	}
	hub := w.Replicas[0].Hub
	all, err := hub.Authenticators().Devices(t.Context(), e.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.UsageTCP.Set(hubtest.Refuse)
	for _, d := range all {
		if d.Type == enrolled.Passkey {
			if err := hub.Authenticators().Suspend(t.Context(), e.Person.ID, d.ID, enrolled.ByOwner); err == nil {
				t.Error("reported as done although the session's database does not answer")
			}
		}
	}
	w.UsageTCP.Set(hubtest.Through)
	w.UsageTCP.Cut()
	w.Shift(time.Minute)
	hubtest.Await(t, "what is owed is done", func() bool {
		found, err := hub.Do(t.Context(), "what is owed")
		return found && err == nil
	})
	if !asked() {
		t.Errorf("the session lives on:\n%s", b.Page.Text())
	}
	if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM owed_ends"); n != 0 {
		t.Errorf("%d are still owed", n)
	}
}
