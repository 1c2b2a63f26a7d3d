package oauth

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"symbolon/provider/journal"
)

func TestAttack_TK_01_reuse_ends_the_family(t *testing.T) {
	reuse := map[string]func(h *hub, second reply){
		"after the grace":                     func(h *hub, _ reply) { h.clock = h.clock.Add(10 * time.Second) },
		"after the successor's access token":  func(h *hub, r reply) { h.userinfo(r.text("access_token")) },
		"after the successor was used":        func(h *hub, r reply) { h.refreshed("rp1", r.text("refresh_token")) },
		"twenty generations old, all at once": func(h *hub, r reply) { rotateOften(h, r.text("refresh_token"), 20) },
	}
	for name, then := range reuse {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			first := h.tokens("rp1")
			second := h.refreshed("rp1", first.text("refresh_token"))
			then(h, second)
			h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
			h.wants(h.refreshed("rp1", second.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
			h.wants(h.userinfo(second.text("access_token")), http.StatusUnauthorized, "invalid_token")
			h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
			if !slices.Equal(h.book.kinds(), []journal.Kind{journal.RefreshReused}) {
				t.Errorf("journal: %v", h.book.kinds())
			}
		})
	}
}

func rotateOften(h *hub, token string, times int) {
	for range times {
		token = h.refreshed("rp1", token).text("refresh_token")
	}
}

func TestSameAnswerWithinTheGrace(t *testing.T) {
	h := newHub(t)
	h.edit("rp1", func(c *Client) { c.IDTokenClaims = true })
	first := h.tokens("rp1")
	second := h.refreshed("rp1", first.text("refresh_token"))
	writes := h.grants.writes
	h.clock = h.clock.Add(9 * time.Second)
	again := h.refreshed("rp1", first.text("refresh_token"))
	for _, name := range []string{"access_token", "refresh_token", "scope"} {
		if second.text(name) == "" || again.text(name) != second.text(name) {
			t.Errorf("%s differs", name)
		}
	}
	if again.body["expires_in"] != 591.0 || h.claimsOf(again.text("id_token"))["given_name"] != "Konstanty" {
		t.Errorf("%v", again.body)
	}
	if h.grants.writes != writes {
		t.Error("the repeat wrote")
	}
	other := h.refreshed("rp2", first.text("refresh_token")) // not for another
	if h.wants(other, http.StatusBadRequest, "invalid_grant"); other.text("error_description") == "" {
		t.Error("its developers are not told what that means")
	}
}

