// Package systemtest plays the systems of registers that open cases at an office through the whole hub: how they prove
// who they are, what they may ask for, and how they hear what came of it.
package systemtest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// apiClient reaches a world's api host from wherever its name is not known.
func apiClient(w *hubtest.World, settings *tls.Config) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: settings,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, w.Front.Addr)
		},
	}}
}

// posting is a request that opens a case for ordinary.
func posting(t *testing.T, w *hubtest.World, reference, key string, header map[string]string) *http.Request {
	t.Helper()
	body := fmt.Sprintf(`{"reference":%q,"office":%q,"purpose":"holder","identifier":"PNOPL-%s"}`, reference, hubtest.RoomOffice, visit.Ordinary)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.At("api")+"/cases", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return r
}

// sent gives the status, and the members of the answer.
func sent(t *testing.T, c *http.Client, r *http.Request) (int, map[string]any) {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	_ = json.Unmarshal(raw, &answer) // some are no JSON
	return resp.StatusCode, answer
}

// Features S02: the clerk begins in the register's own system, goes on at the desk by its link, and the
// system hears that the citizen can log in.
func TestFromTheRegistersSystemToTheFirstLogin(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		system := w.Country.System
		opened, err := system.Open(t.Context(), "ordinary", sim.AfterApplication, "key-of-the-first-try")
		if err != nil || opened.State != "waiting" {
			t.Fatal(opened.State, err)
		}
		again, err := system.Open(t.Context(), "ordinary", sim.AfterApplication, "key-of-the-first-try")
		if err != nil || again.ID != opened.ID || again.Number != opened.Number {
			t.Errorf("a repeat is another case: %v", err)
		}
		if strings.ContainsAny(opened.Desk, "?#") || !strings.HasPrefix(opened.Desk, w.At("desk")+"/open/") {
			t.Errorf("the link holds more than the case: %s", opened.Desk)
		}
		clerk := w.Browser(t)
		if page := clerk.Get(opened.Desk); page.Status != http.StatusUnauthorized || strings.Contains(page.Body, opened.Number) {
			t.Fatalf("a stranger with the link, %d:\n%s", page.Status, page.Text())
		}
		clerk.SignIn(clerk.Page.URL.String(), "clerk-1")
		if page := clerk.Page; !page.Has("take") || !strings.Contains(page.Text(), opened.Number) || !strings.Contains(page.TextOf("asked"), opened.Reference) {
			t.Fatalf("after logging in at %s:\n%s", page.URL, page.Text())
		}
		if page := clerk.Get(opened.Desk); !page.Has("take") { // again, from the register's page: nobody logs in twice
			t.Fatalf("by the link again:\n%s", page.Text())
		}
		clerk.Click("take")
		visit.Compared(clerk)
		hubtest.Eventually(t, "the system hears that a clerk is at it", func() bool { return system.Cases()[0].Told("under_way") })
		clerk.Click("print")
		clerk.Click("to-case")
		clerk.Click("signed")
		clerk.Click("hand-over")
		visit.Finish(t, w, clerk, visit.OrdinaryEnd)
		hubtest.Eventually(t, "the system hears that the citizen can log in", func() bool { return system.Cases()[0].Told("active") })
		now, err := system.Read(t.Context(), opened.ID)
		if err != nil || now.State != "active" || now.Number != opened.Number {
			t.Errorf("asked, it is %s, %v", now.State, err)
		}
		if heard := system.Cases()[0].Heard; len(heard) != 2 {
			t.Errorf("heard %v", heard)
		}
		w.Dump().HoldsNone(t, map[string]string{"number": visit.Ordinary, "key of the request": "key-of-the-first-try"})
	}, hubtest.WithSystem())
}

// Attacks IN-05, EN-05: a case of a clerk's own is not there for a system; an office of others is as
// unknown as none.
func TestAttack_IN_05_ASystemAsksForWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := visit.Desk(t, w, "clerk-1")
		visit.Find(clerk, visit.Ordinary)
		id := clerk.Page.URL.Path[strings.LastIndexByte(clerk.Page.URL.Path, '/')+1:]
		for name, id := range map[string]string{"a clerk's": id, "none": strings.Repeat("0", 32), "no id": "x"} {
			if _, err := w.Country.System.Read(t.Context(), id); err == nil || !strings.Contains(err.Error(), "404") {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Country.System.Office = "room-99"
		if _, err := w.Country.System.Open(t.Context(), "ordinary", sim.ForHolder, "key-00000001"); err == nil || !strings.Contains(err.Error(), "422") {
			t.Errorf("another office: %v", err)
		}
	}, hubtest.WithSystem())
}

