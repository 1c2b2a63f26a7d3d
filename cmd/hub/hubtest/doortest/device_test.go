package doortest

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/assurance"
	"symbolon/provider/login"
	"symbolon/provider/store"
)

const device = "__Host-device"

// careful are rules under which a browser that somebody never used takes a second means.
func careful(t *testing.T) hubtest.With {
	t.Helper()
	rules := assurance.Default()
	rules.Version = "2026-11-28.careful"
	rules.Findings[assurance.SecondMeans] = assurance.Weight{}
	rules.Findings[login.UnknownDevice] = assurance.Weight{Points: 50, Mitigated: []assurance.Mitigation{{By: assurance.SecondMeans}}}
	text, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return hubtest.WithSettings(func(s map[string]any) { s["assurance"].(map[string]any)["rules_file"] = file })
}

func eachCareful(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := &hubtest.RP{ID: "clinic", Method: "client_secret_basic", Party: map[string]any{"floor": "substantial"}}
			story(t, hubtest.New(t, append(with, hubtest.WithDialect(d), hubtest.WithRPs(rp), careful(t))...), rp)
		})
	}
}

// H11: on a browser that the person never used, more is asked inside the same login, and what was
// proved stays. Afterwards the browser is known to them, and to nobody else.
func TestAnUnknownDeviceTakesASecondMeans(t *testing.T) {
	t.Parallel()
	eachCareful(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		rp.Authorize(b)
		b.Choose("trusted-profile")
		page := b.Be("ordinary")
		if page.Has("approve") || page.Has("means-trusted-profile") || !page.Has("means-bank-bank-one") {
			t.Fatalf("on an unknown device:\n%s", page.Text())
		}
		for _, text := range []string{"You have not logged in on this device before", "What you have confirmed already stays"} {
			if !strings.Contains(page.Text(), text) {
				t.Errorf("the page does not say %q:\n%s", text, page.Text())
			}
		}
		b.Choose("bank-one")
		if page := b.Be("ordinary"); !page.Has("approve") {
			t.Fatalf("after a second means:\n%s", page.Text())
		}
		held := rp.Exchange(rp.Answered(b.Click("approve")).Code())
		if _, claims := hubtest.ReadJWT(t, held.Text("id_token")); claims["acr"] != "http://eidas.europa.eu/LoA/substantial" {
			t.Errorf("the level is %v", claims["acr"])
		}
		rp.Authorize(b, "prompt", "login")
		b.Choose("trusted-profile")
		if page := be(b, "ordinary"); !page.Has("approve") {
			t.Errorf("on a known device:\n%s", page.Text())
		}
		b.Click("approve")
		rp.Authorize(b, "prompt", "login")
		b.Choose("trusted-profile")
		if page := be(b, "diacritics"); page.Has("approve") {
			t.Error("the device of one person is another's")
		}
	})
}

// LA-06 (ZITADEL CVE-2024-28197): a second means of somebody else helps nobody: nothing of two people
// is mixed.
func TestAttack_LA_06_TheSecondMeansOfSomebodyElse(t *testing.T) {
	t.Parallel()
	eachCareful(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		rp.Authorize(b)
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Choose("bank-one")
		if page := b.Be("diacritics"); page.Has("approve") {
			t.Fatalf("two people are one:\n%s", page.Text())
		}
		b.Choose("trusted-profile")
		if page := be(b, "ordinary"); page.Has("approve") {
			t.Errorf("what was proved before somebody else came counts:\n%s", page.Text())
		}
	})
}

// A service that wants little makes no browser known to those that want more; a browser without
// cookies, or with a made-up one, is never known.
func TestAttack_LA_08_NoOtherWayToBeKnown(t *testing.T) {
	t.Parallel()
	eachCareful(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		b.Login(w.Country.Addresses.Library, "trusted-profile", "ordinary") // wants low
		rp.Authorize(b, "prompt", "login")
		b.Choose("trusted-profile")
		if page := be(b, "ordinary"); page.Has("approve") {
			t.Error("a login at low made the browser known")
		}
		b.Choose("bank-one")
		be(b, "ordinary")
		known := b.Jar.Value("localhost", device)
		for name, value := range map[string]string{"none": "", "made up": "AAAAAAAAAAAAAAAAAAAAAAAAAA", "rubbish": "../x", "too long": known + known} {
			other := w.Browser(t)
			if value != "" {
				other.Jar.Put("localhost", http.Cookie{Name: device, Value: value, Secure: true, Path: "/"})
			}
			rp.Authorize(other)
			other.Choose("trusted-profile")
			if page := other.Be("ordinary"); page.Has("approve") {
				t.Errorf("a browser with %s is known", name)
			}
		}
		if dump := w.Dump(); known == "" || len(dump.Find(known)) > 0 {
			t.Error("the browser's cookie is written down")
		}
	})
}

// LA-11 and SE-12: when the second means is switched off, what rests on it falls at once.
func TestAttack_LA_11_SE_12_TheSecondMeansSwitchedOff(t *testing.T) {
	t.Parallel()
	var off atomic.Bool
	eachCareful(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		off.Store(false)
		b := w.Browser(t)
		rp.Authorize(b)
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Choose("bank-one")
		b.Be("ordinary")
		b.Tick("remember")
		b.Click("approve")
		if got := rp.Answered(rp.Authorize(b, "prompt", "none")); got.Get("code") == "" {
			t.Fatalf("the session does not log in: %s", got.Encode())
		}
		off.Store(true)
		if got := rp.Answered(rp.Authorize(b, "prompt", "none")); got.Get("error") != "login_required" {
			t.Errorf("after it was switched off: %s", got.Encode())
		}
	}, hubtest.WithSwitch(&off, "bank"))
}
