package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

func TestAttack_CP_01_code_replay_ends_the_family(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	first := h.token("rp1", redemption(code))
	h.clock = h.clock.Add(30 * time.Second)
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
	h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	if !slices.Equal(h.book.kinds(), []journal.Kind{journal.CodeReused}) {
		t.Errorf("journal: %v", h.book.kinds())
	}
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	if len(h.book.kinds()) != 1 {
		t.Error("a family ends once")
	}
}

func TestAttack_CP_01_replay_after_the_code_expired(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	first := h.token("rp1", redemption(code))
	h.clock = h.clock.Add(2 * time.Minute)
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
}

// Two redeemers stand past the read at the same time. One wins; the loser ends the family, because
// it may be the honest one.
func TestAttack_CP_02_F02_the_loser_of_a_race_ends_the_family(t *testing.T) {
	h := newHub(t)
	code := h.code(request("pub"))
	var past sync.WaitGroup
	past.Add(2)
	h.grants.loaded = func() { past.Done(); past.Wait() }
	answers := make(chan reply, 2)
	for range 2 {
		go func() { answers <- h.token("pub", redemption(code)) }()
	}
	a, b := <-answers, <-answers
	h.grants.loaded = nil
	if a.status == b.status || min(a.status, b.status) != http.StatusOK || max(a.status, b.status) != http.StatusBadRequest {
		t.Fatalf("%v %v", a, b)
	}
	won := a
	if b.status == http.StatusOK {
		won = b
	}
	h.wants(h.userinfo(won.text("access_token")), http.StatusUnauthorized, "invalid_token")
	if h.grants.only(t).State != GrantEnded || !slices.Contains(h.book.kinds(), journal.CodeReused) {
		t.Error("the family lives")
	}
}

