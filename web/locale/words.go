package locale

import (
	"html/template"
	"strconv"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Words writes in one language, and in English what that language lacks. Any number of pages may use
// them at once.
type Words struct {
	Language
	printer *message.Printer
	regions display.Namer
	tongues display.Namer
	keys    map[string]entry
	english map[string]entry
	texts   *catalog.Builder
}

// Words gives the words of a language that Match gave.
func (c *Catalogue) Words(code string) *Words {
	if !c.Speaks(code) {
		code = c.languages[0].Code
	}
	return c.words[code]
}

func (c *Catalogue) newWords(l Language, tag language.Tag) *Words {
	return &Words{l, printer(tag, c.texts), display.Regions(tag), display.Tags(tag), c.keys[l.Code], c.english, c.texts}
}

// printer writes numbers as they stand on documents here: with the digits 0–9 in every language.
func printer(tag language.Tag, texts *catalog.Builder) *message.Printer {
	tag, _ = tag.SetTypeForKey("nu", "latn")
	return message.NewPrinter(tag, message.Catalog(texts))
}

// Has reports whether there is a text for the key.
func (w *Words) Has(key string) bool { return w.lacks(key) || w.has(key) }

func (w *Words) has(key string) bool {
	_, ok := w.keys[key]
	return ok
}

// lacks reports whether the text is there in English only.
func (w *Words) lacks(key string) bool {
	_, ok := w.english[key]
	return ok && !w.has(key)
}

// Text writes the text of a key as plain text.
func (w *Words) Text(key string, args ...any) string {
	e, ok := w.keys[key]
	if !ok {
		e, ok = w.english[key]
	}
	if ok && e.asItIs() {
		return e.plain
	}
	p := w.printer
	if w.lacks(key) {
		p = printer(language.Make(first), w.texts)
	}
	return p.Sprintf(message.Key(key, key), args...)
}

// HTML writes the text of a key for a page. Every argument that is not a number is escaped and
// isolated: no name can turn the sentence around it (attacks CN-06, CN-15).
func (w *Words) HTML(key string, args ...any) template.HTML {
	safe := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case int:
			safe[i] = a
		case string:
			safe[i] = "<bdi>" + template.HTMLEscapeString(a) + "</bdi>"
		default:
			safe[i] = ""
		}
	}
	return template.HTML(w.Text(key, safe...)) //nolint:gosec // the texts are ours and hold no mark-up, the arguments are escaped
}

// Date writes a day.
func (w *Words) Date(t time.Time) string { return w.DateParts(t.Year(), int(t.Month()), t.Day()) }

// DateParts writes a day of which month or day may be unknown (0). The day counts as a number, so that a
// language can write the first of a month by a form of its own, as French does.
func (w *Words) DateParts(year, month, day int) string {
	y := strconv.Itoa(year)
	switch {
	case year == 0:
		return w.Text("date.unknown")
	case month < 1 || month > 12:
		return y
	case day == 0:
		return w.Text("date.month", w.Text("month.alone."+strconv.Itoa(month)), y)
	default:
		return w.Text("date.day", day, w.Text("month."+strconv.Itoa(month)), y)
	}
}

// Length writes a length of time in whole years where it is that, else in whole days.
func (w *Words) Length(d time.Duration) string {
	days := int(d / (24 * time.Hour))
	if days > 0 && days%365 == 0 {
		return w.Text("length.years", days/365)
	}
	return w.Text("length.days", days)
}

// Tongue writes the name of a language, with its script where the tag (BCP 47) names one; the tag itself where
// it has no name.
func (w *Words) Tongue(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := w.tongues.Name(parsed); name != "" {
		return name
	}
	return tag
}

// Country writes the name of a country, or the code itself where it is none.
func (w *Words) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := w.regions.Name(region); name != "" {
		return name
	}
	return code
}
