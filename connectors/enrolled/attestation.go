package enrolled

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
)

// byCertificate are the formats whose signature is checked by the first certificate of their x5c (Web Authentication Level 3
// §8). In a statement of any other one nothing vouches for such certificates: whoever has them could put them there.
func byCertificate() []protocol.AttestationFormat {
	return []protocol.AttestationFormat{
		protocol.AttestationFormatPacked, protocol.AttestationFormatTPM, protocol.AttestationFormatAndroidKey, protocol.AttestationFormatApple, protocol.AttestationFormatFIDOUniversalSecondFactor,
	}
}

// attested reports whether an attestation, whose signature holds, was made by a certificate that leads
// to a manufacturer of the operator's list (Web Authentication Level 3 §7.1 step 24). A device that
// attests itself says only what it likes.
func (t trust) attested(object protocol.AttestationObject, now time.Time) bool {
	if t.roots == nil || !slices.Contains(byCertificate(), protocol.AttestationFormat(object.Format)) {
		return false
	}
	chain, ok := object.AttStatement["x5c"].([]any)
	if !ok || len(chain) == 0 {
		return false
	}
	var leaf *x509.Certificate
	between := x509.NewCertPool()
	for i, one := range chain {
		der, ok := one.([]byte)
		if !ok {
			return false
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return false
		}
		if i == 0 {
			leaf = certificate
		} else {
			between.AddCert(certificate)
		}
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: t.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

// mechanism says how strong a passkey is. What a cloud account may copy is not bound to anything,
// whatever attests it.
func (t trust) mechanism(credential *webauthn.Credential, attested bool) Mechanism {
	switch {
	case credential.Flags.BackupEligible:
		return Synced
	case attested && t.certified[model(credential)]:
		return Certified
	case attested:
		return Attested
	default:
		return Bound
	}
}

// model is the authenticator's AAGUID; zero for one that does not say.
func model(credential *webauthn.Credential) uuid.UUID {
	id, err := uuid.FromBytes(credential.Authenticator.AAGUID)
	if err != nil {
		return uuid.Nil
	}
	return id
}
