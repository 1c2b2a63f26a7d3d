package consent

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"symbolon/connectors/identity"
)

func anything(identity.AttributeName) bool { return true }

func TestAHonestRegistrationPasses(t *testing.T) {
	p := city()
	p.Names["pl"] = "Usługi miejskie „Nowa Wola” (Łękołody)"
	p.Names["ar"] = "خدمات مدينة نوفا فولا"
	p.Names["el"] = "Δήμος Νέας Βόλα"
	p.Names["uk"] = "Послуги міста Нова Воля IT"
	p.Names["he"] = "שירותי העיר"
	p.Purposes[0].Texts["ar"] = "تسجيل تصريح وقوف سيارتك (متخيَّل)، المادة 7"
	p.Domain = "xn--bcher-kva.example"
	if problems := CheckParty(p, anything); len(problems) != 0 {
		t.Errorf("refused: %v", errors.Join(problems...))
	}
}

func TestAttack_CN_06_NamesThatPretend(t *testing.T) {
	cases := map[string]string{
		"right-to-left override":  "City \u202eseicivres",
		"isolate":                 "City \u2066services",
		"right-to-left mark":      "City\u200f services",
		"zero width joiner":       "Ci\u200dty services",
		"zero width space":        "City\u200b services",
		"soft hyphen":             "Ci\u00adty",
		"homoglyph in a word":     "Nowa W\u043ela", // a Cyrillic o
		"a word in another's":     "\u0441\u043e\u0440\u0443 services",
		"emoji shield":            "City services \U0001f6e1",
		"variation selector":      "City services\ufe0f",
		"tick":                    "City services \u2713 verified",
		"line break":              "City services\nverified by the state",
		"tab":                     "City\tservices",
		"no-break space":          "City\u00a0services",
		"markup":                  "<b>City</b>",
		"template":                "City {{services}}",
		"formula":                 "=HYPERLINK(city)",
		"very long":               strings.Repeat("City ", 60),
		"heaped marks":            "Ci\u0300\u0300\u0300\u0300ty",
		"only a mark":             "\u0301\u0301",
		"Hangul filler":           "City \u3164services",
		"full width":              "City services \uff1cb\uff1e",
		"mathematical letters":    "\U0001d402\U0001d422\U0001d42d\U0001d432",
		"private use":             "City \ue000",
		"tag characters":          "City\U000e0041",
		"not UTF-8":               "City \xff\xfe",
		"spaces at its end":       "City ",
		"too many spaces":         "City  services",
		"nothing":                 "",
		"no letter at all, quote": `"'`,
	}
	for story, text := range cases {
		p := city()
		p.Names["en"] = text
		if len(CheckParty(p, anything)) == 0 {
			t.Errorf("%s: accepted as a name", story)
		}
		p = city()
		p.Purposes[0].Texts["en"] = text
		if problems := CheckParty(p, anything); len(problems) == 0 && story != "very long" {
			t.Errorf("%s: accepted as a purpose", story)
		}
		if shown := Display(text, 40); len([]rune(shown)) > 40 || strings.ContainsAny(shown, "\u202e\u2066\u200f\u200d\u200b\u00ad\n\t\ufe0f\u3164\ue000") {
			t.Errorf("%s: shown as %q", story, shown)
		}
	}
	other := city()
	other.Names["ja"] = "市役所"
	if len(CheckParty(other, anything)) == 0 {
		t.Error("a script that nobody here can check was accepted")
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	bad := RelyingParty{
		ID: "City!", Domain: "10.0.0.1", ACRMode: "hard", Remember: 4000,
		Means:    []PermittedMeans{{}, {}},
		Purposes: []Purpose{{ID: "", Texts: map[string]string{"en": "x", "not a language": "what"}}, {ID: ""}},
		May: []Permission{
			{Attribute: "unknown", Basis: "whim", Purpose: "none"}, {Attribute: "birth_family_name", Basis: ByConsent},
			{Attribute: "email", Basis: ByLaw}, {Attribute: "email", Basis: ByConsent, Law: map[string]string{"en": "An act"}},
		},
	}
	all := errors.Join(CheckParty(bad, func(n identity.AttributeName) bool { return n != "unknown" })...).Error()
	for _, want := range []string{
		"id must be", "sector must be", "names must have a text in English", "domain must be", "remember_days must be", "acr_mode must be",
		"floor must be", "means[0] must name", "means[1] is there twice", "do not reach", "purposes[0].id must", "purposes[0].texts.en must have 3",
		"not a language is not under", "purposes[1] is there twice", "may unknown names the attribute \"unknown\", which is not", "may unknown names the purpose \"none\", which",
		"may unknown must have as its basis", "may email.law must have a text", "may email is there twice", "may birth_family_name needs a law", "may email names a law",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not said: %q", want)
		}
	}
	if t.Failed() {
		t.Log(all)
	}
	for _, domain := range []string{"", "localhost", "Nowawola.example", "nowa wola.example", "https://a.example", "a.example:443", "a..example", "-a.example", "żółw.example", strings.Repeat("a", 64) + ".example"} {
		p := city()
		p.Domain = domain
		if len(CheckParty(p, anything)) != 1 {
			t.Errorf("domain %q: accepted", domain)
		}
	}
}

// What is released is always among what was shown, approved or told by law, and known.
func TestReleasedIsShownAndApproved(t *testing.T) {
	names := []identity.AttributeName{"given_name", "gender", "birthdate", "address", "email", "national_identifier"}
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOf(rapid.SampledFrom(names))
		ask, approved := asking(some.Draw(t, "ask")...), some.Draw(t, "approved")
		known := everything()
		for _, n := range some.Draw(t, "unknown") {
			known = without(known, n)
		}
		q, _ := Plan(ask, city(), citizen(), known, nil, noon())
		r, err := Approve(*q, city(), citizen(), Approval{Shown: q.Digest, Approved: approved, Remember: true}, [16]byte{1}, noon())
		if err != nil && len(r.Items) > 0 {
			t.Fatal("released in spite of an error")
		}
		for _, item := range r.Items {
			told := strings.Contains(itemNames(q.Told), string(item.Name))
			ticked := strings.Contains(itemNames(q.Asked), string(item.Name)) && contains(approved, item.Name)
			if _, isKnown := known.Find(item.Name); !isKnown || !told && !ticked || !q.has(item.Name) {
				t.Fatalf("%s was released", item.Name)
			}
		}
		if err != nil {
			return
		}
		standing := &Decision{r.Party, r.Usage, r.By, r.Items, r.Declined, r.Offline, r.PartyMark, r.At, r.Until}
		second := asking(some.Draw(t, "second ask")...)
		if q, later := Plan(second, city(), citizen(), known, standing, noon()); q == nil {
			for _, item := range later.Items {
				if !strings.Contains(toldNames(r), string(item.Name)) {
					t.Fatalf("%s was released by a decision that was not about it", item.Name)
				}
			}
		}
	})
}

func contains(names []identity.AttributeName, name identity.AttributeName) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
