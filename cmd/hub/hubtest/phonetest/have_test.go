package phonetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// fieldsOf names what the page shows for whoever has one thing, by the way that its form names.
func fieldsOf() map[string]string {
	return map[string]string{"passkey": "no-passkey", "totp": "name", "code": "code-name"}
}

// sees holds that the page shows the fields of one thing, says which, and shows no other's.
func sees(t *testing.T, page *hubtest.Page, way string) {
	t.Helper()
	for each, field := range fieldsOf() {
		if page.Has(field) != (each == way) || strings.Contains(page.Body, `with=`+each+`#by-`+each+`" aria-current="true"`) != (each == way) {
			t.Errorf("who has %q, and is to see %q, reads at %s:\n%s", each, way, page.URL, page.Text())
		}
	}
}

// Who has nothing but a list of codes sees first what one may have, and then their own fields and no others, by links
// alone; and reads what stands on which thing of theirs.
func TestWhatOneHasLeadsToItsFields(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, _ *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		sees(t, b.Page, "passkey")
		hints := map[string]string{"totp": "app", "code": "paper"}
		for _, way := range []string{"totp", "code", "passkey"} {
			page := b.Click("have-" + way)
			sees(t, page, way)
			if page.URL.RawQuery != "with="+way || !page.Has("by-"+way) {
				t.Errorf("%s leads to %s:\n%s", way, page.URL, page.Text())
			}
			hint := page.TextOf(map[string]string{"totp": "name-hint", "code": "code-name-hint", "passkey": "no-passkey"}[way])
			if !strings.Contains(hint, hints[way]) {
				t.Errorf("where the name stands: %q for %s", hint, way)
			}
		}
		here := b.Page.URL.Path
		sees(t, b.Get(w.Issuer+here+"?with=heirloom"), "passkey")
		strong := toPhone(t, w, rp, "scope", "openid profile", "acr_values", "http://eidas.europa.eu/LoA/substantial").Page
		if strong.Has("have-code") || !strong.Has("have-totp") {
			t.Errorf("a way that is not enough is offered, or one is missing:\n%s", strong.Text())
		}
		if toPhone(t, w, rp, "scope", "openid profile", "acr_values", high).Page.Has("have") {
			t.Error("there is nothing to choose from")
		}
	})
}

// What somebody logged in with last is remembered by the browser alone, which is told nothing else, and forgets it when
// asked to. What was only opened, or refused, was not used.
func TestWhoUsedPaperLastSeesItsFieldsFirst(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		b.TypeLastCode(e, "AAAAAAAAAA")
		if sees(t, b.Page, "code"); !b.Page.Has("failure") {
			t.Errorf("a wrong code: %d\n%s", b.Page.Status, b.Page.Text())
		}
		if page := b.Click("have-totp"); page.Has("failure") {
			t.Errorf("what went wrong with paper is said beside the app's fields:\n%s", page.Text())
		}
		sees(t, b.Page, "totp")
		again := func(way, kept string) {
			t.Helper()
			if page := rp.As(t).Authorize(b, "scope", "openid profile", "prompt", "login"); page.Has("forget-means") != (kept != "") {
				t.Errorf("something was used last, where %q was:\n%s", kept, page.Text())
			}
			if has := b.Jar.Value("localhost", "__Host-means"); has != kept {
				t.Errorf("the browser keeps %q, not %q", has, kept)
			}
			sees(t, b.Click("means-"+hubtest.MeansPhone), way)
		}
		again("passkey", "")
		if page := b.TypeLastCode(e, e.Codes[0]); !page.Has("codes-left") {
			t.Fatalf("a code: %d\n%s", page.Status, page.Text())
		}
		again("passkey", "")
		b.TypeLastCode(e, e.Codes[1])
		b.Click("go-on")
		again("code", hubtest.MeansPhone+"/code")
		b.TypeCode(e, "000000")
		again("code", hubtest.MeansPhone+"/code")
		rp.As(t).Authorize(b, "scope", "openid profile", "prompt", "login")
		b.Click("forget-means")
		sees(t, b.Click("means-"+hubtest.MeansPhone), "passkey")
		rp.As(t).Authorize(b, "scope", "openid profile", "acr_values", high, "prompt", "login")
		if page := b.Click("means-" + hubtest.MeansPhone); !page.Has("no-passkey") {
			t.Errorf("what was used last is not enough, and nothing else is shown:\n%s", page.Text())
		}
	})
}

// On a small phone the choice and the whole form of a code from paper are in sight, the keyboard goes on at the form, and
// the way back leads to what was chosen before.
func TestARealBrowserShowsWhatOneHas(t *testing.T) {
	real(t, false, func(t *testing.T, w *hubtest.World, _ *hubtest.Enrolled, c *hubtest.Chromium, _ *hubtest.Passkeys) {
		c.Size(390, 844)
		c.Open(w.At("portal") + "/begin")
		c.Click("means-" + hubtest.MeansPhone)
		c.Click("have-code")
		for _, id := range []string{"have-passkey", "have-totp", "have-code", "code-name", "last-code", "use-code"} {
			if !hubtest.Look[bool](c, `(r => r.height > 0 && r.top >= 0 && r.bottom <= innerHeight)(document.getElementById("`+id+`").getBoundingClientRect())`) {
				t.Errorf("#%s is out of sight", id)
			}
		}
		if c.TabOnce(); !hubtest.Look[bool](c, `document.activeElement.id === "code-name"`) {
			t.Errorf("the keyboard goes on at #%s", hubtest.Look[string](c, `document.activeElement.id`))
		}
		c.Click("have-totp")
		c.Back()
		if !c.Has("code-name") || c.Has("pin") {
			t.Errorf("back is %s:\n%s", c.URL(), c.TextAt("body"))
		}
	})
}
