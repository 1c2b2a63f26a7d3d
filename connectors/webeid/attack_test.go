package webeid

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"symbolon/connectors/connectortest"
	"symbolon/connectors/pki/specimen"
)

// outcome runs one leg whose token is made by sign.
func (b *bench) outcome(sign func(Challenge) string) string {
	b.t.Helper()
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(b.t.Context(), a)
	b.must(err)
	step, _, err = b.connector.Continue(b.t.Context(), a, state, form(sign(challengeOf(b.t, step))))
	b.must(err)
	return connectortest.Outcome(step)
}

func TestAttack_XC_08(t *testing.T) {
	const source = "attacks XC-08; Web eID: 256-bit nonce, five minutes, bound to the session, used once"
	b := newBench(t, "ES256")
	for _, origin := range []string{
		"https://h.example.evil", here + "/", here + ":443", "http://login.nowawola.example", "https://LOGIN.nowawola.example", "https://login.nowawola.example.evil", "", "null",
	} {
		if got := b.outcome(func(c Challenge) string { return text(t, b.sign(c, origin)) }); got != "invalid_answer" {
			t.Errorf("signed for %q: %s (%s)", origin, got, source)
		}
	}
	// Another session's challenge.
	other, _, err := b.connector.Begin(t.Context(), b.attempt("other"))
	b.must(err)
	if got := b.outcome(func(Challenge) string { return text(t, b.sign(challengeOf(t, other), here)) }); got != "invalid_answer" {
		t.Errorf("another session's challenge: %s (%s)", got, source)
	}
	// Too late.
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(t.Context(), a)
	b.must(err)
	in := form(text(t, b.sign(challengeOf(t, step), here)))
	for after, want := range map[time.Duration]string{5 * time.Minute: "Done", 5*time.Minute + time.Second: "stale_answer"} {
		b.now = noon().Add(after)
		step, _, err := b.connector.Continue(t.Context(), b.attempt("handle"), state, in)
		b.must(err)
		if got := connectortest.Outcome(step); got != want {
			t.Errorf("after %s: %s, want %s (%s)", after, got, want, source)
		}
	}
}

func TestAttack_XC_10(t *testing.T) {
	b := newBench(t, "ES256")
	a := b.attempt("handle")
	step, state, err := b.connector.Begin(t.Context(), a)
	b.must(err)
	var fields map[string]any
	b.must(json.Unmarshal([]byte(text(t, b.sign(challengeOf(t, step), here))), &fields))
	for name, value := range map[string]any{
		"name": "Żaneta", "pesel": "79113090127", "serialNumber": "PNOPL-79113090127", "sub": "x", "action": "web-eid:authenticate-success",
		"UnverifiedCertificate": "junk", "Algorithm": "none", "nonce": "junk", "origin": "https://h.example.evil",
	} {
		fields[name] = value
	}
	step, _, err = b.connector.Continue(t.Context(), a, state, form(text(t, fields)))
	b.must(err)
	auth := connectortest.MustBeDone(t, step)
	if got := auth.Identifiers[0].Reveal(); got != "PNOPL-87022290019" {
		t.Errorf("somebody else by a field beside the certificate (attacks XC-10)")
	}
}

func TestAttack_XC_03_only_the_login_certificate_logs_in(t *testing.T) {
	b := newBench(t, "ES256")
	card, err := b.authority.Issue(specimen.Signing(b.authority.Template(holder())), "ES256")
	b.must(err)
	b.card = card
	if got := b.outcome(func(c Challenge) string { return text(t, b.sign(c, here)) }); got != "card_signing" {
		t.Errorf("%s (attacks XC-03)", got)
	}
}

func TestAttack_XC_04_what_happened_to_the_card_is_told_apart(t *testing.T) {
	b := newBench(t, "ES256")
	sign := func(c Challenge) string { return text(t, b.sign(c, here)) }
	for reason, want := range map[int]string{1: "card_revoked", 6: "card_suspended"} {
		b.authority.Revoke(b.card.Certificate, reason)
		if got := b.outcome(sign); got != want {
			t.Errorf("%d: %s, want %s (attacks XC-04, R-CARD-07)", reason, got, want)
		}
	}
	b.authority.Lift(b.card.Certificate)
	if got := b.outcome(sign); got != "Done" {
		t.Errorf("taken off hold: %s", got)
	}
	b.change = func(a *specimen.Answer) { a.Whole = 3 }
	if got := b.outcome(sign); got != "card_unchecked" {
		t.Errorf("nobody can be asked: %s (attacks XC-05)", got)
	}
}

