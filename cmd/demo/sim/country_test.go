package sim

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// newCountry starts a country whose hub is one more simulated provider: enough to see that the
// services log people in.
func newCountry(t *testing.T) (*Country, *stand) {
	t.Helper()
	hub := newStand(t, TrustedProfile)
	c, err := Start(Options{
		Issuer: hub.Issuer, Callback: func(means string) string { return hub.Issuer + "/callback/" + means }, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, r := range []Registered{c.CityClient, c.LibraryClient} {
		client := Client{ID: r.ID, Secret: r.Secret, RedirectURIs: []string{r.RedirectURI}, PostLogoutURIs: []string{r.AfterLogout}}
		if r.key != nil {
			client.Keys = public(r.key)
		}
		hub.clients[r.ID] = client
	}
	return c, hub
}

func TestServicesLogPeopleInAndOut(t *testing.T) {
	c, hub := newCountry(t)
	hub.Switches.turnOn(t, "claims", `{"email":"somebody@mail.example","address":{"locality":"Nowa Wola"}}`)
	for _, service := range []string{c.Addresses.City, c.Addresses.Library} {
		b := hub.browser()
		if page := text(t, hub.get(b, service)); !strings.Contains(page, `id="log-in"`) || strings.Contains(page, `id="logged-in"`) {
			t.Fatalf("%s does not greet a stranger", service)
		}
		id := hub.get(b, service+"/login").Request.URL.Query().Get("id")
		page := text(t, hub.post(b, "/login", url.Values{"id": {id}, "person": {"diacritics"}, "factor": {"confirm"}}))
		for _, want := range []string{`id="logged-in"`, `<strong id="level">substantial`, `id="claim-email" dir="auto">somebody@mail.example`, `locality: Nowa Wola`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not show %s:\n%s", service, want, page)
			}
		}
		res, err := b.PostForm(service+"/logout", nil)
		if err != nil {
			t.Fatal(err)
		}
		if page := text(t, res); res.Request.URL.String() != service+"/" || strings.Contains(page, `id="logged-in"`) {
			t.Errorf("%s: logged out, the browser is at %s", service, res.Request.URL)
		}
	}
}

func (s *Switches) turnOn(t *testing.T, name, value string) {
	t.Helper()
	if err := s.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

func TestServicesShowTheErrorCodeOnly(t *testing.T) {
	c, hub := newCountry(t)
	for _, turn := range []struct{ name, value, code string }{
		{"error", "access_denied", "access_denied"},
		{"error", "unmet_authentication_requirements", "unmet_authentication_requirements"},
		{"iss_param", "other", "invalid_answer"},
		{"iss_param", "none", "invalid_answer"},
		{"state", "other", "unknown_login"},
		{"nonce", "other", "invalid_answer"},
		{"signature", "none", "invalid_answer"},
		{"signature", "hs256", "invalid_answer"},
		{"userinfo_sub", "somebody-else", "invalid_answer"},
		{"token_error", "invalid_grant", "invalid_answer"},
	} {
		hub.Switches.turnOn(t, turn.name, turn.value)
		b := hub.browser()
		res := hub.get(b, c.Addresses.City+"/login")
		if id := res.Request.URL.Query().Get("id"); id != "" {
			res = hub.post(b, "/login", url.Values{"id": {id}, "person": {"ordinary"}, "factor": {"confirm"}})
		}
		if page := text(t, res); !strings.Contains(page, `<code id="error-code">`+turn.code+`</code>`) {
			t.Errorf("%s=%s: not %s:\n%s", turn.name, turn.value, turn.code, page)
		}
		if strings.Contains(text(t, hub.get(b, c.Addresses.City)), `id="logged-in"`) {
			t.Errorf("%s=%s: logged in all the same", turn.name, turn.value)
		}
		hub.Switches.turnOn(t, "all", "")
	}
}

func TestCallbackBelongsToTheBrowserThatBegan(t *testing.T) {
	c, hub := newCountry(t)
	attacker, victim := hub.browser(), hub.browser()
	attacker.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	id := hub.get(attacker, c.Addresses.Library+"/login").Request.URL.Query().Get("id")
	to, err := hub.post(attacker, "/login", url.Values{"id": {id}, "person": {"ordinary"}, "factor": {"confirm"}}).Location()
	if err != nil {
		t.Fatal(err)
	}
	if page := text(t, hub.get(victim, to.String())); !strings.Contains(page, "unknown_login") {
		t.Error("another browser's login was taken")
	}
}

func TestEveryPageIsShown(t *testing.T) {
	c, hub := newCountry(t)
	b := hub.browser()
	for _, address := range []string{
		c.Addresses.Profile, c.Addresses.Banks, c.Addresses.Registers, c.Addresses.Inbox, c.Addresses.City, c.Addresses.Library,
		c.Addresses.Handset, c.Addresses.Handset + "/scan", c.Addresses.Handset + "/codes", c.Addresses.Handset + "/codes/add", c.Addresses.Tour,
		c.Addresses.Profile + "/switch", c.Addresses.Inbox + "/switch", c.Addresses.Profile + "/logout",
	} {
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		res, err := b.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if page := text(t, res); res.StatusCode != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
			t.Errorf("%s: %s", address, res.Status)
		}
	}
}

func TestPartiesAreYAMLWithAllClients(t *testing.T) {
	c, _ := newCountry(t)
	raw, err := c.Parties()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Clients []struct {
			ID      string
			JWKS    struct{ Keys []map[string]any }
			Digests []string `yaml:"secret_digests"`
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Clients) != 3 || len(file.Clients[0].JWKS.Keys) != 1 || len(file.Clients[1].Digests) != 1 {
		t.Fatalf("clients: %+v", file.Clients)
	}
	if _, private := file.Clients[0].JWKS.Keys[0]["d"]; private {
		t.Error("the private key stands in the parties file")
	}
	if bytes.Contains(raw, []byte(c.LibraryClient.Secret)) {
		t.Error("the secret stands in the parties file")
	}
}

func TestKeysAreKeptAndPrivate(t *testing.T) {
	ring := keyring{filepath.Join(t.TempDir(), "keys")}
	first, path, err := ring.key("a.jwk")
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := ring.key("a.jwk")
	if err != nil || again.KeyID != first.KeyID {
		t.Errorf("a second start made another key: %v", err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, ring.dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	base := taken.Addr().(*net.TCPAddr).Port - 1
	_, err = Start(Options{Base: base, Dir: t.TempDir(), Callback: func(string) string { return "" }})
	if err == nil || !strings.Contains(err.Error(), port) || !strings.Contains(err.Error(), "trusted profile") {
		t.Errorf("the error does not say which port of which program: %v", err)
	}
}

func TestInboxKeepsAMessageOnce(t *testing.T) {
	inbox, err := NewInbox("the-token")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token, key, body string
		status           int
	}{
		{"the-token", "k1", `{"channel":"email","to":"a@mail.example","subject":"One","body":"Somebody logged in.","ref":"r1"}`, 202},
		{"the-token", "k1", `{"channel":"email","to":"a@mail.example","subject":"One","body":"Somebody logged in.","ref":"r1"}`, 202},
		{"the-token", "k2", `{"channel":"sms","to":"+48599100001","body":"Zażółć","ref":"r1"}`, 202},
		{"another", "k3", `{"channel":"sms","to":"+48599100001","body":"x","ref":"r3"}`, 401},
		{"the-token", "k4", `{"channel":"sms"}`, 400},
		{"the-token", "k5", `nonsense`, 400},
	} {
		req := httptest.NewRequest("POST", "http://127.0.0.1/messages", strings.NewReader(c.body))
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("Idempotency-Key", c.key)
		rec := httptest.NewRecorder()
		inbox.Handler().ServeHTTP(rec, req)
		if rec.Code != c.status {
			t.Errorf("%s: %d, want %d", c.body, rec.Code, c.status)
		}
	}
	got := inbox.Messages()
	if len(got) != 2 || got[0].Channel != "sms" || got[1].Channel != "email" {
		t.Errorf("messages, newest first: %+v", got)
	}
}
