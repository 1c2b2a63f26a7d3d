package xmlsec

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// Encryption algorithms by the short names that settings use.
const (
	AES128GCM   = "aes128-gcm"
	AES256GCM   = "aes256-gcm"
	AES128CBC   = "aes128-cbc"
	AES256CBC   = "aes256-cbc"
	RSAOAEP     = "rsa-oaep"      // with SHA-256 throughout
	RSAOAEPSHA1 = "rsa-oaep-sha1" // rsa-oaep-mgf1p as most still send it
	ECDHES      = "ecdh-es"       // with ConcatKDF and AES key wrap
)

// Encryptions gives the short names of all that is known, those that are safe by themselves first.
func Encryptions() []string {
	return []string{AES128GCM, AES256GCM, RSAOAEP, ECDHES, RSAOAEPSHA1, AES128CBC, AES256CBC}
}

const (
	uriOAEP1     = NSEncryption + "rsa-oaep-mgf1p"
	uriOAEP      = NSEncryption11 + "rsa-oaep"
	uriMGF1SHA1  = NSEncryption11 + "mgf1sha1"
	uriMGF1SHA2  = NSEncryption11 + "mgf1sha256"
	uriSHA1      = NSSignature + "sha1"
	uriSHA256    = NSEncryption + "sha256"
	uriECDHES    = NSEncryption11 + "ECDH-ES"
	uriConcatKDF = NSEncryption11 + "ConcatKDF"
	uriWrap128   = NSEncryption + "kw-aes128"
	uriWrap256   = NSEncryption + "kw-aes256"
	uriElement   = NSEncryption + "Element"
)

type dataCipher struct {
	name, uri string
	key       int // bytes
	gcm       bool
}

func dataCiphers() []dataCipher {
	return []dataCipher{
		{AES128GCM, NSEncryption11 + "aes128-gcm", 16, true}, {AES256GCM, NSEncryption11 + "aes256-gcm", 32, true},
		{AES128CBC, NSEncryption + "aes128-cbc", 16, false}, {AES256CBC, NSEncryption + "aes256-cbc", 32, false},
	}
}

// ErrDecrypt is the one error for everything that goes wrong with a secret key (attacks SM-14).
var ErrDecrypt = errors.New("decryption refused")

const gcmNonce, gcmTag = 12, 16 // XML Encryption 1.1 §5.2.4

func openGCM(key, sealed []byte) ([]byte, error) {
	if len(sealed) < gcmNonce+gcmTag {
		return nil, ErrDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrDecrypt
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, ErrDecrypt
	}
	plain, err := aead.Open(nil, sealed[:gcmNonce], sealed[gcmNonce:], nil)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plain, nil
}

// openCBC takes the padding of XML Encryption 1.1 §5.2.1: the last octet says how many.
func openCBC(key, sealed []byte) ([]byte, error) {
	if len(sealed) < 2*aes.BlockSize || len(sealed)%aes.BlockSize != 0 {
		return nil, ErrDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrDecrypt
	}
	plain := make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(plain, sealed[aes.BlockSize:])
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrDecrypt
	}
	return plain[:len(plain)-pad], nil
}

// concatKDF is NIST SP 800-56A §5.8.1 with SHA-256, as XML Encryption 1.1 §5.4.1 uses it.
func concatKDF(z, otherInfo []byte, size int) []byte {
	var out []byte
	for counter := uint32(1); len(out) < size; counter++ {
		h := sha256.New()
		h.Write(binary.BigEndian.AppendUint32(nil, counter))
		h.Write(z)
		h.Write(otherInfo)
		out = h.Sum(out)
	}
	return out[:size]
}

// wrapIV is the initial value of RFC 3394 §2.2.3.1.
func wrapIV() []byte { return bytes.Repeat([]byte{0xa6}, 8) }

// unwrap is the unwrapping of RFC 3394 §2.2.2.
func unwrap(kek, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 24 || len(wrapped)%8 != 0 || len(wrapped) > 72 {
		return nil, ErrDecrypt
	}
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, ErrDecrypt
	}
	n := len(wrapped)/8 - 1
	a, r := append([]byte{}, wrapped[:8]...), append([]byte{}, wrapped[8:]...)
	var b [16]byte
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			t := binary.BigEndian.Uint64(a) ^ uint64(n*j+i)
			binary.BigEndian.PutUint64(b[:8], t)
			copy(b[8:], r[(i-1)*8:i*8])
			block.Decrypt(b[:], b[:])
			copy(a, b[:8])
			copy(r[(i-1)*8:], b[8:])
		}
	}
	if subtle.ConstantTimeCompare(a, wrapIV()) != 1 {
		return nil, ErrDecrypt
	}
	return r, nil
}

// wrap is the wrapping of RFC 3394 §2.2.1.
func wrap(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, errors.New("wrap: not a key")
	}
	n := len(key) / 8
	a, r := wrapIV(), append([]byte{}, key...)
	var b [16]byte
	for j := range 6 {
		for i := 1; i <= n; i++ {
			copy(b[:8], a)
			copy(b[8:], r[(i-1)*8:i*8])
			block.Encrypt(b[:], b[:])
			binary.BigEndian.PutUint64(a, binary.BigEndian.Uint64(b[:8])^uint64(n*j+i))
			copy(r[(i-1)*8:], b[8:])
		}
	}
	return append(a, r...), nil
}

// namedCurve gives the curve of an identifier as ECKeyValue has it.
func namedCurve(uri string) ecdh.Curve {
	switch uri {
	case "urn:oid:1.2.840.10045.3.1.7":
		return ecdh.P256()
	case "urn:oid:1.3.132.0.34":
		return ecdh.P384()
	case "urn:oid:1.3.132.0.35":
		return ecdh.P521()
	default:
		return nil
	}
}

func curveURI(curve ecdh.Curve) string {
	for _, uri := range []string{"urn:oid:1.2.840.10045.3.1.7", "urn:oid:1.3.132.0.34", "urn:oid:1.3.132.0.35"} {
		if namedCurve(uri) == curve {
			return uri
		}
	}
	return ""
}

// EncryptionURIs gives what metadata say of the ciphers and key transports allowed.
func EncryptionURIs(allowed []string) []string {
	var all []string
	for _, c := range dataCiphers() {
		if among(allowed, c.name) {
			all = append(all, c.uri)
		}
	}
	if among(allowed, RSAOAEP) {
		all = append(all, uriOAEP)
	}
	if among(allowed, RSAOAEPSHA1) {
		all = append(all, uriOAEP1)
	}
	if among(allowed, ECDHES) {
		all = append(all, uriWrap128, uriWrap256)
	}
	return all
}
