package seal

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
)

// PublicKey is what a value can be sealed to by who cannot open it: an X25519 public key.
type PublicKey [32]byte

// PrivateKey opens what was sealed to its public key.
type PrivateKey struct{ key hpke.PrivateKey }

// String hides the key.
func (PrivateKey) String() string { return "[key]" }

// GoString hides the key.
func (PrivateKey) GoString() string { return "[key]" }

// NewPrivateKey draws a private key.
func NewPrivateKey() (PrivateKey, error) {
	key, err := kem().GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make a private key: %w", err)
	}
	return PrivateKey{key}, nil
}

// PrivateKeyOf derives the private key that belongs to a bearer's secret. Where the writer does
// not hold the reader's secret (a device waits, a person approves), the row keeps the public key
// of it: made when the bearer was, and of use to nobody else.
func PrivateKeyOf(b Bearer) (PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, b.Secret[:], b.Row[:], "symbolon hpke "+b.Kind.String(), keySize)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("derive a private key: %w", err)
	}
	key, err := kem().DeriveKeyPair(seed)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("derive a private key: %w", err)
	}
	return PrivateKey{key}, nil
}

// ParsePrivateKey reads what Bytes wrote.
func ParsePrivateKey(raw []byte) (PrivateKey, error) {
	key, err := kem().NewPrivateKey(raw)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("read a private key: %w", err)
	}
	return PrivateKey{key}, nil
}

// Bytes writes the key, for who keeps it off the machine.
func (k PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// Public gives the key to seal to.
func (k PrivateKey) Public() PublicKey { return PublicKey(k.key.PublicKey().Bytes()) }

// SealTo encrypts to a public key (RFC 9180, base mode: DHKEM X25519 with HKDF-SHA-256,
// AES-256-GCM). The place is the info of it: bytes moved to another row do not open there.
func SealTo(public PublicKey, plain []byte, place string) ([]byte, error) {
	to, err := kem().NewPublicKey(public[:])
	if err != nil {
		return nil, fmt.Errorf("seal to a public key: %w", err)
	}
	sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(place), plain)
	if err != nil {
		return nil, fmt.Errorf("seal to a public key: %w", err)
	}
	return sealed, nil
}

// OpenWith undoes SealTo, or says ErrOpen.
func OpenWith(private PrivateKey, sealed []byte, place string) ([]byte, error) {
	plain, err := hpke.Open(private.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(place), sealed)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }
