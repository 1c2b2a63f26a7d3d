package saml

import (
	"maps"
	"strings"
	"testing"
)

// good are settings that are taken.
func good() map[string]any {
	return map[string]any{
		"names": map[string]any{"en": "Node"}, "entity_id": us, "idp_entity_id": them, "ceiling": "low", "want_assertion_signed": true,
		"metadata": map[string]any{"file": "/x"}, "key_rollover": map[string]any{"active": map[string]any{"key_file": "/k", "cert_file": "/c"}}, "sign_alg": "ecdsa-sha256",
		"loa_map": map[string]any{"x": "low"},
	}
}

// Everything that is wrong is said, in words that name the setting.
func TestSettings_WhatIsWrong(t *testing.T) {
	if _, err := Decode("node", good()); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]map[string]any{
		"entity_id":                     {"entity_id": "hub"},
		"idp_entity_id":                 {"idp_entity_id": ""},
		"metadata needs either":         {"metadata": map[string]any{}},
		"signing_cert_pin":              {"metadata": map[string]any{"url": "https://node.example/"}},
		"on_failure":                    {"metadata": map[string]any{"file": "/x", "on_failure": "trust_anything"}},
		"metadata.url must be an https": {"metadata": map[string]any{"url": "http://node.example/", "signing_cert_pin": strings.Repeat("a", 64)}},
		"nothing unsigned":              {"want_assertion_signed": false},
		"enc_keys":                      {"want_encrypted": true},
		"enc_algs_allowed":              {"enc_algs_allowed": []string{"rsa-1_5"}},
		"verify_algs":                   {"verify_algs": []string{"rsa-sha1"}},
		"sign_alg":                      {"sign_alg": "rsa-sha1"},
		"sso_binding":                   {"sso_binding": "paos"},
		"response_binding":              {"response_binding": "redirect"},
		"comparison":                    {"authn_context": map[string]any{"comparison": "roughly"}},
		"authn_context.refs.high":       {"authn_context": map[string]any{"refs": map[string]any{"high": []string{"x"}}}},
		"loa_map":                       {"loa_map": map[string]any{}},
		"unknown_loa":                   {"unknown_loa": "low"},
		"ceiling":                       {"ceiling": "none"},
		"clock_skew":                    {"clock_skew": "301s"},
		"max_assertion_age":             {"max_assertion_age": "2h"},
		"max_authn_age":                 {"max_authn_age": "13h"},
		"artifact.timeout":              {"artifact": map[string]any{"timeout": "1h"}},
		"subject_attribute":             {"name_id": map[string]any{"format": formatTransient}},
		"attribute_map":                 {"attribute_map": map[string]any{"x": "sub"}},
		"identifier_claim":              {"identifier_claim": "x"},
		"published_from":                {"key_rollover": map[string]any{"active": map[string]any{"key_file": "/k", "cert_file": "/c"}, "next": map[string]any{"key_file": "/k", "cert_file": "/c"}}},
		"key_rollover.lead":             {"key_rollover": map[string]any{"active": map[string]any{"key_file": "/k", "cert_file": "/c"}, "lead": "1h"}},
		"key_rollover.active":           {"key_rollover": map[string]any{}},
		"requested_attributes":          {"requested_attributes": map[string]any{"mode": "eidas_ext"}},
		"slo.required":                  {"slo": map[string]any{"required": true}},
		"acs_urls":                      {"acs_urls": []string{"http://hub.example/"}},
		"invalid keys":                  {"want_signed_assertion": true},
	} {
		s := good()
		maps.Copy(s, change)
		if _, err := Decode("node", s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}
