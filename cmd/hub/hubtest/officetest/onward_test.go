package officetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

const begins = "https://clinic.example/log-in?from=office"

// OpenID Connect Core §4, features H09, means.md §4.5: who came from a login goes on where they wanted to be, and
// what was made at the desk is tried at once.
func TestOnwardFromTheOffice(t *testing.T) {
	t.Parallel()
	party := func() *hubtest.RP {
		return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic", Client: map[string]any{"initiate_login_uri": begins}})
	}
	eachWith(t, party, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		phone := w.Browser(t)
		rp.Authorize(phone, "scope", "openid", "state", "do-not-keep-this") // they have nothing to log in with yet
		device := complete(t, w, clerk, phone, at)
		if phone.Page.Has("onward") {
			t.Error("the codes are not written down yet, and the page leads away")
		}
		phone.Click("show-codes")
		page := phone.Click("codes-kept")
		target, err := url.Parse(valueAt(page.Need(t, "onward"), "href"))
		if err != nil || target.Host != "clinic.example" || target.Path != "/log-in" || target.Query().Get("from") != "office" || target.Query().Get("iss") != w.Issuer || len(target.Query()) != 2 {
			t.Errorf("the page leads on to %s", target)
		}
		if kept := phone.Get(w.Issuer + "/e/kept"); kept.Has("onward") || !kept.Has("try") { // whose computer it is, nobody knows
			t.Errorf("where nothing of the case is kept:\n%s", kept.Text())
		}
		phone.Get(w.Issuer + "/e/now")
		phone.Click("try")
		if page := phone.Tap(device); !page.Has("works") {
			t.Errorf("after trying at %s:\n%s", page.URL, page.Text())
		}
		for _, forged := range []string{"https%3A%2F%2Fevil.example", "nowhere", "%zz", ""} {
			phone.Jar.Put("localhost", http.Cookie{Name: "__Host-onward", Value: forged, Path: "/", Secure: true})
			if page := phone.Get(w.Issuer + "/e/now"); page.Has("onward") {
				t.Errorf("a browser that says %q is led on", forged)
			}
		}
	})
}

// "It works" is said of a login, not of an address.
func TestWhatWorksIsNotClaimed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		b := w.Browser(t)
		b.SignIn(w.At("portal"), "ordinary")
		if page := b.Get(w.At("portal") + "/works"); page.Has("works") || !page.Has("asked") {
			t.Errorf("who came by another way reads:\n%s", page.Text())
		}
	})
}

// complete takes a phone from the typed code to a key that works.
func complete(t *testing.T, w *hubtest.World, clerk, phone *hubtest.Browser, at string) *enrolledtest.Device {
	t.Helper()
	number, code := clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code")
	phone.Get(w.Issuer + "/e")
	phone.Fill("number", number)
	phone.Fill("code", code)
	match := phone.Click("begin-typed").TextOf("match")
	clerk.Get(at)
	clerk.Fill("digits", match)
	clerk.Click("match")
	phone.Get(w.Issuer + "/e/now")
	phone.Click("yes")
	phone.Fill("answer", ordinaryEnd)
	phone.Click("go-on")
	phone.Click("accept")
	device := enrolledtest.NewDevice()
	if page := phone.MakeKey(device); !page.Has("show-codes") || strings.Contains(page.Body, "do-not-keep-this") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
	return device
}
