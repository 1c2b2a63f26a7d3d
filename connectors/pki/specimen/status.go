package specimen

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

type question struct {
	TBS struct {
		Version    int `asn1:"explicit,tag:0,default:0,optional"`
		List       []struct{ ID certID }
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
	}
}

type single struct {
	ID      certID
	Good    asn1.Flag `asn1:"tag:0,optional"`
	Revoked struct {
		At     time.Time       `asn1:"generalized"`
		Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
	} `asn1:"tag:1,optional"`
	Unknown asn1.Flag `asn1:"tag:2,optional"`
	This    time.Time `asn1:"generalized"`
	Next    time.Time `asn1:"generalized,explicit,tag:0,optional"`
}

type data struct {
	Responder  asn1.RawValue
	Produced   time.Time `asn1:"generalized"`
	Singles    []single
	Extensions []pkix.Extension `asn1:"optional,explicit,tag:1"`
}

type basic struct {
	Data         asn1.RawValue
	Algorithm    pkix.AlgorithmIdentifier
	Signature    asn1.BitString
	Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

type envelope struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	} `asn1:"explicit,tag:0,optional"`
}

// Answer is what the responder is about to say. A test changes it on its way.
type Answer struct {
	Serial       *big.Int
	Status       string // "good", "revoked", "unknown"
	Reason       int
	This, Next   time.Time // Next may be zero
	Nonce        []byte    // none: not echoed
	By           Pair      // who signs
	Certificates []*x509.Certificate
	Times        int // how often the single answer stands in it
	Whole        int // the status of the whole; anything but 0 is an error (RFC 6960 §4.2.1)
}

// Respond answers an OCSP request as the authority's responder does; change may spoil the answer.
func (a *Authority) Respond(request []byte, change func(*Answer)) ([]byte, error) {
	var q question
	if rest, err := asn1.Unmarshal(request, &q); err != nil || len(rest) > 0 || len(q.TBS.List) != 1 {
		return nil, errors.New("not a request for one certificate")
	}
	now := a.now()
	says := Answer{
		Serial: q.TBS.List[0].ID.Serial, Status: "good", This: now, Next: now.Add(time.Minute),
		By: a.Responder, Certificates: []*x509.Certificate{a.Responder.Certificate}, Times: 1,
	}
	a.mu.Lock()
	name := says.Serial.Text(16)
	if r, ok := a.revoked[name]; ok {
		says.Status, says.Reason = "revoked", r.Reason
	} else if !a.issued[name] {
		says.Status = "unknown"
	}
	a.mu.Unlock()
	for _, e := range q.TBS.Extensions {
		if e.Id.String() == "1.3.6.1.5.5.7.48.1.2" {
			says.Nonce = e.Value
		}
	}
	if change != nil {
		change(&says)
	}
	if says.Whole != 0 {
		return asn1.Marshal(struct{ Status asn1.Enumerated }{asn1.Enumerated(says.Whole)})
	}
	return says.write(q.TBS.List[0].ID, now)
}

func (s Answer) write(id certID, now time.Time) ([]byte, error) {
	id.Serial = s.Serial
	one := single{ID: id, This: s.This.UTC(), Next: s.Next.UTC()}
	if s.Next.IsZero() {
		one.Next = time.Time{}
	}
	switch s.Status {
	case "good":
		one.Good = true
	case "unknown":
		one.Unknown = true
	default:
		one.Revoked.At, one.Revoked.Reason = s.This.UTC(), asn1.Enumerated(s.Reason)
	}
	tbs := data{
		Responder: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: s.By.Certificate.RawSubject},
		Produced:  now.UTC(),
	}
	for range s.Times {
		tbs.Singles = append(tbs.Singles, one)
	}
	if s.Nonce != nil {
		tbs.Extensions = []pkix.Extension{{Id: oid("1.3.6.1.5.5.7.48.1.2"), Value: s.Nonce}}
	}
	raw, err := asn1.Marshal(tbs)
	if err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	digest := sha256.Sum256(raw)
	signature, err := s.By.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign an answer: %w", err)
	}
	b := basic{
		Data: asn1.RawValue{FullBytes: raw}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oid("1.2.840.10045.4.3.2")},
		Signature: asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
	}
	for _, c := range s.Certificates {
		b.Certificates = append(b.Certificates, asn1.RawValue{FullBytes: c.Raw})
	}
	inner, err := asn1.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	var e envelope
	e.Bytes.Type, e.Bytes.Response = oid("1.3.6.1.5.5.7.48.1.1"), inner
	return asn1.Marshal(e)
}

// List gives the revocation list of now; change may spoil it, and by signs it in the authority's
// place if it is not empty.
func (a *Authority) List(change func(*x509.RevocationList), by Pair) ([]byte, error) {
	now := a.now()
	if by.Certificate == nil {
		by = a.Issuing
	}
	a.mu.Lock()
	a.number++
	list := &x509.RevocationList{Number: big.NewInt(a.number), ThisUpdate: now, NextUpdate: now.Add(time.Hour)}
	for name, r := range a.revoked {
		n, _ := new(big.Int).SetString(name, 16)
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: n, RevocationTime: r.At, ReasonCode: r.Reason,
		})
	}
	a.mu.Unlock()
	if change != nil {
		change(list)
	}
	return x509.CreateRevocationList(rand.Reader, list, by.Certificate, by.Key)
}
