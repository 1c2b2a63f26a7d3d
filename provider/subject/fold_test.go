package subject

import (
	"fmt"
	"strings"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

func TestNamesAreFoldedForComparison(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"Żaneta Bogumiła", "ZANETA BOGUMILA", true},
		{"Gżegżółka-Święcicka", "Gzegzolka Swiecicka", true},
		{"Brzeziński", "Brzezin\u0301ski", true}, // composed and not
		{"Łucja", "lucja", true},
		{"O’Neill", "ONeill", true},
		{"Müller", "Mueller", true},
		{"Müller", "MUXXLLER", true},
		{"Müller", "Muller", true},
		{"Mueller", "Muller", false}, // neither has an umlaut: two names
		{"Michał", "Michael", false},
		{"Åse", "Aase", true},
		{"Muñoz", "MUNXXOZ", true},
		{"Weiß", "WEISS", true}, {"WEIẞ", "Weiss", true},
		{"Þór", "Thor", true}, {"Ægir", "Aegir", true}, {"Œuvre", "OEUVRE", true}, {"Đorđe", "Dorde", true},
		{"Søren", "Soren", true}, {"Søren", "Soeren", true},
		{"Işık", "ISIK", true}, {"İpek", "ipek", true},
		{"مريم", "مريم", true}, {"مريم", "سلمى", false},
		{"Иван", "ИВАН", true},
		{"Юлия Щеглова", "IULIIA SHCHEGLOVA", true},                                                                                // ICAO 9303-3 §6 B
		{"Олександр Гайдук", "OLEKSANDR HAIDUK", true}, {"Гиря", "HYRIA", true}, {"Гиря", "GIRIA", true}, {"Гиря", "GYRIA", false}, // one language at a time
		{"Ёлкин", "Elkin", true}, {"Ёлкин", "Iolkin", true}, {"Щербев", "Shterbev", true}, {"Жарко Чосић", "Zarko Cosic", true},
		{"Иван", "Igor", false}, {"Иван", "Игорь", false},
		{"مريم سلمى", "MRYM SLMXAY", true}, {"محمد", "MXHMD", true}, {"فاطمة", "FAXTTMXTA", true}, // ICAO 9303-3 §6 C
		{"آمنة", "XAAMNXTA", true}, {"مُحَمَّد", "محمد", true}, {"مريم", "MARIAM", false}, // vowels are not written: nothing is guessed
		{"ﬁlip", "Filip", true}, // NFKD: ligatures
		{"", "", true}, {"-", "", true}, {"", "Anna", false},
		{"Anna", "Anna Maria", false},
	}
	for _, tt := range tests {
		if got := sameName(tt.a, tt.b); got != tt.same || got != sameName(tt.b, tt.a) {
			t.Errorf("sameName(%q, %q) = %v; other way round %v", tt.a, tt.b, got, sameName(tt.b, tt.a))
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", "Gżegżółka-Święcicka", "ẞ", "\xff", "İ", "ŉ", "a\u0300\u0301", "Ёжик", "آمنة", strings.Repeat("Ü", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, s := range folds(name) {
			if again := folds(s); len(again) == 0 || again[0] != s || len(again) > 1 && latinised(s) == nil {
				t.Errorf("folding %q again gives %q", s, again)
			}
		}
		if !sameName(name, name) {
			t.Error("a name is not like itself")
		}
	})
}

func says(pairs ...string) facts {
	var all identity.Attributes
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, identity.Attribute{Name: identity.AttributeName(pairs[i]), Value: identity.Text(pairs[i+1])})
	}
	return factsOf(all)
}

