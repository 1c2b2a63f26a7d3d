package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"
	"os"
	"strings"
	"testing"
)

// knownRSA and knownEC are keys that everybody can make again, to which the documents in testdata were signed
// and encrypted.
func knownRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	prime := func(seed string) *big.Int {
		high, low := sha512.Sum512([]byte(seed+"0")), sha512.Sum512([]byte(seed+"1"))
		n := new(big.Int).SetBytes(append(high[:], low[:]...))
		n.Or(n, new(big.Int).Lsh(big.NewInt(3), 1022)).SetBit(n, 0, 1)
		for !n.ProbablyPrime(0) {
			n.Add(n, big.NewInt(2))
		}
		return n
	}
	p, q, one := prime("p"), prime("q"), big.NewInt(1)
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, Primes: []*big.Int{p, q}}
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key.D = new(big.Int).ModInverse(big.NewInt(65537), order)
	key.Precompute()
	if err := key.Validate(); err != nil {
		t.Fatal(err)
	}
	return key
}

func knownEC(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	scalar := sha256.Sum256([]byte("a key for tests"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func written(t *testing.T, name string) *Node {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Parse(raw, Message())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// xmlsec 1.3.9 wrote the documents in testdata: what the 1.2 of the distributions cannot, and so nobody else
// proves of us. It also took every signature of ours and opened what we had encrypted.
func TestInterop_WhatXmlsec13Wrote(t *testing.T) {
	v := Verifier{Keys: []crypto.PublicKey{knownRSA(t).Public()}, Algorithms: []string{RSAPSSSHA256, RSAPSSSHA384, RSAPSSSHA512}}
	for _, name := range []string{"rsa-pss-sha256.xml", "rsa-pss-sha384.xml", "rsa-pss-sha512.xml"} {
		if got, err := v.Verify(written(t, name)); err != nil || got.Only("urn:default", "Issuer").Text() != "me" {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := Decrypter{Keys: []crypto.PrivateKey{knownRSA(t), knownEC(t)}, Allowed: []string{AES256GCM, RSAOAEP, ECDHES}, Recipient: "https://sp.example"}
	for _, name := range []string{"rsa-oaep.xml", "ecdh-es-counted.xml", "ecdh-es-bare.xml"} {
		if plain, err := d.Decrypt(written(t, name), false); err != nil || !strings.Contains(string(plain), "gęślą") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
