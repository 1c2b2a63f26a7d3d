package claims

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func TestTheCatalogueHoldsTogether(t *testing.T) {
	seen := map[identity.AttributeName]bool{}
	for _, c := range Catalogue() {
		if seen[c.Name] || c.Name == "" || c.Type == "" || c.TextKey() != "claim."+string(c.Name) {
			t.Errorf("%s: twice, or without name or type", c.Name)
		}
		seen[c.Name] = true
		if c.Of == "" && c.Alias == "" && (len(c.Sources) == 0 || c.Level == identity.None) {
			t.Errorf("%s: no source or level, so it can never be told", c.Name)
		}
		if c.Of != "" && !slices.ContainsFunc(Catalogue(), func(o Claim) bool { return o.Name == c.Of && o.Of == "" }) {
			t.Errorf("%s goes with %s, which is not there", c.Name, c.Of)
		}
		for _, r := range c.Replaced {
			if !slices.ContainsFunc(Catalogue(), func(o Claim) bool { return o.Name == r && o.Type == Boolean }) {
				t.Errorf("%s could be replaced by %s, which is no predicate", c.Name, r)
			}
		}
	}
	for _, scope := range []string{
		"profile", "email", "phone", "address", "profile:name", "profile:former_names", "profile:birth", "profile:sex", "profile:nationality",
		"address:residence", "contact:email", "contact:phone", "document", "picture", "nid", "x509", "delegation",
	} {
		if !slices.Contains(Scopes(), scope) {
			t.Errorf("no claim for scope %s", scope)
		}
	}
	for _, name := range ClaimNames() {
		if _, ok := Lookup(identity.AttributeName(strings.TrimSuffix(name, metaSuffix))); !ok && name != ResidentIn && name != verifiedClaims {
			t.Errorf("discovery lists %s, which is not there", name)
		}
	}
}

// The names are those that RFC 7519, OpenID Connect and this provider keep for themselves.
func TestAttack_TK_20_ReservedNamesAreNoClaims(t *testing.T) {
	for _, name := range []identity.AttributeName{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "acr", "amr", "azp", "nonce", "auth_time", "at_hash", "c_hash", "s_hash", "sid",
		"txn", "events", "act", "may_act", "scope", "client_id", "cnf", "groups", "roles", "entitlements", "_claim_names", "_claim_sources",
		"sub_jwk", "verified_claims", "resident_in", "resident_in:", "resident_in:pl", "resident_in:PLX", "name:PL", "",
	} {
		attribute := identity.Attribute{Name: name, Value: identity.Text("forged"), Source: identity.Source{Kind: identity.FromMeans}}
		if Exists(name) && name != consent.Act { // who acts is said here, and nobody else's word for it is taken
			t.Errorf("%q is in the catalogue", name)
		}
		if known := Known(identity.Attributes{attribute}, noon()); len(known) != 0 {
			t.Errorf("%q sent by a means is believed", name)
		}
		told := Project([]consent.Released{{Name: name}}, identity.Attributes{attribute}, []identity.AttributeName{name})
		if len(told) != 0 {
			t.Errorf("%q comes out of a projection", name)
		}
	}
	forged := identity.Attribute{Name: "age_over_18", Value: identity.Raw([]byte("true")), Source: identity.Source{Kind: identity.FromMeans}}
	if known := Known(identity.Attributes{forged}, noon()); len(known) != 0 {
		t.Error("a means' word for a predicate is believed")
	}
}

