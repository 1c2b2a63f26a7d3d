package logintest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/config"
	"symbolon/provider/store"
)

// university is a party that may ask further sources; one thing it may not.
func university() *hubtest.RP {
	return &hubtest.RP{
		ID: "clinic", Method: "client_secret_basic",
		Party: map[string]any{"may": []any{
			map[string]any{
				"attributes": []string{"family_name", "student_card:student", "student_card:number", "family_card:children", "family_card:discounts"},
				"basis":      "consent", "purpose": "service",
			},
			map[string]any{"attributes": []string{"student_card:school"}, "basis": "consent", "purpose": "service", "required": true},
		}},
	}
}

func withSources(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := university()
			story(t, hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp)), rp)
		})
	}
}

// S13: further sources tell of a person what a service asks and the person agrees to, under names of
// their own, with where it comes from; the page says so before.
func TestFurtherSources_S13(t *testing.T) {
	withSources(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", "ordinary", "claims", asking("student_card:school", "family_card:children", "family_card:discounts"))
		for _, want := range []string{"Student card office", "Large-family card", "School", "Nowa Wola Polytechnic", "Number of children", "museum"} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("the page does not say %q:\n%s", want, page.Text())
			}
		}
		if strings.Contains(page.Text(), "S-204117") {
			t.Error("what was not asked for is there")
		}
		for _, id := range page.IDs("attr-") {
			b.Tick(id)
		}
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		told := rp.Userinfo(tokens.Text("access_token")).JSON
		want := map[string]any{"student_card:school": "Nowa Wola Polytechnic", "family_card:children": 3.0, "family_card:discounts": []any{"museum"}}
		for name, value := range want {
			if diff := cmp.Diff(value, told[name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			meta, _ := told[name+"_meta"].(map[string]any)
			if source, _, _ := strings.Cut(name, ":"); meta["source"] != source || meta["as_of"] == nil {
				t.Errorf("%s_meta: %v", name, meta)
			}
		}
		for name := range told {
			if strings.Contains(name, "student_card:number") || strings.Contains(name, "student_card:student") {
				t.Errorf("%s was not asked for", name)
			}
		}
		for _, value := range []string{"Nowa Wola Polytechnic", "S-204117"} {
			if found := w.Dump().Find(value); len(found) > 0 {
				t.Errorf("%q stands at rest in %v", value, found)
			}
		}
	})
}

// With evidence: an electronic record of the source, under its name.
func TestFurtherSourcesInVerifiedClaims(t *testing.T) {
	withSources(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", "ordinary", "claims",
			`{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"electronic_record"},"record":{"type":null,"source":{"name":null}}}]},"claims":{"student_card:school":null}}}}`)
		for _, id := range page.IDs("attr-") {
			b.Tick(id)
		}
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		told, err := json.Marshal(rp.Userinfo(tokens.Text("access_token")).JSON["verified_claims"])
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"student_card:school":"Nowa Wola Polytechnic"`, `"type":"student_card"`, `"name":"Student card office"`} {
			if !strings.Contains(string(told), want) {
				t.Errorf("%s is missing in %s", want, told)
			}
		}
	})
}

// UF-01, UF-02, UF-05: a source that is down, talks nonsense, tells of somebody else or more than was
// asked tells nothing, and keeps nobody from logging in.
func TestAttack_UF_01_UF_05_AFurtherSourceThatMisbehaves(t *testing.T) {
	rp := university()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	for _, fault := range []string{"down", "html", "huge", "cut", "wrong_person", "too_much"} {
		value := "attributes"
		if fault == "wrong_person" || fault == "too_much" {
			value = "on"
		}
		if err := w.Country.Students.Switches.Set(fault, value); err != nil {
			t.Fatal(err)
		}
		b := w.Browser(t)
		page := through(b, rp, "trusted-profile", "ordinary", "claims", asking("student_card:school", "family_name"))
		if strings.Contains(page.Text(), "Polytechnic") || !strings.Contains(page.Text(), "Student card office tells us nothing") {
			t.Errorf("%s: the page says\n%s", fault, page.Text())
		}
		for _, id := range page.IDs("attr-") {
			if id != "attr-student_card:school" {
				b.Tick(id)
			}
		}
		told := rp.Userinfo(rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("access_token")).JSON
		if told["family_name"] == nil || told["student_card:school"] != nil {
			t.Errorf("%s: told %v", fault, told)
		}
		if err := w.Country.Students.Switches.Set(fault, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// What needs a level is asked for only in a login that reaches it; who is not known there, and a claim
// that no source has, are passed over; what the party may not ask is refused.
func TestFurtherSourcesByLevelAndPermission(t *testing.T) {
	rp := university()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	rp.Authorize(b, "claims", asking("student_card:number"))
	b.Choose("trusted-profile")
	b.Click("person-ordinary")
	if page := b.Click("password-only"); page.Has("approve") || strings.Contains(page.Text(), "S-204117") {
		t.Errorf("a password is enough for what needs more:\n%s", page.Text())
	}
	b = w.Browser(t)
	if page := through(b, rp, "trusted-profile", "diacritics", "claims", asking("student_card:school")); !page.Has("approve") || !strings.Contains(page.Text(), "tells us nothing") {
		t.Errorf("somebody without a card:\n%s", page.Text())
	}
	v := rp.Request("claims", asking("family_name", "moon_card:number", "student_card:moon"))
	if page := w.Browser(t).Get(rp.Address(v)); !page.Has("means-trusted-profile") {
		t.Errorf("a claim that no source has stops a login: %s", page.Text())
	}
	if reply := rp.Do(w.Ask(http.MethodGet, "/.well-known/openid-configuration")); !strings.Contains(reply.Body, "student_card:number") {
		t.Error("discovery does not name the claims of further sources")
	}
	library := hubtest.New(t, hubtest.WithRPs(&hubtest.RP{ID: "clinic", Method: "client_secret_basic"}))
	other := library.Browser(t).Get(strings.Replace(rp.Address(v), w.Issuer, library.Issuer, 1))
	if other.Has("means-trusted-profile") && strings.Contains(other.Text(), "student") {
		t.Error("a party asks what it may not")
	}
}

// TK-20, LK-08: no attribute of a source can be named like a claim of ours or a member that tokens
// keep for themselves, and a source can bring only what stands under its own name.
func TestAttack_TK_20_LK_08_ASourceCannotPoseAsAnother(t *testing.T) {
	w := hubtest.New(t)
	for _, name := range []string{"sub", "acr", "iss", "aud", "groups", "family_name", "email_verified", "name_meta", "register_name", "verified_claims", "age_over_18", "profile", "Number", "a:b", ""} {
		c := w.Config
		c.Sources = []config.Source{{
			ID: "student_card", URL: w.Country.Addresses.Students, AllowLoopback: true, Names: map[string]string{"en": "x"},
			Attributes: []config.SourceAttribute{{Name: name, Texts: map[string]string{"en": "x"}}},
		}}
		if err := hub.CheckSettings(c); err == nil {
			t.Errorf("an attribute may be named %q", name)
		}
		c.Sources[0].ID, c.Sources[0].Attributes[0].Name = name, "number"
		if err := hub.CheckSettings(c); err == nil {
			t.Errorf("a source may be named %q", name)
		}
	}
}
