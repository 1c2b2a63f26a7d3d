package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Features S07: every page of the desk has its own short help, in each language; the handbook is help itself, and a case
// has one for every step.
func TestEveryPageOfTheDeskHasItsHelp(t *testing.T) {
	words, _ := mustLoad(t)
	names, err := fs.Glob(files, "templates/desk_*.html")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	of := regexp.MustCompile(`\{\{template "desk_help" \(dict "Screen" \. "Of" (.+?) "At"`)
	literal := regexp.MustCompile(`"([a-z]+)"`)
	keys := map[string]bool{}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/desk_handbook.html") {
			continue
		}
		if strings.HasSuffix(name, "/desk_case.html") {
			for _, m := range regexp.MustCompile(`\.Body\.Step "([a-z]+)"`).FindAllStringSubmatch(string(raw), -1) {
				keys[m[1]] = true
			}
			if !strings.Contains(string(raw), `id="step-help"`) {
				t.Errorf("%s has no help", name)
			}
			continue
		}
		found := of.FindStringSubmatch(string(raw))
		if found == nil {
			t.Errorf("%s has no help", name)
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(found[1], -1) {
			keys[m[1]] = true
		}
	}
	if len(keys) < 20 {
		t.Fatalf("%d helps only: the patterns do not fit the templates", len(keys))
	}
	for _, l := range words.Languages() {
		for key := range keys {
			if !words.Words(l.Code).Has("desk.help." + key) {
				t.Errorf("%s: no text desk.help.%s", l.Code, key)
			}
		}
	}
}

// Features H24: at a computer that many use no field offers what somebody typed there before; but where people log in,
// their own browser fills in what it keeps for them (WCAG 2.2 §1.3.5).
func TestNoFieldOffersWhatWasTypedBefore(t *testing.T) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	field := regexp.MustCompile(`<input [^>]*>`)
	found := 0
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, input := range field.FindAllString(string(raw), -1) {
			if strings.Contains(input, `type="hidden"`) || strings.Contains(input, `type="radio"`) || strings.Contains(input, `type="checkbox"`) || strings.Contains(input, `type="date"`) {
				continue
			}
			found++
			if !strings.Contains(input, `autocomplete="off"`) && !strings.Contains(input, `autocomplete="one-time-code"`) && !strings.Contains(input, `autocomplete="new-password"`) {
				t.Errorf("%s: %s", name, input)
			}
		}
	}
	if found < 15 {
		t.Fatalf("%d fields only", found)
	}
}
