package claims

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
)

// layla is somebody whose register has her in two scripts.
func layla() identity.Attributes {
	in := func(a identity.Attribute, arabic string) identity.Attribute {
		a.Language, a.Forms = "pl", []identity.Form{{Language: "ar", Value: identity.Raw(json.RawMessage(arabic))}}
		return a
	}
	school := said(identity.FromPartner, "student_card:school", `"Nowa Wola Polytechnic"`)
	school.Source.ID = "student_card"
	return identity.Attributes{
		in(register("given_names", `["Layla","Noura"]`), `["ليلى","نورة"]`), in(register("family_name", `"Almasri"`), `"المصري"`), means("family_name", `"المصري"`),
		in(register("address", `{"street_address":"Jaśminowa 1863/4","locality":"Nowa Wola","country":"PL"}`), `{"street_address":"شارع الياسمين 1863/4","locality":"نوفا فولا","country":"PL"}`),
		register("birthdate", `"1994-07-12"`), in(school, `"جامعة نوفا فولا التقنية"`), in(register("document_issuer", `"Wojewoda"`), `"الوالي"`),
	}
}

// spokenTo is what a party is told, of a request with scopes, a claims parameter and claims_locales.
func spokenTo(t *testing.T, scopes, parameter, locales string, place Place) map[string]any {
	t.Helper()
	request, err := ParseClaims(parameter)
	if err != nil {
		t.Fatal(err)
	}
	request.Locales = Locales(strings.Fields(locales))
	ask, err := AskFor(strings.Fields(scopes), request)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(request) // as it travels to the answer
	if err != nil || json.Unmarshal(raw, &request) != nil {
		t.Fatal("the request does not survive being stored")
	}
	known := Spoken(Known(layla(), noon()), ask)
	values := slices.DeleteFunc(known, func(a identity.Attribute) bool {
		for _, w := range ask.Attributes {
			if w.Name == a.Name {
				return false
			}
		}
		return true
	})
	return Record{Values: values, Request: request, Arrived: noon(), Backing: backing()}.Tell(place, strings.Fields(scopes))
}

// OpenID Connect Core §5.2, §5.5: languages are named by tags behind a claim's name or in claims_locales. One
// language only comes without tag; of several the register's own does.
func TestClaimsInLanguages(t *testing.T) {
	const arabic, latin = "المصري", "Almasri"
	cases := []struct {
		story, scopes, claims, locales string
		want                           map[string]any
	}{
		{"nobody speaks of languages", "", `{"userinfo":{"family_name":null}}`, "", map[string]any{"family_name": latin}},
		{"by tag", "", `{"userinfo":{"family_name#ar":null}}`, "", map[string]any{"family_name#ar": arabic}},
		{"by tag, and without", "", `{"userinfo":{"family_name#ar":null,"family_name":null}}`, "", map[string]any{"family_name#ar": arabic, "family_name": latin}},
		{"tags are read in any case, and answered as they were sent", "", `{"userinfo":{"family_name#AR":null}}`, "", map[string]any{"family_name#AR": arabic}},
		{"a region of the language", "", `{"userinfo":{"family_name#ar-MA":null}}`, "", map[string]any{"family_name#ar-MA": arabic}},
		{"the register's own, by tag", "", `{"userinfo":{"family_name#pl":null}}`, "", map[string]any{"family_name#pl": latin}},
		{"another script than there is", "", `{"userinfo":{"family_name#ar-Latn":null,"family_name#pl-Cyrl":null}}`, "", map[string]any{}},
		{"a language that is not there", "", `{"userinfo":{"family_name#ja-Kana-JP":null}}`, "", map[string]any{}},
		{"one language wanted", "", `{"userinfo":{"family_name":null}}`, "ar", map[string]any{"family_name": arabic}},
		{"one wanted that is not there", "", `{"userinfo":{"family_name":null}}`, "ja", map[string]any{"family_name": latin}},
		{"two wanted", "", `{"userinfo":{"family_name":null}}`, "ar pl", map[string]any{"family_name": latin, "family_name#ar": arabic}},
		{"two wanted, one there", "", `{"userinfo":{"family_name":null}}`, "ar ja", map[string]any{"family_name": latin, "family_name#ar": arabic}},
		{"the first, and another by tag", "", `{"userinfo":{"family_name":null,"family_name#pl":null}}`, "ar", map[string]any{"family_name": arabic, "family_name#pl": latin}},
		{"a value that is asked for", "", `{"userinfo":{"family_name#ar":{"value":"المصري"},"given_name#ar":{"value":"x"}}}`, "", map[string]any{"family_name#ar": arabic}},
		{"what is told in no language", "", `{"userinfo":{"birthdate#ar":null,"age_over_18#ar":null,"national_identifier#ar":null,"sub#ar":null}}`, "", map[string]any{}},
		{"no tag", "", `{"userinfo":{"family_name#":null,"family_name#not a tag":null,"family_name#ar#pl":null,"#ar":null}}`, "", map[string]any{}},
		{"a name made of its parts", "", `{"userinfo":{"name#ar":null,"given_name#ar":null,"given_names#ar":null}}`, "",
			map[string]any{"name#ar": "ليلى نورة المصري", "given_name#ar": "ليلى نورة", "given_names#ar": []any{"ليلى", "نورة"}}},
		{"by scope, one language: what is in Latin letters is made of the register's own", "profile:name", "", "ar", map[string]any{
			"name": "ليلى نورة المصري", "given_name": "ليلى نورة", "given_names": []any{"ليلى", "نورة"}, "family_name": arabic, "name_transliterated": "LAYLA NOURA ALMASRI"}},
		{"a further source", "", `{"userinfo":{"student_card:school#ar":null}}`, "", map[string]any{
			"student_card:school#ar": "جامعة نوفا فولا التقنية", "student_card:school_meta": map[string]any{"source": "student_card", "as_of": "2026-11-24T11:00:00Z"}}},
		{"who issued a document", "", `{"userinfo":{"document_issuer#ar":null}}`, "", map[string]any{"document_issuer#ar": "الوالي"}},
		{"beside the means' word", "", `{"userinfo":{"register_family_name#ar":null}}`, "", map[string]any{
			"register_family_name#ar": arabic, "register_family_name_meta": map[string]any{"source": "register", "as_of": "2026-11-24T11:00:00Z", "match": true}}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, spokenTo(t, c.scopes, c.claims, c.locales, UserInfo)); diff != "" {
			t.Errorf("%s: %s", c.story, diff)
		}
		if in := strings.Replace(c.claims, "userinfo", "id_token", 1); c.scopes == "" {
			if diff := cmp.Diff(c.want, spokenTo(t, c.scopes, in, c.locales, IDToken)); diff != "" {
				t.Errorf("%s, in the ID token: %s", c.story, diff)
			}
		}
	}
	address, _ := spokenTo(t, "address", "", "ar", UserInfo)["address"].(map[string]any)
	if address["formatted"] != "شارع الياسمين 1863/4\nنوفا فولا\nPL" {
		t.Errorf("an address: %v", address)
	}
}

// Identity Assurance 1.0 names claims as Core does.
func TestVerifiedClaimsInLanguages(t *testing.T) {
	for _, c := range []struct{ claims, locales, want string }{
		{`{"family_name#ar":null}`, "", `{"family_name#ar":"المصري"}`},
		{`{"family_name":null}`, "ar", `{"family_name":"المصري"}`},
		{`{"family_name":null}`, "ar pl", `{"family_name":"Almasri","family_name#ar":"المصري"}`},
	} {
		told := spokenTo(t, "", `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":`+c.claims+`}}}`, c.locales, UserInfo)
		element, _ := told[verifiedClaims].(map[string]any)
		written, err := json.Marshal(element["claims"])
		if err != nil || string(written) != c.want {
			t.Errorf("%s of %s: %s", c.claims, c.locales, written)
		}
		if err := published(t, "verified_claims.json").Validate(asJSON(t, told)); err != nil {
			t.Error(err)
		}
	}
}

// What is put to the citizen is what is told: the languages asked for, and no others.
func TestOnlyLanguagesAskedForAreShown(t *testing.T) {
	for _, c := range []struct{ scopes, claims, locales, want string }{
		{"profile:name", "", "", "Almasri"},
		{"", `{"userinfo":{"family_name#ar":null}}`, "", "ar:المصري"},
		{"", `{"userinfo":{"family_name":null}}`, "ar", "ar:المصري"},
		{"", `{"userinfo":{"family_name":null}}`, "ar en", "Almasri ar:المصري"},
		{"", `{"userinfo":{"family_name":null},"id_token":{"family_name#ar":null}}`, "", "Almasri ar:المصري"},
	} {
		request, err := ParseClaims(c.claims)
		if err != nil {
			t.Fatal(err)
		}
		request.Locales = Locales(strings.Fields(c.locales))
		ask, err := AskFor(strings.Fields(c.scopes), request)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := Spoken(Known(layla(), noon()), ask).Find("family_name")
		got := ""
		for _, f := range append([]identity.Form{{Language: a.Language, Value: a.Value}}, a.Forms...) {
			got += " " + strings.TrimPrefix(f.Language+":", ":") + f.Value.RevealText()
		}
		if got[1:] != c.want {
			t.Errorf("%s %s %s: %s", c.scopes, c.claims, c.locales, got)
		}
	}
}

// RU-28: what somebody sends as languages is bounded, and nothing is kept under it.
func TestAttack_RU_28_LanguagesAreBounded(t *testing.T) {
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("x-%d", i), fmt.Sprintf("a%c-%d", 'a'+i%26, i), strings.Repeat("a", 40), "zz-"+strings.Repeat("b", 30))
	}
	if got := Locales(many); len(got) > mostLocales {
		t.Errorf("%d languages of a list are taken", len(got))
	}
	if got := Locales([]string{"AR", "ar", "", "*", "und", "a b", "ar-", "<script>", "pl"}); !slices.Equal(got, []string{"ar", "pl"}) {
		t.Errorf("read as %v", got)
	}
}

// A register's name in another script is no other name.
func TestAMeansThatWritesInTheOtherScriptAgrees(t *testing.T) {
	a, _ := Known(layla(), noon()).Find("register_family_name")
	if _, meta := unwrap(a); meta["match"] != true {
		t.Errorf("the Arabic name of the means does not match: %v", meta)
	}
}
