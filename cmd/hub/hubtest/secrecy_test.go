package hubtest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
)

// facts gives everything about a person that must lie nowhere in the clear.
func facts(t *testing.T, people []sim.Person, key string) map[string]string {
	t.Helper()
	for _, p := range people {
		if p.Key != key {
			continue
		}
		all := map[string]string{
			"given name": p.GivenNames[0], "family name": p.FamilyName, "birth date": p.Birthdate, "national number": p.Number,
			"digits of the number": strings.TrimPrefix(p.Number, "PNOPL-"), "document": p.Document.Number,
		}
		if p.Address != nil {
			all["street"], all["town"] = p.Address.Street, p.Address.PostalCode
		}
		if p.Email != "" {
			all["e-mail"] = p.Email
		}
		if p.Phone != "" {
			all["phone"] = p.Phone
		}
		return all
	}
	t.Fatalf("there is no person %q", key)
	return nil
}

// After whole logins, with values told and declined, neither database nor the log holds an
// attribute value, national number, name, token, code, state or cookie, in any usual encoding.
func TestNothingAboutPeopleLiesInDatabasesOrLogs(t *testing.T) {
	Each(t, func(t *testing.T, w *World) {
		secrets := map[string]string{}
		keep := func(person string, all map[string]string) {
			for name, text := range all {
				if text != "" {
					secrets[person+"'s "+name] = text
				}
			}
		}
		var sub string
		for person, means := range map[string]string{"ordinary": "trusted-profile", "diacritics": "bank-one"} {
			b := w.Browser(t)
			b.Prove(w.Country.Addresses.City, means, person)
			for _, id := range b.Page.IDs("attr-") { // the optional ones as well
				b.Tick(id)
			}
			keep(person, map[string]string{
				"login cookie": b.Jar.Value("localhost", "__Host-tx"), "session cookie": b.Jar.Value("localhost", "__Host-sid"),
			})
			sub = b.Click("approve").TextOf("sub")
			if sub == "" {
				t.Fatalf("no login at %s:\n%s", b.Page.URL.Path, b.Page.Text())
			}
			b.Begin(w.Country.Addresses.Library)
			b.Click("decline")
			keep(person, facts(t, w.Country.People, person))
			keep(person, w.Wire.Tokens())
			keep(person, onTheWay(t, b.Trail))
		}
		dump := w.Dump()
		if len(dump.Find(sub)) == 0 {
			t.Error("the dump does not hold the one thing that it must: the stored sub")
		}
		if len(secrets) < 30 {
			t.Fatalf("only %d things to search for", len(secrets))
		}
		dump.HoldsNone(t, secrets)
	})
}

// onTheWay gives every code and state that travelled in an address. A nonce and a challenge are no
// secrets: a grant keeps them in clear.
func onTheWay(t *testing.T, trail []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for i, address := range trail {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"code", "state"} {
			if value := u.Query().Get(name); value != "" {
				found[fmt.Sprintf("%s of step %d, %s", name, i, u.Path)] = value
			}
		}
	}
	return found
}
