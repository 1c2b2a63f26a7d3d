package phonetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

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
	if page := b.Get(w.At("portal") + "/ways"); !strings.Contains(page.TextOf("way-"+hubtest.MeansPhone), page.TextOf("devices")) {
		t.Errorf("what an office gave does not stand where it is said how to report it lost:\n%s", page.Text())
	}
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
		for id, want := range map[string][]string{phone: {"Phone or computer", "strong level"}, app: {"medium level", "false page"}, idOf(t, w, e, enrolled.Recovery): {"basic level", "codes left: 10"}} {
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
		if page := b.Click("stop"); !page.Has("logged-out") || !page.Has("done") || !page.Has("log-in") { // said first: nothing as strong is left
			t.Errorf("after a report of a lost phone nothing says that it was taken:\n%s", page.Text())
		}
		if page := b.Get(w.At("portal") + "/devices"); page.Has("device-" + phone) {
			t.Error("the session that a lost device opened lives on")
		}
		c := toPhone(t, w, rp, "scope", "openid profile")
		if c.Tap(e.Device).Has("approve") {
			t.Error("lost, and logs in")
		}
		help := c.Click("failure-help") // not to the codes alone: they may be stopped, too
		if help.URL.Fragment != "stopped" || !strings.Contains(help.TextOf("stopped"), "stopped") || !help.Has("stopped-portal") {
			t.Errorf("the help for what is stopped, at %s:\n%s", help.URL, help.Text())
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
		b.Click("stop")
		b.Get(w.At("portal") + "/begin")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Get(w.At("portal") + "/devices")
		if b.Click("resume-" + phone); b.Page.Query("wrong") != "weak" {
			t.Errorf("R-2FA-02: %d at %s\n%s", b.Page.Status, b.Page.URL, b.Page.Text())
		}
	})
}

// R-2FA-02: the owner adds an app at the portal, by a login as strong as the strongest of what they have,
// made just now. Both apps let in; the person is told.
func TestR_2FA_02_TheOwnerAddsAnApp(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := atPortal(t, w, e.Device)
		told := len(w.Country.Inbox.Messages())
		b.Click("add-app")
		secret := strings.ReplaceAll(b.Page.TextOf("secret"), " ", "")
		code := func() string {
			code, err := totp.GenerateCode(secret, w.Now())
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		b.Fill("pin", "731946")
		b.Fill("pin-again", "731946")
		b.Fill("code", code())
		if page := b.Click("add"); page.Query("done") != "added" {
			t.Fatalf("not added, at %s:\n%s", page.URL, page.Text())
		}
		hubtest.Eventually(t, "the person is told", func() bool { return len(w.Country.Inbox.Messages()) > told })
		w.Shift(time.Minute)
		for which, login := range map[string][2]string{"the new one": {"731946", code()}, "the one before": {e.PIN, e.Code()}} {
			c := toPhone(t, w, rp, "scope", "openid profile")
			c.Have("totp")
			c.Fill("name", e.Account.Name)
			c.Fill("pin", login[0])
			c.Fill("code", login[1])
			if page := c.Click("use-app"); !page.Has("approve") {
				t.Errorf("%s does not log in:\n%s", which, page.Text())
			}
		}
		c := toPhone(t, w, rp, "scope", "openid profile")
		c.Have("totp")
		c.Fill("name", e.Account.Name)
		c.Fill("pin", e.PIN)
		c.Fill("code", code())
		if page := c.Click("use-app"); page.Has("approve") {
			t.Error("one app's PIN goes with the other's code")
		}
	})
}

// R-2FA-02, SE-08: nothing is added on the word of a login that is weak or old, and new codes end the old.
func TestAttack_SE_08_NothingIsAddedByAnOldOrWeakLogin(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := atPortal(t, w, e.Device)
		b.Click("new-codes")
		_, form := b.Form("make-codes")
		w.Shift(6 * time.Minute)
		for at, act := range map[string]string{"/devices/codes": "/make", "/devices/app": "/add"} {
			if page := b.Get(w.At("portal") + at); page.Status != http.StatusForbidden {
				t.Errorf("six minutes later %s: %d", at, page.Status)
			}
			if page := b.Post(w.At("portal")+at+act, form, w.At("portal")); page.Status != http.StatusForbidden {
				t.Errorf("six minutes later, sent to %s: %d", at, page.Status)
			}
		}
		weak := w.Browser(t)
		weak.Get(w.At("portal") + "/begin")
		weak.Choose("trusted-profile")
		weak.Be("ordinary")
		if page := weak.Get(w.At("portal") + "/devices/codes"); page.Status != http.StatusForbidden {
			t.Errorf("by a medium login: %d", page.Status)
		}
		b = atPortal(t, w, e.Device)
		b.Click("new-codes")
		page := b.Click("make-codes")
		fresh := page.Lines("codes")
		if len(fresh) != 10 || page.TextOf("account") != e.Account.Name || page.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d codes:\n%s", len(fresh), page.Text())
		}
		if page := b.Get(w.At("portal") + "/devices/codes"); page.Has("codes") {
			t.Error("they are shown again")
		}
		for _, try := range []struct {
			code string
			in   bool
		}{{e.Codes[0], false}, {fresh[0], true}} {
			c := toPhone(t, w, rp, "scope", "openid profile")
			if page := c.TypeLastCode(e, try.code); page.Has("go-on") != try.in {
				t.Errorf("a code lets in: want %t, at %s:\n%s", try.in, page.URL, page.Text())
			}
		}
	})
}

// Attacks SE-08: a screen that was left open brings nothing back.
func TestAttack_SE_08_AnOldLoginResumesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		app := idOf(t, w, e, enrolled.TOTP)
		b := atPortal(t, w, e.Device)
		b.Click("suspend-" + app)
		b = atPortal(t, w, e.Device)
		w.Shift(6 * time.Minute)
		if page := b.Click("resume-" + app); page.Status != http.StatusForbidden {
			t.Errorf("by a login of six minutes ago: %d", page.Status)
		}
	})
}

// What is final is asked first, whatever is left: also of what is stopped already. Nothing is lost by one press, nor by a form that
// was not on that page.
func TestALossIsAskedFirst(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		app := idOf(t, w, e, enrolled.TOTP)
		state := func() (is enrolled.State) {
			for _, d := range list(t, w, e) {
				if d.ID.String() == app {
					is = d.State
				}
			}
			return is
		}
		for _, want := range []enrolled.State{enrolled.Active, enrolled.Suspended} {
			b := atPortal(t, w, e.Device)
			if page := b.Page; want == enrolled.Active && (!strings.Contains(page.Text(), e.Account.Name) || page.Has("weaker")) {
				t.Errorf("the name that is typed with the app is not on the list:\n%s", page.Text())
			}
			action, form := b.Form("lose-" + app)
			form.Set("act", "lose")
			for _, page := range []*hubtest.Page{b.Click("lose-" + app), b.Post(action, form, w.At("portal"))} {
				if !page.Has("stop") || page.Has("weaker") || !strings.Contains(page.TextOf("afterwards"), "final") || state() != want {
					t.Fatalf("%s, and %s at %s:\n%s", want, state(), page.URL, page.Text())
				}
			}
			b.Click("keep")
			if want == enrolled.Active {
				b.Click("suspend-" + app)
			} else if b.Click("lose-" + app); !b.Click("stop").Has("logged-out") || state() != enrolled.Lost {
				t.Errorf("told, and it is %s at %s:\n%s", state(), b.Page.URL, b.Page.Text())
			}
		}
	})
}
