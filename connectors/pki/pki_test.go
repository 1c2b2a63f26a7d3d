package pki

import (
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/pki/specimen"
)

func TestAGoodCardIsTaken(t *testing.T) {
	r := newRig(t)
	card, err := r.verify(r.card(nil), identity.High)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{card.Person.Reveal(), card.Given, card.Family, card.Birthdate, card.Document.Reveal(), card.Type, card.Level.String(), card.Proof.Checked, card.Proof.Policy}
	want := []string{"PNOPL-87022290019", "Konstanty", "Brzeziński-Testowy", "1987-02-22", "IDCPL-ZZP100001", "idcard", "high", "ocsp", specimen.AuthPolicy}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	if card.Proof.Certificate == [32]byte{} || card.Proof.Answer == [32]byte{} || card.Proof.Produced.IsZero() || len(card.Proof.Issuer) == 0 || card.Proof.Serial == "" {
		t.Errorf("R-CARD-09: the proof is not whole")
	}
	if printed := fmt.Sprintf("%v %+v %#v", card, card, card); strings.Contains(printed, "87022290019") || strings.Contains(printed, "Konstanty") {
		t.Error("a card prints its holder")
	}
}

// The cards of several countries and generations differ in configuration alone (features S46).
func TestCountriesAreData(t *testing.T) {
	common := `^(?P<family>[^,]+),(?P<given>[^,]+),\d{11}$`
	one := func(id, value string) []specimen.Entry { return []specimen.Entry{{OID: id, Value: value}} }
	for _, c := range []struct {
		country, usage string
		steps          [][]specimen.Entry
		subject        Subject
		want           string
	}{
		{"EE", "clientAuth", [][]specimen.Entry{one("2.5.4.3", "JÕEORG,JAAK-KRISTJAN,38001085718"), one("2.5.4.5", "PNOEE-38001085718")},
			Subject{Number: `^PNOEE-(\d{11})$`, Scheme: "PNO", CommonName: common}, "PNOEE-38001085718 JAAK-KRISTJAN JÕEORG"},
		{"BE", "clientAuth", [][]specimen.Entry{one("2.5.4.4", "SPECIMEN"), one("2.5.4.42", "Nora Angèle"), one("2.5.4.5", "01050399864")},
			Subject{Number: `^(\d{11})$`, Scheme: "PNO"}, "PNOBE-01050399864 Nora Angèle SPECIMEN"},
		{"FI", "", [][]specimen.Entry{one("2.5.4.4", "MÄKINEN"), one("2.5.4.42", "AINO"), one("2.5.4.5", "999020016")},
			Subject{Number: `^(\d{8}[0-9A-Z])$`, Scheme: "PNO"}, "PNOFI-999020016 AINO MÄKINEN"},
		{"ES", "clientAuth", [][]specimen.Entry{one("2.5.4.4", "ESPAÑOLA"), one("2.5.4.42", "CARMEN"), one("2.5.4.5", "IDCES-12345678Z")},
			Subject{Number: `^(?:IDCES-)?(\d{8}[A-Z])$`, Scheme: "IDC"}, "IDCES-12345678Z CARMEN ESPAÑOLA"},
	} {
		t.Run(c.country, func(t *testing.T) {
			r := newRig(t)
			p := r.profile
			p.ID, p.Country, p.Subject = strings.ToLower(c.country), c.country, c.subject
			r.trust(r.profile, p)
			// One authority, two profiles: the policy says which generation a card is of.
			p.Policies = []string{"2.16.56.12.1.1.2.2"}
			r.trust(r.profile, p)
			leaf := r.card(func(x *x509.Certificate) {
				x.RawSubject, x.Policies = specimen.Subject(c.steps...), specimen.Policies("2.16.56.12.1.1.2.2")
				if c.usage == "" {
					x.ExtKeyUsage = nil
				}
			})
			card, err := r.verify(leaf, identity.High)
			if err != nil {
				t.Fatal(err)
			}
			if got := card.Person.Reveal() + " " + card.Given + " " + card.Family; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestProfilesAreChecked(t *testing.T) {
	r := newRig(t)
	for name, spoil := range map[string]func(*Profile){
		"id":                func(p *Profile) { p.ID = "" },
		"country":           func(p *Profile) { p.Country = "pl" },
		"level":             func(p *Profile) { p.Level = identity.None },
		"certificates_file": func(p *Profile) { p.CertificatesFile = "" },
		"policies":          func(p *Profile) { p.Policies = nil },
		"ocsp":              func(p *Profile) { p.OCSP, p.CRL = OCSP{}, CRL{} },
		"ocsp.url":          func(p *Profile) { p.OCSP.URL = "ldap://directory.example/" },
		"ocsp.max_age":      func(p *Profile) { p.OCSP.MaxAge = 48 * time.Hour },
		"cache":             func(p *Profile) { p.Cache = time.Hour },
		"subject.number":    func(p *Profile) { p.Subject.Number = `PNOPL-(\d{11})` },
		"subject.scheme":    func(p *Profile) { p.Subject.Scheme = "" },
		"subject.document":  func(p *Profile) { p.Subject.DocumentType = "" },
	} {
		p := r.profile
		spoil(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := r.profile
	p.CertificatesFile = r.write("leaf.pem", r.authority.Responder)
	if _, err := New([]Profile{p}, r.verifier.deps); err == nil {
		t.Error("a certificate that may issue none was taken as an authority")
	}
	if _, err := New(nil, r.verifier.deps); err == nil {
		t.Error("a verifier without issuers was made")
	}
}

func TestGoodAnswersAreUsedAgainBelowHighOnly(t *testing.T) {
	r := newRig(t)
	p := r.profile
	p.Cache = time.Minute
	r.trust(p)
	leaf := r.card(nil)
	for i, c := range []struct {
		wanted identity.Level
		after  time.Duration
		asked  int32
	}{
		{identity.Substantial, 0, 1}, {identity.Substantial, 59 * time.Second, 1}, {identity.High, 0, 2}, {identity.Low, 2 * time.Minute, 3},
	} {
		r.now = r.now.Add(c.after)
		if _, err := r.verify(leaf, c.wanted); err != nil {
			t.Fatal(err)
		}
		if got := r.asked.Load(); got != c.asked {
			t.Errorf("%d: asked %d times, want %d (R-CARD-06)", i, got, c.asked)
		}
	}
	r.authority.Revoke(leaf, 1)
	r.now = r.now.Add(2 * time.Minute)
	r.refuses(leaf, Revoked, "R-CARD-06")
}

// SS-04 (Keycloak #46742): nothing that a certificate names is called before it is trusted, and afterwards
// only what the profile says.
func TestAttack_SS_04_AddressesInCertificatesOpenNoDoor(t *testing.T) {
	r := newRig(t)
	p := r.profile
	p.OCSP, p.CRL = OCSP{Hosts: []string{"ocsp.example"}}, CRL{}
	r.trust(p)
	r.refuses(r.card(nil), Unavailable, "attacks SS-01")
	if r.asked.Load() != 0 {
		t.Error("the responder named in the certificate was called, which no profile names (attacks SS-01)")
	}
	p.OCSP.Hosts = []string{strings.TrimPrefix(r.server.URL, "http://")}
	r.trust(p)
	own := r.authority.Template(konstanty())
	own.CRLDistributionPoints, own.IssuingCertificateURL = []string{r.server.URL + "/crl"}, []string{r.server.URL + "/ca"}
	self, err := specimen.Make(own, elliptic.P256(), specimen.Pair{})
	r.must(err)
	r.refuses(self.Certificate, WrongCertificate, "attacks SS-04")
	if r.asked.Load() != 0 {
		t.Error("an address in a certificate that nobody trusts was called")
	}
	if _, err := r.verify(r.card(nil), identity.High); err != nil {
		t.Error(err)
	}
	ocsp, crl := Hosts([]Profile{r.profile, {OCSP: OCSP{Hosts: []string{"AIA.example", "x.example:8080"}}, CRL: CRL{URL: "https://c.example/a"}}})
	if got := strings.Join(ocsp[1:], " ") + " " + crl[1]; got != "aia.example:80 aia.example:443 x.example:8080 c.example:443" {
		t.Error(got)
	}
}

// Where a responder does not answer, the list says. It holds until it is over, and is read again
// when it is due.
func TestListStandsInForAResponderThatDoesNotAnswer(t *testing.T) {
	r := newRig(t)
	leaf, other := r.card(nil), r.card(nil)
	r.ocsp = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	card, err := r.verify(leaf, identity.High)
	if err != nil || card.Proof.Checked != "crl" {
		t.Fatalf("%v, by %q", err, card.Proof.Checked)
	}
	r.authority.Revoke(other, 6)
	if _, err := r.verify(other, identity.High); err != nil || r.listed.Load() != 1 {
		t.Errorf("%v after %d lists: a list of a moment ago is used", err, r.listed.Load())
	}
	r.now = r.now.Add(refetch)
	r.refuses(other, Suspended, "R-CARD-07")
	r.crl = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	r.now = r.now.Add(refetch)
	if _, err := r.verify(leaf, identity.High); err != nil {
		t.Errorf("the list of before does not hold until it is over: %v", err)
	}
	r.now = r.now.Add(2 * time.Hour)
	r.refuses(leaf, Unavailable, "attacks XC-05")
	r.crl = func(w http.ResponseWriter, _ *http.Request) {
		list, _ := r.authority.List(nil, specimen.Pair{})
		_, _ = w.Write(list)
	}
	r.now = r.now.Add(pause)
	if _, err := r.verify(leaf, identity.High); err != nil {
		t.Errorf("a list that came back is not read: %v", err)
	}
}

// The number's own rule counts for a birth date only where the profile says so, and only where there is a rule.
func TestBirthdateInTheNumber(t *testing.T) {
	r := newRig(t)
	p := r.profile
	p.Subject.Birthdate, p.Subject.NumberBirth = false, true
	r.trust(p)
	card, err := r.verify(r.card(nil), identity.High)
	if err != nil || card.Implied != "1987-02-22" || card.Birthdate != "" {
		t.Fatalf("%v %q %q", err, card.Implied, card.Birthdate)
	}
	if _, told := card.Attributes("card", r.now).Find("birthdate"); told {
		t.Error("what follows from the number is told on (levels.md §3)")
	}
	for name, spoil := range map[string]func(*Subject){
		"another country's": func(s *Subject) { s.Country = "EE" }, "another scheme's": func(s *Subject) { s.Scheme = identity.IdentityCard },
		"told twice": func(s *Subject) { s.Birthdate = true },
	} {
		wrong := p
		spoil(&wrong.Subject)
		if err := wrong.Check(); err == nil || !strings.Contains(err.Error(), "birthdate_in_number") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