func TestMeansAgainstRegister(t *testing.T) {
	diacritics := says("given_name", "Żaneta Bogumiła Łucja Śnieżka", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-30")
	renamed := says("given_name", "Seweryna", "family_name", "Nowonazwana-Testowa", "birthdate", "1993-08-17", "birth_family_name", "Dawna-Testowa")
	mononym := says("given_name", "Suryaningsih", "birthdate", "1975")
	tests := []struct {
		name                   string
		means, register        facts
		contradicts, confirmed bool
	}{
		{"the same", diacritics, diacritics, false, true},
		{"without marks", says("given_name", "ZANETA BOGUMILA LUCJA SNIEZKA", "family_name", "GZEGZOLKA SWIECICKA", "birthdate", "1979-11-30"), diacritics, false, true},
		{"first given name only", says("given_name", "Żaneta", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-30"), diacritics, false, true},
		{"second given name only", says("given_name", "Bogumiła", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-30"), diacritics, true, false},
		{"part of a given name", says("given_name", "Ża", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-30"), diacritics, true, false},
		{"one line", says("name", "Żaneta Bogumiła Łucja Śnieżka Gżegżółka-Święcicka", "birthdate", "1979-11-30"), diacritics, false, true},
		{"another day", says("given_name", "Żaneta", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-03"), diacritics, true, false},
		{"no birth date", says("given_name", "Żaneta", "family_name", "Gżegżółka-Święcicka"), diacritics, false, false},
		{"no name", says("birthdate", "1979-11-30"), diacritics, false, false},
		{"nothing", facts{}, diacritics, false, false},
		{"register says nothing", diacritics, facts{}, false, false},
		{"former name", says("given_name", "Seweryna", "family_name", "Dawna-Testowa", "birthdate", "1993-08-17"), renamed, false, true},
		{"former name of nobody", says("given_name", "Seweryna", "family_name", "Nigdy-Testowa", "birthdate", "1993-08-17"), renamed, true, false},
		{"one name, a year", mononym, says("given_name", "Suryaningsih", "family_name", "", "birthdate", "1975-00-00"), false, true},
		{"one name as family name", says("family_name", "Suryaningsih", "birthdate", "1975"), mononym, false, true},
		{"cut by a card", says("given_name", "ZANETA BO", "family_name", "GZEGZOLKA SWIECICKA", "birthdate", "1979-11-30"), diacritics, false, true}, // 30 places
		{"cut elsewhere", says("given_name", "ZANETA BOGU", "family_name", "GZEGZOLKA SWIECICKA", "birthdate", "1979-11-30"), diacritics, true, false},
		{"one name against another", says("given_name", "Mariam", "birthdate", "1975"), mononym, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.means.contradicts(tt.register); got != tt.contradicts {
				t.Errorf("contradicts: %v", got)
			}
			if got := tt.means.confirmedBy(tt.register); got != tt.confirmed {
				t.Errorf("confirmed: %v", got)
			}
		})
	}
}

func TestFactsHideThemselves(t *testing.T) {
	f := says("given_name", "Żaneta", "family_name", "Gżegżółka-Święcicka", "birthdate", "1979-11-30")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, f); text != "[hidden]" {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

func TestTrustIsByMeansAndKindOfNumber(t *testing.T) {
	m := Matcher{
		Digests:       seal.Digester{Keys: []seal.VaultKey{{ID: 1}}},
		Authoritative: map[identity.Means][]string{"bank": {"PNOPL"}, "none": nil},
	}
	ids := []identity.Identifier{
		{Scheme: identity.NationalNumber, Country: "PL", Value: identity.Hide("87022290019")},
		{Scheme: identity.NationalNumber, Country: "SE", Value: identity.Hide("87022290019")},
		{Scheme: identity.EIDAS, Country: "PL", Value: identity.Hide("87022290019")},
	}
	for means, want := range map[identity.Means]int{"bank": 1, "none": 0, "unknown": 0, "": 0} {
		got := m.told(identity.Authentication{Means: means, Identifiers: ids}, nil)
		if len(got.trusted) != want || len(got.numbers) != 3 {
			t.Errorf("%q: %d of %d trusted, want %d", means, len(got.trusted), len(got.numbers), want)
		}
	}
	all := m.told(identity.Authentication{Identifiers: ids}, nil).numbers
	if all[0].is(all[1]) || all[0].is(all[2]) || !all[0].is(all[0]) {
		t.Error("the same digits of another country or scheme are another number")
	}
}
