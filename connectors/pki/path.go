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

// issuerOf finds the authority whose key signed the certificate, under a path to a listed end; a name
// alone says nothing (R-CARD-05). Of several profiles of one authority the one counts whose policies
// the certificate has.
func (v *Verifier) issuerOf(leaf *x509.Certificate, now time.Time) (*issuer, *x509.Certificate, error) {
	why := WrongCertificate
	for _, i := range v.issuers {
		named := slices.ContainsFunc(i.cas, func(ca *x509.Certificate) bool { return names(leaf, ca) })
		if _, err := i.policy(leaf); !named || err != nil {
			continue
		}
		if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
			why = i.over(leaf, why)
			continue
		}
		if ca, err := i.path(leaf, now); err == nil {
			return i, ca, nil
		}
	}
	return nil, nil, why
}

// names says whether a certificate may be of an authority; the signature decides.
func names(leaf, ca *x509.Certificate) bool {
	keyed := len(leaf.AuthorityKeyId) == 0 || len(ca.SubjectKeyId) == 0 || string(leaf.AuthorityKeyId) == string(ca.SubjectKeyId)
	return keyed && string(leaf.RawIssuer) == string(ca.RawSubject)
}

// over says that a certificate is over, if a listed authority signed it.
func (i *issuer) over(leaf *x509.Certificate, otherwise Refusal) Refusal {
	if slices.ContainsFunc(i.cas, func(ca *x509.Certificate) bool { return names(leaf, ca) && leaf.CheckSignatureFrom(ca) == nil }) {
		return Expired
	}
	return otherwise
}

// path leads from the certificate over a listed authority, which it gives, to a listed end, all valid
// now. Neither the system's roots nor what the browser sent along are looked at (R-CARD-02, attacks XC-02).
func (i *issuer) path(leaf *x509.Certificate, now time.Time) (*x509.Certificate, error) {
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: i.anchors, Intermediates: i.above, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, WrongCertificate
	}
	for _, chain := range chains {
		if len(chain) < 2 || len(chain) > longestPath {
			continue
		}
		if n := slices.IndexFunc(i.cas, chain[1].Equal); n >= 0 {
			return i.cas[n], nil
		}
	}
	return nil, WrongCertificate
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

// Accompanied checks the certificate for signatures that a card shows beside the one for logging in: of the
// same holder and issuer, valid now, for signatures (R-WEID-11). Whether it was revoked matters when
// something is signed.
func (f *Found) Accompanied(signing *x509.Certificate, now time.Time) error {
	switch {
	case signing.KeyUsage&x509.KeyUsageContentCommitment == 0 || signing.IsCA:
		return WrongCertificate
	case string(signing.RawSubject) != string(f.leaf.RawSubject) || string(signing.RawIssuer) != string(f.leaf.RawIssuer):
		return WrongCertificate
	case signing.CheckSignatureFrom(f.ca) != nil:
		return WrongCertificate
	case now.Before(signing.NotBefore) || now.After(signing.NotAfter):
		return Expired
	}
	_, err := signing.Verify(x509.VerifyOptions{
		Roots: f.issuer.anchors, Intermediates: f.issuer.above, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return WrongCertificate
	}
	return nil
}

// IsRefusal gives the refusal that an error is, if it is one.
func IsRefusal(err error) (Refusal, bool) {
	var r Refusal
	ok := errors.As(err, &r)
	return r, ok
}
