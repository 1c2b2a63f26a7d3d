package logintest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

func number(claims map[string]any) string {
	n, _ := claims["national_identifier"].(map[string]any)
	value, _ := n["value"].(string)
	return value
}

// Two women of one name, born on one day, are two persons, whichever of them comes first.
func TestTwinsAreTwo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		a := told(t, w.Browser(t), rp, "bank-one", "twin-a", "given_name", "family_name", "birthdate", "national_identifier")
		b := told(t, w.Browser(t), rp, "trusted-profile", "twin-b", "given_name", "family_name", "birthdate", "national_identifier")
		if a["given_name"] != b["given_name"] || a["family_name"] != b["family_name"] || a["birthdate"] != b["birthdate"] {
			t.Fatal("these are no twins")
		}
		if a["sub"] == b["sub"] || number(a) != "PNOPL-91050390124" || number(b) != "PNOPL-91050390247" {
			t.Error("the twins were matched to each other")
		}
	})
}

// Who was given a new number stays who they are: by the bank, which still has the old one, and by
// the trusted profile, in either order; only the new number is told.
func TestAChangedNumberIsStillThePerson(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"bank-two", "trusted-profile"}, {"trusted-profile", "bank-two"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
				subs := map[any]bool{}
				for _, means := range append(order, order...) {
					claims := told(t, w.Browser(t), rp, means, "changed-number", "national_identifier")
					if got := number(claims); got != "PNOPL-80030990173" {
						t.Errorf("%s tells the number that ends in %s", means, got[max(0, len(got)-4):])
					}
					subs[claims["sub"]] = true
				}
				if len(subs) != 1 {
					t.Errorf("one person has %d subs at one party", len(subs))
				}
			})
		})
	}
}

// A new family name comes from the register; the person is matched by number.
func TestAChangedNameIsTheRegisters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		before := told(t, w.Browser(t), rp, "trusted-profile", "changed-name", "family_name")
		if before["family_name"] != "Nowonazwana-Testowa" {
			t.Errorf("told %v", before["family_name"])
		}
		// The profile is slow to hear of it, and still says the name of before.
		if err := w.Country.Profile.Switches.Set("claims", `{"family_name":"Dawna-Testowa","name":"Seweryna Dawna-Testowa"}`); err != nil {
			t.Fatal(err)
		}
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", "changed-name", "claims", asking("family_name"), "prompt", "login consent")
		if page.Has("approve") && strings.Contains(page.Text(), "Dawna-Testowa") {
			t.Error("a name of before is told")
		}
	})
}

// Names are whole everywhere: four given names, letters of every kind.
func TestDiacriticsArriveWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		claims := told(t, w.Browser(t), rp, "bank-one", "diacritics", "given_name", "family_name", "name")
		if claims["given_name"] != "Żaneta Bogumiła Łucja Śnieżka" && claims["given_name"] != "Żaneta" || claims["family_name"] != "Gżegżółka-Święcicka" {
			t.Errorf("told %v %v", claims["given_name"], claims["family_name"])
		}
	})
}

// The dead are refused on a plain page, by every means, and the party is told only that nothing came
// of it.
func TestTheDeadAreNotLetIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		for _, means := range []string{"trusted-profile", "bank-one"} {
			b := w.Browser(t)
			refused(t, w, b, through(b, rp, means, "deceased"), "deceased")
			answer := rp.Answered(b.Click("cancel"))
			if answer.Get("error") != "access_denied" || strings.Contains(answer.Encode(), "deceased") {
				t.Errorf("the party is told %s", answer.Encode())
			}
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); n != 0 {
			t.Error("a person was made of somebody dead")
		}
	})
}

