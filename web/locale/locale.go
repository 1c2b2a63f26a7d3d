// Package locale holds every text that people read, one JSON file per language, and picks the
// language and the form of a text. A new language is one more file; nothing else changes. What it
// lacks is written in English. What a page says when is left to the pages.
package locale

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"
)

//go:embed *.json
var files embed.FS

// first is the language that has every text: others borrow from it what they lack. It is also the one
// of last resort where an operator names no other.
const first = "en"

// longest is how much of a language wish is looked at (attacks RU-28: no unbounded parsing).
const longest = 200

// Language is one language that the pages speak.
type Language struct {
	Code string // "ar"
	Name string // in itself
	Dir  string // "ltr" or "rtl"
}

// Catalogue is every text in every language. It never changes once loaded.
type Catalogue struct {
	languages []Language
	tags      []language.Tag
	matcher   language.Matcher
	texts     *catalog.Builder
	keys      map[string]map[string]entry // by language, then key
	english   map[string]entry            // every text, whether or not the pages speak English
	words     map[string]*Words           // by language
}

// entry is one text: a plain one, or one per plural form (CLDR: zero one two few many other),
// chosen by the first argument.
type entry struct {
	plain string
	forms map[string]string
}

// UnmarshalJSON reads a string, or an object of plural forms.
func (e *entry) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &e.plain) == nil {
		return nil
	}
	return json.Unmarshal(raw, &e.forms)
}

// Load reads the languages named, in that order: the first is the one of last resort. With none
// named it is all that are built in, English first and the others by their own names.
func Load(named ...string) (*Catalogue, error) { return load(files, named) }

func load(files fs.FS, named []string) (*Catalogue, error) {
	names, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("languages: %w", err)
	}
	built := make([]string, 0, len(names))
	for _, n := range names {
		built = append(built, strings.TrimSuffix(n.Name(), ".json"))
	}
	codes := named
	if len(named) == 0 {
		codes = built
	}
	c := &Catalogue{
		texts: catalog.NewBuilder(catalog.Fallback(language.Make(first))),
		keys:  map[string]map[string]entry{}, words: map[string]*Words{},
	}
	if c.english, err = c.read(files, first); err != nil {
		return nil, fmt.Errorf("language %s: %w", first, err)
	}
	for _, code := range codes {
		if !slices.Contains(built, code) {
			return nil, fmt.Errorf("languages: there is no %q; there are %s", code, strings.Join(built, ", "))
		}
		if err := c.add(files, code); err != nil {
			return nil, fmt.Errorf("language %s: %w", code, err)
		}
	}
	if len(named) == 0 {
		sort.Slice(c.languages, func(i, j int) bool {
			a, b := c.languages[i], c.languages[j]
			return a.Code == first || b.Code != first && a.Name < b.Name
		})
	}
	for _, l := range c.languages {
		tag := language.Make(l.Code)
		c.tags = append(c.tags, tag)
		c.words[l.Code] = c.newWords(l, tag)
	}
	c.matcher = language.NewMatcher(c.tags)
	return c, nil
}

func (c *Catalogue) add(files fs.FS, code string) error {
	entries := maps.Clone(c.english)
	if code != first {
		var err error
		if entries, err = c.read(files, code); err != nil {
			return err
		}
	}
	l := Language{code, entries["language.name"].plain, entries["language.direction"].plain}
	if l.Name == "" || l.Dir != "ltr" && l.Dir != "rtl" {
		return errors.New(`language.name must be its name for itself, language.direction "ltr" or "rtl"`)
	}
	c.keys[code] = entries
	c.languages = append(c.languages, l)
	return nil
}

// read reads the texts of one language.
func (c *Catalogue) read(files fs.FS, code string) (map[string]entry, error) {
	tag, err := language.Parse(code)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(files, code+".json")
	if err != nil {
		return nil, err
	}
	var entries map[string]entry
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, err
	}
	for key, e := range entries {
		if e.asItIs() {
			continue
		}
		if err := c.texts.Set(tag, key, e.message()); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return entries, nil
}

// Add brings texts that are no file's: those of settings. A language that lacks one has the English.
// What a file says is never changed.
func (c *Catalogue) Add(texts map[string]map[string]string) error {
	for key, by := range texts {
		for i, l := range c.languages {
			text := by[l.Code]
			if text == "" {
				text = by[first]
			}
			_, ours := c.english[key]
			if _, there := c.keys[l.Code][key]; there || ours || text == "" {
				return fmt.Errorf("text %s: there is one already, or none in English", key)
			}
			text = strings.ReplaceAll(text, "%", "%%")
			if err := c.texts.SetString(c.tags[i], key, text); err != nil {
				return fmt.Errorf("text %s: %w", key, err)
			}
			c.keys[l.Code][key] = entry{plain: text}
		}
	}
	return nil
}

// asItIs reports whether there is nothing to fill in and nothing to choose, as in most: such a text needs no
// catalogue of messages, which is large.
func (e entry) asItIs() bool { return e.forms == nil && !strings.Contains(e.plain, "%") }

func (e entry) message() catalog.Message {
	if e.forms == nil {
		return catalog.String(e.plain)
	}
	var cases []any
	for _, form := range []string{"zero", "one", "two", "few", "many", "other"} {
		if text, ok := e.forms[form]; ok {
			cases = append(cases, form, text)
		}
	}
	return plural.Selectf(1, "%d", cases...)
}

// Languages lists what the pages speak.
func (c *Catalogue) Languages() []Language { return c.languages }

// Codes lists the codes of what the pages speak.
func (c *Catalogue) Codes() []string {
	codes := make([]string, len(c.languages))
	for i, l := range c.languages {
		codes[i] = l.Code
	}
	return codes
}

// Speaks reports whether there is a file for exactly this code.
func (c *Catalogue) Speaks(code string) bool { return c.keys[code] != nil }

// Match gives the code of the language that suits best. Each wish is a language tag or an
// Accept-Language header, the most wanted first; what is not one is passed over.
func (c *Catalogue) Match(wishes ...string) string {
	for _, wish := range wishes {
		if c.Speaks(wish) {
			return wish
		}
		if len(wish) > longest {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(wish)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, sure := c.matcher.Match(tags...); sure > language.No {
			return c.languages[i].Code
		}
	}
	return c.languages[0].Code
}
