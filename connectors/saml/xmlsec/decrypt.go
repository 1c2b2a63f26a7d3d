package xmlsec

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // RSA-OAEP as most still send it, where the settings allow it
	"encoding/hex"
	"strings"
)

// Decrypter opens what was encrypted to one of its keys.
type Decrypter struct {
	Keys         []crypto.PrivateKey // *rsa.PrivateKey, *ecdsa.PrivateKey; several while they turn over
	Allowed      []string            // short names; none: nothing is opened
	Recipient    string              // our entity ID: who must be meant where the agreement says
	SizeMismatch bool                // the key may be shorter than its algorithm says
}

// Decrypt opens the one EncryptedData directly inside an element and gives the plain octets. Where the
// cipher does not prove who made the text, authentic must say that a signature did. However it goes
// wrong, the error is the same.
func (d Decrypter) Decrypt(n *Node, authentic bool) ([]byte, error) {
	data := n.Only(NSEncryption, "EncryptedData")
	if data == nil || data.Attr("Type") != "" && data.Attr("Type") != uriElement {
		return nil, ErrDecrypt
	}
	c, ok := d.dataCipher(data, authentic)
	sealed, sealedOK := cipherValue(data)
	if !ok || !sealedOK {
		return nil, ErrDecrypt
	}
	keys := encryptedKeys(n, data)
	for _, encrypted := range keys {
		for _, own := range d.Keys {
			key, err := d.key(encrypted, own)
			if err != nil || len(key) != c.key && !(d.SizeMismatch && c.gcm && (len(key) == 16 || len(key) == 32)) {
				continue
			}
			open := openCBC
			if c.gcm {
				open = openGCM
			}
			if plain, err := open(key, sealed); err == nil {
				return plain, nil
			}
		}
	}
	return nil, ErrDecrypt
}

func (d Decrypter) dataCipher(data *Node, authentic bool) (dataCipher, bool) {
	uri := data.Only(NSEncryption, "EncryptionMethod")
	for _, c := range dataCiphers() {
		if uri != nil && c.uri == uri.Attr("Algorithm") {
			return c, among(d.Allowed, c.name) && (c.gcm || authentic)
		}
	}
	return dataCipher{}, false
}

func cipherValue(n *Node) ([]byte, bool) {
	value := n.Path(NSEncryption, "CipherData", "CipherValue") // a CipherReference would be fetched: never
	if value == nil {
		return nil, false
	}
	return unbase64(value.Text())
}

// encryptedKeys gives the keys beside the data or inside it (SAML Core §6.1 allows both), a few.
func encryptedKeys(n, data *Node) []*Node {
	keys := n.All(NSEncryption, "EncryptedKey")
	if info := data.Only(NSSignature, "KeyInfo"); info != nil {
		keys = append(keys, info.All(NSEncryption, "EncryptedKey")...)
	}
	return keys[:min(len(keys), 4)]
}

// key opens an EncryptedKey.
func (d Decrypter) key(n *Node, own crypto.PrivateKey) ([]byte, error) {
	method := n.Only(NSEncryption, "EncryptionMethod")
	sealed, ok := cipherValue(n)
	if method == nil || !ok {
		return nil, ErrDecrypt
	}
	switch private := own.(type) {
	case *rsa.PrivateKey:
		return d.oaep(method, private, sealed)
	case *ecdsa.PrivateKey:
		return d.agreed(n, method.Attr("Algorithm"), private, sealed)
	default:
		return nil, ErrDecrypt
	}
}

func (d Decrypter) oaep(method *Node, private *rsa.PrivateKey, sealed []byte) ([]byte, error) {
	digest, mask := uriSHA1, uriMGF1SHA1 // the defaults of XML Encryption 1.1 §5.5.2
	if n := method.Only(NSSignature, "DigestMethod"); n != nil {
		digest = n.Attr("Algorithm")
	}
	if n := method.Only(NSEncryption11, "MGF"); n != nil && method.Attr("Algorithm") == uriOAEP {
		mask = n.Attr("Algorithm")
	}
	if method.Only(NSEncryption, "OAEPparams") != nil {
		return nil, ErrDecrypt
	}
	hashes := map[string]crypto.Hash{uriSHA1: crypto.SHA1, uriMGF1SHA1: crypto.SHA1, uriSHA256: crypto.SHA256, uriMGF1SHA2: crypto.SHA256}
	options := rsa.OAEPOptions{Hash: hashes[digest], MGFHash: hashes[mask]}
	name := RSAOAEPSHA1
	if digest == uriSHA256 && mask == uriMGF1SHA2 {
		name = RSAOAEP
	}
	form := method.Attr("Algorithm")
	if options.Hash == 0 || options.MGFHash == 0 || !among(d.Allowed, name) || form != uriOAEP && form != uriOAEP1 {
		return nil, ErrDecrypt
	}
	key, err := private.Decrypt(rand.Reader, sealed, &options)
	if err != nil {
		return nil, ErrDecrypt
	}
	return key, nil
}

