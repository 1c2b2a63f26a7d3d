package faulttest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// comesBack tries the trusted profile in a login under way, and fails the test unless the browser ends
// on the hub's own page with other means on it, soon and without a session.
func comesBack(t *testing.T, w *hubtest.World, b *hubtest.Browser) {
	t.Helper()
	b.Choose("trusted-profile")
	if b.Page.Has("other") {
		b.Click("other")
	}
	if b.Page.Has("person-ordinary") {
		b.Be("ordinary")
	}
	page := b.Page
	if page.Status >= 500 || !strings.HasPrefix(page.URL.String(), w.Issuer) || !page.Has("means-bank-bank-one") || b.Jar.Value("localhost", "__Host-sid") != "" {
		t.Errorf("the browser is at %s (%d):\n%s", page.URL.Path, page.Status, page.Text())
	}
}

// UF-01 and UF-02: whatever an upstream does at whichever endpoint, the login comes back to a page of
// ours that offers the other means, and those work.
func TestAttack_UF_01_UF_02_AnUpstreamThatFails(t *testing.T) {
	t.Parallel()
	endpoints := map[string]string{"discovery": "discovery", "jwks": "jwks", "token": "token", "userinfo": "userinfo"}
	sideBySide(t, endpoints, func(t *testing.T, endpoint string) {
		for _, fault := range []string{"down", "html", "cut", "huge", "slow"} {
			w := hubtest.New(t) // metadata and keys are kept: each fault meets a hub that has none
			value := endpoint
			if fault == "slow" {
				value += ":30000"
			}
			if err := w.Country.Profile.Switches.Set(fault, value); err != nil {
				t.Fatal(err)
			}
			b := w.Browser(t)
			b.Begin(w.Country.Addresses.City)
			comesBack(t, w, b)
			if got := status(t, w, "/ready"); got != http.StatusOK {
				t.Errorf("%s at %s: the hub is not ready: %d", fault, endpoint, got)
			}
			b.Choose("bank-one")
			b.Be("ordinary")
			if told := b.Click("approve"); told.TextOf("level") != "substantial" {
				t.Errorf("%s at %s: the bank does not work either, at %s:\n%s", fault, endpoint, told.URL.Path, told.Text())
			}
			if t.Failed() {
				t.Fatalf("so it is with %s at %s", fault, endpoint)
			}
		}
	})
}

// UF-01, bulkhead: logins by one upstream do not wait for those who wait for another.
func TestAttack_UF_01_AnUpstreamThatHangsHoldsItsOwnOnly(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	if err := w.Country.Profile.Switches.Set("slow", "token:30000"); err != nil {
		t.Fatal(err)
	}
	var back atomic.Int64
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		together(12, func(int) {
			_ = try(t, func(tb testing.TB) {
				b := w.Browser(tb)
				b.Prove(w.Country.Addresses.City, "trusted-profile", "ordinary")
				back.Add(1)
			})
		})
	}()
	for range 5 {
		if told := w.Browser(t).Login(w.Country.Addresses.City, "bank-one", "diacritics"); told.TextOf("level") != "substantial" {
			t.Errorf("a login by the bank fails at %s:\n%s", told.URL.Path, told.Text())
		}
	}
	<-waiting
	if back.Load() != 12 {
		t.Errorf("%d of 12 came back from an upstream that hangs", back.Load())
	}
}

