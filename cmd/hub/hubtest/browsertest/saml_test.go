package browsertest

import (
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// The trusted profile by SAML in a real browser, as the national node speaks it (forms that post themselves, an
// artifact) and plainly: in on every database, in every language, and out again, there too.
func TestSAMLInABrowser(t *testing.T) {
	for dialect, langs := range map[store.Dialect][]string{store.SQLite: {"en", "ar"}, store.PostgreSQL: {"pl"}} {
		w := hubtest.New(t, hubtest.WithDialect(dialect), hubtest.WithSAML())
		for _, lang := range langs {
			t.Run(string(dialect)+" "+lang, func(t *testing.T) {
				p := sit(t, w, true, lang)
				for means, service := range map[string]string{sim.MeansNode: w.Country.Addresses.City, sim.MeansPlain: w.Country.Addresses.Library} {
					p.begin(service)
					p.choose(means)
					p.be("ordinary", "confirm")
					p.Click("approve")
					p.reads("level", "substantial")
					p.logsOutThere(means)
				}
			})
		}
	}
}

// logsOutThere logs out at the hub, and so at the profile: by a call of the hub's at the node, by the browser at the
// plain one, which a page says on the way.
func (p *person) logsOutThere(means string) {
	p.t.Helper()
	live := p.w.Country.SAML.Live()
	p.Open(p.w.Issuer + "/logout")
	if means == sim.MeansPlain {
		p.Hold(p.w.Country.Addresses.SAML + "/")
		p.Press("logout-confirm")
		p.Wait("leave")
		p.says("leave.upstream")
		p.Let()
		p.Click("leave")
	} else {
		p.Click("logout-confirm")
	}
	p.Wait("logged-out")
	if now := p.w.Country.SAML.Live(); now != live-1 {
		p.t.Errorf("%s: there live %d sessions of %d", means, now, live)
	}
}