func TestAskFor(t *testing.T) {
	claims := func(parameter string) ClaimsRequest {
		t.Helper()
		r, err := ParseClaims(parameter)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	cases := []struct {
		story  string
		scopes string
		claims string
		want   string
		level  identity.Level
	}{
		{"nothing", "openid", "", "", identity.None},
		{"profile holds no number and no sex", "openid profile", "", "name given_name family_name birthdate", identity.Low},
		{"an e-mail is one thing to ask for", "openid email", "", "email", identity.Low},
		{"aliases ask once", "email contact:email address address:residence", "", "address address_type address_valid_from email", identity.Low},
		{"unknown scopes and claims", "openid telepathy", `{"userinfo":{"groups":null,"given_name":null}}`, "given_name", identity.Low},
		{"both places", "", `{"userinfo":{"email":null},"id_token":{"given_name":null,"acr":{"essential":true}}}`, "given_name email", identity.Low},
		{"a predicate, no birth date", "", `{"userinfo":{"age_over_18":{"essential":true}}}`, "age_over_18!", identity.Low},
		{"where somebody lives", "", `{"userinfo":{"resident_in:PL":null,"resident_in":null,"resident_in:xx":null}}`, "resident_in:PL", identity.Low},
		{"numbers take two factors", "nid", "", "national_identifier", identity.Substantial},
		{"essential in one place is essential", "email", `{"id_token":{"email":{"essential":true}},"userinfo":{"email":null}}`, "email!", identity.Low},
		{"what goes with another is not asked by itself", "", `{"userinfo":{"email_verified":null}}`, "", identity.None},
	}
	for _, c := range cases {
		ask, err := AskFor(strings.Fields(c.scopes), claims(c.claims))
		var got []string
		for _, w := range ask.Attributes {
			name := string(w.Name)
			if w.Essential {
				name += "!"
			}
			got = append(got, name)
		}
		if err != nil || strings.Join(got, " ") != c.want || LevelFor(ask) != c.level || ask.Offline {
			t.Errorf("%s: %q at %s, %v", c.story, got, LevelFor(ask), err)
		}
	}
	ask, err := AskFor([]string{"offline_access"}, claims(`{"userinfo":{"email":{"purpose":"to write"}},"id_token":{"email":{"purpose":"to write"}}}`))
	if err != nil || !ask.Offline || ask.Attributes[0].Why != "to write" {
		t.Errorf("offline, with a purpose: %+v, %v", ask, err)
	}
	if _, err := AskFor(nil, claims(`{"userinfo":{"email":{"purpose":"to write"}},"id_token":{"email":{"purpose":"to sell"}}}`)); !errors.Is(err, ErrTwoPurposes) {
		t.Errorf("two purposes for one claim: %v", err)
	}
}

func TestParseClaims(t *testing.T) {
	request, err := ParseClaims(`{
		"userinfo": {"given_name": {"essential": true, "purpose": "aby zwrócić się do Ciebie", "max_age": 86400}, "email": null, "nickname": 7},
		"id_token": {"acr": {"essential": true, "values": ["high", "substantial"]}, "sub": {"value": "abc"}, "auth_time": {"essential": true}},
		"verified_claims": {"anything": [1, {"deep": true}]}
	}`)
	if err != nil {
		t.Fatal(err)
	}
	age := int64(86400)
	want := map[string]Requested{"given_name": {Essential: true, Purpose: "aby zwrócić się do Ciebie", MaxAge: &age}, "email": {}}
	if diff := cmp.Diff(want, request.UserInfo); diff != "" {
		t.Error(diff)
	}
	if got := request.IDToken["acr"].Texts(); !slices.Equal(got, []string{"high", "substantial"}) || !request.IDToken["acr"].Essential {
		t.Errorf("acr: %q", got)
	}
	if got := request.IDToken["sub"].Texts(); !slices.Equal(got, []string{"abc"}) || !request.IDToken["auth_time"].Essential {
		t.Errorf("sub: %q", got)
	}
	if empty, err := ParseClaims(""); err != nil || empty.UserInfo != nil {
		t.Errorf("no parameter: %v", err)
	}
}

func TestMalformedClaimsParameters(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20)
	var many []string
	for i := range 101 {
		many = append(many, `"c`+strings.Repeat("x", i)+`":null`)
	}
	for story, parameter := range map[string]string{
		"not JSON":                    `{"userinfo"`,
		"nothing but space":           ` `,
		"an array":                    `[]`,
		"a string":                    `"userinfo"`,
		"null":                        `null`,
		"something after it":          `{} {}`,
		"rubbish after it":            `{}x`,
		"a name twice":                `{"userinfo":{"email":null,"email":{"essential":true}}}`,
		"a name twice, escaped":       `{"userinfo":{"acr":null,"\u0061cr":{"value":"low"}}}`,
		"a place twice":               `{"userinfo":{},"userinfo":{"email":null}}`,
		"a member twice":              `{"id_token":{"acr":{"value":"high","value":"low"}}}`,
		"a place that is no object":   `{"userinfo":["email"]}`,
		"a claim that is true":        `{"userinfo":{"email":true}}`,
		"essential as a string":       `{"userinfo":{"email":{"essential":"true"}}}`,
		"value and values":            `{"id_token":{"acr":{"value":"a","values":["b"]}}}`,
		"no values":                   `{"id_token":{"acr":{"values":[]}}}`,
		"values that are no list":     `{"id_token":{"acr":{"values":"high"}}}`,
		"a short purpose":             `{"userinfo":{"email":{"purpose":"x"}}}`,
		"a long purpose":              `{"userinfo":{"email":{"purpose":"` + strings.Repeat("x", 301) + `"}}}`,
		"a purpose that is null":      `{"userinfo":{"email":{"purpose":null}}}`,
		"a negative age":              `{"userinfo":{"email":{"max_age":-1}}}`,
		"an age in words":             `{"userinfo":{"email":{"max_age":"1"}}}`,
		"a fraction of an age":        `{"userinfo":{"email":{"max_age":1.5}}}`,
		"too deep":                    deep,
		"too deep in what is unknown": `{"other":` + deep + `}`,
		"too many claims":             `{"userinfo":{` + strings.Join(many, ",") + `}}`,
		"too long":                    `{"userinfo":{}` + strings.Repeat(" ", 16<<10) + `}`,
		"not UTF-8":                   "{\"userinfo\":{\"email\":{\"purpose\":\"abc\xff\"}}}",
	} {
		request, err := ParseClaims(parameter)
		if !errors.Is(err, ErrRequest) || request.UserInfo != nil || request.IDToken != nil {
			t.Errorf("%s: error %v", story, err)
		}
	}
}

