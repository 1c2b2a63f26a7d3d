package officetest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// Means.md §4.2: staff prove who they are by what no false page could have asked for. Another account at
// the very same means, an app's code and a password are not enough at the desk, and are enough elsewhere.
func TestAttack_SE_06_StaffLogInByWhatNoFalsePageCanAskFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		e := w.Enrol(t, "ordinary", identity.High, enrolledtest.NewDevice())
		b := w.Browser(t)
		b.Get(w.At("desk"))
		b.Click("log-in")
		b.Click("means-trusted-profile")
		if page := b.Be("ordinary"); !page.Has("means-"+hubtest.MeansPhone) || page.URL.Host == "desk.localhost" {
			t.Fatalf("a question on a phone lets in at the desk, at %s:\n%s", page.URL, page.Text())
		} else if offered := page.IDs("means-"); !strings.HasPrefix(offered[len(offered)-1], "means-trusted-profile") || !strings.Contains(page.TextOf("failure"), "get one at any office") {
			t.Errorf("what was not enough is offered again before what may be, %v:\n%s", offered, page.TextOf("failure"))
		}
		if page := b.Click("means-" + hubtest.MeansPhone); page.Has("use-app") || page.Has("use-code") || !page.Has("passkey") {
			t.Errorf("an app's code is offered to staff:\n%s", page.Text())
		}
		action, form := b.Form("passkey")
		form.Set("way", "totp")
		form.Set("name", e.Account.Name)
		form.Set("pin", e.PIN)
		form.Set("code", e.Code())
		if page := b.Post(action, form, w.Issuer); page.URL.Host == "desk.localhost" {
			t.Errorf("an app's code lets in at the desk: %s", page.URL)
		}
		b.Get(w.At("desk"))
		b.Click("log-in")
		b.Click("means-" + hubtest.MeansPhone)
		if page := b.Tap(e.Device); page.Status != http.StatusForbidden || page.TextOf("error-code") != "not_staff" {
			t.Errorf("a passkey of somebody who does not work here: %d at %s:\n%s", page.Status, page.URL, page.Text())
		} else if page.Has("start") || !b.Click("log-out").Has("logged-out") {
			t.Error("who does not work here cannot log out, or is led back to where they were refused")
		}
		rp.Authorize(b, "scope", "openid")
		b.Click("means-" + hubtest.MeansPhone)
		if page := b.TypeCode(e, e.Code()); !page.Has("approve") {
			t.Errorf("at a service the app's code is no good either:\n%s", page.Text())
		}
	})
}

// A clerk with a passkey of their own works at the desk.
func TestAClerkLogsInWithAPasskey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		e := w.Enrol(t, "clerk-1", identity.High, enrolledtest.NewDevice())
		b := w.Browser(t)
		b.Get(w.At("desk"))
		b.Click("log-in")
		b.Click("means-" + hubtest.MeansPhone)
		if page := b.Tap(e.Device); !page.Has("find") {
			t.Errorf("the clerk is at %s:\n%s", page.URL, page.Text())
		}
	})
}
