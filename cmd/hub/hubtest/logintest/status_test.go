package logintest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// bureau is a party that wants the level and lets people use their cards.
func bureau(floor string) *hubtest.RP {
	return &hubtest.RP{
		ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"refresh_tokens": true},
		Party: map[string]any{"floor": floor, "means": []any{
			map[string]any{"id": "trusted-profile", "up_to": "high"}, map[string]any{"id": hubtest.MeansCard, "up_to": "high"},
		}},
	}
}

// withCards runs a story with a party of this floor on both databases.
func withCards(t *testing.T, floor string, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := bureau(floor)
			w := hubtest.New(t, append([]hubtest.With{hubtest.WithDialect(d), hubtest.WithCards(), hubtest.WithRPs(rp)}, with...)...)
			story(t, w, rp.As(t))
		})
	}
}

func oftenHeard(settings map[string]any) { settings["registers"].(map[string]any)["poll"] = "50ms" }

// byCard lets somebody use their card, and gives the page after it.
func byCard(rp *hubtest.RP, b *hubtest.Browser, person string, changes ...string) *hubtest.Page {
	rp.Authorize(b, changes...)
	return b.Click("means-" + hubtest.MeansCard + "-" + person)
}

// R-STAT-01: a card whose document is valid reaches high; a card of which the register says
// anything else lets nobody in, and the citizen reads what and why (R-STAT-05: the party does not).
func TestAStatusOfADocument_R_STAT_01_R_STAT_05(t *testing.T) {
	withCards(t, "high", func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		if page := byCard(rp, b, "ordinary"); !page.Has("approve") {
			t.Fatalf("a valid card is not enough at %s:\n%s", page.URL.Path, page.Text())
		}
		for _, state := range []string{"suspended", "lost", "stolen", "invalidated", "expired", "replaced"} {
			w.Country.Registers.Report("ordinary", "", state)
			w.Shift(2 * 60e9) // what was asked a minute ago counts no more
			b := w.Browser(t)
			page := byCard(rp, b, "ordinary")
			if page.TextOf("error-code") != "document_"+state || page.Has("approve") {
				t.Errorf("%s: came to %q at %s", state, page.TextOf("error-code"), page.URL.Path)
			}
			if !page.Has("means-" + hubtest.MeansCard + "-twin-a") {
				t.Errorf("%s: no other way is offered", state)
			}
			answer := rp.Answered(b.Click("cancel"))
			if answer.Get("error") != "access_denied" || strings.Contains(answer.Encode(), state) || strings.Contains(answer.Encode(), "document") {
				t.Errorf("%s: the party is told %s", state, answer.Encode())
			}
		}
		w.Country.Registers.Report("ordinary", "", "something-new")
		w.Shift(2 * 60e9)
		if page := byCard(rp, w.Browser(t), "ordinary"); page.Has("approve") {
			t.Error("a status that nobody knows counts as valid")
		}
	})
}

// R-STAT-02, attacks UF-04: while the register does not say how the document stands, a card gives no
// more than the written rule lets it: never high, substantial only where the operator says so.
func TestAttack_UF_04_ARegisterThatDoesNotSayHowTheDocumentStands(t *testing.T) {
	lenient := func(settings map[string]any) {
		settings["registers"].(map[string]any)["unknown_status"] = "substantial"
	}
	for _, c := range []struct {
		floor    string
		settings func(map[string]any)
		let      bool
	}{
		{"high", lenient, false}, {"substantial", lenient, true}, {"substantial", func(map[string]any) {}, false}, {"low", func(map[string]any) {}, true},
	} {
		withCards(t, c.floor, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
			for _, fault := range []string{"down", "html", "cut"} {
				if err := w.Country.Registers.Switches.Set(fault, "status"); err != nil {
					t.Fatal(err)
				}
				b := w.Browser(t)
				page := byCard(rp, b, "ordinary")
				if page.Has("approve") != c.let {
					t.Errorf("%s, floor %s: let in: %v, want %v\n%s", fault, c.floor, page.Has("approve"), c.let, page.Text())
				}
				if !c.let && (!page.Has("failure") || !strings.Contains(page.Text(), "register of documents does not answer")) {
					t.Errorf("%s, floor %s: the page does not say why:\n%s", fault, c.floor, page.Text())
				}
				if !c.let && c.floor == "substantial" && !page.Has("means-trusted-profile") {
					t.Errorf("%s: no other way is offered", fault)
				}
				if err := w.Country.Registers.Switches.Set(fault, ""); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(string(w.Log.Bytes()), "the status of a document is not known") {
					t.Error("it is not logged")
				}
			}
			if page := byCard(rp, w.Browser(t), "ordinary"); !page.Has("approve") {
				t.Errorf("the register is back, and a card still not enough:\n%s", page.Text())
			}
		}, hubtest.WithSettings(c.settings))
	}
}