// Attacks CA-02, CA-03, JW-01, RFC 7523 §3: what is no good assertion of the system opens nothing, and a
// good one opens once.
func TestAttack_CA_02_AssertionsOfASystem(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		system, c := w.Country.System, apiClient(w, nil)
		made := func(changed map[string]any) string {
			a, err := system.Assertion(changed)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		api, now := w.At("api"), w.Now()
		unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(made(nil), ".")[1] + "."
		for name, assertion := range map[string]string{
			"none": "", "alg none": unsigned, "another's key": foreign(t, system, api), "cut": made(nil)[:80],
			"the issuer as audience": made(map[string]any{"aud": w.Issuer}), "the token endpoint": made(map[string]any{"aud": w.Issuer + "/token"}),
			"several audiences": made(map[string]any{"aud": []string{api}}), "no audience": made(map[string]any{"aud": nil}),
			"too old": made(map[string]any{"exp": now.Add(-2 * time.Minute).Unix()}), "no end": made(map[string]any{"exp": nil}),
			"for ten years": made(map[string]any{"exp": now.Add(10 * 365 * 24 * time.Hour).Unix()}), "from the future": made(map[string]any{"nbf": now.Add(time.Hour).Unix()}),
			"without an id": made(map[string]any{"jti": ""}), "another system": made(map[string]any{"sub": "other", "iss": "other"}), "another issuer": made(map[string]any{"iss": "other"}),
		} {
			header := map[string]string{}
			if assertion != "" {
				header["Authorization"] = "Bearer " + assertion
			}
			if status, answer := sent(t, c, posting(t, w, "A-1", "key-00000001", header)); status != http.StatusUnauthorized || answer["code"] != "invalid_client" {
				t.Errorf("%s: %d %v", name, status, answer)
			}
		}
		good := map[string]string{"Authorization": "Bearer " + made(nil)}
		if status, answer := sent(t, c, posting(t, w, "A-1", "key-00000001", good)); status != http.StatusCreated {
			t.Fatalf("a good one: %d %v", status, answer)
		}
		if status, answer := sent(t, c, posting(t, w, "A-1", "key-00000001", good)); status != http.StatusUnauthorized || !strings.Contains(fmt.Sprint(answer["detail"]), "before") {
			t.Errorf("the same again: %d %v", status, answer)
		}
		var mu sync.Mutex
		var group sync.WaitGroup
		let, once := 0, map[string]string{"Authorization": "Bearer " + made(nil)}
		for range 8 {
			r := posting(t, w, "A-1", "key-00000001", once)
			group.Go(func() {
				resp, err := c.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close() // the status says it
				if resp.StatusCode == http.StatusCreated {
					mu.Lock()
					let++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		if let != 1 {
			t.Errorf("one assertion was taken %d times at once", let)
		}
	}, hubtest.WithSystem())
}

// foreign is an assertion in the system's name by somebody else's key.
func foreign(t *testing.T, system *sim.CardSystem, api string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(map[string]any{"iss": sim.SystemID, "sub": sim.SystemID, "aud": api, "exp": system.Now().Add(time.Minute).Unix(), "jti": rand.Text()})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// The same request, twelve times at once at two replicas, opens one case, and all hear of it alike.
func TestTheSameApplicationAtOnceAtTwoReplicas(t *testing.T) {
	t.Parallel()
	visit.Each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		var mu sync.Mutex
		var group sync.WaitGroup
		answers := map[string]int{}
		for n := range 12 {
			assertion, err := w.Country.System.Assertion(nil)
			if err != nil {
				t.Fatal(err)
			}
			r := posting(t, w, "A-1", "key-00000001", map[string]string{"Authorization": "Bearer " + assertion})
			r.Host = r.URL.Host
			r.URL.Host = w.Replicas[n%2].Public
			group.Go(func() {
				resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close() //nolint:errcheck // it was read
				raw, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				answers[fmt.Sprint(resp.StatusCode)+string(bytes.TrimSpace(raw))]++
				mu.Unlock()
			})
		}
		group.Wait()
		if len(answers) != 1 || !strings.HasPrefix(fmt.Sprint(answers), "map[201{") {
			t.Errorf("answers: %v", answers)
		}
	}, hubtest.WithSystem(), hubtest.WithReplicas(2))
}

// Attacks UF-01: a system that hangs when it is called keeps no clerk and no citizen waiting, and another
// system's calls go on.
func TestAttack_UF_01_ASystemHangsWhenItIsCalled(t *testing.T) {
	t.Parallel()
	ends, called := make(chan struct{}), make(chan struct{}, 100)
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		called <- struct{}{}
		<-ends
	}))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(ends) })
	w := visit.Open(t, visit.Clinic(), hubtest.WithSystem(func(_ *hubtest.World, s map[string]any) { s["callback_url"] = hanging.URL + "/events" }))
	opened, err := w.Country.System.Open(t.Context(), "ordinary", sim.ForHolder, "key-00000001")
	if err != nil {
		t.Fatal(err)
	}
	clerk := visit.Desk(t, w, "clerk-1")
	clerk.Get(opened.Desk)
	clerk.Click("take")
	<-called
	if page := visit.Compared(clerk); !page.Has("print") {
		t.Errorf("the clerk waits:\n%s", page.Text())
	}
	if now, err := w.Country.System.Read(t.Context(), opened.ID); err != nil || now.State != "under_way" {
		t.Errorf("asked meanwhile: %s, %v", now.State, err)
	}
}

