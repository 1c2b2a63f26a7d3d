package oauth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// sign writes a compact JWS over any crypto.Signer, so that a key may live in a device
// (oauth.md F26).
func sign(key SigningKey, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", errors.New("sign: the claims do not marshal") // the cause could hold values
	}
	return signPayload(key, typ, payload)
}

func signPayload(key SigningKey, typ string, payload []byte) (string, error) {
	header, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
		Typ string `json:"typ"`
	}{key.Alg, key.ID, typ})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	b64 := base64.RawURLEncoding
	input := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	signature, err := signBytes(key, []byte(input))
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", key.ID, err)
	}
	return input + "." + b64.EncodeToString(signature), nil
}

func signBytes(key SigningKey, input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	switch key.Alg {
	case "ES256":
		der, err := key.Signer.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return rawECDSA(der)
	case "RS256":
		return key.Signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	case "PS256":
		return key.Signer.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	case "EdDSA":
		return key.Signer.Sign(rand.Reader, input, &ed25519.Options{})
	default:
		return nil, fmt.Errorf("algorithm %q is not one of ours", key.Alg)
	}
}

// rawECDSA turns the ASN.1 form into R ‖ S of 32 bytes each (RFC 7518 §3.4).
func rawECDSA(der []byte) ([]byte, error) {
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 || parts.R.BitLen() > 256 || parts.S.BitLen() > 256 ||
		parts.R.Sign() < 0 || parts.S.Sign() < 0 {
		return nil, errors.New("the signer did not give an ECDSA signature")
	}
	raw := make([]byte, 64)
	parts.R.FillBytes(raw[:32])
	parts.S.FillBytes(raw[32:])
	return raw, nil
}

// halfHash is the left half of the hash that goes with a signature algorithm
// (OpenID Connect Core §3.1.3.6); for Ed25519 that is SHA-512.
func halfHash(alg, token string) string {
	if alg == "EdDSA" {
		sum := sha512.Sum512([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:32])
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
