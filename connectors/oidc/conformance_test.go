package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
	"symbolon/connectors/identity"
)

// The modules of oidcc-client-basic-certification-test-plan, by their names.

func TestConformance_client_client_test(t *testing.T) {
	connectortest.MustBeDone(t, rigged(t, nil).Login(t, "handle-1"))
}

func (r *rig) spoiled(t *testing.T, spoil func(claims), code connectors.FailureCode, reason string) {
	t.Helper()
	r.up.Claims = spoil
	r.mustFail(t, code, reason)
}

func TestConformance_client_invalid_iss(t *testing.T) {
	rigged(t, nil).spoiled(t, func(c claims) { c["iss"] = c["iss"].(string) + "1" }, connectors.InvalidAnswer, "iss")
}

func TestConformance_client_missing_sub(t *testing.T) {
	rigged(t, nil).spoiled(t, func(c claims) { delete(c, "sub") }, connectors.SubjectMissing, "sub_missing")
}

func TestConformance_client_invalid_aud(t *testing.T) {
	rigged(t, nil).spoiled(t, func(c claims) { c["aud"] = "hub1" }, connectors.InvalidAnswer, "aud")
}

func TestConformance_client_missing_iat(t *testing.T) {
	rigged(t, nil).spoiled(t, func(c claims) { delete(c, "iat") }, connectors.InvalidAnswer, "iat_type")
}

func TestConformance_client_nonce_invalid(t *testing.T) {
	rigged(t, nil).spoiled(t, func(c claims) { c["nonce"] = c["nonce"].(string) + "1" }, connectors.InvalidAnswer, "nonce")
}

func TestConformance_client_kid_absent_single_jwks(t *testing.T) {
	r := rigged(t, nil)
	r.up.Sign = func(c claims) string { return signedBy(t, r.up.signer, jose.ES256, "", c) }
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
}

// OpenID Connect Core §10.1: with several keys the kid is not to be left out.
func TestConformance_client_kid_absent_multiple_jwks(t *testing.T) {
	r := rigged(t, nil)
	r.up.published = append(r.up.published, jose.JSONWebKey{Key: ecKey(t).Public(), KeyID: "k2", Algorithm: "ES256", Use: "sig"})
	r.up.Sign = func(c claims) string { return signedBy(t, r.up.signer, jose.ES256, "", c) }
	r.mustFail(t, connectors.InvalidAnswer, "key_unknown")
}

func rsaKey(t *testing.T, r *rig) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	r.up.published = append(r.up.published, jose.JSONWebKey{Key: key.Public(), KeyID: "rsa", Use: "sig"})
	return key
}

func TestConformance_client_idtoken_sig_rs256(t *testing.T) {
	r := rigged(t, nil)
	key := rsaKey(t, r)
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.PS256} {
		r.up.Sign = func(c claims) string { return signedBy(t, key, alg, "rsa", c) }
		connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	}
	only := wired(t, r.up, "strict", func(raw map[string]any) { raw["id_token_algs"] = []any{"ES256"} })
	only.mustFail(t, connectors.InvalidAnswer, "id_token_alg") // algorithms are pinned per connector
}

func TestConformance_client_invalid_sig_rs256(t *testing.T) {
	r := rigged(t, nil)
	key := rsaKey(t, r)
	r.up.Sign = func(c claims) string {
		text := []byte(signedBy(t, key, jose.RS256, "rsa", c))
		at := len(text) - 100
		text[at] = map[bool]byte{true: 'B', false: 'A'}[text[at] == 'A']
		return string(text)
	}
	r.mustFail(t, connectors.InvalidAnswer, "signature")
}

// The plan lets a client take an unsigned ID token where it registered for one. We never do.
func TestConformance_client_idtoken_sig_none(t *testing.T) {
	r := rigged(t, nil)
	r.up.Sign = func(c claims) string { return forged(claims{"alg": "none"}, c, "") }
	r.mustFail(t, connectors.InvalidAnswer, "id_token_alg")
}

func TestConformance_client_userinfo_invalid_sub(t *testing.T) {
	for _, sub := range []any{"upstream-subject-2", "", nil, 1} {
		r := rigged(t, nil)
		r.up.Userinfo = func(c claims) { c["sub"] = sub }
		r.mustFail(t, connectors.InvalidAnswer, "userinfo_sub")
	}
}

func TestConformance_client_scope_userinfo_claims(t *testing.T) {
	r := rigged(t, nil)
	step, _ := r.Begin(t, r.Attempt("handle-1"))
	if got := query(t, step).Get("scope"); got != "openid profile nid" {
		t.Errorf("scope %q", got)
	}
	auth := connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	for _, name := range []identity.AttributeName{"given_name", "family_name", "birthdate"} {
		if _, ok := auth.Attributes.Find(name); !ok {
			t.Errorf("%s was told by userinfo", name)
		}
	}
	if r.up.asked("/userinfo") != 1 {
		t.Error("userinfo is asked once a login")
	}
}

func TestConformance_client_client_secret_basic(t *testing.T) {
	r := rigged(t, func(raw map[string]any) {
		raw["client_auth"] = map[string]any{"method": "client_secret_basic", "secret_file": written(t, "s3cret of the hub")}
	})
	connectortest.MustBeDone(t, r.Login(t, "handle-1"))
	r.up.secret = "turned over"
	r.mustFail(t, connectors.RefusedUpstream, "token_refused")
}
