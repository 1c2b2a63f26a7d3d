package logintest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
)

// outThere lets logging out go to the trusted profile and come from there.
func outThere() hubtest.With {
	return hubtest.WithSettings(func(table map[string]any) {
		profile := table["connectors"].([]any)[0].(map[string]any)
		profile["settings"].(map[string]any)["logout"] = true
	})
}

// oauth.md Logout, "upstream both ways": who logs out at a service is logged out here and at the trusted
// profile, and comes back to the service with its state. Another login has to be proved anew there.
func TestLoggingOutGoesUpstream(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary")
		hint := rp.Exchange(rp.Answered(b.Click("approve")).Code()).Text("id_token")
		b.Trail = nil
		page := b.Get(w.Issuer + "/logout?" + url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {rp.AfterLogout}, "state": {"bye"}}.Encode())
		page = onward(b, page)
		if !rp.Landed(page) || rp.Answered(page).Get("state") != "bye" {
			t.Fatalf("logging out leads to %s:\n%s", page.URL, page.Text())
		}
		if !strings.Contains(strings.Join(b.Trail, " "), w.Country.Addresses.Profile+"/logout?") {
			t.Errorf("the browser was not at the profile's: %d addresses", len(b.Trail))
		}
		rp.Authorize(b)
		if b.Choose("trusted-profile"); b.Page.Has("other") || !b.Page.Has("person-ordinary") {
			t.Errorf("the profile still knows who was there:\n%s", b.Page.Text())
		}
	}, outThere())
}

// Logging out by the button, without a service: the same, and it ends on our own page. Afterwards nothing
// is left of the session in the database that could end anything.
func TestLoggingOutByTheButtonGoesUpstream(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		cookie := b.Jar.Value("localhost", sid)
		b.Get(w.Issuer + "/logout")
		if page := onward(b, b.Click("logout-confirm")); !page.Has("logged-out") || live(t, w, rp, cookie) {
			t.Errorf("logging out ends at %s:\n%s", page.URL, page.Text())
		}
		rp.Authorize(b)
		if b.Choose("trusted-profile"); b.Page.Has("other") {
			t.Error("the profile still knows who was there")
		}
	}, outThere())
}

// Back-Channel Logout §2.5: the profile tells that a person's session ended there; here it has ended, too,
// and nobody else's has. What the profile did not sign ends nothing.
func TestAttack_SE_02_TheUpstreamEndsASession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b, other := w.Browser(t), w.Browser(t)
		through(b, rp, "trusted-profile", "ordinary")
		code := rp.Answered(b.Click("approve")).Code()
		through(other, rp, "trusted-profile", "diacritics")
		token, err := w.Country.Profile.LogoutToken(sim.ClientID, w.Country.Profile.Doors[0].ID, "ordinary")
		if err != nil {
			t.Fatal(err)
		}
		tell := func(token string) int {
			r, err := http.NewRequest(http.MethodPost, w.Issuer+"/means/trusted-profile/logout", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		}
		if status := tell(token[:len(token)-8] + "AAAAAAAA"); status != http.StatusBadRequest || !live(t, w, rp, b.Jar.Value("localhost", sid)) {
			t.Fatalf("a forged token is answered %d, or ended a session", status)
		}
		for range 2 {
			if status := tell(token); status != http.StatusOK {
				t.Errorf("the profile is answered %d", status)
			}
		}
		if live(t, w, rp, b.Jar.Value("localhost", sid)) {
			t.Error("the session lives")
		}
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("its code: %d %s", got.Status, got.Body)
		}
		if !live(t, w, rp, other.Jar.Value("localhost", sid)) {
			t.Error("somebody else's session ended")
		}
	}, outThere())
}

// onward presses on where a page waits for it.
func onward(b *hubtest.Browser, page *hubtest.Page) *hubtest.Page {
	for range 4 {
		if !page.Has("leave") {
			break
		}
		page = b.Click("leave")
	}
	return page
}
