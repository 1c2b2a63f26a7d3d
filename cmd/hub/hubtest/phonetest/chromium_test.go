package phonetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/store"
)

// real gives somebody with a real browser and a passkey that was made in it, on both databases.
func real(t *testing.T, synced bool, story func(*testing.T, *hubtest.World, *hubtest.Enrolled, *hubtest.Chromium, *hubtest.Passkeys)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithPhone(t, nil))
			e := w.Known(t, "ordinary", identity.High)
			c := hubtest.NewChromium(t, true, "pl")
			keys := c.Passkeys(synced)
			c.Open(w.Issuer + "/") // the hub's own origin, at which alone it may be made
			a := w.Replicas[0].Hub.Authenticators()
			options, setup, err := a.BeginPasskey(t.Context(), e.Account, enrolled.PasskeyWish{Label: "K. B.", Attested: true})
			if err != nil {
				t.Fatal(err)
			}
			candidate, err := a.FinishPasskey(t.Context(), setup, keys.Make(options))
			if err != nil {
				t.Fatal(err)
			}
			if candidate.Synced != synced || candidate.Mechanism == enrolled.Synced != synced {
				t.Errorf("%+v", candidate)
			}
			e.Bind(identity.High, candidate)
			story(t, w, e, c, keys)
		})
	}
}

func toPasskey(w *hubtest.World, c *hubtest.Chromium) {
	c.Open(w.Country.Addresses.City)
	c.Click("log-in")
	c.Click("means-" + hubtest.MeansPhone)
}

func TestARealBrowserLogsInByPasskeyAtAService(t *testing.T) {
	real(t, false, func(t *testing.T, w *hubtest.World, _ *hubtest.Enrolled, c *hubtest.Chromium, keys *hubtest.Passkeys) {
		toPasskey(w, c)
		if !hubtest.Look[bool](c, `document.getElementById("no-passkey").hidden && !document.getElementById("passkey").closest("form").hidden`) {
			t.Error("the page does not show that a passkey can be used")
		}
		keys.Verifies(false)
		c.Click("passkey")
		if !c.Has("failure") {
			t.Fatalf("an owner who was not recognised: %s", c.URL())
		}
		keys.Verifies(true)
		c.Click("passkey")
		c.Click("approve")
		if c.Has("leave") {
			c.Click("leave")
		}
		if !strings.HasPrefix(c.URL(), w.Country.Addresses.City) || !strings.Contains(c.TextAt("body"), "Brzeziński-Testowy") {
			t.Errorf("at %s:\n%s", c.URL(), c.TextAt("body"))
		}
		for _, address := range c.Trail() {
			if strings.Contains(address, "credential") {
				t.Error("attacks OT-14: an answer stands in an address")
			}
		}
		if strings.Contains(string(w.Log.Bytes()), "page policy broken") {
			t.Error("the page breaks its own policy")
		}
	})
}

func TestARealBrowserWithASyncedPasskeyAndACopy(t *testing.T) {
	real(t, true, func(t *testing.T, w *hubtest.World, e *hubtest.Enrolled, c *hubtest.Chromium, keys *hubtest.Passkeys) {
		for range 2 {
			toPasskey(w, c)
			c.Click("passkey")
			if !c.Has("approve") {
				t.Fatalf("not logged in: %s", c.TextAt("body"))
			}
			c.Forget()
		}
		keys.Count(0)
		toPasskey(w, c)
		c.Click("passkey")
		if c.Has("approve") || !c.Has("failure") {
			t.Errorf("§7.2 step 22: a count that went back: %s", c.TextAt("body"))
		}
		devices, err := w.Replicas[0].Hub.Authenticators().Devices(t.Context(), e.Person.ID)
		if err != nil || devices[0].State != enrolled.Doubted || devices[0].Level != identity.Substantial {
			t.Errorf("%+v, %v", devices, err)
		}
	})
}

// show keeps a picture where the environment names a folder for them: `make screenshots`.
func show(t *testing.T, c *hubtest.Chromium, page string) {
	t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, size := range [][2]int{{390, 844}, {1280, 720}} {
		c.Size(size[0], size[1])
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("portal-%s-%dx%d.png", page, size[0], size[1])), c.Picture(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.Size(390, 844)
}

// The portal leads to the hub's own page, where a browser may make a key for it, and back; a device that has one
// already makes no second (excludeCredentials).
func TestARealBrowserAddsAndReplacesAKeyFromThePortal(t *testing.T) {
	real(t, false, func(t *testing.T, w *hubtest.World, e *hubtest.Enrolled, c *hubtest.Chromium, _ *hubtest.Passkeys) {
		c.Size(390, 844)
		c.Open(w.At("portal") + "/devices")
		c.Click("log-in")
		c.Click("means-" + hubtest.MeansPhone)
		c.Click("passkey")
		c.Wait("add-phone")
		show(t, c, "devices")
		first := list(t, w, e)[0].ID.String()
		hubtest.Look[bool](c, `(document.getElementById("lost-`+first+`").open = true)`)
		c.Click("lose-" + first) // the only way to log in
		c.Wait("weaker")
		show(t, c, "stop")
		c.Click("keep")
		c.Wait("add-phone")
		c.Click("add-phone")
		c.Wait("make-key")
		show(t, c, "new-key")
		c.Click("make-key")
		c.Wait("refused") // the same device, which has a key of the account
		if !strings.Contains(c.URL(), "wrong=known") {
			t.Errorf("what was wrong: %s", c.URL())
		}
		c.Open(w.At("portal") + "/devices")
		c.SecurityKey()
		c.Click("add-key")
		c.Click("make-key")
		c.Wait("done")
		show(t, c, "new-key-done")
		c.Click("back")
		if !strings.HasPrefix(c.URL(), w.At("portal")+"/devices") || len(c.IDs("device-")) != 2 {
			t.Fatalf("back at %s:\n%s", c.URL(), c.TextAt("body"))
		}
		c.Click("replace-" + first)
		c.Wait("by-phone")
		show(t, c, "replace")
		if strings.Contains(string(w.Log.Bytes()), "page policy broken") {
			t.Error("a page breaks its own policy")
		}
	})
}