// RFC 8705, attacks XC-01: over TLS a system may be known by its certificate; by nothing in a header, and
// over no connection of another host.
func TestAttack_XC_01_ASystemByItsCertificate(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithTLS(), hubtest.WithSystem(func(w *hubtest.World, s map[string]any) {
		delete(s, "jwks_file")
		s["certificate_file"], s["callback_url"] = w.File("proxy.pem"), "" // any certificate of the world's will do
	}))
	pair := func(name string) tls.Certificate {
		p, err := tls.LoadX509KeyPair(w.File(name+".pem"), w.File(name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	showing := func(names ...string) *tls.Config {
		settings := w.Trusting("api.localhost")
		for _, name := range names {
			settings.Certificates = append(settings.Certificates, pair(name))
		}
		return settings
	}
	encoded := ":" + base64.StdEncoding.EncodeToString(pair("proxy").Certificate[0]) + ":"
	for name, c := range map[string]struct {
		tls    *tls.Config
		header map[string]string
		want   int
	}{
		"no certificate":       {tls: showing(), want: http.StatusUnauthorized},
		"another":              {tls: showing("card"), want: http.StatusUnauthorized},
		"in a header":          {tls: showing(), header: map[string]string{"Client-Cert": encoded, "X-SSL-Client-Cert": encoded}, want: http.StatusUnauthorized},
		"the hub's connection": {tls: w.Trusting("localhost"), want: http.StatusMisdirectedRequest},
		"the card host's":      {tls: w.Trusting("card.localhost"), want: http.StatusMisdirectedRequest},
		"its own":              {tls: showing("proxy"), want: http.StatusCreated},
	} {
		if status, answer := sent(t, apiClient(w, c.tls), posting(t, w, "A-1", "key-00000001", c.header)); status != c.want {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

// RFC 9440, attacks XC-01: a proxy that proved itself brings what it saw; who is not that proxy is believed
// nothing, and the proxy's way leads to no other host.
func TestAttack_XC_01_AProvenProxyBringsASystemsCertificate(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "shown.sock")
	w := visit.Open(t, visit.Clinic(), hubtest.WithTLS(), hubtest.WithSystem(func(w *hubtest.World, s map[string]any) {
		delete(s, "jwks_file")
		s["certificate_ca_file"], s["certificate_dns"], s["callback_url"] = w.File("ca.pem"), "proxy.localhost", ""
	}), hubtest.WithSettings(func(s map[string]any) {
		listen := s["listen"].(map[string]any)
		listen["card"] = "unix:" + socket
		delete(listen, "card_cert_file")
		delete(listen, "card_key_file")
	}))
	brought := func(name string) string {
		p, err := tls.LoadX509KeyPair(w.File(name+".pem"), w.File(name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		return ":" + base64.StdEncoding.EncodeToString(p.Certificate[0]) + ":"
	}
	proxy := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	for name, c := range map[string]struct {
		certificate, host string
		want              int
	}{
		"its own": {certificate: brought("proxy"), want: http.StatusCreated}, "none": {want: http.StatusUnauthorized},
		"of the same authority, for another name": {certificate: brought("hub"), want: http.StatusUnauthorized},
		"to the hub": {certificate: brought("proxy"), host: "localhost", want: http.StatusMisdirectedRequest},
	} {
		header := map[string]string{}
		if c.certificate != "" {
			header["Client-Cert"] = c.certificate
		}
		r := posting(t, w, "A-1", "key-00000001", header)
		r.Host = r.URL.Host
		if c.host != "" {
			r.Host = strings.Replace(r.Host, "api.localhost", c.host, 1)
		}
		r.URL.Scheme = "http"
		if status, answer := sent(t, proxy, r); status != c.want {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	direct := posting(t, w, "A-1", "key-00000001", map[string]string{"Client-Cert": brought("proxy")})
	if status, answer := sent(t, apiClient(w, w.Trusting("api.localhost")), direct); status != http.StatusUnauthorized {
		t.Errorf("not by the proxy: %d %v", status, answer)
	}
}
