// Package browsertest plays people before a real browser: the whole story of a login in every
// language and on both databases, with and without JavaScript, by keyboard alone, and every page in
// every size. What the hub does beneath the pages is tested next door, without a browser.
package browsertest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// TestStory is what a person can do: log in, decide what is told, go on to a second service, be told
// what is missing, log out. Without JavaScript nothing is lost.
func TestStory(t *testing.T) {
	for _, row := range []struct {
		name    string
		dialect store.Dialect
		lang    string
		js      bool
	}{
		{"en-sqlite-plain", store.SQLite, "en", false},
		{"pl-sqlite-plain", store.SQLite, "pl", false},
		{"ar-sqlite-plain", store.SQLite, "ar", false},
		{"en-sqlite", store.SQLite, "en", true},
		{"en-postgresql", store.PostgreSQL, "en", true},
		{"ar-postgresql", store.PostgreSQL, "ar", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := hubtest.New(t, hubtest.WithDialect(row.dialect), bankTwoIsWeak())
			p := sit(t, w, row.js, row.lang)
			p.logsIn()
			p.decides()
			p.goesOnToTheLibrary()
			p.wantsMore()
			p.leaves()
		})
	}
}

// logsIn: the choice holds what reaches the level and nothing else.
func (p *person) logsIn() {
	p.begin(p.w.Country.Addresses.City)
	p.asks("choose.title")
	p.says("choose.asks.substantial")
	if got := strings.Join(p.IDs("means-"), " "); got != "means-trusted-profile means-bank means-bank-bank-one" {
		p.t.Errorf("offered: %s", got)
	}
	if lang, dir := p.Attribute("html", "lang"), p.Attribute("html", "dir"); lang != p.words.Code || dir != string(p.words.Dir) {
		p.t.Errorf("the page is in %q %q", lang, dir)
	}
	p.choose("trusted-profile")
	p.be("ordinary", "confirm")
}

// decides: every attribute with value, purpose and basis; one box is ticked, one is left.
func (p *person) decides() {
	party := p.TextAt(".asker bdi")
	p.asks("consent.title", party)
	for _, text := range []string{"Konstanty", "Brzeziński-Testowy", "Wiśniowa 1947/12", "99-871 Nowa Wola", "konstanty.testowy@mail.example", "1987"} {
		if body := p.TextAt("body"); !strings.Contains(body, text) {
			p.t.Errorf("the page does not show %s:\n%s", text, body)
		}
	}
	law := map[string]string{
		"en": "City Parking Act (invented), article 7", "pl": "ustawa o parkowaniu w miastach (zmyślona), art. 7", "ar": "قانون وقوف السيارات في المدن (متخيَّل)، المادة 7",
	}[p.words.Code]
	p.says("consent.law", law)
	p.says("consent.required")
	for _, why := range []string{"to issue the permit in your name", "to tell you from others with your name", "to send you the permit by post", "to tell you when it is ready"} {
		p.says("consent.why", why)
	}
	if got := strings.Join(p.IDs("attr-"), " "); got != "attr-given_name attr-family_name attr-birthdate attr-address attr-email" {
		p.t.Errorf("asked for: %s", got)
	}
	boxes := hubtest.Look[[]string](p.Chromium, `[...document.querySelectorAll("input[type=checkbox]")].map(e => e.id + (e.checked ? " ticked" : ""))`)
	if got := strings.Join(boxes, ", "); got != "attr-address, attr-email, remember" {
		p.t.Errorf("boxes: %s", got)
	}
	p.Press("attr-address")
	p.Click("approve")
	p.reads("level", "substantial")
	if got := p.told(); got != "claim-address claim-birthdate claim-family_name claim-given_name" {
		p.t.Errorf("the service was told %s", got)
	}
	p.reads("claim-given_name", "Konstanty")
	p.reads("claim-family_name", "Brzeziński-Testowy")
	p.reads("claim-birthdate", "1987-02-22")
}

// goesOnToTheLibrary: no new login, but a consent of its own, which may be refused, and another sub.
func (p *person) goesOnToTheLibrary() {
	library := p.w.Country.Addresses.Library
	first := p.Text("sub")
	p.begin(library)
	p.asks("consent.title", p.TextAt(".asker bdi"))
	if !strings.HasPrefix(p.URL(), p.w.Issuer) || !p.Has("switch-account") {
		p.t.Fatalf("the library was reached at %s, not by the login of before:\n%s", p.URL(), p.TextAt("body"))
	}
	p.says("consent.only_age")
	p.Click("decline")
	p.reads("error-code", "access_denied")
	last := p.Trail()[len(p.Trail())-1]
	if body := p.TextAt("body"); strings.Contains(body, "Konstanty") || p.Has("sub") || strings.Contains(last, "code=") {
		p.t.Errorf("a refusal told something: %s\n%s", last, body)
	}
	p.begin(library)
	p.Click("approve")
	if second := p.Text("sub"); second == "" || second == first {
		p.t.Errorf("two services know one person as %q and %q", first, second)
	}
	if got := p.told(); got != "claim-age_over_18" {
		p.t.Errorf("the library was told %s", got)
	}
}

// wantsMore: no means here is strong enough; a plain page says so, and leads back.
func (p *person) wantsMore() {
	p.Open(p.w.Country.Addresses.City)
	p.Click("log-in-strong")
	p.asks("nothing.title")
	p.says("weak.have.substantial")
	p.says("weak.need.high")
	if got := p.IDs("means-"); len(got) > 0 {
		p.t.Errorf("offered for the highest level: %s", got)
	}
	p.Click("cancel")
	p.reads("error-code", "unmet_authentication_requirements")
	if p.Has("sub") {
		p.t.Errorf("a refusal told something:\n%s", p.TextAt("body"))
	}
}

// leaves: logging out at a service ends it at the hub; whoever comes next has to choose.
func (p *person) leaves() {
	p.logOut(p.w.Country.Addresses.City)
	p.begin(p.w.Country.Addresses.City)
	p.asks("choose.title")
	p.says("choose.last")
	p.Click("cancel")
	p.reads("error-code", "access_denied")
}