func TestAttack_CP_02_many_redemptions_one_success(t *testing.T) {
	h := newHub(t)
	code := h.code(request("pub"))
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 64 {
		wg.Go(func() {
			r := h.token("pub", redemption(code))
			mu.Lock()
			statuses[r.status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if statuses[http.StatusOK] > 1 || statuses[http.StatusOK]+statuses[http.StatusBadRequest] != 64 {
		t.Errorf("%v", statuses)
	}
}

func TestAttack_CP_03_TK_05_another_clients_code_and_token(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	for _, other := range []string{"rp2", "pub", "rp3"} {
		h.wants(h.token(other, redemption(code)), http.StatusBadRequest, "invalid_grant")
		h.wants(h.token(other, redemption(code, "code_verifier", strings.Repeat("x", 43))), http.StatusBadRequest, "invalid_grant")
	}
	mine := h.token("rp1", redemption(code))
	if mine.status != http.StatusOK {
		t.Fatalf("burnt by another: %v", mine.body)
	}
	h.wants(h.refreshed("rp2", mine.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	h.wants(h.revoked("rp2", mine.text("refresh_token")), http.StatusBadRequest, "unauthorized_client")
	h.wants(h.revoked("rp2", mine.text("access_token")), http.StatusBadRequest, "unauthorized_client")
	h.wants(h.token("rp2", redemption(code)), http.StatusBadRequest, "invalid_grant") // a spent one, by a stranger
	if r := h.refreshed("rp1", mine.text("refresh_token")); r.status != http.StatusOK {
		t.Errorf("the family was touched: %v", r.body)
	}
}

func TestAttack_CP_04_F01_wrong_verifier_then_none(t *testing.T) {
	for _, client := range []string{"rp1", "old", "non", "pub"} {
		h := newHub(t)
		code := h.code(request(client))
		h.wants(h.token(client, redemption(code, "code_verifier", strings.Repeat("x", 43))), http.StatusBadRequest, "invalid_grant")
		h.wants(h.token(client, redemption(code, "code_verifier", "")), http.StatusBadRequest, "invalid_grant")
		h.wants(h.token(client, redemption(code)), http.StatusBadRequest, "invalid_grant")
		if g := h.grants.only(t); g.State != GrantEnded || g.Sealed != nil || g.CodeWrap != nil {
			t.Errorf("%s: the code was not burnt", client)
		}
	}
}

func TestAttack_CP_04_no_verifier_at_all(t *testing.T) {
	for _, client := range []string{"old", "rp1"} {
		h := newHub(t)
		h.wants(h.token(client, redemption(h.code(request(client)), "code_verifier", "")), http.StatusBadRequest, "invalid_grant")
	}
}

func TestAttack_CP_05_verifier_without_challenge(t *testing.T) {
	h := newHub(t)
	bare := request("old", "code_challenge", "", "code_challenge_method", "")
	h.wants(h.token("old", redemption(h.code(bare))), http.StatusBadRequest, "invalid_grant")
	if r := h.token("old", redemption(h.code(bare), "code_verifier", "")); r.status != http.StatusOK {
		t.Errorf("neither: %v", r.body)
	}
}

func TestAttack_CP_07_verifier_format(t *testing.T) {
	h := newHub(t)
	for _, v := range []string{strings.Repeat("a", 42), strings.Repeat("a", 129), strings.Repeat("a", 42) + "!", strings.Repeat("ä", 43)} {
		h.wants(h.token("rp1", redemption(h.code(request("rp1", "code_challenge", challengeOf(v))), "code_verifier", v)), http.StatusBadRequest, "invalid_grant")
	}
}

func TestAttack_CP_09_redirect_uri_at_the_token_endpoint(t *testing.T) {
	h := newHub(t)
	for _, uri := range []string{"", callback + "?x=1", "https://evil.example/cb", callback + "/"} {
		h.wants(h.token("rp1", redemption(h.code(request("rp1")), "redirect_uri", uri)), http.StatusBadRequest, "invalid_grant")
	}
}

func TestAttack_CP_10_F19_only_a_form_body(t *testing.T) {
	h := newHub(t)
	code := h.code(request("pub"))
	form := redemption(code, "client_id", "pub")
	get := h.serve(h.Token, httptest.NewRequest(http.MethodGet, "/token?"+form.Encode(), nil))
	if get.status != http.StatusMethodNotAllowed || get.header.Get("Allow") != http.MethodPost {
		t.Errorf("GET: %d %v", get.status, get.header)
	}
	h.wants(h.serve(h.Token, post("/token?"+form.Encode(), func(*http.Request) url.Values { return url.Values{} })), http.StatusBadRequest, "invalid_request")
	h.wants(h.serve(h.Token, post("/token?client_secret=x", func(*http.Request) url.Values { return form })), http.StatusBadRequest, "invalid_request")
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=x", ""} {
		r := post("/token", func(*http.Request) url.Values { return form })
		r.Header.Set("Content-Type", kind)
		h.wants(h.serve(h.Token, r), http.StatusBadRequest, "invalid_request")
	}
	twice := form
	twice["code"] = []string{code, code}
	h.wants(h.serve(h.Token, post("/token", func(*http.Request) url.Values { return twice })), http.StatusBadRequest, "invalid_request")
	huge := redemption(strings.Repeat("x", maxForm), "client_id", "pub")
	h.wants(h.serve(h.Token, post("/token", func(*http.Request) url.Values { return huge })), http.StatusBadRequest, "invalid_request")
	if strings.Contains(h.log.String(), code) {
		t.Error("TK-23: the code stands in the log")
	}
}

func TestAttack_CP_12_other_grants(t *testing.T) {
	h := newHub(t)
	for _, kind := range []string{"password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code", "authorization_code refresh_token"} {
		h.wants(h.token("rp1", url.Values{"grant_type": {kind}, "username": {"u"}, "password": {"p"}}), http.StatusBadRequest, "unsupported_grant_type")
	}
	h.wants(h.token("rp1", url.Values{"code": {"x"}}), http.StatusBadRequest, "invalid_request")
	h.wants(h.token("rp1", url.Values{"grant_type": {"authorization_code"}}), http.StatusBadRequest, "invalid_request")
	h.wants(h.token("rp1", url.Values{"grant_type": {"refresh_token"}}), http.StatusBadRequest, "invalid_request")
}

func TestAttack_CP_15_TK_06_the_gate_refuses_everywhere(t *testing.T) {
	h := newHub(t)
	first := h.tokens("rp1")
	code := h.code(request("rp1"))
	h.gateSays = login.ErrGone
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
	h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
	h.gateSays = gone{}
	h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusServiceUnavailable, "temporarily_unavailable")
}

func TestAttack_CP_16_TK_06_client_or_party_switched_off(t *testing.T) {
	off := map[string]func(*hub){
		"client": func(h *hub) { h.edit("rp1", func(c *Client) { c.Disabled = true }) },
		"party":  func(h *hub) { h.editParty("office", func(p *consent.RelyingParty) { p.Disabled = true }) },
	}
	for name, switchOff := range off {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			first := h.tokens("rp1")
			code := h.code(request("rp1"))
			l := h.begun(request("rp1"))
			switchOff(h)
			h.wants(h.token("rp1", redemption(code)), http.StatusUnauthorized, "invalid_client")
			h.wants(h.refreshed("rp1", first.text("refresh_token")), http.StatusUnauthorized, "invalid_client")
			h.wants(h.userinfo(first.text("access_token")), http.StatusUnauthorized, "invalid_token")
			h.here(request("rp1"))
			if _, err := h.Issue(t.Context(), l, h.answered(l)); err == nil {
				t.Error("a code was issued")
			}
		})
	}
}

func TestAttack_TK_06_client_lost_a_scope(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp1").text("refresh_token")
	h.edit("rp1", func(c *Client) { c.Scopes = nil })
	h.wants(h.refreshed("rp1", token), http.StatusBadRequest, "invalid_grant")
	h.edit("rp1", func(c *Client) { c.RefreshTokens = false })
	h.wants(h.refreshed("rp1", token), http.StatusBadRequest, "unauthorized_client")
}

func TestF21_expired_code_is_invalid_grant(t *testing.T) {
	h := newHub(t)
	code := h.code(request("rp1"))
	writes := h.grants.writes
	h.clock = h.clock.Add(time.Minute)
	h.wants(h.token("rp1", redemption(code)), http.StatusBadRequest, "invalid_grant")
	if h.grants.writes != writes {
		t.Error("an expired code costs a write")
	}
}

func TestRubbishCostsNoRead(t *testing.T) {
	h := newHub(t)
	good := h.tokens("rp1")
	reads := h.grants.reads
	for _, token := range []string{"x", "", good.text("id_token"), good.text("access_token")[1:], strings.Repeat("A", 94), good.text("access_token") + "="} {
		h.wants(h.token("rp1", redemption(token)), http.StatusBadRequest, map[bool]string{true: "invalid_request", false: "invalid_grant"}[token == ""])
		if token != "" {
			h.wants(h.userinfo(token), http.StatusUnauthorized, "invalid_token")
			h.wants(h.refreshed("rp1", token), http.StatusBadRequest, "invalid_grant")
		}
	}
	if h.grants.reads != reads {
		t.Errorf("%d reads", h.grants.reads-reads)
	}
}

func TestNothingIsWrittenWithoutARecord(t *testing.T) {
	h := newHub(t)
	h.grants.answers = errors.New("no such table: journal")
	l := h.begun(request("rp1"))
	_, err := h.Issue(t.Context(), l, h.answered(l))
	var e *Error
	if !errors.As(err, &e) || e.Code != "server_error" || e.Ref == "" || !strings.Contains(h.log.String(), e.Ref) || len(h.grants.rows) != 0 {
		t.Errorf("%v, log %q", err, h.log)
	}
	h.grants.answers = login.ErrConflict
	if _, err := h.Issue(t.Context(), l, h.answered(l)); !errors.Is(err, login.ErrConflict) {
		t.Errorf("somebody else answered first: %v", err)
	}
}

func TestF08_fails_closed_without_level_or_time(t *testing.T) {
	h := newHub(t)
	for name, spoil := range map[string]func(*login.Login, *login.Answered){
		"time":    func(l *login.Login, _ *login.Answered) { l.Proof.AuthTime = time.Time{} },
		"subject": func(l *login.Login, _ *login.Answered) { l.Proof.Subject = "" },
		"proof":   func(l *login.Login, _ *login.Answered) { l.Proof = nil },
		"level":   func(_ *login.Login, a *login.Answered) { a.Level = identity.None },
	} {
		l := h.begun(request("rp1"))
		answered := h.answered(l)
		spoil(l, &answered)
		if _, err := h.Issue(t.Context(), l, answered); err == nil {
			t.Errorf("without %s", name)
		}
	}
	if len(h.grants.rows) != 0 {
		t.Error("a grant was written")
	}
}

func TestGrantKeepsItsLineage(t *testing.T) {
	h := newHub(t)
	h.code(request("rp1"))
	g := h.grants.only(t)
	if g.Means != "trusted-profile" || g.Issuer != "https://up.example" || g.Session != (seal.RowID{9}) || g.Client != "rp1" || g.Party != "office" {
		t.Errorf("%+v", g)
	}
}
