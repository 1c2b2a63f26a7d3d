// Package officewindowtest plays a visit to an office in real browsers: windows side by side, with scripts and
// without, by the keyboard alone. What is asked for and answered underneath is told in package officetest.
package officewindowtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/web/locale"
)

// window is one of the two browsers that stand side by side.
type window struct {
	*hubtest.Chromium
	t     *testing.T
	words *locale.Words
	who   string
	shown int

	width, height int
}

func sit(t *testing.T, lang, who string, width, height int) *window {
	t.Helper()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := hubtest.NewChromium(t, true, lang)
	c.Size(width, height)
	return &window{Chromium: c, t: t, words: catalogue.Words(lang), who: who, width: width, height: height}
}

// show fails where something lies over what is to be clicked, and keeps pictures where the environment names a folder
// for them: `make screenshots`.
func (w *window) show(page string) {
	w.t.Helper()
	for _, fault := range w.Covered() {
		w.t.Errorf("%s in %s: %s", page, w.words.Code, fault)
	}
	if os.Getenv("SCREENSHOTS") == "" {
		return
	}
	for _, barrier := range w.Barriers() {
		w.t.Errorf("%s in %s: %s", page, w.words.Code, barrier)
	}
	w.shown++
	look := func(how string) {
		for _, fault := range w.Faults() {
			w.t.Errorf("%s in %s, %s: %s", page, w.words.Code, how, fault)
		}
	}
	w.Size(320, 256) // a window of 1280 at 400 % (WCAG 2.2 §1.4.10)
	look("narrow")
	w.Size(1280, 720)
	look("wide")
	hubtest.Look[string](w.Chromium, `document.documentElement.style.fontSize = "200%"`) // §1.4.4
	look("with large letters")
	hubtest.Look[string](w.Chromium, `document.documentElement.style.fontSize = ""`)
	for _, size := range [][2]int{{390, 844}, {1280, 720}} { // a phone, an old office computer
		w.Size(size[0], size[1])
		w.write(fmt.Sprintf("office-%s-%02d-%s-%s-%dx%d.png", w.who, w.shown, page, w.words.Code, size[0], size[1]), w.Picture())
	}
	w.Size(w.width, w.height)
	if strings.Contains(page, "form") || strings.Contains(page, "list") { // that is printed
		w.write(fmt.Sprintf("office-%s-%02d-%s-%s-print.png", w.who, w.shown, page, w.words.Code), w.Printed())
		if sheets := w.Sheets(); sheets != 1 {
			w.t.Errorf("%s in %s is printed on %d sheets", page, w.words.Code, sheets)
		}
		for range w.IDs("letters") { // on what somebody keeps or signs
			w.Press("letters")
			w.write(fmt.Sprintf("office-%s-%02d-%s-%s-large.png", w.who, w.shown, page, w.words.Code), w.Printed())
			w.Press("letters")
		}
	}
}

func (w *window) write(name string, picture []byte) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(os.Getenv("SCREENSHOTS"), name), picture, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// back opens a step on a phone that holds a key: it signs for it before it is shown.
func (w *window) back(address string) {
	w.t.Helper()
	w.Open(address)
	w.Until("the step", `document.readyState === "complete" && !document.getElementById("show")`)
}

// signIn logs somebody of the staff in at the desk.
func (w *window) signIn(world *hubtest.World, member string) {
	w.t.Helper()
	w.Open(world.At("desk"))
	for _, id := range []string{"log-in", "means-trusted-profile", "person-" + member, "confirm"} {
		w.Click(id)
	}
}

// unscrolled fails unless a page has these, whole, without being scrolled, on an old office computer's screen.
func (w *window) unscrolled(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if below := hubtest.Look[float64](w.Chromium, fmt.Sprintf(`document.getElementById(%q).getBoundingClientRect().bottom + scrollY - innerHeight`, id)); below > 0 {
			w.t.Errorf("in %s %s is %.0f pixels below the fold", w.words.Code, id, below)
		}
	}
}

// toSign brings a case from the number to the hand-over.
func (w *window) toSign(number string) {
	w.t.Helper()
	w.Fill("number", number)
	w.Click("find")
	for _, id := range w.IDs("check-") {
		w.Press(id)
	}
	for _, id := range []string{"compared", "print", "to-case", "signed"} {
		w.Click(id)
	}
}

// says fails unless the page says the text of a key.
func (w *window) says(key string, args ...any) {
	w.t.Helper()
	if body, want := plain(w.TextAt("body")), plain(w.words.Text(key, args...)); !strings.Contains(body, want) {
		w.t.Errorf("%s does not say %q:\n%s", w.URL(), want, body)
	}
}

// plain takes away what is invisible: the marks that keep a name's direction apart.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)), " ")
}

