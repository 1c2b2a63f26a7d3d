package oauth

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/provider/login"
)

// A whole answer: the request becomes a login, the login a code, the code tokens, the access token
// exactly the released claims; a refresh brings the next ones.
func TestFromRequestToClaims(t *testing.T) {
	for _, client := range []string{"rp1", "rp2", "rp3", "pub"} {
		t.Run(client, func(t *testing.T) {
			h := newHub(t)
			first := h.tokens(client)
			if first.text("token_type") != "Bearer" || first.body["expires_in"] != 600.0 || first.text("scope") != "openid profile:name offline_access" {
				t.Errorf("token answer: %v", first.body)
			}
			if first.header.Get("Cache-Control") != "no-store" || first.header.Get("Pragma") != "no-cache" {
				t.Error("attacks CP-19: the token answer may be cached")
			}
			want := map[string]any{"sub": "sub-of-the-person", "given_name": "Konstanty", "family_name": "Brzeziński-Testowy"}
			if diff := cmp.Diff(want, h.userinfo(first.text("access_token")).body); diff != "" {
				t.Errorf("userinfo: %s", diff)
			}
			second := h.refreshed(client, first.text("refresh_token"))
			if second.status != http.StatusOK || second.text("refresh_token") == first.text("refresh_token") {
				t.Fatalf("refresh: %v", second.body)
			}
			if diff := cmp.Diff(want, h.userinfo(second.text("access_token")).body); diff != "" {
				t.Errorf("userinfo after refresh: %s", diff)
			}
			if claims := h.claimsOf(second.text("id_token")); claims["nonce"] != nil || claims["sub"] != "sub-of-the-person" {
				t.Errorf("refreshed ID token: %v", claims)
			}
		})
	}
}

func TestIDTokenSaysWhatWasRecorded(t *testing.T) {
	for _, alg := range idTokenAlgs() {
		t.Run(alg, func(t *testing.T) {
			h := newHub(t)
			h.keys.addRSA(t)
			h.edit("rp1", func(c *Client) { c.IDTokenAlg = alg })
			answer := h.tokens("rp1", "acr_values", "high substantial")
			claims := h.claimsOf(answer.text("id_token"))
			now := float64(h.clock.Unix())
			want := map[string]any{
				"iss": issuer, "sub": "sub-of-the-person", "aud": "rp1", "iat": now, "exp": now + 300, "auth_time": now - 60,
				"nonce": "n-0S6_WzA2Mj", "acr": "substantial", "amr": []any{"pwd", "otp", "mfa"}, "txn": claims["txn"], "sid": claims["sid"],
				"at_hash": halfHash(alg, answer.text("access_token")),
			}
			if diff := cmp.Diff(want, claims); diff != "" {
				t.Error(diff)
			}
			if claims["txn"] == "" || len(claims["sid"].(string)) < 22 {
				t.Errorf("txn and sid: %v %v", claims["txn"], claims["sid"])
			}
		})
	}
}

func TestSIDDiffersByClientAndSession(t *testing.T) {
	h := newHub(t)
	a := h.SessionID([16]byte{1}, "rp1")
	if a == "" || a != h.SessionID([16]byte{1}, "rp1") || a == h.SessionID([16]byte{1}, "rp2") || a == h.SessionID([16]byte{2}, "rp1") {
		t.Error("sid is not one of session and client")
	}
	if h.SessionID([16]byte{}, "rp1") != "" {
		t.Error("a sid without a session")
	}
}