// Whoever dies while they hold a session and a grant holds nothing any more once the hub knows: no
// login without proof, no refresh, no claims (architecture §6, one gate; attacks SE-12, CP-15, TK-06).
func TestAttack_SE_12_WhatTheDeadHeldEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary", "scope", "openid offline_access", "prompt", "consent")
		b.Click("approve")
		tokens := rp.Exchange(rp.Answered(b.Page).Code())
		access, refresh := tokens.Text("access_token"), tokens.Text("refresh_token")
		if access == "" || refresh == "" {
			t.Fatalf("no tokens: %s", tokens.Body)
		}
		// A code that is out, too.
		rp.Authorize(b, "prompt", "consent")
		b.Click("approve")
		code := rp.Answered(b.Page).Code()

		resp, err := http.PostForm(w.Country.Addresses.Registers+"/", url.Values{"person": {"ordinary"}, "deceased": {"yes"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		other := w.Browser(t)
		refused(t, w, other, through(other, rp, "bank-one", "ordinary"), "deceased") // now the hub knows

		if page := rp.Authorize(b); page.Has("approve") || rp.Landed(page) && rp.Answered(page).Code() != "" {
			t.Errorf("the session of somebody dead still logs in at %s", page.URL.Path)
		}
		if page := rp.Authorize(b, "prompt", "none"); rp.Answered(page).Get("error") != "login_required" {
			t.Errorf("prompt=none: %s", page.Text())
		}
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("a code of somebody dead: %d %s", got.Status, got.Text("error"))
		}
		if got := rp.Userinfo(access); got.Status != http.StatusUnauthorized {
			t.Errorf("userinfo of somebody dead: %d", got.Status)
		}
		if got := rp.Refresh(refresh); got.Text("error") != "invalid_grant" {
			t.Errorf("a refresh of somebody dead: %d %s", got.Status, got.Text("error"))
		}
	})
}

// Who has no national number is unlinked until an office ties them; nothing is made of them.
func TestWhoHasNoNumberIsUnlinked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		for _, person := range []string{"foreigner", "mononym"} {
			b := w.Browser(t)
			refused(t, w, b, through(b, rp, "bank-two", person), "unlinked")
			if answer := rp.Answered(b.Click("cancel")); answer.Get("error") != "access_denied" {
				t.Errorf("the party is told %s", answer.Encode())
			}
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); n != 0 {
			t.Errorf("%d persons were made", n)
		}
	})
}

// Everybody else with a means here gets in by each of them, and is the same person by each.
func TestEverybodyElseGetsIn(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	for person, means := range map[string][]string{
		"ordinary": {"trusted-profile", "bank-one"}, "stolen-card": {"trusted-profile"}, "suspended-certificate": {"bank-two"}, "guardian": {"trusted-profile"},
	} {
		subs := map[any]bool{}
		for _, m := range means {
			subs[told(t, w.Browser(t), rp, m, person, "given_name")["sub"]] = true
		}
		if len(subs) != 1 {
			t.Errorf("%s is %d people", person, len(subs))
		}
	}
}

// A minor has no means of her own below the age set: whatever tells her number is not let in, and
// nobody is made; with the age reached she is let in.
func TestAMinorDoesNotLogInByHerself(t *testing.T) {
	t.Parallel()
	for age, want := range map[int]string{18: "minor", 13: ""} {
		rp := clinic()
		w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithSettings(func(s map[string]any) { s["matching"] = map[string]any{"minimum_age": age} }))
		err := w.Country.Profile.Switches.Set("claims", `{"national_identifier":"PNOPL-12310590043","given_name":"Jagoda","family_name":"Małoletnia-Testowa","name":null,"birthdate":"2012-11-05"}`)
		if err != nil {
			t.Fatal(err)
		}
		b := w.Browser(t)
		if page := through(b, rp, "trusted-profile", "guardian"); want != "" {
			refused(t, w, b, page, want)
		} else if !page.Has("approve") {
			t.Errorf("from %d on: %s", age, page.Text())
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); (n == 0) != (want != "") {
			t.Errorf("from %d on: %d persons", age, n)
		}
	}
}
