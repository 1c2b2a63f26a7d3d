// Package logintest attacks logins of a running hub over HTTP, as people, upstreams and relying
// parties can: the rows FO, LK, CN, SE, HH, EN and PV of the attack catalogue, and the difficult
// people. What the endpoints of programs withstand is told in attacktest, what breaks around the
// hub in faulttest.
//
// Rows of the same numbers that other tests prove of their own package, and this one therefore
// tells only as far as the wiring could undo them:
//
//	FO-03  connectors/oidc TestAttack_FO_03…: every mutation with its reason; here: through the hub
//	JW-*   connectors/oidc TestAttack_JW_…: keys and signatures of upstreams
//	LK-08  provider/store/identitydb TestAttack_LK_08…: weaker sources overwrite nothing
//	CN-06  consent TestAttack_CN_06_NamesThatPretend: every spoofed name; here: the page that shows one
//	CN-08  web TestAttack_CN_08_CN_15_HostileTextsAreInert: every text of a party
//	SE-05  web TestAttack_SE_05_RubbishForCookies: every kind of rubbish; here: how much of it
//	HH-01  hubtest TestAttack_HH_01_NoHeaderMovesTheIssuer, HH-09 TestAttack_HH_09_NothingOfTheAdminListenerIsPublic
package logintest

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// clinic is a party that may know everything, by law what identifies and by consent the rest.
func clinic() *hubtest.RP {
	return &hubtest.RP{
		ID: "clinic", Method: "client_secret_basic",
		Client: map[string]any{"scopes": []string{"profile", "email", "address", "phone", "nid", "document"}},
		Party: map[string]any{"may": []any{
			map[string]any{"attributes": []string{"given_name", "family_name"}, "basis": "consent", "purpose": "service", "required": true},
			map[string]any{"attributes": []string{"name", "mononym", "birthdate", "address", "email", "phone_number", "gender", "national_identifier"}, "basis": "consent", "purpose": "service"},
		}},
	}
}

// each runs a story with the clinic on both databases.
func each(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, append([]hubtest.With{hubtest.WithDialect(d), hubtest.WithRPs(rp)}, with...)...)
			story(t, w, rp)
		})
	}
}

// asking writes a claims parameter for userinfo.
func asking(names ...string) string {
	return `{"userinfo":{"` + strings.Join(names, `":null,"`) + `":null}}`
}

// through goes from a request of the party to whatever stands after the means: consent, or a page
// that says why not.
func through(b *hubtest.Browser, rp *hubtest.RP, means, person string, changes ...string) *hubtest.Page {
	rp.Authorize(b, changes...)
	b.Choose(means)
	if b.Page.Has("other") {
		b.Click("other")
	}
	return b.Be(person)
}

// told lets a person log in at the party with everything ticked, and gives what userinfo tells.
func told(t *testing.T, b *hubtest.Browser, rp *hubtest.RP, means, person string, claims ...string) map[string]any {
	t.Helper()
	page := through(b, rp, means, person, "claims", asking(claims...), "prompt", "login consent")
	for _, id := range page.IDs("attr-") {
		b.Tick(id)
	}
	if !page.Has("approve") {
		t.Fatalf("%s by %s is not asked for consent at %s:\n%s", person, means, page.URL.Path, page.Text())
	}
	b.Click("approve")
	tokens := rp.Exchange(rp.Answered(b.Page).Code())
	if tokens.Status != 200 {
		t.Fatalf("%s by %s: no token: %s", person, means, tokens.Body)
	}
	return rp.Userinfo(tokens.Text("access_token")).JSON
}

// refused fails the test unless the page is an error page of the hub with the code, and the browser
// has no session.
func refused(t *testing.T, w *hubtest.World, b *hubtest.Browser, page *hubtest.Page, code string) {
	t.Helper()
	if got := page.TextOf("error-code"); got != code || !strings.HasPrefix(page.URL.String(), w.Issuer) || page.Status >= 500 {
		t.Errorf("%s answers %d %q, want %q:\n%s", page.URL.Path, page.Status, got, code, page.Text())
	}
	if b.Jar.Value("localhost", "__Host-sid") != "" {
		t.Error("the browser has a session")
	}
}

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// count is a counter for many goroutines.
type count struct {
	mu sync.Mutex
	n  int
}

func (c *count) up() { c.mu.Lock(); c.n++; c.mu.Unlock() }

func (c *count) value() int { c.mu.Lock(); defer c.mu.Unlock(); return c.n }

// together does something many times at once and waits for all.
func together(times int, do func(i int)) {
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { do(i) })
	}
	all.Wait()
}
