package hubtest

import (
	"net/http"
	"testing"

	"symbolon/provider/store"
)

// eachWithClinic runs a story on both databases, with a relying party that tests play by hand.
func eachWithClinic(t *testing.T, story func(*testing.T, *World, *RP)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := &RP{ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"refresh_tokens": true}}
			w := New(t, WithDialect(d), WithRPs(rp), WithSettings(oftenHeard))
			story(t, w, rp.As(t))
		})
	}
}

func oftenHeard(settings map[string]any) { settings["registers"].(table)["poll"] = "50ms" }

// R-STAT-03: a death that the register tells ends everything the person holds, on every path, and
// lets them in nowhere; a death told by mistake is undone, and what had ended stays ended.
func TestADeathEndsEverything(t *testing.T) {
	eachWithClinic(t, func(t *testing.T, w *World, rp *RP) {
		b := w.Browser(t)
		token := rp.Exchange(rp.Login(b, "ordinary", "scope", "openid offline_access").Code())
		if rp.Userinfo(token.Text("access_token")).Status != http.StatusOK {
			t.Fatal("userinfo does not answer before the death")
		}
		w.Country.Registers.Report("ordinary", "yes", "")
		Await(t, "the access token is dead", func() bool {
			return rp.Userinfo(token.Text("access_token")).Status == http.StatusUnauthorized
		})
		if refreshed := rp.Refresh(token.Text("refresh_token")); refreshed.Text("error") != "invalid_grant" {
			t.Errorf("a refresh after the death gave %d %s", refreshed.Status, refreshed.Text("error"))
		}
		if none := rp.Answered(rp.Authorize(b, "prompt", "none")); none.Get("error") != "login_required" {
			t.Errorf("the session outlives the person: %s", none.Get("error"))
		}
		if page := w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "ordinary"); page.TextOf("error-code") != "deceased" {
			t.Errorf("a new login came to %q", page.TextOf("error-code"))
		}
		w.Country.Registers.Report("ordinary", "no", "")
		Await(t, "the person can log in again", func() bool {
			return w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "ordinary").Has("approve")
		})
		if rp.Userinfo(token.Text("access_token")).Status != http.StatusUnauthorized {
			t.Error("an ended token came back to life")
		}
	})
}

// SE-12, H16: a person whom an operator freezes is out on every path at once, and in again only by
// a new login after they are released.
func TestAttack_SE_12_AFrozenPerson(t *testing.T) {
	eachWithClinic(t, func(t *testing.T, w *World, rp *RP) {
		b := w.Browser(t)
		token := rp.Exchange(rp.Login(b, "guardian", "scope", "openid offline_access").Code())
		pending := rp.Login(b, "guardian").Code() // a code that is still out
		people, guardian := w.Operators(t), Numbered(t, "PNOPL-84041990041")
		if err := people.Freeze(t.Context(), guardian); err != nil {
			t.Fatal(err)
		}
		if got := rp.Userinfo(token.Text("access_token")).Status; got != http.StatusUnauthorized {
			t.Errorf("userinfo after the freeze: %d", got)
		}
		if got := rp.Refresh(token.Text("refresh_token")).Text("error"); got != "invalid_grant" {
			t.Errorf("refresh after the freeze: %q", got)
		}
		if got := rp.Exchange(pending).Text("error"); got != "invalid_grant" {
			t.Errorf("a code that was out: %q", got)
		}
		if page := w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "guardian"); page.TextOf("error-code") != "frozen" {
			t.Errorf("a new login came to %q", page.TextOf("error-code"))
		}
		if err := people.Release(t.Context(), guardian); err != nil {
			t.Fatal(err)
		}
		if page := w.Browser(t).Prove(w.Country.Addresses.City, "trusted-profile", "guardian"); !page.Has("approve") {
			t.Errorf("released, and still kept out: %q", page.TextOf("error-code"))
		}
	})
}

// architecture §8: every question to a register in a login stands in the journal, before and after, by
// its reference and without a person.
func TestQuestionsToRegistersAreRecorded(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		for kind, want := range map[string]int{"register_asked": 1, "register_answered": 1} {
			of := "SELECT count(*) FROM journal WHERE kind = '" + kind + "'"
			if n := Number(t, w.Usage.Source, of); n != want {
				t.Errorf("%d entries %s, want %d", n, kind, want)
			}
			tied := of + " AND who = '' AND ref = (SELECT ref FROM journal WHERE kind = 'logged_in')"
			if n := Number(t, w.Usage.Source, tied); n != want {
				t.Errorf("%d entries %s stand by the login's reference and name nobody, want %d", n, kind, want)
			}
		}
	})
}
