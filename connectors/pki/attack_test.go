package pki

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/pki/specimen"
)

func TestAttack_XC_02(t *testing.T) {
	const source = "attacks XC-02; Keycloak #50518, Go CVE-2026-33810, CVE-2025-61727, CVE-2026-27137"
	r := newRig(t)
	other, err := specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return r.now }}) // the same names, other keys
	r.must(err)
	by := func(ca specimen.Pair, change func(*x509.Certificate)) *x509.Certificate {
		template := r.authority.Template(konstanty())
		if change != nil {
			change(template)
		}
		p, err := specimen.Make(template, elliptic.P256(), ca)
		r.must(err)
		r.authority.Knows(p.Certificate)
		return p.Certificate
	}
	ca := func(change func(*x509.Certificate)) specimen.Pair {
		template := *r.authority.Issuing.Certificate
		template.SubjectKeyId, template.AuthorityKeyId, template.SerialNumber = nil, nil, big.NewInt(77)
		change(&template)
		p, err := specimen.Make(&template, elliptic.P256(), r.authority.Root)
		r.must(err)
		return p
	}
	trusting := func(issuing specimen.Pair) {
		p := r.profile
		p.CertificatesFile = r.write("one.pem", issuing)
		r.trust(p)
	}
	for name, c := range map[string]struct {
		ca   specimen.Pair
		want Refusal
	}{
		"self-signed":           {specimen.Pair{}, WrongCertificate},
		"other authority":       {other.Issuing, WrongCertificate},
		"straight by the root":  {r.authority.Root, WrongCertificate},
		"by another's card":     {specimen.Pair{Certificate: r.authority.Responder.Certificate, Key: r.authority.Responder.Key}, WrongCertificate},
		"listed authority over": {ca(func(x *x509.Certificate) { x.NotAfter = r.now.Add(-time.Hour) }), WrongCertificate},
		"name constraint": {ca(func(x *x509.Certificate) {
			x.PermittedIPRanges, x.PermittedDNSDomainsCritical = []*net.IPNet{{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}, true
		}), WrongCertificate},
		"authority not for clients": {ca(func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), WrongCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			switch name {
			case "listed authority over", "name constraint", "authority not for clients":
				trusting(c.ca)
			default:
				r.trust(r.profile)
			}
			r.refuses(by(c.ca, func(x *x509.Certificate) { x.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} }), c.want, source)
		})
	}
	r.t = t
	r.trust(r.profile)
	r.refuses(r.card(func(x *x509.Certificate) { x.NotAfter = r.now.Add(-time.Second) }), Expired, source)
	r.refuses(r.card(func(x *x509.Certificate) { x.NotBefore = r.now.Add(time.Minute) }), Expired, source)

	// The system's roots count for nothing, even where the certificate would be good by them.
	t.Setenv("SSL_CERT_FILE", r.write("system.pem", other.Root, other.Issuing))
	r.refuses(by(other.Issuing, nil), WrongCertificate, source)

	// A root that nobody listed does not become one because its child is listed.
	p := r.profile
	p.RootsFile = r.write("roots.pem", other.Root)
	r.trust(p)
	r.refuses(r.card(nil), WrongCertificate, source)
}

