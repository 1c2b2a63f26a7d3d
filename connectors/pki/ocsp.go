package pki

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // names a certificate (R-WEID-07), protects nothing
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// skewOfAnswers is how far the responder's clock may be off (R-WEID-10).
const skewOfAnswers = 15 * time.Minute

// certID names the certificate that is asked about (RFC 6960 §4.1.1).
type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

type question struct {
	TBS struct {
		List       []struct{ ID certID }
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
	}
}

// told is the part of an answer that golang.org/x/crypto/ocsp does not show: the whole CertID, and the
// extensions of the answer, where the nonce stands (RFC 6960 §4.2.1).
type told struct {
	Version   int `asn1:"optional,default:0,explicit,tag:0"`
	Responder asn1.RawValue
	Produced  time.Time `asn1:"generalized"`
	Singles   []struct {
		ID   certID
		Rest asn1.RawValue // the status; what follows it is read elsewhere
	}
	Extensions []pkix.Extension `asn1:"optional,explicit,tag:1"`
}

// The identifiers of RFC 6960 that are used: SHA-1, and the nonce of §4.4.1.
func oidSHA1() asn1.ObjectIdentifier  { return asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26} }
func oidNonce() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2} }

// nameOf makes the CertID of a certificate.
func nameOf(leaf, ca *x509.Certificate) (certID, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(ca.RawSubjectPublicKeyInfo, &info); err != nil || len(rest) > 0 {
		return certID{}, errors.New("issuing authority's key does not parse")
	}
	name, key := sha1.Sum(ca.RawSubject), sha1.Sum(info.Key.RightAlign()) //nolint:gosec // as above
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidSHA1(), Parameters: asn1.NullRawValue}
	return certID{algorithm, name[:], key[:], leaf.SerialNumber}, nil
}

func (a certID) same(b certID) bool {
	return a.Algorithm.Algorithm.Equal(b.Algorithm.Algorithm) && bytes.Equal(a.Name, b.Name) && bytes.Equal(a.Key, b.Key) &&
		a.Serial != nil && b.Serial != nil && a.Serial.Cmp(b.Serial) == 0
}

// ask writes the question. An empty nonce asks without one.
func (a certID) ask(nonce []byte) ([]byte, error) {
	var q question
	q.TBS.List = []struct{ ID certID }{{a}}
	if len(nonce) > 0 {
		value, err := asn1.Marshal(nonce) // RFC 8954 §2.1: an OCTET STRING of 1 to 32 bytes
		if err != nil {
			return nil, err
		}
		q.TBS.Extensions = []pkix.Extension{{Id: oidNonce(), Value: value}}
	}
	return asn1.Marshal(q)
}

// askResponder asks the OCSP responder and holds its answer against every rule.
func (v *Verifier) askResponder(ctx context.Context, f *Found, now time.Time) (answer, error) {
	target, ok := address(f.issuer.ocsp.URL, f.issuer.ocsp.Hosts, f.leaf.OCSPServer)
	if !ok {
		return answer{}, v.refuse(ctx, f.issuer, Unavailable, "no_responder")
	}
	name, err := nameOf(f.leaf, f.ca)
	if err != nil {
		return answer{}, v.refuse(ctx, f.issuer, WrongCertificate, "issuer_key")
	}
	var nonce []byte
	if !f.issuer.ocsp.WithoutNonce {
		nonce = make([]byte, 32)
		_, _ = rand.Read(nonce) // never fails (crypto/rand)
	}
	body, err := name.ask(nonce)
	if err != nil {
		return answer{}, v.refuse(ctx, f.issuer, WrongCertificate, "question")
	}
	raw, err := v.post(ctx, target, body)
	if err != nil {
		return answer{}, v.refuse(ctx, f.issuer, Unavailable, "no_answer")
	}
	c := check{name: name, nonce: nonce, ca: f.ca, pinned: f.issuer.responder, maxAge: f.issuer.ocsp.MaxAge, now: now}
	produced, refusal, reason := c.read(raw)
	if refusal != "" {
		return answer{}, v.refuse(ctx, f.issuer, refusal, reason)
	}
	return answer{"ocsp", sha256.Sum256(raw), produced}, nil
}