// UF-04: what a register does not say is not assumed. New people are told to come again; who is known
// is let in by what is known of them; nobody dead is let in, and nobody is taken for another.
func TestAttack_UF_04_UF_05_ARegisterThatFails(t *testing.T) {
	t.Parallel()
	sideBySide(t, map[string]store.Dialect{"sqlite": store.SQLite, "postgres": store.PostgreSQL}, func(t *testing.T, d store.Dialect) {
		w := hubtest.New(t, hubtest.WithDialect(d))
		known := w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary").TextOf("sub")
		for _, fault := range [][2]string{{"down", "all"}, {"html", "all"}, {"cut", "all"}, {"slow", "30000"}, {"wrong_person", "on"}} {
			if err := w.Country.Registers.Switches.Set(fault[0], fault[1]); err != nil {
				t.Fatal(err)
			}
			stranger := w.Browser(t)
			page := stranger.Prove(w.Country.Addresses.City, "trusted-profile", "diacritics")
			if code := page.TextOf("error-code"); code != "no_register" && !(fault[0] == "wrong_person" && code == "conflict") {
				t.Errorf("%s: somebody new is told %q at %s (%d)", fault[0], code, page.URL.Path, page.Status)
			}
			if stranger.Jar.Value("localhost", "__Host-sid") != "" {
				t.Errorf("%s: somebody new has a session", fault[0])
			}
			if fault[0] != "wrong_person" {
				if got := w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary").TextOf("sub"); got != known {
					t.Errorf("%s: somebody known is not let in as who they are", fault[0])
				}
			}
			if err := w.Country.Registers.Switches.Set("all", ""); err != nil {
				t.Fatal(err)
			}
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); n != 1 {
			t.Errorf("%d persons, want one", n)
		}
		// The register answers again, and is asked again.
		hubtest.Await(t, "somebody new is let in again", func() bool {
			b := w.Browser(t)
			return b.Prove(w.Country.Addresses.City, "trusted-profile", "diacritics").Has("approve")
		})
	})
}

// JW-06: ID tokens of keys that nobody published make the hub ask for keys once in a while, not each
// time.
func TestAttack_JW_06_UnknownKeysOfAnUpstream(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	var asked atomic.Int64
	w.Country.Profile.Switches.Watch(func(endpoint string, _ *http.Request) {
		if endpoint == "jwks" {
			asked.Add(1)
		}
	})
	if err := w.Country.Profile.Switches.Set("signature", "unknown-kid"); err != nil {
		t.Fatal(err)
	}
	b := w.Browser(t)
	b.Begin(w.Country.Addresses.City)
	for range 20 {
		comesBack(t, w, b)
	}
	if n := asked.Load(); n > 2 {
		t.Errorf("20 tokens of unknown keys made the hub ask %d times", n)
	}
}

// SS-01 and SS-02: metadata that lead elsewhere are followed nowhere.
func TestAttack_SS_01_SS_02_MetadataThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	var touched atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched.Add(1) }))
	t.Cleanup(sink.Close)
	for _, endpoint := range []string{"token_endpoint", "jwks_uri", "userinfo_endpoint"} {
		w := hubtest.New(t)
		if err := w.Country.Profile.Switches.Set("metadata", `{"`+endpoint+`":"`+sink.URL+`/"}`); err != nil {
			t.Fatal(err)
		}
		b := w.Browser(t)
		b.Begin(w.Country.Addresses.City)
		comesBack(t, w, b)
	}
	if n := touched.Load(); n != 0 {
		t.Errorf("an address that nobody configured was called %d times", n)
	}
}

// A hub that nobody uses takes little: 60 MB at most, of which the tests' own code is a part, and 20 more where the
// build links the C library. What a few logins leave behind until it is collected is less than a third of that again.
func TestAnIdleHubIsSmall(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	p := w.Spawn(t)
	idle := resident(t, p.PID())
	for range 5 {
		w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	}
	after := resident(t, p.PID())
	t.Logf("%d MB, %d MB after five logins", idle, after)
	most := 60
	if linksC() {
		most += 20
	}
	if idle > most || after > idle+idle/3 {
		t.Errorf("%d MB, %d MB after five logins", idle, after)
	}
}

// linksC reports whether the tests, and with them the hub, were built with CGO_ENABLED=1.
func linksC() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"})
}

// resident gives how much of the machine's memory a process takes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if os.IsNotExist(err) {
		t.Skip("this system does not tell")
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kilobytes, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes >> 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
