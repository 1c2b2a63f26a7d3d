package locale

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"symbolon/consent/claims"
)

func built(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var placeholder = regexp.MustCompile(`%\[\d+\][a-z]`)

// holds gives the placeholders of a text, the same for all its forms.
func holds(t *testing.T, where string, e entry) []string {
	t.Helper()
	texts := []string{e.plain}
	if e.forms != nil {
		texts = nil
		for _, text := range e.forms {
			texts = append(texts, text)
		}
	}
	var all []string
	for _, text := range texts {
		found := placeholder.FindAllString(text, -1)
		slices.Sort(found)
		if text == "" || strings.ContainsAny(text, `<>&"`) || strings.Count(text, "%") != len(found) {
			t.Errorf("%s: empty, with mark-up, or with a placeholder of another form: %q", where, text)
		}
		if all != nil && !slices.Equal(all, found) {
			t.Errorf("%s: the forms hold different placeholders", where)
		}
		all = found
	}
	return all
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	c := built(t)
	for _, l := range c.languages {
		var lacks []string
		for key, e := range c.english {
			other, ok := c.keys[l.Code][key]
			if !ok {
				lacks = append(lacks, key)
				continue
			}
			want, got := holds(t, first+" "+key, e), holds(t, l.Code+" "+key, other)
			if !slices.Equal(want, got) {
				t.Errorf("%s %s: holds %v, want %v", l.Code, key, got, want)
			}
		}
		if slices.Sort(lacks); len(lacks) > 0 {
			t.Errorf("%s.json lacks %d of %d texts, which people would read in English: %s", l.Code, len(lacks), len(c.english), strings.Join(lacks, " "))
		}
		for key := range c.keys[l.Code] {
			if _, ok := c.english[key]; !ok {
				t.Errorf("%s has %s and English does not", l.Code, key)
			}
		}
	}
}

// unfinished is a language that somebody has begun to translate, beside the whole ones.
func unfinished(t *testing.T, text string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{"eo.json": {Data: []byte(text)}}
	for _, code := range []string{"en", "pl"} {
		raw, err := files.ReadFile(code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		all[code+".json"] = &fstest.MapFile{Data: raw}
	}
	return all
}

func TestWhatALanguageLacksIsWrittenInEnglish(t *testing.T) {
	files := unfinished(t, `{"language.name": "Esperanto", "language.direction": "ltr", "choose.title": "Kiel?"}`)
	for _, named := range [][]string{nil, {"eo"}, {"pl", "eo"}} {
		c, err := load(files, named)
		if err != nil {
			t.Fatal(err)
		}
		w := c.Words("eo")
		for key, want := range map[string]string{
			"choose.title": "Kiel?", "consent.remember": "Remember my answer for 1 day", "claim.given_name": "First name", "no.such.text": "no.such.text",
		} {
			if got := w.Text(key, 1); !strings.HasPrefix(got, want) {
				t.Errorf("%v %s: %q, want %q", named, key, got, want)
			}
			if w.Has(key) != (key != "no.such.text") {
				t.Errorf("%v %s: has %t", named, key, w.Has(key))
			}
		}
		if got := w.HTML("back.to", "<b>"); got != "Back to <bdi>&lt;b&gt;</bdi>" {
			t.Errorf("%v: %s", named, got)
		}
	}
}

func TestALanguageWithoutANameOrDirectionIsRefused(t *testing.T) {
	for _, text := range []string{`{}`, `{"language.name": "Esperanto"}`, `{"language.name": "Esperanto", "language.direction": "up"}`} {
		if _, err := load(unfinished(t, text), nil); err == nil || !strings.Contains(err.Error(), "language eo: language.name must be") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEveryClaimHasAName(t *testing.T) {
	c := built(t)
	for _, claim := range claims.Catalogue() {
		if _, ok := c.english[claim.TextKey()]; !ok {
			t.Errorf("no text for %s: each file in web/locale needs a line for it", claim.TextKey())
		}
	}
}

func TestPluralFormsAreThoseOfTheLanguage(t *testing.T) {
	c := built(t)
	for _, row := range []struct {
		code, want string
		days       int
	}{
		{"en", "Remember my answer for 1 day", 1}, {"en", "Remember my answer for 365 days", 365},
		{"pl", "Zapamiętaj moją odpowiedź na 1 dzień", 1}, {"pl", "Zapamiętaj moją odpowiedź na 3 dni", 3}, {"pl", "Zapamiętaj moją odpowiedź na 365 dni", 365},
		{"hu", "A válaszom megjegyzése 1 napra", 1}, {"hu", "A válaszom megjegyzése 365 napra", 365},
		{"ar", "تذكّر إجابتي لمدة 3 أيام", 3}, {"ar", "تذكّر إجابتي لمدة 365 يوماً", 365}, {"ar", "تذكّر إجابتي لمدة 100 يوم", 100},
		{"fr", "Retenir ma réponse pendant 0\u00a0jour", 0}, {"fr", "Retenir ma réponse pendant 1\u00a0jour", 1}, {"fr", "Retenir ma réponse pendant 365\u00a0jours", 365},
	} {
		if got := c.Words(row.code).Text("consent.remember", row.days); got != row.want {
			t.Errorf("%s %d: %q, want %q", row.code, row.days, got, row.want)
		}
	}
}

func TestDays(t *testing.T) {
	c := built(t)
	day := time.Date(1987, 2, 22, 0, 0, 0, 0, time.UTC)
	for code, want := range map[string]string{"en": "22 February 1987", "pl": "22 lutego 1987 r.", "ar": "22 فبراير 1987", "hu": "1987. február 22.", "fr": "22 février 1987"} {
		if got := c.Words(code).Date(day); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	if got := c.Words("fr").DateParts(1987, 2, 1); got != "1er février 1987" {
		t.Errorf("the first of a month: %q", got)
	}
	for _, row := range []struct {
		code             string
		year, month, day int
		want             string
	}{
		{"pl", 1950, 0, 0, "1950"}, {"pl", 1950, 3, 0, "marzec 1950 r."}, {"pl", 0, 0, 0, "nieznana"}, {"pl", 1950, 13, 1, "1950"},
		{"hu", 1950, 3, 0, "1950. március"},
	} {
		if got := c.Words(row.code).DateParts(row.year, row.month, row.day); got != row.want {
			t.Errorf("%v: %q", row, got)
		}
	}
}

func TestTheLanguageThatSuitsBest(t *testing.T) {
	c := built(t)
	for _, row := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"}, {[]string{"pl"}, "pl"}, {[]string{"pl-PL"}, "pl"}, {[]string{"hu-HU,en;q=0.7"}, "hu"}, {[]string{"ar-EG,ar;q=0.9,en;q=0.8"}, "ar"},
		{[]string{"", "xx-rubbish", "pl"}, "pl"}, {[]string{"tlh"}, "en"}, {[]string{"de-DE,de;q=0.9,pl;q=0.5"}, "pl"},
		{[]string{"\x00\xff", "ar"}, "ar"}, {[]string{strings.Repeat("pl,", 100_000), "ar"}, "ar"}, {[]string{"ar", "pl"}, "ar"},
		{[]string{"fr-CA,fr;q=0.9,en;q=0.5"}, "fr"}, {[]string{"fr-BE"}, "fr"},
	} {
		if got := c.Match(row.wishes...); got != row.want {
			t.Errorf("%.60q: %s, want %s", row.wishes, got, row.want)
		}
	}
	if w := c.Words("xx"); w == nil || w.Code != "en" {
		t.Error("a language that there is not")
	}
}

func TestArgumentsCannotLeaveTheirPlace(t *testing.T) {
	w := built(t).Words("en")
	got := string(w.HTML("back.to", `</bdi><b>%[1]s`))
	if got != "Back to <bdi>&lt;/bdi&gt;&lt;b&gt;%[1]s</bdi>" {
		t.Errorf("got %s", got)
	}
	if got := w.HTML("back.to", struct{ X string }{"<script>"}); strings.Contains(string(got), "<script") {
		t.Errorf("got %s", got)
	}
}

func TestCountriesHaveNames(t *testing.T) {
	c := built(t)
	for code, want := range map[string]string{"en": "Poland", "pl": "Polska", "ar": "بولندا", "hu": "Lengyelország", "fr": "Pologne"} {
		if got := c.Words(code).Country("PL"); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
	if got := c.Words("en").Country("<b>"); got != "<b>" {
		t.Errorf("got %q", got)
	}
}

func TestAnOperatorPicksTheLanguages(t *testing.T) {
	c, err := Load("pl", "en")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Codes(); !slices.Equal(got, []string{"pl", "en"}) {
		t.Errorf("speaks %v", got)
	}
	if got := c.Match("ar", "ja"); got != "pl" {
		t.Errorf("without a wish that can be met: %s", got)
	}
	if got := c.Words("ar").Code; got != "pl" {
		t.Errorf("words of a language that was not picked: %s", got)
	}
	if _, err := Load("pl", "tlh"); err == nil || !strings.Contains(err.Error(), `"tlh"; there are ar, en, `) {
		t.Errorf("a language that there is not: %v", err)
	}
}

// Each language has a slip that is easily made in it and that nobody who reads another notices.
func TestTextsAreWrittenAsTheirLanguageIs(t *testing.T) {
	for code, slip := range map[string]struct{ is, instead string }{
		"fr": {"[ \u00a0][;:!?»]|«[^\u202f]|[^\u202f]»|'", "\\u202f before ; : ! ? » and after «, and ’"},
		"hu": {`%\[\d\][a-z][-\pL]|\pL\(z\)|["“]`, "a noun beside what is filled in, which takes no ending and no article; and quotation marks „ ”"},
		"pl": {`\(-|\pL{2}/-?\pL|\pL(łeś|łaś)([^\pL]|$)|["“]`, "to people of any gender; and quotation marks „ ”"},
	} {
		wrong := regexp.MustCompile(slip.is)
		for key, e := range built(t).keys[code] {
			texts := []string{e.plain}
			for _, text := range e.forms {
				texts = append(texts, text)
			}
			for _, text := range texts {
				if at := wrong.FindString(text); at != "" {
					t.Errorf("%s.json %s: %q in %q: write %s", code, key, at, text, slip.instead)
				}
			}
		}
	}
}

// A file that was copied and not translated shows itself twice under one name.
func TestLanguagesCallThemselvesDifferently(t *testing.T) {
	names := map[string]string{}
	for _, l := range built(t).Languages() {
		if other, taken := names[l.Name]; taken {
			t.Errorf("%s.json and %s.json both call themselves %q: language.name is the language's own name for itself", other, l.Code, l.Name)
		}
		names[l.Name] = l.Code
	}
}

func TestALengthOfTimeInEachLanguage(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	for code, want := range map[string][3]string{
		"en": {"1 year", "2 years", "90 days"}, "pl": {"1 rok", "2 lata", "90 dni"}, "ar": {"سنة واحدة (1)", "سنتين (2)", "90 يوماً"}, "hu": {"1 év", "2 év", "90 nap"}, "fr": {"1\u00a0an", "2\u00a0ans", "90\u00a0jours"},
	} {
		w := c.Words(code)
		for i, d := range []time.Duration{365 * day, 730 * day, 90 * day} {
			if got := w.Length(d); got != want[i] {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
}

// Screens.md, plain words: who logs in once more for a code reads the same words wherever it is asked, in every language.
func TestOneWordingForLoggingInOnceMore(t *testing.T) {
	c := built(t)
	for _, code := range c.Codes() {
		w := c.Words(code)
		if short, long := w.Text("desk.hand.step_up.button"), w.Text("desk.reissue.step_up"); !strings.HasPrefix(long, short) {
			t.Errorf("%s: %q and %q", code, short, long)
		}
	}
}

// A text that sends somebody to a button calls it what stands on it.
func TestTextsCallAButtonByItsName(t *testing.T) {
	c := built(t)
	for _, code := range c.Codes() {
		w := c.Words(code)
		for text, button := range map[string]string{"notme.refused.login": "portal.wrong.everywhere"} {
			if !strings.Contains(w.Text(text), w.Text(button)) {
				t.Errorf("%s.json: %s does not name %q", code, text, w.Text(button))
			}
		}
	}
}
