package phonetest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// toldOf waits until the person was told on both channels, after the messages that there were.
func toldOf(t *testing.T, w *hubtest.World, before int, what string) {
	t.Helper()
	hubtest.Eventually(t, "the person is told on every channel", func() bool {
		all, channels := w.Country.Inbox.Messages(), map[string]bool{} // the newest first
		for _, m := range all[:len(all)-before] {
			if strings.Contains(m.Body, what) {
				channels[m.Channel] = true
			}
		}
		return channels["email"] && channels["phone_number"]
	})
}

// Means.md §4.7, R-2FA-02: the owner adds a second phone and a key by a login with the first. Both let in,
// neither at more than what it is worth, and the person is told.
func TestR_2FA_02_TheOwnerAddsASecondPhone(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		for _, add := range []string{"add-phone", "add-key"} {
			b := atPortal(t, w, e.Device)
			before, had := len(w.Country.Inbox.Messages()), list(t, w, e)
			if page := b.Click(add); !strings.HasPrefix(page.URL.String(), w.Issuer+"/new-key?") || !page.Has("make-key") {
				t.Fatalf("%s leads to %s (%d):\n%s", add, page.URL, page.Status, page.Text())
			}
			if !strings.Contains(b.Page.Body, "excludeCredentials") || strings.Contains(b.Page.Body, "cross-platform") != (add == "add-key") {
				t.Errorf("%s: the options:\n%s", add, b.Page.Body)
			}
			second := enrolledtest.NewDevice()
			if second.Portable = add == "add-key"; second.Portable {
				if page := b.MakeKey(enrolledtest.NewDevice()); page.Has("done") || !strings.Contains(page.TextOf("refused"), "No security key") {
					t.Errorf("a key of the device at hand, at %s:\n%s", page.URL, page.Text())
				}
			}
			if page := b.MakeKey(second); !page.Has("done") || page.Query("done") != "added" {
				t.Fatalf("%s ends at %s (%d):\n%s", add, page.URL, page.Status, page.Text())
			}
			if page := b.Click("back"); page.URL.Path != "/devices" || len(page.IDs("device-")) != len(had)+1 {
				t.Errorf("back at %s (%d):\n%s", page.URL, page.Status, page.Text())
			} else if just := page.IDs("just-"); len(just) != 1 || slices.ContainsFunc(had, func(one enrolled.Device) bool { return "just-"+one.ID.String() == just[0] }) {
				t.Errorf("marked as new: %q", just)
			}
			toldOf(t, w, before, "added")
			for _, d := range list(t, w, e) {
				old := slices.ContainsFunc(had, func(one enrolled.Device) bool { return one.ID == d.ID })
				if !old && (d.Type != enrolled.Passkey || d.Level != identity.Substantial) {
					t.Errorf("added: %+v", d)
				}
			}
			c := toPhone(t, w, rp, "scope", "openid profile")
			if c.Tap(second); !c.Page.Has("approve") {
				t.Errorf("the new one does not log in:\n%s", c.Page.Text())
			}
		}
	})
}

