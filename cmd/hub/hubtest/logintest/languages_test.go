package logintest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// linguist is a party that may ask for what can be told in several languages.
func linguist() *hubtest.RP {
	rp := clinic()
	rp.Party["may"] = []any{map[string]any{
		"attributes": []string{"name", "given_name", "family_name", "address", "birthdate", "document_issuer", "student_card:school"},
		"basis":      "consent", "purpose": "service",
	}}
	return rp
}

// OpenID Connect Core §5.2: somebody whose register has them in two scripts is told in the languages that a
// service asks for; the page shows each, the portal says which it was, and what is not asked stays here.
func TestClaimsInSeveralLanguages(t *testing.T) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := linguist()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			ask := func(changes ...string) (string, map[string]any) {
				b := w.Browser(t)
				page := through(b, rp, "trusted-profile", "two-scripts", append(changes, "prompt", "login consent")...)
				for _, id := range page.IDs("attr-") {
					b.Tick(id)
				}
				return page.Text(), rp.Userinfo(rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("access_token")).JSON
			}
			page, told := ask("claims", asking("family_name", "family_name#ar", "student_card:school#ar", "document_issuer#ar"))
			want := map[string]any{
				"family_name": "Almasri-Próbna", "family_name#ar": "المصري التجريبية", "student_card:school#ar": "جامعة نوفا فولا التقنية",
				"document_issuer#ar": "والي المقاطعة التجريبي",
			}
			for name, value := range want {
				if told[name] != value || !strings.Contains(page, value.(string)) {
					t.Errorf("%s: told %v; on the page: %t", name, told[name], strings.Contains(page, value.(string)))
				}
			}
			for name := range told {
				if want[name] == nil && name != "sub" && name != "student_card:school_meta" {
					t.Errorf("%s was not asked for", name)
				}
			}
			if !strings.Contains(page, "(Arabic)") {
				t.Errorf("the page does not name the language:\n%s", page)
			}
			page, told = ask("claims", asking("family_name", "address"), "claims_locales", "ar")
			if told["family_name"] != "المصري التجريبية" || told["family_name#ar"] != nil || strings.Contains(page, "Almasri") {
				t.Errorf("one language: %v, and on the page:\n%s", told, page)
			}
			_, told = ask("claims", asking("name"), "claims_locales", "ar pl")
			if told["name"] != "Layla Noura Almasri-Próbna" || told["name#ar"] != "ليلى نورة المصري التجريبية" {
				t.Errorf("two languages: %v", told)
			}
			for _, value := range []string{"المصري", "الياسمين"} {
				if found := w.Dump().Find(value); len(found) > 0 {
					t.Errorf("%q stands at rest in %v", value, found)
				}
			}
			b := w.Browser(t)
			b.Get(w.At("portal") + "/begin")
			b.Click("means-trusted-profile")
			b.Be("two-scripts")
			if page := b.Get(w.At("portal") + "/asked"); !strings.Contains(page.Text(), "Language: Arabic") {
				t.Errorf("the portal does not say in which language:\n%s", page.Text())
			}
		})
	}
}

// An answer that was remembered covers a language only if there was a word of it then.
func TestARememberedAnswerCoversNoFurtherLanguage(t *testing.T) {
	rp := linguist()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	page := through(b, rp, "trusted-profile", "two-scripts", "claims", asking("family_name"))
	for _, id := range page.IDs("attr-") {
		b.Tick(id)
	}
	b.Tick("remember")
	b.Click("approve")
	if !rp.Landed(rp.Authorize(b, "claims", asking("family_name"))) {
		t.Fatal("the answer was not remembered")
	}
	if page := rp.Authorize(b, "claims", asking("family_name", "family_name#ar")); !page.Has("approve") {
		t.Errorf("another script is told without a question, at %s", page.URL.Path)
	}
	if page := rp.Authorize(b, "claims", asking("family_name", "family_name#ja")); !rp.Landed(page) {
		t.Error("a script that nobody has asks anew")
	}
}

// Discovery 1.0 §3: the languages are those that the operator named for registers and sources.
func TestDiscoveryNamesTheLanguagesOfClaims(t *testing.T) {
	rp := linguist()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	metadata := rp.Do(w.Ask(http.MethodGet, "/.well-known/openid-configuration").WithContext(t.Context())).JSON
	var tags []string
	for _, tag := range metadata["claims_locales_supported"].([]any) {
		tags = append(tags, tag.(string))
	}
	if !slices.Equal(tags, []string{"ar", "en", "pl"}) || metadata["claims_parameter_supported"] != true {
		t.Errorf("claims_locales_supported %v", tags)
	}
	other := linguist()
	w = hubtest.New(t, hubtest.WithRPs(other), hubtest.WithSettings(func(settings map[string]any) {
		delete(settings["registers"].(map[string]any), "languages")
		delete(settings["sources"].([]any)[0].(map[string]any), "languages")
	}))
	if metadata := other.Do(w.Ask(http.MethodGet, "/.well-known/openid-configuration").WithContext(t.Context())).JSON; metadata["claims_locales_supported"] != nil {
		t.Errorf("languages that nobody speaks: %v", metadata["claims_locales_supported"])
	}
	b := w.Browser(t)
	page := through(b, other, "trusted-profile", "two-scripts", "claims", asking("family_name", "family_name#ar"))
	if strings.Contains(page.Text(), "المصري") || !strings.Contains(page.Text(), "Almasri") {
		t.Errorf("a language that the operator did not name is told:\n%s", page.Text())
	}
}
