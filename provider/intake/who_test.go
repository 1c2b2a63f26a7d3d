package intake

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"
)

// certified makes a certificate, by an authority or by itself.
func certified(t *testing.T, by *x509.Certificate, signs *ecdsa.PrivateKey, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "a system"}, DNSNames: []string{"id-cards.gov.example"},
		NotBefore: noon().Add(-time.Hour), NotAfter: noon().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	if by == nil {
		by, signs = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), signs)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// signed takes one assertion.
type signed struct{ id string }

func (s signed) Check(_ context.Context, assertion string) (string, error) {
	if assertion != "good" {
		return "", &Unknown{"no"}
	}
	return s.id, nil
}

// RFC 8705 §2.1, §2.2, attacks XC-04: a system is known by its very certificate, or by its authority's and
// its name; by nothing else that it may show.
func TestWhoASystemIs(t *testing.T) {
	ca, caKey := certified(t, nil, nil, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.DNSNames = true, x509.KeyUsageCertSign, nil, nil
	})
	by := func(change func(*x509.Certificate)) *x509.Certificate {
		c, _ := certified(t, ca, caKey, change)
		return c
	}
	alone := func(change func(*x509.Certificate)) *x509.Certificate {
		c, _ := certified(t, nil, nil, change)
		return c
	}
	pinned, old := alone(nil), alone(func(c *x509.Certificate) { c.NotAfter = noon().Add(-time.Second) })
	forSigning := alone(func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageContentCommitment, nil })
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	in := &Intake{Now: noon, Assertions: signed{"signs"}, Systems: []System{
		{ID: "signs"}, {ID: "pinned", Certificates: []*x509.Certificate{pinned, old, forSigning}}, {ID: "by authority", Authority: pool, Name: "id-cards.gov.example"},
	}}
	for name, c := range map[string]struct {
		assertion string
		shown     []*x509.Certificate
		want      string
	}{
		"nothing":                    {},
		"an assertion":               {assertion: "good", want: "signs"},
		"a bad one, and a good card": {assertion: "bad", shown: []*x509.Certificate{pinned}},
		"the certificate":            {shown: []*x509.Certificate{pinned}, want: "pinned"},
		"another of the same name":   {shown: []*x509.Certificate{alone(nil)}},
		"it, but second":             {shown: []*x509.Certificate{alone(nil), pinned}},
		"it, but too old":            {shown: []*x509.Certificate{old}},
		"it, but for documents":      {shown: []*x509.Certificate{forSigning}},
		"by the authority":           {shown: []*x509.Certificate{by(nil)}, want: "by authority"},
		"for another name":           {shown: []*x509.Certificate{by(func(c *x509.Certificate) { c.DNSNames = []string{"x.id-cards.gov.example"} })}},
		"for a name with a star":     {shown: []*x509.Certificate{by(func(c *x509.Certificate) { c.DNSNames = []string{"*.gov.example"} })}},
		"the name as common name":    {shown: []*x509.Certificate{by(func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "id-cards.gov.example" })}},
		"for servers":                {shown: []*x509.Certificate{by(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })}},
		"for something unheard of": {shown: []*x509.Certificate{by(func(c *x509.Certificate) {
			c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 2, 3}}
		})}},
		"not yet":              {shown: []*x509.Certificate{by(func(c *x509.Certificate) { c.NotBefore = noon().Add(time.Second) })}},
		"the authority itself": {shown: []*x509.Certificate{ca}},
	} {
		got, err := in.Who(t.Context(), c.assertion, c.shown)
		if got.ID != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got.ID, err)
		}
		if _, told := errors.AsType[*Unknown](err); err != nil && !told {
			t.Errorf("%s: %v", name, err)
		}
	}
	in.Assertions = signed{"gone"}
	if _, err := in.Who(t.Context(), "good", nil); err == nil {
		t.Error("a system that is not in the settings is known")
	}
}
