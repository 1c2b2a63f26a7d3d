// Package specimen makes an e-ID authority whose cards are worth nothing: root, issuing authority,
// responder, revocation list, certificates and Web eID tokens, sound or with a fault that is asked
// for. The demo's country and tests use it; it is no part of the product. Every key it makes is
// named DEMO NOT VALID.
package specimen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // key identifiers (RFC 5280 §4.2.1.2)
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Mark stands in the name of every key made here.
const Mark = "DEMO NOT VALID"

// AuthPolicy and SignPolicy are the policies of the two certificates of a card.
const (
	AuthPolicy = "1.3.6.1.4.1.99999.1.1"
	SignPolicy = "1.3.6.1.4.1.99999.1.2"
	// DocumentOID is the subject's attribute that carries the document's number.
	DocumentOID = "1.3.6.1.4.1.99999.2.1"
)

// Pair is a certificate with its key.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// PEM writes the certificate.
func (p Pair) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate.Raw})
}

// Authority is a root, an issuing authority under it, and the responder that this one named.
type Authority struct {
	Root, Issuing, Responder Pair

	now       func() time.Time
	ocsp, crl string

	mu      sync.Mutex
	revoked map[string]Revocation // by serial in hex
	issued  map[string]bool
	number  int64
}

// Revocation is when and why a certificate was revoked.
type Revocation struct {
	At     time.Time
	Reason int // RFC 5280 §5.3.1; 6 is on hold
}

// Options say what an authority is called and where it is asked.
type Options struct {
	Name      string
	OCSP, CRL string // written into certificates
	Now       func() time.Time
}

// New makes an authority.
func New(o Options) (*Authority, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Authority{now: o.Now, ocsp: o.OCSP, crl: o.CRL, revoked: map[string]Revocation{}, issued: map[string]bool{}}
	now := o.Now()
	ca := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: serial(), Subject: pkix.Name{Country: []string{"PL"}, Organization: []string{Mark}, CommonName: o.Name + " " + name},
			NotBefore: now.Add(-30 * 24 * time.Hour), NotAfter: now.Add(20 * 365 * 24 * time.Hour),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}
	}
	var err error
	if a.Root, err = Make(ca("Root"), elliptic.P384(), Pair{}); err != nil {
		return nil, err
	}
	issuing := ca("Issuing CA")
	issuing.MaxPathLenZero = true
	if a.Issuing, err = Make(issuing, elliptic.P384(), a.Root); err != nil {
		return nil, err
	}
	a.Responder, err = Make(ResponderTemplate(now), elliptic.P256(), a.Issuing)
	return a, err
}

// ResponderTemplate is what a responder's certificate is made of.
func ResponderTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{Mark}, CommonName: "OCSP responder"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: asn1.NullBytes}}, // RFC 6960 §4.2.2.2.1
	}
}

// Make makes a certificate for a new key on a curve, signed by another, or by itself if by is empty.
func Make(template *x509.Certificate, curve elliptic.Curve, by Pair) (Pair, error) {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make a key: %w", err)
	}
	return Certify(template, key, by)
}

// Certify makes a certificate for a key.
func Certify(template *x509.Certificate, key crypto.Signer, by Pair) (Pair, error) {
	parent, signer := by.Certificate, by.Key
	if parent == nil {
		parent, signer = template, key
	}
	if template.SubjectKeyId == nil {
		spki, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return Pair{}, fmt.Errorf("write a key: %w", err)
		}
		id := sha1.Sum(spki) //nolint:gosec // as above
		template.SubjectKeyId = id[:]
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, fmt.Errorf("make a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, fmt.Errorf("read a certificate: %w", err)
	}
	return Pair{certificate, key}, nil
}

// Restore puts an authority together again out of what was kept of it.
func Restore(o Options, root, issuing, responder Pair) *Authority {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Authority{
		Root: root, Issuing: issuing, Responder: responder, now: o.Now, ocsp: o.OCSP, crl: o.CRL,
		revoked: map[string]Revocation{}, issued: map[string]bool{},
	}
}

// Revoke revokes a certificate for a reason of RFC 5280 §5.3.1; 6 puts it on hold.
func (a *Authority) Revoke(c *x509.Certificate, reason int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked[c.SerialNumber.Text(16)] = Revocation{a.now(), reason}
}

// Lift takes a certificate off hold.
func (a *Authority) Lift(c *x509.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.revoked, c.SerialNumber.Text(16))
}

// Knows takes a certificate as one of this authority's, so that it is good and not unknown.
func (a *Authority) Knows(c *x509.Certificate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.issued[c.SerialNumber.Text(16)] = true
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // never fails (crypto/rand)
	return n.SetBit(n, 119, 1)
}
