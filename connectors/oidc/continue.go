package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	zitadel "github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Continue takes what came back to the callback. Whatever is wrong with it is a Failed step; an
// error is a fault of ours.
func (c *Connector) Continue(ctx context.Context, a connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	l, choice, err := c.leg(a, state)
	if err != nil {
		return c.step(err), nil, nil
	}
	m, err := c.metadata.Get(ctx)
	if err != nil {
		return c.failed(connectors.Unavailable, "metadata"), nil, nil
	}
	code, err := c.code(l, m, in.Query)
	if err != nil {
		return c.step(err), nil, nil
	}
	told, err := c.redeem(ctx, l, m, code, a.Now)
	if err != nil {
		return c.step(err), nil, nil
	}
	if err := c.keepsTo(choice, told.token); err != nil {
		return c.step(err), nil, nil
	}
	authentication, err := c.authentication(l, choice, told, a.Now)
	if err != nil {
		return c.step(err), nil, nil
	}
	return connectors.Done{Authentication: authentication}, nil, nil
}

// leg reads the state and checks that it belongs to this attempt: another login's state, or the
// state of another leg, fits no handle.
func (c *Connector) leg(a connectors.Attempt, state connectors.State) (leg, Choice, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Nonce == "" || l.Verifier == "" || l.Handle == "" {
		return leg{}, Choice{}, invalid("state_unreadable")
	}
	if subtle.ConstantTimeCompare([]byte(l.Handle), []byte(a.Handle)) != 1 || l.Choice != a.Choice || l.Return != a.Return {
		return leg{}, Choice{}, invalid("state_of_another_leg")
	}
	choice, known := c.settings.choice(l.Choice)
	if !known {
		return leg{}, Choice{}, invalid("choice_gone")
	}
	return l, choice, nil
}

// code checks the authorization response and gives its code. Nothing is sent anywhere before the
// response is known to be this upstream's (RFC 9700 §4.4, attacks FO-01).
func (c *Connector) code(l leg, m metadata, query url.Values) (string, error) {
	for _, values := range query {
		if len(values) != 1 { // RFC 6749 §3.1: no parameter more than once
			return "", invalid("parameter_twice")
		}
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.Handle)) != 1 {
		return "", invalid("state")
	}
	// RFC 9207 §2.4: compared wherever it is there, and not to be left out by one who announced it.
	if issuer := query.Get("iss"); issuer != "" && issuer != m.Issuer || issuer == "" && (m.SendsIssuer || query.Has("iss")) {
		return "", invalid("response_iss")
	}
	if query.Has("error") { // even beside a code (attacks FO-06)
		return "", refusedUpstream(query.Get("error"))
	}
	code := query.Get("code")
	if code == "" || len(code) > 4096 {
		return "", invalid("code_missing")
	}
	return code, nil
}

// refusedUpstream sorts the upstream's error (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). Only
// words that we know reach the log.
func refusedUpstream(code string) error {
	switch code {
	case "access_denied":
		return refusal{connectors.Cancelled, "access_denied"}
	case "temporarily_unavailable", "server_error":
		return unavailable(code)
	case "login_required", "interaction_required", "consent_required", "account_selection_required", "invalid_request",
		"unauthorized_client", "unsupported_response_type", "invalid_scope", "unmet_authentication_requirements":
		return refusal{connectors.RefusedUpstream, code}
	default:
		return refusal{connectors.RefusedUpstream, "other_error"}
	}
}

// told is what the upstream told, after every check that it is the upstream that tells it to us.
type told struct {
	token  idToken
	claims map[string]json.RawMessage // ID token and userinfo together
}