func (v *Verifier) post(ctx context.Context, target string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/ocsp-request") // RFC 6960 appendix A.1
	r.Header.Set("Accept", "application/ocsp-response")
	response, err := v.deps.OCSP.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // what was read is whole or an error
	if response.StatusCode != http.StatusOK {
		return nil, errors.New("no answer")
	}
	return io.ReadAll(response.Body)
}

// check is what an answer is held against.
type check struct {
	name   certID
	nonce  []byte
	ca     *x509.Certificate
	pinned *x509.Certificate // the one responder; nil: one that the issuing authority named
	maxAge time.Duration
	now    time.Time
}

// read gives when a good answer was made, or why there is none (R-WEID-08 to -10). The reason is a
// fixed word for the log.
func (c check) read(raw []byte) (produced time.Time, refusal Refusal, reason string) {
	// Without issuer and certificate the package checks what we rely on: exactly one single answer,
	// no critical extension, and the signature by the certificate that comes with it.
	got, err := ocsp.ParseResponseForCert(raw, nil, nil)
	var status ocsp.ResponseError
	switch {
	case errors.As(err, &status) && (status.Status == ocsp.TryLater || status.Status == ocsp.InternalError):
		return time.Time{}, Unavailable, "try_later"
	case errors.As(err, &status):
		return time.Time{}, Dishonest, "status"
	case err != nil:
		return time.Time{}, Dishonest, "unreadable"
	case got.Certificate == nil: // nobody vouched for the signature: it was not even looked at
		return time.Time{}, Dishonest, "no_responder_certificate"
	}
	var all told
	if rest, err := asn1.Unmarshal(got.TBSResponseData, &all); err != nil || len(rest) > 0 || len(all.Singles) != 1 {
		return time.Time{}, Dishonest, "unreadable"
	}
	switch {
	case !all.Singles[0].ID.same(c.name):
		return time.Time{}, Dishonest, "other_certificate"
	case !c.trusts(got.Certificate):
		return time.Time{}, Dishonest, "responder"
	case !c.echoed(all.Extensions):
		return time.Time{}, Dishonest, "nonce"
	case !c.fresh(got.ThisUpdate, got.NextUpdate):
		return time.Time{}, Dishonest, "age"
	}
	switch got.Status {
	case ocsp.Good:
		return got.ProducedAt, "", ""
	case ocsp.Revoked:
		return time.Time{}, revoked(got.RevocationReason), "revoked"
	default:
		return time.Time{}, Unknown, "unknown"
	}
}

// revoked tells a card on hold from one that is gone (R-CARD-07).
func revoked(reason int) Refusal {
	if reason == ocsp.CertificateHold {
		return Suspended
	}
	return Revoked
}

// trusts says whether a responder may speak for the issuing authority: it is the pinned one, or the
// authority itself made it one (RFC 6960 §4.2.2.2, R-WEID-09). A responder of another authority of
// the same root is not enough.
func (c check) trusts(responder *x509.Certificate) bool {
	if c.now.Before(responder.NotBefore) || c.now.After(responder.NotAfter) {
		return false
	}
	if !slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return false
	}
	if c.pinned != nil {
		return responder.Equal(c.pinned)
	}
	authority := x509.NewCertPool() // whose own path was looked at with the card's
	authority.AddCert(c.ca)
	_, err := responder.Verify(x509.VerifyOptions{
		Roots: authority, CurrentTime: c.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	})
	return err == nil
}

// echoed says whether the answer was made for this very question.
func (c check) echoed(extensions []pkix.Extension) bool {
	if len(c.nonce) == 0 {
		return true
	}
	found := 0
	for _, e := range extensions {
		if !e.Id.Equal(oidNonce()) {
			continue
		}
		found++
		var nonce []byte
		if rest, err := asn1.Unmarshal(e.Value, &nonce); err != nil || len(rest) > 0 || !bytes.Equal(nonce, c.nonce) {
			return false
		}
	}
	return found == 1
}

// fresh holds R-WEID-10.
func (c check) fresh(this, next time.Time) bool {
	switch {
	case this.After(c.now.Add(skewOfAnswers)):
		return false
	case this.Before(c.now.Add(-c.maxAge)):
		return false
	case next.IsZero():
		return true
	default:
		return !next.Before(c.now.Add(-skewOfAnswers)) && !next.Before(this)
	}
}