// The owner adds an app. Where the PIN is too weak or the code wrong the app keeps the secret that it has.
func TestTheOwnerAddsAnApp(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		b, had := atPortal(t, w, e.Device), len(list(t, w, e))
		b.Click("add-app")
		secret := b.Page.TextOf("secret")
		code := func() string {
			code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), w.Now())
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		for _, typed := range [][2]string{{"123456", code()}, {"220287", code()}, {"731946", "000000"}, {"731946", "00000"}} {
			b.Fill("pin", typed[0])
			b.Fill("pin-again", typed[0])
			b.Fill("code", typed[1])
			if page := b.Click("add"); !page.Has("refused") || !page.Has("qr") || page.TextOf("secret") != secret {
				t.Fatalf("with the PIN %s, at %s:\n%s", typed[0], page.URL, page.Text())
			} else if strings.Index(page.Body, `id="refused"`) < strings.Index(page.Body, `id="secret"`) {
				t.Errorf("with the PIN %s it is not said beside the fields what is wrong", typed[0])
			} else if slip := len(typed[1]) == 5; strings.Contains(page.TextOf("refused"), "all six") != slip {
				t.Errorf("of the code %q: %s", typed[1], page.TextOf("refused"))
			}
		}
		b.Fill("pin", "731946")
		b.Fill("pin-again", "731964")
		b.Fill("code", code())
		if page := b.Click("add"); !strings.Contains(page.TextOf("refused"), "twice") || page.TextOf("secret") != secret {
			t.Fatalf("with two PINs, at %s:\n%s", page.URL, page.Text())
		}
		for range 4 {
			b.Fill("pin", "731946")
			b.Fill("pin-again", "731946")
			b.Fill("code", "000000")
			b.Click("add")
		}
		b.Fill("pin", "731946")
		b.Fill("pin-again", "731946")
		b.Fill("code", code())
		if page := b.Click("add"); page.TextOf("secret") == secret || !strings.Contains(page.TextOf("refused"), "starts over") {
			t.Fatalf("after too many wrong codes, at %s:\n%s", page.URL, page.Text())
		}
		secret = b.Page.TextOf("secret")
		b.Fill("pin", "731946")
		b.Fill("pin-again", "731946")
		b.Fill("code", code())
		if page := b.Click("add"); page.Query("done") != "added" || len(list(t, w, e)) != had+1 || len(page.IDs("just-")) != 1 {
			t.Errorf("the app, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// Attacks SE-01, OT-06, OT-07: the address of the page for a new key is worth nothing in another browser, in
// that of somebody else, after five minutes; the form of one try takes no other's key, and none twice.
func TestAttack_OT_06_ThePageForANewKeyElsewhere(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		other := w.Enrol(t, "diacritics", identity.High, certified(e.Device.Maker))
		b, theirs := atPortal(t, w, e.Device), atPortal(t, w, other.Device)
		had := len(list(t, w, e)) + len(list(t, w, other))
		b.Click("add-phone")
		address := b.Page.URL.String()
		for who, browser := range map[string]*hubtest.Browser{"a stranger": w.Browser(t), "somebody else": theirs} {
			if page := browser.Get(address); page.Status != http.StatusGone || page.Has("make-key") {
				t.Errorf("%s opens it: %d", who, page.Status)
			}
		}
		if page := b.Get(w.Issuer + "/new-key?errand=rubbish"); page.Status != http.StatusGone {
			t.Errorf("rubbish: %d", page.Status)
		}
		b.Get(address)
		action, form := b.Creation(enrolledtest.NewDevice())
		b.Get(address)
		_, again := b.Creation(enrolledtest.NewDevice())
		for what, wrong := range map[string]url.Values{
			"another try's challenge": mixed(form, again, "setup"), "another try's token": mixed(form, again, "token"), "no token": mixed(form, url.Values{}, "token"),
			"no errand": mixed(form, url.Values{}, "errand"),
		} {
			if page := b.Post(action, wrong, w.Issuer); page.Status < 400 {
				t.Errorf("%s: %d at %s", what, page.Status, page.URL)
			}
		}
		for who, browser := range map[string]*hubtest.Browser{"a stranger": w.Browser(t), "somebody else": theirs} {
			if page := browser.Post(action, form, w.Issuer); page.Status < 400 {
				t.Errorf("%s sends it: %d", who, page.Status)
			}
		}
		if page := b.Post(action, form, "https://evil.example"); page.Status != http.StatusForbidden {
			t.Errorf("from elsewhere: %d", page.Status)
		}
		if page := b.Post(action, mixed(form, again, "credential"), w.Issuer); page.Query("wrong") != "key" {
			t.Errorf("another challenge's answer: %s", page.URL)
		}
		if all := len(list(t, w, e)) + len(list(t, w, other)); all != had {
			t.Errorf("%d devices, before %d", all, had)
		}
		if page := b.Post(action, form, w.Issuer); page.Query("done") != "added" {
			t.Errorf("the right one: %d at %s", page.Status, page.URL)
		}
		if page := b.Post(action, form, w.Issuer); page.Query("wrong") != "known" {
			t.Errorf("a second time: %d at %s", page.Status, page.URL)
		}
		w.Shift(6 * time.Minute)
		if page := b.Get(address); page.Status != http.StatusGone {
			t.Errorf("six minutes later: %d", page.Status)
		}
		if page := b.Post(action, again, w.Issuer); page.Status != http.StatusGone {
			t.Errorf("sent six minutes later: %d", page.Status)
		}
		if all := len(list(t, w, e)); all != had/2+1 {
			t.Errorf("%d devices", all)
		}
	})
}

// mixed is a form with one field of another.
func mixed(form, other url.Values, name string) url.Values {
	out := url.Values{}
	for field, values := range form {
		out[field] = values
	}
	out[name] = other[name]
	return out
}

