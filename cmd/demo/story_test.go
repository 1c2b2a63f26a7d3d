package main

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// TestStoryOfTheDemo is what a person at the demo does first.
func TestStoryOfTheDemo(t *testing.T) {
	d := runDemo(t)
	city, library := d.Services[0].Address, d.Services[1].Address
	b := hubtest.NewBrowser(t)

	b.Get(city)
	b.Click("log-in")
	b.Click("means-trusted-profile")
	b.Click("person-ordinary")
	b.Click("confirm")
	if text := b.Page.Text(); !strings.Contains(text, "Konstanty") || !strings.Contains(text, "Wiśniowa 1947/12") {
		t.Fatalf("the consent page does not show what would be told:\n%s", text)
	}
	b.Click("approve")
	b.Page.Need(t, "logged-in")
	if level := b.Page.TextOf("level"); level != "substantial" {
		t.Errorf("level %q", level)
	}
	if given := b.Page.TextOf("claim-given_name"); given != "Konstanty" {
		t.Errorf("told %q", given)
	}
	for _, id := range []string{"claim-address", "claim-email", "claim-national_identifier"} {
		if b.Page.Has(id) {
			t.Errorf("%s was told without being approved", id)
		}
	}
	atCity := b.Page.TextOf("sub")

	b.Get(library)
	b.Click("log-in")
	if page := b.Page; page.Has("means-bank") || !page.Has("approve") {
		t.Fatalf("a service that asks for no more should come to its consent at once:\n%s", page.Text())
	}
	b.Click("approve")
	b.Page.Need(t, "logged-in")
	if b.Page.TextOf("claim-age_over_18") != "true" || b.Page.Has("claim-birthdate") || b.Page.TextOf("sub") == atCity {
		t.Errorf("the library was told too much, or knows the city's sub:\n%s", b.Page.Text())
	}

	b.Get(city)
	b.Click("log-in-strong")
	if b.Page.Has("logged-in") || strings.HasPrefix(b.Page.URL.String(), city) {
		t.Errorf("strong proof is not asked for:\n%s", b.Page.Text())
	}

	b.Get(city)
	b.Click("log-out")
	for range 2 { // the hub may ask once
		if b.Page.Has("log-out") {
			b.Click("log-out")
		}
	}
	b.Get(library)
	b.Get(library + "/login")
	if b.Page.Has("approve") {
		t.Errorf("logged out, the hub still knows who it is:\n%s", b.Page.Text())
	}
}

func TestDecliningTellsTheServiceNothing(t *testing.T) {
	d := runDemo(t)
	b := hubtest.NewBrowser(t)
	b.Get(d.Services[1].Address)
	b.Click("log-in")
	b.Click("means-bank-bank-one")
	b.Click("person-diacritics")
	b.Click("confirm")
	b.Click("decline")
	if code := b.Page.TextOf("error-code"); code != "access_denied" {
		t.Errorf("the service was told %q:\n%s", code, b.Page.Text())
	}
}
