package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/web/locale"
)

func TestListensForThisMachineOnly(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // part of the error, "" for none
	}{
		{nil, ""},
		{[]string{"--listen", "127.0.0.1:8080"}, ""},
		{[]string{"--listen", "[::1]:8080"}, ""},
		{[]string{"--listen", "hub.localhost:8080"}, ""},
		{[]string{"--listen", "0.0.0.0:8080"}, "this machine only"},
		{[]string{"--listen", ":8080"}, "this machine only"},
		{[]string{"--listen", "192.0.2.7:8080"}, "this machine only"},
		{[]string{"--listen", "localhost.evil.example:8080"}, "this machine only"},
		{[]string{"--listen", "localhost"}, "host:port"},
		{[]string{"--ports", "80"}, "--ports"},
		{[]string{"serve"}, "serve"},
	} {
		_, err := parse(c.args, io.Discard)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func TestDemoAuthorityIsForThisMachineOnly(t *testing.T) {
	dir := t.TempDir()
	a, err := newAuthority(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(a.server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "portal.localhost", "127.0.0.1", "::1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: a.pool, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if leaf.Issuer.CommonName != "DEMO NOT VALID" {
		t.Errorf("issued by %q", leaf.Issuer.CommonName)
	}
	for _, name := range []string{a.keyFile, a.certFile, a.file} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
}

const furtherParties = `
parties:
  - id: tester
    names: {en: A tester}
    domain: tester.example
    sector: tester.example
    floor: low
    means: [{id: trusted-profile, up_to: substantial}]
    purposes: [{id: test, texts: {en: test this}}]
    may: [{attributes: [email], basis: consent, purpose: test}]
clients:
  - id: tester-public
    party: tester
    redirect_uris: ["http://127.0.0.1:4801/cb"]
    token_endpoint_auth_method: none
`

func furtherFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "further.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPartiesFilesAreWrittenInPlainSight(t *testing.T) {
	for _, text := range []string{"nonsense: true\n", "clients: 5\n"} {
		if _, err := mergeParties(filepath.Join(t.TempDir(), "p.yaml"), nil, furtherFile(t, text)); err == nil || !strings.Contains(err.Error(), "--parties") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := mergeParties(filepath.Join(t.TempDir(), "p.yaml"), nil, filepath.Join(t.TempDir(), "absent.yaml")); err == nil {
		t.Error("a file that is not there was taken")
	}
}

// running is a demo in this process, stopped at the end of the test.
type running struct {
	whole
	client *http.Client
	stop   func() error
}

func runDemo(t *testing.T, args ...string) running {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"--json", "--listen", "localhost:0", "--ports", "0"}, args...), writer, io.Discard)
		_ = writer.CloseWithError(io.EOF)
		ended <- err
	}()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := running{client: &http.Client{Timeout: 10 * time.Second, Jar: jar}}
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	if err := json.NewDecoder(reader).Decode(&r.whole); err != nil {
		t.Fatalf("nothing was printed: %v; %v", err, r.stop())
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if r.CAFile != "" {
		raw, err := os.ReadFile(r.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(raw)
		r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	}
	return r
}

func (r running) get(t *testing.T, address string) string {
	t.Helper()
	res, err := r.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return string(body)
}

func TestDemoIsUpWhenItSaysSo(t *testing.T) {
	for _, args := range [][]string{nil, {"--tls"}} {
		d := runDemo(t, append(args, "--parties", furtherFile(t, furtherParties))...)
		var metadata struct {
			Issuer string `json:"issuer"`
			JWKS   string `json:"jwks_uri"`
		}
		if err := json.Unmarshal([]byte(d.get(t, d.Issuer+"/.well-known/openid-configuration")), &metadata); err != nil || metadata.Issuer != d.Issuer {
			t.Errorf("%v: metadata of %q: %v", args, metadata.Issuer, err)
		}
		d.get(t, metadata.JWKS)
		for _, s := range d.Services {
			if !strings.Contains(d.get(t, s.Address), `id="log-in"`) {
				t.Errorf("%v: %s has no log in", args, s.Name)
			}
			if !strings.Contains(d.get(t, s.Address+"/login"), `id="means-trusted-profile"`) {
				t.Errorf("%v: %s does not lead to the choice of means", args, s.Name)
			}
		}
		for _, s := range d.Simulators {
			d.get(t, s.Switch)
		}
		if len(d.Clients) != 1 || d.Clients[0].ID != "tester-public" {
			t.Errorf("%v: clients of --parties: %+v", args, d.Clients)
		}
		if err := d.stop(); err != nil {
			t.Errorf("%v: stop: %v", args, err)
		}
		if _, err := d.client.Get(d.Issuer); err == nil {
			t.Errorf("%v: the hub answers after the end", args)
		}
		if _, err := os.Stat(d.Data); !os.IsNotExist(err) {
			t.Errorf("%v: the folder stayed: %v", args, err)
		}
	}
}

func TestKeptDemoGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	first := runDemo(t, "--keep", dir)
	keys := first.get(t, first.Issuer+"/jwks")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	second := runDemo(t, "--keep", dir)
	if second.get(t, second.Issuer+"/jwks") != keys {
		t.Error("the second run has other keys")
	}
	if second.Services[1].Client.Secret != first.Services[1].Client.Secret {
		t.Error("the second run has other clients")
	}
}

