package oauth

import (
	"strconv"
	"testing"
	"time"
)

// Attacks TK-10, CA-04, CA-05 (RFC 8725 §2.8, §3.11): what a program signed for something else proves it nowhere, nor does
// what another program signed in its name, or anybody with its public key as a secret.
func TestAttack_TK_10_WhatAProgramSignedForSomethingElse(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	own, foreign := mustKey(t), mustKey(t)
	a := Assertions{
		Audience: "https://api.example", Once: spent{}, Purpose: "test", Now: func() time.Time { return now },
		Keys: map[string]KeySource{"id-cards": StaticKeys{{Key: own.Public(), KeyID: "k"}}, "passports": StaticKeys{{Key: foreign.Public(), KeyID: "k"}}},
	}
	claims := func(n int) map[string]any {
		return map[string]any{"iss": "id-cards", "sub": "id-cards", "aud": a.Audience, "jti": strconv.Itoa(n), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	}
	mine, theirs := SigningKey{ID: "k", Alg: "ES256", Signer: own}, SigningKey{ID: "k", Alg: "ES256", Signer: foreign}
	for typ, want := range map[string]bool{
		"JWT": true, "client-authentication+jwt": true, "": true,
		"at+jwt": false, "secevent+jwt": false, "dpop+jwt": false, "oauth-authz-req+jwt": false, "logout+jwt": false,
	} {
		if id, err := a.Check(t.Context(), signed(t, mine, typ, claims(len(typ)))); (err == nil) != want || want && id != "id-cards" {
			t.Errorf("of type %q: %q, %v", typ, id, err)
		}
	}
	if _, err := a.Check(t.Context(), signed(t, theirs, "JWT", claims(100))); err == nil {
		t.Error("what another program signed in its name is taken")
	}
	point, err := own.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Check(t.Context(), forge(map[string]any{"alg": "HS256", "kid": "k", "typ": "JWT"}, claims(101), point)); err == nil {
		t.Error("its public key is taken as a secret")
	}
}