func TestClaimsGoWhereTheyAreAsked(t *testing.T) {
	inID, inInfo := `{"id_token":{"given_name":null}}`, `{"userinfo":{"given_name":{"essential":true}}}`
	for _, c := range []struct {
		name, scope, claims string
		byRegistration      bool
		id, info            []string
	}{
		{"scope", "openid profile:name", "", false, nil, []string{"family_name", "given_name"}},
		{"scope, registered for the ID token", "openid profile:name", "", true, []string{"family_name", "given_name"}, []string{"family_name", "given_name"}},
		{"claims in the ID token", "openid", inID, false, []string{"given_name"}, nil},
		{"claims at userinfo", "openid", inInfo, true, nil, []string{"given_name"}},
		{"nothing", "openid", "", true, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t)
			h.edit("rp1", func(r *Client) { r.IDTokenClaims = c.byRegistration })
			answer := h.tokens("rp1", "scope", c.scope, "claims", c.claims)
			if diff := cmp.Diff(c.id, people(h.claimsOf(answer.text("id_token")))); diff != "" {
				t.Errorf("ID token: %s", diff)
			}
			if diff := cmp.Diff(c.info, people(h.userinfo(answer.text("access_token")).body)); diff != "" {
				t.Errorf("userinfo: %s", diff)
			}
		})
	}
}

// people keeps the names of claims about people.
func people(claims map[string]any) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if !slices.Contains(reservedClaims(), name) {
			names = append(names, name)
		}
	}
	return names
}

