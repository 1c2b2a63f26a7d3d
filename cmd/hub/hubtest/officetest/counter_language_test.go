package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Features H24: what language somebody picks at the counter's computer is theirs, through their whole visit, and goes
// with them. The clerk at the same computer logs in in the staff's own, and so does the next one begin.
func TestTheLanguagePickedAtTheCounterGoesWithWhoPickedIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		b := w.Browser(t) // at the same computer
		speaks := func(page *hubtest.Page, language, where string) {
			t.Helper()
			if !strings.Contains(page.Body, `<html lang="`+language+`"`) {
				t.Errorf("%s is not in %q but:\n%s", where, language, page.Text())
			}
		}
		login := func(language, where string) {
			t.Helper()
			speaks(b.Get(w.At("desk")+"/begin"), language, "the clerk's login "+where)
			if kept := b.Jar.Value("localhost", "__Host-lang"); kept != language {
				t.Errorf("%s the browser keeps %q, not the staff's %q", where, kept, language)
			}
		}
		b.Get(w.Issuer + "/?lang=pl")
		handed(t, clerk, ordinary)
		at, link := clerk.Page.URL.String(), w.Issuer+"/e?at=counter"
		speaks(b.Get(link), "pl", "the counter's page")
		speaks(b.Click("lang-ar"), "ar", "the counter's page")
		login("pl", "beside it")
		b.Get(link + "&lang=ar")
		b.Fill("number", clerk.Page.TextOf("typed-number"))
		b.Fill("code", "AAAAAAAAAA")
		speaks(b.Click("begin-typed"), "ar", "a code that is refused")
		speaks(b.Click("lang-fr"), "fr", "a code that is refused, once more")
		b.Fill("code", clerk.Page.TextOf("typed-code"))
		speaks(b.Click("begin-typed"), "fr", "the first step")
		speaks(b.Click("lang-hu"), "hu", "the first step, once more")
		speaks(b.Get(w.Issuer+"/help"), "hu", "the help that somebody reads there")
		login("pl", "in the midst of it")
		b.Get(w.Issuer + "/e/now")
		clerk.Get(at)
		clerk.Fill("digits", b.Page.TextOf("match"))
		clerk.Click("match")
		b.Get(w.Issuer + "/e/now")
		b.Click("yes")
		b.Fill("answer", ordinaryEnd)
		b.Click("go-on")
		b.Click("accept")
		b.Click("with-paper")
		speaks(b.Click("make-key"), "hu", "the end")
		b.Click("show-codes")
		speaks(b.Click("codes-kept"), "hu", "that all is done")
		login("pl", "after it")
		speaks(b.Get(link), "pl", "what the next one begins with")
		b.Click("lang-ar") // and goes away
		speaks(b.Get(link), "pl", "what the one after begins with")
	})
}

// What is picked in a visit at the counter is not what the staff's computer speaks afterwards, also where another tab was
// opened, or the browser was closed, in between.
func TestTheLanguageAtTheCounterReachesNobodyAfterwards(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*hubtest.World, *hubtest.Browser){
		"the address for phones in another tab": func(w *hubtest.World, b *hubtest.Browser) { b.Get(w.Issuer + "/e") },
		"the browser was closed":                func(_ *hubtest.World, b *hubtest.Browser) { b.Jar.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
				clerk := desk(t, w, "clerk-1")
				b := w.Browser(t)
				b.Get(w.Issuer + "/?lang=pl")
				handed(t, clerk, ordinary)
				b.Get(w.Issuer + "/e?at=counter")
				b.Fill("number", clerk.Page.TextOf("typed-number"))
				b.Fill("code", clerk.Page.TextOf("typed-code"))
				b.Click("begin-typed")
				at := b.Page.URL.String()
				lose(w, b)
				b.Get(at)
				b.Click("lang-hu")
				if kept := b.Jar.Value("localhost", "__Host-lang"); kept != "pl" {
					t.Errorf("the counter's computer keeps %q for whoever comes next, %q with the visit", kept, b.Jar.Value("localhost", "__Host-counter"))
				}
			})
		})
	}
}
