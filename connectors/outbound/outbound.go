// Package outbound is the one HTTP client to the outside. It calls only hosts that the operator
// named, looks at the address it really connects to, follows no redirect, and ends every call at a
// deadline and a size. What the answers mean, and whom to ask, is left to those who call.
package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Why a call was not made, or its answer not taken. The errors say nothing of what was answered
// (attacks SS-01).
var (
	ErrRefused  = errors.New("outbound: this address may not be called")
	ErrRedirect = errors.New("outbound: the answer is a redirect, which is never followed")
	ErrTooBig   = errors.New("outbound: the answer is larger than allowed")
	ErrOpen     = errors.New("outbound: this host failed too often and is left alone for a while")
)

// Options say what may be called and for how long. The zero value may call nothing.
type Options struct {
	AllowHosts    []string          // "host" for its https port, "host:port"; nothing else is called
	AllowLoopback bool              // this machine may be called too, by plain http as well, under a loopback name only
	Plain         bool              // plain http, too: for answers that are signed themselves, such as OCSP (RFC 6960 §4.1) and revocation lists
	Timeout       time.Duration     // of a whole call, its body included; 5 s
	MaxBody       int64             // bytes of an answer, as they come over the wire; 1 MiB
	PerHost       int               // calls to one host at a time; 16
	Failures      int               // so many in a row open the breaker; 5
	Cooldown      time.Duration     // a host is left alone so long, and up to half as long again; 10 s
	Roots         *x509.CertPool    // nil: the system's
	Certificates  []tls.Certificate // shown to hosts that ask who calls
	Lookup        Lookup            // nil: the system's resolver
	Now           func() time.Time
}

// Client is the transport with all limits; HTTP wraps it for libraries.
type Client struct {
	options Options
	dial    dialer
	inner   *http.Transport
	allowed map[string]bool // host:port

	mu    sync.Mutex
	hosts map[string]*host // by host:port, of allowed ones only, so that it cannot grow
}

// New makes a client. Nothing is resolved or called yet.
func New(o Options) *Client {
	o = o.withDefaults()
	c := &Client{
		options: o, dial: dialer{lookup: o.Lookup, loopback: o.AllowLoopback},
		allowed: map[string]bool{}, hosts: map[string]*host{},
	}
	for _, name := range o.AllowHosts {
		c.allowed[endpoint(strings.ToLower(name), o.AllowLoopback)] = true
	}
	c.inner = &http.Transport{
		Proxy:                  nil, // a proxy would connect where nobody looks at the address
		DialContext:            c.dial.connect,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots, Certificates: o.Certificates},
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		DisableCompression:     true, // what comes packed stays packed, and counts as it came (attacks UF-02)
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
	}
	return c
}

func (o Options) withDefaults() Options {
	o.Timeout = positive(o.Timeout, 5*time.Second)
	o.MaxBody = positive(o.MaxBody, 1<<20)
	o.PerHost = positive(o.PerHost, 16)
	o.Failures = positive(o.Failures, 5)
	o.Cooldown = positive(o.Cooldown, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = systemLookup
	}
	return o
}

func positive[T int | int64 | time.Duration](given, otherwise T) T {
	if given > 0 {
		return given
	}
	return otherwise
}

// HTTP gives the client as libraries want it. All limits are in its transport, so a library that
// copies it, or sets its own redirect policy, is held as well.
func (c *Client) HTTP() *http.Client {
	return &http.Client{
		Transport: c,
		Timeout:   c.options.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// CloseIdle closes connections that nobody uses, for an orderly end.
func (c *Client) CloseIdle() { c.inner.CloseIdleConnections() }

// WithRoots gives the system's certificate authorities and those in the PEM text.
func WithRoots(pem []byte) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("system's certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("certificate authorities: no certificate in the file")
	}
	return pool, nil
}