func TestAttack_XC_03(t *testing.T) {
	const source = "attacks XC-03; Keycloak #52982, Go CVE-2025-22874, Web eID disallowed policies"
	r := newRig(t)
	usage := func(bits byte, critical bool) pkix.Extension {
		raw, err := asn1.Marshal(asn1.BitString{Bytes: []byte{bits}, BitLength: 8})
		r.must(err)
		return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: critical, Value: raw}
	}
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		want   Refusal
	}{
		"signing certificate":               {func(x *x509.Certificate) { specimen.Signing(x) }, SigningCertificate},
		"signing certificate, login policy": {func(x *x509.Certificate) { specimen.Signing(x).Policies = specimen.Policies(specimen.AuthPolicy) }, SigningCertificate},
		"signing usage, not marked critical": {func(x *x509.Certificate) {
			x.KeyUsage, x.ExtraExtensions = 0, append(x.ExtraExtensions, usage(0x40, false))
		}, SigningCertificate},
		"no key usage":           {func(x *x509.Certificate) { x.KeyUsage = 0 }, WrongCertificate},
		"key agreement only":     {func(x *x509.Certificate) { x.KeyUsage = x509.KeyUsageKeyAgreement }, WrongCertificate},
		"may issue certificates": {func(x *x509.Certificate) { x.KeyUsage |= x509.KeyUsageCertSign }, WrongCertificate},
		"is an authority":        {func(x *x509.Certificate) { x.IsCA = true }, WrongCertificate},
		"for servers":            {func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, WrongCertificate},
		"for anything":           {func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, WrongCertificate},
		"for what nobody knows": {func(x *x509.Certificate) {
			x.ExtKeyUsage, x.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 2, 3}}
		}, WrongCertificate},
		"no policy":  {func(x *x509.Certificate) { x.Policies = nil }, WrongCertificate},
		"any policy": {func(x *x509.Certificate) { x.Policies = specimen.Policies("2.5.29.32.0") }, WrongCertificate},
		"policy of a phone, beside the card's": {func(x *x509.Certificate) {
			x.Policies = specimen.Policies(specimen.AuthPolicy, "1.3.6.1.4.1.10015.1.3")
		}, WrongCertificate},
		"policy of a newer phone, beside the card's": {func(x *x509.Certificate) {
			x.Policies = specimen.Policies(specimen.AuthPolicy, "1.3.6.1.4.1.10015.1.3.3")
		}, WrongCertificate},
		"policy that the operator refuses": {func(x *x509.Certificate) {
			x.Policies = specimen.Policies(specimen.AuthPolicy, "1.3.6.1.4.1.99999.1.7")
		}, WrongCertificate},
		"policy that begins like the card's": {func(x *x509.Certificate) { x.Policies = specimen.Policies(specimen.AuthPolicy + ".1") }, WrongCertificate},
		"critical extension that nobody knows": {func(x *x509.Certificate) {
			x.ExtraExtensions = append(x.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})
		}, WrongCertificate},
		"a second path in the extended key use": {func(x *x509.Certificate) {
			x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth}
		}, WrongCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.refuses(r.card(c.change), c.want, source)
		})
	}
	r.t = t
	for name, change := range map[string]func(*x509.Certificate){
		"usage not marked critical": func(x *x509.Certificate) {
			x.KeyUsage, x.ExtraExtensions = 0, append(x.ExtraExtensions, usage(0x80, false))
		},
		"no extended key usage": func(x *x509.Certificate) { x.ExtKeyUsage = nil },
		"mail, too":             func(x *x509.Certificate) { x.ExtKeyUsage = append(x.ExtKeyUsage, x509.ExtKeyUsageEmailProtection) },
		"key agreement, too":    func(x *x509.Certificate) { x.KeyUsage |= x509.KeyUsageKeyAgreement },
	} {
		if _, err := r.verify(r.card(change), identity.High); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	small, err := specimen.Make(r.authority.Template(konstanty()), elliptic.P224(), r.authority.Issuing)
	r.must(err)
	r.refuses(small.Certificate, WrongCertificate, source)
}

func TestAttack_XC_04(t *testing.T) {
	const source = "attacks XC-04; R-CARD-07"
	r := newRig(t)
	withoutResponder := r.profile
	withoutResponder.OCSP = OCSP{}
	for way, p := range map[string]Profile{"OCSP": r.profile, "CRL": withoutResponder} {
		for reason, want := range map[int]Refusal{1: Revoked, 0: Revoked, 4: Revoked, 5: Revoked, 6: Suspended} {
			r.trust(p)
			leaf := r.card(nil)
			r.authority.Revoke(leaf, reason)
			r.refuses(leaf, want, source+" by "+way)
			r.authority.Lift(leaf)
			r.trust(p)
			if _, err := r.verify(leaf, identity.High); err != nil {
				t.Errorf("%s: a card taken off hold is refused: %v", way, err)
			}
		}
	}
}

