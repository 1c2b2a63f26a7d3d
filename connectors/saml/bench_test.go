package saml

import (
	"context"
	"crypto"
	"net/url"
	"strings"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// Verification of one response, from the octets that came to the authentication: parsing, two
// signatures, decryption, every check. 2 ms at most.
func BenchmarkResponse(b *testing.B) {
	for name, national := range map[string]bool{"plain RSA": false, "node ECDSA ECDH-ES": true} {
		b.Run(name, func(b *testing.B) {
			u := newUpstream(b, national, func(s map[string]any) {
				if national {
					s["response_binding"] = "post" // what is measured is not the call
				}
			})
			a := u.attempt("handle-1")
			step, state, err := u.connector.Begin(b.Context(), a)
			if err != nil {
				b.Fatal(err)
			}
			request, relay := u.request(step)
			response, err := u.answer(request).Write()
			if err != nil {
				b.Fatal(err)
			}
			in := post(response.Bytes(), relay)
			b.ReportMetric(float64(len(response.Bytes())), "octets")
			for b.Loop() {
				step, _, err := u.connector.Continue(b.Context(), a, state, in)
				if _, done := step.(connectors.Done); err != nil || !done {
					b.Fatalf("%T %v %s", step, err, u.why())
				}
			}
		})
	}
}

// Whatever is posted, nobody is let in who was not signed, and nothing panics.
func FuzzResponse(f *testing.F) {
	u := newUpstream(f, false)
	a := u.attempt("handle-1")
	step, state, err := u.connector.Begin(f.Context(), a)
	if err != nil {
		f.Fatal(err)
	}
	request, relay := u.request(step)
	response, err := u.answer(request).Write()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(response.Bytes())
	f.Add([]byte(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`))
	f.Add([]byte(strings.Replace(string(response.Bytes()), "saml:Assertion", "saml:EncryptedAssertion", 2)))
	f.Fuzz(func(t *testing.T, document []byte) {
		step, _, err := u.connector.Continue(t.Context(), a, state, post(document, relay))
		if err != nil {
			t.Fatal(err)
		}
		if done, ok := step.(connectors.Done); ok {
			name, _ := done.Authentication.Attributes.Find("given_name")
			if name.Value.RevealText() != "Zażółta" || len(done.Authentication.Identifiers) != 1 || done.Authentication.Identifiers[0].Value.Reveal() != person {
				t.Fatalf("%q lets somebody else in", document)
			}
		}
	})
}

// Metadata of all forms neither panic nor are taken without the pinned signature.
func FuzzMetadata(f *testing.F) {
	u := newUpstream(f, false)
	raw, err := u.connector.readMetadata(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2026-01-01T00:00:00Z" cacheDuration="P1Y"/>`))
	want, err := xmlsec.Parse(raw, xmlsec.MetadataLimits())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		trusted, err := u.connector.settings.readTrust(document, u.now())
		if err == nil && (len(trusted.keys) != 1 || !u.sign.key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(trusted.keys[0])) && want != nil {
			t.Fatalf("%q is taken", document)
		}
	})
}

// Whatever is said about a logout, by the browser or in an envelope, ends nothing that was not signed.
func FuzzLogout(f *testing.F) {
	u := newUpstream(f, false)
	unsigned := idp.Protocol("LogoutRequest", xmlsec.A("ID", idp.ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", idp.Time(u.now())),
		idp.Saml("Issuer", them), idp.Saml("NameID", "person-1"), idp.Protocol("SessionIndex", "session-1"))
	f.Add(idp.Envelope(unsigned), "")
	signer := xmlsec.Signer{Key: newPair(f, false, 4).key, Algorithm: xmlsec.RSASHA256}
	address, err := redirected(logout, "SAMLRequest", unsigned, "relay", &signer)
	if err != nil {
		f.Fatal(err)
	}
	_, query, _ := strings.Cut(address, "?")
	f.Add([]byte(nil), query)
	f.Fuzz(func(t *testing.T, body []byte, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		in := connectors.Input{Body: body}
		if len(body) == 0 {
			in = connectors.Input{Query: values}
		}
		_, _ = u.connector.HearLogout(t.Context(), in, func(context.Context, identity.Secret) error {
			t.Fatalf("%q %q ends a session", body, query)
			return nil
		})
	})
}
