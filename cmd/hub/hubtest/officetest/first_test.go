package officetest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

// comes opens the address of the poster on a phone without scripts.
func comes(t *testing.T, w *hubtest.World) *hubtest.Browser {
	t.Helper()
	phone := w.Browser(t)
	if page := phone.Get(w.Issuer + "/c"); strings.Contains(page.TextOf("main"), "the code at an office") || !strings.Contains(page.TextOf("main"), "this address") {
		t.Errorf("before there is a code:\n%s", page.Text())
	}
	if page := phone.Click("show-code"); !page.Has("first-code") || !page.Has("qr") {
		t.Fatalf("no code at %s:\n%s", page.URL, page.Text())
	} else if !strings.Contains(page.TextOf("wait-here"), "has taken it. Then") || strings.Contains(page.TextOf("until"), "Then") {
		t.Errorf("what is waited for:\n%s", page.Text())
	}
	return phone
}

// Means.md §4.4, variant B, without any script: the clerk types what the phone shows. The phone's page may be
// closed at any step; the address of the poster leads to where it was.
func TestThePhoneComesFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk, phone := desk(t, w, "clerk-1"), comes(t, w)
		code := phone.Page.TextOf("first-code")
		if page := phone.Get(w.Issuer + "/c"); page.TextOf("first-code") != code || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("opened again it shows %q, before %q", page.TextOf("first-code"), code)
		}
		toSign(clerk, ordinary)
		clerk.Fill("scanned", strings.ToLower(code))
		if page := clerk.Click("scan"); !page.Has("phone-you") || page.Has("qr") {
			t.Fatalf("after the scan:\n%s", page.Text())
		}
		at := clerk.Page.URL.String()
		if page := phone.Get(w.Issuer + "/c"); page.URL.Path != "/e/now" || !strings.Contains(page.TextOf("who"), "K. B.") {
			t.Fatalf("the phone is at %s:\n%s", page.URL, page.Text())
		}
		phone.Click("yes")
		phone.Get(w.Issuer + "/c")
		phone.Fill("answer", ordinaryEnd)
		phone.Click("go-on")
		phone.Click("accept")
		device := enrolledtest.NewDevice()
		phone.MakeKey(device)
		clerk.Get(at)
		clerk.Fill("digits", phone.Page.TextOf("match"))
		if page := clerk.Click("match"); !page.Has("step-done") || !strings.Contains(page.TextOf("level"), "medium") {
			t.Fatalf("after the digits:\n%s", page.Text())
		}
		if page := phone.Get(w.Issuer + "/c"); page.URL.Path != "/e/now" || !page.Has("show-codes") {
			t.Fatalf("the phone at the end, at %s:\n%s", page.URL, page.Text())
		}
		phone.Click("show-codes")
		if page := phone.Get(w.Issuer + "/c"); !page.Has("show-code") {
			t.Errorf("done, and somebody else cannot come with the same phone: %s", page.URL)
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(device)
		rp.Finish(login, "ordinary")
		for _, address := range append(clerk.Trail, phone.Trail...) {
			if strings.Contains(address, code) {
				t.Error("the code stands in an address")
			}
		}
		if strings.Contains(w.Log.String(), code) {
			t.Error("the log holds the code")
		}
	})
}

// shows gives the address that the QR code on a phone's page holds.
func shows(t *testing.T, w *hubtest.World, phone *hubtest.Browser) string {
	t.Helper()
	waits, err := w.Replicas[0].Hub.Office().Waits(t.Context(), phone.Jar.Value("localhost", "__Host-phone"))
	if err != nil {
		t.Fatal(err)
	}
	return w.Issuer + "/c#" + waits.Fragment
}

// Attacks OT-06, at the desk: the same phone in another case. Both pages say so, and the phone does.
func TestAttack_OT_06_OnePhoneAtTwoDesks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		one, two, phone := desk(t, w, "clerk-1"), desk(t, w, "clerk-1"), comes(t, w)
		code := shows(t, w, phone)
		toSign(one, ordinary)
		toSign(two, "80030990173")
		if !one.Page.Has("scan") || !two.Page.Has("scan") {
			t.Fatalf("%s\n%s", one.Page.Text(), two.Page.Text())
		}
		one.Fill("scanned", code)
		at := one.Click("scan").URL.String()
		two.Fill("scanned", code)
		if page := two.Click("scan"); page.Refused() != "phone_used" || !page.Has("alarm") || !page.Has("step-hand") {
			t.Errorf("at %s:\n%s", page.URL, page.Text())
		}
		if page := one.Get(at); !page.Has("step-alarm") || !page.Has("alarm") {
			t.Errorf("the first clerk reads:\n%s", page.Text())
		}
		if page := phone.Get(w.Issuer + "/e/now"); page.Has("yes") {
			t.Errorf("the phone goes on:\n%s", page.Text())
		}
		if page := phone.Get(w.Issuer + "/c"); !page.Has("show-code") { // and may make a new one, as the clerk asks
			t.Errorf("the phone cannot begin anew:\n%s", page.Text())
		}
		phone.Click("show-code")
		one.Fill("scanned", shows(t, w, phone))
		if page := one.Click("scan"); !page.Has("phone-you") {
			t.Errorf("the right phone, anew:\n%s", page.Text())
		}
	})
}

// An office that does not offer it has no such page and no such form, and takes nothing.
func TestThePhoneComesFirstOnlyWhereItIsOffered(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := open(t, rp, hubtest.WithSettings(func(s map[string]any) { delete(s, "desk") }))
	if page := w.Browser(t).Get(w.Issuer + "/c"); page.Status != http.StatusNotFound {
		t.Errorf("the page: %d", page.Status)
	}
	clerk := desk(t, w, "clerk-1")
	toSign(clerk, ordinary)
	if clerk.Page.Has("scanned") || !clerk.Page.Has("hand-over") {
		t.Errorf("the form is there:\n%s", clerk.Page.Text())
	}
	_, form := clerk.Form("hand-over")
	form.Set("scanned", "00000-00000-0")
	if page := clerk.Post(clerk.Page.URL.String()+"/scan", form, w.At("desk")); page.Refused() != "not_now" {
		t.Errorf("taken all the same: %s", page.URL)
	}
}
