package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"symbolon/connectors"
)

// redeem is what the party's program does with a code.
func redeem(t *testing.T, w *world, code string) map[string]any {
	t.Helper()
	r := postOf(t, "/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}.Encode())
	r.SetBasicAuth("city", "secret")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	var tokens map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &tokens); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("token: %d %s", rec.Code, rec.Body)
	}
	if rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Pragma") != "no-cache" || rec.Header().Get("Content-Security-Policy") != apiPolicy {
		t.Errorf("headers of a token: %v", rec.Header())
	}
	return tokens
}

func TestThePartyGetsWhatWasApproved(t *testing.T) {
	w := newWorld(t)
	code := w.browser(t).get(authorize()).prove("means-trusted-profile").press("approve", "email").leave().Query().Get("code")
	token, _ := redeem(t, w, code)["access_token"].(string)
	r, rec := newRequest(http.MethodGet, "/userinfo", nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+token)
	w.handler.ServeHTTP(rec, r)
	var claims map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &claims); err != nil {
		t.Fatal(err)
	}
	if claims["email"] != "konstanty.testowy@mail.example" || claims["address"] != nil || claims["sub"] == "" {
		t.Errorf("userinfo tells %v", claims)
	}
}

func TestLoggingOutWithTheSessionsOwnIDToken(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile").press("approve")
	hint, _ := redeem(t, w, b.leave().Query().Get("code"))["id_token"].(string)
	query := "/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goodbye}, "state": {"s"}}.Encode()
	stranger := w.browser(t).get(authorize("prompt", "login")).prove("means-trusted-profile")
	if stranger.get(query); !stranger.at.has(`id="logout-confirm"`) {
		t.Error("attacks SE-09: the token of another session logs out")
	}
	if b.get(query); b.at.status != http.StatusSeeOther || b.leave().String() != goodbye+"?state=s" || b.cookies[sessionName] != "" {
		t.Errorf("got %d %s", b.at.status, b.at.header.Get("Location"))
	}
	forged := w.browser(t).get(strings.Replace(query, hint, hint+"x", 1))
	if forged.wants(http.StatusBadRequest, "invalid_request"); forged.at.header.Get("Location") != "" {
		t.Error("redirected for a forged token")
	}
}

func TestAskingBeyondTheRegistrationIsAnErrorOfTheParty(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize("scope", "openid profile:sex"))
	if b.at.status != http.StatusSeeOther || b.leave().Query().Get("error") != "invalid_scope" || b.leave().Query().Get("iss") != issuer {
		t.Fatalf("got %d %s", b.at.status, b.at.body)
	}
	if told := b.leave().Query().Get("error_description"); !strings.Contains(told, "gender") {
		t.Errorf("its developers are told %q", told)
	}
	if logs := w.log.String(); !strings.Contains(logs, "request refused") || !strings.Contains(logs, "gender") {
		t.Errorf("the operator is told nothing of it:\n%s", logs)
	}
	if len(w.rows) != 0 {
		t.Error("a login was begun")
	}
	w.browser(t).get(authorize("redirect_uri", "https://evil.example/"))
	if logs := w.log.String(); !strings.Contains(logs, "The redirect_uri is not registered for this client.") || strings.Contains(logs, "evil") {
		t.Errorf("an error page's reason is not in the log, or what was sent is:\n%s", logs)
	}
}

func TestErrorsGoToThePartyOnlyAtARegisteredAddress(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize("response_type", "token"))
	if b.at.status != http.StatusSeeOther || b.leave().Host != "nowawola.example" || b.leave().Query().Get("error") == "" {
		t.Errorf("got %d", b.at.status)
	}
	for _, change := range [][]string{{"redirect_uri", "https://evil.example/cb"}, {"client_id", "unheard-of"}, {"redirect_uri", "javascript:alert(1)"}} {
		b.get(authorize(append(change, "response_type", "token", "prompt", "none")...))
		if b.at.status != http.StatusBadRequest && b.at.status != http.StatusUnauthorized || b.at.header.Get("Location") != "" || b.at.has(`href="https://evil`) {
			t.Errorf("attacks RU-02, %v: %d %v", change, b.at.status, b.at.header)
		}
	}
}

func TestAMeansThatCannotBeUsedNow(t *testing.T) {
	w := newWorld(t)
	w.profile.begins = connectors.Failed{Code: connectors.Unavailable, Retry: true}
	b := w.browser(t).get(authorize()).press("means-trusted-profile")
	if b.wants(http.StatusOK, "means_failed"); !b.at.has("does not answer at the moment") {
		t.Error("not said why")
	}
	w.profile.begins = connectors.Redirect{URL: "javascript:alert(1)"}
	b.press("means-trusted-profile").wants(http.StatusInternalServerError, "server_error")
	if b.at.has("alert(1)") {
		t.Error("the address is on the page")
	}
}

func TestProgramsAreToldInJSON(t *testing.T) {
	w := newWorld(t)
	for path, body := range map[string]string{"/token": "grant_type=authorization_code", "/userinfo": "", "/revoke": "token=x"} {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, postOf(t, path, body))
		var told map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &told); err != nil || rec.Code < 400 || rec.Code >= 500 || told["error"] == "" {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
		foreign := postOf(t, path, body)
		foreign.Host = "evil.example"
		rec = httptest.NewRecorder()
		if w.handler.ServeHTTP(rec, foreign); rec.Code != http.StatusMisdirectedRequest || rec.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s at another host: %d", path, rec.Code)
		}
	}
}
