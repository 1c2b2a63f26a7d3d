package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/provider/seal"
)

const bye = "https://rp1.example/bye"

func (h *hub) logout(pairs ...string) (LogoutRequest, error) {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return h.EndSession(httptest.NewRequest(http.MethodGet, "/logout?"+v.Encode(), nil))
}

func TestLogoutRequest(t *testing.T) { // OpenID Connect RP-Initiated Logout 1.0 §2
	h := newHub(t)
	hint := h.tokens("rp1").text("id_token")
	h.clock = h.clock.Add(48 * time.Hour) // an expired hint is a hint

	full, err := h.logout("id_token_hint", hint, "client_id", "rp1", "post_logout_redirect_uri", bye, "state", "s", "ui_locales", "pl en")
	if err != nil || full.Client != "rp1" || !full.Hint || full.Target == nil || full.Target.String() != bye || full.State != "s" || len(full.Languages) != 2 {
		t.Fatalf("%+v %v", full, err)
	}
	if full.SessionID == "" || full.SessionID != h.SessionID(seal.RowID{9}, "rp1") {
		t.Error("the hint's session cannot be told")
	}
	for name, pairs := range map[string][]string{
		"no parameters": {}, "only state": {"state", "s"}, "no redirect": {"id_token_hint", hint}, "by client": {"client_id", "rp1"},
		"client and redirect": {"client_id", "rp1", "post_logout_redirect_uri", bye}, "no state": {"id_token_hint", hint, "post_logout_redirect_uri", bye},
	} {
		got, err := h.logout(pairs...)
		if err != nil || (got.Target != nil) != strings.Contains(strings.Join(pairs, " "), bye) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestAttack_SE_09_bad_logout_requests_stay_here(t *testing.T) {
	h := newHub(t)
	hint := h.tokens("rp1").text("id_token")
	for name, pairs := range map[string][]string{
		"modified hint":   {"id_token_hint", hint[:len(hint)-4] + "AAAA", "post_logout_redirect_uri", bye},
		"bad hint":        {"id_token_hint", "x"},
		"hint of another": {"id_token_hint", hint, "client_id", "rp2"},
		"unregistered":    {"id_token_hint", hint, "post_logout_redirect_uri", "https://evil.example/"},
		"query added":     {"id_token_hint", hint, "post_logout_redirect_uri", bye + "?x=1"},
		"a redirect URI":  {"id_token_hint", hint, "post_logout_redirect_uri", callback},
		"nobody named":    {"post_logout_redirect_uri", bye},
		"unknown client":  {"client_id", "nobody", "post_logout_redirect_uri", bye},
		"javascript":      {"client_id", "rp1", "post_logout_redirect_uri", "javascript:alert(1)"},
		"endless state":   {"state", strings.Repeat("s", maxState+1)},
	} {
		_, err := h.logout(pairs...)
		var e *Error
		if !errors.As(err, &e) || e.Response != nil || e.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestF10_hints_by_retired_keys_and_of_this_client_only(t *testing.T) {
	h := newHub(t)
	claims := map[string]any{"iss": issuer, "sub": "sub-of-the-person", "aud": "rp1", "exp": 1}
	old := signed(t, h.keys.old[0], "JWT", claims)
	got, err := h.authorize(request("rp1", "id_token_hint", old))
	if err != nil || got.Hint != "sub-of-the-person" {
		t.Errorf("%q %v", got.Hint, err)
	}
	h.there(request("rp2", "id_token_hint", old), "invalid_request")
	got, err = h.authorize(request("rp1", "claims", `{"id_token":{"sub":{"value":"sub-of-the-person"}}}`))
	if err != nil || got.Hint != "sub-of-the-person" {
		t.Errorf("by the sub claim: %q %v", got.Hint, err)
	}
	h.there(request("rp1", "id_token_hint", old, "claims", `{"id_token":{"sub":{"value":"another"}}}`), "invalid_request")
}
