package cardtest

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// told waits until so many messages of that subject have come, and gives the last.
func told(t *testing.T, w *hubtest.World, subject string, want int) string {
	t.Helper()
	for t.Context().Err() == nil {
		n, body := 0, ""
		for _, m := range w.Country.Inbox.Messages() {
			if m.Subject == subject {
				n, body = n+1, m.Body
			}
		}
		if n >= want {
			return body
		}
		runtime.Gosched()
	}
	t.Fatalf("no message %q", subject)
	return ""
}

func count(w *hubtest.World, subject string) int {
	n := 0
	for _, m := range w.Country.Inbox.Messages() {
		if m.Subject == subject {
			n++
		}
	}
	return n
}

// R-CARD-07: a certificate that was revoked for good is never taken again, whatever is said of it later; its
// holder hears of it, once; what was opened with it ends; and a new card is the same person's.
func TestACancelledCertificateStaysDead(t *testing.T) {
	const refused = "Your document was refused"
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		open := w.Browser(t)
		before := in(t, open, w, rp, "ordinary")["sub"]
		card, err := w.Country.EID.Certificate("ordinary", false)
		must(t, err)
		must(t, w.Country.EID.Change("ordinary", "revoke"))
		for range 2 {
			b := w.Browser(t)
			atCard(b, rp)
			if got := refusal(b.Card(w, "ordinary")); got != "card_revoked" {
				t.Fatalf("%q", got)
			}
		}
		body := told(t, w, refused, 1)
		for _, private := range []string{"Konstanty", "87022290019", "ZZP100001", card.Certificate.SerialNumber.Text(16), "clinic"} {
			if strings.Contains(body, private) {
				t.Errorf("the message says %q", body)
			}
		}
		// The session that was opened with it is over, and its owner reads why.
		rp.Authorize(open)
		if got := refusal(open.Page); got != "card_revoked" || !open.Page.Has("means-card") {
			t.Errorf("the session of before: %q at %s\n%s", got, open.Page.URL.Path, open.Page.Text())
		}
		// Its authority changes its mind.
		w.Country.EID.Authority.Lift(card.Certificate)
		b := w.Browser(t)
		atCard(b, rp)
		if got := refusal(b.Card(w, "ordinary")); got != "card_revoked" {
			t.Errorf("said to be good again, it is taken: %q (means.md R-CARD-07)", got)
		}
		must(t, w.Country.EID.Change("ordinary", "renew"))
		if after := in(t, w.Browser(t), w, rp, "ordinary")["sub"]; after != before {
			t.Error("another subject with the new card")
		}
		if n := count(w, refused); n > 2 { // an address and a number
			t.Errorf("told %d times", n)
		}
	})
}

// Attacks TK-06: once somebody came with a cancelled card, what services were given by it is worth nothing any
// more, also where its holder's browser never comes back.
func TestAttack_TK_06_WhatACancelledCardGaveServices(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		atCard(b, rp)
		b.Card(w, "ordinary")
		b.Click("approve")
		token := rp.Exchange(rp.Answered(b.Page).Code()).Text("access_token")
		if got := rp.Userinfo(token).Status; got != http.StatusOK {
			t.Fatalf("userinfo before: %d", got)
		}
		must(t, w.Country.EID.Change("ordinary", "revoke"))
		thief := w.Browser(t)
		atCard(thief, rp)
		if got := refusal(thief.Card(w, "ordinary")); got != "card_revoked" {
			t.Fatalf("%q", got)
		}
		if got := rp.Userinfo(token).Status; got != http.StatusUnauthorized {
			t.Errorf("userinfo afterwards: %d", got)
		}
	})
}

// A suspended card tells nobody, unties nothing and comes back.
func TestASuspendedCardComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		before := in(t, w.Browser(t), w, rp, "ordinary")["sub"]
		must(t, w.Country.EID.Change("ordinary", "suspend"))
		b := w.Browser(t)
		atCard(b, rp)
		if got := refusal(b.Card(w, "ordinary")); got != "card_suspended" {
			t.Fatalf("%q", got)
		}
		must(t, w.Country.EID.Change("ordinary", "lift"))
		if after := in(t, w.Browser(t), w, rp, "ordinary")["sub"]; after != before {
			t.Error("another subject afterwards")
		}
		if n := count(w, "Your document was refused"); n != 0 {
			t.Errorf("told %d times", n)
		}
	})
}

// Cards whose certificates tell no birth date find their person where the operator lets the number's rule
// count, and tell no party a birth date of their own (levels.md §3); elsewhere a human must look.
func TestCardsWithoutBirthdate(t *testing.T) {
	subject := func(settings map[string]any) map[string]any {
		return settings["issuers"].([]any)[0].(map[string]any)["subject"].(map[string]any)
	}
	without := func(settings map[string]any) { subject(settings)["birthdate"] = false }
	byRule := func(settings map[string]any) {
		without(settings)
		subject(settings)["birthdate_in_number"] = true
	}
	rp := clinic()
	w := hubtest.New(t, hubtest.WithCard(without), hubtest.WithRPs(rp))
	b := w.Browser(t)
	atCard(b, rp)
	if page := b.Card(w, "ordinary"); page.Has("approve") {
		t.Errorf("without a birth date a number alone ties somebody:\n%s", page.Text())
	}
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		must(t, w.Country.EID.Switches.Set("all", ""))
		byCard := in(t, w.Browser(t), w, rp, "ordinary")["sub"]
		tokens := rp.Exchange(rp.Login(w.Browser(t), "ordinary").Code())
		if _, claims := hubtest.ReadJWT(t, tokens.Text("id_token")); claims["sub"] != byCard {
			t.Error("two subjects for one person")
		}
	}, hubtest.WithCard(byRule))
}
