package oidc

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
)

func TestSuite(t *testing.T) {
	banks := func(raw map[string]any) {
		raw["choices"] = []any{
			map[string]any{"id": "bank-one", "names": map[string]any{"en": "Bank One"}, "hint": "b1", "ceiling": "substantial"},
			map[string]any{"id": "bank-two", "names": map[string]any{"en": "Bank Two"}, "ceiling": "low"},
		}
		raw["choice_parameter"], raw["choice_template"] = "login_hint", "bank:{hint}"
	}
	for name, change := range map[string]func(map[string]any){"one door": nil, "banks": banks} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) *connectortest.Rig { return rigged(t, change).Rig })
		})
	}
}

func query(t *testing.T, step connectors.Step) url.Values {
	t.Helper()
	redirect, ok := step.(connectors.Redirect)
	if !ok {
		t.Fatalf("not a redirect: %s", connectortest.Outcome(step))
	}
	u, err := url.Parse(redirect.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestBegin_asks_for_what_is_needed_and_nothing_about_the_party(t *testing.T) {
	r := rigged(t, func(raw map[string]any) {
		raw["claims"] = map[string]any{"userinfo": map[string]any{"nid": map[string]any{"essential": true}}}
	})
	a := r.Attempt("handle-1")
	step, _ := r.Begin(t, a)
	got := query(t, step)
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "hub", "redirect_uri": a.Return, "scope": "openid profile nid", "state": "handle-1",
		"code_challenge_method": "S256", "acr_values": "urn:up:substantial", "ui_locales": "pl en", "max_age": "28800",
		"claims": `{"userinfo":{"nid":{"essential":true}}}`,
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
		got.Del(name)
	}
	if len(got.Get("nonce")) != 43 || len(got.Get("code_challenge")) != 43 || len(got) != 2 {
		t.Errorf("nonce, challenge and nothing else: %v", got)
	}
	again, _ := r.Begin(t, a)
	if other := query(t, again); other.Get("nonce") == got.Get("nonce") || other.Get("code_challenge") == got.Get("code_challenge") {
		t.Error("nonce or challenge was used twice")
	}
}

func TestBegin_asks_for_the_level_wanted_and_the_age_wanted(t *testing.T) {
	minute, day := time.Minute, 24*time.Hour
	for _, c := range []struct {
		story          string
		change         func(*connectors.Attempt)
		acr, age, what string
	}{
		{"low", func(a *connectors.Attempt) { a.Wanted = identity.Low }, "urn:up:low", "28800", ""},
		{"any", func(a *connectors.Attempt) { a.Wanted = identity.None }, "urn:up:low", "28800", ""},
		{"more than it is configured for", func(a *connectors.Attempt) { a.Wanted = identity.High }, "", "28800", ""},
		{"now", func(a *connectors.Attempt) { a.Fresh = true }, "urn:up:substantial", "0", "login"},
		{"a minute old at most", func(a *connectors.Attempt) { a.MaxAge = &minute }, "urn:up:substantial", "60", ""},
		{"a day old at most, the settings say less", func(a *connectors.Attempt) { a.MaxAge = &day }, "urn:up:substantial", "28800", ""},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := rigged(t, nil)
			a := r.Attempt("handle-1")
			c.change(&a)
			step, _ := r.Begin(t, a)
			got := query(t, step)
			if got.Get("acr_values") != c.acr || got.Get("max_age") != c.age || got.Get("prompt") != c.what {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestChoice_is_carried_and_caps(t *testing.T) {
	banks := func(raw map[string]any) {
		raw["choices"] = []any{
			map[string]any{"id": "bank-one", "names": map[string]any{"en": "Bank One"}, "hint": "b1", "ceiling": "substantial"},
			map[string]any{"id": "bank-two", "names": map[string]any{"en": "Bank Two"}, "ceiling": "low"},
		}
		raw["choice_parameter"], raw["choice_template"], raw["choice_claim"] = "idp_hint", "bank:{hint}", "bank"
	}
	r := rigged(t, banks)
	a := r.Attempt("handle-1")
	a.Choice = "bank-two"
	step, state := r.Begin(t, a)
	if got := query(t, step).Get("idp_hint"); got != "bank:bank-two" {
		t.Errorf("hint %q", got)
	}
	r.up.Claims = func(c claims) { c["bank"] = "bank-two" }
	auth := connectortest.MustBeDone(t, r.Continue(t, a, state, r.Walk(t, step)))
	if e := auth.Evidence[0]; e.Asserted != identity.Substantial || e.Ceiling != identity.Low || e.Choice != "bank-two" {
		t.Errorf("%+v", e)
	}
	a.Choice = "bank-one" // chosen here, but the person went through another door there
	step, state = r.Begin(t, a)
	if got := r.Continue(t, a, state, r.Walk(t, step)); connectortest.Outcome(got) != string(connectors.InvalidAnswer) || r.reason() != "choice" {
		t.Errorf("%s %s", connectortest.Outcome(got), r.reason())
	}
}

func TestLogin_tells_the_person_and_the_evidence(t *testing.T) {
	r := rigged(t, nil)
	r.up.Claims = func(c claims) { c["amr"] = []any{"pwd", "otp", "mfa", "own-invention", "pwd", 7} }
	r.up.person["home"] = claims{"locality": "Łękołody", "formatted": "Źródlana 2358\nŁękołody"}
	auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	got := map[identity.AttributeName]string{}
	for _, a := range auth.Attributes {
		got[a.Name] = string(a.Value.Reveal())
	}
	want := map[identity.AttributeName]string{
		"given_name": `"Żaneta Bogumiła Łucja Śnieżka"`, "family_name": `"Gżegżółka-Święcicka"`, "birthdate": `"1979-11-30"`,
		"email": `"zaneta@mail.example"`, "address": `{"formatted":"Źródlana 2358\nŁękołody","locality":"Łękołody"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(auth.Identifiers) != 1 || auth.Identifiers[0].Reveal() != "PNOPL-79113090127" {
		t.Errorf("%d identifiers", len(auth.Identifiers))
	}
	if diff := cmp.Diff([]string{"pwd", "otp", "mfa"}, auth.AMR); diff != "" {
		t.Error(diff)
	}
	if auth.Issuer != r.up.Issuer || auth.Subject.Reveal() != "upstream-subject-1" {
		t.Error("issuer or subject")
	}
}

func TestLogin_names_and_gaps(t *testing.T) {
	for _, c := range []struct {
		story, claim string
		value        any
		attribute    identity.AttributeName
		want         string // "" = left out
	}{
		{"right to left", "given_name", "مريم سلمى", "given_name", `"مريم سلمى"`},
		{"decomposed letters stay as they came", "given_name", "Z\u0307aneta", "given_name", "\"Z\u0307aneta\""},
		{"an apostrophe and a space", "family_name", "O’Brien van der Ważny", "family_name", `"O’Brien van der Ważny"`},
		{"one name only", "family_name", "", "family_name", ""},
		{"no birth date", "birthdate", nil, "birthdate", ""},
		{"year of birth", "birthdate", "1975", "birthdate", `"1975"`},
		{"year of birth, day and month unknown", "birthdate", "1975-00-00", "birthdate", `"1975-00-00"`},
		{"day without a year", "birthdate", "0000-02-29", "birthdate", `"0000-02-29"`},
		{"a birth date in words", "birthdate", "30 listopada", "birthdate", ""},
		{"a birth date that never was", "birthdate", "1979-02-30", "birthdate", ""},
		{"a birth date as number", "birthdate", 19791130, "birthdate", ""},
		{"a name that turns the page around", "given_name", "Jan\u202egro.kcatta", "given_name", ""},
		{"a name with a line break", "given_name", "Jan\nNowak", "given_name", ""},
		{"a name as list", "given_name", []string{"Jan"}, "given_name", ""},
		{"a name as object", "given_name", claims{"a": "b"}, "given_name", ""},
		{"a name of 10 KB", "given_name", strings.Repeat("ż", 5000), "given_name", ""},
		{"an address as text", "home", "Wiśniowa", "address", ""},
		{"an address with a list in it", "home", claims{"locality": []string{"x"}}, "address", ""},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := rigged(t, nil)
			r.up.Userinfo = func(told claims) { told[c.claim] = c.value }
			auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
			a, there := auth.Attributes.Find(c.attribute)
			if there != (c.want != "") || string(a.Value.Reveal()) != c.want {
				t.Errorf("%s", a.Value.Reveal())
			}
			r.MustBeQuiet(t)
		})
	}
}

func TestIdentifier(t *testing.T) {
	bare := func(raw map[string]any) { raw["identifier_scheme"], raw["identifier_country"] = "PNO", "PL" }
	nobody := func(raw map[string]any) { delete(raw, "authoritative_for") }
	for _, c := range []struct {
		story  string
		change func(map[string]any)
		value  any
		want   string // "" none, else the identifier or a failure code
	}{
		{"whole form", nil, "PNOPL-79113090127", "PNOPL-79113090127"},
		{"bare number", bare, "79113090127", "PNOPL-79113090127"},
		{"bare expected, whole form told", bare, "PNOPL-79113090127", "PNOPL-79113090127"},
		{"none told", nil, nil, ""},
		{"empty", nil, "", ""},
		{"believed for nothing", nobody, "PNOPL-79113090127", ""},
		{"another country's number", nil, "PNODE-123", ""},
		{"a digit is wrong", nil, "PNOPL-79113090128", "identifier_broken"},
		{"a digit is wrong, believed for nothing", nobody, "PNOPL-79113090128", "identifier_broken"},
		{"too short", bare, "7911309012", "identifier_broken"},
		{"a number, not text", bare, 79113090127, "identifier_broken"},
		{"other digits", bare, "٧٩١١٣٠٩٠١٢٧", "identifier_broken"},
		{"bare where the whole form is expected", nil, "79113090127", "identifier_broken"},
		{"a list of two", nil, []string{"PNOPL-79113090127", "PNOPL-87022290019"}, "identifier_broken"},
	} {
		t.Run(c.story, func(t *testing.T) {
			r := rigged(t, c.change)
			r.up.Userinfo = func(told claims) {
				told["national_identifier"] = c.value
				delete(told, "birthdate")
			}
			step := r.Login(t, "handle-1")
			got := connectortest.Outcome(step)
			if done, ok := step.(connectors.Done); ok {
				got = ""
				for _, id := range done.Authentication.Identifiers {
					got += id.Reveal()
				}
				// Nothing is ever read out of a number (levels.md §3).
				for _, derived := range []identity.AttributeName{"birthdate", "gender"} {
					if _, there := done.Authentication.Attributes.Find(derived); there {
						t.Errorf("%s was told", derived)
					}
				}
			}
			if got != c.want {
				t.Errorf("got %q", got)
			}
			r.MustBeQuiet(t)
		})
	}
}

func TestClientAuthentication(t *testing.T) {
	for method, file := range map[string]string{"private_key_jwt": "", "client_secret_basic": "x", "client_secret_post": "x"} {
		t.Run(method, func(t *testing.T) {
			r := rigged(t, func(raw map[string]any) {
				if file != "" {
					raw["client_auth"] = map[string]any{"method": method, "secret_file": written(t, "s3cret of the hub\n")}
				}
			})
			connectortest.MustBeDone(t, r.Login(t, "handle-1"))
		})
	}
}

func TestDiagnose(t *testing.T) {
	if err := rigged(t, nil).oidc.Diagnose(t.Context()); err != nil {
		t.Errorf("all is well: %v", err)
	}
	for name, spoil := range map[string]func(*upstream){
		"other algorithms": func(u *upstream) {
			u.Metadata = func(m claims) { m["id_token_signing_alg_values_supported"] = []string{"HS256"} }
		},
		"no S256": func(u *upstream) {
			u.Metadata = func(m claims) { m["code_challenge_methods_supported"] = []string{"plain"} }
		},
		"other methods": func(u *upstream) {
			u.Metadata = func(m claims) { m["token_endpoint_auth_methods_supported"] = []string{"none"} }
		},
		"another issuer": func(u *upstream) { u.Metadata = func(m claims) { m["issuer"] = "https://elsewhere.example" } },
		"no keys":        func(u *upstream) { u.published = nil },
		"down":           func(u *upstream) { u.server.Close() },
	} {
		r := rigged(t, nil)
		spoil(r.up)
		if err := r.oidc.Diagnose(t.Context()); err == nil {
			t.Errorf("%s: all is well", name)
		}
	}
}
