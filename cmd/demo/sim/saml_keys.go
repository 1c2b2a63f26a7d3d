package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// keyPair is a key with a self-signed certificate, drawn when it is first needed: an RSA key takes a
// while, and most runs never ask for one.
type keyPair struct {
	draw func() (drawn, error)
}

type drawn struct {
	key crypto.Signer
	der []byte
}

func newKeyPair(algorithm string) keyPair {
	return keyPair{sync.OnceValues(func() (drawn, error) { return drawKeyPair(algorithm) })}
}

func drawKeyPair(algorithm string) (drawn, error) {
	var key crypto.Signer
	var err error
	if algorithm == xmlsec.ECDSASHA256 {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		return drawn{}, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "invented"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(3, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return drawn{}, fmt.Errorf("make a certificate: %w", err)
	}
	return drawn{key, der}, nil
}

func (i keyPair) certificate() ([]byte, error) {
	d, err := i.draw()
	return d.der, err
}

func (i keyPair) signer(algorithm string) (xmlsec.Signer, error) {
	d, err := i.draw()
	return xmlsec.Signer{Key: d.key, Algorithm: algorithm, Certificate: d.der}, err
}

// Pair is a private key and its certificate in PEM files, as the hub reads them.
type Pair struct{ Key, Certificate string }

// pair finds a pair in the folder, or makes it there.
func (k keyring) pair(name, algorithm string) (Pair, drawn, error) {
	var made drawn
	text, path, err := k.file(name+".key", func() ([]byte, error) {
		var err error
		if made, err = drawKeyPair(algorithm); err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(made.key)
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
	})
	if err != nil {
		return Pair{}, drawn{}, fmt.Errorf("key %s: %w", name, err)
	}
	certificate, certificatePath, err := k.file(name+".crt", func() ([]byte, error) {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.der}), nil
	})
	if err != nil {
		return Pair{}, drawn{}, fmt.Errorf("certificate %s: %w", name, err)
	}
	if made.key == nil {
		if made, err = parsePair(text, certificate); err != nil {
			return Pair{}, drawn{}, fmt.Errorf("key %s: %w", name, err)
		}
	}
	return Pair{path, certificatePath}, made, nil
}

func parsePair(key, certificate []byte) (drawn, error) {
	keyBlock, _ := pem.Decode(key)
	certificateBlock, _ := pem.Decode(certificate)
	if keyBlock == nil || certificateBlock == nil {
		return drawn{}, fmt.Errorf("the file holds no PEM")
	}
	private, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return drawn{}, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return drawn{}, fmt.Errorf("the file holds no key to sign with")
	}
	return drawn{signer, certificateBlock.Bytes}, nil
}