// R-2FA-02, SE-08: a login that is weaker than what its owner holds, or old, adds and replaces nothing.
func TestAttack_SE_08_NoKeyByAnOldOrWeakLogin(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		phone := idOf(t, w, e, enrolled.Passkey)
		paths := []string{"/devices/phone", "/devices/key", "/devices/" + phone + "/replace", "/devices/" + phone + "/replace/phone", "/devices/" + phone + "/replace/app"}
		b := atPortal(t, w, e.Device)
		w.Shift(6 * time.Minute)
		weak := w.Browser(t)
		weak.Get(w.At("portal") + "/begin")
		weak.Choose("trusted-profile")
		weak.Be("ordinary")
		for _, path := range paths {
			if page := b.Get(w.At("portal") + path); page.Status != http.StatusForbidden {
				t.Errorf("six minutes later %s: %d", path, page.Status)
			}
			if page := weak.Get(w.At("portal") + path); page.Status != http.StatusForbidden {
				t.Errorf("by a medium login %s: %d", path, page.Status)
			}
		}
	})
}

// Who lets no new ways in has none added, also not with a page that was opened before.
func TestNoNewKeyForWhoLetsNoneIn(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		b := atPortal(t, w, e.Device)
		had := len(list(t, w, e))
		b.Click("add-phone")
		action, form := b.Creation(enrolledtest.NewDevice())
		b.Get(w.At("portal") + "/devices/app")
		_, app := b.Form("add")
		b.Get(w.At("portal") + "/new-ways")
		b.Click("close")
		if page := b.Post(action, form, w.Issuer); page.Status != http.StatusGone {
			t.Errorf("a key: %d at %s", page.Status, page.URL)
		}
		app.Set("pin", "731946")
		app.Set("pin_again", "731946")
		app.Set("code", "000000")
		if page := b.Post(w.At("portal")+"/devices/app/add", app, w.At("portal")); page.Query("done") != "" {
			t.Errorf("an app: %s", page.URL)
		}
		page := b.Get(w.At("portal") + "/devices")
		if page.Has("add-phone") || page.Has("add-app") || !page.Has("closed") || !page.Has("new-codes") {
			t.Errorf("the list:\n%s", page.Text())
		}
		for _, path := range []string{"/devices/phone", "/devices/key", "/devices/app", "/devices/" + idOf(t, w, e, enrolled.Passkey) + "/replace"} {
			if page := b.Get(w.At("portal") + path); page.Query("wrong") != "closed" {
				t.Errorf("%s: %d at %s", path, page.Status, page.URL)
			}
		}
		if all := len(list(t, w, e)); all != had {
			t.Errorf("%d devices, before %d", all, had)
		}
		b.Get(w.At("portal") + "/devices/codes")
		if page := b.Click("make-codes"); !page.Has("codes") || len(list(t, w, e)) != had+1 {
			t.Errorf("codes for those that there are: %d at %s", page.Status, page.URL)
		}
		for _, d := range list(t, w, e) {
			if d.Type == enrolled.Recovery && d.State == enrolled.Active {
				if err := w.Replicas[0].Hub.Authenticators().Remove(t.Context(), e.Person.ID, d.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.Get(w.At("portal") + "/devices/codes")
		if page := b.Click("make-codes"); page.Query("wrong") != "closed" || len(list(t, w, e)) != had+1 {
			t.Errorf("codes where there are none: %d at %s", page.Status, page.URL)
		}
	})
}

// Means.md §4.7: a device is replaced by another. The new one is proved first: a wrong answer leaves the old
// one as it is; with a right one the old one ends at once, and so does everything that was open.
func TestTheOwnerReplacesAPhone(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		old := idOf(t, w, e, enrolled.Passkey)
		b := atPortal(t, w, e.Device)
		before := len(w.Country.Inbox.Messages())
		b.Click("replace-" + old)
		b.Click("by-phone")
		fresh := enrolledtest.NewDevice()
		action, form := b.Creation(fresh)
		if page := b.Post(action, mixed(form, url.Values{"credential": {"{}"}}, "credential"), w.Issuer); page.Query("wrong") != "key" {
			t.Errorf("a wrong answer: %d at %s", page.Status, page.URL)
		}
		if c := toPhone(t, w, rp, "scope", "openid profile"); !c.Tap(e.Device).Has("approve") {
			t.Error("the old one does not log in before the new one is made")
		}
		if page := b.Post(action, form, w.Issuer); page.Query("done") != "replaced" {
			t.Fatalf("%d at %s:\n%s", page.Status, page.URL, page.Text())
		}
		toldOf(t, w, before, "replaced")
		if page := b.Get(w.At("portal") + "/devices"); page.Status != http.StatusUnauthorized {
			t.Errorf("still logged in: %d", page.Status)
		}
		if c := toPhone(t, w, rp, "scope", "openid profile"); c.Tap(e.Device).Has("approve") {
			t.Error("the old one logs in")
		}
		if c := toPhone(t, w, rp, "scope", "openid profile"); !c.Tap(fresh).Has("approve") {
			t.Errorf("the new one does not log in")
		}
		if page := b.Post(action, form, w.Issuer); page.Status < 400 {
			t.Errorf("once more: %d at %s", page.Status, page.URL)
		}
	})
}

