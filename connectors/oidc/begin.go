package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"golang.org/x/oauth2"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Begin sends the browser to the upstream's authorization endpoint.
func (c *Connector) Begin(ctx context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	choice, known := c.settings.choice(a.Choice)
	if !known {
		return nil, nil, fmt.Errorf("upstream %s: it has no such door", c.settings.ID)
	}
	if a.Handle == "" || a.Return == "" {
		return nil, nil, fmt.Errorf("upstream %s: an attempt without handle or return address", c.settings.ID)
	}
	m, err := c.metadata.Get(ctx)
	if err != nil {
		return c.failed(connectors.Unavailable, "metadata"), nil, nil
	}
	l := leg{
		Handle: a.Handle, Choice: a.Choice, Nonce: random(), Verifier: random(), Return: a.Return, Began: a.Now.Unix(),
		Fresh: a.Fresh, MaxAge: c.settings.MaxAge, Asked: a.Fresh || a.MaxAge != nil,
	}
	if a.MaxAge != nil {
		l.MaxAge = min(l.MaxAge, max(*a.MaxAge, 0))
	}
	parameters, err := c.parameters(a, l, choice)
	if err != nil {
		return nil, nil, err
	}
	party, err := c.party(m, a.Return)
	if err != nil {
		return nil, nil, err
	}
	state, err := l.state()
	if err != nil {
		return nil, nil, err
	}
	return connectors.Redirect{URL: rp.AuthURL(l.Handle, party, parameters...)}, state, nil
}

// party is zitadel's relying party for one leg. It is given no issuer and so verifies nothing: its
// parser panics on an audience that is not text, and the checks are ours (attacks F.11).
func (c *Connector) party(m metadata, redirect string) (rp.RelyingParty, error) {
	style := oauth2.AuthStyleInParams
	if c.settings.ClientAuth.Method == "client_secret_basic" {
		style = oauth2.AuthStyleInHeader
	}
	party, err := rp.NewRelyingPartyOAuth(&oauth2.Config{
		ClientID: c.settings.ClientID, ClientSecret: c.secret, RedirectURL: redirect, Scopes: c.settings.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: m.Authorization, TokenURL: m.Token},
	}, rp.WithHTTPClient(c.deps.HTTP), rp.WithAuthStyle(style))
	if err != nil {
		return nil, fmt.Errorf("upstream %s: %w", c.settings.ID, err)
	}
	return party, nil
}

// parameters are those beside client, redirect URI, scope and state.
func (c *Connector) parameters(a connectors.Attempt, l leg, choice Choice) ([]rp.AuthURLOpt, error) {
	var all []rp.AuthURLOpt
	set := func(name, value string) {
		if value != "" {
			all = append(all, rp.AuthURLOpt(rp.WithURLParam(name, value)))
		}
	}
	set("nonce", l.Nonce)
	set("code_challenge", oauth2.S256ChallengeFromVerifier(l.Verifier)) // RFC 7636 §4.2, whatever the upstream announces
	set("code_challenge_method", "S256")
	set("acr_values", strings.Join(c.settings.asks(a.Wanted), " "))
	age := l.MaxAge
	if l.Fresh {
		set("prompt", "login")
		age = 0
	}
	// OpenID Connect Core §2: with max_age the answer must say when the person acted.
	set("max_age", strconv.FormatInt(int64(age/time.Second), 10))
	set("ui_locales", strings.Join(a.Locales, " "))
	if len(c.settings.Claims) > 0 {
		claims, err := json.Marshal(c.settings.Claims)
		if err != nil {
			return nil, errors.New("claims parameter cannot be written")
		}
		set("claims", string(claims))
	}
	if choice.Hint != "" {
		set(c.settings.ChoiceParameter, c.settings.hint(choice))
	}
	return all, nil
}

// asks gives the acr values for a level: those configured for it, else for the next above.
func (s *Settings) asks(wanted identity.Level) []string {
	levels := identity.Levels()
	slices.Sort(levels)
	for _, level := range levels {
		if values := s.ACRValues[level]; level >= wanted && len(values) > 0 {
			return values
		}
	}
	return nil
}

func (s *Settings) hint(choice Choice) string {
	if s.ChoiceTemplate == "" {
		return choice.Hint
	}
	return strings.ReplaceAll(s.ChoiceTemplate, "{hint}", choice.Hint)
}
