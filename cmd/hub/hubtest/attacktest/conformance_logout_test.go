package attacktest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// leaving is a module of oidcc-rp-initiated-logout-certification-test-plan: somebody is logged in.
type leaving struct {
	*plan
	hint string
}

func leave(t *testing.T, story func(l *leaving)) {
	t.Helper()
	c := stage(t)
	p := &plan{cast: c, t: t, rp: c.opt.As(t), b: c.Watched(t), method: http.MethodGet}
	story(&leaving{p, p.flow().tokens.Text("id_token")})
}

// end sends the browser to the end session endpoint.
func (l *leaving) end(params ...string) *hubtest.Page {
	l.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	return l.b.Get(l.Issuer + "/logout?" + v.Encode())
}

// over and lives say whether the session has ended.
func (l *leaving) over() {
	l.t.Helper()
	l.refused("after the logout", l.request("prompt", "none"), "login_required")
}

func (l *leaving) lives() {
	l.t.Helper()
	if page := l.request(); page.Has("means-trusted-profile") {
		l.t.Error("the session has ended")
	}
}

// back holds that the party got the browser back, with the state that it sent and nothing else.
func (l *leaving) back(page *hubtest.Page, state string) {
	l.t.Helper()
	if page.URL.Path != "/opt/bye" || page.URL.RawQuery != (url.Values{"state": {state}}).Encode() && (state != "" || page.URL.RawQuery != "") {
		l.t.Errorf("the browser is at %s?%s", page.URL.Path, page.URL.RawQuery)
	}
}

// stays holds that an error is shown here and nobody is sent anywhere.
func (l *leaving) stays(what string, page *hubtest.Page) {
	l.t.Helper()
	if page.Status != http.StatusBadRequest || !strings.HasPrefix(page.URL.String(), l.Issuer+"/logout") || !page.Has("error-code") {
		l.t.Errorf("%s: %d at %s", what, page.Status, page.URL)
	}
}

func TestConformance_rpinitiatedlogout_discovery_endpoint_verification(t *testing.T) {
	leave(t, func(l *leaving) {
		if end := l.discovery(l.t)["end_session_endpoint"]; end != l.Issuer+"/logout" {
			l.t.Errorf("end_session_endpoint is %v", end)
		}
	})
}

func TestConformance_rpinitiatedlogout_rp_initiated_logout(t *testing.T) {
	leave(t, func(l *leaving) {
		l.back(l.end("id_token_hint", l.hint, "post_logout_redirect_uri", l.rp.AfterLogout, "state", "s 1&"), "s 1&")
		l.over()
	})
	leave(t, func(l *leaving) { // by POST, from the party's own page
		form := url.Values{"id_token_hint": {l.hint}, "post_logout_redirect_uri": {l.rp.AfterLogout}, "state": {"s"}}
		l.back(l.b.Post(l.Issuer+"/logout", form, l.Landing()), "s")
		l.over()
	})
}

func TestConformance_rpinitiatedlogout_bad_post_logout_redirect_uri(t *testing.T) {
	leave(t, func(l *leaving) {
		for _, uri := range []string{evil, l.rp.Redirect, l.rp2.AfterLogout, l.rp.AfterLogout + "/", strings.ToUpper(l.rp.AfterLogout), "javascript:alert(1)"} {
			l.stays(uri, l.end("id_token_hint", l.hint, "post_logout_redirect_uri", uri, "state", "s"))
		}
		l.lives()
	})
}

func TestConformance_rpinitiatedlogout_modified_id_token_hint(t *testing.T) {
	leave(t, func(l *leaving) {
		parts := strings.Split(l.hint, ".")
		other := "A"
		if strings.HasPrefix(parts[2], "A") {
			other = "B"
		}
		l.stays("another signature", l.end("id_token_hint", parts[0]+"."+parts[1]+"."+other+parts[2][1:], "post_logout_redirect_uri", l.rp.AfterLogout, "state", "s"))
		l.stays("another payload", l.end("id_token_hint", parts[0]+".e30."+parts[2], "post_logout_redirect_uri", l.rp.AfterLogout, "state", "s"))
		l.lives()
	})
}

func TestConformance_rpinitiatedlogout_no_id_token_hint(t *testing.T) {
	leave(t, func(l *leaving) {
		l.stays("nothing says whose the address is", l.end("post_logout_redirect_uri", l.rp.AfterLogout, "state", "s"))
		l.lives()
		if page := l.end("client_id", l.rp.ID, "post_logout_redirect_uri", l.rp.AfterLogout, "state", "s"); !page.Has("logout-confirm") {
			l.t.Fatalf("nobody asks before a logout that a link could have caused, at %s", page.URL.Path)
		}
		l.back(l.b.Click("logout-confirm"), "s")
		l.over()
	})
}

// asks holds that the person is asked, and that yes ends here.
func (l *leaving) asks(page *hubtest.Page) {
	l.t.Helper()
	if !page.Has("logout-confirm") {
		l.t.Fatalf("nobody is asked at %s", page.URL.Path)
	}
	l.lives()
	l.b.Page = page
	if page := l.b.Click("logout-confirm"); !page.Has("logged-out") {
		l.t.Errorf("the browser is at %s (%d)", page.URL.Path, page.Status)
	}
	l.over()
}

func TestConformance_rpinitiatedlogout_no_params(t *testing.T) {
	leave(t, func(l *leaving) { l.asks(l.end()) })
}

func TestConformance_rpinitiatedlogout_only_state(t *testing.T) {
	leave(t, func(l *leaving) { l.asks(l.end("state", "s")) })
}

func TestConformance_rpinitiatedlogout_no_post_logout_redirect_uri(t *testing.T) {
	leave(t, func(l *leaving) {
		if page := l.end("id_token_hint", l.hint, "state", "s"); !page.Has("logged-out") {
			l.t.Errorf("the browser is at %s", page.URL.Path)
		}
		l.over()
	})
}

func TestConformance_rpinitiatedlogout_no_state(t *testing.T) {
	leave(t, func(l *leaving) {
		l.back(l.end("id_token_hint", l.hint, "post_logout_redirect_uri", l.rp.AfterLogout), "")
		l.over()
	})
}

func TestConformance_rpinitiatedlogout_query_added_to_post_logout_redirect_uri(t *testing.T) {
	leave(t, func(l *leaving) {
		l.stays("a query", l.end("id_token_hint", l.hint, "post_logout_redirect_uri", l.rp.AfterLogout+"?foo=bar", "state", "s"))
		l.lives()
	})
}

func TestConformance_rpinitiatedlogout_bad_id_token_hint(t *testing.T) {
	leave(t, func(l *leaving) {
		for _, hint := range []string{"x", "a.b.c", unsigned(`{"iss":"` + l.Issuer + `","aud":"opt","sub":"x"}`), l.rp1.Assertion(nil)} {
			l.stays("rubbish", l.end("id_token_hint", hint, "post_logout_redirect_uri", l.rp.AfterLogout, "state", "s"))
		}
		l.stays("another client's", l.end("client_id", "rp2", "id_token_hint", l.hint, "post_logout_redirect_uri", l.rp2.AfterLogout))
		l.lives()
	})
}
