package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

func askNothing() consent.Ask { return consent.Ask{} }

// OpenID Connect Core §5.5.1: a claim that does not have the value asked for is left out, without an
// error. A scope wants it whatever it is.
func TestOIDCC_5_5_1_ValuesAndAges(t *testing.T) {
	cases := []struct {
		scopes, userinfo, want string
	}{
		{"", `{"given_name":{"value":"Konstanty"}}`, "given_name"},
		{"", `{"given_name":{"value":"konstanty","essential":true}}`, ""},
		{"", `{"given_name":{"values":["x","Konstanty"]},"family_name":{"value":""}}`, "given_name"},
		{"", `{"given_names":{"value":["Konstanty"]}}`, "given_names"},
		{"", `{"given_names":{"value":"Konstanty"}}`, ""},
		{"", `{"age_over_18":{"value":true},"age_over_65":{"value":true}}`, "age_over_18"},
		{"", `{"age_over_18":{"value":"true"}}`, ""},
		{"", `{"national_identifier":{"value":{"value":"PNOPL-87022290019","country":"PL","type":"PNO"}}}`, "national_identifier"},
		{"", `{"pesel":{"value":"87022290019"}}`, "pesel"},
		{"", `{"pesel":{"value":"87022290018"}}`, ""},
		{"", `{"pesel":null}`, "pesel"},
		{"nid", `{"pesel":null}`, "national_identifier pesel"},
		{"", `{"birthdate":{"max_age":3600},"family_name":{"max_age":3599}}`, "birthdate"},
		{"", `{"age_over_18":{"max_age":60}}`, ""}, // as old as the birth date behind it
		{"", `{"name_transliterated":null}`, "name_transliterated"},
		{"profile:sex email", `{"email":{"value":"another@mail.example"}}`, "email email_verified"},
	}
	for _, c := range cases {
		record := recorded(t, `{"userinfo":`+c.userinfo+`}`, konstanty())
		told := record.Tell(UserInfo, strings.Fields(c.scopes))
		if got := strings.Join(slices.Sorted(maps.Keys(told)), " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.scopes, c.userinfo, got, c.want)
		}
		if len(record.Tell(IDToken, nil)) != 0 {
			t.Errorf("%s: told in the ID token", c.userinfo)
		}
	}
}

// What is left out for its value is not on the page either, and not in the record of what was told.
func TestWhatIsLeftOutIsNotKnown(t *testing.T) {
	record := recorded(t, `{"userinfo":{"given_name":{"value":"Jan"},"family_name":null,"email":{"value":"x"}},"id_token":{"email":null}}`, konstanty())
	ask, err := AskFor([]string{"profile:birth"}, record.Request)
	if err != nil {
		t.Fatal(err)
	}
	known := Tellable(record.Values, ask, noon(), backing())
	for name, want := range map[identity.AttributeName]bool{"given_name": false, "family_name": true, "email": true, "birthdate": true, "address": true} {
		if has(known, name) != want {
			t.Errorf("%s known: %t", name, !want)
		}
	}
	ask.Form = json.RawMessage(`{`)
	if len(Tellable(record.Values, ask, noon(), backing())) != 0 {
		t.Error("something is told in answer to what nobody can read")
	}
	if len(Tellable(record.Values, askNothing(), noon(), Backing{})) != 0 {
		t.Error("something is told to nobody's level")
	}
}

