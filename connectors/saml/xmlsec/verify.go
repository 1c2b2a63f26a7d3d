package xmlsec

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// Algorithm identifiers of the one form of enveloped signature that is taken.
const (
	transformEnveloped = NSSignature + "enveloped-signature"
	exclusive          = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// Verifier holds whose signatures are believed. KeyInfo is never looked at (R-SAML-02).
type Verifier struct {
	Keys       []crypto.PublicKey
	Algorithms []string // short names; none: nothing is believed
}

// Signed says whether the element carries a signature of its own, good or bad.
func Signed(n *Node) bool { return len(n.All(NSSignature, "Signature")) > 0 }

// Verify checks the enveloped signature of an element: one signature with one reference, to this very
// element by its ID, with the enveloped transform and then exclusive canonicalisation, and nothing
// else (R-SAML-03). It gives the element as parsed anew from the octets that were digested; whoever
// reads a message reads that, and never the tree that came in.
func (v Verifier) Verify(n *Node) (*Node, error) {
	found := n.All(NSSignature, "Signature")
	if len(found) != 1 {
		return nil, badSignature{"not exactly one on the element"}
	}
	signature := found[0]
	info, err := v.signedInfo(signature)
	if err != nil {
		return nil, err
	}
	reference := info.Only(NSSignature, "Reference")
	inclusive, hash, want, err := readReference(reference, n.Attr("ID"))
	if err != nil {
		return nil, err
	}
	octets := Canonical(n, inclusive, signature)
	if subtle.ConstantTimeCompare(sum(hash, octets), want) != 1 {
		return nil, badSignature{"digest"}
	}
	return again(octets, inclusive)
}

// signedInfo checks the signature value over SignedInfo and gives SignedInfo, parsed anew from the
// octets that were signed.
func (v Verifier) signedInfo(signature *Node) (*Node, error) {
	parts := signature.Children()
	if len(parts) < 2 || len(parts) > 3 || !parts[0].Is(NSSignature, "SignedInfo") || !parts[1].Is(NSSignature, "SignatureValue") ||
		len(parts) == 3 && !parts[2].Is(NSSignature, "KeyInfo") {
		return nil, badSignature{"its form"} // an Object could hold what is signed instead (attacks SM-01)
	}
	inclusive, ok := canonicalisation(parts[0].Only(NSSignature, "CanonicalizationMethod"))
	if !ok {
		return nil, badSignature{"canonicalisation method"}
	}
	octets := Canonical(parts[0], inclusive, nil)
	info, err := again(octets, inclusive)
	if err != nil {
		return nil, err
	}
	inside := info.Children()
	if len(inside) != 3 || info.hasText() || !inside[0].Is(NSSignature, "CanonicalizationMethod") || !inside[1].Is(NSSignature, "SignatureMethod") || !inside[2].Is(NSSignature, "Reference") {
		return nil, badSignature{"not exactly one reference"}
	}
	value, ok := unbase64(parts[1].Text())
	if !ok || len(inside[1].Children()) > 0 || !VerifyBytes(v.Keys, v.Algorithms, inside[1].Attr("Algorithm"), octets, value) {
		return nil, badSignature{"not by a key and an algorithm that are believed"}
	}
	return info, nil
}

func readReference(reference *Node, id string) (inclusive []string, hash crypto.Hash, digest []byte, err error) {
	if id == "" || reference.Attr("URI") != "#"+id {
		return nil, 0, nil, badSignature{"of another element"}
	}
	parts := reference.Children()
	if len(parts) != 3 || !parts[0].Is(NSSignature, "Transforms") || !parts[1].Is(NSSignature, "DigestMethod") || !parts[2].Is(NSSignature, "DigestValue") {
		return nil, 0, nil, badSignature{"form of the reference"}
	}
	transforms := parts[0].Children()
	if len(transforms) != 2 || !transforms[0].Is(NSSignature, "Transform") || !transforms[1].Is(NSSignature, "Transform") ||
		transforms[0].Attr("Algorithm") != transformEnveloped || len(transforms[0].Children()) > 0 {
		return nil, 0, nil, badSignature{"transforms"}
	}
	inclusive, ok := canonicalisation(transforms[1])
	if !ok {
		return nil, 0, nil, badSignature{"transforms"}
	}
	hash, ok = digestByURI(parts[1].Attr("Algorithm"))
	if !ok {
		return nil, 0, nil, badSignature{"digest method"}
	}
	digest, ok = unbase64(parts[2].Text())
	if !ok || len(digest) != hash.Size() {
		return nil, 0, nil, badSignature{"digest value"}
	}
	return inclusive, hash, digest, nil
}

// canonicalisation reads a method or transform that must be exclusive canonicalisation, with its
// list of prefixes if it has one.
func canonicalisation(n *Node) ([]string, bool) {
	if n == nil || n.Attr("Algorithm") != exclusive {
		return nil, false
	}
	switch inside := n.Children(); {
	case len(inside) == 0:
		return nil, true
	case len(inside) == 1 && inside[0].Is(exclusive, "InclusiveNamespaces"):
		prefixes := strings.Fields(inside[0].Attr("PrefixList"))
		return prefixes, len(prefixes) <= 20
	default:
		return nil, false
	}
}

// again parses octets that were just written in canonical form, and insists that they are what the
// new tree would be written as (R-SAML-01).
func again(octets []byte, inclusive []string) (*Node, error) {
	n, err := Parse(octets, Limits{Bytes: len(octets), Depth: 64, Elements: 30_000})
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(Canonical(n, inclusive, nil), octets) {
		return nil, malformed{"it does not survive a round trip"}
	}
	return n, nil
}

// unbase64 takes base64 with line breaks in it, as XML has it.
func unbase64(s string) ([]byte, bool) {
	s = strings.NewReplacer("\n", "", " ", "", "\t", "", "\r", "").Replace(s)
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	return raw, err == nil && len(raw) > 0
}
