package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md R-ENR-12: a fourteen-year-old and her mother at the counter: the register says that they belong
// together, both documents are looked at, a second clerk decides, both sign, the key is on the child's phone, and
// the child logs in with it by herself.
func TestR_ENR_12_AMinorAndHerMother(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		if page := find(clerk, minor); !page.Has("step-guardian") || page.Has("compared") {
			t.Fatalf("a minor alone:\n%s", page.Text())
		}
		clerk.Fill("number", ordinary)
		if page := clerk.Click("guard"); page.Refused() != "guardian" || strings.Contains(page.Body, "Konstanty") {
			t.Errorf("with a stranger, of whom the clerk reads: %s", page.URL)
		}
		clerk.Fill("number", guardian)
		if page := clerk.Click("guard"); !page.Has("guardian-name") || !page.Has("check-guardian_likeness") || !page.Has("guardian-photo") {
			t.Fatalf("with her mother:\n%s", page.Text())
		}
		at := clerk.Page.URL.String()
		if page := clerk.Get(at + "/photo?of=guardian"); page.Status != 200 {
			t.Errorf("the mother's photo: %d", page.Status)
		}
		clerk.Get(at)
		agreed(t, w, clerk)
		if page := clerk.Get(at + "/form"); !page.Has("guardian-signature") || !page.Has("form-guardian") {
			t.Errorf("the form asks for one signature:\n%s", page.Text())
		}
		clerk.Get(at)
		phone := claim(t, w, clerk)
		if text := phone.Page.TextOf("who"); !strings.Contains(text, "J. M.") || !strings.Contains(text, "2012") {
			t.Errorf("the phone asks %q", text)
		}
		phone.Click("no") // the mother's own phone: it was not meant to be hers
		clerk.Get(at)
		clerk.Click("reissue")
		device := finishBy(t, w, clerk, minorEnd)
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(device)
		if rp.Finish(login, "ordinary").Code() == "" {
			t.Error("the child does not log in by herself")
		}
	})
}

// Means.md R-ENR-12, R-PER-09: where people log in by themselves from sixteen on, the desk gives nothing to somebody
// of fourteen that would then let them in nowhere.
func TestR_ENR_12_BelowTheAgeOfLogins(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		if page := find(desk(t, w, "clerk-1"), minor); page.Refused() != "age" || !page.Has("refused") {
			t.Errorf("at %s:\n%s", page.URL, page.Text())
		}
	}, hubtest.WithSettings(func(s map[string]any) { s["matching"] = map[string]any{"minimum_age": 16} }))
}
