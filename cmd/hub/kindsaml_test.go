package hub

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// pemFiles makes a key with a certificate, as files.
func pemFiles(t *testing.T) (key, certificate string, der []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hub"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	key, certificate = filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "cert.pem")
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	must(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return key, certificate, der
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// R-SAML-10: artifacts are resolved over TLS with the certificate of artifact.mtls_cert, and only where the
// authority of artifact.ca_file says who answers.
func TestArtifactsAreResolvedWithTheirOwnTrust(t *testing.T) {
	var called atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 1 && r.TLS.PeerCertificates[0].Subject.CommonName == "hub" {
			called.Add(1)
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	key, certificate, der := pemFiles(t)
	theirs := filepath.Join(t.TempDir(), "theirs.pem")
	must(t, os.WriteFile(theirs, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	const entity = "https://node.example"
	n, err := idp.Metadata{EntityID: entity, Certificates: [][]byte{der}, SSO: map[string]string{idp.BindingRedirect: "https://node.example/sso"}}.Write()
	must(t, err)
	metadata := filepath.Join(t.TempDir(), "metadata.xml")
	must(t, os.WriteFile(metadata, n.Bytes(), 0o600))
	pair := map[string]any{"key_file": key, "cert_file": certificate}
	for trusted, want := range map[string]int64{theirs: 1, certificate: 0} {
		called.Store(0)
		c, err := samlConnector(Surroundings{
			ID: "node", Now: time.Now, Log: slog.New(slog.DiscardHandler), AllowLoopback: true, Callback: "https://hub.example/callback/node", Logout: "https://hub.example/l",
			Settings: map[string]any{
				"names": map[string]any{"en": "Node"}, "entity_id": "https://hub.example", "idp_entity_id": entity, "allow_loopback": true, "ceiling": "low",
				"metadata": map[string]any{"file": metadata}, "key_rollover": map[string]any{"active": pair}, "sign_alg": xmlsec.ECDSASHA256,
				"want_response_signed": true, "response_binding": "artifact", "loa_map": map[string]any{"x": "low"},
				"artifact": map[string]any{"soap_url": server.URL, "mtls_cert": pair, "ca_file": trusted},
			},
		})
		must(t, err)
		a := connectors.Attempt{Handle: "handle", Return: "https://hub.example/callback/node", Now: time.Now()}
		_, state, err := c.Begin(t.Context(), a)
		must(t, err)
		source := sha1.Sum([]byte(entity))
		artifact := base64.StdEncoding.EncodeToString(slices.Concat([]byte{0, 4, 0, 0}, source[:], make([]byte, 20)))
		step, _, err := c.Continue(t.Context(), a, state, connectors.Input{Query: url.Values{"SAMLart": {artifact}, "RelayState": {"handle"}}})
		must(t, err)
		if failed, ok := step.(connectors.Failed); !ok || failed.Code != connectors.Unavailable || called.Load() != want {
			t.Errorf("trusting %s: called %d times with our certificate, %+v", filepath.Base(trusted), called.Load(), step)
		}
	}
}