func TestTokensAreReadStrictly(t *testing.T) {
	b := newBench(t, "ES256")
	change := func(name string, value any) func(Challenge) string {
		return func(c Challenge) string {
			var fields map[string]any
			b.must(json.Unmarshal([]byte(text(t, b.sign(c, here))), &fields))
			fields[name] = value
			if value == nil {
				delete(fields, name)
			}
			return text(t, fields)
		}
	}
	whole := func(f func(string) string) func(Challenge) string {
		return func(c Challenge) string { return f(text(t, b.sign(c, here))) }
	}
	for name, sign := range map[string]func(Challenge) string{
		"R-WEID-03 short":           whole(func(string) string { return "{}" }),
		"R-WEID-03 long":            whole(func(s string) string { return s[:len(s)-1] + `,"x":"` + strings.Repeat("x", 10_000) + `"}` }),
		"R-WEID-03 twice":           whole(func(s string) string { return s[:len(s)-1] + `,"algorithm":"ES256"}` }),
		"R-WEID-03 twice, deeper":   whole(func(s string) string { return s[:len(s)-1] + `,"x":{"a":1,"a":1}}` }),
		"R-WEID-03 something after": whole(func(s string) string { return s + "{}" }),
		"R-WEID-03 a list":          whole(func(s string) string { return "[" + s + "]" }),
		"R-WEID-03 deep": whole(func(s string) string {
			return s[:len(s)-1] + `,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`
		}),
		"R-WEID-03 not JSON":                     whole(func(s string) string { return "x" + s }),
		"no format":                              change("format", nil),
		"another format":                         change("format", "web-eid:2.0"),
		"format that only begins so":             change("format", "web-eid:10"),
		"no signature":                           change("signature", nil),
		"a number as signature":                  change("signature", 7),
		"no certificate":                         change("unverifiedCertificate", nil),
		"junk as certificate":                    change("unverifiedCertificate", base64.StdEncoding.EncodeToString([]byte("junk"))),
		"a null":                                 change("algorithm", json.RawMessage("null")),
		"R-WEID-04 none":                         change("algorithm", "none"),
		"R-WEID-04 HS256":                        change("algorithm", "HS256"),
		"R-WEID-04 of RSA":                       change("algorithm", "RS256"),
		"R-WEID-04 another hash":                 change("algorithm", "ES384"),
		"R-WEID-04 lower case":                   change("algorithm", "es256"),
		"R-WEID-11 1.1 without its certificates": change("format", "web-eid:1.1"),
	} {
		if got := b.outcome(sign); got != "invalid_answer" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, version := range map[string]string{"without a minor version": "web-eid:1", "1.0": "web-eid:1.0"} {
		if got := b.outcome(change("format", version)); got != "Done" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSignaturesAreOfTheRightForm(t *testing.T) {
	b := newBench(t, "ES256")
	altered := func(f func([]byte) []byte) func(Challenge) string {
		return func(c Challenge) string {
			token := b.sign(c, here)
			raw, err := base64.StdEncoding.DecodeString(token.Signature)
			b.must(err)
			token.Signature = base64.StdEncoding.EncodeToString(f(raw))
			return text(t, token)
		}
	}
	for name, f := range map[string]func([]byte) []byte{
		"one bit":       func(s []byte) []byte { s[5] ^= 1; return s },
		"longer":        func(s []byte) []byte { return append([]byte{0}, s...) },
		"shorter":       func(s []byte) []byte { return s[1:] },
		"zeros":         func(s []byte) []byte { return make([]byte, len(s)) },
		"r and s round": func(s []byte) []byte { return append(append([]byte{}, s[32:]...), s[:32]...) },
		"DER": func(s []byte) []byte {
			return append([]byte{0x30, byte(len(s))}, s...)
		},
		"r of the curve's order": func(s []byte) []byte {
			n, _ := new(big.Int).SetString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
			n.FillBytes(s[:32])
			return s
		},
	} {
		if got := b.outcome(altered(f)); got != "invalid_answer" {
			t.Errorf("%s: %s (R-WEID-04)", name, got)
		}
	}
	rsa := newBench(t, "PS256")
	if got := rsa.outcome(func(c Challenge) string {
		token := rsa.sign(c, here)
		token.Algorithm = "RS256"
		return text(t, token)
	}); got != "invalid_answer" {
		t.Errorf("PSS signature as PKCS #1: %s (R-WEID-04)", got)
	}
}

// A token of format 1.1 brings the certificate for signatures, too; it must be the same holder's.
func TestSigningCertificatesAreChecked(t *testing.T) {
	b := newBench(t, "ES256")
	sign := func(change func(*x509.Certificate), algorithm string) func(Challenge) string {
		return func(c Challenge) string {
			template := specimen.Signing(b.authority.Template(holder()))
			if change != nil {
				change(template)
			}
			p, err := b.authority.Issue(template, "ES256")
			b.must(err)
			raw := text(t, b.sign(c, here))
			return strings.Replace(raw, "web-eid:1.0", "web-eid:1.1", 1)[:len(raw)-1] + fmt.Sprintf(
				`,"unverifiedSigningCertificates":[{"certificate":%q,"supportedSignatureAlgorithms":[{"cryptoAlgorithm":%q,"hashFunction":"SHA-256","paddingScheme":"NONE"}]}]}`,
				base64.StdEncoding.EncodeToString(p.Certificate.Raw), algorithm)
		}
	}
	other := holder()
	other.Number = "PNOPL-79113090127"
	for name, c := range map[string]struct {
		sign func(Challenge) string
		want string
	}{
		"sound":             {sign(nil, "ECC"), "Done"},
		"somebody else's":   {sign(func(x *x509.Certificate) { x.RawSubject = other.Subject() }, "ECC"), "invalid_answer"},
		"over":              {sign(func(x *x509.Certificate) { x.NotAfter = b.now.Add(-time.Hour) }, "ECC"), "invalid_answer"},
		"not for signing":   {sign(func(x *x509.Certificate) { x.KeyUsage = x509.KeyUsageDigitalSignature }, "ECC"), "invalid_answer"},
		"unknown algorithm": {sign(nil, "DSA"), "invalid_answer"},
	} {
		if got := b.outcome(c.sign); got != c.want {
			t.Errorf("%s: %s, want %s (R-WEID-11)", name, got, c.want)
		}
	}
}

// A new card of the same person, by another authority and generation, is the same person's (XC-19).
func TestAttack_XC_19(t *testing.T) {
	b := newBench(t, "ES256")
	who := func() string {
		a := b.attempt("handle")
		step, state, err := b.connector.Begin(t.Context(), a)
		b.must(err)
		step, _, err = b.connector.Continue(t.Context(), a, state, form(text(t, b.sign(challengeOf(t, step), here))))
		b.must(err)
		auth := connectortest.MustBeDone(t, step)
		return auth.Issuer + " " + auth.Subject.Reveal()
	}
	before, old := who(), b.card
	renewed := holder()
	renewed.Document = "ZZP200002"
	b.card = b.issue(renewed)
	if after := who(); after != before {
		t.Errorf("another subject with the new card (attacks XC-19)")
	}
	b.authority.Revoke(old.Certificate, 4)
	b.card = old
	if got := b.outcome(func(c Challenge) string { return text(t, b.sign(c, here)) }); got != "card_revoked" {
		t.Errorf("the old card: %s (attacks XC-19)", got)
	}
}

// What a reader copies out of a chip logs nobody in: its data groups, its certificate without the key beside it
// (a cloned chip, active authentication left out), and whatever a document signer signed (attacks XC-17).
func TestAttack_XC_17(t *testing.T) {
	b := newBench(t, "ES256")
	sod := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("w", 200)))
	clone, err := specimen.NewKey("ES256")
	b.must(err)
	signer := func(change func(*x509.Certificate)) func(Challenge) string {
		return func(c Challenge) string {
			authority, err := specimen.New(specimen.Options{Name: "Document signer", Now: func() time.Time { return b.now }})
			b.must(err)
			template := authority.Template(holder())
			change(template)
			p, err := authority.Issue(template, "ES256")
			b.must(err)
			token, err := p.Sign("ES256", here, c.Nonce)
			b.must(err)
			return text(t, token)
		}
	}
	for name, c := range map[string]struct {
		token func(Challenge) string
		want  string
	}{
		"data groups": {func(c Challenge) string {
			return text(t, map[string]any{"format": "web-eid:1.0", "ef_sod": sod, "dg1": sod, "aa_signature": sod, "nonce": c.Nonce})
		}, "invalid_answer"},
		"data groups for a signature": {func(Challenge) string {
			token := b.sign(Challenge{Nonce: strings.Repeat("A", 44)}, here)
			token.Signature = sod
			return text(t, token)
		}, "invalid_answer"},
		"a copied certificate, another key": {func(c Challenge) string {
			copied := specimen.Pair{Certificate: b.card.Certificate, Key: clone}
			token, err := copied.Sign("ES256", here, c.Nonce)
			b.must(err)
			return text(t, token)
		}, "invalid_answer"},
		"a signer that is on no list":        {signer(func(*x509.Certificate) {}), "card_wrong"},
		"a signer whose certificate is over": {signer(func(x *x509.Certificate) { x.NotAfter = b.now.Add(-time.Hour) }), "card_wrong"},
	} {
		if got := b.outcome(c.token); got != c.want {
			t.Errorf("%s: %s, want %s (attacks XC-17, ICAO 9303-11)", name, got, c.want)
		}
	}
}

func FuzzToken(f *testing.F) {
	b := newBench(f, "ES256")
	good := text(f, b.sign(Challenge{Nonce: strings.Repeat("A", 44)}, here))
	f.Add(good)
	f.Add(strings.Replace(good, "1.0", "1.1", 1))
	f.Add(`{"unverifiedCertificate":"","algorithm":"ES256","signature":"","format":"web-eid:1.0"}` + strings.Repeat(" ", 100))
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := parse(raw)
		if err != nil {
			return
		}
		if token.certificate == nil || len(token.signature) == 0 || token.algorithm.hash == 0 {
			t.Error("a token that is not whole was read")
		}
		if token.signed(b.card.Certificate.PublicKey, "https://h.example.evil", strings.Repeat("A", 44)) == nil {
			t.Error("a signature for another origin was taken")
		}
	})
}
