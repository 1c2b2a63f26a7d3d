package xmlsec

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func decrypter(p pair, allowed ...string) Decrypter {
	return Decrypter{Keys: []crypto.PrivateKey{p.key}, Allowed: allowed, Recipient: "https://sp.example"}
}

func encrypted(t testing.TB, p pair, c string) *Node {
	t.Helper()
	n, err := Parse([]byte(sample), Message())
	if err != nil {
		t.Fatal(err)
	}
	data, err := Encrypter{To: p.key.Public(), Cipher: c, Sender: "https://idp.example", Recipient: "https://sp.example"}.Encrypt(n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(New("", "", "W", data).Bytes(), Message())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestEncrypt_AndDecrypt(t *testing.T) {
	for _, algorithm := range []string{RSASHA256, ECDSASHA256, ECDSASHA384, ECDSASHA512} {
		p := newPair(t, algorithm)
		for _, c := range []string{AES128GCM, AES256GCM} {
			n := encrypted(t, p, c)
			plain, err := decrypter(p, c, RSAOAEP, ECDHES).Decrypt(n, false)
			if err != nil || !strings.Contains(string(plain), "gęślą") {
				t.Errorf("%s %s: %v", algorithm, c, err)
			}
			for why, d := range map[string]Decrypter{
				"another key": decrypter(newPair(t, algorithm), c, RSAOAEP, ECDHES), "the cipher is not allowed": decrypter(p, RSAOAEP, ECDHES),
				"the transport is not allowed": decrypter(p, c, RSAOAEPSHA1),
			} {
				if _, err := d.Decrypt(n, true); !errors.Is(err, ErrDecrypt) {
					t.Errorf("%s %s: %s: %v", algorithm, c, why, err)
				}
			}
		}
		// Keys turn over: the old one beside the new.
		both := decrypter(newPair(t, algorithm), AES256GCM, RSAOAEP, ECDHES)
		both.Keys = append(both.Keys, p.key)
		if _, err := both.Decrypt(encrypted(t, p, AES256GCM), false); err != nil {
			t.Errorf("%s: the old key does not open: %v", algorithm, err)
		}
	}
}

// means.md §1.3: what the agreement says must be what is done, and meant for us.
func TestDecrypt_Agreement(t *testing.T) {
	p := newPair(t, ECDSASHA256)
	good := string(encrypted(t, p, AES256GCM).Bytes())
	d := decrypter(p, AES256GCM, ECDHES)
	other := encrypted(t, newPair(t, ECDSASHA384), AES256GCM)
	point := other.Only(NSEncryption, "EncryptedData").Only(NSSignature, "KeyInfo").Only(NSEncryption, "EncryptedKey").Only(NSSignature, "KeyInfo").
		Only(NSEncryption, "AgreementMethod").Only(NSEncryption, "OriginatorKeyInfo").Only(NSSignature, "KeyValue").Only(NSSignature11, "ECKeyValue").Only(NSSignature11, "PublicKey").Text()
	us := hex.EncodeToString([]byte("https://sp.example"))
	between := func(a, b string) string {
		_, rest, _ := strings.Cut(good, a)
		inside, _, _ := strings.Cut(rest, b)
		return inside
	}
	for why, change := range map[string][2]string{
		"another wrapping than is named": {`xmlenc#kw-aes256"`, `xmlenc#kw-aes128"`},
		"for somebody else":              {us, hex.EncodeToString([]byte("https://xx.example"))},
		"another curve":                  {"urn:oid:1.2.840.10045.3.1.7", "urn:oid:1.3.132.0.34"},
		"an unknown curve":               {"urn:oid:1.2.840.10045.3.1.7", "urn:oid:1.2.3"},
		"a point of another curve":       {between("<dsig11:PublicKey>", "<"), point},
		"no point":                       {between("<dsig11:PublicKey>", "<"), "BAAA"},
		"another digest":                 {`DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"`, `DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"`},
		"another derivation":             {`xmlenc11#ConcatKDF"`, `xmlenc11#pbkdf2"`},
		"parameters that are not hex":    {`PartyUInfo="`, `PartyUInfo="zz`},
		"a reference instead of a value": {`CipherValue>`, `CipherReference>`},
	} {
		n, err := Parse([]byte(strings.ReplaceAll(good, change[0], change[1])), Message())
		if err != nil || strings.ReplaceAll(good, change[0], change[1]) == good {
			t.Fatalf("%s: %v", why, err)
		}
		if _, err := d.Decrypt(n, true); !errors.Is(err, ErrDecrypt) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// RFC 3394 §4.6: 256 bits of key data with a 256-bit KEK.
func TestWrap_RFC3394(t *testing.T) {
	unhex := func(s string) []byte {
		raw, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	kek := unhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
	key := unhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
	want := unhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
	got, err := wrap(kek, key)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%X %v", got, err)
	}
	back, err := unwrap(kek, got)
	if err != nil || !bytes.Equal(back, key) {
		t.Fatalf("%X %v", back, err)
	}
	got[3] ^= 1
	if _, err := unwrap(kek, got); err == nil {
		t.Error("what was changed opens")
	}
}

// A production node declared 256 bits and sent a key of 128 (means.md §1.1, quirk 1).
func TestDecrypt_ShorterKeyThanDeclared(t *testing.T) {
	p := newPair(t, ECDSASHA256)
	text := strings.Replace(string(encrypted(t, p, AES128GCM).Bytes()), "xmlenc11#aes128-gcm", "xmlenc11#aes256-gcm", 1)
	n, err := Parse([]byte(text), Message())
	if err != nil {
		t.Fatal(err)
	}
	d := decrypter(p, AES256GCM, ECDHES)
	if _, err := d.Decrypt(n, false); err == nil {
		t.Error("is taken without the operator's word")
	}
	d.SizeMismatch = true
	if _, err := d.Decrypt(n, false); err != nil {
		t.Error(err)
	}
}

// attacks SM-14: CBC only where the operator allows it and a signature covers it; random text gives
// one error, whatever it does inside.
func TestAttack_SM_14_CBC(t *testing.T) {
	p := newPair(t, RSASHA256)
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	sealedKey, err := Encrypter{To: p.key.Public()}.key(key)
	if err != nil {
		t.Fatal(err)
	}
	document := func(sealed []byte) *Node {
		data := New("xenc", NSEncryption, "EncryptedData", method(NSEncryption+"aes256-cbc"), New("ds", NSSignature, "KeyInfo", sealedKey), cipherData(sealed))
		return New("", "", "W", data)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	good := make([]byte, 16+32)
	plain := append([]byte("<a>twenty octets</a>"), bytes.Repeat([]byte{12}, 12)...)
	cipher.NewCBCEncrypter(block, good[:16]).CryptBlocks(good[16:], plain)
	allowed := decrypter(p, AES256CBC, RSAOAEP)
	if got, err := allowed.Decrypt(document(good), true); err != nil || string(got) != "<a>twenty octets</a>" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := allowed.Decrypt(document(good), false); err == nil {
		t.Error("CBC is taken without a signature over it")
	}
	if _, err := decrypter(p, AES256GCM, RSAOAEP).Decrypt(document(good), true); err == nil {
		t.Error("CBC is taken although nobody allowed it")
	}
	for i := range 10_000 { // the ciphers alone: the key transport is the same each time
		sealed := make([]byte, i%80)
		_, _ = rand.Read(sealed)
		for _, open := range []func([]byte, []byte) ([]byte, error){openCBC, openGCM} {
			if _, err := open(key, sealed); err != nil && !errors.Is(err, ErrDecrypt) {
				t.Fatal(err)
			}
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	rsaPair, ecPair := newPair(f, RSASHA256), newPair(f, ECDSASHA256)
	f.Add(encrypted(f, rsaPair, AES256GCM).Bytes())
	f.Add(encrypted(f, ecPair, AES256GCM).Bytes())
	d := decrypter(rsaPair, Encryptions()...)
	d.Keys = append(d.Keys, ecPair.key)
	f.Fuzz(func(t *testing.T, document []byte) {
		n, err := Parse(document, Message())
		if err != nil {
			return
		}
		if plain, err := d.Decrypt(n, true); err == nil && !strings.Contains(string(plain), "Assertion") {
			t.Fatalf("%q opens to %q", document, plain)
		}
	})
}
