package xmlsec

import (
	"crypto"
	"encoding/base64"
	"errors"
)

// Signer signs what goes out.
type Signer struct {
	Key         crypto.Signer
	Algorithm   string // short name
	Certificate []byte // DER, put into KeyInfo for those who look there; nil: none
}

// Sign puts an enveloped signature into an element, in front of its child of that number: SAML wants
// it right after the Issuer.
func (s Signer) Sign(n *Node, at int) error {
	a, known := byName(s.Algorithm)
	id := n.Attr("ID")
	if !known || id == "" {
		return errors.New("sign: an unknown algorithm, or nothing to refer to")
	}
	info := New("ds", NSSignature, "SignedInfo",
		New("ds", NSSignature, "CanonicalizationMethod", A("Algorithm", exclusive)),
		New("ds", NSSignature, "SignatureMethod", A("Algorithm", a.uri)),
		New("ds", NSSignature, "Reference", A("URI", "#"+id),
			New("ds", NSSignature, "Transforms",
				New("ds", NSSignature, "Transform", A("Algorithm", transformEnveloped)),
				New("ds", NSSignature, "Transform", A("Algorithm", exclusive))),
			New("ds", NSSignature, "DigestMethod", A("Algorithm", digestURI(a.hash))),
			New("ds", NSSignature, "DigestValue", encode(sum(a.hash, Canonical(n, nil, nil))))))
	value, err := SignBytes(s.Key, s.Algorithm, Canonical(info, nil, nil))
	if err != nil {
		return err
	}
	signature := New("ds", NSSignature, "Signature", info, New("ds", NSSignature, "SignatureValue", encode(value)))
	if s.Certificate != nil {
		signature.Add(KeyInfo(s.Certificate))
	}
	n.Insert(at, signature)
	return nil
}

// KeyInfo carries a certificate.
func KeyInfo(der []byte) *Node {
	return New("ds", NSSignature, "KeyInfo",
		New("ds", NSSignature, "X509Data", New("ds", NSSignature, "X509Certificate", encode(der))))
}

func encode(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }
