// Package phonetest logs in with what an office handed out, through the whole hub: passkeys in a real
// browser and in software, an app with a PIN without JavaScript, recovery codes and paper lists. What a
// single answer must withstand is told in connectors/enrolled, what the databases decide between
// replicas in their own packages.
package phonetest

import (
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
)

const high = "http://eidas.europa.eu/LoA/high"

func clinic() *hubtest.RP {
	return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic"})
}

// each runs a story with the clinic on both databases. Ordinary was at the desk and has everything.
func each(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP, *hubtest.Enrolled), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp, maker := clinic(), enrolledtest.NewMaker(t)
			w := hubtest.New(t, append([]hubtest.With{hubtest.WithDialect(d), hubtest.WithRPs(rp), hubtest.WithPhone(t, maker)}, with...)...)
			story(t, w, rp, w.Enrol(t, "ordinary", identity.High, certified(maker)))
		})
	}
}

func certified(maker *enrolledtest.Maker) *enrolledtest.Device {
	device := enrolledtest.NewDevice()
	device.Maker, device.AAGUID = maker, hubtest.CertifiedModel()
	return device
}

// toPhone goes from a request to the page of the means.
func toPhone(t *testing.T, w *hubtest.World, rp *hubtest.RP, changes ...string) *hubtest.Browser {
	t.Helper()
	b := w.Browser(t)
	rp.As(t).Authorize(b, changes...)
	b.Click("means-" + hubtest.MeansPhone)
	return b
}

// told ends a login that stands at consent, and gives what the party is told of how it was made.
func told(t *testing.T, rp *hubtest.RP, b *hubtest.Browser) (claims map[string]any, methods []string) {
	t.Helper()
	rp = rp.As(t)
	if !b.Page.Has("approve") {
		t.Fatalf("not at consent but at %s (%d):\n%s", b.Page.URL.Path, b.Page.Status, b.Page.Text())
	}
	answer := rp.Finish(b, "ordinary")
	reply := rp.Exchange(answer.Code())
	_, claims = hubtest.ReadJWT(t, reply.Text("id_token"))
	for _, m := range claims["amr"].([]any) {
		methods = append(methods, m.(string))
	}
	user := rp.Userinfo(reply.Text("access_token"))
	if user.Text("family_name") != "Brzeziński-Testowy" {
		t.Errorf("the party is told of %q", user.Text("family_name"))
	}
	return claims, methods
}

func TestPasskeyLogsInAtHigh(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile", "acr_values", high)
		if b.Page.Has("use-app") || b.Page.Has("use-code") {
			t.Error("ways are offered that cannot be enough")
		}
		b.Tap(e.Device)
		claims, methods := told(t, rp, b)
		if claims["acr"] != high || !slices.Equal(methods, []string{"hwk", "user", "mfa", "ofc"}) {
			t.Errorf("acr %v, amr %v", claims["acr"], methods)
		}
	})
}

func TestAppAndPINWithoutJavaScript(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		b.TypeCode(e, "000000")
		if !b.Page.Has("failure") || b.Page.Has("approve") || strings.Contains(b.Page.Body, e.PIN) {
			t.Fatalf("wrong code: %d\n%s", b.Page.Status, b.Page.Text())
		}
		b.TypeCode(e, e.Code())
		claims, methods := told(t, rp, b)
		if claims["acr"] != "http://eidas.europa.eu/LoA/substantial" || !slices.Equal(methods, []string{"otp", "pin", "mfa", "ofc"}) {
			t.Errorf("acr %v, amr %v", claims["acr"], methods)
		}
		if page := rp.As(t).Authorize(b, "scope", "openid profile", "acr_values", high); !page.Has("handed") {
			t.Errorf("that something else from the office reaches more is not said at %s:\n%s", page.URL.Path, page.Text())
		} else if offered := page.IDs("means-"); offered[len(offered)-1] != "means-"+hubtest.MeansPhone || strings.Contains(page.Text(), "used last") || !strings.Contains(page.TextOf("why-weak"), "go to an office with your identity document") {
			t.Errorf("what reaches no more is offered first, of %v:\n%s", offered, page.Text())
		}
	})
}

func TestRecoveryCodeWarnsAndIsLow(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := toPhone(t, w, rp, "scope", "openid profile")
		b.TypeLastCode(e, strings.ToLower(e.Codes[3]))
		if left := b.Page.TextOf("codes-left"); !strings.Contains(left, "9") || b.Page.Has("approve") {
			t.Fatalf("no warning but %d\n%s", b.Page.Status, b.Page.Text())
		}
		b.Click("go-on")
		if claims, _ := told(t, rp, b); claims["acr"] != "http://eidas.europa.eu/LoA/low" {
			t.Errorf("acr %v", claims["acr"])
		}
		again := toPhone(t, w, rp, "scope", "openid profile")
		if again.TypeLastCode(e, e.Codes[3]); !again.Page.Has("failure") {
			t.Errorf("a code twice: %d\n%s", again.Page.Status, again.Page.Text())
		}
		paper := toPhone(t, w, rp, "scope", "openid profile")
		paper.TypeLastCode(e, e.Paper[29])
		if claims, _ := told(t, rp, paper); claims["acr"] != "http://eidas.europa.eu/LoA/low" {
			t.Errorf("paper: acr %v", claims["acr"])
		}
	})
}
