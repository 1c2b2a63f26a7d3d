package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/exampleparty/party"
)

// world is a provider and this party with one client, on real listeners.
type world struct {
	provider *sim.Provider
	party    string
	browser  *http.Client
}

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "credential")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newWorld(t *testing.T, withKey bool) world {
	t.Helper()
	people, err := sim.People()
	if err != nil {
		t.Fatal(err)
	}
	upstream, here := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	base := "http://" + here.Listener.Addr().String()
	set := party.Settings{
		Issuer: "http://" + upstream.Listener.Addr().String(), ClientID: "example", Cookie: "exampleparty",
		RedirectURI: base + "/callback", AfterLogout: base + "/",
	}
	client := sim.Client{ID: "example", RedirectURIs: []string{set.RedirectURI}, PostLogoutURIs: []string{set.AfterLogout}}
	if withKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private := jose.JSONWebKey{Key: key, KeyID: "k"}
		raw, err := json.Marshal(private)
		if err != nil {
			t.Fatal(err)
		}
		client.Keys.Keys = []jose.JSONWebKey{private.Public()}
		err = credentials(&set, "", write(t, string(raw)))
		if err != nil {
			t.Fatal(err)
		}
	} else {
		client.Secret = "a secret"
		if err := credentials(&set, write(t, "a secret\n"), ""); err != nil {
			t.Fatal(err)
		}
	}
	provider, err := sim.TrustedProfile(set.Issuer, people, client)
	if err != nil {
		t.Fatal(err)
	}
	upstream.Config.Handler = provider.Handler()
	here.Config.Handler = routes(party.New(set), party.Ask{Scopes: []string{"profile"}, ACR: "http://eidas.europa.eu/LoA/substantial"})
	upstream.Start()
	here.Start()
	t.Cleanup(upstream.Close)
	t.Cleanup(here.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return world{provider, base, &http.Client{Jar: jar}}
}

func shown(t *testing.T, res *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// login presses the button and logs in at the provider.
func (w world) login(t *testing.T) string {
	t.Helper()
	res, err := w.browser.Get(w.party + "/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	id := res.Request.URL.Query().Get("id")
	res, err = w.browser.PostForm(w.provider.Issuer+"/login", url.Values{"id": {id}, "person": {"diacritics"}, "factor": {"confirm"}})
	return shown(t, res, err)
}

func TestLogsInShowsWhatItWasToldAndLogsOut(t *testing.T) {
	for name, withKey := range map[string]bool{"client_secret_basic": false, "private_key_jwt": true} {
		w := newWorld(t, withKey)
		text := w.login(t)
		for _, want := range []string{`id="logged-in"`, "LoA/substantial", "Gżegżółka-Święcicka"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is not shown:\n%s", name, want, text)
			}
		}
		res, err := w.browser.PostForm(w.party+"/logout", nil)
		if after := shown(t, res, err); !strings.Contains(after, `id="log-in"`) {
			t.Errorf("%s: still logged in", name)
		}
	}
}

func TestShowsTheCodeOfAnErrorAndNothingElse(t *testing.T) {
	w := newWorld(t, false)
	for _, c := range []struct{ name, value, code string }{
		{"iss_param", "other", "invalid_answer"}, // RFC 9207 §2.4
		{"nonce", "other", "invalid_answer"},
		{"signature", "none", "invalid_answer"},
		{"state", "other", "unknown_login"},
		{"error_and_code", "access_denied", "access_denied"}, // an error counts, whatever stands beside it
	} {
		if err := w.provider.Switches.Set(c.name, c.value); err != nil {
			t.Fatal(err)
		}
		if text := w.login(t); !strings.Contains(text, `<code id="error-code">`+c.code+`</code>`) {
			t.Errorf("%s=%s:\n%s", c.name, c.value, text)
		}
		if err := w.provider.Switches.Set("all", ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingIsTakenTwice(t *testing.T) {
	w := newWorld(t, false)
	var callback string
	w.browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			callback = r.URL.String()
		}
		return nil
	}
	w.login(t)
	res, err := http.Get(callback)
	if text := shown(t, res, err); !strings.Contains(text, "unknown_login") {
		t.Errorf("somebody else's answer was taken again:\n%s", text)
	}
	res, err = w.browser.Get(callback) // back, in the browser of who is here already
	if text := shown(t, res, err); !strings.Contains(text, `id="logged-in"`) || strings.Contains(text, "unknown_login") {
		t.Errorf("back after the login:\n%s", text)
	}
}

func TestFlagsThatCannotBe(t *testing.T) {
	for _, args := range [][]string{
		{"--key-file", filepath.Join(t.TempDir(), "absent")},
		{"--secret-file", filepath.Join(t.TempDir(), "absent")},
		{"--key-file", write(t, "not a key")},
		{"--nonsense"},
		{"--listen", "nonsense"},
	} {
		if err := run(args); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}
