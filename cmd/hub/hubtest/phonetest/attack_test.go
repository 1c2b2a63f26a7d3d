package phonetest

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
)

// Keycloak #13607, RFC 6238 §5.2: a code that somebody saw, in the same step, at two replicas at once.
func TestAttack_OT_03_AStolenCodeAtTwoReplicas(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		var browsers [2]*hubtest.Browser
		for i := range browsers {
			browsers[i] = w.Browser(t)
			only(t, w, browsers[i], i)
			rp.As(t).Authorize(browsers[i], "scope", "openid profile")
			browsers[i].Click("means-" + hubtest.MeansPhone)
		}
		code := e.Code()
		for _, b := range browsers {
			b.Have("totp")
			b.Fill("name", e.Account.Name)
			b.Fill("pin", e.PIN)
			b.Fill("code", code)
		}
		var both sync.WaitGroup
		for _, b := range browsers {
			both.Go(func() { b.Click("use-app") })
		}
		both.Wait()
		won := 0
		for _, b := range browsers {
			if b.Page.Has("approve") {
				won++
			} else if !b.Page.Has("failure") {
				t.Errorf("%d at %s\n%s", b.Page.Status, b.Page.URL.Path, b.Page.Text())
			}
		}
		if won != 1 {
			t.Errorf("Keycloak #13607: %d of 2 logged in with one code", won)
		}
	}, hubtest.WithReplicas(2))
}

// only lets a browser reach one replica and no other.
func only(t *testing.T, w *hubtest.World, b *hubtest.Browser, replica int) {
	t.Helper()
	front := strings.TrimPrefix(w.Issuer, "http://")
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == front {
			address = w.Replicas[replica].Public
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	b.Through(func(http.RoundTripper) http.RoundTripper { return transport })
}

// Web Authentication Level 3 §13.4.3: an answer that was used is worth nothing, in this login or another.
func TestAnAssertionIsWorthNothingASecondTime(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		action, form := b.Assertion(e.Device)
		if b.Post(action, form, w.Issuer); !b.Page.Has("approve") {
			t.Fatalf("not logged in: %s", b.Page.Text())
		}
		if page := b.Post(action, form, w.Issuer); page.Status < 400 && !page.Has("approve") {
			t.Errorf("the same form again: %d at %s", page.Status, page.URL.Path)
		}
		thief := toPhone(t, w, rp, "scope", "openid profile")
		theirs, fresh := thief.Form("passkey")
		fresh.Set("credential", form.Get("credential"))
		if thief.Post(theirs, fresh, w.Issuer); thief.Page.Has("approve") || !thief.Page.Has("failure") {
			t.Errorf("§13.4.3: replayed in another login: %d\n%s", thief.Page.Status, thief.Page.Text())
		}
		elsewhere := toPhone(t, w, rp, "scope", "openid profile")
		theirs, fresh = elsewhere.Form("passkey")
		if page := elsewhere.Post(theirs, fresh, "https://evil.example"); page.Status != http.StatusForbidden {
			t.Errorf("a form of another site: %d", page.Status)
		}
	})
}

// Web Authentication Level 3 §13.4.9: what a page elsewhere was given is worth nothing here.
func TestAnAssertionOfAnotherOrigin(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		phished := e.Device.Clone()
		phished.Origin = strings.Replace(w.Issuer, "localhost", "localhost.evil.example", 1)
		b := toPhone(t, w, rp, "scope", "openid profile")
		if b.Tap(phished); b.Page.Has("approve") || !b.Page.Has("failure") {
			t.Errorf("§13.4.9: %d\n%s", b.Page.Status, b.Page.Text())
		}
		if b := toPhone(t, w, rp, "scope", "openid profile"); !b.Tap(e.Device).Has("approve") {
			t.Error("the owner is kept out afterwards")
		}
	})
}

func TestACopiedPasskeyIsPutAside(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		in := func(d *enrolledtest.Device) bool {
			return toPhone(t, w, rp, "scope", "openid profile").Tap(d).Has("approve")
		}
		clone := e.Device.Clone()
		if !in(e.Device) || in(clone) || in(e.Device) {
			t.Error("Web Authentication §7.2 step 22: the copy logs in, or what was copied is not put aside")
		}
		devices := list(t, w, e)
		i := slices.IndexFunc(devices, func(d enrolled.Device) bool { return d.Type == enrolled.Passkey })
		if devices[i].State != enrolled.Doubted {
			t.Errorf("it stands as %s", devices[i].State)
		}
	})
}

