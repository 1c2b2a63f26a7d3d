package browsertest

import (
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// TestPeople plays the people whose logins go another way than most.
func TestPeople(t *testing.T) {
	clinic := &hubtest.RP{ID: "clinic", Method: "client_secret_basic"}
	w := hubtest.New(t, bankTwoIsWeak(), hubtest.WithRPs(clinic))
	city, library := w.Country.Addresses.City, w.Country.Addresses.Library
	c := sit(t, w, true, "en")
	story := func(name string, tell func(*testing.T, *person)) {
		t.Run(name, func(t *testing.T) {
			c.Forget()
			tell(t, &person{c.Chromium, w, t, c.words})
		})
	}
	story("every name whole, by Bank One", func(t *testing.T, p *person) {
		p.prove(city, "bank-one", "diacritics")
		for _, name := range []string{"Żaneta Bogumiła Łucja Śnieżka", "Gżegżółka-Święcicka"} {
			if body := p.TextAt("main"); !strings.Contains(body, name) {
				t.Errorf("the page does not show %s:\n%s", name, body)
			}
		}
		p.Click("approve")
		p.reads("claim-given_name", "Żaneta Bogumiła Łucja Śnieżka")
		p.reads("claim-family_name", "Gżegżółka-Święcicka")
	})
	story("Bank Two, enough for the library and no more", func(t *testing.T, p *person) {
		p.prove(library, "bank-two", "suspended-certificate")
		p.Click("approve")
		p.reads("level", "low")
		p.begin(city)
		p.asks("weak.title")
		p.says("weak.need.substantial")
		if p.Has("means-bank-bank-two") || !p.Has("means-bank-bank-one") {
			t.Errorf("offered: %s", p.IDs("means-"))
		}
	})
	story("one name and no number", func(t *testing.T, p *person) {
		p.prove(library, "bank-two", "mononym")
		p.asks("stopped.unlinked.title")
		p.reads("error-code", "unlinked")
		p.Click("cancel")
		p.reads("error-code", "access_denied")
	})
	story("somebody who has died", func(t *testing.T, p *person) {
		p.prove(city, "trusted-profile", "deceased")
		p.asks("stopped.deceased.title")
		if body := p.TextAt("body"); strings.Contains(body, "Hieronim") {
			t.Errorf("the page tells a name to whoever holds the login:\n%s", body)
		}
		p.Click("cancel")
		p.reads("error-code", "access_denied")
	})
	story("an answer that is remembered", func(t *testing.T, p *person) {
		p.prove(city, "trusted-profile", "guardian")
		p.Press("remember")
		p.Click("approve")
		told := p.told()
		p.logOut(city)
		p.prove(city, "trusted-profile", "guardian")
		p.reads("claim-given_name", "Michalina")
		if again := p.told(); again != told || told != "claim-birthdate claim-family_name claim-given_name" {
			t.Errorf("told %s, and the second time, unasked, %s", told, again)
		}
	})
	story("sent by a service that nobody knows", func(t *testing.T, p *person) {
		p.Open(clinic.Address(clinic.Request("client_id", "nobody")))
		p.asks("error.unknown_party.title")
		p.reads("error-code", "invalid_request")
	})
	story("nobody after logging out", func(t *testing.T, p *person) {
		silent := clinic.Address(clinic.Request("prompt", "none"))
		p.prove(city, "trusted-profile", "twin-b")
		p.Click("approve")
		p.Open(clinic.Address(clinic.Request()))
		if !p.Has("approve") {
			t.Errorf("while somebody is logged in they are not asked at once:\n%s", p.TextAt("body"))
		}
		p.logOut(city)
		p.Open(silent)
		if at := p.TextAt("body"); !strings.Contains(at, "login_required") {
			t.Errorf("after logging out a silent request is answered %s", at)
		}
	})
}

// TestKeyboardAlone: a login by Tab, Space and Enter, with the focus in sight at every stop.
func TestKeyboardAlone(t *testing.T) {
	p := sit(t, hubtest.New(t), false, "en")
	p.Open(p.w.Country.Addresses.City)
	p.Tab("log-in")
	p.Enter()
	p.Tab("means-trusted-profile")
	p.Enter()
	p.Tab("person-ordinary")
	p.Enter()
	p.Tab("confirm")
	p.Enter()
	p.Tab("attr-email")
	p.Space()
	p.Tab("approve")
	p.Enter()
	if got := p.told(); got != "claim-birthdate claim-email claim-email_verified claim-family_name claim-given_name" {
		t.Errorf("the service was told %s", got)
	}
}

// TestAttack_CN_12_BackAndReloadGiveTheSameCode: whoever goes back to a page that was answered, or
// opens the last page again, is led to the party with the answer of before.
func TestAttack_CN_12_BackAndReloadGiveTheSameCode(t *testing.T) {
	p := sit(t, hubtest.New(t), true, "en")
	city := p.w.Country.Addresses.City
	p.prove(city, "trusted-profile", "ordinary")
	login := p.URL()
	p.Click("approve")
	p.reads("level", "substantial")
	p.Back()
	p.Open(login)
	p.Open(login + "/leave")
	p.Reload()
	var codes []string
	for _, address := range p.Trail() {
		if u, err := url.Parse(address); err == nil && strings.HasPrefix(address, city+"/callback") && u.Query().Has("code") {
			codes = append(codes, u.Query().Get("code"))
		}
	}
	for _, code := range codes {
		if code != codes[0] {
			t.Error("the party was given two codes for one answer")
		}
	}
	if len(codes) < 4 {
		t.Errorf("the party was given an answer %d times; the ways back lead elsewhere: %s", len(codes), p.URL())
	}
	p.Open(city)
	p.reads("claim-given_name", "Konstanty")
}
