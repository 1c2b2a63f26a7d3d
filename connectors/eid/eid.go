// Package eid is the connector to e-ID cards through TLS: the browser shows the card's certificate in the
// handshake with the card host, and proves there that it holds the key. The hub then checks the certificate
// anew at each login. It decides no level and keeps nothing: what passes between the two hosts is sealed and
// carried by the browser.
package eid

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/pki"
)

// Kind is the name of this kind of connector in the settings.
const Kind = "eid"

// How long what the browser carries is good (means.md §3a).
const (
	ticketLife = 60 * time.Second
	seenLife   = 30 * time.Second
)

// Deps are what the connector uses of the house.
type Deps struct {
	Cards  *pki.Verifier
	Origin string   // of the card host: "https://card.id.example"
	Key    [32]byte // seals what the browser carries; the same on every replica
	// Once consumes a ticket: an error for all but the first.
	Once func(ctx context.Context, ticket string, until time.Time) error
	Now  func() time.Time
	Log  *slog.Logger
}

// Connector is one configured way to use cards.
type Connector struct {
	settings Settings
	deps     Deps
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Receiver  = (*Connector)(nil)
)

// New makes a connector of settings that Decode gave.
func New(s Settings, d Deps) (*Connector, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("means %s: %w", s.ID, err)
	}
	if d.Cards == nil || d.Log == nil || d.Once == nil || d.Key == [32]byte{} {
		return nil, fmt.Errorf("means %s: without certificate checks, key, memory or log", s.ID)
	}
	if u, err := url.Parse(d.Origin); err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
		return nil, fmt.Errorf("means %s: there is no card host; set hosts.card and its certificate", s.ID)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Connector{s, d}, nil
}

// Describe says what people and rules need to know.
func (c *Connector) Describe() connectors.Description {
	d := c.settings.Describe(c.settings.ID, Kind)
	d.Document, d.Resistant = true, true
	return d
}

// leg is what the connector must remember of one leg. It is sealed into the login.
type leg struct {
	Handle string `json:"handle"`
}

// Begin sends the browser to the card host with a ticket.
func (c *Connector) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	if a.Choice != "" {
		return nil, nil, fmt.Errorf("means %s: it has no such door", c.settings.ID)
	}
	if u, err := url.Parse(a.Return); err != nil || u.Host == "" || a.Handle == "" {
		return nil, nil, fmt.Errorf("means %s: an attempt without handle or return address", c.settings.ID)
	}
	state, err := json.Marshal(leg{a.Handle})
	if err != nil {
		return nil, nil, errors.New("write state")
	}
	t := carried{Handle: a.Handle, Return: a.Return, Until: a.Now.Add(ticketLife).UnixMilli(), Nonce: nonce()}
	ticket := c.seal(forTicket, t)
	return connectors.Redirect{URL: c.deps.Origin + "/begin/" + string(c.settings.ID) + "/" + ticket}, state, nil
}

// Receive answers at the card host: it seals what the browser showed and sends it back to the hub, where the
// login's own cookie says whose it is. Nothing is checked here and nobody is logged in here.
func (c *Connector) Receive(ctx context.Context, ticket string, shown []*x509.Certificate) (string, error) {
	t, ok := c.open(forTicket, ticket)
	now := c.deps.Now()
	if !ok || now.UnixMilli() > t.Until {
		return "", connectors.ErrTicket
	}
	if err := c.deps.Once(ctx, t.Nonce, time.UnixMilli(t.Until)); err != nil {
		return "", err
	}
	seen := carried{Handle: t.Handle, Until: now.Add(seenLife).UnixMilli(), Nonce: nonce()}
	if len(shown) > 0 {
		seen.Certificate = shown[0].Raw
	}
	back, err := url.Parse(t.Return)
	if err != nil {
		return "", connectors.ErrTicket
	}
	back.RawQuery = url.Values{"state": {t.Handle}, "h": {c.seal(forHub, seen)}}.Encode()
	return back.String(), nil
}

// Authorities are those whose certificates browsers are to offer.
func (c *Connector) Authorities() []*x509.Certificate { return c.deps.Cards.Authorities() }

// Continue takes what the card host saw, and checks the certificate as if it had never been seen before.
func (c *Connector) Continue(ctx context.Context, a connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Handle == "" || l.Handle != a.Handle {
		return c.failed(ctx, connectors.InvalidAnswer, "state"), nil, nil
	}
	if len(in.Query["h"]) != 1 || len(in.Form) > 0 {
		return c.failed(ctx, connectors.InvalidAnswer, "query"), nil, nil
	}
	seen, ok := c.open(forHub, in.Query.Get("h"))
	switch {
	case !ok || seen.Handle != a.Handle:
		return c.failed(ctx, connectors.InvalidAnswer, "handle"), nil, nil
	case a.Now.UnixMilli() > seen.Until:
		return c.failed(ctx, connectors.StaleAnswer, "handle_over"), nil, nil
	case len(seen.Certificate) == 0:
		return c.failed(ctx, connectors.CardMissing, "no_certificate"), nil, nil
	}
	card, err := c.verify(ctx, seen.Certificate, pki.Use{Now: a.Now, Wanted: a.Wanted})
	if r, refused := pki.IsRefusal(err); refused {
		failed := c.failed(ctx, connectors.FailureCode(r), "certificate")
		failed.Dead = pki.Dead(err)
		return failed, nil, nil
	}
	if err != nil || ctx.Err() != nil {
		return c.failed(ctx, connectors.Unavailable, "unexpected"), nil, nil
	}
	until := time.UnixMilli(seen.Until).Add(time.Second)
	return connectors.Done{Authentication: c.authentication(card, a.Now), Once: seen.Nonce, Until: until}, nil, nil
}

func (c *Connector) verify(ctx context.Context, der []byte, use pki.Use) (pki.Card, error) {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return pki.Card{}, pki.WrongCertificate
	}
	found, err := c.deps.Cards.Inspect(leaf, use)
	if err != nil {
		return pki.Card{}, err
	}
	return c.deps.Cards.Status(ctx, found, use)
}

func (c *Connector) authentication(card pki.Card, now time.Time) identity.Authentication {
	amr := []string{"sc", "hwk", "mfa"} // RFC 8176; no "pin": browsers and middleware remember it
	proof := card.Proof
	return identity.Authentication{
		Means: c.settings.ID, Kind: Kind, Issuer: card.Issuer(), Subject: card.Subject(), AMR: amr, AuthTime: now,
		Identifiers: []identity.Identifier{card.Person}, Document: card.Of(), Birth: card.Implied, Attributes: card.Attributes(c.settings.ID, now),
		Evidence: []identity.Evidence{{
			Kind: identity.CardTLS, Means: c.settings.ID, Issuer: card.Issuer(), Asserted: card.Level, Ceiling: c.settings.Ceiling,
			AMR: amr, AuthTime: now, Checked: now, Expires: card.Expires, Digest: proof.Certificate[:], Certificate: proof.Evidence(),
			Resistant: true, // the connection is in what the card signs (RFC 8446 §4.4.3)
		}},
	}
}

func (c *Connector) failed(ctx context.Context, code connectors.FailureCode, reason string) connectors.Failed {
	c.deps.Log.InfoContext(ctx, "card's answer not taken", "means", string(c.settings.ID), "code", string(code), "reason", reason)
	return connectors.Failed{Code: code, Retry: code != connectors.CardRevoked}
}