// Nobody locks themselves out without being told (attacks LK-12): what is left is said first, and an old screen
// that said more than is true now is no answer.
func TestAttack_LK_12_WhatIsLeftIsSaidBeforeADeviceStops(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		phone, app := idOf(t, w, e, enrolled.Passkey), idOf(t, w, e, enrolled.TOTP)
		b := atPortal(t, w, e.Device)
		_, form := b.Form("lose-" + phone)
		page := b.Click("lose-" + phone)
		if !page.Has("weaker") || !strings.Contains(page.TextOf("weaker"), "medium") || list(t, w, e)[0].State != enrolled.Active {
			t.Fatalf("at %s:\n%s", page.URL, page.Text())
		}
		a := w.Replicas[0].Hub.Authenticators() // another tab loses the app
		id, err := enrolled.ParseDeviceID(app)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Remove(t.Context(), e.Person.ID, id); err != nil {
			t.Fatal(err)
		}
		if page := b.Click("stop"); !page.Has("weaker") || !strings.Contains(page.TextOf("weaker"), "basic") {
			t.Errorf("an old screen is taken as an answer, at %s:\n%s", page.URL, page.Text())
		}
		form.Set("left", "substantial")
		if page := b.Post(w.At("portal")+"/devices/"+phone, form, w.At("portal")); !page.Has("weaker") {
			t.Errorf("a made-up answer is taken: %s", page.URL)
		}
		if page := b.Get(w.At("portal") + "/devices/" + phone + "/stop/suspend"); !page.Has("weaker") || !strings.Contains(page.TextOf("afterwards"), "an office") {
			t.Errorf("nothing that is left takes it back, and its page says:\n%s", page.Text())
		}
		b.Get(w.At("portal") + "/devices/" + phone + "/stop/lose")
		b.Click("stop")
		for _, d := range list(t, w, e) {
			if d.ID.String() == phone && d.State != enrolled.Lost {
				t.Errorf("told, and it is %s", d.State)
			}
		}
	})
}

// Attacks OT-06, OT-11: what a login was sent along with goes with that login. Once what it was made with is stopped, a
// weaker login in the same browser makes no key on its word.
func TestAttack_OT_11_TheErrandOfALoginThatWasEnded(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		b := atPortal(t, w, e.Device)
		b.Click("add-phone")
		address := b.Page.URL.String()
		action, form := b.Creation(enrolledtest.NewDevice())
		for _, d := range list(t, w, e) {
			if d.Type != enrolled.Passkey && d.Type != enrolled.TOTP {
				continue
			}
			if err := w.Replicas[0].Hub.Authenticators().Suspend(t.Context(), e.Person.ID, d.ID, enrolled.HelpLine); err != nil {
				t.Fatal(err)
			}
		}
		b.Get(w.At("portal") + "/begin")
		b.Choose("trusted-profile")
		if b.Be("ordinary"); !b.Get(w.At("portal") + "/devices").Has("log-out") {
			t.Fatalf("nobody is logged in, at %s", b.Page.URL)
		}
		had := len(list(t, w, e))
		if page := b.Get(address); page.Status != http.StatusGone {
			t.Errorf("opened again: %d", page.Status)
		} else if page = b.Post(action, form, w.Issuer); page.Status < 400 {
			t.Errorf("sent again: %d at %s", page.Status, page.URL)
		}
		if b.Get(address); b.Page.Has("make-key") {
			b.MakeKey(enrolledtest.NewDevice())
		}
		if n := len(list(t, w, e)); n != had {
			t.Errorf("%d devices, before %d", n, had)
		}
	})
}
