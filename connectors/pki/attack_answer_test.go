package pki

import (
	"crypto/elliptic"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/pki/specimen"
)

func TestAttack_XC_06(t *testing.T) {
	const source = "attacks XC-06; R-WEID-08 to -10, Keycloak PR 7771"
	r := newRig(t)
	other, err := specimen.New(specimen.Options{Name: "Test eID", Now: func() time.Time { return r.now }})
	r.must(err)
	responder := func(change func(*x509.Certificate), by specimen.Pair) specimen.Pair {
		template := specimen.ResponderTemplate(r.now)
		change(template)
		p, err := specimen.Make(template, elliptic.P256(), by)
		r.must(err)
		return p
	}
	same := func(*x509.Certificate) {}
	by := func(p specimen.Pair) func(*specimen.Answer) {
		return func(a *specimen.Answer) { a.By, a.Certificates = p, []*x509.Certificate{p.Certificate} }
	}
	own := r.authority.Issuing
	mute := responder(func(x *x509.Certificate) { x.ExtKeyUsage = nil }, own)
	client := responder(func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, own)
	anything := responder(func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, own)
	for name, c := range map[string]struct {
		change func(*specimen.Answer)
		want   Refusal
	}{
		"for another certificate":         {func(a *specimen.Answer) { a.Serial = big.NewInt(99) }, Dishonest},
		"responder without the use":       {by(mute), Dishonest},
		"responder for something else":    {by(client), Dishonest},
		"responder for anything":          {by(anything), Dishonest},
		"the citizen's own key":           {by(client), Dishonest},
		"responder of another authority":  {by(other.Responder), Dishonest},
		"responder of the root":           {by(responder(same, r.authority.Root)), Dishonest},
		"responder's certificate over":    {by(responder(func(x *x509.Certificate) { x.NotAfter = r.now.Add(-time.Minute) }, own)), Dishonest},
		"responder's certificate to come": {by(responder(func(x *x509.Certificate) { x.NotBefore = r.now.Add(time.Minute) }, own)), Dishonest},
		"certificate of another signer":   {func(a *specimen.Answer) { a.By = client }, Dishonest},
		"no certificate at all":           {func(a *specimen.Answer) { a.Certificates = nil }, Dishonest},
		"the right one second": {func(a *specimen.Answer) {
			a.By, a.Certificates = other.Responder, []*x509.Certificate{other.Responder.Certificate, r.authority.Responder.Certificate}
		}, Dishonest},
		"no nonce":           {func(a *specimen.Answer) { a.Nonce = nil }, Dishonest},
		"another nonce":      {func(a *specimen.Answer) { a.Nonce = append([]byte{4, 32}, make([]byte, 32)...) }, Dishonest},
		"part of the nonce":  {func(a *specimen.Answer) { a.Nonce = append([]byte{4, 16}, a.Nonce[2:18]...) }, Dishonest},
		"two single answers": {func(a *specimen.Answer) { a.Times = 2 }, Dishonest},
		"no single answer":   {func(a *specimen.Answer) { a.Times = 0 }, Dishonest},
		"unknown":            {func(a *specimen.Answer) { a.Status = "unknown" }, Unknown},
		"of the future":      {func(a *specimen.Answer) { a.This, a.Next = r.now.Add(16*time.Minute), time.Time{} }, Dishonest},
		"old":                {func(a *specimen.Answer) { a.This = r.now.Add(-2*time.Minute - time.Second) }, Dishonest},
		"over":               {func(a *specimen.Answer) { a.Next = r.now.Add(-15*time.Minute - time.Second) }, Dishonest},
		"over before it was": {func(a *specimen.Answer) { a.Next = a.This.Add(-time.Second) }, Dishonest},
	} {
		t.Run(name, func(t *testing.T) {
			r.t, r.change = t, c.change
			before := r.listed.Load()
			r.refuses(r.card(nil), c.want, source)
			if r.listed.Load() != before {
				t.Error("an answer that does not hold made us ask elsewhere (" + source + ")")
			}
		})
	}
	r.t, r.change = t, nil
	replayed(r, source)
	for name, change := range map[string]func(*specimen.Answer){
		"a little of the future": func(a *specimen.Answer) { a.This, a.Next = r.now.Add(14*time.Minute), time.Time{} },
		"two minutes old":        func(a *specimen.Answer) { a.This = r.now.Add(-2 * time.Minute) },
		"without an end":         func(a *specimen.Answer) { a.Next = time.Time{} },
		"more certificates":      func(a *specimen.Answer) { a.Certificates = append(a.Certificates, own.Certificate) },
	} {
		r.change = change
		if _, err := r.verify(r.card(nil), identity.High); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// replayed plays yesterday's good answer after a revocation: the nonce tells it; without nonces the
// age does.
func replayed(r *rig, source string) {
	leaf := r.card(nil)
	sound := r.ocsp
	var recorded []byte
	r.ocsp = func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if recorded == nil {
			recorded, _ = r.authority.Respond(body, nil)
		}
		_, _ = w.Write(recorded)
	}
	defer func() { r.ocsp = sound; r.trust(r.profile) }()
	if _, err := r.verify(leaf, identity.High); err != nil {
		r.t.Fatal(err)
	}
	r.authority.Revoke(leaf, 1)
	r.refuses(leaf, Dishonest, source)
	p := r.profile
	p.OCSP.WithoutNonce = true
	r.trust(p)
	r.now = r.now.Add(24 * time.Hour)
	r.refuses(leaf, Dishonest, source)
	r.now = r.now.Add(-24 * time.Hour)
}

// A pinned responder may be of any authority, and no other one is believed then (R-WEID-09).
func TestPinnedResponder(t *testing.T) {
	r := newRig(t)
	other, err := specimen.New(specimen.Options{Name: "National OCSP", Now: func() time.Time { return r.now }})
	r.must(err)
	p := r.profile
	p.OCSP.ResponderFile = r.write("responder.pem", other.Responder)
	r.trust(p)
	r.refuses(r.card(nil), Dishonest, "R-WEID-09")
	r.change = func(a *specimen.Answer) {
		a.By, a.Certificates = other.Responder, []*x509.Certificate{other.Responder.Certificate}
	}
	if _, err := r.verify(r.card(nil), identity.High); err != nil {
		t.Error(err)
	}
}

func TestAttack_XC_11(t *testing.T) {
	const source = "attacks XC-11; ASVS 1.5.3"
	r := newRig(t)
	const (
		sn, gn, serial, cn = "2.5.4.4", "2.5.4.42", "2.5.4.5", "2.5.4.3"
		number             = "PNOPL-87022290019"
	)
	one := func(id, value string, tag ...int) []specimen.Entry {
		e := specimen.Entry{OID: id, Value: value}
		if len(tag) > 0 {
			e.Tag = tag[0]
		}
		return []specimen.Entry{e}
	}
	document := one(specimen.DocumentOID, "ZZP100001")
	name := func(steps ...[]specimen.Entry) []byte { return specimen.Subject(append(steps, document)...) }
	for what, raw := range map[string][]byte{
		"several values in one step":          name(append(one(sn, "A"), one(gn, "B")...), one(serial, number)),
		"number in a step with the name":      name(one(sn, "A"), append(one(cn, "x"), one(serial, number)...)),
		"comma and plus that look like steps": name(one(cn, `Konstanty,serialNumber=PNOPL-87022290019+SN=A`)),
		"number in the name":                  name(one(sn, "A"), one(gn, "B, serialNumber="+number)),
		"BMPString":                           name(one(sn, "A"), one(gn, "B"), one(serial, "\x00P\x00N", 30)),
		"name as BMPString":                   name(one(sn, "\x00A", 30), one(gn, "B"), one(serial, number)),
		"T61String":                           name(one(sn, "A", 20), one(gn, "B"), one(serial, number)),
		"NUL":                                 name(one(sn, "A\x00B"), one(gn, "B"), one(serial, number)),
		"NUL after the number":                name(one(sn, "A"), one(gn, "B"), one(serial, number+"\x00")),
		"homoglyph in the prefix":             name(one(sn, "A"), one(gn, "B"), one(serial, "РNOPL-87022290019")),
		"digits of another script":            name(one(sn, "A"), one(gn, "B"), one(serial, "PNOPL-٨٧٠٢٢٢٩٠٠١٩")),
		"turned around":                       name(one(sn, "A\u202eB"), one(gn, "B"), one(serial, number)),
		"no serialNumber":                     name(one(sn, "A"), one(gn, "B")),
		"two serialNumbers":                   name(one(sn, "A"), one(gn, "B"), one(serial, number), one(serial, "PNOPL-79113090127")),
		"the same one twice":                  name(one(sn, "A"), one(gn, "B"), one(serial, number), one(serial, number)),
		"two surnames":                        name(one(sn, "A"), one(sn, "C"), one(gn, "B"), one(serial, number)),
		"another country's prefix":            name(one(sn, "A"), one(gn, "B"), one(serial, "PNOEE-87022290019")),
		"no prefix":                           name(one(sn, "A"), one(gn, "B"), one(serial, "87022290019")),
		"wrong checksum":                      name(one(sn, "A"), one(gn, "B"), one(serial, "PNOPL-87022290018")),
		"something after":                     name(one(sn, "A"), one(gn, "B"), one(serial, number+" ")),
		"a second line":                       name(one(sn, "A"), one(gn, "B"), one(serial, number+"\n1")),
		"no name":                             name(one(serial, number)),
		"two documents":                       name(one(sn, "A"), one(gn, "B"), one(serial, number), one(specimen.DocumentOID, "ZZP100002")),
		"very long":                           name(one(sn, string(make([]byte, 300))), one(gn, "B"), one(serial, number)),
	} {
		t.Run(what, func(t *testing.T) {
			r.t = t
			r.refuses(r.card(func(x *x509.Certificate) { x.RawSubject = raw }), Ambiguous, source)
		})
	}
	r.t = t
	if _, err := ParseSubject(name(one(sn, "A\xff"), one(gn, "B"), one(serial, number)), sn); err == nil {
		t.Errorf("invalid UTF-8 was read (%s)", source)
	}
	r.refuses(r.card(func(x *x509.Certificate) { x.ExtraExtensions = nil }), Ambiguous, source+": birth date that the profile promises")
	if _, err := r.verify(r.card(func(x *x509.Certificate) {
		x.RawSubject = name(one(gn, "Żaneta Łucja"), one("2.5.4.12", "\x00\x00", 30), one(sn, "علي"), one(serial, number))
	}), identity.High); err != nil {
		t.Errorf("a good name, another order, something else in between: %v", err)
	}
}
