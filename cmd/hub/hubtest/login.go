package hubtest

import (
	"strings"

	"symbolon/cmd/demo/sim"
)

// Begin opens a service and presses its button to log in.
func (b *Browser) Begin(service string) *Page {
	b.t.Helper()
	b.Get(service)
	return b.Click("log-in")
}

// Choose takes a means on the choice page: "trusted-profile", or a bank as "bank-one".
func (b *Browser) Choose(means string) *Page {
	b.t.Helper()
	if strings.HasPrefix(means, sim.MeansBank+"-") {
		return b.Click("means-" + sim.MeansBank + "-" + means)
	}
	return b.Click("means-" + means)
}

// Be logs in at the upstream as a person of people.json, with two factors.
func (b *Browser) Be(person string) *Page {
	b.t.Helper()
	b.Click("person-" + person)
	return b.Click("confirm")
}

// Prove goes from a service to the consent page: begin, choose, be somebody.
func (b *Browser) Prove(service, means, person string) *Page {
	b.t.Helper()
	b.Begin(service)
	b.Choose(means)
	return b.Be(person)
}

// Login is a whole login that ends at the service, with everything approved that must be and
// nothing else.
func (b *Browser) Login(service, means, person string) *Page {
	b.t.Helper()
	b.Prove(service, means, person)
	return b.Click("approve")
}
