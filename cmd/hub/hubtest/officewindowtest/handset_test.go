package officewindowtest

import (
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// One person at one computer plays the citizen's phone, too: the simulated phone reads the desk's code out of a
// picture of the screen, its app gives the codes, and the citizen logs in with them. The codes that desk and phone
// draw can be read, and what they say is sent to nobody on the way.
func TestTheSimulatedPhoneReadsTheDesksCode(t *testing.T) {
	t.Parallel()
	rp := visit.Clinic()
	w := visit.Open(t, rp)
	handset := w.Country.Addresses.Handset
	clerk, citizen := sit(t, "pl", "desk-handset", 1280, 720), sit(t, "pl", "handset", 390, 844)
	clerk.signIn(w, "clerk-1")
	clerk.toSign(visit.Ordinary)
	clerk.Click("hand-over")
	desk := clerk.URL()

	citizen.Open(handset)
	citizen.show("home")
	citizen.Click("app-scan")
	citizen.show("camera")
	citizen.Choose("picture", clerk.PictureOf("qr"))
	citizen.Click("read")
	citizen.show("read")
	address := citizen.Attribute("#open", "href")
	if !strings.HasPrefix(address, w.Issuer+"/e#1.") || citizen.Text("address") != address {
		t.Fatalf("the phone does not open what it shows: %s", citizen.URL())
	}
	citizen.Open(address)
	citizen.Click("begin")
	clerk.Wait("phone-you")            // it has looked, and nothing more happens before it is left
	clerk.Open(handset + "/codes/add") // in another tab of the one computer
	citizen.Click("yes")
	citizen.Fill("answer", visit.OrdinaryEnd)
	citizen.Click("go-on")
	citizen.Click("accept")
	citizen.Press("other-ways-title")
	citizen.Click("with-totp")
	hubtest.Look[bool](citizen.Chromium, `(document.getElementById("qr").closest("details").open = true)`)

	clerk.Choose("picture", citizen.PictureOf("qr"))
	clerk.Click("keep")
	clerk.show("codes")
	citizen.Fill("pin", "194638")
	citizen.Fill("pin-again", "194638")
	citizen.Fill("code", clerk.TextAt("[data-code]"))
	citizen.Click("make-key")
	citizen.Wait("tick-checked")
	if hubtest.Look[bool](citizen.Chromium, `document.querySelector("[data-by-itself]").hidden`) {
		t.Error("the page goes on by itself, and does not say so")
	}
	clerk.Open(desk)
	clerk.Fill("digits", plain(citizen.Text("match")))
	clerk.Click("match")
	clerk.Wait("step-done")
	citizen.Wait("show-codes")
	citizen.inSight("show-codes")
	citizen.Click("show-codes")
	citizen.inSight("codes", "codes-kept")
	account := citizen.Text("account")

	w.Shift(time.Minute) // a code counts once
	clerk.Open(handset + "/codes")
	citizen.Open(rp.Address(rp.Request("scope", "openid")))
	citizen.Click("means-" + hubtest.MeansPhone)
	citizen.Click("have-totp")
	citizen.Fill("name", account)
	citizen.Fill("pin", "194638")
	citizen.Fill("code", clerk.TextAt("[data-code]"))
	citizen.Click("use-app")
	if !citizen.Has("approve") {
		t.Errorf("the first login ends at %s:\n%s", citizen.URL(), citizen.TextAt("body"))
	}
	_, token, _ := strings.Cut(address, "#1.")
	for _, asked := range append(citizen.Trail(), clerk.Trail()...) {
		if asked, _, _ = strings.Cut(asked, "#"); strings.Contains(asked, token) {
			t.Error("the code was sent in an address")
		}
	}
	if strings.Contains(w.Log.String(), token) || strings.Contains(w.Log.String(), "page policy broken") {
		t.Error("the log holds the code, or a page broke its policy")
	}
}

// Features H24: what a page asks by itself takes away nothing that its form gets: the recovery codes are shown once, and the
// answer that they were is late.
func TestAPageThatAsksByItselfLeavesItsFormAlone(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithDialect(store.SQLite))
	clerk := visit.Desk(t, w, "clerk-1")
	visit.Handed(t, clerk, visit.Ordinary)
	at := clerk.Page.URL.String()
	citizen := sit(t, "pl", "late", 390, 844)
	citizen.Passkeys(false)
	citizen.takes(w, clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code"))
	citizen.makes(visit.OrdinaryEnd)
	clerk.Get(at)
	clerk.Fill("digits", plain(citizen.Text("match")))
	clerk.Click("match")
	citizen.Wait("show-codes")
	hubtest.Look[bool](citizen.Chromium, `(window.fetch = function () {
		return new Promise(function (answer) {
			window.asked = true;
			document.addEventListener("submit", function (event) {
				if (!event.defaultPrevented) { setTimeout(answer, 0, { type: "opaqueredirect" }); }
			});
		});
	}, true)`)
	citizen.Until("the page asks by itself", `window.asked === true`)
	citizen.Press("show-codes")
	citizen.Wait("codes")
}

// Attacks §H: while a case is stopped no phone goes on asking whether somebody is who it is of, nor leaves anybody typing
// what leads nowhere: the page leaves its step by itself.
func TestAPhoneLeavesAStepThatTheDeskStopped(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithDialect(store.SQLite))
	clerk := visit.Desk(t, w, "clerk-1")
	visit.Handed(t, clerk, visit.Ordinary)
	at := clerk.Page.URL.String()
	citizen := sit(t, "pl", "stopped", 390, 844)
	citizen.takes(w, clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code"))
	match := plain(citizen.Text("match"))
	wrong := visit.Mistyped(match)
	for range 2 {
		clerk.Get(at)
		clerk.Fill("digits", wrong)
		clerk.Click("match")
	}
	citizen.Wait("screen-frozen")
	citizen.show("stopped")
	if !strings.Contains(citizen.Text("screen-frozen"), "inne cyfry") {
		t.Errorf("the phone says of wrong digits:\n%s", citizen.TextAt("body"))
	}
	if citizen.Has("yes") || citizen.Has("match") {
		t.Errorf("the phone goes on asking:\n%s", citizen.TextAt("body"))
	}
	clerk.Get(at)
	clerk.Click("cancel-case") // then nothing can start over, and the page says so no longer
	citizen.Wait("screen-ended")
}