func TestPublicClientHasNoGrace(t *testing.T) {
	h := newHub(t)
	first := h.tokens("pub")
	second := h.refreshed("pub", first.text("refresh_token"))
	h.wants(h.refreshed("pub", first.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	h.wants(h.refreshed("pub", second.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
}

func TestAttack_TK_02_parallel_refreshes_give_one_pair(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp2").text("refresh_token")
	var mu sync.Mutex
	var wg sync.WaitGroup
	pairs := map[string]int{}
	for range 64 {
		wg.Go(func() {
			r := h.refreshed("rp2", token)
			mu.Lock()
			pairs[r.text("access_token")+r.text("refresh_token")+r.text("error")]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(pairs) != 1 || pairs[""] != 0 {
		t.Errorf("%d different answers", len(pairs))
	}
}

// The loser of a race that stands past the read finds itself in the grace.
func TestAttack_TK_02_loser_past_the_read(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp2").text("refresh_token")
	var past sync.WaitGroup
	past.Add(2)
	var mu sync.Mutex
	reads := 0
	h.grants.loaded = func() {
		mu.Lock()
		reads++
		wait := reads <= 2
		mu.Unlock()
		if wait {
			past.Done()
			past.Wait()
		}
	}
	answers := make(chan reply, 2)
	for range 2 {
		go func() { answers <- h.refreshed("rp2", token) }()
	}
	a, b := <-answers, <-answers
	if a.status != http.StatusOK || a.text("refresh_token") != b.text("refresh_token") || a.text("access_token") != b.text("access_token") {
		t.Errorf("%v %v", a.body, b.body)
	}
}

func TestAttack_TK_02_refresh_against_revocation(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp2").text("refresh_token")
	h.grants.loaded = func() {
		h.grants.loaded = nil // revoked once, after the refresh has read its row
		if r := h.revoked("rp2", token); r.status != http.StatusOK {
			t.Errorf("revoke: %v", r.body)
		}
	}
	h.wants(h.refreshed("rp2", token), http.StatusBadRequest, "invalid_grant")
	if h.grants.only(t).State != GrantEnded {
		t.Error("the family lives")
	}
}

func TestF09_narrowing(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp1")
	narrow := h.refreshed("rp1", first.text("refresh_token"), "scope", "openid")
	if narrow.text("scope") != "openid" {
		t.Errorf("%v", narrow.body)
	}
	again := h.refreshed("rp1", first.text("refresh_token"), "scope", "openid profile:name") // in the grace: as before
	if again.text("scope") != "openid" || again.text("access_token") != narrow.text("access_token") {
		t.Errorf("%v", again.body)
	}
	if info := h.userinfo(narrow.text("access_token")); len(people(info.body)) != 0 {
		t.Errorf("a narrow token tells %v", info.body)
	}
	wide := h.refreshed("rp1", narrow.text("refresh_token"))
	if wide.text("scope") != "openid profile:name offline_access" || len(people(h.userinfo(wide.text("access_token")).body)) != 2 {
		t.Errorf("the refresh token keeps its scope (RFC 6749 §6): %v", wide.body)
	}
	if bare := h.refreshed("rp1", wide.text("refresh_token"), "scope", "profile:name"); bare.body["id_token"] != nil {
		t.Error("an ID token without openid")
	} else {
		wide = bare
	}
	h.wants(h.refreshed("rp1", wide.text("refresh_token"), "scope", "openid email"), http.StatusBadRequest, "invalid_scope")
	if r := h.refreshed("rp1", wide.text("refresh_token")); r.status != http.StatusOK {
		t.Errorf("asking too much burnt the token: %v", r.body)
	}
}

func TestAccessTokenBeforeLivesOn(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp1")
	h.clock = h.clock.Add(9 * time.Minute)
	second := h.refreshed("rp1", first.text("refresh_token"))
	for _, r := range []reply{first, second} {
		if info := h.userinfo(r.text("access_token")); info.body["given_name"] != "Konstanty" {
			t.Errorf("%v", info.body)
		}
	}
	h.clock = h.clock.Add(time.Minute)
	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
	if r := h.userinfo(second.text("access_token")); r.status != http.StatusOK {
		t.Errorf("%v", r.body)
	}
}

func TestAttack_TK_08_F16_only_access_tokens_open_userinfo(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	h.wants(h.userinfo(code), http.StatusUnauthorized, "invalid_token")
	r := h.token("rp1", redemption(code))
	for _, token := range []string{code, r.text("refresh_token"), r.text("id_token"), h.assertion(nil)} {
		answer := h.userinfo(token)
		h.wants(answer, http.StatusUnauthorized, "invalid_token")
		if answer.header.Get("WWW-Authenticate") == "" || answer.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", answer.header)
		}
	}
	h.wants(h.refreshed("rp1", r.text("access_token")), http.StatusBadRequest, "invalid_grant")
	h.wants(h.token("rp1", redemption(r.text("refresh_token"))), http.StatusBadRequest, "invalid_grant")
}

func TestAttack_TK_09_altered_tokens(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp1").text("access_token")
	swapped := []byte(token)
	for i, b := range swapped {
		if b >= 'a' && b <= 'z' {
			swapped[i] -= 'a' - 'A'
			break
		}
	}
	for _, bad := range []string{token[:len(token)-1], token + "A", token + "=", string(swapped), "B" + token[1:]} {
		h.wants(h.userinfo(bad), http.StatusUnauthorized, "invalid_token")
	}
}

func TestF23_revocation(t *testing.T) { // RFC 7009
	for _, client := range []string{"rp1", "pub"} { // TK-15
		h := newHub(t)
		first := h.tokens(client)
		if r := h.revoked(client, first.text("access_token")); r.status != http.StatusOK {
			t.Fatalf("%v", r.body)
		}
		h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
		second := h.refreshed(client, first.text("refresh_token"))
		if second.status != http.StatusOK {
			t.Fatalf("the grant ended with an access token: %v", second.body)
		}
		if r := h.revoked(client, second.text("refresh_token")); r.status != http.StatusOK || !slices.Equal(h.book.kinds(), []journal.Kind{journal.GrantRevoked}) {
			t.Errorf("%v %v", r, h.book.kinds())
		}
		h.wants(h.userinfo(second.text("access_token")), http.StatusUnauthorized, "invalid_token")
		h.wants(h.refreshed(client, second.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		for _, token := range []string{second.text("refresh_token"), "rubbish", first.text("id_token"), h.code(request(client))} {
			if r := h.revoked(client, token); r.status != http.StatusOK {
				t.Errorf("RFC 7009 §2.2: %v", r.body)
			}
		}
	}
}

func TestOldTokensRevokeToo(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp1")
	second := h.refreshed("rp1", first.text("refresh_token"))
	h.revoked("rp1", first.text("access_token"))
	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
	if r := h.userinfo(second.text("access_token")); r.status != http.StatusOK {
		t.Errorf("the newer one went with it: %v", r.body)
	}
	h.revoked("rp1", first.text("refresh_token"))
	h.wants(h.userinfo(second.text("access_token")), http.StatusUnauthorized, "invalid_token")
}

func TestAttack_TK_14_no_success_without_the_store(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp2")
	code := h.code(request("rp2"))
	h.grants.fail = gone{}
	for _, r := range []reply{
		h.revoked("rp2", first.text("refresh_token")), h.revoked("rp2", first.text("access_token")),
		h.refreshed("rp2", first.text("refresh_token")), h.token("rp2", redemption(code)), h.userinfo(first.text("access_token")),
	} {
		h.wants(r, http.StatusServiceUnavailable, "temporarily_unavailable")
		if r.header.Get("Retry-After") == "" || r.text("ref") == "" {
			t.Errorf("%v %v", r.header, r.body)
		}
	}
	h.grants.fail = errors.New("a defect")
	h.wants(h.token("rp2", redemption(code)), http.StatusInternalServerError, "server_error") // F29
	h.grants.fail = nil
	if r := h.token("rp2", redemption(code)); r.status != http.StatusOK {
		t.Errorf("the code was burnt by our own failure: %v", r.body)
	}
	if r := h.userinfo(first.text("access_token")); r.status != http.StatusOK {
		t.Errorf("the state afterwards: %v", r.body)
	}
}
