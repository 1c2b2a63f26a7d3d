package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// assertionSigner makes client assertions (RFC 7523 §3, OpenID Connect Core §9).
type assertionSigner struct{ signer jose.Signer }

func newAssertionSigner(text []byte, auth ClientAuth) (*assertionSigner, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("client_auth.key_file: no PEM in it")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("client_auth.key_file: not a PKCS #8 private key")
	}
	algorithm, public, err := algorithmFor(private, auth.Algorithm)
	if err != nil {
		return nil, err
	}
	id := auth.KeyID
	if id == "" {
		thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("client_auth.key_file: %w", err)
		}
		id = base64.RawURLEncoding.EncodeToString(thumbprint)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: private, KeyID: id}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("client_auth: %w", err)
	}
	return &assertionSigner{signer}, nil
}

func algorithmFor(private any, wanted string) (jose.SignatureAlgorithm, crypto.PublicKey, error) {
	var usual string
	var public crypto.PublicKey
	switch k := private.(type) {
	case *ecdsa.PrivateKey:
		public = k.Public()
		usual = map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384"}[k.Curve]
	case *rsa.PrivateKey:
		public = k.Public()
		usual = "PS256"
		if wanted == "RS256" {
			usual = wanted
		}
	}
	if usual == "" || len(algorithmsOf(public)) == 0 {
		return "", nil, errors.New("client_auth.key_file: must be P-256, P-384 or RSA of 2048 bits and more")
	}
	if wanted != "" && wanted != usual {
		return "", nil, fmt.Errorf("client_auth.alg: %s does not go with this key", wanted)
	}
	return jose.SignatureAlgorithm(usual), public, nil
}

// assertion is for one use within a minute, and its audience is one string.
func (c *Connector) assertion(m metadata) (string, error) {
	now := c.deps.Now()
	audience := m.Issuer
	if c.settings.ClientAuth.Audience == "token_endpoint" {
		audience = m.Token
	}
	claims := struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		ID       string `json:"jti"`
		Issued   int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}{c.settings.ClientID, c.settings.ClientID, audience, random(), now.Unix(), now.Add(time.Minute).Unix()}
	text, err := jwt.Signed(c.signer.signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("client assertion: %w", err)
	}
	return text, nil
}
