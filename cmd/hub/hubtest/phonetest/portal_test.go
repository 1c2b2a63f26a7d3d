package phonetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// atPortal logs somebody in at the portal with a passkey and opens the page of devices.
func atPortal(t *testing.T, w *hubtest.World, d *enrolledtest.Device) *hubtest.Browser {
	t.Helper()
	b := w.Browser(t)
	b.Get(w.At("portal") + "/begin")
	b.Click("means-" + hubtest.MeansPhone)
	b.Tap(d)
	b.Get(w.At("portal") + "/ways")
	b.Click("devices")
	return b
}

func idOf(t *testing.T, w *hubtest.World, e *hubtest.Enrolled, kind enrolled.Type) string {
	t.Helper()
	for _, d := range list(t, w, e) {
		if d.Type == kind {
			return d.ID.String()
		}
	}
	t.Fatalf("no %s", kind)
	return ""
}

func TestTheOwnerLooksAfterTheirDevices(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := atPortal(t, w, e.Device)
		if ids := b.Page.IDs("device-"); len(ids) != 4 {
			t.Fatalf("%d devices at %s:\n%s", len(ids), b.Page.URL.Path, b.Page.Text())
		}
		app, phone := idOf(t, w, e, enrolled.TOTP), idOf(t, w, e, enrolled.Passkey)
		for id, want := range map[string][]string{phone: {"strong level"}, app: {"medium level", "false page"}, idOf(t, w, e, enrolled.Recovery): {"basic level", "codes left: 10"}} {
			for _, text := range want {
				if !strings.Contains(b.Page.TextOf("device-"+id), text) {
					t.Errorf("%q is not said of it:\n%s", text, b.Page.TextOf("device-"+id))
				}
			}
		}
		b.Fill("rename-"+phone, "Mój telefon")
		if b.Click("save-" + phone); !strings.Contains(b.Page.TextOf("name-"+phone), "Mój telefon") || !b.Page.Has("done") {
			t.Errorf("not renamed:\n%s", b.Page.Text())
		}
		b.Click("suspend-" + app)
		b = atPortal(t, w, e.Device) // who suspends something is logged out everywhere
		if c := toPhone(t, w, rp, "scope", "openid profile"); c.TypeCode(e, e.Code()).Has("approve") {
			t.Error("suspended, and logs in")
		}
		if b.Click("resume-" + app); !b.Page.Has("done") {
			t.Errorf("not resumed:\n%s", b.Page.Text())
		}
		if c := toPhone(t, w, rp, "scope", "openid profile"); !c.TypeCode(e, e.Code()).Has("approve") {
			t.Errorf("resumed, and does not log in:\n%s", c.Page.Text())
		}
		b.Click("lose-" + phone)
		if page := b.Get(w.At("portal") + "/devices"); page.Has("device-" + phone) {
			t.Error("the session that a lost device opened lives on")
		}
		if c := toPhone(t, w, rp, "scope", "openid profile"); c.Tap(e.Device).Has("approve") {
			t.Error("lost, and logs in")
		}
	})
}

// IN-05 (ZITADEL CVE-2025-64431), CN-01: somebody else's id does nothing, nor does a form of another page.
func TestAttack_IN_05_DevicesOfOthersAtThePortal(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		other := w.Enrol(t, "diacritics", identity.High, certified(e.Device.Maker))
		b := atPortal(t, w, other.Device)
		mine, theirs := idOf(t, w, other, enrolled.Passkey), idOf(t, w, e, enrolled.Passkey)
		if strings.Contains(b.Page.Body, theirs) {
			t.Error("somebody else's device is shown")
		}
		_, form := b.Form("lose-" + mine)
		for _, act := range []string{"lose", "suspend", "resume", "rename"} {
			form.Set("act", act)
			if page := b.Post(w.At("portal")+"/devices/"+theirs, form, w.At("portal")); !page.Has("failure") || page.Query("wrong") != "none" {
				t.Errorf("CVE-2025-64431: %s: %d at %s", act, page.Status, page.URL)
			}
		}
		if page := b.Post(w.At("portal")+"/devices/"+mine, url.Values{"act": {"lose"}, "token": {"x"}}, w.At("portal")); page.Status != http.StatusForbidden {
			t.Errorf("without its token: %d", page.Status)
		}
		if page := b.Post(w.At("portal")+"/devices/"+mine, form, w.Issuer); page.Status != http.StatusForbidden {
			t.Errorf("from another host: %d", page.Status)
		}
		for _, d := range append(list(t, w, e), list(t, w, other)...) {
			if d.State != enrolled.Active || d.Name != "" {
				t.Errorf("%+v", d)
			}
		}
	})
}

// R-2FA-02: what was put aside comes back only on the word of something as strong.
func TestAWeakLoginResumesNothingStrong(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		phone := idOf(t, w, e, enrolled.Passkey)
		b := atPortal(t, w, e.Device)
		b.Click("suspend-" + phone)
		b.Get(w.At("portal") + "/begin")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Get(w.At("portal") + "/devices")
		if b.Click("resume-" + phone); b.Page.Query("wrong") != "weak" {
			t.Errorf("R-2FA-02: %d at %s\n%s", b.Page.Status, b.Page.URL, b.Page.Text())
		}
	})
}
