package officetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// toTheKey brings a phone to the step at which the key is made, with the digits typed already.
func toTheKey(t *testing.T, w *hubtest.World) *hubtest.Browser {
	t.Helper()
	clerk := desk(t, w, "clerk-1")
	handed(t, clerk, ordinary)
	return visit.ToTheKey(t, w, clerk, ordinaryEnd)
}

// Means.md R-ENR-11: who has no phone at all gets a list of codes. Each logs in once, at low; what needs
// more is not reached with it. Nothing stays in the counter's browser (features H24).
func TestR_ENR_11_APaperList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		counter := toTheKey(t, w)
		counter.Jar.Put("localhost", http.Cookie{Name: "__Host-onward", Value: "clinic", Path: "/", Secure: true})
		counter.Click("with-paper")
		if page := counter.Click("make-key"); !page.Has("show-codes") {
			t.Fatalf("the counter's browser is at %s:\n%s", page.URL, page.Text())
		}
		page := counter.Click("show-codes")
		codes, name := page.Lines("codes"), page.TextOf("account")
		if len(codes) != 30 || name == "" {
			t.Fatalf("%d codes, name %q:\n%s", len(codes), name, page.Text())
		}
		if counter.Jar.Value("localhost", "__Host-phone") != "" {
			t.Error("the counter's browser keeps the citizen's case")
		}
		if line := page.TextOf("paper-line"); page.Has("more-time") || page.Has("progress") || page.Has("match") || !strings.Contains(w.At("portal"), page.TextOf("paper-portal")) || page.TextOf("paper-portal") == "" ||
			!strings.Contains(line, "+48 22 000 00 00") || !strings.Contains(line, visit.Day(t, w)) || !marked(page.Need(t, "print"), "hidden") {
			t.Errorf("on the paper stands %q, on the page:\n%s", line, page.Text())
		}
		if counter.Jar.Value("localhost", "__Host-onward") != "" {
			t.Error("the counter's browser keeps where the citizen wanted to log in")
		}
		if page := counter.Click("codes-kept"); !page.Has("try") || !page.Has("elses") || page.Has("account") || page.Has("codes") {
			t.Errorf("when the list is put away, %s reads:\n%s", page.URL, page.Text())
		}
		for n, code := range []string{codes[0], codes[0], codes[1]} {
			login := w.Browser(t)
			rp.Authorize(login, "scope", "openid")
			login.Click("means-" + hubtest.MeansPhone)
			login.Have("code")
			login.Fill("code-name", name)
			login.Fill("last-code", code)
			if page := login.Click("use-code"); page.Has("approve") == (n == 1) {
				t.Errorf("code %d at a service that asks for low: %s:\n%s", n, page.URL, page.Text())
			}
		}
	}, hubtest.WithSettings(func(s map[string]any) { s["help_line"] = "+48 22 000 00 00" }))
}

// Whoever chose a weak PIN or typed a wrong code has the secret in their app already: it stays, in the answer to
// that form alone. Who opens the page anew, or copied the phone's cookie, is shown another one.
func TestAnAppKeepsItsSecretWhereAPINIsTooWeak(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := toTheKey(t, w)
		phone.Click("with-totp")
		secret := phone.Page.TextOf("secret")
		code := func() string { return codeOf(t, w, secret) }
		for _, typed := range [][4]string{{"123456", code(), "pin", "123456"}, {"220287", code(), "pin", "220287"}, {"194638", "000000", "code", "194638"}, {"194638", code(), "pin-again", "194683"}, {"194638", code(), "pin-again", ""}} {
			phone.Fill("pin", typed[0])
			phone.Fill("pin-again", typed[3])
			phone.Fill("code", typed[1])
			if page := phone.Click("make-key"); !page.Has("refused") || !page.Has("qr") || page.TextOf("secret") != secret || page.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("with the PIN %s:\n%s", typed[0], page.Text())
			} else if said := strings.Index(page.Body, `id="refused"`); said < strings.Index(page.Body, `id="secret"`) || !marked(page.Need(t, typed[2]), "aria-invalid") {
				t.Errorf("with the PIN %s it is not said beside the %s what is wrong with it", typed[0], typed[2])
			}
		}
		form := phone.Page
		if page := phone.Get(w.Issuer + "/e/now?with=totp"); page.TextOf("secret") == secret {
			t.Error("who only reads the page is told the secret of the app")
		}
		phone.Page = form
		phone.Fill("pin", "194638")
		phone.Fill("pin-again", "194638")
		phone.Fill("code", code())
		if page := phone.Click("make-key"); !page.Has("refused") || page.TextOf("secret") == secret {
			t.Errorf("the secret of before is taken:\n%s", page.Text())
		}
		secret = phone.Page.TextOf("secret")
		phone.Fill("pin", "194638")
		phone.Fill("pin-again", "194638")
		phone.Fill("code", code())
		if page := phone.Click("make-key"); !page.Has("show-codes") {
			t.Errorf("the app with the secret that is shown:\n%s", page.Text())
		}
	})
}

