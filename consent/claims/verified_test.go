package claims

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"symbolon/connectors/identity"
)

// published compiles one of the schemas of testdata/ida.
func published(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	for _, file := range []string{"claims_schema.json", "verified_claims.json", "verified_claims_request.json"} {
		raw, err := os.Open(filepath.Join("testdata", "ida", file))
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		doc, err := jsonschema.UnmarshalJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := doc.(map[string]any)["$id"].(string)
		if err := compiler.AddResource(id, doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("https://bitbucket.org/openid/ekyc-ida/raw/master/schema/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func asJSON(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func backing() Backing {
	proof := identity.Evidence{
		Kind: identity.UpstreamAssertion, Means: "means", Choice: "bank-of-a-name", Issuer: "https://upstream.example", Digest: []byte{1, 2, 3},
		Asserted: identity.Substantial, Ceiling: identity.High, AuthTime: noon(), Checked: noon().Add(-time.Minute + 123*time.Millisecond),
	}
	return Back([]identity.Evidence{proof}, identity.Substantial, "2026-11", "ABCD-EFGH", Register{"Register of residents", "PL"})
}

// recorded is everything about a person released, for a request.
func recorded(t *testing.T, parameter string, person identity.Attributes) Record {
	t.Helper()
	request, err := ParseClaims(parameter)
	if err != nil {
		t.Fatal(err)
	}
	return Record{Values: Known(person, noon()), Request: request, Arrived: noon(), Backing: backing()}
}

func withDocument() identity.Attributes {
	return append(konstanty(), register("document_type", `"idcard"`), register("document_number", `"ZZP100001"`),
		register("document_issuer", `"Prezydent Miasta Nowa Wola"`), register("document_date_of_issuance", `"2021-06-14"`),
		register("nationalities", `["PL","PL"]`), register("gender", `"male"`), means("phone_number", `"+48599100001"`), means("phone_number_verified", `true`))
}

const everythingAsked = `{"trust_framework":null,"assurance_level":null,"time":null,"verification_process":null,
	"assurance_process":{"policy":null,"procedure":null,"assurance_details":[{"assurance_type":null,"evidence_ref":[{"check_id":null}]}]},
	"evidence":[
		{"type":{"value":"electronic_record"},"check_details":[{"check_method":null,"time":null,"organization":null}],"record":{"type":null,"created_at":null,"source":{"name":null,"country_code":null}}},
		{"type":{"value":"document"},"check_details":[{"check_method":null,"time":null}],"document_details":{"type":null,"document_number":null,"date_of_issuance":null,"date_of_expiry":null,"issuer":{"name":null}}},
		{"type":{"value":"vouch"},"check_details":[{"check_method":null,"time":null}],"attestation":{"type":null}}]}`

func TestEverythingVerified(t *testing.T) {
	got := recorded(t, `{"userinfo":{"verified_claims":{"verification":`+everythingAsked+`,"claims":{"given_name":null,"pesel":null,"document_type":null,"document_number":null,"email":null}}}}`,
		withDocument()).Tell(UserInfo, nil)
	checked := []any{map[string]any{"check_method": "data", "time": "2026-11-24T11:00:00Z"}}
	want := map[string]any{"verified_claims": map[string]any{
		"claims": map[string]any{
			"given_name": "Konstanty", "pesel": "87022290019", "document_type": "idcard", "document_number": "ZZP100001", "email": "konstanty.testowy@mail.example",
		},
		"verification": map[string]any{
			"trust_framework": "eidas", "assurance_level": "substantial", "time": "2026-11-24T11:00:00Z", "verification_process": "ABCD-EFGH",
			"assurance_process": map[string]any{"policy": "2026-11", "procedure": "means_and_register"},
			"evidence": []any{
				map[string]any{"type": "electronic_record", "check_details": checked, "record": map[string]any{
					"type": "population_register", "source": map[string]any{"name": "Register of residents", "country_code": "PL"}}},
				map[string]any{"type": "document", "check_details": checked, "document_details": map[string]any{"type": "idcard", "document_number": "ZZP100001"}},
				map[string]any{"type": "vouch", "attestation": map[string]any{"type": "digital_attestation"},
					"check_details": []any{map[string]any{"check_method": "auth", "time": "2026-11-24T11:59:00Z"}}},
			},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// features H12, levels.md §4: the office that handed out what somebody logged in with vouches for them: it saw
// them, it is named by who answers for it, and no clerk is.
func TestTheOfficeVouches(t *testing.T) {
	answers := published(t, "verified_claims.json")
	const asked = `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"vouch"},` +
		`"check_details":[{"check_method":null,"organization":null,"time":null}],"attestation":{"type":null,"date_of_issuance":null,"voucher":{"organization":null}}}]},"claims":{"given_name":null}}}}`
	seen := time.Date(2026, 6, 14, 0, 0, 0, 0, time.UTC)
	login := map[string]any{"check_method": "auth", "time": "2026-11-24T12:00:00Z"}
	named := func(check map[string]any, attestation map[string]any) map[string]any {
		check["check_method"], check["organization"] = "vpip", "Nowa Wola, Town hall"
		attestation["type"], attestation["voucher"] = "digital_attestation", map[string]any{"organization": "Nowa Wola, Town hall"}
		return map[string]any{"type": "vouch", "check_details": []any{check, login}, "attestation": attestation}
	}
	for what, c := range map[string]struct {
		kind identity.EvidenceKind
		seen time.Time
		name string
		want map[string]any
	}{
		"at the desk":       {identity.HandedOut("certified"), seen, "Nowa Wola, Town hall", named(map[string]any{"time": "2026-06-14T00:00:00Z"}, map[string]any{"date_of_issuance": "2026-06-14"})},
		"added later":       {identity.HandedOut("totp"), time.Time{}, "Nowa Wola, Town hall", named(map[string]any{}, map[string]any{})},
		"an office no more": {identity.HandedOut("bound"), seen, "", map[string]any{"type": "vouch", "check_details": []any{login}, "attestation": map[string]any{"type": "digital_attestation"}}},
		"no office":         {"moon", seen, "Nowa Wola, Town hall", nil},
	} {
		r := recorded(t, asked, konstanty())
		proof := identity.Evidence{Kind: c.kind, Means: "phone", Issuer: "office-7", Asserted: identity.High, Ceiling: identity.High, AuthTime: noon(), Checked: noon(), Seen: c.seen}
		r.Backing = Back([]identity.Evidence{proof}, identity.High, "2026-11", "ABCD-EFGH", Register{})
		if r.Backing.Office != nil {
			r.Backing.Office.Name = c.name
		}
		told := r.Tell(UserInfo, nil)
		if strings.Contains(fmt.Sprint(told), "office-7") {
			t.Errorf("%s: our own name of the office is told: %v", what, told)
		}
		if c.want == nil {
			if told[verifiedClaims] != nil {
				t.Errorf("%s: %v", what, told)
			}
			continue
		}
		if err := answers.Validate(asJSON(t, told)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		verification, _ := told[verifiedClaims].(map[string]any)["verification"].(map[string]any)
		if diff := cmp.Diff([]any{c.want}, verification["evidence"]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

// Every claim that discovery names can be had so, and whatever is asked for, in whatever
// combination, is as the published schemas say.
func TestWhatIsToldFitsThePublishedSchemas(t *testing.T) {
	answers, requests := published(t, "verified_claims.json"), published(t, "verified_claims_request.json")
	person := append(withDocument(), means("picture", `"data:image/png;base64,AA"`), register("birth_family_name", `"Dawny"`), register("also_known_as", `"Kostek"`),
		register("place_of_birth", `{"locality":"Nowa Wola","country":"PL"}`), register("address_type", `"permanent"`), register("address_valid_from", `"2014-09-01"`),
		means("x509_issuer", `"CN=Cards"`), means("x509_policy", `"1.2.3"`), means("x509_subject", `"CN=Konstanty"`), means("x509_not_before", `"2024-01"`), means("x509_not_after", `"2034-01"`))
	oneName := identity.Attributes{register("given_name", `"Suryaningsih"`), register("birthdate", `"1975-00-00"`), means("email", `"no-address"`),
		means("email_verified", `true`), register("nationalities", `["Polska"]`), register("phone_number", `"ask me"`)}
	for _, name := range Supports(true).Claims {
		for _, verification := range []string{everythingAsked, `{"trust_framework":null}`, `{"trust_framework":{"value":"eidas"},"evidence":[{"type":{"value":"document"},"document_details":{"document_number":null}},{"type":{"value":"vouch"}}]}`} {
			request := `{"userinfo":{"verified_claims":[{"verification":` + verification + `,"claims":{"` + name + `":null}}]}}`
			if err := requests.Validate(asJSON(t, json.RawMessage(request))); err != nil {
				t.Fatalf("the test asks wrongly: %v", err)
			}
			for story, p := range map[string]identity.Attributes{"all": person, "one name": oneName} {
				told := recorded(t, request, p).Tell(UserInfo, nil)
				if told[verifiedClaims] == nil && (name != "mononym" && story == "all" || name == "mononym" && story != "all") {
					t.Errorf("%s, advertised, cannot be had", name)
				}
				if err := answers.Validate(asJSON(t, told)); err != nil {
					t.Errorf("%s of %s: %v", name, story, err)
				}
			}
		}
	}
	for _, kind := range Supports(true).Documents {
		told := recorded(t, `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"document_details":{"type":{"value":"`+kind+`"}}}]},"claims":{"document_type":null}}}}`,
			identity.Attributes{register("document_type", `"`+kind+`"`)}).Tell(UserInfo, nil)
		if told[verifiedClaims] == nil {
			t.Errorf("a %s, advertised, is no evidence", kind)
		}
	}
	year := recorded(t, `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"birthdate":null}}}}`, oneName).Tell(UserInfo, nil)
	if diff := cmp.Diff(map[string]any{"birthdate": "1975-00-00"}, year[verifiedClaims].(map[string]any)["claims"]); diff != "" {
		t.Error(diff)
	}
}

func TestConditionsThatAreNotMetLeaveTheElementOut(t *testing.T) {
	cases := []struct {
		verification, claims string
		want                 string // names of the claims told
	}{
		{`{"trust_framework":{"value":"eidas"}}`, `{"given_name":null,"family_name":null}`, "family_name given_name"},
		{`{"trust_framework":{"values":["de_aml","eidas"]}}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":{"value":"de_aml"}}`, `{"given_name":null}`, ""},
		{`{"trust_framework":{"value":"de_aml","essential":true}}`, `{"given_name":{"essential":true}}`, ""},
		{`{"trust_framework":null,"assurance_level":{"value":"substantial"}}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null,"assurance_level":{"values":["high","low"]}}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"assurance_process":{"policy":{"value":"another"}}}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"assurance_process":{"procedure":{"value":"means_and_register"}}}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null,"assurance_process":{"procedure":{"value":"means_and_register"}}}`, `{"email":null}`, ""},
		{`{"trust_framework":null,"assurance_process":{"assurance_details":[{"assurance_type":{"value":"x"}}]}}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"time":{"max_age":3600}}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null,"time":{"max_age":3599}}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"time":{"max_age":0}}`, `{"age_over_18":null}`, ""},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"electronic_signature"}}]}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"utility_bill"}},{"type":{"value":"vouch"}}]}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"document"}}]}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"document"}}]}`, `{"document_valid":null}`, "document_valid"},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"vouch"},"check_details":[{"check_method":{"value":"vpip"}}]}]}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"vouch"},"check_details":[{"check_method":{"values":["vpip","auth"]}}]}]}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"electronic_record"},"record":{"type":{"value":"birth_register"}}}]}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"evidence":[{"type":{"value":"electronic_record"},"check_details":[{"check_method":null,"time":{"max_age":60}}]}]}`, `{"given_name":null}`, ""},
		{`{"trust_framework":null,"telepathy":{"value":"x"}}`, `{"given_name":null}`, "given_name"},
		{`{"trust_framework":null}`, `{"given_name":{"value":"Konstanty"},"family_name":{"value":"Iksiński"}}`, "given_name"},
		{`{"trust_framework":null}`, `{"given_name":{"value":"Iksiński"}}`, ""},
		{`{"trust_framework":null}`, `{"given_name":{"values":["a","Konstanty"]},"birthdate":{"max_age":5}}`, "given_name"},
		{`{"trust_framework":null}`, `{"birthdate":{"max_age":9223372036854775807}}`, "birthdate"},
		{`{"trust_framework":null}`, `{"telepathy":{"essential":true},"_#&%/ \"żółć":null,"sub":null}`, ""},
		{`{"trust_framework":null}`, `null`, ""},
		{`{"trust_framework":null}`, `{"phone_number":null}`, ""}, // nobody verified it
	}
	person := append(konstanty(), means("phone_number", `"+48599100001"`))
	for _, c := range cases {
		parameter := `{"id_token":{"verified_claims":{"verification":` + c.verification + `,"claims":` + c.claims + `}}}`
		record := recorded(t, parameter, person)
		var names []string
		if element, ok := record.Tell(IDToken, nil)[verifiedClaims].(map[string]any); ok {
			for name := range element["claims"].(map[string]any) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.claims, c.verification, got, c.want)
		}
		if record.Tell(UserInfo, nil)[verifiedClaims] != nil {
			t.Error("told at UserInfo, asked for in the ID token")
		}
		ask, err := AskFor(nil, record.Request)
		if err != nil {
			t.Fatal(err)
		}
		known := Tellable(Known(person, noon()), ask, noon(), backing())
		for _, w := range ask.Attributes { // what the page shows is what is told
			if has(known, w.Name) != slices.Contains(names, string(w.Name)) {
				t.Errorf("%s of %s: the page and the token differ about %s", c.claims, c.verification, w.Name)
			}
		}
	}
}