func TestAttack_XC_05(t *testing.T) {
	const source = "attacks XC-05; Keycloak #35983"
	r := newRig(t)
	p := r.profile
	p.CRL = CRL{}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	sound := r.ocsp
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		change  func(*specimen.Answer)
		want    Refusal
	}{
		"500":           {status(500), nil, Unavailable},
		"404":           {status(404), nil, Unavailable},
		"redirect":      {func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, "/crl", http.StatusFound) }, nil, Unavailable},
		"hangs":         {func(_ http.ResponseWriter, q *http.Request) { _, _ = io.Copy(io.Discard, q.Body); <-q.Context().Done() }, nil, Unavailable},
		"tryLater":      {sound, func(a *specimen.Answer) { a.Whole = 3 }, Unavailable},
		"internalError": {sound, func(a *specimen.Answer) { a.Whole = 2 }, Unavailable},
		"sigRequired":   {sound, func(a *specimen.Answer) { a.Whole = 5 }, Dishonest},
		"unauthorized":  {sound, func(a *specimen.Answer) { a.Whole = 6 }, Dishonest},
		"junk":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("junk")) }, nil, Dishonest},
		"empty":         {func(http.ResponseWriter, *http.Request) {}, nil, Dishonest},
		"huge":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, nil, Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.trust(p)
			r.ocsp, r.change = c.handler, c.change
			r.refuses(r.card(nil), c.want, source)
		})
	}
}

func TestAttack_XC_07(t *testing.T) {
	const source = "attacks XC-07; Keycloak #35983, RFC 5280 §6.3.3"
	r := newRig(t)
	p := r.profile
	p.OCSP = OCSP{}
	other, err := specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return r.now }})
	r.must(err)
	point := func(raw ...byte) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: append([]byte{0x30, byte(len(raw))}, raw...)}}
		}
	}
	entry := func(e x509.RevocationListEntry) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) { l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, e) }
	}
	for name, c := range map[string]struct {
		change func(*x509.RevocationList)
		by     specimen.Pair
	}{
		"over": {func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = r.now.Add(-3*time.Hour), r.now.Add(-time.Hour)
		}, specimen.Pair{}},
		"of the future": {func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = r.now.Add(time.Hour), r.now.Add(3*time.Hour)
		}, specimen.Pair{}},
		"of another authority": {nil, other.Issuing},
		"of the root":          {nil, r.authority.Root},
		"delta": {func(l *x509.RevocationList) {
			l.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
		}, specimen.Pair{}},
		"only of authorities":     {point(0x82, 1, 0xff), specimen.Pair{}},
		"only of attributes":      {point(0x85, 1, 0xff), specimen.Pair{}},
		"indirect":                {point(0x84, 1, 0xff), specimen.Pair{}},
		"of some reasons":         {point(0x83, 2, 5, 0x60), specimen.Pair{}},
		"takes something back":    {entry(x509.RevocationListEntry{SerialNumber: big.NewInt(5), RevocationTime: noon(), ReasonCode: 8}), specimen.Pair{}},
		"entry of another issuer": {entry(x509.RevocationListEntry{SerialNumber: big.NewInt(5), RevocationTime: noon(), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{5, 0}}}}), specimen.Pair{}},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.trust(p)
			r.changeList, r.listBy = c.change, c.by
			r.refuses(r.card(nil), Unavailable, source)
		})
	}
	r.t, r.changeList, r.listBy = t, nil, specimen.Pair{}
	r.changeList = point(0x81, 1, 0xff) // only of people: that is what a card is
	r.trust(p)
	if _, err := r.verify(r.card(nil), identity.High); err != nil {
		t.Errorf("a list of people's certificates: %v", err)
	}
	r.crl = func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<16)
		for range (200 << 20) / len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	r.trust(p)
	r.refuses(r.card(nil), Unavailable, source+": 200 MB")
}
