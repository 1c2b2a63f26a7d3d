package claims

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
)

func TestTransliteration(t *testing.T) { // ICAO 9303-3 §6 table A
	for name, want := range map[string]string{
		"Żaneta Bogumiła Łucja Śnieżka Gżegżółka-Święcicka": "ZANETA BOGUMILA LUCJA SNIEZKA GZEGZOLKA-SWIECICKA",
		"Jörg Ærø Åse Großmann":                             "JOERG AEROE AASE GROSSMANN", "Þór Đorđe Ħal ısık Œuvré": "THOR DORDE HAL ISIK OEUVRE", "Núñez D’Ávila": "NUNEZ DAVILA",
		"Zoe\u0308": "ZOE", "  Jan   Kowalski ": "JAN KOWALSKI", "Mariam, Salma": "MARIAM SALMA", "Nguyễn Ượng": "NGUYEN UONG",
		"مريم سلمى": "", "Мария": "", "Jan Мария": "", "Jan 3": "", "": "", "-": "", "'": "",
	} {
		if got := transliterate(name); got != want {
			t.Errorf("%q is written %q, want %q", name, got, want)
		}
	}
	told := recorded(t, "", konstanty()).Tell(UserInfo, []string{"profile:name"})
	if told["name_transliterated"] != "KONSTANTY BRZEZINSKI-TESTOWY" {
		t.Errorf("told as %v", told["name_transliterated"])
	}
	told = recorded(t, "", identity.Attributes{register("name", `"مريم سلمى"`)}).Tell(UserInfo, []string{"profile:name"})
	if told["name"] == nil || told["name_transliterated"] != nil {
		t.Errorf("a name in another script: %v", told)
	}
}

func TestARegistersWordStandsBesideTheMeans(t *testing.T) {
	person := identity.Attributes{
		register("given_name", `"Żaneta"`), means("given_name", `"ZANETA"`), register("family_name", `"Nowonazwana"`), means("family_name", `"Dawna"`),
		register("birthdate", `"1979-11-30"`), means("email", `"a@mail.example"`),
	}
	told := recorded(t, "", person).Tell(UserInfo, []string{"profile:name", "profile:birth", "email", "register"})
	got := map[string]any{}
	for name, value := range told {
		if strings.HasPrefix(name, FromRegister) && !strings.Contains(name, "given_names") && !strings.HasPrefix(name, "register_name") {
			got[name] = value
		}
	}
	meta := func(match any) map[string]any {
		m := map[string]any{"source": "register", "as_of": "2026-11-24T11:00:00Z"}
		if match != nil {
			m["match"] = match
		}
		return m
	}
	want := map[string]any{
		"register_given_name": "Żaneta", "register_given_name_meta": meta(true), "register_family_name": "Nowonazwana", "register_family_name_meta": meta(false),
		"register_birthdate": "1979-11-30", "register_birthdate_meta": meta(nil),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if forged := Known(identity.Attributes{means("register_given_name", `{"value":"x","match":true}`)}, noon()); len(forged) != 0 {
		t.Error("a means' word is taken for a register's")
	}
	if name, value := Bare("register_given_name", identity.Raw([]byte(`{"value":"Żaneta"}`))); name != "given_name" || value.RevealText() != "Żaneta" {
		t.Errorf("the page shows %s", name)
	}
}

func TestCitizenship(t *testing.T) {
	number := register("national_identifier", `"PNOPL-87022290019"`)
	for story, c := range map[string]struct {
		said identity.Attributes
		want any
	}{
		"a citizen":                     {identity.Attributes{number, register("nationalities", `["DE","PL"]`)}, true},
		"a citizen, in three letters":   {identity.Attributes{number, register("nationalities", `["POL"]`)}, true},
		"a foreigner, in three letters": {identity.Attributes{number, register("nationalities", `["MAR"]`)}, false},
		"a foreigner with a number":     {identity.Attributes{number, register("nationalities", `["UA"]`)}, false},
		"the bank's word":               {identity.Attributes{number, means("nationalities", `["PL"]`)}, nil},
		"nobody knows":                  {identity.Attributes{number}, nil},
		"no number, so which country":   {identity.Attributes{register("nationalities", `["PL"]`)}, nil},
	} {
		if got := told(c.said)["is_citizen"]; got != c.want {
			t.Errorf("%s: %v, want %v", story, got, c.want)
		}
	}
}