// Not knowing is not kept, knowing is: within a minute a second login asks nothing, and after it
// the register's silence counts again.
func TestAStatusIsAMinuteOldAtMost_R_STAT_01(t *testing.T) {
	withCards(t, "substantial", func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		if page := byCard(rp, w.Browser(t), "ordinary"); !page.Has("approve") {
			t.Fatal("a valid card is not enough")
		}
		if err := w.Country.Registers.Switches.Set("down", "status"); err != nil {
			t.Fatal(err)
		}
		w.Shift(50e9)
		if page := byCard(rp, w.Browser(t), "ordinary"); !page.Has("approve") {
			t.Error("an answer of fifty seconds ago is not used")
		}
		w.Shift(11e9)
		if page := byCard(rp, w.Browser(t), "ordinary"); page.Has("approve") {
			t.Error("an answer of a minute and a second ago is used")
		}
	})
}

// R-STAT-03: the document register may be the first to know of a death.
func TestADeathThatTheDocumentRegisterTells_R_STAT_03(t *testing.T) {
	withCards(t, "low", func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		held := w.Browser(t)
		byCard(rp, held, "ordinary")
		tokens := rp.Exchange(rp.Answered(held.Click("approve")).Code())
		w.Country.Registers.Report("ordinary", "", "holder_deceased")
		w.Shift(25 * 60 * 60e9)
		if page := byCard(rp, w.Browser(t), "ordinary"); page.TextOf("error-code") != "deceased" {
			t.Fatalf("came to %q", page.TextOf("error-code"))
		}
		if got := rp.Userinfo(tokens.Text("access_token")).Status; got != http.StatusUnauthorized {
			t.Errorf("a token outlives the person: %d", got)
		}
		b := w.Browser(t)
		if page := through(b, rp, "trusted-profile", "ordinary"); page.TextOf("error-code") != "deceased" {
			t.Errorf("another means lets them in: %q", page.TextOf("error-code"))
		}
	})
}

// Loss or suspension ends what rests on the document, sessions and tokens, on every path, and
// nothing else (issue "Registers"; SE-12): who is logged in by another means stays so.
func TestAttack_SE_12_ADocumentReported(t *testing.T) {
	withCards(t, "low", func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		card, profile := w.Browser(t), w.Browser(t)
		byCard(rp, card, "ordinary", "scope", "openid offline_access")
		resting := rp.Exchange(rp.Answered(card.Click("approve")).Code())
		other := rp.Exchange(rp.Login(profile, "ordinary", "scope", "openid offline_access").Code())
		w.Country.Registers.Report("ordinary", "", "suspended")
		hubtest.Await(t, "what rests on the card has ended", func() bool {
			return rp.Userinfo(resting.Text("access_token")).Status == http.StatusUnauthorized
		})
		if got := rp.Refresh(resting.Text("refresh_token")).Text("error"); got != "invalid_grant" {
			t.Errorf("a refresh after it: %q", got)
		}
		if !rp.Authorize(card).Has("means-trusted-profile") {
			t.Error("the session outlives the card")
		}
		if got := rp.Userinfo(other.Text("access_token")).Status; got != http.StatusOK {
			t.Errorf("a token that does not rest on the card: %d", got)
		}
		if rp.Authorize(profile).Has("means-trusted-profile") {
			t.Error("a session that does not rest on the card has ended")
		}
		if page := byCard(rp, w.Browser(t), "ordinary"); page.TextOf("error-code") != "document_suspended" {
			t.Errorf("the card lets in again: %q", page.TextOf("error-code"))
		}
		w.Country.Registers.Report("ordinary", "", "valid")
		hubtest.Await(t, "the card lets in again", func() bool { return byCard(rp, w.Browser(t), "ordinary").Has("approve") })
	}, hubtest.WithSettings(oftenHeard))
}

// At each login: a session that came from a card is worth nothing once the register says that the
// card does not stand, even before any event of it arrives.
func TestASessionOfACardIsCheckedAtEachLogin_R_STAT_01(t *testing.T) {
	never := func(settings map[string]any) { settings["registers"].(map[string]any)["poll"] = "30s" }
	withCards(t, "substantial", func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		byCard(rp, b, "ordinary")
		b.Click("approve")
		w.Country.Registers.Report("ordinary", "", "stolen")
		w.Shift(2 * 60e9)
		if got := rp.Answered(rp.Authorize(b, "prompt", "none")).Get("error"); got != "login_required" {
			t.Errorf("prompt=none: %q", got)
		}
		if page := rp.Authorize(b); page.Has("approve") || rp.Landed(page) {
			t.Errorf("the session of a stolen card lets in at %s", page.URL.Path)
		}
	}, hubtest.WithSettings(never))
}
