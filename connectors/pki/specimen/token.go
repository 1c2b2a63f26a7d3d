package specimen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes that cards use
	_ "crypto/sha512" // likewise
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Token is a Web eID authentication token (format 1.0).
type Token struct {
	Certificate string `json:"unverifiedCertificate"`
	Algorithm   string `json:"algorithm"`
	Signature   string `json:"signature"`
	Format      string `json:"format"`
	AppVersion  string `json:"appVersion"`
}

// Sign makes a token as the card, its reader and the browser extension do together: the card signs
// the digests of the page's origin and of the challenge.
func (p Pair) Sign(algorithm, origin, challenge string) (Token, error) {
	hash, ok := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(algorithm, "ERSP")]
	if !ok {
		return Token{}, errors.New("no such algorithm")
	}
	sum := func(parts ...[]byte) []byte {
		h := hash.New()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(nil)
	}
	digest := sum(sum([]byte(origin)), sum([]byte(challenge)))
	signature, err := p.sign(algorithm, digest, hash)
	if err != nil {
		return Token{}, fmt.Errorf("sign: %w", err)
	}
	return Token{
		Certificate: base64.StdEncoding.EncodeToString(p.Certificate.Raw), Algorithm: algorithm,
		Signature: base64.StdEncoding.EncodeToString(signature), Format: "web-eid:1.0", AppVersion: "https://web-eid.eu/web-eid-app/releases/2.5.0+0",
	}, nil
}

func (p Pair) sign(algorithm string, digest []byte, hash crypto.Hash) ([]byte, error) {
	switch key := p.Key.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			return nil, err
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		raw := make([]byte, 2*size)
		r.FillBytes(raw[:size])
		s.FillBytes(raw[size:])
		return raw, nil
	case *rsa.PrivateKey:
		if strings.HasPrefix(algorithm, "PS") {
			return rsa.SignPSS(rand.Reader, key, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.SignPKCS1v15(nil, key, hash, digest)
	default:
		return nil, errors.New("no such key")
	}
}
