package officetest

import (
	"regexp"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/store"
)

// Attacks OT-11: an account of their own that somebody tied while they were logged in with what an office had given out
// lets them in no more once that is stopped. Once an officer has ended it for good the citizen, by whatever they have, ties it
// anew: how surely an office knew somebody is no login that they could show.
func TestAttack_OT_11_AnAccountTiedOnTheWordOfAnEnrolmentEndsWithIt(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) { tiedAndStopped(t, d) })
	}
}

func tiedAndStopped(t *testing.T, d store.Dialect) {
	maker, rp := enrolledtest.NewMaker(t), clinic()
	rp.Party["means"] = append(rp.Party["means"].([]any), map[string]any{"id": "bank", "up_to": "substantial"})
	w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithPhone(t, maker), hubtest.WithOffice(), hubtest.WithDialect(d))
	w.Employ(t)
	clerk, device := desk(t, w, "clerk-1"), enrolledtest.NewDevice()
	handed(t, clerk, ordinary)
	device.Maker, device.AAGUID = maker, hubtest.CertifiedModel()
	if page := visit.ToTheKey(t, w, clerk, visit.OrdinaryEnd).MakeKey(device); !page.Has("show-codes") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
	err := w.Country.Banks.Switches.Set("claims", `{"national_identifier":null,"given_name":"Konstanty","family_name":"Brzeziński-Testowy","name":"Konstanty Brzeziński-Testowy","birthdate":"1987-02-22"}`)
	if err != nil {
		t.Fatal(err)
	}
	byBank := func(b *hubtest.Browser) *hubtest.Page {
		rp.Authorize(b, "scope", "openid", "prompt", "login consent")
		b.Choose("bank-two")
		if b.Page.Has("other") {
			b.Click("other")
		}
		return b.Be("foreigner")
	}
	thief := w.Browser(t)
	if page := byBank(thief); page.TextOf("error-code") != "unlinked" {
		t.Fatalf("an account that is nobody's:\n%s", page.Text())
	}
	thief.Click("means-" + hubtest.MeansPhone)
	if page := thief.Tap(device); !page.Has("tie") {
		t.Fatalf("not asked whether both are theirs:\n%s", page.Text())
	}
	thief.Click("tie")
	if page := byBank(w.Browser(t)); !page.Has("approve") {
		t.Fatalf("tied, it logs nobody in:\n%s", page.Text())
	}
	var reference string
	hubtest.Eventually(t, "the citizen is told", func() bool {
		for _, m := range w.Country.Inbox.Messages() {
			if found := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}-.`).FindString(m.Body); found != "" && strings.Contains(m.Body, "This was not me") {
				reference = found
			}
		}
		return reference != ""
	})
	me := w.Browser(t)
	me.Get(w.Issuer + "/not-me")
	me.Fill("reference", reference)
	me.Click("stop")
	if page := byBank(w.Browser(t)); page.TextOf("error-code") != "unlinked" {
		t.Errorf("it outlives the stop:\n%s", page.Text())
	}
	rows := hubtest.Query(t, w.Identity.Source, "SELECT DISTINCT case_id FROM authenticators")
	if err := w.Replicas[0].Hub.Authenticators().RevokeCase(t.Context(), rows[0][0], enrolled.ByOffice); err != nil {
		t.Fatal(err)
	}
	mine := w.Browser(t)
	byBank(mine)
	mine.Choose("trusted-profile")
	if page := mine.Be("ordinary"); !page.Has("tie") {
		t.Errorf("it is not tied anew:\n%s", page.Text())
	}
}
