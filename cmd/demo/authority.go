package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority is what makes https here: a certificate authority for one run, one server certificate for
// every program, and one for the card host. The authority's own key is forgotten at once.
type authority struct {
	file              string // the authority's certificate, for browsers and tools
	certFile, keyFile string // the server's
	cardCertFile      string // the card host's
	cardKeyFile       string
	pool              *x509.CertPool
	server            tls.Certificate
}

const authorityLife = 30 * 24 * time.Hour

func newAuthority(dir string, now time.Time) (*authority, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	ca := certificate(now, "DEMO NOT VALID")
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	// Names that only mean this machine: the authority is worth nothing elsewhere (RFC 5280 §4.2.1.10).
	ca.PermittedDNSDomainsCritical, ca.PermittedDNSDomains = true, []string{"localhost"}
	ca.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	a := &authority{file: filepath.Join(dir, "demo-ca.pem"), pool: x509.NewCertPool()}
	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	a.pool.AppendCertsFromPEM(caPEM)
	if err := os.WriteFile(a.file, caPEM, 0o600); err != nil {
		return nil, fmt.Errorf("write the demo certificates: %w", err)
	}
	sign := func(leaf *x509.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
		return x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	}
	leaf := certificate(now, "DEMO NOT VALID server")
	leaf.DNSNames = []string{"localhost", "*.localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if a.server, a.certFile, a.keyFile, err = served(dir, "server", leaf, sign); err != nil {
		return nil, err
	}
	card := certificate(now, "DEMO NOT VALID card host") // of its own, so that no browser takes another host's connection for it
	card.DNSNames = []string{cardHost}
	if _, a.cardCertFile, a.cardKeyFile, err = served(dir, "card-host", card, sign); err != nil {
		return nil, err
	}
	return a, nil
}

// cardHost is where browsers show certificates.
const cardHost = "card.localhost"

func certificate(now time.Time, name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand does not fail
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLife),
	}
}

// served makes a server's certificate with a new key, and writes both.
func served(dir, name string, leaf *x509.Certificate, sign func(*x509.Certificate, *ecdsa.PrivateKey) ([]byte, error)) (pair tls.Certificate, certFile, keyFile string, err error) {
	fail := func(err error) (tls.Certificate, string, string, error) {
		return tls.Certificate{}, "", "", fmt.Errorf("make the demo certificate of the %s: %w", name, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := sign(leaf, key)
	if err != nil {
		return fail(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fail(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	for file, raw := range map[string][]byte{certFile: certPEM, keyFile: keyPEM} {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return fail(err)
		}
	}
	if pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		return fail(err)
	}
	return pair, certFile, keyFile, nil
}

// serving is the settings of a program that answers here.
func (a *authority) serving() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{a.server}}
}

// calling is the settings of a program that asks another one here.
func (a *authority) calling() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.pool}
}