func TestAnswerCarriesIssInEveryMode(t *testing.T) { // RFC 9207 §2
	h := newHub(t)
	for _, mode := range []ResponseMode{ModeQuery, ModeFormPost} {
		l := h.begun(request("rp1", "response_mode", string(mode)))
		good, err := h.Issue(t.Context(), l, h.answered(l))
		if err != nil {
			t.Fatal(err)
		}
		l.Refused = login.AccessDenied
		bad, err := h.Refuse(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range []Response{good, bad} {
			if answer.Mode != mode || answer.Params.Get("iss") != issuer || answer.Params.Get("state") != "st" || answer.Target.String() != callback {
				t.Errorf("%s: %+v", mode, answer)
			}
		}
		if bad.Params.Get("error") != "access_denied" || bad.Params.Has("code") {
			t.Errorf("refusal: %v", bad.Params)
		}
		if !strings.HasPrefix(good.URL(), callback+"?code=") {
			t.Errorf("URL: %s", good.URL())
		}
	}
}

func TestRegisteredQueryIsKept(t *testing.T) { // RFC 6749 §3.1.2
	h := newHub(t)
	l := h.begun(request("rp1", "redirect_uri", callback+"?x=1"))
	answer, err := h.Issue(t.Context(), l, h.answered(l))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(answer.URL())
	if err != nil || u.Query().Get("x") != "1" || u.Query().Get("code") == "" {
		t.Errorf("%s %v", answer.URL(), err)
	}
}

func TestRepeatGivesTheSameAnswerAndWritesNothing(t *testing.T) {
	h := newHub(t)
	l := h.begun(request("rp1"))
	first, err := h.Issue(t.Context(), l, h.answered(l))
	if err != nil {
		t.Fatal(err)
	}
	g := h.grants.only(t)
	l.Answered, l.Proof = &login.Receipt{Grant: g.ID, Release: g.Release}, nil
	writes, reads := h.grants.writes, h.grants.reads
	second, err := h.Repeat(l)
	if err != nil || !cmp.Equal(first.Params, second.Params) {
		t.Errorf("%v %v %v", first.Params, second.Params, err)
	}
	if h.grants.writes != writes || h.grants.reads != reads {
		t.Error("the repeat went to the store")
	}
}

func TestOfflineNeedsTheCitizensYes(t *testing.T) {
	h := newHub(t)
	l := h.begun(request("rp1"))
	if !l.Request.Ask.Offline {
		t.Fatal("offline_access is not asked")
	}
	answered := h.answered(l)
	answered.Release.Offline = false
	answer, err := h.Issue(t.Context(), l, answered)
	if err != nil {
		t.Fatal(err)
	}
	r := h.token("rp1", redemption(answer.Params.Get("code")))
	if r.status != http.StatusOK || r.body["refresh_token"] != nil || r.text("scope") != "openid profile:name" {
		t.Errorf("%v", r.body)
	}

	h.edit("rp1", func(c *Client) { c.RefreshTokens = false })
	if request, err := h.authorize(request("rp1")); err != nil || request.Ask.Offline {
		t.Errorf("a client without refresh tokens: %v %v", request.Ask, err)
	}
}

func TestValuesAreToldForADay(t *testing.T) {
	h := newHub(t)
	refresh := h.tokens("rp1").text("refresh_token")
	h.clock = h.clock.Add(23*time.Hour + 55*time.Minute)
	late := h.refreshed("rp1", refresh)
	if h.userinfo(late.text("access_token")).body["given_name"] != "Konstanty" {
		t.Fatal("gone before the day is over")
	}
	h.clock = h.clock.Add(6 * time.Minute)
	if diff := cmp.Diff(map[string]any{"sub": "sub-of-the-person"}, h.userinfo(late.text("access_token")).body); diff != "" {
		t.Error(diff)
	}
	again := h.refreshed("rp1", late.text("refresh_token"))
	if again.status != http.StatusOK || h.userinfo(again.text("access_token")).status != http.StatusOK {
		t.Errorf("the grant goes on without values: %v", again.body)
	}
	if g := h.grants.only(t); g.RefreshWrap != nil || g.PrevWrap != nil || len(g.AccessWrap) != 1 {
		t.Error("what nobody may read can still be opened")
	}
}

func TestFamilyEndsAbsolutely(t *testing.T) {
	h := newHub(t)
	token := h.tokens("rp1").text("refresh_token")
	for range 29 {
		h.clock = h.clock.Add(24 * time.Hour)
		token = h.refreshed("rp1", token).text("refresh_token")
	}
	h.clock = h.clock.Add(24 * time.Hour)
	h.wants(h.refreshed("rp1", token), http.StatusBadRequest, "invalid_grant")
}

func TestGrantRowKeepsNoValueInClear(t *testing.T) {
	h := newHub(t)
	h.tokens("rp1")
	row, err := json.Marshal(h.grants.only(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Konstanty", "Brzeziński-Testowy", verifier} {
		if strings.Contains(string(row), word) {
			t.Errorf("%s stands in the row", word)
		}
	}
	if !strings.Contains(string(h.grants.only(t).Kept), "sub-of-the-person") {
		t.Error("the control is not found")
	}
}

func TestUserinfoTakesHeaderOrForm(t *testing.T) { // RFC 6750 §2
	h := newHub(t)
	token := h.tokens("rp1").text("access_token")
	form := func(values url.Values) *http.Request {
		return post("/userinfo", func(*http.Request) url.Values { return values })
	}
	header := httptest.NewRequest(http.MethodPost, "/userinfo", nil)
	header.Header.Set("Authorization", "bearer "+token)
	if r := h.serve(h.Userinfo, header); r.status != http.StatusOK {
		t.Errorf("POST with header: %v", r.body)
	}
	if r := h.serve(h.Userinfo, form(url.Values{"access_token": {token}})); r.status != http.StatusOK {
		t.Errorf("POST with form: %v", r.body)
	}
	both := form(url.Values{"access_token": {token}})
	both.Header.Set("Authorization", "Bearer "+token)
	h.wants(h.serve(h.Userinfo, both), http.StatusBadRequest, "invalid_request")
	h.wants(h.serve(h.Userinfo, httptest.NewRequest(http.MethodGet, "/userinfo?access_token="+token, nil)), http.StatusBadRequest, "invalid_request")
	none := h.serve(h.Userinfo, httptest.NewRequest(http.MethodGet, "/userinfo", nil))
	if none.status != http.StatusUnauthorized || none.header.Get("WWW-Authenticate") != bearerRealm {
		t.Errorf("without a token: %d %v", none.status, none.header)
	}
	if r := h.serve(h.Userinfo, httptest.NewRequest(http.MethodDelete, "/userinfo", nil)); r.status != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: %d", r.status)
	}
}
