package webeid

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"io"
	"net/http"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/pki"
)

// canned answers every OCSP question with the same bytes, so that a benchmark holds no network and no
// responder's signing.
type canned struct{ answer []byte }

// RoundTrip gives the answer.
func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	_ = r.Body.Close()
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(c.answer)), Request: r}, nil
}

// recorder keeps the last answer that a responder gave.
type recorder struct {
	next http.RoundTripper
	last []byte
}

// RoundTrip asks and keeps.
func (k *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := k.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	k.last, err = io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(k.last))
	return response, err
}

// BenchmarkToken verifies one token with a fresh answer of the responder. BenchmarkSignatures is what the
// signatures alone cost: token, answer and responder's certificate by P-256 and P-384 as they are used,
// the card's and the issuing authority's certificates.
func BenchmarkToken(b *testing.B) {
	bench := newBench(b, "ES256")
	p := bench.profile
	p.OCSP.WithoutNonce = true // the nonce would have the responder sign each time
	keep := &recorder{next: http.DefaultTransport}
	for _, transport := range []http.RoundTripper{keep, nil} {
		if transport == nil {
			transport = canned{keep.last}
		}
		client := &http.Client{Transport: transport}
		verifier, err := pki.New([]pki.Profile{p}, pki.Deps{OCSP: client, CRL: client, Log: bench.logs.Logger()})
		bench.must(err)
		bench.connector.deps.Cards = verifier
		bench.finish()
	}
	a := bench.attempt("handle")
	step, state, err := bench.connector.Begin(b.Context(), a)
	bench.must(err)
	in := form(text(b, bench.sign(challengeOf(b, step), here)))
	for b.Loop() {
		step, _, err := bench.connector.Continue(b.Context(), a, state, in)
		if _, ok := step.(connectors.Done); !ok || err != nil {
			b.Fatal(connectortest.Outcome(step), err)
		}
	}
}

func (b *bench) finish() {
	b.t.Helper()
	if got := b.outcome(func(c Challenge) string { return text(b.t, b.sign(c, here)) }); got != "Done" {
		b.t.Fatal(got)
	}
}

// BenchmarkSignatures is the part of BenchmarkToken that no program can leave out.
func BenchmarkSignatures(b *testing.B) {
	bench := newBench(b, "ES256")
	type one struct {
		key    *ecdsa.PublicKey
		digest []byte
		sig    []byte
	}
	short, long := sha256.Sum256([]byte("x")), sha512.Sum384([]byte("x"))
	var all []one
	add := func(key any, digest []byte) {
		private := key.(*ecdsa.PrivateKey)
		sig, err := ecdsa.SignASN1(rand.Reader, private, digest)
		bench.must(err)
		all = append(all, one{&private.PublicKey, digest, sig})
	}
	add(bench.card.Key, short[:])                // the token
	add(bench.authority.Responder.Key, short[:]) // the answer
	add(bench.authority.Issuing.Key, long[:])    // the responder's certificate
	add(bench.authority.Issuing.Key, long[:])    // the card's
	add(bench.authority.Root.Key, long[:])       // the issuing authority's
	for b.Loop() {
		for _, s := range all {
			if !ecdsa.VerifyASN1(s.key, s.digest, s.sig) {
				b.Fatal("not signed")
			}
		}
	}
}
