package specimen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Holder is the person that a card is made for.
type Holder struct {
	Given, Family string
	Number        string // PNOPL-…
	Birthdate     string // YYYY-MM-DD
	Document      string
	Country       string
}

// Entry is one attribute of a subject. Tag is the string type; 0 is UTF-8.
type Entry struct {
	OID, Value string
	Tag        int
}

// Subject writes a name of steps, each of the given entries.
func Subject(steps ...[]Entry) []byte {
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type stepSET []attribute
	var all []stepSET
	for _, step := range steps {
		var set stepSET
		for _, e := range step {
			tag := e.Tag
			if tag == 0 {
				tag = asn1.TagUTF8String
			}
			set = append(set, attribute{oid(e.OID), asn1.RawValue{Tag: tag, Bytes: []byte(e.Value)}})
		}
		all = append(all, set)
	}
	raw, err := asn1.Marshal(all)
	if err != nil {
		panic("specimen: " + err.Error()) // a slip in a test
	}
	return raw
}

func oid(dotted string) asn1.ObjectIdentifier {
	var id asn1.ObjectIdentifier
	for part := range strings.SplitSeq(dotted, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			panic("specimen: " + dotted + " is no object identifier") // a slip in a test
		}
		id = append(id, n)
	}
	return id
}

// Subject is the name as the authority writes it.
func (h Holder) Subject() []byte {
	country := h.Country
	if country == "" {
		country = "PL"
	}
	one := func(id, value string, tag int) []Entry { return []Entry{{id, value, tag}} }
	return Subject(
		one("2.5.4.6", country, asn1.TagPrintableString), one("2.5.4.10", Mark, asn1.TagPrintableString),
		one("2.5.4.3", h.Given+" "+h.Family+" "+Mark, 0), one("2.5.4.4", h.Family, 0), one("2.5.4.42", h.Given, 0),
		one("2.5.4.5", h.Number, asn1.TagPrintableString), one(DocumentOID, h.Document, asn1.TagPrintableString),
	)
}

// Template is a certificate for logging in, to be changed before it is issued.
func (a *Authority) Template(h Holder) *x509.Certificate {
	now := a.now()
	t := &x509.Certificate{
		SerialNumber: serial(), RawSubject: h.Subject(),
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(5 * 365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies: []x509.OID{policy(AuthPolicy)}, BasicConstraintsValid: true,
	}
	if a.ocsp != "" {
		t.OCSPServer = []string{a.ocsp}
	}
	if a.crl != "" {
		t.CRLDistributionPoints = []string{a.crl}
	}
	if h.Birthdate != "" {
		t.ExtraExtensions = append(t.ExtraExtensions, birth(h.Birthdate))
	}
	return t
}

// Signing turns a template into that of the card's other certificate, the one for signatures.
func Signing(t *x509.Certificate) *x509.Certificate {
	t.KeyUsage, t.ExtKeyUsage, t.Policies = x509.KeyUsageContentCommitment, nil, []x509.OID{policy(SignPolicy)}
	return t
}

func policy(dotted string) x509.OID {
	id, err := x509.ParseOID(dotted)
	if err != nil {
		panic("specimen: " + dotted + " is no object identifier") // a slip in a test
	}
	return id
}

// Policies reads policies for a template.
func Policies(dotted ...string) []x509.OID {
	var all []x509.OID
	for _, d := range dotted {
		all = append(all, policy(d))
	}
	return all
}

// birth writes dateOfBirth as RFC 3739 §3.3.2 has it.
func birth(date string) pkix.Extension {
	type attribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic("specimen: a birth date that is none") // a slip in a test
	}
	value := asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte(day.Add(12 * time.Hour).UTC().Format("20060102150405Z"))}
	raw, err := asn1.Marshal([]attribute{{oid("1.3.6.1.5.5.7.9.1"), []asn1.RawValue{value}}})
	if err != nil {
		panic("specimen: " + err.Error())
	}
	return pkix.Extension{Id: oid("2.5.29.9"), Value: raw}
}

// Issue signs a template for a new key: "ES256", "ES384", "ES512", or RSA for any other algorithm.
func (a *Authority) Issue(t *x509.Certificate, algorithm string) (Pair, error) {
	key, err := NewKey(algorithm)
	if err != nil {
		return Pair{}, err
	}
	p, err := Certify(t, key, a.Issuing)
	if err == nil {
		a.Knows(p.Certificate)
	}
	return p, err
}

// NewKey makes a key for an algorithm of JOSE.
func NewKey(algorithm string) (crypto.Signer, error) {
	curves := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}
	curve, ok := curves[algorithm]
	if !ok {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		return key, nil
	}
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}
