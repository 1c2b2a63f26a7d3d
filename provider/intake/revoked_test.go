package intake

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"symbolon/connectors/outbound"
	"symbolon/connectors/pki"
)

// RFC 5280 §6.3.3, attacks XC-07: a certificate that its authority revoked proves no system, whichever the reason,
// and none does while there is no list of now of that very authority.
func TestACertificateThatItsAuthorityRevoked(t *testing.T) {
	authority := func(serial int64) (*x509.Certificate, func(revoked ...x509.RevocationListEntry) []byte, func() *x509.Certificate) {
		ca, key := certified(t, nil, nil, func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.DNSNames, c.SubjectKeyId = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil, nil, []byte{byte(serial)}
			c.Subject.CommonName = "an authority"
		})
		list := func(revoked ...x509.RevocationListEntry) []byte {
			raw, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
				Number: big.NewInt(1), ThisUpdate: noon().Add(-time.Minute), NextUpdate: noon().Add(30 * time.Minute), RevokedCertificateEntries: revoked,
			}, ca, key)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		return ca, list, func() *x509.Certificate {
			c, _ := certified(t, ca, key, nil)
			return c
		}
	}
	ca, list, leaf := authority(1)
	_, foreign, _ := authority(2)
	gone, held, good := leaf(), leaf(), leaf()
	answer := list(
		x509.RevocationListEntry{SerialNumber: gone.SerialNumber, RevocationTime: noon(), ReasonCode: 1},
		x509.RevocationListEntry{SerialNumber: held.SerialNumber, RevocationTime: noon(), ReasonCode: 6})
	asked, status := 0, http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	now := noon()
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	reads := func() *Intake {
		options := local(server)
		options.Plain, options.Failures = true, 1000
		return &Intake{Now: func() time.Time { return now }, Systems: []System{{
			ID: "id-cards", Authority: pool, Name: "id-cards.gov.example", Revoked: pki.NewListed(server.URL, outbound.New(options).HTTP()).Check,
		}}}
	}
	in := reads()
	who := func(in *Intake, c *x509.Certificate) error {
		_, err := in.Who(t.Context(), "", []*x509.Certificate{c})
		return err
	}
	for range 3 {
		if err := who(in, good); err != nil {
			t.Fatalf("one that is on no list: %v", err)
		}
		if who(in, gone) == nil || who(in, held) == nil {
			t.Fatal("a revoked one proves a system")
		}
	}
	if asked != 1 {
		t.Errorf("the list was read %d times for nine questions", asked)
	}
	answer = list(x509.RevocationListEntry{SerialNumber: good.SerialNumber, RevocationTime: noon(), ReasonCode: 1})
	now = noon().Add(15 * time.Minute)
	if who(in, good) == nil {
		t.Error("one that was revoked meanwhile proves a system a quarter of an hour later")
	}
	answer = list()
	for name, bad := range map[string][]byte{"of another authority": foreign(), "none": nil, "cut off": answer[:len(answer)-1]} {
		answer = bad
		if who(reads(), good) == nil {
			t.Errorf("a list that is %s does", name)
		}
		answer = list()
	}
	status = http.StatusServiceUnavailable
	if who(reads(), good) == nil {
		t.Error("without a list a certificate stands")
	}
	in, status = reads(), http.StatusOK
	if err := who(in, good); err != nil {
		t.Fatal(err)
	}
	status, now = http.StatusServiceUnavailable, noon().Add(29*time.Minute)
	if err := who(in, good); err != nil {
		t.Errorf("the list at hand holds until it is over: %v", err)
	}
	if now = noon().Add(31 * time.Minute); who(in, good) == nil {
		t.Error("a list that is over does")
	}
}

// A system that is switched off is nobody from its next request on, by the settings or by the command; whether
// it is, must be known.
func TestASystemThatIsSwitchedOff(t *testing.T) {
	off, fails := map[string]bool{}, error(nil)
	in := &Intake{
		Now: noon, Assertions: signed{"id-cards"}, Systems: []System{{ID: "id-cards"}},
		Off: func(_ context.Context, id string) (bool, error) { return off[id], fails },
	}
	who := func() error {
		_, err := in.Who(t.Context(), "good", nil)
		return err
	}
	if err := who(); err != nil {
		t.Fatal(err)
	}
	off["id-cards"] = true
	if _, told := errors.AsType[*Unknown](who()); !told {
		t.Error("switched off by the command, it asks on")
	}
	off["id-cards"] = false
	in.Systems[0].Off = true
	if who() == nil {
		t.Error("switched off by the settings, it asks on")
	}
	in.Systems[0].Off = false
	if err := who(); err != nil {
		t.Errorf("switched on again: %v", err)
	}
	if fails = errors.New("test: no database"); who() == nil {
		t.Error("nobody knows whether it is switched off, and it asks on")
	}
}