// redeem gets the tokens for the code, checks the ID token and asks userinfo. Access and refresh
// token are dropped when it returns.
func (c *Connector) redeem(ctx context.Context, l leg, m metadata, code string, now time.Time) (told, error) {
	tokens, err := c.exchange(ctx, l, m, code)
	if err != nil {
		return told{}, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := c.verify(ctx, l, raw, now)
	if err != nil {
		return told{}, err
	}
	if !token.hashFits(tokens.AccessToken) {
		return told{}, invalid("at_hash")
	}
	t := told{token, token.claims}
	if c.settings.Userinfo {
		t.claims, err = c.userinfo(ctx, m, token, tokens.AccessToken)
	}
	return t, err
}

func (c *Connector) exchange(ctx context.Context, l leg, m metadata, code string) (*oauth2.Token, error) {
	party, err := c.party(m, l.Return)
	if err != nil {
		return nil, unavailable("token_client")
	}
	options := []rp.CodeExchangeOpt{rp.WithCodeVerifier(l.Verifier)}
	if c.signer != nil {
		assertion, err := c.assertion(m)
		if err != nil {
			return nil, unavailable("client_assertion")
		}
		options = append(options, rp.WithClientAssertionJWT(assertion))
	}
	tokens, err := rp.CodeExchange[*zitadel.IDTokenClaims](ctx, code, party, options...)
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		return tokens.Token, nil
	case errors.As(err, &refused) && refused.ErrorCode == "invalid_grant":
		return nil, invalid("code_refused")
	case errors.As(err, &refused) && refused.ErrorCode != "":
		return nil, refusal{connectors.RefusedUpstream, "token_refused"}
	default: // its text can hold the whole answer, tokens too
		return nil, unavailable("token_answer")
	}
}

// userinfo asks for the rest (OpenID Connect Core §5.3.2: about the same subject, or not at all).
// What the ID token says goes before it.
func (c *Connector) userinfo(ctx context.Context, m metadata, token idToken, access string) (map[string]json.RawMessage, error) {
	var body json.RawMessage
	if err := c.getJSON(ctx, m.Userinfo, access, &body); err != nil {
		return nil, unavailable("userinfo")
	}
	claims, err := object(body)
	if err != nil {
		return nil, unavailable("userinfo")
	}
	subject, ok := text(claims["sub"])
	if !ok || subject != token.subject {
		return nil, invalid("userinfo_sub")
	}
	for name, value := range token.claims {
		claims[name] = value
	}
	return claims, nil
}

// keepsTo checks that the person went through the door that was chosen, where the upstream says.
func (c *Connector) keepsTo(choice Choice, token idToken) error {
	if c.settings.ChoiceClaim == "" || choice.ID == "" {
		return nil
	}
	if door, ok := text(token.claims[c.settings.ChoiceClaim]); !ok || door != choice.Hint {
		return invalid("choice")
	}
	return nil
}

// authentication is the answer in the house's own words.
func (c *Connector) authentication(l leg, choice Choice, t told, now time.Time) (identity.Authentication, error) {
	identifiers, err := c.settings.identifiers(t.claims)
	if err != nil {
		return identity.Authentication{}, err
	}
	digest := sha256.Sum256([]byte(t.token.raw))
	amr := methods(t.token.claims["amr"])
	return identity.Authentication{
		Means: c.settings.ID, Kind: Kind, Choice: l.Choice, Issuer: c.settings.Issuer, Subject: identity.Hide(t.token.subject),
		Identifiers: identifiers, Attributes: c.attributes(t), AMR: amr, AuthTime: t.token.acted,
		Evidence: []identity.Evidence{{
			Kind: identity.UpstreamAssertion, Means: c.settings.ID, Choice: l.Choice, Issuer: c.settings.Issuer,
			Asserted: c.settings.level(t.token.claims["acr"]), Ceiling: identity.Least(c.settings.Ceiling, choice.Ceiling),
			AMR: amr, AuthTime: t.token.acted, Checked: now, Digest: digest[:],
			Resistant: slices.ContainsFunc(amr, func(m string) bool { return slices.Contains(c.settings.ResistantAMR, m) }),
		}},
		Session: c.session(t.token),
	}, nil
}