func FuzzParseClaims(f *testing.F) {
	f.Add(`{"userinfo":{"email":{"essential":true,"purpose":"to write","values":[1,"a"]}}}`)
	f.Add(`{"id_token":{"acr":{"value":"high"},"acr":null}}`)
	f.Add(`{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"vouch"}}]},"claims":{"name":null}}}}`)
	f.Fuzz(func(t *testing.T, parameter string) {
		request, err := ParseClaims(parameter)
		if err != nil {
			return
		}
		again, err := json.Marshal(request)
		if err != nil {
			t.Fatal("what was parsed cannot be stored")
		}
		var stored ClaimsRequest
		if json.Unmarshal(again, &stored) != nil {
			t.Fatal("what was stored cannot be read")
		}
		_, _ = AskFor(nil, request)
	})
}

func TestAttack_TK_18_UserInfoTellsOnlyWhatWasReleased(t *testing.T) {
	known := Known(konstanty(), noon())
	names := []identity.AttributeName{"given_name", "family_name", "birthdate", "address", "email"}
	released := []consent.Released{{Name: "given_name"}, {Name: "email"}}
	told := Project(released, known, names)
	if diff := cmp.Diff(map[string]any{"given_name": "Konstanty", "email": "konstanty.testowy@mail.example", "email_verified": true}, told); diff != "" {
		t.Error(diff)
	}
	request, err := ParseClaims(`{"id_token":{"given_name":null},"userinfo":{"email":null}}`)
	if err != nil {
		t.Fatal(err)
	}
	record := Record{Request: request, Arrived: noon(), Values: slices.DeleteFunc(slices.Clone(known), func(a identity.Attribute) bool {
		return a.Name != "given_name" && a.Name != "email"
	})}
	if told := record.Tell(IDToken, nil); len(told) != 1 || told["given_name"] == nil {
		t.Errorf("the ID token has %d claims", len(told))
	}
	if told := record.Tell(UserInfo, []string{"openid"}); len(told) != 2 || told["email"] == nil {
		t.Errorf("UserInfo has %d claims", len(told))
	}
	if told := Project(released, known, nil); len(told) != 0 {
		t.Error("a place that was asked for nothing tells something")
	}
	if told := Project(nil, known, names); len(told) != 0 {
		t.Error("something is told without a release")
	}
	if told := Project(released, nil, names); len(told) != 0 {
		t.Error("something is told that nobody knows")
	}
}

func TestProjectedNamesAreReleasedNames(t *testing.T) {
	var names []identity.AttributeName
	for _, c := range Catalogue() {
		names = append(names, c.Name)
	}
	names = append(names, "sub", "acr", "resident_in:PL", "nonsense")
	known := Known(konstanty(), noon())
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOf(rapid.SampledFrom(names))
		here, release := some.Draw(t, "here"), []consent.Released{}
		for _, n := range some.Draw(t, "released") {
			release = append(release, consent.Released{Name: n})
		}
		for name := range Project(release, known, here) {
			as := identity.AttributeName(name)
			if c, _ := Lookup(as); c.Of != "" {
				as = c.Of
			}
			of := as
			if c, _ := Lookup(as); c.Alias != "" {
				of = c.Alias
			}
			if !slices.Contains(here, as) || !slices.ContainsFunc(release, func(r consent.Released) bool { return r.Name == of }) {
				t.Fatalf("%s was told", name)
			}
		}
	})
}
