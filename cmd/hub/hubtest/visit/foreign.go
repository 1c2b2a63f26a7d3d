package visit

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

// ByDocument opens a case for somebody without a national number.
func ByDocument(b *hubtest.Browser, paper, country, number string) *hubtest.Page {
	b.Pick("paper", paper)
	b.Fill("country", country)
	b.Fill("document", number)
	return b.Click("find-document")
}

// ReadAs types what the foreigner of the cast has in the passport.
func ReadAs(b *hubtest.Browser) *hubtest.Page {
	for id, text := range map[string]string{"given": "Mariam Salma", "family": "Benchekroun-Echouay", "birth": "1990-06-21", "expires": "2032-05-01"} {
		b.Fill(id, text)
	}
	return b.Click("read")
}

// MayKnowNumbers is a party that may be told a number and a name.
func MayKnowNumbers() *hubtest.RP {
	return hubtest.Phoned(&hubtest.RP{
		ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"scopes": []string{"profile", "nid"}},
		Party: map[string]any{"may": []any{
			map[string]any{"attributes": []string{"national_identifier"}, "basis": "consent", "purpose": "service"},
			map[string]any{"attributes": []string{"family_name"}, "basis": "consent", "purpose": "service", "required": true},
		}},
	})
}

// Told logs in with the phone and gives the sub and the number that the service is told.
func Told(t *testing.T, w *hubtest.World, rp *hubtest.RP, device *enrolledtest.Device) (sub, number string) {
	t.Helper()
	login := w.Browser(t)
	rp.Authorize(login, "scope", "openid", "prompt", "login consent", "claims", `{"userinfo":{"national_identifier":null}}`)
	login.Click("means-" + hubtest.MeansPhone)
	login.Tap(device)
	for _, id := range login.Page.IDs("attr-") {
		login.Tick(id)
	}
	login.Click("approve")
	claims := rp.Userinfo(rp.Exchange(rp.Answered(login.Page).Code()).Text("access_token")).JSON
	sub, _ = claims["sub"].(string)
	switch n := claims["national_identifier"].(type) {
	case string:
		number = n
	case map[string]any:
		number, _ = n["value"].(string)
	}
	return sub, number
}
