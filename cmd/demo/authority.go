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

// authority is what makes https here: a certificate authority for one run, and one server
// certificate for every program. The authority's own key is forgotten at once.
type authority struct {
	file              string // the authority's certificate, for browsers and tools
	certFile, keyFile string // the server's
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
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the demo certificate: %w", err)
	}
	leaf := certificate(now, "DEMO NOT VALID server")
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost", "*.localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		return nil, fmt.Errorf("make the demo certificate: %w", err)
	}
	return save(dir, caDER, leafDER, key)
}

func certificate(now time.Time, name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand does not fail
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLife),
	}
}

func save(dir string, caDER, leafDER []byte, key *ecdsa.PrivateKey) (*authority, error) {
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write the demo certificate's key: %w", err)
	}
	a := &authority{
		file: filepath.Join(dir, "demo-ca.pem"), certFile: filepath.Join(dir, "server.pem"), keyFile: filepath.Join(dir, "server.key"),
		pool: x509.NewCertPool(),
	}
	caPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	leafPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for name, raw := range map[string][]byte{a.file: caPEM, a.certFile: leafPEM, a.keyFile: keyPEM} {
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			return nil, fmt.Errorf("write the demo certificates: %w", err)
		}
	}
	a.pool.AppendCertsFromPEM(caPEM)
	if a.server, err = tls.X509KeyPair(leafPEM, keyPEM); err != nil {
		return nil, fmt.Errorf("use the demo certificate: %w", err)
	}
	return a, nil
}

// serving is the settings of a program that answers here.
func (a *authority) serving() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{a.server}}
}

// calling is the settings of a program that asks another one here.
func (a *authority) calling() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: a.pool}
}
