package standingtest

import (
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/store"
)

// thief is who has what an office gave to somebody else, and tied an account of their own on the word of it.
type thief struct {
	world *hubtest.World
	rp    *hubtest.RP
	maker *enrolledtest.Maker
	clerk *hubtest.Browser
}

// ties enrols somebody and has a thief tie an account at a bank that says no number.
func ties(t *testing.T, d store.Dialect) thief {
	t.Helper()
	maker, rp := enrolledtest.NewMaker(t), clinic()
	rp.Party["means"] = append(rp.Party["means"].([]any), map[string]any{"id": "bank", "up_to": "substantial"})
	w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithPhone(t, maker), hubtest.WithOffice(), hubtest.WithDialect(d))
	w.Employ(t)
	x := thief{w, rp, maker, desk(t, w, "clerk-1")}
	handed(t, x.clerk, ordinary)
	device := x.takes(t)
	err := w.Country.Banks.Switches.Set("claims", `{"national_identifier":null,"given_name":"Konstanty","family_name":"Brzeziński-Testowy","name":"Konstanty Brzeziński-Testowy","birthdate":"1987-02-22"}`)
	if err != nil {
		t.Fatal(err)
	}
	b := w.Browser(t)
	if page := x.byBank(b); page.TextOf("error-code") != "unlinked" {
		t.Fatalf("an account that is nobody's:\n%s", page.Text())
	}
	b.Click("means-" + hubtest.MeansPhone)
	if page := b.Tap(device); !page.Has("tie") {
		t.Fatalf("not asked whether both are theirs:\n%s", page.Text())
	}
	b.Click("tie")
	if !x.in(t) {
		t.Fatal("tied, it logs nobody in")
	}
	return x
}

// takes finishes the visit at the desk with a phone that gives high.
func (x thief) takes(t *testing.T) *enrolledtest.Device {
	t.Helper()
	device := enrolledtest.NewDevice()
	device.Maker, device.AAGUID = x.maker, hubtest.CertifiedModel()
	if page := visit.ToTheKey(t, x.world, x.clerk, visit.OrdinaryEnd).MakeKey(device); !page.Has("show-codes") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
	return device
}

// byBank logs in with the thief's account.
func (x thief) byBank(b *hubtest.Browser) *hubtest.Page {
	x.rp.Authorize(b, "scope", "openid", "prompt", "login consent")
	b.Choose("bank-two")
	if b.Page.Has("other") {
		b.Click("other")
	}
	return b.Be("foreigner")
}

// in reports whether the thief's account logs them in as the citizen.
func (x thief) in(t *testing.T) bool {
	t.Helper()
	page := x.byBank(x.world.Browser(t))
	if !page.Has("approve") && page.TextOf("error-code") != "unlinked" {
		t.Fatalf("neither in nor unknown:\n%s", page.Text())
	}
	return page.Has("approve")
}

// Attacks OT-11: an account of their own that somebody tied while they were logged in with what an office had given out
// lets them in no more once that is stopped, by whomever, or is replaced in an office.
func TestAttack_OT_11_AnAccountTiedOnTheWordOfAnEnrolmentEndsWithIt(t *testing.T) {
	t.Parallel()
	for how, stop := range map[string]func(*testing.T, thief){
		"this was not me": func(t *testing.T, x thief) { visit.NotMe(t, x.world, visit.Noticed(t, x.world)) },
		"the help line": func(t *testing.T, x thief) {
			if n, err := x.world.Operators(t).Suspend(t.Context(), hubtest.Numbered(t, "PNOPL-"+ordinary), "anna", "lost"); err != nil || n == 0 {
				t.Fatal(n, err)
			}
		},
		"enrolled anew": func(t *testing.T, x thief) {
			lostPhone(x.clerk)
			compared(x.clerk)
			signed(x.clerk)
			x.clerk.Click("hand-over")
			x.takes(t)
		},
	} {
		for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
			t.Run(how+"/"+string(d), func(t *testing.T) {
				t.Parallel()
				x := ties(t, d)
				stop(t, x)
				if x.in(t) {
					t.Error("it outlives the stop")
				}
				hubtest.Eventually(t, "the citizen is told", func() bool {
					return slices.ContainsFunc(x.world.Country.Inbox.Messages(), func(m sim.Message) bool { return strings.Contains(m.Body, "stopped or replaced") })
				})
				me := x.world.Browser(t)
				me.Get(x.world.At("portal") + "/begin")
				me.Choose("trusted-profile")
				me.Be("ordinary")
				if page := me.Get(x.world.At("portal") + "/ways"); len(page.IDs("ended-")) != 1 || len(page.IDs("back-")) != 0 {
					t.Errorf("the citizen does not read why, or can bring it back as it was:\n%s", page.Text())
				}
			})
		}
	}
}

// Once an officer has ended an enrolment for good the citizen, by whatever they have, ties anew what ended with it: how
// surely an office knew somebody is no login that they could show.
func TestWhatEndedWithAnEnrolmentIsTiedAnew(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			x := ties(t, d)
			rows := hubtest.Query(t, x.world.Identity.Source, "SELECT DISTINCT case_id FROM authenticators")
			if err := x.world.Replicas[0].Hub.Authenticators().RevokeCase(t.Context(), rows[0][0], enrolled.ByOffice); err != nil {
				t.Fatal(err)
			}
			mine := x.world.Browser(t)
			x.byBank(mine)
			mine.Choose("trusted-profile")
			if page := mine.Be("ordinary"); !page.Has("tie") {
				t.Errorf("it is not tied anew:\n%s", page.Text())
			}
		})
	}
}
