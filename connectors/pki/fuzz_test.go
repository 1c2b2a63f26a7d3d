package pki

import (
	"crypto/x509"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/pki/specimen"
)

func seeded(f *testing.F) (*specimen.Authority, *x509.Certificate, check) {
	f.Helper()
	a, err := specimen.New(specimen.Options{Name: "Fuzz", Now: noon})
	if err != nil {
		f.Fatal(err)
	}
	card, err := a.Issue(a.Template(konstanty()), "ES256")
	if err != nil {
		f.Fatal(err)
	}
	name, err := nameOf(card.Certificate, a.Issuing.Certificate)
	if err != nil {
		f.Fatal(err)
	}
	return a, card.Certificate, check{name: name, nonce: []byte("0123456789abcdef0123456789abcdef"), ca: a.Issuing.Certificate, maxAge: time.Minute, now: noon()}
}

// FuzzOCSP: whatever a responder says, it is either taken whole or refused for a reason.
func FuzzOCSP(f *testing.F) {
	a, _, c := seeded(f)
	question, err := c.name.ask(c.nonce)
	if err != nil {
		f.Fatal(err)
	}
	good, err := a.Respond(question, nil)
	if err != nil {
		f.Fatal(err)
	}
	if _, refusal, reason := c.read(good); refusal != "" {
		f.Fatalf("the seed is refused: %s, %s", refusal, reason)
	}
	for _, change := range []func(*specimen.Answer){
		func(s *specimen.Answer) { s.Status = "revoked" }, func(s *specimen.Answer) { s.Whole = 3 }, func(s *specimen.Answer) { s.Times = 2 },
		func(s *specimen.Answer) { s.Certificates = nil }, func(s *specimen.Answer) { s.Nonce = nil },
	} {
		raw, err := a.Respond(question, change)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		// Beside the signed part an answer can be written in several ways; the signed part cannot.
		produced, refusal, reason := c.read(raw)
		if (refusal == "") == produced.IsZero() || (refusal == "") != (reason == "") {
			t.Errorf("half an outcome: %s %q %q", produced, refusal, reason)
		}
	})
}

// FuzzCRL: no list is taken that the authority did not sign, and nothing panics.
func FuzzCRL(f *testing.F) {
	a, card, _ := seeded(f)
	a.Revoke(card, 6)
	good, err := a.List(nil, specimen.Pair{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := readList(raw, a.Issuing.Certificate, noon())
		if err == nil && (list.ends.IsZero() || list.revoked == nil) {
			t.Error("a list that is not whole was taken")
		}
	})
}

// FuzzSubject: what is read out of a name holds the rules, and reads the same again.
func FuzzSubject(f *testing.F) {
	f.Add(konstanty().Subject())
	f.Add(specimen.Subject([]specimen.Entry{{OID: "2.5.4.4", Value: "A"}, {OID: "2.5.4.42", Value: "B"}}))
	f.Add([]byte{0x30, 0})
	l, err := Subject{Number: `^PNOPL-(\d{11})$`, Scheme: "PNO"}.compile("PL")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		values, err := ParseSubject(raw, oidSerialNumber, oidGivenName, oidSurname)
		if err != nil {
			return
		}
		again, err := ParseSubject(raw, oidSerialNumber, oidGivenName, oidSurname)
		if err != nil || len(again) != len(values) {
			t.Error("read differently the second time")
		}
		for id, text := range values {
			if text == "" || len(text) > longestValue || text != again[id] {
				t.Errorf("a value of %d bytes", len(text))
			}
		}
		if id, err := l.person(values[oidSerialNumber]); err == nil && (id.Scheme != identity.NationalNumber || !identity.ValidPESEL(id.Value.Reveal())) {
			t.Error("a number that cannot be one")
		}
	})
}
