package saml

import (
	"strings"
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/saml/idp"
	"symbolon/connectors/saml/xmlsec"
)

// Settings (means.md §1.4) that only some upstreams want, each held against what is sent, published or taken.
func TestSettings_AreHonoured(t *testing.T) {
	t.Run("sign_requests", func(t *testing.T) {
		for binding, signed := range map[string]func(connectors.Step) bool{
			"redirect": func(s connectors.Step) bool { return strings.Contains(s.(connectors.Redirect).URL, "&Signature=") },
			"post":     nil,
		} {
			u := newUpstream(t, false, func(s map[string]any) { s["sign_requests"], s["sso_binding"] = false, binding })
			step, _, err := u.connector.Begin(t.Context(), u.attempt("handle-1"))
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := u.request(step); xmlsec.Signed(n) || signed != nil && signed(step) {
				t.Errorf("%s: signed although it is switched off", binding)
			}
			if attribute := ours(t, u).Attr("AuthnRequestsSigned"); attribute != "false" {
				t.Errorf("%s: published as %q", binding, attribute)
			}
		}
	})
	t.Run("name_id", func(t *testing.T) {
		u := newUpstream(t, false, func(s map[string]any) {
			s["name_id"] = map[string]any{"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "sp_name_qualifier": us, "allow_create": true}
		})
		step, _, err := u.connector.Begin(t.Context(), u.attempt("handle-1"))
		if err != nil {
			t.Fatal(err)
		}
		n, _ := u.request(step)
		policy := n.Only(nsProtocol, "NameIDPolicy")
		if policy.Attr("SPNameQualifier") != us || policy.Attr("AllowCreate") != "true" || !strings.HasSuffix(policy.Attr("Format"), ":persistent") {
			t.Errorf("%s", policy.Bytes())
		}
	})
	t.Run("acs_urls", func(t *testing.T) {
		const old = "https://old.example/callback/node"
		u := newUpstream(t, false, func(s map[string]any) { s["acs_urls"] = []string{old} })
		services := ours(t, u).All(nsMetadata, "AssertionConsumerService")
		if len(services) != 2 || services[0].Attr("Location") != callback || services[0].Attr("isDefault") != "true" || services[1].Attr("Location") != old {
			t.Errorf("%d addresses are published", len(services))
		}
	})
	t.Run("destination_override", func(t *testing.T) {
		const theirs = "https://login.other.example/callback"
		u := newUpstream(t, false, func(s map[string]any) { s["destination_override"] = theirs })
		u.change = func(a *idp.Answer) { a.Destination = theirs }
		connectortest.MustBeDone(t, u.login())
		if u.seen.Attr("Destination") != theirs {
			t.Errorf("asked at %q", u.seen.Attr("Destination"))
		}
	})
}

// ours is the role in our own metadata.
func ours(t *testing.T, u *upstream) *xmlsec.Node {
	t.Helper()
	document, err := u.connector.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n, err := xmlsec.Parse(document.Body, xmlsec.MetadataLimits())
	if err != nil {
		t.Fatal(err)
	}
	return n.Only(nsMetadata, "SPSSODescriptor")
}

// artifact.soap_url goes before what the metadata say.
func TestSettings_SOAPURL(t *testing.T) {
	u := newUpstream(t, true)
	u.settings["artifact"] = map[string]any{"soap_url": u.server.URL + "/soap"}
	u.metadata = func(m *idp.Metadata) { m.Artifacts = []string{u.server.URL + "/nowhere"} }
	u.connector = u.connect()
	connectortest.MustBeDone(t, u.login())
}

// Quirk 1 of the Polish node (means.md §1.1): a key shorter than its algorithm says, where the operator says so.
func TestSettings_AllowKeySizeMismatch(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		u := newUpstream(t, true, func(s map[string]any) {
			s["allow_key_size_mismatch"], s["want_response_signed"] = allowed, false
		})
		u.change = func(a *idp.Answer) {
			a.SignResponse, a.Encrypt.Cipher = false, xmlsec.AES128GCM
			a.Sent = func(n *xmlsec.Node) {
				method := n.Only(nsAssertion, "EncryptedAssertion").Only(xmlsec.NSEncryption, "EncryptedData").Only(xmlsec.NSEncryption, "EncryptionMethod")
				method.Set("Algorithm", xmlsec.EncryptionURIs([]string{xmlsec.AES256GCM})[0])
			}
		}
		if got := connectortest.Outcome(u.login()); (got == "Done") != allowed {
			t.Errorf("allowed %t: %s (%s)", allowed, got, u.why())
		}
	}
}

// metadata.max_age: the last good metadata serve so long at most where they name no end themselves.
func TestSettings_MetadataMaxAge(t *testing.T) {
	u := newUpstream(t, false)
	u.settings["metadata"].(map[string]any)["max_age"] = "3h"
	u.connector = u.connect()
	connectortest.MustBeDone(t, u.login())
	u.metadata = func(m *idp.Metadata) { m.Certificates = nil } // out of order from here on
	for after, want := range map[time.Duration]string{2 * time.Hour: "Done", 4 * time.Hour: "unavailable"} {
		u.shift = after
		if got := connectortest.Outcome(u.login()); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

// SM-06 (Keycloak CVE-2026-16443): a key that metadata give no use for may sign, and that takes no check away.
func TestAttack_SM_06_MetadataWithoutUse(t *testing.T) {
	u := newUpstream(t, false)
	u.metadata = func(m *idp.Metadata) { m.AnyUse = true }
	u.connector = u.connect()
	connectortest.MustBeDone(t, u.login())
	u.change = func(a *idp.Answer) { a.SignResponse, a.SignAssertion = false, false }
	if got := connectortest.Outcome(u.login()); got != "invalid_answer" {
		t.Errorf("SM-06 (Keycloak CVE-2026-16443): %s", got)
	}
}

// R-SAML-12: our encryption key turns over without a failed login: what was encrypted to either opens.
func TestTurnover_OfOurEncryptionKeys(t *testing.T) {
	u := newUpstream(t, true)
	old, next := u.ourEnc, newPair(t, true, 4)
	u.settings["enc_keys"] = []any{next.settings(), old.settings()}
	u.connector = u.connect()
	if keys := ours(t, u).All(nsMetadata, "KeyDescriptor"); keys[len(keys)-2].Attr("use") != "encryption" || keys[len(keys)-1].Attr("use") != "encryption" {
		t.Error("both are not published")
	}
	for _, to := range []pair{old, next} {
		u.ourEnc = to
		connectortest.MustBeDone(t, u.login())
	}
}