// Two windows side by side: the clerk at an old office computer, the citizen with a phone, from
// finding to active to the first login at a service. On both databases in Polish; with the phone in Arabic, and
// with the desk in Arabic: every language was at the desk and on the phone.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	t.Run("pl and pl", func(t *testing.T) {
		visit.Each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) { sideBySide(t, w, rp, "pl", "pl") })
	})
	once := [][2]string{{"en", "ar"}, {"ar", "en"}}
	if os.Getenv("SCREENSHOTS") != "" { // nothing but the words differs from here
		once = append(once, [2]string{"hu", "hu"}, [2]string{"fr", "fr"})
	}
	for _, languages := range once {
		t.Run(languages[0]+" and "+languages[1], func(t *testing.T) {
			rp := visit.Clinic()
			sideBySide(t, visit.Open(t, rp), rp, languages[0], languages[1])
		})
	}
}

func sideBySide(t *testing.T, w *hubtest.World, rp *hubtest.RP, deskIn, phoneIn string) {
	clerk, citizen := sit(t, deskIn, "desk", 1280, 720), sit(t, phoneIn, "phone", 390, 844)
	citizen.Passkeys(false)
	clerk.Open(w.At("desk"))
	clerk.show("sign-in")
	clerk.Click("log-in")
	clerk.Click("means-trusted-profile")
	clerk.Click("person-clerk-1")
	clerk.Click("confirm")
	clerk.show("start")
	clerk.unscrolled("find")
	clerk.Fill("number", visit.Ordinary)
	clerk.Click("find")
	clerk.show("compare")
	clerk.unscrolled("compared", "not-enough")
	for _, id := range clerk.IDs("check-") {
		clerk.Press(id)
	}
	clerk.Click("compared")
	clerk.show("print")
	clerk.Click("print")
	clerk.show("form")
	clerk.Click("to-case")
	clerk.show("sign")
	clerk.unscrolled("signed")
	clerk.Click("signed")
	clerk.show("hand-over")
	clerk.unscrolled("hand-over")
	clerk.Click("hand-over")
	clerk.Wait("qr")
	clerk.show("code")
	clerk.unscrolled("qr", "typed-open", "phoneless-open", "reissue")
	hubtest.Look[bool](clerk.Chromium, `(document.getElementById("typed").open = true)`)
	number, code := plain(clerk.Text("typed-number")), plain(clerk.Text("typed-code"))

	citizen.Open(w.Issuer + "/e")
	citizen.show("landing")
	citizen.Fill("number", number)
	citizen.Fill("code", code)
	citizen.Click("begin-typed")
	citizen.show("you")
	citizen.Click("yes")
	citizen.show("proof")
	clerk.Wait("phone-proof") // the desk's page has noticed by itself
	clerk.show("on-the-phone")
	citizen.Fill("answer", visit.OrdinaryEnd)
	citizen.Click("go-on")
	citizen.show("terms")
	citizen.Click("accept")
	citizen.show("key")
	citizen.Press("make-key")
	citizen.Wait("tick-checked")
	match := plain(citizen.Text("match"))
	if got := hubtest.Look[string](citizen.Chromium, "document.documentElement.dir"); got != citizen.words.Dir {
		t.Errorf("the phone reads %s", got)
	}
	clerk.Wait("phone-match")
	clerk.unscrolled("match")
	clerk.Fill("digits", match)
	clerk.Click("match")
	clerk.Wait("step-done")
	clerk.show("done")
	citizen.Wait("show-codes") // the phone's page goes on by itself
	citizen.show("done")
	citizen.says("phone.done.title.left")
	citizen.says("phone.done.text", map[string]string{"en": "With my phone", "pl": "Telefonem", "hu": "A telefonommal", "fr": "Avec mon téléphone", "ar": "بهاتفي"}[phoneIn])
	citizen.Click("show-codes") // signed by the key that the page made
	citizen.show("codes")
	if !citizen.Has("codes") {
		t.Errorf("no codes at %s:\n%s", citizen.URL(), citizen.TextAt("body"))
	}
	citizen.Click("codes-kept")
	citizen.Wait("try") // the phone signs for the page
	citizen.Open(w.Issuer + "/e")
	citizen.says("phone.landing.done")
	citizen.show("landing-done")

	citizen.Open(rp.Address(rp.Request("scope", "openid")))
	citizen.Click("means-" + hubtest.MeansPhone)
	citizen.Click("passkey")
	if !citizen.Has("approve") {
		t.Errorf("the first login ends at %s:\n%s", citizen.URL(), citizen.TextAt("body"))
	}
	citizen.show("first-login")
}

// The clerk is logged in at the desk, opens a case in the register's own system, which is another site, and
// goes on by its link: a browser brings no Strict cookie from there, and yet nobody logs in twice.
func TestTheRegistersLinkInABrowser(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithSystem())
	clerk := sit(t, "pl", "register", 1280, 720)
	clerk.signIn(w, "clerk-1")
	clerk.Wait("find")
	clerk.Open(w.Country.Addresses.System)
	clerk.Click("open-ordinary")
	clerk.show("register")
	opened := w.Country.System.Cases()[0]
	clerk.Press("desk-" + opened.Number)
	clerk.Wait("take")
	clerk.show("take")
	clerk.says("desk.take.title")
	if !strings.Contains(clerk.Text("asked"), opened.Reference) || !strings.HasPrefix(clerk.URL(), w.At("desk")+"/cases/") {
		t.Errorf("the link leads to %s", clerk.URL())
	}
}
