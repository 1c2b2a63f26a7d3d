package hubtest

import (
	"strings"
	"testing"
)

// A person opens a service, presses the button, takes the trusted profile, comes back, sees what
// is to be told, says yes, and the service shows exactly that.
func TestAWholeLogin(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		b := w.Browser(t)
		b.Get(w.Country.Addresses.City)
		b.Click("log-in")
		b.Click("means-trusted-profile")
		b.Click("person-ordinary")
		b.Click("confirm")
		if consent := b.Page.Text(); !strings.Contains(consent, "Konstanty") || !strings.Contains(consent, "Brzeziński-Testowy") {
			t.Fatalf("the consent page does not show what is told:\n%s", consent)
		}
		b.Click("approve")
		if got := b.Page.TextOf("level"); got != "substantial" {
			t.Errorf("the service got level %q:\n%s", got, b.Page.Text())
		}
		if got := b.Page.TextOf("claim-given_name"); got != "Konstanty" {
			t.Errorf("the service was told %q as the given name", got)
		}
		if b.Page.Has("claim-email") || b.Page.Has("claim-address") || b.Page.Has("claim-national_identifier") {
			t.Errorf("the service was told what nobody agreed to:\n%s", b.Page.Text())
		}
	})
}
