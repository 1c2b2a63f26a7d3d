package attacktest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/oauth"
)

func apply(t *testing.T, roster hub.Roster, client oauth.Client) {
	t.Helper()
	if _, err := roster.Apply(t.Context(), hub.PartiesFile{Clients: []oauth.Client{client}}); err != nil {
		t.Fatal(err)
	}
}

// race sends requests at once, one after the other to each replica, and gives what was answered.
func (c *cast) race(t *testing.T, rp *hubtest.RP, requests []*http.Request) []hubtest.Reply {
	t.Helper()
	sides := make([]*hubtest.RP, len(c.Replicas))
	for i := range sides {
		sides[i] = c.through(t, rp, i)
	}
	replies, start := make([]hubtest.Reply, len(requests)), make(chan struct{})
	failures := make([]error, len(requests))
	var running sync.WaitGroup
	for i, r := range requests {
		running.Go(func() {
			<-start
			replies[i], failures[i] = sides[i%len(sides)].Try(r)
		})
	}
	close(start)
	running.Wait()
	for _, err := range failures {
		if err != nil {
			t.Fatalf("a racer got no answer: %v", err)
		}
	}
	return replies
}

func redemption(rp *hubtest.RP, code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {rp.Redirect}, "code_verifier": {rp.Verifier}}
}

