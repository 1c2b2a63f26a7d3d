package cardtest

import (
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// The city's strong door asks for verified_claims at high: whoever comes with the card reads in their own
// language that the evidence is told, and the city shows which document and register say so.
func TestTheCityIsToldAtHighWithEvidence(t *testing.T) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithCard())
			for lang, says := range map[string]string{"en": "by which document, register or card", "pl": "na podstawie jakiego dokumentu, rejestru lub jakiej karty", "ar": "وبأي وثيقة أو سجل"} {
				b := w.Browser(t)
				b.Language = lang
				b.Get(w.Country.Addresses.City)
				b.Click("log-in-strong")
				b.Choose("card")
				page := b.Card(w, "ordinary")
				page.Need(t, "approve")
				for _, id := range []string{"attr-given_name", "attr-document_number", "attr-document_type", "attr-document_issuer", "evidence"} {
					page.Need(t, id)
				}
				if told := page.TextOf("evidence"); !strings.Contains(told, says) {
					t.Errorf("%s: the consent page says of evidence: %q", lang, told)
				}
				evidenceIsShown(t, b.Click("approve"))
			}
		})
	}
}

func evidenceIsShown(t *testing.T, page *hubtest.Page) {
	t.Helper()
	page.Need(t, "logged-in")
	for id, want := range map[string]string{
		"level": "high", "verified-given_name": "Konstanty", "verified-birthdate": "1987-02-22", "verified-document_number": "ZZP100001",
		"assurance-level": "high", "trust-framework": "eIDAS", "verified-at": "UTC",
	} {
		if got := page.TextOf(id); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	for id, wants := range map[string][]string{
		"evidence-document":          {"An identity document", "identity card", "ZZP100001", "Prezydent Miasta Nowa Wola", "2031-06-14", "compared with the data"},
		"evidence-electronic_record": {"An entry in a register", "population register", "compared with the data"},
	} {
		for _, want := range wants {
			if got := page.TextOf(id); !strings.Contains(got, want) {
				t.Errorf("%s says %q, want %q in it", id, got, want)
			}
		}
	}
	if strings.Contains(page.Body, "verified_claims") || strings.Contains(page.Body, "87022290019") {
		t.Errorf("raw structures, or a number that was not asked for:\n%s", page.Text())
	}
}

// The other door asks for no evidence, so nothing of it is told, nor said to be.
func TestWithoutBeingAskedForNoEvidenceIsTold(t *testing.T) {
	w := hubtest.New(t, hubtest.WithCard())
	b := w.Browser(t)
	b.Get(w.Country.Addresses.City)
	b.Click("log-in")
	b.Choose("card")
	if page := b.Card(w, "ordinary"); page.Has("evidence") || !page.Has("approve") {
		t.Errorf("the consent page:\n%s", page.Text())
	}
	if page := b.Click("approve"); !page.Has("logged-in") || page.Has("verification") {
		t.Errorf("the city:\n%s", page.Text())
	}
}

// OpenID Identity Assurance 1.0: whoever asks for a number with the evidence of a signature is told by
// which authority's certificate the card signed; discovery says that there is such evidence.
func TestACardsSignatureIsEvidence(t *testing.T) {
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		rp := clinic()
		rp.Party = map[string]any{"may": []any{map[string]any{"attributes": []string{"national_identifier"}, "basis": "consent", "purpose": "service"}}}
		w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithCard(), hubtest.WithRPs(rp))
		b := w.Browser(t)
		request := `{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"electronic_signature"},"created_at":null}]},"claims":{"national_identifier":null}}}}`
		atCard(b, rp, "claims", request)
		if page := b.Card(w, "ordinary"); !page.Has("evidence") {
			t.Fatalf("the page does not say that evidence is told:\n%s", page.Text())
		}
		for _, id := range b.Page.IDs("attr-") {
			b.Tick(id)
		}
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		told, _ := rp.Userinfo(tokens.Text("access_token")).JSON["verified_claims"].(map[string]any)
		verification, _ := told["verification"].(map[string]any)
		evidence, _ := verification["evidence"].([]any)
		if len(evidence) != 1 {
			t.Fatalf("told %v", told)
		}
		one := evidence[0].(map[string]any)
		for _, member := range []string{"issuer", "serial_number", "signature_type", "created_at"} {
			if text, _ := one[member].(string); text == "" {
				t.Errorf("%s is missing in %v", member, one)
			}
		}
		discovery := rp.Do(w.Ask("GET", "/.well-known/openid-configuration").WithContext(t.Context())).JSON
		if all, _ := discovery["evidence_supported"].([]any); !slices.Contains(all, any("electronic_signature")) {
			t.Errorf("discovery says %v", all)
		}
	}
}

// people.json changed-name: the card still has the name of before. The person is matched by number, the
// register's name is told, and the decision keeps what was found, which costs nothing because the register
// explains it.
func TestACardWithAFormerName(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		atCard(b, rp, "acr_values", high, "scope", "openid profile")
		page := b.Card(w, "changed-name")
		if !page.Has("approve") || strings.Contains(page.Text(), "Dawna") || !strings.Contains(page.Text(), "Nowonazwana-Testowa") {
			t.Fatalf("at %s:\n%s", page.URL.Path, page.Text())
		}
		tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		if _, claims := hubtest.ReadJWT(t, tokens.Text("id_token")); claims["acr"] != high {
			t.Errorf("acr %v", claims["acr"])
		}
		for _, row := range hubtest.Query(t, w.Usage.Source, "SELECT inputs FROM decisions") {
			if !strings.Contains(row[0], "register_mismatch") || !strings.Contains(row[0], "name_changed") {
				t.Errorf("a decision without what was found: %s", row[0])
			}
		}
	})
}
