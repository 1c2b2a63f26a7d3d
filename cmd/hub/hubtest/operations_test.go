package hubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"symbolon/cmd/hub"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func send(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestAttack_HH_01_NoHeaderMovesTheIssuer (ZITADEL CVE-2025-64101).
func TestAttack_HH_01_NoHeaderMovesTheIssuer(t *testing.T) {
	w := New(t)
	_, baseline := send(t, w.Ask(http.MethodGet, "/.well-known/openid-configuration"))
	for name, value := range map[string]string{
		"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https", "X-Forwarded-Proto": "https", "X-Forwarded-For": "a",
		"X-Original-URL": "/token", "X-Forwarded-Uri": "/token", "X-HTTP-Method-Override": "DELETE", "Connection": "X-Real-IP",
	} {
		r := w.Ask(http.MethodGet, "/.well-known/openid-configuration")
		r.Header.Set(name, value)
		if status, body := send(t, r); status != http.StatusOK || body != baseline {
			t.Errorf("%s: %s changes the answer (%d)", name, value, status)
		}
	}
	r := w.Ask(http.MethodGet, "/.well-known/openid-configuration")
	r.Host = "evil.example"
	if status, body := send(t, r); status != http.StatusMisdirectedRequest && status != http.StatusBadRequest || strings.Contains(body, "evil") {
		t.Errorf("another host was answered %d", status)
	}
}

// TestAttack_HH_09_NothingOfTheAdminListenerIsPublic (ASVS 13.4).
func TestAttack_HH_09_NothingOfTheAdminListenerIsPublic(t *testing.T) {
	w := New(t)
	for _, path := range []string{"/metrics", "/live", "/ready", "/health", "/healthz", "/debug/pprof/", "/debug/vars"} {
		r := w.Ask(http.MethodGet, path)
		r.Header.Set("User-Agent", "GoogleHC/1.0") // oauth2-proxy CVE-2026-34457: no agent is let past
		if status, _ := send(t, r); status != http.StatusNotFound {
			t.Errorf("%s on the public listener: %d", path, status)
		}
	}
}

func TestFiguresHoldNothingAboutPeopleOrParties(t *testing.T) {
	w := New(t)
	b := w.Browser(t)
	b.Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	r, err := http.NewRequest(http.MethodGet, w.Replicas[0].Admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, figures := send(t, r)
	for _, want := range []string{
		`symbolon_logins_total{level="substantial",means="trusted-profile",outcome="logged_in"} 1`, `symbolon_journal_entries_total{kind="released"} 1`,
		`route="/callback/{means}",status="303"`, `route="/token",status="200"`,
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("no figure %s", want)
		}
	}
	for _, never := range []string{"nowa-wola", "Konstanty", "localhost", "127.0.0.1", "87022290019"} {
		if strings.Contains(figures, never) {
			t.Errorf("the figures hold %s", never)
		}
	}
}

// TestAttack_KR_04_AHubStartsOnlyWithTheKeysOfItsDatabases: absent, different and readable keys.
func TestAttack_KR_04_AHubStartsOnlyWithTheKeysOfItsDatabases(t *testing.T) {
	w := New(t)
	w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
	refused := func(t *testing.T, want string) {
		t.Helper()
		h, err := hub.New(t.Context(), w.Config, hub.Options{Now: w.Now})
		if err == nil {
			_ = h.Close()
			t.Fatal("a hub started")
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("refused because %v, want %q", err, want)
		}
	}
	original := w.Config.Keys.Dir
	join := filepath.Join(original, "join-1.key")
	right, err := os.ReadFile(join)
	if err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := os.WriteFile(join, right, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("absent", func(t *testing.T) {
		if err := os.Remove(join); err != nil {
			t.Fatal(err)
		}
		defer restore()
		refused(t, "join")
	})
	t.Run("different", func(t *testing.T) {
		other := strings.ToUpper(string(right[:1])) + "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff"[:63]
		if err := os.WriteFile(join, []byte(strings.ToLower(other)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		defer restore()
		refused(t, "not the one")
	})
	t.Run("world-readable", func(t *testing.T) {
		if err := os.Chmod(join, 0o644); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(join, 0o600) }()
		refused(t, "0644")
	})
	t.Run("an empty folder for a database in use", func(t *testing.T) {
		w.Config.Keys.Dir = t.TempDir()
		defer func() { w.Config.Keys.Dir = original }()
		if err := os.Chmod(w.Config.Keys.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		refused(t, "there is no")
	})
}

// A hub that is killed comes back on the same databases and keys, and a code that was out can
// still be used once.
func TestAHubThatIsKilledComesBack(t *testing.T) {
	w := New(t)
	b := w.Browser(t)
	p := w.Spawn(t)
	b.Prove(w.Country.Addresses.City, "trusted-profile", "ordinary")
	p.Kill()
	w.Spawn(t)
	if told := b.Click("approve"); told.TextOf("level") != "substantial" {
		t.Errorf("the login was lost at %s:\n%s", told.URL.Path, told.Text())
	}
}

func TestReadyAndLive(t *testing.T) {
	w := New(t)
	if ready, why := w.Replicas[0].Ready(t); !ready {
		t.Errorf("not ready: %s", why)
	}
	r, err := http.NewRequest(http.MethodGet, w.Issuer+"/jwks", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, body := send(t, r)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(body), &set); err != nil || len(set.Keys) == 0 {
		t.Fatalf("no keys are published: %v", err)
	}
	for _, key := range set.Keys { // attacks KR-08
		for _, secret := range []string{"d", "p", "q", "k", "dp", "dq", "qi"} {
			if key[secret] != nil {
				t.Errorf("the published keys hold %q", secret)
			}
		}
	}
}