func TestMalformedVerifiedClaims(t *testing.T) {
	many := strings.Repeat(`{"verification":{"trust_framework":null},"claims":{"name":null}},`, 11)
	filters := strings.Repeat(`{"type":{"value":"vouch"}},`, 21)
	for story, element := range map[string]string{
		"null":                          `null`,
		"a text":                        `"all"`,
		"empty":                         `{}`,
		"no verification":               `{"claims":{"name":null}}`,
		"an empty verification":         `{"verification":{},"claims":{"name":null}}`,
		"a verification in a list":      `{"verification":[],"claims":{"name":null}}`,
		"no claims":                     `{"verification":{"trust_framework":null}}`,
		"claims without one":            `{"verification":{"trust_framework":null},"claims":{}}`,
		"claims in a list":              `{"verification":{"trust_framework":null},"claims":["name"]}`,
		"a claim that is true":          `{"verification":{"trust_framework":null},"claims":{"name":true}}`,
		"an unknown claim that is true": `{"verification":{"trust_framework":null},"claims":{"telepathy":true}}`,
		"a short purpose":               `{"verification":{"trust_framework":null},"claims":{"name":{"purpose":"x"}}}`,
		"a long purpose":                `{"verification":{"trust_framework":null},"claims":{"name":{"purpose":"` + strings.Repeat("ż", 301) + `"}}}`,
		"a framework by number":         `{"verification":{"trust_framework":{"value":1}},"claims":{"name":null}}`,
		"no values":                     `{"verification":{"trust_framework":{"values":[]}},"claims":{"name":null}}`,
		"value and values":              `{"verification":{"trust_framework":{"value":"a","values":["b"]}},"claims":{"name":null}}`,
		"a negative age":                `{"verification":{"trust_framework":null,"time":{"max_age":-1}},"claims":{"name":null}}`,
		"an age in words":               `{"verification":{"trust_framework":null,"time":{"max_age":"1"}},"claims":{"name":null}}`,
		"evidence that is no list":      `{"verification":{"trust_framework":null,"evidence":{"type":{"value":"vouch"}}},"claims":{"name":null}}`,
		"no evidence":                   `{"verification":{"trust_framework":null,"evidence":[]},"claims":{"name":null}}`,
		"evidence without a type":       `{"verification":{"trust_framework":null,"evidence":[{"check_details":[{"check_method":null}]}]},"claims":{"name":null}}`,
		"evidence of any type":          `{"verification":{"trust_framework":null,"evidence":[{"type":null}]},"claims":{"name":null}}`,
		"evidence of two types":         `{"verification":{"trust_framework":null,"evidence":[{"type":{"values":["vouch","document"]}}]},"claims":{"name":null}}`,
		"checks without a method":       `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"vouch"},"check_details":[{"time":null}]}]},"claims":{"name":null}}`,
		"a process that is a text":      `{"verification":{"trust_framework":null,"assurance_process":"x"},"claims":{"name":null}}`,
		"too many filters":              `{"verification":{"trust_framework":null,"evidence":[` + strings.TrimSuffix(filters, ",") + `]},"claims":{"name":null}}`,
		"too many elements":             `[` + strings.TrimSuffix(many, ",") + `]`,
		"one of two is wrong":           `[{"verification":{"trust_framework":null},"claims":{"name":null}},{}]`,
	} {
		for _, place := range []string{"userinfo", "id_token"} {
			if _, err := ParseClaims(`{"` + place + `":{"verified_claims":` + element + `}}`); !errors.Is(err, ErrRequest) {
				t.Errorf("%s: %v", story, err)
			}
		}
	}
	if _, err := ParseClaims(`{"userinfo":{"verified_claims":[]}}`); err != nil {
		t.Errorf("an empty list asks for nothing: %v", err)
	}
}

func TestAskingInVerifiedClaimsIsAsking(t *testing.T) {
	request, err := ParseClaims(`{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{
		"pesel":{"purpose":"aby założyć \"konto\" <b>&</b>"},"birthdate":{"essential":true},"telepathy":null}}},
		"id_token":{"verified_claims":[{"verification":{"trust_framework":null},"claims":{"register_birthdate":null}}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := AskFor(nil, request)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, w := range ask.Attributes {
		got = append(got, fmt.Sprint(w.Name, " ", w.Essential, " ", w.Why))
	}
	want := []string{"birthdate true ", `national_identifier false aby założyć "konto" <b>&</b>`, "register_birthdate false "}
	if diff := cmp.Diff(want, got); diff != "" || LevelFor(ask) != identity.Substantial {
		t.Errorf("%s at %s", diff, LevelFor(ask))
	}
	twice, err := ParseClaims(`{"userinfo":{"birthdate":{"purpose":"to congratulate"},"verified_claims":{"verification":{"trust_framework":null},"claims":{"birthdate":{"purpose":"to sell"}}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := AskFor(nil, twice); !errors.Is(err, ErrTwoPurposes) {
		t.Errorf("two purposes: %v", err)
	}
}

// Verified and plain are two things to ask for: each place tells what was asked for there.
func TestVerifiedOnlyIsToldVerifiedOnly(t *testing.T) {
	record := recorded(t, `{"userinfo":{"family_name":null,"verified_claims":[{"verification":{"trust_framework":null},"claims":{"given_name":null}},
		{"verification":{"trust_framework":null},"claims":{"family_name":null}}]}}`, konstanty())
	told := record.Tell(UserInfo, nil)
	elements, _ := told[verifiedClaims].([]any)
	if len(elements) != 2 || told["given_name"] != nil || told["family_name"] != "Brzeziński-Testowy" || len(told) != 2 {
		t.Errorf("%v", told)
	}
}
