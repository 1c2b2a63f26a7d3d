package mandatetest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Both see afterwards what was done: the parent now, the child when they log in themselves one day. Each can
// take it back, and only what concerns them.
func TestThePortalOfBothShowsIt(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		held := acted(b, rp, "remember")
		ask(b, rp, "guardian")
		choose(b, "for-myself")
		agree(b, rp)

		b.Get(w.At("portal") + "/begin")
		page := b.Get(w.At("portal") + "/asked")
		times := page.IDs("time-")
		if len(times) != 2 || strings.Contains(page.TextOf(times[0]), "whom you may act for") || !strings.Contains(page.TextOf(times[1]), "whom you may act for") ||
			!strings.Contains(page.TextOf(times[1]), "Birth date") {
			t.Fatalf("the parent's portal:\n%s", page.Text())
		}
		proof := b.Get(w.At("portal") + "/proofs/" + claimsOf(t, held)["txn"].(string))
		if proof.Status != http.StatusOK || !strings.HasPrefix(proof.Body, "ey") {
			t.Errorf("the parent does not get the record of the login: %d", proof.Status)
		}
		page = b.Get(w.At("portal") + "/allowed")
		parties := page.IDs("party-")
		if len(parties) != 2 || !strings.Contains(page.Text(), "whom you may act for") {
			t.Errorf("what the parent allowed:\n%s", page.Text())
		}

		// The child comes of age and logs in by means of their own.
		usage := hubtest.Query(t, w.Usage.Source, "SELECT DISTINCT who FROM journal WHERE kind = 'released' AND who NOT IN (SELECT who FROM journal WHERE kind = 'logged_in')")
		if len(usage) != 1 {
			t.Fatalf("%d people were told of and never logged in, want the child", len(usage))
		}
		past, _, err := w.Replicas[0].Hub.Logins().WhoAsked(t.Context(), usageOf(t, usage[0][0]), [16]byte{})
		if err != nil || len(past) != 1 || past[0].Acts != "by" || past[0].Release == nil || len(past[0].Release.Items) == 0 {
			t.Fatalf("the child's own past: %d entries, %v", len(past), err)
		}
		allowed, err := w.Replicas[0].Hub.Logins().WhatIsAllowed(t.Context(), usageOf(t, usage[0][0]))
		if err != nil || len(allowed) != 1 || allowed[0].Acts != "by" || allowed[0].Decision == nil {
			t.Errorf("what is allowed about the child: %+v, %v", allowed, err)
		}
		if err := w.Replicas[0].Hub.Logins().Withdraw(t.Context(), usageOf(t, usage[0][0]), "school"); err != nil {
			t.Fatal(err)
		}
		if got := rp.Refresh(held.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("after the child took it back: %d", got.Status)
		}
		if page := b.Get(w.At("portal") + "/allowed"); len(page.IDs("party-")) != 1 || strings.Contains(page.Text(), "whom you may act for") {
			t.Errorf("the child's no did not reach the parent's list, or took the parent's own along:\n%s", page.Text())
		}
	})
}

// asChild has the bank assert the child, who has a means of their own then.
func asChild(t *testing.T, w *hubtest.World) {
	t.Helper()
	told := `{"national_identifier":"` + child + `","given_name":"Jagoda","family_name":"Małoletnia-Testowa","birthdate":"2012-11-05"}`
	if err := w.Country.Banks.Switches.Set("claims", told); err != nil {
		t.Fatal(err)
	}
}

// One human has one name at the school, whoever acts: when the child logs in by themselves one day, they are who their
// parent acted for, see it in their own portal and take it back there.
func TestTheChildIsTheSamePersonLater(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		held := acted(w.Browser(t), rp, "remember")
		asChild(t, w)
		b := w.Browser(t)
		rp.Authorize(b, "scope", "openid delegation", "claims", asks)
		b.Choose("bank-one")
		page := b.Be("ordinary")
		if !page.Has("for-myself") || page.Has("for-0") {
			t.Fatalf("the child acts for somebody, or does not get in:\n%s", page.Text())
		}
		page = choose(b, "for-myself")
		if !page.Has("approve") {
			t.Fatalf("the parent's remembered yes answered for the child:\n%s", page.Text())
		}
		if said := claimsOf(t, agree(b, rp)); said["sub"] != claimsOf(t, held)["sub"] || said["act"] != nil {
			t.Errorf("the child is %v by %v, and was %v", said["sub"], said["act"], claimsOf(t, held)["sub"])
		}
		b.Get(w.At("portal") + "/begin")
		page = b.Get(w.At("portal") + "/asked")
		times := page.IDs("time-")
		if len(times) != 2 || !strings.Contains(page.TextOf(times[1]), "did this for you") || strings.Contains(page.TextOf(times[1]), "You agreed") {
			t.Errorf("the child's portal:\n%s", page.Text())
		}
		page = b.Get(w.At("portal") + "/allowed")
		if parties := page.IDs("party-"); len(parties) != 1 {
			t.Errorf("what is allowed about the child:\n%s", page.Text())
		}
		b.Click("withdraw-school")
		if got := rp.Refresh(held.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("after the child took it back: %d", got.Status)
		}
	})
}

// R-PER-09: below the configured age nobody logs in by themselves; their guardian acts for them all the same.
func TestR_PER_09_BelowTheAgeOnlyByAGuardian(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		asChild(t, w)
		for _, scope := range []string{"openid", "openid delegation"} {
			b := w.Browser(t)
			rp.Authorize(b, "scope", scope)
			b.Choose("bank-one")
			if page := b.Be("ordinary"); page.TextOf("error-code") != "minor" {
				t.Errorf("%s: the child by themselves (%d):\n%s", scope, page.Status, page.Text())
			}
		}
		if said := claimsOf(t, acted(w.Browser(t), rp)); actorOf(said) == "" {
			t.Error("the guardian does not act for the child")
		}
	}, hubtest.WithSettings(func(s map[string]any) { s["matching"] = map[string]any{"minimum_age": 16} }))
}
