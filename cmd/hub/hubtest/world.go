// Package hubtest is the harness: the real hub in this process, one or two replicas of it on one
// pair of databases, the simulated country around it, a clock that can be moved, browsers, a
// faulty network and a search through everything that was written. Tests read as stories; what
// may be wired how stays in package hub.
package hubtest

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/provider/store"
	"symbolon/provider/store/identitydb"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

// World is one installation with the country around it.
type World struct {
	Issuer          string
	Country         *sim.Country
	Front           *Proxy // between browsers and replicas
	Replicas        []*Replica
	Identity, Usage storetest.Database
	IdentityTCP     *Proxy // between hub and database, on PostgreSQL with WithFaultyDatabases
	UsageTCP        *Proxy
	Config          config.Config
	Shares          [2]string // files with the two shares of the evidence key
	ConfigFile      string    // the same settings, for a hub in another process
	Log             *Log
	Wire            *Wire // between the services and the hub

	t       testing.TB
	made    setup
	dir     string
	roots   *x509.CertPool // of the hub's https; nil: it speaks http
	landing string         // where the parties are that a test plays
	offset  atomic.Int64
}

// Both databases are migrated once for all worlds of a process. The hub looks nevertheless.
var (
	identities = sync.OnceValue(func() storetest.Maker { return storetest.Copies(identitydb.Migrate) })
	usages     = sync.OnceValue(func() storetest.Maker { return storetest.Copies(usagedb.Migrate) })
)

// Replica is one hub.
type Replica struct {
	Hub    *hub.Hub
	Public string // host:port
	Admin  string // http://host:port

	stop  context.CancelFunc
	ended chan struct{} // closed when Run has returned
	err   error
}

// With changes how a world is made.
type With func(*setup)

type setup struct {
	dialect      store.Dialect
	replicas     int
	tls          bool
	certificates func(*World) any // the card by TLS
	system       func(*World) any // a register system
	faulty       bool
	pool         int
	settings     []func(map[string]any)
	kinds        map[string]hub.Kind
	answer       time.Duration
	cards        bool
	card         []func(map[string]any) // what is different about its settings
	rps          []*RP                  // played by the test
	parties      []string               // more of the parties file
	saml         bool
}

// WithDialect chooses the databases; SQLite otherwise.
func WithDialect(d store.Dialect) With { return func(s *setup) { s.dialect = d } }

// WithReplicas runs several hubs on the same databases and keys; one otherwise.
func WithReplicas(n int) With { return func(s *setup) { s.replicas = n } }

// WithFaultyDatabases puts a proxy before each PostgreSQL database.
func WithFaultyDatabases() With { return func(s *setup) { s.faulty = true } }

// WithPool sets how many connections each database may have.
func WithPool(n int) With { return func(s *setup) { s.pool = n } }

// WithSettings changes the hub's settings, as a table of the settings file, before they are read.
func WithSettings(change func(map[string]any)) With {
	return func(s *setup) { s.settings = append(s.settings, change) }
}

// WithKinds replaces the kinds of connectors.
func WithKinds(kinds map[string]hub.Kind) With { return func(s *setup) { s.kinds = kinds } }

// WithPatience lets the hub and its databases take as long for an answer as a crowd needs, on whatever machine.
func WithPatience() With { return func(s *setup) { s.answer = 2 * Patience } }

// Each runs a story on SQLite and on PostgreSQL.
func Each(t *testing.T, story func(*testing.T, *World), with ...With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) { story(t, New(t, append(with, WithDialect(d))...)) })
	}
}

// New starts a world. Everything in it ends with the test.
func New(t testing.TB, with ...With) *World {
	t.Helper()
	s := setup{dialect: store.SQLite, replicas: 1, pool: 8}
	for _, w := range with {
		w(&s)
	}
	w := &World{t: t, made: s, dir: t.TempDir(), Log: &Log{}}
	w.Identity, w.Usage = identities()(t, s.dialect), usages()(t, s.dialect)
	w.Front = NewProxy(t, "")
	_, port, err := net.SplitHostPort(w.Front.Addr)
	if err != nil {
		t.Fatal(err)
	}
	w.Issuer = "http://localhost:" + port // another host than the simulators', because cookies ignore ports
	if s.tls {
		w.Issuer = "https://localhost:" + port
		w.encrypt()
	}
	w.populate()
	w.land()
	w.settle(s)
	for range s.replicas {
		w.Join()
	}
	w.Use(0)
	return w
}

// Join starts one more replica in this process, to which nobody is led yet.
func (w *World) Join() *Replica {
	w.t.Helper()
	r := w.start(w.made)
	w.Replicas = append(w.Replicas, r)
	return r
}

// Now is the time of the hub, its databases and the simulated providers.
func (w *World) Now() time.Time { return time.Now().Add(w.shift()) }

func (w *World) shift() time.Duration { return time.Duration(w.offset.Load()) }

// Shift lets time pass.
func (w *World) Shift(d time.Duration) { w.offset.Add(int64(d)) }

// Use lets browsers reach a replica from the next connection on.
func (w *World) Use(replica int) { w.Front.Lead(w.Replicas[replica].Public) }

