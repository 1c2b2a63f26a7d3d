package doortest

import (
	"net/http"
	"net/url"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
)

// Attacks SE-02 (OpenID Connect Back-Channel Logout 1.0): whoever the upstream logs out is logged out at the
// portal, and at the desk, too, where no session of the hub is kept; nobody else is.
func TestAttack_SE_02_TheUpstreamLogsOutAtDoors(t *testing.T) {
	t.Parallel()
	logout := hubtest.WithSettings(func(table map[string]any) {
		profile := table["connectors"].([]any)[0].(map[string]any)
		profile["settings"].(map[string]any)["logout"] = true
	})
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		citizen, clerk, other := w.Browser(t), w.Browser(t), w.Browser(t)
		signIn(w, citizen, "portal", "trusted-profile", "clerk-1")
		signIn(w, clerk, "desk", "trusted-profile", "clerk-1")
		signIn(w, other, "desk", "trusted-profile", "clerk-2")
		if at(t, w, citizen, "portal") == nil || at(t, w, clerk, "desk") == nil || at(t, w, other, "desk") == nil {
			t.Fatal("not logged in")
		}
		token, err := w.Country.Profile.LogoutToken(sim.ClientID, w.Country.Profile.Doors[0].ID, "clerk-1")
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.PostForm(w.Issuer+"/means/trusted-profile/logout", url.Values{"logout_token": {token}})
		if err != nil {
			t.Fatal(err)
		}
		if _ = r.Body.Close(); r.StatusCode != http.StatusOK {
			t.Fatalf("the profile is answered %d", r.StatusCode)
		}
		if at(t, w, citizen, "portal") != nil || at(t, w, clerk, "desk") != nil {
			t.Error("somebody is logged in whom the profile logged out")
		}
		if at(t, w, other, "desk") == nil {
			t.Error("somebody else was logged out")
		}
	}, logout)
}
