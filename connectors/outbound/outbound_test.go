package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sink is a server that must not be reached unless a case says so.
func sink(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if handler != nil {
			handler(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, &hits
}

func get(t *testing.T, client *http.Client, address string) ([]byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

func here(o Options) *Client {
	o.AllowLoopback = true
	o.AllowHosts = append(o.AllowHosts, "127.0.0.1", "localhost")
	return New(o)
}

func TestAttack_SS_01_addresses_inside_are_refused_when_registered_and_when_called(t *testing.T) {
	server, hits := sink(t, nil)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for _, address := range []string{
		"http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "http://127.0.0.1" + port, "https://127.0.0.1" + port,
		"https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port, "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/",
		"https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://0x7f000001" + port, "https://2130706433" + port,
		"https://127.1" + port, "https://0177.0.0.1" + port, "https://10.0.0.1/", "https://172.16.3.4/", "https://192.168.1.1/",
		"https://100.64.0.1/", "https://224.0.0.1/", "https://0.0.0.0" + port, "https://[::]/", "https://[fe80::1]/", "https://[fd00::1]/",
		"https://[ff02::1]/", "https://255.255.255.255/", "https://localhost" + port, "https://metadata.localhost/", "https://LOCALHOST./",
		"ftp://party.example/", "file:///etc/passwd", "gopher://party.example/", "https://user@party.example/", "//party.example/", "https:party.example", "",
	} {
		if err := CheckURL(address, false); !errors.Is(err, ErrRefused) {
			t.Errorf("registering %q: %v", address, err)
		}
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		// Even when it is named as allowed.
		c := New(Options{AllowHosts: []string{u.Host, u.Hostname()}})
		if _, err := get(t, c.HTTP(), address); err == nil {
			t.Errorf("%q was called", address)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("the sink was reached %d times", hits.Load())
	}
	for _, address := range []string{"https://party.example/jwks", "https://party.example:8443/x?y", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/"} {
		if err := CheckURL(address, false); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAttack_SS_01_a_public_name_that_leads_inside_is_refused_at_the_dial(t *testing.T) {
	server, hits := sink(t, nil)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	for _, inside := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "64:ff9b::7f00:1"} {
		for _, loopback := range []bool{false, true} { // allow_loopback opens loopback names, not names that turn out to be
			c := New(Options{
				AllowHosts: []string{"party.example:" + port}, AllowLoopback: loopback,
				Lookup: func(context.Context, string) ([]netip.Addr, error) {
					return []netip.Addr{netip.MustParseAddr(inside)}, nil
				},
			})
			if _, err := get(t, c.HTTP(), "https://party.example:"+port); !errors.Is(err, ErrRefused) {
				t.Errorf("%s, loopback %t: %v", inside, loopback, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Error("the sink was reached")
	}
}

func TestAttack_SS_02_a_name_that_changes_its_answer_gains_nothing(t *testing.T) {
	server, hits := sink(t, nil)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	var asked atomic.Int32
	answers := []string{"203.0.113.7", "127.0.0.1"} // looked public when it was checked, is here when it is dialled
	c := New(Options{
		AllowHosts: []string{"party.example:" + port},
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(answers[min(int(asked.Add(1)), len(answers))-1])}, nil
		},
	})
	for range 3 {
		if _, err := get(t, c.HTTP(), "https://party.example:"+port); !errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("one dial, one look-up: %d", asked.Load())
	}
	if hits.Load() != 0 {
		t.Error("the sink was reached")
	}
}

func TestAttack_SS_02_a_redirect_inside_is_not_followed_by_any_client(t *testing.T) {
	inside, hits := sink(t, nil)
	outside, _ := sink(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) })
	c := here(Options{})
	for name, client := range map[string]*http.Client{
		"ours":                                c.HTTP(),
		"a library's own, with our transport": {Transport: c},
	} {
		if _, err := get(t, client, outside.URL); !errors.Is(err, ErrRedirect) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestOnly_named_hosts_are_called(t *testing.T) {
	server, hits := sink(t, nil)
	c := New(Options{AllowLoopback: true, AllowHosts: []string{"upstream.example"}})
	if _, err := get(t, c.HTTP(), server.URL); !errors.Is(err, ErrRefused) || hits.Load() != 0 {
		t.Errorf("a host that nobody named: %v", err)
	}
	if _, err := get(t, New(Options{AllowLoopback: true}).HTTP(), server.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("an empty list names nobody: %v", err)
	}
	if _, err := get(t, here(Options{}).HTTP(), server.URL); err != nil || hits.Load() != 1 {
		t.Errorf("a named one: %v", err)
	}
	if c := New(Options{AllowHosts: []string{"party.example"}}); c != nil {
		u, _ := url.Parse("https://party.example:8443/")
		if _, err := c.permits(u); !errors.Is(err, ErrRefused) {
			t.Error("a host without a port stands for its https port only")
		}
	}
}

func TestAttack_UF_02_no_answer_is_larger_or_longer_than_allowed(t *testing.T) {
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = packed.Write(make([]byte, 1<<20))
	}
	_ = packed.Close()
	cases := map[string]http.HandlerFunc{
		"a gigabyte, announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1073741824")
			_, _ = w.Write([]byte("{"))
		},
		"a gigabyte, in pieces": func(w http.ResponseWriter, r *http.Request) {
			for range 1024 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		},
		"pieces without end": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
			}
		},
		"headers without end": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 128<<10)) },
		"never a word":        func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			server, _ := sink(t, handler)
			c := here(Options{Timeout: 300 * time.Millisecond, MaxBody: 64 << 10})
			body, err := get(t, c.HTTP(), server.URL)
			if err == nil || len(body) > 64<<10 {
				t.Errorf("%d bytes, %v", len(body), err)
			}
		})
	}
	t.Run("a gzip bomb stays packed", func(t *testing.T) {
		server, _ := sink(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "" {
				t.Error("we asked for something packed")
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		})
		body, err := get(t, here(Options{}).HTTP(), server.URL)
		if err != nil || len(body) != bomb.Len() {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
}

func TestAttack_UF_01_a_host_that_fails_is_left_alone_and_tried_again_by_one(t *testing.T) {
	var ill atomic.Bool
	ill.Store(true)
	server, hits := sink(t, func(w http.ResponseWriter, _ *http.Request) {
		if ill.Load() {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c := here(Options{Failures: 3, Cooldown: time.Minute, Now: func() time.Time { return now }})
	for range 10 {
		_, _ = get(t, c.HTTP(), server.URL)
	}
	if hits.Load() != 3 {
		t.Fatalf("called %d times, the breaker opens after 3", hits.Load())
	}
	well, _ := sink(t, nil)
	if _, err := get(t, c.HTTP(), well.URL); err != nil {
		t.Errorf("another host pays for it: %v", err)
	}
	now = now.Add(2 * time.Minute)
	for range 5 {
		_, _ = get(t, c.HTTP(), server.URL)
	}
	if hits.Load() != 4 {
		t.Errorf("one call finds out whether it is back, not %d", hits.Load()-3)
	}
	now = now.Add(2 * time.Minute)
	ill.Store(false)
	for range 5 {
		if _, err := get(t, c.HTTP(), server.URL); err != nil {
			t.Errorf("it is back: %v", err)
		}
	}
}

func TestAttack_UF_01_a_slow_host_holds_its_own_places_only(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{}, 8)
	slow, hits := sink(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	quick, _ := sink(t, nil)
	c := here(Options{PerHost: 2, Timeout: 10 * time.Second})
	var calls sync.WaitGroup
	for range 2 {
		calls.Go(func() { _, _ = get(t, c.HTTP(), slow.URL) })
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, slow.URL, http.NoBody)
	if response, err := c.RoundTrip(r); err == nil {
		_ = response.Body.Close()
		t.Error("a third call found a place")
	}
	if _, err := get(t, c.HTTP(), quick.URL); err != nil {
		t.Errorf("the quick host: %v", err)
	}
	close(release)
	calls.Wait()
	if hits.Load() != 2 {
		t.Errorf("%d calls were made", hits.Load())
	}
}

func TestA_caller_who_goes_away_is_not_the_hosts_fault(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{}, 1)
	server, _ := sink(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			arrived <- struct{}{}
			<-release
		}
	})
	defer close(release)
	c := here(Options{Failures: 1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/slow", http.NoBody)
	if response, err := c.HTTP().Do(r); err == nil {
		_ = response.Body.Close()
		t.Fatal("an answer came")
	}
	if _, err := get(t, c.HTTP(), server.URL); err != nil {
		t.Errorf("the breaker opened: %v", err)
	}
}

func TestA_body_never_closed_gives_its_place_back_at_the_deadline(t *testing.T) {
	server, _ := sink(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) })
	c := here(Options{PerHost: 1, Timeout: 100 * time.Millisecond})
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	forgotten, err := c.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := c.permits(r.URL)
	c.host(key).places <- struct{}{} // waits until the place is free again
	<-c.host(key).places
	_ = forgotten.Body.Close()
}

func TestAttack_UF_08_certificates_and_old_TLS_are_checked(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // what is to be refused
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	if _, err := get(t, here(Options{Roots: pool}).HTTP(), server.URL); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	modern := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(modern.Close)
	pool.AddCert(modern.Certificate())
	if _, err := get(t, here(Options{}).HTTP(), modern.URL); err == nil {
		t.Error("an unknown authority was taken")
	}
	if _, err := get(t, here(Options{Roots: pool}).HTTP(), modern.URL); err != nil {
		t.Errorf("a known one: %v", err)
	}
	if _, err := get(t, here(Options{Roots: pool}).HTTP(), strings.Replace(modern.URL, "127.0.0.1", "localhost", 1)); err == nil {
		t.Error("a certificate for another name was taken")
	}
}

func TestPlain_http_is_called_only_where_answers_are_signed_themselves(t *testing.T) {
	lookup := func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("asked for its address") }
	for _, plain := range []bool{false, true} {
		client := New(Options{AllowHosts: []string{"ocsp.example:80"}, Plain: plain, Lookup: lookup}).HTTP()
		_, err := get(t, client, "http://ocsp.example/")
		if got := err != nil && strings.Contains(err.Error(), "asked for its address"); got != plain {
			t.Errorf("plain %t: %v", plain, err)
		}
		if _, err := get(t, client, "http://other.example/"); !errors.Is(err, ErrRefused) {
			t.Errorf("a host that nobody named: %v", err)
		}
	}
}
