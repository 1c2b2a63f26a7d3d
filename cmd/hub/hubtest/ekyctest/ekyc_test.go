// Package ekyctest plays the modules of the OpenID Foundation's plan for OpenID Connect for Identity
// Assurance, ekyc-test-plan-oidccore, against the running hub over HTTP, and a few of our own. The
// rules of what is told stand in consent/claims with tests of their own.
package ekyctest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"symbolon/cmd/hub/hubtest"
	"symbolon/consent/claims"
	"symbolon/provider/store"
)

func TestMain(m *testing.M) { os.Exit(hubtest.Main(m)) }

type object = map[string]any

// stage is a world with a party that may ask for whatever can be verified.
type stage struct {
	*hubtest.World
	rp        *hubtest.RP
	discovery object
	schema    *jsonschema.Schema
}

func open(t *testing.T) *stage {
	t.Helper()
	all, former := []string{"register_birthdate"}, []string{"birth_family_name", "also_known_as"} // these take a law
	for _, c := range claims.Catalogue() {
		if !slices.Contains(former, string(c.Name)) && !slices.Contains(c.Scopes, "delegation") && c.Of == "" && c.Alias == "" && c.Name != claims.ResidentIn {
			all = append(all, string(c.Name))
		}
	}
	s := &stage{rp: &hubtest.RP{ID: "kyc", Method: "client_secret_basic", Party: object{
		"may": []any{
			object{"attributes": all, "basis": "consent", "purpose": "service"},
			object{"attributes": former, "basis": "law", "law": object{"en": "Act on a test, art. 7"}, "purpose": "service"},
		},
	}}}
	s.World = hubtest.New(t, hubtest.WithRPs(s.rp), hubtest.WithSettings(func(table map[string]any) {
		registers := table["registers"].(map[string]any)
		registers["name"], registers["country"] = "Register of residents", "PL"
	}))
	s.rp = s.rp.As(t)
	s.discovery = s.rp.Do(s.Ask(http.MethodGet, "/.well-known/openid-configuration").WithContext(t.Context())).JSON
	s.schema = schema(t)
	return s
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"claims_schema", "verified_claims", "verified_claims_request"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "consent", "claims", "testdata", "ida", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		doc := document(t, string(raw))
		if err := compiler.AddResource(doc.(object)["$id"].(string), doc); err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := compiler.Compile("https://bitbucket.org/openid/ekyc-ida/raw/master/schema/verified_claims.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func document(t *testing.T, text string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// answer is what the party was told in the two places.
type answer struct{ userinfo, idToken object }

// ask logs a person in with a claims parameter, agrees to everything, and holds what is told
// against the published schema and RFC 3339.
func (s *stage) ask(t *testing.T, person, parameter string, changes ...string) answer {
	t.Helper()
	rp := s.rp.As(t)
	tokens := rp.Exchange(rp.Login(s.Browser(t), person, append([]string{"claims", parameter}, changes...)...).Code())
	if tokens.Status != http.StatusOK {
		t.Fatalf("no tokens: %d %s", tokens.Status, tokens.Body)
	}
	reply := rp.Userinfo(tokens.Text("access_token"))
	_, idToken := hubtest.ReadJWT(t, tokens.Text("id_token"))
	a := answer{reply.JSON, idToken}
	for place, told := range map[string]object{"userinfo": a.userinfo, "ID token": a.idToken} {
		written, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.schema.Validate(document(t, string(written))); err != nil {
			t.Errorf("%s: %v", place, err)
		}
		times(t, place, told["verified_claims"])
	}
	return a
}

// times finds every member called time and wants RFC 3339 with seconds.
func times(t *testing.T, at string, v any) {
	t.Helper()
	switch v := v.(type) {
	case object:
		for name, member := range v {
			if text, ok := member.(string); ok && name == "time" {
				if _, err := time.Parse("2006-01-02T15:04:05Z", text); err != nil {
					t.Errorf("%s: %q is not a time in seconds", at, text)
				}
			}
			times(t, at, member)
		}
	case []any:
		for _, one := range v {
			times(t, at, one)
		}
	}
}

// verified gives the one element of a place, and its claims' names; nil if there is none.
func verified(told object) (object, string) {
	element, _ := told["verified_claims"].(object)
	claims, _ := element["claims"].(object)
	return element, strings.Join(slices.Sorted(maps.Keys(claims)), " ")
}

const named = `{"verification":{"trust_framework":null},"claims":{"given_name":null,"family_name":null}}`

func in(place, element string) string { return `{"` + place + `":{"verified_claims":` + element + `}}` }

func TestConformance_ekyc_happypath(t *testing.T) {
	s := open(t)
	told := s.ask(t, "diacritics", in("userinfo", named))
	element, names := verified(told.userinfo)
	if names != "family_name given_name" || element["claims"].(object)["family_name"] != "Gżegżółka-Święcicka" || len(element["verification"].(object)) != 1 {
		t.Errorf("told %v", element)
	}
	for _, plain := range []string{"given_name", "family_name"} {
		if told.userinfo[plain] != nil || told.idToken[plain] != nil {
			t.Errorf("%s is told plainly, too", plain)
		}
	}
	rich := `{"verification":{"trust_framework":{"value":"eidas"},"assurance_level":{"values":["substantial","high"]},"time":null,"verification_process":null,
		"assurance_process":{"policy":null,"procedure":null},"evidence":[
		{"type":{"value":"electronic_record"},"check_details":[{"check_method":null,"time":{"max_age":86400}}],"record":{"type":null,"source":{"name":null,"country_code":null}}},
		{"type":{"value":"document"},"check_details":[{"check_method":null}],"document_details":{"type":null,"document_number":null,"date_of_expiry":null}},
		{"type":{"value":"vouch"},"check_details":[{"check_method":null,"time":null}],"attestation":{"type":null}}]},
		"claims":{"given_name":{"purpose":"to write \"Dear <Konstanty>\" & more"},"birthdate":{"max_age":86400},"document_type":null}}`
	b := s.Browser(t)
	rp := s.rp.As(t)
	rp.Authorize(b, "claims", in("userinfo", rich))
	b.Choose("trusted-profile")
	if page := b.Be("ordinary"); !strings.Contains(page.Text(), `to write "Dear <Konstanty>" & more`) || strings.Contains(page.Body, "<Konstanty>") {
		t.Errorf("the purpose is not shown as it was sent:\n%s", page.Text())
	}
	told = s.ask(t, "ordinary", in("userinfo", rich))
	written := fmt.Sprint(told.userinfo["verified_claims"])
	for _, want := range []string{"substantial", "Register of residents", "population_register", "idcard", "auth", "data", "means_and_register", "vouch"} {
		if !strings.Contains(written, want) {
			t.Errorf("%s is not in %s", want, written)
		}
	}
	for _, never := range []string{"trusted-profile", "ZZP100001", "87022290019", s.Country.Addresses.Profile} { // attacks PV-09
		if strings.Contains(written, never) {
			t.Errorf("%s is in %s", never, written)
		}
	}
}

func TestConformance_ekyc_oneclaim_stories(t *testing.T) {
	s := open(t)
	framework := `{"verification":{"trust_framework":null},"claims":`
	cases := []struct{ module, claims, want string }{
		{"happypath-emptyobject", `{"given_name":{},"family_name":{}}`, "family_name given_name"},
		{"happypath-essentialfalse", `{"given_name":{"essential":false}}`, "given_name"},
		{"unknown-claim-omitted", `{"given_name":null,"telepathy":null}`, "given_name"},
		{"unknown-essential-claim-omitted", `{"given_name":null,"telepathy":{"essential":true}}`, "given_name"},
		{"unknown-claim-specialchars-omitted", `{"given_name":null,"%&/()=?\"\\ żółć 😀":{"essential":true}}`, "given_name"},
		{"one-claim-with-random-value-omitted", `{"given_name":null,"family_name":{"value":"qX7-random"}}`, "given_name"},
		{"only unknown", `{"telepathy":null}`, ""},
		{"max_age of a datum", `{"given_name":{"max_age":86400},"family_name":null}`, "family_name given_name"},
	}
	for _, c := range cases {
		t.Run("TestConformance_ekyc_"+c.module, func(t *testing.T) {
			told := s.ask(t, "ordinary", in("userinfo", framework+c.claims+`}`))
			element, names := verified(told.userinfo)
			if names != c.want || c.want == "" && element != nil || told.idToken["verified_claims"] != nil {
				t.Errorf("told %v, want %q", told.userinfo, c.want)
			}
		})
	}
}

func TestConformance_ekyc_request_only_in_idtoken(t *testing.T) {
	told := open(t).ask(t, "ordinary", in("id_token", named))
	if _, names := verified(told.idToken); names != "family_name given_name" || told.userinfo["verified_claims"] != nil {
		t.Errorf("ID token %q, userinfo %v", names, told.userinfo)
	}
}

func TestConformance_ekyc_request_only_in_userinfo(t *testing.T) {
	told := open(t).ask(t, "ordinary", in("userinfo", named))
	if _, names := verified(told.userinfo); names != "family_name given_name" || told.idToken["verified_claims"] != nil {
		t.Errorf("userinfo %q, ID token %v", names, told.idToken)
	}
}

// What the tester asks for, in both places at once, with conditions that are and are not met.
func TestConformance_ekyc_testuserprovidedrequest(t *testing.T) {
	told := open(t).ask(t, "ordinary", `{"userinfo":{"verified_claims":[`+named+`,
		{"verification":{"trust_framework":{"value":"de_aml"}},"claims":{"birthdate":null}},
		{"verification":{"trust_framework":null,"assurance_level":{"value":"high"}},"claims":{"gender":null}},
		{"verification":{"trust_framework":{"value":"eidas"},"assurance_level":null},"claims":{"age_over_18":{"value":true}}}]},
		"id_token":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"electronic_signature"}}]},"claims":{"given_name":null}}}}`)
	elements, _ := told.userinfo["verified_claims"].([]any)
	if len(elements) != 2 || told.idToken["verified_claims"] != nil || strings.Contains(fmt.Sprint(elements), "1987") {
		t.Errorf("told %v and %v", elements, told.idToken["verified_claims"])
	}
}

// levels.md §3: whoever has a document that is not valid is told to be so, without a word of why.
func TestADocumentThatIsNotValid(t *testing.T) {
	s := open(t)
	s.Country.Registers.Report("ordinary", "", "stolen")
	told := s.ask(t, "ordinary", `{"userinfo":{"document_valid":null,"document_status":null,"verified_claims":{"verification":{"trust_framework":null},"claims":{"document_valid":null,"document_number":null}}}}`)
	if _, names := verified(told.userinfo); told.userinfo["document_valid"] != false || names != "document_valid" || strings.Contains(fmt.Sprint(told), "stolen") {
		t.Errorf("told %v", told.userinfo)
	}
}

// Everything that discovery advertises is asked for as advertised.
func TestConformance_ekyc_testbasedonuserinfo_defaults(t *testing.T) {
	s := open(t)
	list := func(name string) []string {
		var texts []string
		all, _ := s.discovery[name].([]any)
		for _, one := range all {
			texts = append(texts, one.(string))
		}
		return texts
	}
	if s.discovery["verified_claims_supported"] != true {
		t.Fatalf("not advertised: %v", s.discovery)
	}
	// What further sources tell is for the parties that may ask it, and tried with them.
	ours := slices.DeleteFunc(list("claims_in_verified_claims_supported"), func(name string) bool { return strings.Contains(name, ":") })
	wanted := object{}
	for _, name := range ours {
		wanted[name] = nil
	}
	var evidence []any
	for _, kind := range list("evidence_supported") {
		if kind == "vouch" { // an office's, for whom it enrolled, and tried with them
			continue
		}
		evidence = append(evidence, object{"type": object{"value": kind}, "check_details": []any{object{"check_method": nil}}})
	}
	for _, framework := range list("trust_frameworks_supported") {
		request, err := json.Marshal(object{"userinfo": object{"verified_claims": object{
			"verification": object{"trust_framework": object{"value": framework}, "evidence": evidence}, "claims": wanted,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		told := s.ask(t, "ordinary", string(request))
		element, names := verified(told.userinfo)
		missing := slices.DeleteFunc(slices.Clone(ours), func(name string) bool {
			return slices.Contains(strings.Fields(names), name)
		})
		// Who has two names is no mononym, they have no other names, and neither a picture nor a certificate comes from these means.
		none := []string{
			"also_known_as", "birth_family_name", "mononym", "picture",
			"x509_issuer", "x509_not_after", "x509_not_before", "x509_policy", "x509_subject",
		}
		if !slices.Equal(missing, none) {
			t.Errorf("advertised, and this person has them, but not told: %v", missing)
		}
		verification, _ := element["verification"].(object)
		if got, _ := verification["evidence"].([]any); len(got) != len(evidence) {
			t.Errorf("advertised %d kinds of evidence, told %v", len(evidence), got)
		}
		for _, method := range append(list("documents_check_methods_supported"), framework) {
			if !strings.Contains(fmt.Sprint(verification), method) {
				t.Errorf("%s is advertised, and not in %v", method, verification)
			}
		}
	}
	document, _ := verified(s.ask(t, "ordinary", in("userinfo", `{"verification":{"trust_framework":null},"claims":{"document_type":null}}`)).userinfo)
	if claims, _ := document["claims"].(object); !slices.Contains(list("documents_supported"), fmt.Sprint(claims["document_type"])) {
		t.Errorf("a document of a kind that is not advertised: %v", claims)
	}
	record := `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"electronic_record"},"record":{"type":{"value":"` + list("electronic_records_supported")[0] + `"}}}]},"claims":{"given_name":null}}`
	if _, names := verified(s.ask(t, "ordinary", in("userinfo", record)).userinfo); names != "given_name" {
		t.Errorf("a record of an advertised kind gives %q", names)
	}
}

func TestConformance_ekyc_test_userinfo_notfoundinop(t *testing.T) {
	told := open(t).ask(t, "ordinary", in("userinfo", `{"verification":{"trust_framework":null},"claims":{"given_name":{"value":"Nobody"},"birthdate":{"value":"1900-01-01"}}}`))
	if told.userinfo["verified_claims"] != nil || strings.Contains(fmt.Sprint(told.userinfo), "Konstanty") {
		t.Errorf("told %v", told.userinfo)
	}
}

func TestRubbishInVerifiedClaimsIsAnInvalidRequest(t *testing.T) {
	s := open(t)
	for _, element := range []string{`{}`, `7`, `{"verification":{"trust_framework":null},"claims":{}}`, `{"verification":{"trust_framework":null},"claims":{"given_name":{"purpose":"x"}}}`} {
		page := s.rp.Authorize(s.Browser(t), "claims", in("userinfo", element))
		if got := s.rp.Answered(page).Get("error"); got != "invalid_request" {
			t.Errorf("%s: %q", element, got)
		}
	}
}

// The claims parameter may name values that a party believes to be somebody's: they lie nowhere in
// clear, on either database, and what is told stays the same after a refresh.
func TestVerifiedClaimsAreSealedAndSurviveARefresh(t *testing.T) {
	for _, dialect := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			rp := &hubtest.RP{ID: "kyc", Method: "client_secret_basic"}
			w := hubtest.New(t, hubtest.WithRPs(rp), hubtest.WithDialect(dialect))
			request := in("userinfo", `{"verification":{"trust_framework":null,"time":{"max_age":86400}},"claims":{"family_name":{"values":["Believed-To-Be","Brzeziński-Testowy"]}}}`)
			first := rp.Exchange(rp.Login(w.Browser(t), "ordinary", "claims", request, "scope", "openid offline_access").Code())
			w.Dump().HoldsNone(t, map[string]string{"what the party believes": "Believed-To-Be"})
			w.Shift(time.Hour)
			second := rp.Refresh(first.Text("refresh_token"))
			if _, names := verified(rp.Userinfo(second.Text("access_token")).JSON); names != "family_name" {
				t.Errorf("after a refresh %q is told", names)
			}
		})
	}
}