// appCode types a code of the app, with a PIN that may be chosen.
func appCode(phone *hubtest.Browser, code string) *hubtest.Page {
	phone.Fill("pin", "194638")
	phone.Fill("pin-again", "194638")
	phone.Fill("code", code)
	return phone.Click("make-key")
}

// Attacks §L: after too many wrong codes the app's secret is locked for longer and longer. The phone starts over with
// another one, so often and no more; then there are the other ways, and the clerk's next code.
func TestAnAppStartsOverWhereItsSecretIsLocked(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic())
	clerk := desk(t, w, "clerk-1")
	handed(t, clerk, ordinary)
	visited := clerk.Page.URL.String()
	phone := visit.ToTheKey(t, w, clerk, ordinaryEnd)
	phone.Click("with-totp")
	secret := phone.Page.TextOf("secret")
	typed := func(code string) *hubtest.Page { return appCode(phone, code) }
	for range 5 {
		if page := typed("000000"); page.TextOf("secret") != secret {
			t.Fatalf("another secret before it is locked:\n%s", page.Text())
		}
	}
	page := typed(codeOf(t, w, secret))
	if page.TextOf("secret") == secret || !strings.Contains(page.TextOf("refused"), "starts over") {
		t.Fatalf("when it is locked:\n%s", page.Text())
	}
	drawn := 2
	for ; page.Has("secret"); drawn++ {
		if drawn > 100 {
			t.Fatal("no end of secrets")
		}
		page = phone.Get(w.Issuer + "/e/now?with=totp")
	}
	if drawn != 21 || !strings.Contains(page.TextOf("refused"), "set up too often") || page.Has("with-totp") || page.Has("without-passkey") || !page.Has("with-paper") || !page.Has("with-portable") {
		t.Errorf("%d secrets, then:\n%s", drawn-1, page.Text())
	}
	if page := phone.Get(w.Issuer + "/e/now?with=totp"); page.Has("secret") {
		t.Error("one more secret all the same")
	}
	clerk.Get(visited)
	clerk.Click("reissue")
	phone = visit.ToTheKey(t, w, clerk, ordinaryEnd)
	secret = phone.Click("with-totp").TextOf("secret")
	if page := typed(codeOf(t, w, secret)); !page.Has("tick-key") {
		t.Errorf("after another code of the clerk's:\n%s", page.Text())
	}
}

// Means.md §4.7: who logs in with an app types a login name every time. The phone shows it where the app is set up and
// where it says that they can log in, the app lists it, and whoever closed the page goes on from the address they know.
func TestAnAppsLoginNameIsSeenBeforeTheCodesAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := toTheKey(t, w)
		page := phone.Click("with-totp")
		name := page.TextOf("account")
		var at string
		for _, a := range page.Need(t, "open-app").Attr {
			if a.Key == "href" {
				at = a.Val
			}
		}
		app, err := url.Parse(at)
		if err != nil || name == "" || !strings.HasSuffix(app.Path, ":"+name) || app.Query().Get("issuer") == "" {
			t.Fatalf("the app is given %q of the name %q: %v", app.Path, name, err)
		}
		phone.Fill("pin", "194638")
		phone.Fill("pin-again", "194638")
		phone.Fill("code", "000000")
		if page := phone.Click("make-key"); page.TextOf("account") != name {
			t.Errorf("where the code was wrong:\n%s", page.Text())
		}
		phone.Fill("pin", "194638")
		phone.Fill("pin-again", "194638")
		phone.Fill("code", codeOf(t, w, page.TextOf("secret")))
		if page := phone.Click("make-key"); page.TextOf("account") != name || !page.Has("show-codes") {
			t.Fatalf("where they can log in:\n%s", page.Text())
		}
		if page := phone.Get(w.Issuer + "/e"); !page.Has("stands-codes") || !page.Has("resume") {
			t.Errorf("whoever closed the page before they saw the codes:\n%s", page.Text())
		}
		if page := phone.Get(w.Issuer + "/e/now"); page.TextOf("account") != name {
			t.Errorf("and went on:\n%s", page.Text())
		}
		phone.Click("show-codes")
		if page := phone.Get(w.Issuer + "/e"); page.Has("resume") || !strings.Contains(page.TextOf("stands-done"), "With my phone") || !page.Has("try") {
			t.Errorf("nothing is left, and the page does not say that they can log in:\n%s", page.Text())
		}
	})
}

// codeOf is what an app with a secret shows now.
func codeOf(t *testing.T, w *hubtest.World, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), w.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
