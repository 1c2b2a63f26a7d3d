package hub

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"symbolon/config"
	"symbolon/connectors/outbound"
	"symbolon/provider/oauth"
)

// caller makes the HTTP client for one service that the settings name: to that host only.
func caller(address, caFile string, timeout time.Duration, loopback bool, token config.Secret, now func() time.Time) (*http.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of a service: %w", err)
	}
	options := outbound.Options{AllowHosts: []string{u.Host}, AllowLoopback: loopback, Timeout: timeout, Now: now}
	if options.Roots, err = roots(caFile); err != nil {
		return nil, err
	}
	client := outbound.New(options).HTTP()
	client.Transport = bearer{client.Transport, token}
	return client, nil
}

// roots gives the certificate authorities of a file beside the system's; nil, the system's alone,
// for no file.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w", err)
	}
	return outbound.WithRoots(pem)
}

// bearer shows a token with every call (RFC 6750 §2.1).
type bearer struct {
	next  http.RoundTripper
	token config.Secret
}

// RoundTrip adds the token, if there is one, to a copy of the request.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token.IsZero() {
		return b.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token.Reveal())
	return b.next.RoundTrip(r)
}

// partyHosts fetches the key sets of clients, from hosts that a registration names and from no
// others (attacks SS-01).
type partyHosts struct {
	registry *oauth.Registry
	loopback bool
	now      func() time.Time

	mu      sync.Mutex
	clients map[string]*outbound.Client // by host, of registered ones only
}

func newPartyHosts(registry *oauth.Registry, loopback bool, now func() time.Time) *partyHosts {
	return &partyHosts{registry: registry, loopback: loopback, now: now, clients: map[string]*outbound.Client{}}
}

// RoundTrip makes a call if the very address is registered.
func (p *partyHosts) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, c := range p.registry.Clients() {
		if c.JWKSURI == r.URL.String() {
			return p.client(hostPort(r.URL)).RoundTrip(r)
		}
	}
	if r.Body != nil {
		_ = r.Body.Close() // http.RoundTripper asks for it, also where nothing is sent
	}
	return nil, outbound.ErrRefused
}

func (p *partyHosts) client(host string) *outbound.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.clients[host]
	if !ok {
		c = outbound.New(outbound.Options{AllowHosts: []string{host}, AllowLoopback: p.loopback, Now: p.now})
		p.clients[host] = c
	}
	return c
}

// hostPort names a host with its port, as outbound wants it.
func hostPort(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Host
	case u.Scheme == "http":
		return net.JoinHostPort(u.Hostname(), "80")
	default:
		return net.JoinHostPort(u.Hostname(), "443")
	}
}