// A session ends with the device that it was opened with: no path forgets it.
func TestASessionEndsWithItsDevice(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		b.Tap(e.Device)
		_, _ = told(t, rp, b)
		known := func() bool { return rp.As(t).Authorize(b, "scope", "openid profile").Has("approve") }
		if !known() {
			t.Fatalf("there is no session to begin with: %s", b.Page.Text())
		}
		for _, d := range list(t, w, e) {
			if d.Type == enrolled.Passkey {
				if err := w.Replicas[0].Hub.Authenticators().Lose(t.Context(), e.Person.ID, d.ID, enrolled.Proof{Level: identity.High}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if known() || !b.Page.Has("means-"+hubtest.MeansPhone) {
			t.Errorf("the session lives on: %s", b.Page.Text())
		}
	})
}

func list(t *testing.T, w *hubtest.World, e *hubtest.Enrolled) []enrolled.Device {
	t.Helper()
	devices, err := w.Replicas[0].Hub.Authenticators().Devices(t.Context(), e.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	return devices
}

func TestALostDeviceAndASecondOne(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		a := w.Replicas[0].Hub.Authenticators()
		first := list(t, w, e)[0]
		for _, d := range list(t, w, e) {
			if d.Type == enrolled.Passkey {
				first = d
			}
		}
		second := enrolledtest.NewDevice()
		second.Origin, second.Maker, second.AAGUID = w.Issuer, e.Device.Maker, hubtest.CertifiedModel()
		if _, err := a.Add(t.Context(), e.Person.ID, enrolled.Proof{Level: identity.High}, e.Passkey(second)); err != nil {
			t.Fatal(err)
		}
		if err := a.Lose(t.Context(), e.Person.ID, first.ID, enrolled.Proof{Level: identity.High}); err != nil {
			t.Fatal(err)
		}
		if b := toPhone(t, w, rp, "scope", "openid profile"); b.Tap(e.Device).Has("approve") {
			t.Error("the lost one logs in")
		}
		b := toPhone(t, w, rp, "scope", "openid profile", "acr_values", high)
		b.Tap(second)
		if claims, _ := told(t, rp, b); claims["acr"] != high {
			t.Errorf("the second gives %v", claims["acr"])
		}
	})
}

// Keycloak CVE-2026-4633, ZITADEL CVE-2024-41952: whoever is not let in, by page, status and length.
func TestAttack_EN_01_NamesAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		said := map[string]string{}
		for story, name := range map[string]string{"somebody": e.Account.Name, "nobody": enrolled.NewAccount().Name} {
			b := toPhone(t, w, rp, "scope", "openid profile")
			for range 6 { // from the sixth on the name is locked
				if !b.Page.Has("have") {
					b.Click("means-" + hubtest.MeansPhone)
				}
				b.Have("totp")
				b.Fill("name", name)
				b.Fill("pin", e.PIN)
				b.Fill("code", "000000")
				b.Click("use-app")
			}
			said[story] = strings.ReplaceAll(b.Page.Text(), name, "") + b.Page.URL.Path[:7] + http.StatusText(b.Page.Status)
		}
		if said["somebody"] != said["nobody"] {
			t.Errorf("CVE-2026-4633: told apart:\n%s\n---\n%s", said["somebody"], said["nobody"])
		}
	})
}

// What is written of a login with what an office handed out says nothing of it (PV, OT-14).
func TestNothingThatWasTypedIsWritten(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		code := e.Code()
		b := toPhone(t, w, rp, "scope", "openid profile")
		b.TypeCode(e, code)
		_, _ = told(t, rp, b)
		b = toPhone(t, w, rp, "scope", "openid profile")
		b.TypeLastCode(e, e.Codes[0])
		w.Shift(time.Minute)
		b = toPhone(t, w, rp, "scope", "openid profile")
		_, form := b.Assertion(e.Device)
		b.Tap(e.Device)
		values := map[string]string{
			"login name": e.Account.Name, "PIN of the app": e.PIN, "secret of the app": e.Secret, "recovery code": e.Codes[0], "paper code": e.Paper[0],
			"bare login name": strings.ReplaceAll(e.Account.Name, "-", ""), "bare recovery code": strings.ReplaceAll(e.Codes[1], "-", ""),
			"assertion": form.Get("credential")[:200],
		}
		w.Dump().HoldsNone(t, values)
	})
}
