package browsertest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// TestPagesFit holds every page to what anybody needs, in the languages of the longest words and of the other
// direction: on a narrow phone, which is also a desktop window at 400 % (WCAG 2.2 §1.4.10), with letters twice as
// large (§1.4.4), and wide.
func TestPagesFit(t *testing.T) {
	walk(t, []string{"pl", "ar", "hu"}, func(t *testing.T, p *person, page string) {
		look := func(how string) {
			for _, fault := range p.Faults() {
				t.Errorf("%s, %s: %s", page, how, fault)
			}
		}
		p.Size(320, 256)
		look("narrow")
		p.Size(1280, 900)
		look("wide")
		if !ours(page) {
			return
		}
		if lang, dir := p.Attribute("html", "lang"), p.Attribute("html", "dir"); lang != p.words.Code || dir != string(p.words.Dir) {
			t.Errorf("%s is in %q %q", page, lang, dir)
		}
		hubtest.Look[string](p.Chromium, `document.documentElement.style.fontSize = "200%"`)
		look("with large letters")
		hubtest.Look[string](p.Chromium, `document.documentElement.style.fontSize = ""`)
	})
}
