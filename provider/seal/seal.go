// Package seal makes values readable only to who holds a secret that the database does not
// hold: the bearer of a cookie, code or token, the owner of a public key, or this installation's
// own key-encryption key. It knows nothing of what it seals.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrOpen says that something does not open: wrong secret, wrong row, or changed bytes.
var ErrOpen = errors.New("seal: does not open")

const keySize = 32

// DataKey is the random key that seals the values of one row. It is never stored, only wrapped.
type DataKey [keySize]byte

// NewDataKey draws a data key.
func NewDataKey() DataKey {
	var k DataKey
	_, _ = rand.Read(k[:]) // never fails: crypto/rand ends the program instead
	return k
}

// String hides the key.
func (DataKey) String() string { return "[key]" }

// Seal encrypts with AES-256-GCM. The place (row kind and id) is associated data: bytes moved to
// another row do not open there.
func (k DataKey) Seal(plain []byte, place string) []byte { return sealWith(k, plain, place) }

// Open undoes Seal, or says ErrOpen.
func (k DataKey) Open(sealed []byte, place string) ([]byte, error) { return openWith(k, sealed, place) }

// WrapFor wraps the data key for the holder of a secret: AES-256-GCM under a key derived by
// HKDF-SHA-256 with the bearer's kind as info. The result has 60 bytes.
func (k DataKey) WrapFor(b Bearer) []byte { return sealWith(wrapKey(b), k[:], b.place()) }

// Unwrap gives the data key back to the holder of the secret, or says ErrOpen.
func Unwrap(wrap []byte, b Bearer) (DataKey, error) {
	plain, err := openWith(wrapKey(b), wrap, b.place())
	if err != nil || len(plain) != keySize {
		return DataKey{}, ErrOpen
	}
	return DataKey(plain), nil
}

func wrapKey(b Bearer) [keySize]byte {
	derived, err := hkdf.Key(sha256.New, b.Secret[:], nil, "symbolon wrap "+b.Kind.String(), keySize)
	if err != nil {
		panic(fmt.Sprintf("hkdf with fixed sizes: %v", err))
	}
	return [keySize]byte(derived)
}

func aead(key [keySize]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(fmt.Sprintf("aes with a 32-byte key: %v", err))
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(fmt.Sprintf("gcm: %v", err))
	}
	return gcm
}

func sealWith(key [keySize]byte, plain []byte, place string) []byte {
	return aead(key).Seal(nil, nil, plain, []byte(place))
}

func openWith(key [keySize]byte, sealed []byte, place string) ([]byte, error) {
	plain, err := aead(key).Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
