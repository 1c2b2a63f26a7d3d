package hub

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/eid"
	"symbolon/connectors/identity"
	"symbolon/provider/once"
	"symbolon/web"
)

// cardDeps are what the connector to cards in browsers uses of the house.
func (h *Hub) cardDeps(means string) eid.Deps {
	d := eid.Deps{Now: h.now, Log: h.log, Once: h.spendTicket}
	if host := h.hosts()[web.Card]; host != "" {
		d.Origin = "https://" + host
	}
	if h.keys == nil { // the settings are being checked and nothing is opened
		d.Key = [32]byte{1}
		return d
	}
	if key, err := hkdf.Key(sha256.New, h.keys.handle[:], nil, "card host "+means, len(d.Key)); err == nil { // SHA-256 always has 32 bytes
		copy(d.Key[:], key)
	}
	return d
}

// spendTicket consumes a ticket to the card host, on every replica.
func (h *Hub) spendTicket(ctx context.Context, ticket string, until time.Time) error {
	err := h.usage.Consume(ctx, once.Of(once.OneTimeHandle, ticket, until, "card"))
	if errors.Is(err, once.ErrUsed) {
		return connectors.ErrTicket
	}
	return err
}

// cards finds the means that a ticket is for.
type cards []connectors.Connector

// Receive hands over to the means, if it is one that meets browsers on the card host.
func (all cards) Receive(ctx context.Context, means identity.Means, ticket string, shown []*x509.Certificate) (string, error) {
	for _, c := range all {
		receiver, ok := c.(connectors.Receiver)
		if d := c.Describe(); ok && d.ID == means && !d.Disabled {
			return receiver.Receive(ctx, ticket, shown)
		}
	}
	return "", connectors.ErrTicket
}

// authorities are those whose certificates browsers are to offer.
func (all cards) authorities() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range all {
		if receiver, ok := c.(connectors.Receiver); ok {
			for _, ca := range receiver.Authorities() {
				pool.AddCert(ca)
			}
		}
	}
	return pool
}

// modern is TLS as it is spoken on every listener: 1.2 or newer, with the suites of the standard library,
// which has neither RC4 nor 3DES among them, and no renegotiation (attacks XC-14).
func modern() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS12} }

// publicTLS is the TLS of the public listener. Where the card host is here, too, its connections ask for a
// certificate, as those of the api host do, and of the desk where that is wanted, and no others: TLS 1.3 has no way to ask later that Go knows. It
// is asked for and not demanded, so that people without one get a page and not an error of their browser
// (R-CARD-01), and register systems that sign need none. HTTP/1.1 only, and no tickets: each login is a
// handshake of its own (R-CARD-11, attacks XC-13).
func (h *Hub) publicTLS() (*tls.Config, error) {
	base, l := modern(), h.config.Listen
	asking := map[string]*tls.Config{} // by host
	add := func(setting, host, cert, key string) error {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
		settings := modern()
		settings.Certificates, settings.ClientAuth = []tls.Certificate{pair}, tls.RequestClientCert
		settings.SessionTicketsDisabled, settings.NextProtos = true, []string{"http/1.1"}
		asking[host] = settings
		return nil
	}
	if h.config.Hosts.Card != "" && l.Card == "" && l.CardCertFile != "" {
		if err := add("listen.card_cert_file", h.config.Hosts.Card, l.CardCertFile, l.CardKeyFile); err != nil {
			return nil, err
		}
		asking[h.config.Hosts.Card].ClientCAs = cards(h.logins.Connectors).authorities() // browsers offer what leads there
	}
	if h.config.Hosts.API != "" && l.CertFile != "" {
		if err := add("listen.api_cert_file", h.config.Hosts.API, cmp.Or(l.APICertFile, l.CertFile), cmp.Or(l.APIKeyFile, l.KeyFile)); err != nil {
			return nil, err
		}
	}
	if h.config.Hosts.Desk != "" && l.DeskCertified && l.CertFile != "" {
		if err := add("listen.desk_certificates", h.config.Hosts.Desk, l.CertFile, l.KeyFile); err != nil {
			return nil, err
		}
	}
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return asking[strings.ToLower(hello.ServerName)], nil // nil: as the listener's own
	}
	return base, nil
}

// openCard opens the listener at which a proxy brings the requests of the hosts where certificates are shown: a unix socket, which only
// who may write to it can reach, or TLS with a certificate of the proxy's own. Nil if there is none.
func (h *Hub) openCard() (net.Listener, error) {
	l := h.config.Listen
	if path, ok := strings.CutPrefix(l.Card, "unix:"); ok {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("listen.card: %w", err)
		}
		socket, err := net.Listen("unix", path)
		if err != nil {
			return nil, fmt.Errorf("listen.card: %w", err)
		}
		if err := os.Chmod(path, 0o660); err != nil {
			return nil, errors.Join(fmt.Errorf("listen.card: %w", err), socket.Close())
		}
		return socket, nil
	}
	pair, err := tls.LoadX509KeyPair(l.CardCertFile, l.CardKeyFile)
	if err != nil {
		return nil, fmt.Errorf("listen.card_cert_file: %w", err)
	}
	text, err := os.ReadFile(l.CardProxyCAFile)
	if err != nil {
		return nil, fmt.Errorf("listen.card_proxy_ca_file: %w", err)
	}
	settings := modern()
	settings.Certificates, settings.ClientAuth, settings.ClientCAs = []tls.Certificate{pair}, tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if block, _ := pem.Decode(text); block == nil || !settings.ClientCAs.AppendCertsFromPEM(text) {
		return nil, errors.New("listen.card_proxy_ca_file: holds no certificate")
	}
	settings.NextProtos = []string{"http/1.1"}
	inner, err := net.Listen("tcp", l.Card)
	if err != nil {
		return nil, fmt.Errorf("listen.card: %w", err)
	}
	return tls.NewListener(inner, settings), nil
}

// byProxy reads what the proxy saw (RFC 9440 §2.2) and takes the header away. On no other listener is it
// looked at.
func byProxy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, err := clientCert(r.Header.Values("Client-Cert"))
		if err != nil {
			http.Error(w, "Client-Cert is not as RFC 9440 has it", http.StatusBadRequest)
			return
		}
		r = web.ByProxy(r, shown)
		r.Header.Del("Client-Cert")
		if forwarded := r.Header.Values("X-Forwarded-For"); len(forwarded) > 0 { // the proxy's own word stands last
			all := strings.Split(forwarded[len(forwarded)-1], ",")
			if addr, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
				r.RemoteAddr = netip.AddrPortFrom(addr, 0).String()
			}
		}
		next.ServeHTTP(w, r)
	})
}

// longestClientCert is more than any card's certificate has.
const longestClientCert = 16 << 10

// clientCert reads the one header there may be: a byte sequence between colons (RFC 8941 §3.3.5).
func clientCert(values []string) ([]*x509.Certificate, error) {
	if len(values) == 0 {
		return []*x509.Certificate{}, nil
	}
	wrong := errors.New("not a certificate")
	if len(values) > 1 || len(values[0]) > longestClientCert {
		return nil, wrong
	}
	inner, begins := strings.CutPrefix(values[0], ":")
	inner, ends := strings.CutSuffix(inner, ":")
	der, err := base64.StdEncoding.Strict().DecodeString(inner)
	if !begins || !ends || err != nil {
		return nil, wrong
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, wrong
	}
	return []*x509.Certificate{certificate}, nil
}