// attacks PV-09: nothing that names a bank, an upstream or a certificate.
func TestAttack_PV_09_VerifiedClaimsNameNoUpstream(t *testing.T) {
	record := recorded(t, `{"userinfo":{"verified_claims":{"verification":`+everythingAsked+`,"claims":{"given_name":null,"email":null}}}}`, konstanty())
	kept, values := record.Backing.Of(record.Values)
	exposed, err := values.Expose()
	if err != nil {
		t.Fatal(err)
	}
	summary, err := json.Marshal([]any{kept, record.Tell(UserInfo, nil), json.RawMessage(exposed)})
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"bank", "upstream.example", "AQID", `"means":`, `"id":"means"`, "Authority of cards", "5eed"} {
		if strings.Contains(string(summary), private) {
			t.Errorf("%s is in %s", private, summary)
		}
	}
}

// byCard is what stands behind a login with a card.
func byCardOf(t *testing.T, parameter string) Record {
	t.Helper()
	r := recorded(t, parameter, withDocument())
	proof := identity.Evidence{
		Kind: identity.CardToken, Means: "card", Asserted: identity.High, Ceiling: identity.High, AuthTime: noon(), Checked: noon(),
		Certificate: &identity.Certificate{Name: "CN=Authority of cards,C=PL", Serial: "5eed"},
	}
	r.Backing, r.Values = Back([]identity.Evidence{proof}, identity.High, "2026-11", "ABCD-EFGH", Register{}).Of(r.Values)
	return r
}