func TestTableTellsWhatToDo(t *testing.T) {
	d, err := start(context.Background(), options{listen: "localhost:0", ports: 0}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	if err := d.report(options{}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{d.issuer, d.country.Addresses.City, d.country.Addresses.Inbox, d.country.Addresses.Tour, d.country.Addresses.Handset, "Konstanty Brzeziński-Testowy", "marzanna", "Ctrl-C"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not name %s:\n%s", want, out.String())
		}
	}
	raw, err := os.ReadFile(filepath.Join(d.dir, "parties.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(d.config, nil)
	if err != nil || !c.Demo || c.Production {
		t.Fatalf("config.yaml: %v", err)
	}
	file, err := hub.ParseParties(raw, hub.Registration(c))
	if err != nil || len(file.Parties) != 3 || len(file.Clients) != 3 {
		t.Errorf("parties.yaml: %v", err)
	}
	speaksEverything(t, "parties.yaml", raw)
}

// A means, a service or a law of the demo is named in every language, and not in English on a Polish page.
func TestDemoIsNamedInEveryLanguage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := writeConfig(file, settings{CertFile: "tls.crt", CardCert: "card.crt", Named: true}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	speaksEverything(t, "config.yaml", raw)
}

// speaksEverything reports each text of a file that lacks a language.
func speaksEverything(t *testing.T, name string, raw []byte) {
	t.Helper()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	texts := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		said := map[string]string{}
		for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
			said[n.Content[i].Value] = n.Content[i+1].Value
		}
		if said["en"] != "" {
			texts++
			for _, code := range catalogue.Codes() {
				if said[code] == "" {
					t.Errorf("%s, line %d: %q is not said in %s", name, n.Line, said["en"], code)
				}
			}
		}
		for _, inner := range n.Content {
			walk(inner)
		}
	}
	if walk(&root); texts < 5 {
		t.Errorf("%s: %d texts were found", name, texts)
	}
}

func TestTakenPortIsNamedWithItsFlag(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	address := other.Addr().String()
	_, err = start(context.Background(), options{listen: address, ports: 0}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("hub: %v", err)
	}
	base := other.Addr().(*net.TCPAddr).Port - 1
	_, err = start(context.Background(), options{listen: "localhost:0", ports: base}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "--ports") {
		t.Errorf("simulators: %v", err)
	}
}

func TestEveryPersonIsListedForTools(t *testing.T) {
	d := runDemo(t)
	i := slices.IndexFunc(d.People, func(p testPerson) bool { return p.Key == "mononym" })
	if len(d.People) != 16 || i < 0 || d.People[i].Name != "Suryaningsih" || d.People[i].Means[0].Means != "bank-two" {
		t.Errorf("people: %+v", d.People)
	}
	at, clerks := map[string]string{}, 0
	for _, m := range d.Staff {
		if at[m.Role] = m.Where; m.Role == "enrolment_clerk" {
			clerks++
		}
	}
	if clerks != 2 { // who gave something out takes nothing of it up again
		t.Errorf("%d enrolment clerks", clerks)
	}
	for _, role := range []string{"enrolment_clerk", "approving_clerk", "local_administrator", "security_officer"} {
		if at[role] != d.Desk {
			t.Errorf("a %s works at %q", role, at[role])
		}
	}
	if !strings.Contains(at["operator"], d.Config) || at["support"] == "" || at["verifier"] == "" {
		t.Errorf("where the others work: %v", at)
	}
}