func refreshing(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// tally holds the answers of a race: those that won, by their tokens, and that nothing else came
// but the error of a loser.
func tally(t *testing.T, what string, replies []hubtest.Reply) map[string]hubtest.Reply {
	t.Helper()
	won := map[string]hubtest.Reply{}
	for _, r := range replies {
		switch {
		case r.Status == http.StatusOK:
			won[r.Text("access_token")+" "+r.Text("refresh_token")] = r
		case r.Status != http.StatusBadRequest || r.Text("error") != "invalid_grant":
			t.Errorf("%s: a loser is told %d %s", what, r.Status, r.Body)
		}
	}
	return won
}

func TestAttack_CP_02_ParallelRedemptions(t *testing.T) {
	from(t, "ASVS 15.4.2; fosite checks and invalidates in two steps")
	each(t, func(t *testing.T, c *cast) {
		b := c.Watched(t)
		for round := range 12 {
			code := c.rp2.Login(b, "ordinary", "scope", "openid offline_access").Code()
			requests := make([]*http.Request, 64)
			for i := range requests {
				requests[i] = c.rp2.Prove(t.Context(), "/token", redemption(c.rp2, code))
			}
			won := tally(t, "a code", c.race(t, c.rp2, requests))
			if len(won) > 1 {
				t.Errorf("round %d: one code gave %d token sets", round, len(won))
			}
			for _, r := range won { // somebody came second, so whoever came first is not trusted either
				dead(t, "the winner's access token", c.rp2, r.Text("access_token"))
				wants(t, "the winner's refresh token", c.rp2.Refresh(r.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
			}
		}
	}, hubtest.WithReplicas(2), crowd())
}

func TestAttack_TK_02_RefreshRace(t *testing.T) {
	from(t, "Keycloak CVE-2026-1035, #51312")
	each(t, func(t *testing.T, c *cast) {
		for _, rp := range []*hubtest.RP{c.rp2, c.pub} {
			token := c.tokens(t, rp).Text("refresh_token")
			requests := make([]*http.Request, 64)
			for i := range requests {
				requests[i] = rp.Prove(t.Context(), "/token", refreshing(token))
			}
			won := tally(t, rp.ID, c.race(t, rp, requests))
			if len(won) > 1 {
				t.Errorf("%s: one refresh token gave %d token sets", rp.ID, len(won))
			}
			if rp == c.rp2 && len(won) != 1 {
				t.Errorf("%s: an authenticated client that asked at once has nothing", rp.ID)
			}
		}
	}, hubtest.WithReplicas(2), crowd())
}

func TestAttack_TK_02_RefreshAgainstRevocation(t *testing.T) {
	from(t, "Keycloak #51312")
	each(t, func(t *testing.T, c *cast) {
		for range 4 {
			first := c.tokens(t, c.rp2)
			requests := make([]*http.Request, 24)
			for i := range requests {
				requests[i] = c.rp2.Prove(t.Context(), "/token", refreshing(first.Text("refresh_token")))
			}
			requests[5] = c.rp2.Prove(t.Context(), "/revoke", url.Values{"token": {first.Text("refresh_token")}})
			replies := c.race(t, c.rp2, requests)
			if replies[5].Status != http.StatusOK {
				t.Fatalf("the revocation is answered %d %s", replies[5].Status, replies[5].Body)
			}
			won := tally(t, "beside a revocation", slices.Delete(replies, 5, 6))
			for r := range maps.Values(won) {
				dead(t, "an access token won beside a revocation", c.rp2, r.Text("access_token"))
				wants(t, "a refresh token won beside a revocation", c.rp2.Refresh(r.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
			}
			dead(t, "the first access token", c.rp2, first.Text("access_token"))
		}
	}, hubtest.WithReplicas(2), crowd())
}

// TestAttack_CA_01: whoever presents an assertion first is told about the code; all others, that the
// assertion is spent.
func TestAttack_CA_01_AssertionReplay(t *testing.T) {
	from(t, "Hydra CVE-2020-5300; fosite CVE-2020-15222")
	each(t, func(t *testing.T, c *cast) {
		assertion := c.rp1.Assertion(nil)
		wants(t, "first", c.rp1.Exchange("x", "client_assertion", assertion), http.StatusBadRequest, "invalid_grant")
		wants(t, "again", c.rp1.Exchange("x", "client_assertion", assertion), http.StatusUnauthorized, "invalid_client")
		wants(t, "elsewhere", c.rp1.Post("/revoke", "token", "x", "client_assertion", assertion), http.StatusUnauthorized, "invalid_client")
		c.Hop(1)
		wants(t, "at the other replica", c.rp1.Exchange("x", "client_assertion", assertion), http.StatusUnauthorized, "invalid_client")
		assertion = c.rp1.Assertion(nil)
		requests := make([]*http.Request, 64)
		for i := range requests {
			form := redemption(c.rp1, "x")
			form.Set("client_assertion", assertion)
			requests[i] = c.rp1.Prove(t.Context(), "/token", form)
		}
		passed := 0
		for _, r := range c.race(t, c.rp1, requests) {
			if r.Text("error") == "invalid_grant" {
				passed++
			} else if r.Text("error") != "invalid_client" {
				t.Errorf("a racer is told %d %s", r.Status, r.Body)
			}
		}
		if passed != 1 {
			t.Errorf("an assertion was taken %d times", passed)
		}
	}, hubtest.WithReplicas(2), crowd())
}

func TestAttack_CA_01_TK_03_NothingSpentIsGoodAfterARestart(t *testing.T) {
	from(t, "Hydra CVE-2020-5300; Keycloak CVE-2026-9802")
	c := stage(t)
	process := c.Spawn(t)
	assertion := c.rp1.Assertion(nil)
	wants(t, "the assertion", c.rp1.Exchange("x", "client_assertion", assertion), http.StatusBadRequest, "invalid_grant")
	code := c.rp1.Login(c.Watched(t), "ordinary", "scope", "openid offline_access").Code()
	first := c.rp1.Exchange(code)
	second := c.rp1.Refresh(first.Text("refresh_token"))
	alive(t, "before the kill", c.rp1, second.Text("access_token"))
	process.Kill()
	c.Spawn(t)
	wants(t, "the assertion after the restart", c.rp1.Exchange("x", "client_assertion", assertion), http.StatusUnauthorized, "invalid_client")
	alive(t, "after the restart", c.rp1, second.Text("access_token"))
	wants(t, "the rotated refresh token after the restart", c.rp1.Refresh(first.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	wants(t, "its successor, because the old one came again", c.rp1.Refresh(second.Text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	wants(t, "the code after the restart", c.rp1.Exchange(code), http.StatusBadRequest, "invalid_grant")
}
