package staff

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
)

// Computer gives the thumb of the key by which a computer's browser signed something: point is the public key,
// 65 bytes uncompressed on P-256, signature 64 bytes of r and s, as Web Cryptography has them. False if it did not.
func Computer(point []byte, said string, signature []byte) ([32]byte, bool) {
	if len(point) != 65 || len(signature) != 64 {
		return [32]byte{}, false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return [32]byte{}, false
	}
	sum := sha256.Sum256([]byte(said))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return [32]byte{}, false
	}
	return sha256.Sum256(point), true
}
