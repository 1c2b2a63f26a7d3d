package officewindowtest

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// An app with codes and a PIN, from the counter to a login, and a security key that is plugged in there:
// both in a real browser.
func TestTheOtherWaysInABrowser(t *testing.T) {
	t.Parallel()
	rp := visit.Clinic()
	w := visit.Open(t, rp, hubtest.WithDialect(store.SQLite))
	for name, way := range map[string]func(*testing.T, *window) func(*window){
		"an app with a PIN": func(t *testing.T, citizen *window) func(*window) {
			citizen.Press("other-ways-title")
			citizen.Click("with-totp")
			citizen.show("totp")
			secret := plain(citizen.Text("secret"))
			code := func() string {
				code, err := totp.GenerateCode(strings.ToUpper(strings.ReplaceAll(secret, " ", "")), w.Now())
				if err != nil {
					t.Fatal(err)
				}
				return code
			}
			citizen.Fill("pin", "194638")
			citizen.Fill("pin-again", "194638")
			citizen.Fill("code", code())
			citizen.Click("make-key")
			citizen.Wait("show-codes")
			citizen.Click("show-codes")
			account := plain(citizen.Text("account"))
			return func(login *window) {
				w.Shift(time.Minute) // the app's first code is over
				login.Click("have-totp")
				login.Fill("name", account)
				login.Fill("pin", "194638")
				login.Fill("code", code())
				login.Click("use-app")
			}
		},
		"a security key": func(_ *testing.T, citizen *window) func(*window) {
			citizen.Press("other-ways-title")
			citizen.Click("with-portable")
			citizen.SecurityKey()
			citizen.show("portable")
			citizen.Press("make-key")
			citizen.Wait("show-codes")
			citizen.says("phone.ticks.key.portable")
			citizen.show("portable-done")
			citizen.Click("show-codes")
			return func(login *window) { login.Click("passkey") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			clerk := visit.Desk(t, w, "clerk-1")
			clerk.Pick("purpose", "lost_phone")
			visit.Handed(t, clerk, visit.Ordinary)
			at := clerk.Page.URL.String()
			citizen := sit(t, "pl", "counter", 1280, 720)
			citizen.takes(w, clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code"))
			match := plain(citizen.Text("match"))
			clerk.Get(at)
			clerk.Fill("digits", match)
			clerk.Click("match")
			citizen.Click("yes")
			citizen.Fill("answer", visit.OrdinaryEnd)
			citizen.Click("go-on")
			citizen.Click("accept")
			logIn := way(t, citizen)
			if !citizen.Has("codes") {
				t.Fatalf("no codes at %s:\n%s", citizen.URL(), citizen.TextAt("body"))
			}
			if name == "a security key" {
				hubtest.Look[string](citizen.Chromium, `window.print = function () { document.title = "printed"; }, ""`)
				citizen.Press("print")
				if title := hubtest.Look[string](citizen.Chromium, `document.title`); title != "printed" {
					t.Errorf("the button prints nothing: %q", title)
				}
				if citizen.Drawn("paper-line") || !citizen.OnPaper("paper-line") || citizen.OnPaper("tick-key") || citizen.OnPaper("print") || !citizen.OnPaper("codes") {
					t.Error("on paper stands what is not for it, or lacks what is")
				}
			}
			citizen.Open(rp.Address(rp.Request("scope", "openid")))
			citizen.Click("means-" + hubtest.MeansPhone)
			logIn(citizen)
			if !citizen.Has("approve") {
				t.Errorf("the login ends at %s:\n%s", citizen.URL(), citizen.TextAt("body"))
			}
		})
	}
}