// At gives the address of one of our own hosts.
func (w *World) At(door string) string {
	return strings.Replace(w.Issuer, "://localhost", "://"+door+".localhost", 1)
}

func (w *World) populate() {
	secrets := w.folder("secrets")
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: w.trusting()} // replicas come and go
	w.Wire = &Wire{next: transport, tokens: map[string]string{}, all: map[string]string{}}
	country, err := sim.Start(sim.Options{
		Issuer: w.Issuer, Dir: secrets, HTTP: &http.Client{Transport: w.Wire, Timeout: 20 * time.Second}, Callback: func(means string) string { return w.Issuer + "/callback/" + means },
	})
	if err != nil {
		w.t.Fatalf("start the country: %v", err)
	}
	w.t.Cleanup(func() {
		if err := country.Close(context.WithoutCancel(w.t.Context())); err != nil {
			w.t.Errorf("close the country: %v", err)
		}
	})
	country.Profile.Now, country.Banks.Now, country.EID.Now, country.Registers.Now = w.Now, w.Now, w.Now, w.Now
	country.SAML.Now, country.Handset.Now = w.Now, w.Now
	w.Country = country
}

func (w *World) folder(name string) string {
	path := filepath.Join(w.dir, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *World) file(name string, content []byte) string {
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// settle writes the settings and reads them back as the product does.
func (w *World) settle(s setup) {
	table := w.settings(s, w.file("parties.yaml", w.register(s)))
	if s.cards {
		table["connectors"] = append(table["connectors"].([]any), w.card(s.card))
	}
	if s.tls {
		w.serving(table)
	}
	if s.certificates != nil {
		table["connectors"] = append(table["connectors"].([]any), s.certificates(w))
	}
	if s.system != nil {
		table["register_systems"] = []any{s.system(w)}
	}
	for _, change := range s.settings {
		change(table)
	}
	text, err := json.MarshalIndent(table, "", "  ") // JSON is YAML
	if err != nil {
		w.t.Fatal(err)
	}
	w.ConfigFile = w.file("config.yaml", text)
	if w.Config, err = config.Load(w.ConfigFile, nil); err != nil {
		w.t.Fatalf("settings: %v", err)
	}
	if err := putKeys(w.Config.Keys.Dir); err != nil {
		w.t.Fatal(err)
	}
	w.Shares = [2]string{filepath.Join(w.dir, "evidence-1"), filepath.Join(w.dir, "evidence-2")}
	if _, err := hub.CreateEvidence(w.Config.Keys.Dir, w.Shares); err != nil {
		w.t.Fatal(err)
	}
}

// start runs one hub of the settings.
func (w *World) start(s setup) *Replica {
	w.t.Helper()
	public, admin := listen(w.t), listen(w.t)
	h, err := hub.New(w.t.Context(), w.Config, hub.Options{
		Log: hub.NewLog(w.Log, w.Config.Log), Now: w.Now, Shift: w.shift, Public: public, Admin: admin, Kinds: s.kinds, Answer: s.answer,
	})
	if err != nil {
		w.t.Fatalf("start a hub: %v", err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	r := &Replica{Hub: h, Public: public.Addr().String(), Admin: "http://" + admin.Addr().String(), stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.err = h.Run(ctx)
	}()
	w.t.Cleanup(func() {
		if err := r.Stop(); err != nil {
			w.t.Errorf("stop a hub: %v", err)
		}
		if err := h.Close(); err != nil {
			w.t.Errorf("close a hub: %v", err)
		}
	})
	return r
}

// Stop stops a replica in order and waits for it.
func (r *Replica) Stop() error {
	r.stop()
	<-r.ended
	return r.err
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Ask sends a request straight to a replica's handler address under the issuer's host name, as a
// program and not a browser.
func (w *World) Ask(method, path string) *http.Request {
	r := httptest.NewRequest(method, w.Issuer+path, nil)
	r.RequestURI = ""
	return r
}

// Dump gathers everything that was written: both databases as rows and files, and the log.
func (w *World) Dump() Dump {
	w.t.Helper()
	d := Dump{}
	d.AddDatabase(w.t, "identity", w.Identity.Source)
	d.AddDatabase(w.t, "usage", w.Usage.Source)
	d.Add("log", w.Log.Bytes())
	return d
}

// Ready asks a replica's admin listener.
func (r *Replica) Ready(t testing.TB) (bool, string) {
	t.Helper()
	resp, err := http.Get(r.Admin + "/ready")
	if err != nil {
		t.Fatalf("ready: %v", err)
	}
	defer resp.Body.Close() //nolint:errcheck // the status says it all
	return resp.StatusCode == http.StatusOK, fmt.Sprint(resp.StatusCode)
}

// Browser opens a browser whose clock is the world's.
func (w *World) Browser(t testing.TB) *Browser {
	b := NewBrowser(t)
	b.Jar.now = w.Now
	b.transport.TLSClientConfig = w.trusting()
	return b
}

// Hop lets everybody reach another replica at once: connections that are open are cut.
func (w *World) Hop(replica int) {
	w.Use(replica)
	w.Front.Cut()
}
