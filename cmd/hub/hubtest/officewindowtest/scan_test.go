package officewindowtest

import (
	"path"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/enrolment"
)

// scanned gives the address that the QR code on the desk's page holds.
func scanned(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) string {
	t.Helper()
	office := w.Replicas[0].Hub.Office()
	id, ok := enrolment.ParseCaseID(path.Base(clerk.Page.URL.Path))
	if !ok {
		t.Fatalf("no case at %s", clerk.Page.URL)
	}
	c, err := office.Case(t.Context(), enrolment.Actor{}, id)
	if err != nil {
		t.Fatal(err)
	}
	voucher, ok := office.Held(c, c.Clerk, clerk.Jar.Value("desk.localhost", "__Host-hand"))
	if !ok {
		t.Fatal("the desk's browser holds no code")
	}
	return w.Issuer + "/e#" + voucher.Fragment()
}

// The phone's camera opens the address of the code; the citizen changes the language on the way. The
// page may be closed and opened by the same code on the same phone; on another phone the code is worth
// nothing and stops the case (features S05, N06).
func TestThePhoneScansTheCode(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := visit.Desk(t, w, "clerk-1")
		visit.Handed(t, clerk, visit.Ordinary)
		at, address := clerk.Page.URL.String(), scanned(t, w, clerk)
		citizen, stranger := sit(t, "en", "phone", 390, 844), sit(t, "pl", "stranger", 390, 844)
		citizen.Open(address)
		citizen.show("scanned")
		citizen.Click("lang-ar")
		citizen.Click("begin")
		citizen.Wait("who")
		citizen.Click("yes") // signed by the key that the page made
		citizen.Wait("answer")
		citizen.Open("about:blank")
		citizen.Open(address)
		citizen.Click("begin")
		citizen.Wait("answer") // the same phone goes on: it signs that it is
		_, token, _ := strings.Cut(address, "#1.")
		for _, asked := range citizen.Trail() {
			if asked, _, _ = strings.Cut(asked, "#"); strings.Contains(asked, token) { // what follows the # is not sent
				t.Error("the code left the phone in an address")
			}
		}
		stranger.Open(address)
		stranger.Click("begin")
		if !stranger.Has("refused") {
			t.Errorf("another phone gets in:\n%s", stranger.TextAt("body"))
		}
		if page := clerk.Get(at); !page.Has("alarm") || !page.Has("step-alarm") {
			t.Errorf("the clerk is not told:\n%s", page.Text())
		}
		citizen.back(w.Issuer + "/e/now")
		citizen.show("frozen")
		if citizen.Has("answer") {
			t.Error("the case goes on although another phone came")
		}
	})
}
