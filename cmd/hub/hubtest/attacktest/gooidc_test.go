package attacktest

import (
	"net/http"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"symbolon/cmd/hub/hubtest"
)

// An independent library finds the hub, redeems a code, verifies the ID token with nonce and
// at_hash, asks userinfo and refreshes, by every method that it knows.
func TestGoOIDCAgrees(t *testing.T) {
	each(t, func(t *testing.T, c *cast) {
		for style, rp := range map[oauth2.AuthStyle]*hubtest.RP{oauth2.AuthStyleInHeader: c.rp2, oauth2.AuthStyleInParams: c.rp3, oauth2.AuthStyleAutoDetect: c.pub} {
			t.Run(rp.Method, func(t *testing.T) { c.checked(t, rp.As(t), style) })
		}
	})
}

func (c *cast) checked(t *testing.T, rp *hubtest.RP, style oauth2.AuthStyle) {
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: rp.HTTP.Transport})
	provider, err := oidc.NewProvider(ctx, c.Issuer)
	if err != nil {
		t.Fatalf("discovery: %v", err)
	}
	endpoint := provider.Endpoint()
	if endpoint.AuthStyle = style; rp.Secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	client := oauth2.Config{ClientID: rp.ID, ClientSecret: rp.Secret, Endpoint: endpoint, RedirectURL: rp.Redirect, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess, "profile"}}
	verifier := oauth2.GenerateVerifier()
	b := c.Watched(t)
	b.Get(client.AuthCodeURL("state", oidc.Nonce("nonce"), oauth2.S256ChallengeOption(verifier)))
	answer := rp.Finish(b, "ordinary")
	if answer.Get("state") != "state" {
		t.Fatalf("the answer is %v", answer.Values)
	}
	token, err := client.Exchange(ctx, answer.Code(), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("exchange: %v", err)
	}
	// the library takes every algorithm that discovery names
	check := provider.VerifierContext(ctx, &oidc.Config{ClientID: rp.ID, Now: c.Now})
	first := verify(t, check, token)
	if first.Nonce != "nonce" {
		t.Errorf("nonce is %q", first.Nonce)
	}
	source := oauth2.StaticTokenSource(token)
	info, err := provider.UserInfo(ctx, source)
	if err != nil {
		t.Fatalf("userinfo: %v", err)
	}
	var told struct {
		Name string `json:"given_name"`
	}
	if err := info.Claims(&told); err != nil || told.Name != "Konstanty" || info.Subject != first.Subject {
		t.Errorf("userinfo tells %q: %v", told.Name, err)
	}
	expired := *token
	expired.Expiry = time.Unix(1, 0)
	renewed, err := client.TokenSource(ctx, &expired).Token()
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	if second := verify(t, check, renewed); second.Subject != first.Subject || renewed.AccessToken == token.AccessToken || renewed.RefreshToken == token.RefreshToken {
		t.Error("the refresh gives another subject, or the same tokens")
	}
	if _, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: "another", Now: c.Now}).Verify(ctx, token.Extra("id_token").(string)); err == nil {
		t.Error("the ID token is good for another client")
	}
}

func verify(t *testing.T, check *oidc.IDTokenVerifier, token *oauth2.Token) *oidc.IDToken {
	t.Helper()
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		t.Fatal("no ID token")
	}
	id, err := check.Verify(t.Context(), raw)
	if err != nil {
		t.Fatalf("ID token: %v", err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	return id
}
