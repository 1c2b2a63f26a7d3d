package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the digests that signatures use
	_ "crypto/sha512"
	"encoding/asn1"
	"errors"
	"math/big"
)

// Algorithms by the short names that settings use (RFC 9231, XML Signature 1.1). SHA-1 has none.
const (
	RSASHA256    = "rsa-sha256"
	RSASHA384    = "rsa-sha384"
	RSASHA512    = "rsa-sha512"
	RSAPSSSHA256 = "rsa-pss-sha256"
	RSAPSSSHA384 = "rsa-pss-sha384"
	RSAPSSSHA512 = "rsa-pss-sha512"
	ECDSASHA256  = "ecdsa-sha256"
	ECDSASHA384  = "ecdsa-sha384"
	ECDSASHA512  = "ecdsa-sha512"
)

// ErrSignature says that a signature does not hold. Its text says why, in fixed words.
var ErrSignature = errors.New("signature refused")

type badSignature struct{ why string }

func (b badSignature) Error() string   { return "signature refused: " + b.why }
func (badSignature) Is(err error) bool { return err == ErrSignature }

type algorithm struct {
	name, uri string
	hash      crypto.Hash
	family    string // rsa, pss, ecdsa
}

func algorithms() []algorithm {
	const more, more07 = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2007/05/xmldsig-more#"
	return []algorithm{
		{RSASHA256, more + "rsa-sha256", crypto.SHA256, "rsa"},
		{RSASHA384, more + "rsa-sha384", crypto.SHA384, "rsa"},
		{RSASHA512, more + "rsa-sha512", crypto.SHA512, "rsa"},
		{RSAPSSSHA256, more07 + "sha256-rsa-MGF1", crypto.SHA256, "pss"},
		{RSAPSSSHA384, more07 + "sha384-rsa-MGF1", crypto.SHA384, "pss"},
		{RSAPSSSHA512, more07 + "sha512-rsa-MGF1", crypto.SHA512, "pss"},
		{ECDSASHA256, more + "ecdsa-sha256", crypto.SHA256, "ecdsa"},
		{ECDSASHA384, more + "ecdsa-sha384", crypto.SHA384, "ecdsa"},
		{ECDSASHA512, more + "ecdsa-sha512", crypto.SHA512, "ecdsa"},
	}
}

// Algorithms gives the short names of all that is known.
func Algorithms() []string {
	var names []string
	for _, a := range algorithms() {
		names = append(names, a.name)
	}
	return names
}

// URI gives the identifier of an algorithm's short name, "" for an unknown one.
func URI(name string) string {
	a, _ := byName(name)
	return a.uri
}

func byName(name string) (algorithm, bool) {
	for _, a := range algorithms() {
		if a.name == name {
			return a, true
		}
	}
	return algorithm{}, false
}

func byURI(uri string) (algorithm, bool) {
	for _, a := range algorithms() {
		if a.uri == uri {
			return a, true
		}
	}
	return algorithm{}, false
}

func digestURI(h crypto.Hash) string {
	switch h {
	case crypto.SHA256:
		return NSEncryption + "sha256"
	case crypto.SHA384:
		return "http://www.w3.org/2001/04/xmldsig-more#sha384"
	default:
		return NSEncryption + "sha512"
	}
}

func digestByURI(uri string) (crypto.Hash, bool) {
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if digestURI(h) == uri {
			return h, true
		}
	}
	return 0, false
}

func sum(h crypto.Hash, data []byte) []byte {
	hash := h.New()
	hash.Write(data)
	return hash.Sum(nil)
}

// Fits says whether a public key may be used with an algorithm: strong enough, and of its family.
func Fits(public crypto.PublicKey, name string) bool {
	a, known := byName(name)
	switch key := public.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return known && a.family != "ecdsa" && bits >= 2048 && bits <= 8192 && key.E >= 3
	case *ecdsa.PublicKey:
		_, err := key.ECDH() // on its curve, and not the point at infinity
		return known && a.family == "ecdsa" && err == nil && key.Curve != elliptic.P224()
	default:
		return false
	}
}

// SignBytes signs. An ECDSA signature is r and s side by side, each as long as the curve's order
// (XML Signature 1.1 §6.4.3, RFC 9231 §2.3.6), not DER.
func SignBytes(key crypto.Signer, name string, data []byte) ([]byte, error) {
	a, _ := byName(name)
	if !Fits(key.Public(), name) {
		return nil, errors.New("sign: the key is not one for " + name)
	}
	var options crypto.SignerOpts = a.hash
	if a.family == "pss" {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
	}
	signature, err := key.Sign(rand.Reader, sum(a.hash, data), options)
	if err != nil {
		return nil, errors.New("sign: the key did not")
	}
	public, isEC := key.Public().(*ecdsa.PublicKey)
	if !isEC {
		return signature, nil
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &pair); err != nil || len(rest) > 0 {
		return nil, errors.New("sign: the key gave no signature")
	}
	size := (public.Curve.Params().N.BitLen() + 7) / 8
	raw := make([]byte, 2*size)
	pair.R.FillBytes(raw[:size])
	pair.S.FillBytes(raw[size:])
	return raw, nil
}

// VerifyBytes says whether a signature by that algorithm's URI is one of the keys'. Only the
// algorithms named are taken.
func VerifyBytes(keys []crypto.PublicKey, allowed []string, uri string, data, signature []byte) bool {
	a, known := byURI(uri)
	if !known || !among(allowed, a.name) {
		return false
	}
	digest := sum(a.hash, data)
	for _, key := range keys {
		if Fits(key, a.name) && a.verify(key, digest, signature) {
			return true
		}
	}
	return false
}

func among(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func (a algorithm) verify(public crypto.PublicKey, digest, signature []byte) bool {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().N.BitLen() + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(key, digest, r, s)
	case *rsa.PublicKey:
		if a.family == "pss" {
			return rsa.VerifyPSS(key, a.hash, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(key, a.hash, digest, signature) == nil
	default:
		return false
	}
}
