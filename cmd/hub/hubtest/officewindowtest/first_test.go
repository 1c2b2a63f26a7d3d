package officewindowtest

import (
	"strings"
	"testing"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Two windows: the phone in Arabic shows its code, the Polish desk scans it; the phone's page goes on by
// itself. Another phone that scans the code is told whom it is for, and a page that
// shows another phone's code shows none.
func TestTwoWindowsThePhoneFirst(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, citizen := sit(t, "pl", "desk-first", 1280, 720), sit(t, "ar", "phone-first", 390, 844)
		citizen.Passkeys(false)
		clerk.signIn(w, "clerk-1")
		clerk.toSign(visit.Ordinary)
		clerk.show("hand-over")
		clerk.inSight("step-hand", "hand-over")
		clerk.Fill("scanned", "00000-00000-0")
		clerk.Click("scan")
		clerk.inSight("refused", "scanned") // WCAG 2.2 §3.3.1: the reason stands beside the field that is wrong
		if at := hubtest.Look[string](clerk.Chromium, `document.activeElement.id + " " + document.activeElement.getAttribute("aria-describedby")`); at != "scanned refused scanned-hint" {
			t.Errorf("the keyboard is at %q", at)
		}
		clerk.show("scan-refused")
		hubtest.Look[bool](clerk.Chromium, `(document.getElementById("scanned").value = "")||true`)
		citizen.Open(w.Issuer + "/c")
		citizen.show("landing")
		citizen.says("phone.first.text")
		citizen.Click("show-code")
		citizen.Wait("first-code")
		citizen.show("code")
		citizen.Open("about:blank")
		citizen.Open(w.Issuer + "/c")
		citizen.Wait("first-code")
		said, err := sim.ReadQR(citizen.PictureOf("qr")) // as the desk's scanner does
		if err != nil || len(said) != 1 || !strings.HasPrefix(said[0], w.Issuer+"/c#") {
			t.Fatalf("the phone's code says %d things (%v)", len(said), err)
		}
		clerk.Fill("scanned", said[0])
		clerk.Click("scan")
		clerk.Wait("phone-you")
		clerk.show("taken")
		citizen.Wait("who") // by itself
		citizen.show("you")
		citizen.Click("yes") // signed by the key that the page made before there was a case
		citizen.Fill("answer", visit.OrdinaryEnd)
		citizen.Click("go-on")
		citizen.Click("accept")
		citizen.Press("make-key")
		citizen.Wait("tick-checked")
		clerk.Wait("phone-match")
		clerk.Fill("digits", plain(citizen.Text("match")))
		clerk.Click("match")
		clerk.Wait("step-done")
		citizen.Wait("show-codes")

		stranger := sit(t, "en", "stranger-first", 390, 844)
		stranger.Open(w.Issuer + "/c#" + strings.Repeat("A", 22) + "." + strings.Repeat("A", 43))
		stranger.Wait("for-clerk")
		stranger.says("phone.first.for_clerk")
		stranger.Click("show-code")
		stranger.Wait("first-code")
		hubtest.Look[bool](stranger.Chromium, `!!indexedDB.deleteDatabase("enrolment")`)
		stranger.Open("about:blank")
		stranger.Open(w.Issuer + "/e") // makes another key
		hubtest.Eventually(t, "another key is made", func() bool {
			return hubtest.Look[bool](stranger.Chromium, `document.querySelector("[data-typed]").elements.namedItem("key").value !== ""`)
		})
		stranger.Open(w.Issuer + "/c")
		hubtest.Eventually(t, "another phone's code is not shown", func() bool {
			return hubtest.Look[bool](stranger.Chromium, `document.getElementById("first").hidden && !document.getElementById("not-mine").hidden`)
		})
	})
}
