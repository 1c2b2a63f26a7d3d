package officewindowtest

import (
	"os"
	"slices"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// counter is a clerk's browser without scripts, in a language.
func counter(t *testing.T, w *hubtest.World, language, person string) *window {
	t.Helper()
	b := sit(t, language, "desk-"+person, 1280, 720)
	b.Chromium = hubtest.NewChromium(t, false, language)
	b.Size(1280, 720)
	b.signIn(w, person)
	return b
}

// ticks ticks every check and goes on, by the keyboard.
func (w *window) ticks() {
	w.t.Helper()
	for _, id := range w.IDs("check-") {
		w.Tab(id)
		w.Space()
	}
	w.Tab("compared")
	w.Enter()
}

// agrees lets the second clerk agree by the keyboard, on a page that is shown under a name, and the first one print
// the form.
func (w *window) agrees(second *window, page string) {
	w.t.Helper()
	second.Open(w.URL())
	second.says("desk.decide.recorded")
	if page == "guardian-decide" {
		second.says("desk.decide.shown.guardian")
	}
	second.show(page)
	second.Tab("accept")
	second.Enter()
	for _, id := range []string{"refresh", "print"} {
		w.Tab(id)
		w.Enter()
	}
}

// typed fills a form by the keyboard alone: from field to field, and Enter in the last.
func (w *window) typed(fields ...[2]string) {
	w.t.Helper()
	for _, f := range fields {
		w.Tab(f[0])
		w.Type(f[1])
	}
	w.Enter()
}

// inSight says that elements begin where somebody sees them without scrolling, together.
func (w *window) inSight(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if !hubtest.Look[bool](w.Chromium, `(r => r.top >= 0 && r.top + Math.min(r.height, 40) <= innerHeight)(document.getElementById("`+id+`").getBoundingClientRect())`) {
			w.t.Errorf("#%s is out of sight at %s", id, w.URL())
		}
	}
}

// spoken gives one language, and all that are named where pictures are taken: nothing but the words differs.
func spoken(one string, more ...string) []string {
	if os.Getenv("SCREENSHOTS") == "" {
		return []string{one}
	}
	if slices.Contains(more, one) {
		return more
	}
	return append(more, one)
}

// A foreigner at the counter, with the keyboard alone and no script on the desk's pages.
func TestAForeignerByKeyboard(t *testing.T) {
	t.Parallel()
	for _, language := range spoken("pl", "ar", "en", "fr", "hu") {
		t.Run(language, func(t *testing.T) {
			w := visit.Open(t, visit.Clinic())
			clerk := counter(t, w, language, "clerk-1")
			clerk.Tab("by-document-open")
			clerk.Space()
			clerk.show("by-document")
			clerk.typed([2]string{"country", "UKR"}, [2]string{"document", "FA 123456"})
			clerk.Wait("read")
			clerk.says("desk.read.text")
			clerk.show("read")
			clerk.typed([2]string{"given", "Oksana"}, [2]string{"family", "Wymyslona"}, [2]string{"birth", "1990-06-31"}, [2]string{"expires", "2031-01-01"})
			clerk.says("desk.refused.reading_birth")
			clerk.show("read-again")
			if kept := clerk.Attribute("#family", "value"); kept != "Wymyslona" {
				t.Errorf("what was typed is gone: %q", kept)
			}
			hubtest.Look[bool](clerk.Chromium, `(document.getElementById("birth").value = "")||true`)
			clerk.typed([2]string{"birth", "1990-06-21"})
			clerk.says("desk.read.note")
			clerk.show("compare")
			clerk.ticks()
			clerk.says("desk.flag.document_alone")
			clerk.show("review")
			clerk.agrees(counter(t, w, language, "clerk-2"), "decide")
			clerk.says("desk.form.document")
			clerk.show("form")
		})
	}
}

// An emergency as the clerk and the handbook show it.
func TestAnEmergencyByKeyboard(t *testing.T) {
	t.Parallel()
	for _, language := range spoken("pl", "ar", "en", "fr", "hu") {
		t.Run(language, func(t *testing.T) { emergency(t, language) })
	}
}

func emergency(t *testing.T, language string) {
	t.Helper()
	w := visit.Open(t, visit.Clinic(), visit.Emergencies())
	clerk := counter(t, w, language, "clerk-1")
	visit.Down(t, w, "all")
	clerk.typed([2]string{"number", visit.Ordinary})
	clerk.Tab("emergency-open")
	clerk.Space()
	clerk.show("emergency")
	clerk.typed([2]string{"document", "ZZP100001"}, [2]string{"given", "Konstanty"}, [2]string{"family", "Brzeziński-Testowy"}, [2]string{"birth", "1987-02-22"}, [2]string{"expires", "2031-06-14"})
	clerk.says("desk.emergency.note")
	clerk.show("emergency-compare")
	clerk.Tab("step-help-open")
	clerk.Space()
	clerk.Tab("handbook")
	clerk.Enter()
	clerk.says("desk.handbook.emergency")
	clerk.show("handbook")
}

// A child and her mother at the counter, with the keyboard alone and no script on the desk's pages.
func TestAMinorByKeyboard(t *testing.T) {
	t.Parallel()
	for _, language := range spoken("ar", "en", "fr", "hu", "pl") {
		t.Run(language, func(t *testing.T) {
			w := visit.Open(t, visit.Clinic())
			clerk := counter(t, w, language, "clerk-1")
			clerk.typed([2]string{"number", visit.Minor})
			clerk.says("desk.guardian.text")
			clerk.show("guardian")
			clerk.typed([2]string{"number", visit.Guardian})
			clerk.says("desk.guardian.kind.parent")
			clerk.show("guardian-compare")
			clerk.ticks()
			clerk.says("desk.flag.minor")
			clerk.agrees(counter(t, w, language, "clerk-2"), "guardian-decide")
			clerk.says("desk.form.guardian.agrees")
			clerk.show("guardian-form")
		})
	}
}
