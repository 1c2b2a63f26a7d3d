package web

import (
	"html"
	"strings"
	"testing"
	"time"
)

// kept is for how long is kept what came of a login: by the setting, not by the text.
const kept = 400 * 24 * time.Hour

// Whoever is held up and has never heard of levels reads on that very page what is missing, why, what they
// can do, who learns what, and for how long, in their language and without opening anything.
func TestWhoeverIsHeldUpReadsFiveAnswers(t *testing.T) {
	words, _ := mustLoad(t)
	for _, l := range words.Languages() {
		w, read := words.Words(l.Code), 0
		everyPage(t, l.Code, func(name string, a answer) {
			code, stopped := strings.CutPrefix(name, "stopped: ")
			var keys []string
			switch {
			case stopped && code == "asked":
				keys = []string{"stopped.unlinked.text", "stopped.asked", "level.who", "stopped.who.case", "level.long", "stopped.unlinked.long", "stopped.kept"}
			case stopped:
				of := "stopped." + code
				keys = []string{of + ".title", of + ".text", "error.now", of + ".now", "level.who", "level.long", of + ".long", "stopped.kept"}
			case name == "weak" || name == "nothing":
				keys = []string{"level.missing", "weak.need.high", "level.because", "level.do", "level.who", "level.long", "level.long.text"}
			default:
				return
			}
			read++
			for _, key := range keys {
				text := html.EscapeString(w.Text(key))
				if key == "stopped.kept" || key == "level.long.text" {
					text = string(w.HTML(key, w.Length(kept)))
				}
				if text == key || !strings.Contains(a.body, text) {
					t.Errorf("%s %s: does not say %s: %q", l.Code, name, key, text)
				}
			}
			before, _, _ := strings.Cut(a.body, `<dl class="answers"`)
			if strings.Count(before, "<details") != strings.Count(before, "</details>") {
				t.Errorf("%s %s: the answers have to be opened", l.Code, name)
			}
			who := "level.who.text"
			if stopped {
				who = "stopped.who"
			}
			if !strings.Contains(a.body, string(w.HTML(who, asker(a.body)))) {
				t.Errorf("%s %s: does not say who learns what", l.Code, name)
			}
		})
		if read < 7 {
			t.Errorf("%s: %d pages hold somebody up", l.Code, read)
		}
	}
}

// asker gives the service's name as the page writes it.
func asker(body string) string {
	_, after, _ := strings.Cut(body, `class="asker"><strong><bdi>`)
	name, _, _ := strings.Cut(after, "<")
	return html.UnescapeString(name)
}