// OpenID Identity Assurance 1.0, evidence electronic_signature: the certificate of the card is told where
// it is asked for and a number of the holder's is told with it, in the form of the published schemas; and
// a condition on it holds. Elsewhere its serial number would tie one party's citizen to another's.
func TestACardsSignatureIsEvidence(t *testing.T) {
	answers, requests := published(t, "verified_claims.json"), published(t, "verified_claims_request.json")
	whole := map[string]any{
		"type": "electronic_signature", "signature_type": "eid_card_authentication", "issuer": "CN=Authority of cards,C=PL", "serial_number": "5eed",
	}
	created := map[string]any{"created_at": "2026-11-24T12:00:00Z"}
	maps.Copy(created, whole)
	for _, c := range []struct {
		filter, claims string
		want           any // nil: no element
	}{
		{`{"type":{"value":"electronic_signature"}}`, `{"national_identifier":null,"given_name":null}`, whole},
		{`{"type":{"value":"electronic_signature"},"issuer":null,"created_at":null}`, `{"document_number":null}`, created},
		{`{"type":{"value":"electronic_signature"},"signature_type":{"value":"eid_card_authentication"}}`, `{"pesel":null}`, whole},
		{`{"type":{"value":"electronic_signature"},"created_at":{"max_age":60}}`, `{"pesel":null}`, created},
		{`{"type":{"value":"electronic_signature"},"signature_type":{"value":"qes"}}`, `{"pesel":null}`, nil},
		{`{"type":{"value":"electronic_signature"},"issuer":{"values":["CN=Another"]}}`, `{"pesel":null}`, nil},
		{`{"type":{"value":"electronic_signature"}}`, `{"given_name":null,"birthdate":null}`, nil},
	} {
		request := `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[` + c.filter + `]},"claims":` + c.claims + `}}}`
		if err := requests.Validate(asJSON(t, json.RawMessage(request))); err != nil {
			t.Fatalf("the test asks wrongly: %v", err)
		}
		told := byCardOf(t, request).Tell(UserInfo, nil)
		if err := answers.Validate(asJSON(t, told)); err != nil {
			t.Errorf("%s: %v", c.filter, err)
		}
		element, _ := told[verifiedClaims].(map[string]any)
		if c.want == nil {
			if element != nil {
				t.Errorf("%s with %s: told %v", c.filter, c.claims, element)
			}
			continue
		}
		verification, _ := element["verification"].(map[string]any)
		if diff := cmp.Diff([]any{c.want}, verification["evidence"]); diff != "" {
			t.Errorf("%s: %s", c.filter, diff)
		}
	}
	if kept, _ := byCardOf(t, "").Backing.Of(konstanty()[:1]); kept.Signed != nil {
		t.Error("the certificate is kept where no number is told")
	}
}

