package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// turn sets a switch over HTTP, as the harness does.
func (s *stand) turn(name string, value any) {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "value": value})
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.Post(s.Issuer+"/switch", "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("switch %s: %s", name, res.Status)
	}
}

func TestSpoiltTokensAreRefusedByAStrictClient(t *testing.T) {
	s := newStand(t, TrustedProfile)
	for _, c := range []struct {
		name  string
		value any
	}{
		{"aud", "other"}, {"aud", "none"}, {"iss", "other"}, {"exp", "past"}, {"exp", "none"}, {"nonce", "other"}, {"nonce", "none"},
		{"signature", "none"}, {"signature", "other-key"}, {"signature", "unknown-kid"}, {"signature", "hs256"}, {"signature", "broken"},
		{"userinfo_sub", "somebody-else"}, {"token_error", "invalid_grant"}, {"claims", map[string]any{"nonce": nil}},
		{"html", "token"}, {"down", "token"}, {"cut", "userinfo"}, {"metadata", map[string]any{"issuer": "https://somebody-else.example"}},
	} {
		s.turn(c.name, c.value)
		if _, _, err := s.redeem(s.login(s.browser(), "ordinary", "confirm", nil).Get("code")); err == nil {
			t.Errorf("%s=%v: the client noticed nothing", c.name, c.value)
		}
		s.turn(c.name, false)
	}
	if _, _, err := s.redeem(s.login(s.browser(), "ordinary", "confirm", nil).Get("code")); err != nil {
		t.Errorf("with everything off: %v", err)
	}
}

func TestSpoiltClaims(t *testing.T) {
	s := newStand(t, TrustedProfile)
	for value, acr := range map[string]string{"low": acrLow, "high": acrHigh, "unknown": "urn:nobody:knows:this", "none": ""} {
		s.turn("acr", value)
		claims, _, err := s.redeem(s.login(s.browser(), "ordinary", "confirm", nil).Get("code"))
		if err != nil || claims.ACR != acr {
			t.Errorf("acr %s: %q %v", value, claims.ACR, err)
		}
	}
	s.turn("all", nil)
	s.turn("claims", map[string]any{"email": "somebody@else.example", "given_name": nil})
	claims, _, err := s.redeem(s.login(s.browser(), "ordinary", "confirm", nil).Get("code"))
	if err != nil || claims.Email != "somebody@else.example" || claims.Given != "" {
		t.Errorf("claims laid over: %+v %v", claims, err)
	}
	s.turn("all", nil)
	s.turn("key", "next")
	if _, _, err := s.redeem(s.login(s.browser(), "ordinary", "confirm", nil).Get("code")); err != nil {
		t.Errorf("a newly published key: %v", err)
	}
}

func TestSpoiltAnswers(t *testing.T) {
	s := newStand(t, TrustedProfile)
	for _, c := range []struct {
		name, value, param, want string
	}{
		{"iss_param", "other", "iss", "https://somebody-else.example"},
		{"iss_param", "none", "iss", ""},
		{"state", "other", "state", "https://somebody-else.example"},
		{"error_and_code", "server_error", "error", "server_error"},
	} {
		s.turn(c.name, c.value)
		q := s.login(s.browser(), "ordinary", "confirm", nil)
		if q.Get(c.param) != c.want || q.Get("code") == "" {
			t.Errorf("%s=%s: %v", c.name, c.value, q)
		}
		s.turn("all", nil)
	}
	s.turn("error", "temporarily_unavailable")
	if q := s.back(s.get(s.browser(), s.authURL("basic", nil))); q.Get("error") != "temporarily_unavailable" || q.Has("code") {
		t.Errorf("error: %v", q)
	}
	s.turn("all", nil)
	s.turn("same_code", true)
	first := s.login(s.browser(), "ordinary", "confirm", nil).Get("code")
	if again := s.login(s.browser(), "ordinary", "confirm", nil).Get("code"); again != first {
		t.Error("same_code gave another code")
	}
	for range 2 {
		if _, _, err := s.redeem(first); err != nil {
			t.Errorf("same_code: %v", err)
		}
	}
}

func TestMixUpSendsTheRequestElsewhere(t *testing.T) {
	evil, honest := newStand(t, Banks), newStand(t, TrustedProfile)
	evil.turn("mixup", honest.Issuer+"/authorize?client_id=jwt")
	res := evil.get(evil.browser(), evil.authURL("basic", nil))
	if at := res.Request.URL; at.Host != strings.TrimPrefix(honest.Issuer, "http://") || at.Path != "/login" {
		t.Errorf("the browser is at %s", at.Path)
	}
}

func TestEndpointFaults(t *testing.T) {
	s := newStand(t, TrustedProfile)
	ask := func(ctx context.Context) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequest("GET", s.Issuer+"/jwks", nil).WithContext(ctx))
		return rec
	}
	ctx := context.Background()
	s.turn("down", "jwks")
	if rec := ask(ctx); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("down: %d", rec.Code)
	}
	s.turn("all", nil)
	s.turn("huge", "all")
	if rec := ask(ctx); rec.Body.Len() < hugeAnswer {
		t.Errorf("huge: %d bytes", rec.Body.Len())
	}
	s.turn("all", nil)
	s.turn("slow", "jwks:20")
	if s.Switches.delay("jwks") != 20*time.Millisecond || s.Switches.delay("token") != 0 {
		t.Error("slow at one endpoint is not slow there, or elsewhere, too")
	}
	s.turn("slow", 60_000)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if rec := ask(gone); rec.Body.Len() != 0 {
		t.Error("slow answered somebody who had gone")
	}
}

func TestSwitchesOverHTTP(t *testing.T) {
	s := newStand(t, TrustedProfile)
	s.turn("acr", "high")
	var list []Switch
	if err := json.NewDecoder(s.get(s.browser(), s.Issuer+"/switch").Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 || list[0].Name != "acr" || list[0].Value != "high" {
		t.Errorf("the list does not say how acr stands: %+v", list[0])
	}
	s.post(s.browser(), "/switch", url.Values{"name": {"acr"}, "value": {""}}) // the page's form
	if s.Switches.Value("acr") != "" {
		t.Error("the form turned nothing off")
	}
	res, err := http.Post(s.Issuer+"/switch", "application/json", strings.NewReader(`{"name":"nonsense","value":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown switch: %s", res.Status)
	}
}

func TestOnlyThisMachineMayAsk(t *testing.T) {
	s := newStand(t, TrustedProfile)
	for _, c := range []struct {
		name, host, origin string
		status             int
	}{
		{"by its address", "127.0.0.1:9101", "", http.StatusOK},
		{"by localhost", "localhost:9101", "", http.StatusOK},
		{"by a name that points here", "rebound.example:9101", "", http.StatusMisdirectedRequest},
		{"by another site's page", "127.0.0.1:9101", "https://evil.example", http.StatusForbidden},
	} {
		req := httptest.NewRequest("POST", "http://127.0.0.1/switch", strings.NewReader(`{"name":"all","value":""}`))
		req.Host = c.host
		req.Header.Set("Content-Type", "application/json")
		if c.origin != "" {
			req.Header.Set("Origin", c.origin)
		}
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, req)
		if rec.Code != c.status {
			t.Errorf("%s: %d, want %d", c.name, rec.Code, c.status)
		}
		_, _ = io.Copy(io.Discard, rec.Body)
	}
}
