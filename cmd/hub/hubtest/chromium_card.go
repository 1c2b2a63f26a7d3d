package hubtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"symbolon/cmd/demo/sim"
)

// policies is where Chromium reads what the machine's administrator decided, for every profile.
const policies = "/etc/chromium/policies/managed"

// choosesCard is the policy that shows a certificate of the demo's issuer to the card host without asking.
const choosesCard = `{"AutoSelectCertificateForUrls": ["{\"pattern\":\"https://card.localhost:*\",\"filter\":{\"ISSUER\":{\"CN\":\"Demo e-ID Issuing CA\"}}}"]}`

// NewChromiumWithCard starts a browser that has a person's card in its own store and shows it where the card
// host asks; "" for a browser without one. It needs certutil, pk12util and the right to write the machine's
// policy: where these are missing the test is skipped, but never where CI=true.
func NewChromiumWithCard(t testing.TB, w *World, person string) *Chromium {
	t.Helper()
	lacking := func(what string, err error) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: %v", what, err)
		}
		t.Skipf("%s: %v", what, err)
	}
	home := t.TempDir()
	store := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(store, 0o700); err != nil {
		t.Fatal(err)
	}
	tool := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			lacking(name+" (package libnss3-tools): "+string(out), err)
		}
	}
	tool("certutil", "-N", "-d", "sql:"+store, "--empty-password")
	if person != "" {
		cards := filepath.Join(home, "cards")
		if err := w.Country.EID.Files(cards); err != nil {
			t.Fatal(err)
		}
		tool("pk12util", "-i", filepath.Join(cards, person+".p12"), "-d", "sql:"+store, "-W", sim.PIN1, "-K", "")
	}
	tool("certutil", "-A", "-d", "sql:"+store, "-n", "eid-root", "-t", "C,,", "-i", w.Country.EID.Root)
	tool("certutil", "-A", "-d", "sql:"+store, "-n", "hub-ca", "-t", "C,,", "-i", w.File("ca.pem"))
	if err := os.MkdirAll(policies, 0o755); err != nil { //nolint:gosec // browsers of every user read it
		lacking("policy", err)
	}
	file := filepath.Join(policies, "symbolon-test.json")
	if err := os.WriteFile(file, []byte(choosesCard), 0o644); err != nil { //nolint:gosec // as above
		lacking("policy", err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	return NewChromium(t, true, "en", chromedp.Env("HOME="+home), chromedp.Flag("ignore-certificate-errors", true))
}
