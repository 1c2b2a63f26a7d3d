package xmlsec

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
)

// Encrypter encrypts to one public key: RSA by OAEP with SHA-256, EC by ECDH-ES, with the parameters of the
// key derivation as the Polish node writes them.
type Encrypter struct {
	To                crypto.PublicKey
	Cipher            string // short name, AES-GCM
	Sender, Recipient string // entity IDs, for the key agreement
}

// Encrypt gives the EncryptedData of an element.
func (e Encrypter) Encrypt(n *Node) (*Node, error) { return e.EncryptOctets(n.Bytes()) }

// EncryptOctets is Encrypt for an element that is written already.
func (e Encrypter) EncryptOctets(plain []byte) (*Node, error) {
	i := slices.IndexFunc(dataCiphers(), func(c dataCipher) bool { return c.gcm && c.name == e.Cipher })
	if i < 0 {
		return nil, errors.New("encrypt: unknown cipher")
	}
	c := dataCiphers()[i]
	key := make([]byte, c.key)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	sealed, err := sealGCM(key, plain)
	if err != nil {
		return nil, err
	}
	encrypted, err := e.key(key)
	if err != nil {
		return nil, err
	}
	return New("xenc", NSEncryption, "EncryptedData", A("Type", uriElement),
		method(c.uri), New("ds", NSSignature, "KeyInfo", encrypted), cipherData(sealed)), nil
}

func sealGCM(key, plain []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("encrypt: not a key")
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errors.New("encrypt: not a key")
	}
	nonce := make([]byte, gcmNonce)
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, nil), nil
}

func method(uri string, inside ...any) *Node {
	return New("xenc", NSEncryption, "EncryptionMethod", append([]any{A("Algorithm", uri)}, inside...)...)
}

func cipherData(sealed []byte) *Node {
	return New("xenc", NSEncryption, "CipherData", New("xenc", NSEncryption, "CipherValue", encode(sealed)))
}

func (e Encrypter) key(key []byte) (*Node, error) {
	switch public := e.To.(type) {
	case *rsa.PublicKey:
		sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
		if err != nil {
			return nil, errors.New("encrypt: the key is not sealed")
		}
		return New("xenc", NSEncryption, "EncryptedKey",
			method(uriOAEP, New("ds", NSSignature, "DigestMethod", A("Algorithm", uriSHA256)), New("xenc11", NSEncryption11, "MGF", A("Algorithm", uriMGF1SHA2))),
			cipherData(sealed)), nil
	case *ecdsa.PublicKey:
		theirs, err := public.ECDH()
		if err != nil {
			return nil, errors.New("encrypt: not a point on its curve")
		}
		return e.agree(theirs, key)
	default:
		return nil, errors.New("encrypt: a key of an unknown kind")
	}
}

func (e Encrypter) agree(theirs *ecdh.PublicKey, key []byte) (*Node, error) {
	own, err := theirs.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return nil, errors.New("encrypt: no key of one use")
	}
	z, err := own.ECDH(theirs)
	if err != nil {
		return nil, errors.New("encrypt: no agreement")
	}
	algorithm, sender, recipient := counted(uriWrap256), counted(e.Sender), counted(e.Recipient)
	sealed, err := wrap(concatKDF(z, slices.Concat(algorithm, sender, recipient), 32), key)
	if err != nil {
		return nil, err
	}
	text := hex.EncodeToString
	return New("xenc", NSEncryption, "EncryptedKey", method(uriWrap256),
		New("ds", NSSignature, "KeyInfo", New("xenc", NSEncryption, "AgreementMethod", A("Algorithm", uriECDHES),
			New("xenc11", NSEncryption11, "KeyDerivationMethod", A("Algorithm", uriConcatKDF),
				New("xenc11", NSEncryption11, "ConcatKDFParams", A("AlgorithmID", text(algorithm)), A("PartyUInfo", text(sender)), A("PartyVInfo", text(recipient)),
					New("ds", NSSignature, "DigestMethod", A("Algorithm", uriSHA256)))),
			New("xenc", NSEncryption, "OriginatorKeyInfo", New("ds", NSSignature, "KeyValue", New("dsig11", NSSignature11, "ECKeyValue",
				New("dsig11", NSSignature11, "NamedCurve", A("URI", curveURI(theirs.Curve()))),
				New("dsig11", NSSignature11, "PublicKey", encode(own.PublicKey().Bytes()))))))),
		cipherData(sealed)), nil
}

// counted puts a text's length in front of it, in four bytes.
func counted(s string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...)
}