// agreed opens a key that was wrapped under one agreed on by ECDH-ES with ConcatKDF
// (XML Encryption 1.1 §5.6.4, §5.4.1).
func (d Decrypter) agreed(n *Node, wrapping string, private *ecdsa.PrivateKey, sealed []byte) ([]byte, error) {
	agreement := n.Path(NSSignature, "KeyInfo").Only(NSEncryption, "AgreementMethod")
	size := map[string]int{uriWrap128: 16, uriWrap256: 32}[wrapping]
	if agreement == nil || agreement.Attr("Algorithm") != uriECDHES || size == 0 || !among(d.Allowed, ECDHES) {
		return nil, ErrDecrypt
	}
	own, err := private.ECDH()
	if err != nil {
		return nil, ErrDecrypt
	}
	theirs, err := originator(agreement, own.Curve())
	if err != nil {
		return nil, err
	}
	infos, err := d.otherInfo(agreement, wrapping)
	if err != nil {
		return nil, err
	}
	z, err := own.ECDH(theirs)
	if err != nil {
		return nil, ErrDecrypt
	}
	for _, info := range infos {
		if key, err := unwrap(concatKDF(z, info, size), sealed); err == nil {
			return key, nil
		}
	}
	return nil, ErrDecrypt
}

// originator reads the other side's public key: a point on the curve of our key, by its name.
func originator(agreement *Node, curve ecdh.Curve) (*ecdh.PublicKey, error) {
	value := agreement.Only(NSEncryption, "OriginatorKeyInfo").Only(NSSignature, "KeyValue").Only(NSSignature11, "ECKeyValue")
	named := value.Only(NSSignature11, "NamedCurve")
	point, ok := unbase64(value.Only(NSSignature11, "PublicKey").Text())
	if named == nil || !ok || namedCurve(named.Attr("URI")) != curve {
		return nil, ErrDecrypt
	}
	key, err := curve.NewPublicKey(point)
	if err != nil {
		return nil, ErrDecrypt
	}
	return key, nil
}

// otherInfo puts the parameters of ConcatKDF together, in both readings there are: as the specification has
// it, where the first octet of each counts the bits that fill its last (§5.4.1), and as the Polish node sends
// them, without. Which is meant, the wrapped key proves. The algorithm must be the one that wraps, and the
// receiver us.
func (d Decrypter) otherInfo(agreement *Node, wrapping string) ([][]byte, error) {
	derivation := agreement.Only(NSEncryption11, "KeyDerivationMethod")
	parameters := derivation.Only(NSEncryption11, "ConcatKDFParams")
	if parameters == nil || derivation.Attr("Algorithm") != uriConcatKDF || parameters.Only(NSSignature, "DigestMethod").attr("Algorithm") != uriSHA256 {
		return nil, ErrDecrypt
	}
	var filled, bare []byte
	whole := true // no parameter ends within an octet
	for _, name := range []string{"AlgorithmID", "PartyUInfo", "PartyVInfo", "SuppPubInfo", "SuppPrivInfo"} {
		raw, err := hex.DecodeString(strings.TrimSpace(parameters.Attr(name)))
		if err != nil {
			return nil, ErrDecrypt
		}
		bare = append(bare, raw...)
		if len(raw) > 0 {
			whole = whole && raw[0] == 0
			filled = append(filled, raw[1:]...)
		}
		switch {
		case name == "AlgorithmID" && !bytes.HasSuffix(raw, []byte(wrapping)),
			name == "PartyVInfo" && len(raw) > 0 && d.Recipient != "" && !bytes.HasSuffix(raw, []byte(d.Recipient)):
			return nil, ErrDecrypt
		}
	}
	if !whole {
		return [][]byte{bare}, nil
	}
	return [][]byte{bare, filled}, nil
}

// attr is Attr for an element that may not be there.
func (n *Node) attr(local string) string {
	if n == nil {
		return ""
	}
	return n.Attr(local)
}
