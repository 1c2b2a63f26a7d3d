package officewindowtest

import (
	"os"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Features H23, H24; WCAG 2.2 §2.1.1: a whole visit with the keyboard alone and no script in either browser, from the
// clerk's login to the citizen's codes: an app with a PIN, because passkeys need a script, and the page says so. When
// clerk and citizen have logged out, the back button shows nothing of the citizen in either.
func TestAWholeVisitByKeyboard(t *testing.T) {
	t.Parallel()
	for _, language := range spoken("hu", "ar", "en", "fr", "pl") {
		t.Run(language, func(t *testing.T) {
			w := visit.Open(t, visit.Clinic())
			clerk := counter(t, w, language, "clerk-1")
			clerk.typed([2]string{"number", "8702229001"})
			clerk.says("desk.refused.number")
			clerk.show("start-refused")
			hubtest.Look[bool](clerk.Chromium, `(document.getElementById("number").value = "")||true`)
			clerk.typed([2]string{"number", visit.Ordinary})
			clerk.ticks()
			clerk.presses("print")
			if sheets := clerk.Sheets(); sheets != 1 {
				t.Errorf("the application is printed on %d sheets", sheets)
			}
			usual := clerk.Letters("form-number")
			clerk.Tab("letters")
			clerk.Space()
			if large := clerk.Letters("form-number"); large < 1.5*usual || large < 24 { // 18 pt
				t.Errorf("large print is of %g px, the usual one of %g", large, usual)
			}
			clerk.presses("to-case", "signed", "hand-over")
			clerk.Tab("typed-open")
			clerk.Space()
			clerk.show("code-typed")

			phone := sit(t, language, "paper-phone", 390, 844)
			phone.Chromium = hubtest.NewChromium(t, false, language)
			phone.Size(390, 844)
			phone.Open(w.Issuer + "/e")
			phone.typed([2]string{"number", plain(clerk.Text("typed-number"))}, [2]string{"code", "00000-00000"})
			phone.says("phone.code.slip")
			if number, code := phone.Attribute("#number", "value"), phone.Attribute("#code", "value"); plain(number) != plain(clerk.Text("typed-number")) || code != "00000-00000" {
				t.Errorf("what was typed is gone: %q, %q", number, code)
			}
			phone.show("code-refused")
			hubtest.Look[bool](phone.Chromium, `(document.getElementById("code").value = "")||true`)
			phone.typed([2]string{"code", plain(clerk.Text("typed-code"))})
			match := plain(phone.Text("match"))
			phone.presses("yes")
			phone.typed([2]string{"answer", "9999"})
			phone.show("proof-wrong")
			phone.typed([2]string{"answer", visit.OrdinaryEnd})
			phone.presses("accept")
			phone.says("phone.key.without")
			phone.show("key-without")
			phone.presses("without-passkey")
			secret := strings.ToUpper(strings.ReplaceAll(plain(phone.Text("secret")), " ", ""))
			phone.show("totp")
			code, err := totp.GenerateCode(secret, w.Now())
			if err != nil {
				t.Fatal(err)
			}
			phone.typed([2]string{"pin", "194638"}, [2]string{"pin-again", "194638"}, [2]string{"code", code})
			phone.show("match")

			clerk.presses("refresh")
			clerk.says("desk.match.hint", 2)
			clerk.typed([2]string{"digits", visit.Mistyped(match)})
			clerk.says("desk.match.hint", 1) // one number says how many tries are left
			clerk.show("match-wrong")
			clerk.typed([2]string{"digits", match})
			phone.presses("look-again", "show-codes")
			if !phone.Has("codes") || phone.Has("lang-en") {
				t.Errorf("no codes, or a language that loses them, at %s:\n%s", phone.URL(), phone.TextAt("body"))
			}
			phone.presses("codes-kept")
			phone.show("done-app")
			clerk.presses("next", "log-out")
			nothingBehind(clerk)

			phone.Open(w.At("portal") + "/begin")
			phone.Click("means-trusted-profile")
			phone.Click("person-ordinary")
			phone.Click("confirm")
			phone.Open(w.At("portal") + "/looked")
			if len(phone.IDs("look-")) == 0 {
				t.Errorf("nobody looked:\n%s", phone.TextAt("body"))
			}
			phone.show("looked")
			ownPages(phone, w)
			phone.Open(w.At("portal") + "/devices")
			phone.presses("log-out")
			nothingBehind(phone)
		})
	}
}

// presses goes to buttons and links by the keyboard alone, one after the other.
func (w *window) presses(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.Tab(id)
		w.Enter()
	}
}

// nothingBehind presses the back button.
func nothingBehind(w *window) {
	w.t.Helper()
	for range 3 {
		w.Back()
		for _, private := range []string{"Konstanty", "Brzezi", visit.Ordinary, "K. B."} {
			if strings.Contains(w.TextAt("body"), private) {
				w.t.Errorf("the back button shows %q at %s:\n%s", private, w.URL(), w.TextAt("body"))
			}
		}
	}
}

// ownPages shows the pages of what the office handed out, where pictures are taken.
func ownPages(phone *window, w *hubtest.World) {
	if os.Getenv("SCREENSHOTS") == "" {
		return
	}
	phone.Open(w.Issuer + "/not-me")
	phone.show("not-me")
	phone.typed([2]string{"reference", "nonsense"})
	phone.show("not-me-refused")
	portal := w.At("portal")
	phone.Open(portal + "/devices")
	hubtest.Look[bool](phone.Chromium, `document.querySelectorAll("details").forEach(d => d.open = true) === undefined`)
	phone.show("devices")
	lost := strings.TrimPrefix(phone.IDs("lose-")[0], "lose-")
	for _, page := range [][2]string{
		{"/devices/app", "second-app"}, {"/devices/codes", "new-codes"}, {"/devices/" + lost + "/replace", "replace"}, {"/devices/" + lost + "/stop/lose", "stop-lost"},
		{"/devices/phone", "new-key"}, {"/ways", "ways"}, {"/asked", "asked-none"}, {"/allowed", "allowed-none"}, {"", "portal"},
	} {
		phone.Open(portal + page[0])
		phone.show("portal-" + page[1])
	}
}
