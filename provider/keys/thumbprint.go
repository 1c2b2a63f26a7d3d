package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

// Thumbprint is the RFC 7638 thumbprint of a public key, SHA-256 in base64url: the required
// members of its JWK in lexical order without white space (§3.1).
func Thumbprint(public crypto.PublicKey) (string, error) {
	text := base64.RawURLEncoding.EncodeToString
	var jwk string
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x, y
		if err != nil {
			return "", fmt.Errorf("thumbprint: %w", err)
		}
		half := len(point) / 2
		jwk = fmt.Sprintf(`{"crv":%q,"kty":"EC","x":%q,"y":%q}`, key.Params().Name, text(point[1:1+half]), text(point[1+half:]))
	case *rsa.PublicKey:
		jwk = fmt.Sprintf(`{"e":%q,"kty":"RSA","n":%q}`, text(big.NewInt(int64(key.E)).Bytes()), text(key.N.Bytes()))
	default:
		return "", errors.New("thumbprint: neither an EC nor an RSA key")
	}
	sum := sha256.Sum256([]byte(jwk))
	return text(sum[:]), nil
}