func TestTheLevelIsThatOfTheWeakestSource(t *testing.T) {
	weak := identity.Evidence{Kind: identity.UpstreamAssertion, Means: "means", Asserted: identity.Low, Ceiling: identity.High, Checked: noon()}
	strong := identity.Evidence{Kind: identity.UpstreamAssertion, Means: "card", Asserted: identity.High, Ceiling: identity.High, Checked: noon()}
	b := Back([]identity.Evidence{weak, strong}, identity.High, "r", "p", Register{})
	person := append(konstanty(), means("document_number", `"ZZP100001"`), means("document_issuer", `"somebody"`))
	stranger := means("gender", `"male"`)
	stranger.Source.ID = "means-that-proved-nothing"
	known := Tellable(Known(append(person, stranger), noon()), askNothing(), noon(), b)
	if has(known, "document_number") || has(known, "gender") || !has(known, "document_issuer") || !has(known, "national_identifier") {
		t.Error("a number takes substantial from where it comes from, and every claim takes something")
	}
	for parameter, want := range map[string]string{`{"given_name":null}`: "high", `{"given_name":null,"email":null}`: "low", `{"age_over_18":null}`: "high"} {
		record := recorded(t, `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"assurance_level":null},"claims":`+parameter+`}}}`, person)
		record.Backing, record.Values = b.Of(record.Values)
		got := record.Tell(UserInfo, nil)[verifiedClaims].(map[string]any)["verification"].(map[string]any)["assurance_level"]
		if got != want {
			t.Errorf("%s at %v, want %s", parameter, got, want)
		}
	}
}
