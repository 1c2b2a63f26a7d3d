package hubtest

import (
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/connectors/pki/specimen"
)

// MeansTLS is the e-ID card by a certificate that the browser shows.
const MeansTLS = sim.MeansCardTLS

// WithTLS lets the hub speak https, with a card host beside it.
func WithTLS() With { return func(s *setup) { s.tls = true } }

// WithCertificates lets people use their e-ID cards by TLS; change may alter the means' settings.
func WithCertificates(change ...func(settings map[string]any)) With {
	return func(s *setup) {
		s.tls = true
		s.certificates = func(w *World) any {
			settings := table{
				"names": table{"en": "e-ID card in the browser", "pl": "Dowód w przeglądarce", "hu": "Igazolvány a böngészőben", "fr": "Carte d’identité dans le navigateur", "ar": "بطاقة الهوية في المتصفح"},
				"icon":  "card", "simulated": true, "allow_loopback": true, "authoritative_for": []string{"PNOPL"}, "issuers": []any{w.Issuers()},
			}
			for _, c := range change {
				c(settings)
			}
			return table{"id": MeansTLS, "kind": "eid", "settings": settings}
		}
	}
}

// encrypt makes the certificates of hub and card host, and of nobody else.
func (w *World) encrypt() {
	w.t.Helper()
	now := time.Now()
	template := func(name string, hosts ...string) *x509.Certificate {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, DNSNames: hosts,
			BasicConstraintsValid: true,
		}
		if len(hosts) > 0 {
			c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		return c
	}
	top := template("test authority")
	top.IsCA, top.KeyUsage, top.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	ca, err := specimen.Make(top, elliptic.P256(), specimen.Pair{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.roots = x509.NewCertPool()
	w.roots.AddCert(ca.Certificate)
	w.file("ca.pem", ca.PEM())
	for name, hosts := range map[string][]string{"hub": {"localhost", "portal.localhost", "desk.localhost", "api.localhost"}, "card": {"card.localhost"}, "proxy": {"proxy.localhost"}} {
		p, err := specimen.Make(template(name, hosts...), elliptic.P256(), ca)
		if err != nil {
			w.t.Fatal(err)
		}
		key, err := x509.MarshalPKCS8PrivateKey(p.Key)
		if err != nil {
			w.t.Fatal(err)
		}
		w.file(name+".pem", p.PEM())
		w.file(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	}
}

// File is where one of the certificates or keys of a world with TLS is: "ca.pem", "hub.pem", "card.key" …
func (w *World) File(name string) string { return filepath.Join(w.dir, name) }

// serving adds the certificates to the settings.
func (w *World) serving(s table) {
	listen := s["listen"].(table)
	listen["cert_file"], listen["key_file"] = w.File("hub.pem"), w.File("hub.key")
	listen["card_cert_file"], listen["card_key_file"] = w.File("card.pem"), w.File("card.key")
	s["hosts"].(table)["card"] = "card.localhost"
}

// trusting is the TLS of who talks with this world; nil where it speaks http.
func (w *World) trusting() *tls.Config {
	if w.roots == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: w.roots}
}

// Insert puts a person's card into the browser: it shows the certificate wherever one is asked for. The one for
// signatures if signing; "" takes the card out.
func (b *Browser) Insert(w *World, person string, signing bool) {
	b.t.Helper()
	b.transport.CloseIdleConnections()
	settings := w.trusting()
	if person != "" {
		p, err := w.Country.EID.Certificate(person, signing)
		if err != nil {
			b.t.Fatal(err)
		}
		b.Show(w, p)
		return
	}
	b.transport.TLSClientConfig = settings
}

// Show is Insert for any certificate.
func (b *Browser) Show(w *World, p specimen.Pair) {
	settings := w.trusting()
	settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &tls.Certificate{Certificate: [][]byte{p.Certificate.Raw}, PrivateKey: p.Key, Leaf: p.Certificate}, nil
	}
	b.transport.TLSClientConfig = settings
}

// Dial makes a connection to the front of the world under a host's name, and fails the test if that gives none.
func (w *World) Dial(t testing.TB, settings *tls.Config) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", w.Front.Addr, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Trusting is the TLS settings of a client that trusts this world and asks for a host.
func (w *World) Trusting(host string) *tls.Config {
	settings := w.trusting()
	settings.ServerName = host
	return settings
}
