package pki

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// longestPath is leaf, issuing authority, root (R-CARD-02).
const longestPath = 3

const (
	smallestRSA   = 2048
	smallestCurve = 256
)

// purpose says whether a certificate is one to log in with, whoever issued it (R-CARD-03,
// R-WEID-05). x509.Verify does not look at key usage at all, so a signing certificate would do;
// whether an extension is marked critical changes nothing (attacks XC-03).
func purpose(leaf *x509.Certificate) error {
	signs := leaf.KeyUsage&x509.KeyUsageContentCommitment != 0
	switch {
	case leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 && signs:
		return SigningCertificate
	case leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0: // absent, too
		return WrongCertificate
	case leaf.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0 || leaf.IsCA:
		return WrongCertificate
	case len(leaf.UnhandledCriticalExtensions) > 0:
		return WrongCertificate
	}
	named := len(leaf.ExtKeyUsage) + len(leaf.UnknownExtKeyUsage)
	if named > 0 && !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) { // "any" names nothing
		return WrongCertificate
	}
	switch key := leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize < smallestCurve {
			return WrongCertificate
		}
	case *rsa.PublicKey:
		if key.N.BitLen() < smallestRSA {
			return WrongCertificate
		}
	default:
		return WrongCertificate
	}
	return nil
}

// issuerOf finds the authority whose key signed the certificate; a name says nothing (R-CARD-05).
// Of several profiles of one authority the one counts whose policies the certificate has.
func (v *Verifier) issuerOf(leaf *x509.Certificate) (*issuer, *x509.Certificate, error) {
	var found *issuer
	var by *x509.Certificate
	for _, i := range v.issuers {
		ca := i.signerOf(leaf)
		if ca == nil {
			continue
		}
		if _, err := i.policy(leaf); err == nil {
			return i, ca, nil
		}
		if found == nil {
			found, by = i, ca
		}
	}
	if found == nil {
		return nil, nil, WrongCertificate
	}
	return found, by, nil
}

func (i *issuer) signerOf(leaf *x509.Certificate) *x509.Certificate {
	for _, ca := range i.cas {
		named := len(leaf.AuthorityKeyId) == 0 || len(ca.SubjectKeyId) == 0 || string(leaf.AuthorityKeyId) == string(ca.SubjectKeyId)
		if named && string(leaf.RawIssuer) == string(ca.RawSubject) && leaf.CheckSignatureFrom(ca) == nil {
			return ca
		}
	}
	return nil
}

// path leads from the certificate over listed authorities to listed ends, all valid now. Neither
// the system's roots nor what the browser sent along are looked at (R-CARD-02, attacks XC-02).
func (i *issuer) path(leaf *x509.Certificate, now time.Time) error {
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: i.anchors, Intermediates: i.above, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return WrongCertificate
	}
	short := func(chain []*x509.Certificate) bool { return len(chain) > 1 && len(chain) <= longestPath }
	if !slices.ContainsFunc(chains, short) {
		return WrongCertificate
	}
	return nil
}

// policy gives the policy under which the certificate is for logging in (R-CARD-04).
func (i *issuer) policy(leaf *x509.Certificate) (string, error) {
	accepted := ""
	for _, oid := range leaf.Policies {
		switch text := oid.String(); {
		case slices.Contains(i.decline, text):
			return "", WrongCertificate
		case slices.Contains(i.accept, text) && accepted == "":
			accepted = text
		}
	}
	if accepted == "" {
		return "", WrongCertificate
	}
	return accepted, nil
}

// IsRefusal gives the refusal that an error is, if it is one.
func IsRefusal(err error) (Refusal, bool) {
	var r Refusal
	ok := errors.As(err, &r)
	return r, ok
}
