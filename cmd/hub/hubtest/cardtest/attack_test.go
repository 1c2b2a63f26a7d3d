package cardtest

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/pki/specimen"
)

// refusal is the code of the failure that the page at hand tells.
func refusal(p *hubtest.Page) string {
	for _, id := range p.IDs("failure-help") {
		return strings.TrimPrefix(attribute(p, id), "/help/card#")
	}
	if p.Has("failure") {
		return "other"
	}
	return ""
}

func attribute(p *hubtest.Page, id string) string {
	_, after, _ := strings.Cut(p.Body, `id="`+id+`" href="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

func TestAttack_XC_04(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		for _, c := range []struct{ act, want string }{{"suspend", "card_suspended"}, {"revoke", "card_revoked"}} {
			b := w.Browser(t)
			atCard(b, rp)
			token := b.Token(w, "ordinary")
			must(t, w.Country.EID.Change("ordinary", c.act))
			page := b.Present(token)
			if got := refusal(page); got != c.want {
				t.Errorf("%s: %q (attacks XC-04)\n%s", c.act, got, page.Text())
			}
			// The citizen learns the cause, the party does not (R-STAT-05).
			b.Click("cancel")
			answer := rp.Answered(b.Page)
			if answer.Get("error") != "access_denied" || strings.Contains(answer.Encode(), "card") {
				t.Errorf("the party was told %s (means.md R-STAT-05)", answer.Encode())
			}
			must(t, w.Country.EID.Change("ordinary", map[string]string{"suspend": "lift", "revoke": "renew"}[c.act]))
			if claims := in(t, w.Browser(t), w, rp, "ordinary"); claims["acr"] != high {
				t.Errorf("afterwards: %v", claims["acr"])
			}
		}
		if claims := in(t, w.Browser(t), w, rp, "ordinary"); claims["acr"] != high {
			t.Errorf("taken off hold: %v", claims["acr"])
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAttack_XC_05(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		for name, values := range map[string][2]string{"down": {"all", "card_unchecked"}, "junk": {"ocsp", "card_unconfirmed"}, "stale": {"on", "card_unconfirmed"}, "old_nonce": {"on", "card_unconfirmed"}} {
			b := w.Browser(t)
			atCard(b, rp)
			must(t, w.Country.EID.Switches.Set(name, values[0]))
			page := b.Card(w, "ordinary")
			if got := refusal(page); got != values[1] {
				t.Errorf("%s: %q (attacks XC-05, XC-06)\n%s", name, got, page.Text())
			}
			// Another means still works.
			b.Choose("trusted-profile")
			if b.Be("ordinary"); !b.Page.Has("approve") {
				t.Errorf("%s: the trusted profile suffers, too (attacks XC-05)", name)
			}
			must(t, w.Country.EID.Switches.Set("all", ""))
			w.Shift(time.Minute) // the breaker leaves a host alone for a while
		}
		// Where the responder only asks to come again, the list says.
		must(t, w.Country.EID.Switches.Set("try_later", "on"))
		if claims := in(t, w.Browser(t), w, rp, "ordinary"); claims["acr"] != high {
			t.Errorf("by the list: %v", claims["acr"])
		}
	})
}

func TestAttack_XC_08(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		victim, attacker := w.Browser(t), w.Browser(t)
		atCard(victim, rp)
		atCard(attacker, rp)
		token := victim.Token(w, "ordinary")
		// Another session's challenge, and afterwards that session's own is spent, too.
		if page := attacker.Present(token); refusal(page) != "other" {
			t.Errorf("another session's challenge was taken (attacks XC-08)\n%s", page.Text())
		}
		action, fields := victim.Form("webeid-start")
		fields.Set("answer", token)
		if page := victim.Post(action, fields, w.Issuer); !page.Has("approve") {
			t.Fatalf("the victim's own: %s", page.Text())
		}
		if page := attacker.Post(action, fields, w.Issuer); page.Status < 400 {
			t.Errorf("the whole form of another browser was taken: %d (attacks XC-08)", page.Status)
		}
		// The same form again, and a challenge after a refusal.
		again := w.Browser(t)
		atCard(again, rp)
		action, fields = again.Form("webeid-start")
		fields.Set("answer", "junk")
		again.Post(action, fields, w.Issuer)
		fields.Set("answer", token)
		if page := again.Post(action, fields, w.Issuer); page.Has("approve") {
			t.Error("a challenge was still good after a wrong answer (attacks XC-08)")
		}
		// After five minutes.
		late := w.Browser(t)
		atCard(late, rp)
		token = late.Token(w, "ordinary")
		w.Shift(5*time.Minute + 2*time.Second)
		if page := late.Present(token); page.Has("approve") {
			t.Error("a challenge was good after five minutes (attacks XC-08)")
		}
		// Many at once: one counts.
		many := w.Browser(t)
		atCard(many, rp)
		action, fields = many.Form("webeid-start")
		fields.Set("answer", many.Token(w, "ordinary"))
		var all sync.WaitGroup
		sessions := make([]bool, 6)
		for i := range sessions {
			b := w.Browser(t)
			b.Jar = many.Jar
			all.Go(func() { sessions[i] = b.Post(action, fields, w.Issuer).Has("approve") })
		}
		all.Wait()
		in := 0
		for _, ok := range sessions {
			if ok {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%d of six parallel answers counted (attacks XC-08)", in)
		}
	})
}

func TestAttack_XC_10(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		mine := in(t, w.Browser(t), w, rp, "ordinary")["sub"]
		b := w.Browser(t)
		atCard(b, rp)
		var token map[string]any
		must(t, json.Unmarshal([]byte(b.Token(w, "ordinary")), &token))
		token["name"], token["pesel"], token["sub"] = "Żaneta", "79113090127", "PNOPL-79113090127"
		raw, err := json.Marshal(token)
		must(t, err)
		b.Present(string(raw))
		if b.Page.Has("approve") {
			b.Click("approve")
		}
		tokens := rp.Exchange(rp.Answered(b.Page).Code())
		_, claims := hubtest.ReadJWT(t, tokens.Text("id_token"))
		if claims["sub"] != mine {
			t.Errorf("somebody else by a field beside the certificate (attacks XC-10)")
		}
	})
}

func TestAttack_XC_16(t *testing.T) {
	rp := clinic()
	link := func(settings map[string]any) { settings["app_link"] = "https://eid.gov.example/auth" }
	w := hubtest.New(t, hubtest.WithCard(link), hubtest.WithRPs(rp))
	b := w.Browser(t)
	page := atCard(b, rp)
	if !strings.Contains(page.Body, `data-app="https://eid.gov.example/auth"`) || !page.Has("webeid-app") {
		t.Fatalf("no way to the app:\n%s", page.Body)
	}
	// What the app brings back into another browser belongs to no login there.
	other := w.Browser(t)
	if got := other.Get(page.URL.String()); got.Status < 400 {
		t.Errorf("the app's way back is open to another browser: %d (attacks XC-16)", got.Status)
	}
}

func TestAttack_XC_19(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		before := in(t, w.Browser(t), w, rp, "ordinary")["sub"]
		b := w.Browser(t)
		atCard(b, rp)
		old := b.Token(w, "ordinary")
		must(t, w.Country.EID.Change("ordinary", "renew"))
		if page := b.Present(old); refusal(page) != "card_revoked" {
			t.Errorf("the old card: %q (attacks XC-19)", refusal(page))
		}
		if after := in(t, w.Browser(t), w, rp, "ordinary")["sub"]; after != before {
			t.Errorf("another subject with the new card (attacks XC-19)")
		}
	})
}

// The card and the trusted profile lead to one person (attacks XC-19: one and the same person per service).
func TestCardAndTrustedProfileAreOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		byCard := in(t, w.Browser(t), w, rp, "ordinary")["sub"]
		tokens := rp.Exchange(rp.Login(w.Browser(t), "ordinary").Code())
		_, claims := hubtest.ReadJWT(t, tokens.Text("id_token"))
		if claims["sub"] != byCard {
			t.Errorf("two subjects for one person")
		}
	})
}

// R-CARD-10: who logs out is told to take the card out, where there may be one.
func TestLoggingOutTellsToTakeTheCardOut(t *testing.T) {
	rp := clinic()
	w := hubtest.New(t, hubtest.WithCard(), hubtest.WithRPs(rp))
	b := w.Browser(t)
	in(t, b, w, rp, "ordinary")
	b.Get(w.Issuer + "/logout")
	if page := b.Click("logout-confirm"); !page.Has("card-out") {
		t.Errorf("R-CARD-10: at %s:\n%s", page.URL.Path, page.Text())
	}
	without := hubtest.New(t)
	if page := without.Browser(t).Get(without.Issuer + "/logout"); !page.Has("logged-out") || page.Has("card-out") {
		t.Errorf("where there are no cards: %s", page.Text())
	}
}

// Whoever the card is of, none of its data is written anywhere in clear: number, name, serial number,
// the certificate and what it signed.
func TestNothingOfTheCardIsWritten(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		atCard(b, rp)
		token := b.Token(w, "ordinary")
		b.Present(token)
		b.Click("approve")
		card, err := w.Country.EID.Certificate("ordinary", false)
		must(t, err)
		var fields specimen.Token
		must(t, json.Unmarshal([]byte(token), &fields))
		w.Dump().HoldsNone(t, map[string]string{
			"number": "87022290019", "name": "Brzeziński-Testowy", "serial": card.Certificate.SerialNumber.Text(16),
			"signature": fields.Signature, "certificate": fields.Certificate[:64], "document": "ZZP100001",
		})
	})
}
