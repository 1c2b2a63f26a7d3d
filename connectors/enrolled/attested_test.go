package enrolled

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
)

// Web Authentication Level 3 §8: only where the certificates of a statement check its signature does anything come of
// them. Beside a signature of another kind a manufacturer's, which everybody can read off a key of their own, say nothing.
func TestCertificatesBesideASignatureOfAnotherKind(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, made, made, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	maker, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted := trust{roots: x509.NewCertPool()}
	trusted.roots.AddCert(maker)
	for format, want := range map[protocol.AttestationFormat]bool{
		"packed": true, "tpm": true, "android-key": true, "apple": true, "fido-u2f": true,
		"android-safetynet": false, "compound": false, "none": false, "": false, "another": false,
	} {
		statement := map[string]any{"ver": "1", "response": []byte("signed by somebody else"), "x5c": []any{der}}
		got := trusted.attested(protocol.AttestationObject{Format: string(format), AttStatement: statement}, time.Now())
		if got != want {
			t.Errorf("%q: attested: %v", format, got)
		}
	}
}
