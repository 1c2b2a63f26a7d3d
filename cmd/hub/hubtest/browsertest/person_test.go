package browsertest

import (
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/web/locale"
)

// bankTwoIsWeak lets the second bank reach the lowest level only, so that there is something that a
// choice may leave out.
func bankTwoIsWeak() hubtest.With {
	return hubtest.WithSettings(func(settings map[string]any) {
		for _, connector := range settings["connectors"].([]any) {
			if connector := connector.(map[string]any); connector["id"] == sim.MeansBank {
				two := connector["settings"].(map[string]any)["choices"].([]any)[1]
				two.(map[string]any)["ceiling"] = "low"
			}
		}
	})
}

// person is somebody before a browser, reading one language.
type person struct {
	*hubtest.Chromium
	w     *hubtest.World
	t     *testing.T
	words *locale.Words
}

func sit(t *testing.T, w *hubtest.World, js bool, lang string) *person {
	t.Helper()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &person{hubtest.NewChromium(t, js, lang), w, t, catalogue.Words(lang)}
}

// begin opens a service as somebody new there and presses its button.
func (p *person) begin(service string) {
	p.t.Helper()
	p.Open(service)
	p.Click("log-in")
}

// choose takes a means or one of its choices.
func (p *person) choose(means string) {
	p.t.Helper()
	if strings.HasPrefix(means, "bank-") {
		means = sim.MeansBank + "-" + means
	}
	p.Click("means-" + means)
}

// be logs in at the means as somebody of the invented people, with two factors or with one.
func (p *person) be(who, factor string) {
	p.t.Helper()
	if p.Has("other") {
		p.Click("other")
	}
	p.Click("person-" + who)
	p.Click(factor)
}

// prove goes from a service to what the hub has to say.
func (p *person) prove(service, means, who string) {
	p.t.Helper()
	p.begin(service)
	p.choose(means)
	p.be(who, "confirm")
}

// reads fails unless an element says exactly this.
func (p *person) reads(id, want string) {
	p.t.Helper()
	if got := p.Text(id); got != want {
		p.t.Errorf("#%s at %s reads %q, want %q", id, p.URL(), got, want)
	}
}

// says fails unless the page says the text of a key.
func (p *person) says(key string, args ...any) {
	p.t.Helper()
	want := p.words.Text(key, args...)
	if body := p.TextAt("body"); !strings.Contains(plain(body), plain(want)) {
		p.t.Errorf("%s does not say %q:\n%s", p.URL(), want, body)
	}
}

// asks fails unless the page's one heading is the text of a key.
func (p *person) asks(key string, args ...any) {
	p.t.Helper()
	if got, want := plain(p.TextAt("h1")), plain(p.words.Text(key, args...)); got != want {
		p.t.Fatalf("%s is headed %q, want %q", p.URL(), got, want)
	}
}

// plain takes away what is invisible: the marks that keep a name's direction apart.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)), " ")
}

// told gives the names of the claims that the service at hand was told.
func (p *person) told() string {
	p.t.Helper()
	p.Wait("claims")
	return strings.Join(p.IDs("claim-"), " ")
}

// logOut ends it at the service, which ends it at the hub.
func (p *person) logOut(service string) {
	p.t.Helper()
	p.Open(service)
	p.Click("log-out")
	p.Wait("log-in")
}
