package hubtest

import (
	"crypto/sha256"
	"encoding/hex"

	"symbolon/cmd/demo/sim"
)

// WithSAML offers the trusted profile by SAML, too: as a national node speaks it, at the city, and
// plainly, at the library.
func WithSAML() With { return func(s *setup) { s.saml = true } }

func (w *World) samlConnectors() []any {
	levels, refs := table{}, table{}
	for _, level := range []string{"low", "substantial", "high"} {
		levels["http://eidas.europa.eu/LoA/"+level] = level
		refs[level] = []string{"http://eidas.europa.eu/LoA/" + level}
	}
	common := func(means, profile, entity string) table {
		sign := w.Country.HubSAML[means+" sign"]
		der, err := w.Country.SAML.MetadataCertificate()
		if err != nil {
			w.t.Fatal(err)
		}
		pin := sha256.Sum256(der)
		return table{
			"icon": "profile", "simulated": true, "allow_loopback": true, "entity_id": w.Issuer + "/means/" + means + "/metadata", "idp_entity_id": entity,
			"metadata":     table{"url": w.Country.Addresses.SAML + "/" + profile + "/metadata", "signing_cert_pin": hex.EncodeToString(pin[:])},
			"key_rollover": table{"active": table{"key_file": sign.Key, "cert_file": sign.Certificate}}, "sign_alg": "ecdsa-sha256",
			"want_response_signed": true, "want_assertion_signed": true, "ceiling": "substantial",
			"authn_context": table{"refs": refs}, "loa_map": levels, "identifier_scheme": "PNO", "identifier_country": "PL", "authoritative_for": []string{"PNOPL"},
		}
	}
	const natural = "http://eidas.europa.eu/attributes/naturalperson/"
	node, enc := common(sim.MeansNode, "wk", w.Country.SAML.Node.EntityID), w.Country.HubSAML[sim.MeansNode+" enc"]
	node["names"] = table{"en": "Trusted profile (national node)", "pl": "Profil zaufany (węzeł krajowy)", "hu": "Megbízható profil (nemzeti csomópont)", "fr": "Profil de confiance (nœud national)", "ar": "الملف الموثوق (العقدة الوطنية)"}
	node["sso_binding"], node["response_binding"], node["want_encrypted"], node["slo"], node["force_authn"] = "post", "artifact", true, table{"binding": "soap"}, "always"
	node["enc_keys"] = []any{table{"key_file": enc.Key, "cert_file": enc.Certificate}}
	node["sp_type"], node["enc_algs_allowed"] = "public", []string{"aes256-gcm", "ecdh-es"}
	node["requested_attributes"] = table{"mode": "eidas_ext", "attributes": []any{table{"name": natural + "PersonIdentifier", "friendly_name": "PersonIdentifier"}}}
	node["subject_attribute"], node["identifier_claim"] = natural+"PersonIdentifier", natural+"PersonIdentifier"
	node["attribute_map"] = table{natural + "CurrentGivenName": "given_name", natural + "CurrentFamilyName": "family_name", natural + "DateOfBirth": "birthdate"}
	plain := common(sim.MeansPlain, "plain", w.Country.SAML.Plain.EntityID)
	plain["names"] = table{"en": "Trusted profile (SAML)", "pl": "Profil zaufany (SAML)", "hu": "Megbízható profil (SAML)", "fr": "Profil de confiance (SAML)", "ar": "الملف الموثوق (SAML)"}
	plain["slo"], plain["identifier_claim"] = table{"binding": "redirect"}, "personIdentifier"
	plain["attribute_map"] = table{"urn:oid:2.5.4.42": "given_name", "urn:oid:2.5.4.4": "family_name", "dateOfBirth": "birthdate", "urn:oid:0.9.2342.19200300.100.1.3": "email"}
	return []any{
		table{"id": sim.MeansNode, "kind": "saml", "settings": node}, table{"id": sim.MeansPlain, "kind": "saml", "settings": plain},
	}
}
