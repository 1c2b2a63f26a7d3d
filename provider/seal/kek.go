package seal

import "crypto/hmac"
import "crypto/sha256"

// VaultKey is one version of a key-encryption key: it seals values that this installation itself
// must read again, such as an identifier.
type VaultKey struct {
	ID  byte
	Key [32]byte
}

// Vault seals under the newest of its keys and opens under any.
type Vault struct{ Keys []VaultKey }

// Seal encrypts for the place; the result begins with the key's id.
func (v Vault) Seal(plain []byte, place string) []byte {
	return append([]byte{v.Keys[0].ID}, sealWith(v.Keys[0].Key, plain, place)...)
}

// Open undoes Seal, or says ErrOpen.
func (v Vault) Open(sealed []byte, place string) ([]byte, error) {
	for _, k := range v.Keys {
		if len(sealed) > 1 && sealed[0] == k.ID {
			return openWith(k.Key, sealed[1:], place)
		}
	}
	return nil, ErrOpen
}

// Digester makes keyed digests: for finding a value without keeping it.
type Digester struct{ Keys []VaultKey }

// Digest is HMAC-SHA-256 under the newest key, of the kind and the value. The kind separates
// uses: the same value has another digest as another kind.
func (d Digester) Digest(kind, value string) [32]byte { return keyed(d.Keys[0].Key, kind, value) }

// KeyID names the newest key, to be stored beside the digest.
func (d Digester) KeyID() byte { return d.Keys[0].ID }

// All gives the digest under every key, newest first, for finding during a turnover.
func (d Digester) All(kind, value string) [][32]byte {
	all := make([][32]byte, len(d.Keys))
	for i, k := range d.Keys {
		all[i] = keyed(k.Key, kind, value)
	}
	return all
}

func keyed(key [32]byte, kind, value string) [32]byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return [32]byte(mac.Sum(nil))
}
