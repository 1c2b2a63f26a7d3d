package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// key is a private key of ours with its certificate.
type key struct {
	private     crypto.Signer
	certificate *x509.Certificate
}

// ring holds our keys of one upstream.
type ring struct {
	active, next  *key // nil: there is none
	publishedFrom time.Time
	signsFrom     time.Time
	algorithm     string
	decrypting    []key
}

func loadRing(s Settings) (ring, error) {
	r := ring{publishedFrom: s.KeyRollover.PublishedFrom, signsFrom: s.KeyRollover.PublishedFrom.Add(s.KeyRollover.Lead), algorithm: s.SignAlg}
	for _, one := range []struct {
		setting string
		pair    Pair
		into    **key
	}{{"key_rollover.active", s.KeyRollover.Active, &r.active}, {"key_rollover.next", s.KeyRollover.Next, &r.next}} {
		if one.pair.KeyFile == "" {
			continue
		}
		k, err := loadKey(one.pair)
		if err != nil {
			return ring{}, fmt.Errorf("%s: %w", one.setting, err)
		}
		if !xmlsec.Fits(k.private.Public(), s.SignAlg) {
			return ring{}, fmt.Errorf("%s: the key is none for sign_alg %s", one.setting, s.SignAlg)
		}
		*one.into = &k
	}
	for i, pair := range s.EncKeys {
		k, err := loadKey(pair)
		if err != nil {
			return ring{}, fmt.Errorf("enc_keys[%d]: %w", i, err)
		}
		r.decrypting = append(r.decrypting, k)
	}
	return r, nil
}

func loadKey(p Pair) (key, error) {
	text, err := os.ReadFile(p.KeyFile)
	if err != nil {
		return key{}, fmt.Errorf("key_file: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return key{}, errors.New("key_file: no PEM in it")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return key{}, errors.New("key_file: not a PKCS #8 private key")
	}
	if text, err = os.ReadFile(p.CertFile); err != nil {
		return key{}, fmt.Errorf("cert_file: %w", err)
	}
	if block, _ = pem.Decode(text); block == nil {
		return key{}, errors.New("cert_file: no PEM in it")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return key{}, errors.New("cert_file: not a certificate")
	}
	signer, ok := private.(crypto.Signer)
	public, comparable := certificate.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !comparable || !public.Equal(signer.Public()) {
		return key{}, errors.New("cert_file: the certificate is of another key")
	}
	switch private.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return key{signer, certificate}, nil
	default:
		return key{}, errors.New("key_file: must be RSA or EC")
	}
}

// signing gives the key that signs now: the next one, once it was published for long enough.
func (r ring) signing(now time.Time) *key {
	if r.next != nil && !now.Before(r.signsFrom) {
		return r.next
	}
	return r.active
}

// published gives the signing keys to be told of now, the one that signs first. The active one stays
// until the operator takes it away: what it signed may be under way.
func (r ring) published(now time.Time) []key {
	var all []key
	if first := r.signing(now); first != nil {
		all = append(all, *first)
	}
	for _, k := range []*key{r.active, r.next} {
		if k != nil && k != r.signing(now) && (k == r.active || !now.Before(r.publishedFrom)) {
			all = append(all, *k)
		}
	}
	return all
}

func (r ring) signer(now time.Time) (xmlsec.Signer, error) {
	k := r.signing(now)
	if k == nil {
		return xmlsec.Signer{}, errors.New("there is no key to sign with")
	}
	return xmlsec.Signer{Key: k.private, Algorithm: r.algorithm, Certificate: k.certificate.Raw}, nil
}

func (c *Connector) decrypter() xmlsec.Decrypter {
	d := xmlsec.Decrypter{Allowed: c.settings.EncAlgs, Recipient: c.settings.EntityID, SizeMismatch: c.settings.KeySizeMismatch}
	for _, k := range c.keys.decrypting {
		d.Keys = append(d.Keys, k.private)
	}
	return d
}

// ends lists our certificates that end within 30 days (R-SAML-12).
func (r ring) ends(now time.Time) []error {
	var soon []error
	look := func(k key) {
		if k.certificate.NotAfter.Sub(now) < 30*24*time.Hour {
			soon = append(soon, fmt.Errorf("our certificate %X ends on %s", k.certificate.SerialNumber, k.certificate.NotAfter.Format(time.DateOnly)))
		}
	}
	for _, k := range []*key{r.active, r.next} {
		if k != nil {
			look(*k)
		}
	}
	for _, k := range r.decrypting {
		look(k)
	}
	return soon
}

func (c *Connector) warnOfEnds(now time.Time) {
	for _, soon := range c.keys.ends(now) {
		c.deps.Log.Warn("certificate ends soon", "means", string(c.settings.ID), "reason", soon.Error())
	}
}
