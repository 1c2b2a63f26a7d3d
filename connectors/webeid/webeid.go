// Package webeid is the connector to e-ID cards through Web eID: the browser's extension, or an app on a
// phone, has the card sign our challenge after its PIN was typed. It proves that the token was made now, for
// this login at this address, by the card of the person whom a genuine certificate names. It decides no
// level and keeps nothing.
package webeid

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/pki"
)

// Kind is the name of this kind of connector in the settings.
const Kind = "webeid"

// challengeLife is how long a challenge may be answered (R-WEID-01).
const challengeLife = 5 * time.Minute

// Deps are what the connector uses of the house.
type Deps struct {
	Cards *pki.Verifier
	Log   *slog.Logger
}

// Connector is one configured way to use cards.
type Connector struct {
	settings Settings
	deps     Deps
}

var _ connectors.Connector = (*Connector)(nil)

// New makes a connector of settings that Decode gave.
func New(s Settings, d Deps) (*Connector, error) {
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("means %s: %w", s.ID, err)
	}
	if d.Cards == nil || d.Log == nil {
		return nil, fmt.Errorf("means %s: without certificate checks or log", s.ID)
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
	Nonce  string `json:"nonce"`
	Began  int64  `json:"began"` // seconds
}

// Challenge is what the page needs.
type Challenge struct {
	Nonce   string // base64, 44 characters
	Lang    string // in which extension and app speak, two letters
	AppLink string // where the phone's app opens; "" for none
	Reader  string // origin of the simulated reader; "" outside the demo
}

// Begin shows the page with the challenge.
func (c *Connector) Begin(_ context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	if a.Choice != "" {
		return nil, nil, fmt.Errorf("means %s: it has no such door", c.settings.ID)
	}
	if _, err := origin(a.Return); err != nil || a.Handle == "" {
		return nil, nil, fmt.Errorf("means %s: an attempt without handle or return address", c.settings.ID)
	}
	nonce := make([]byte, 32)
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	l := leg{Handle: a.Handle, Nonce: base64.StdEncoding.EncodeToString(nonce), Began: a.Now.Unix()}
	state, err := json.Marshal(l)
	if err != nil {
		return nil, nil, errors.New("write state")
	}
	page := connectors.Page{View: "webeid", Script: "webeid.js", Guest: c.settings.Reader, Data: Challenge{
		Nonce: l.Nonce, Lang: language(a.Locales), AppLink: c.settings.AppLink, Reader: c.settings.Reader,
	}}
	return page, state, nil
}

func language(locales []string) string {
	for _, l := range locales {
		if base, _, _ := strings.Cut(l, "-"); len(base) == 2 {
			return base
		}
	}
	return "en"
}

// origin is where our pages are, as browsers write it (WHATWG HTML, "ASCII serialisation of an origin"): what
// the card signs. It comes from our own configuration, never from a request (R-WEID-02).
func origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", errors.New("no absolute address")
	}
	host := strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return u.Scheme + "://" + host, nil
}

// Continue takes the token that the page's form brings.
func (c *Connector) Continue(ctx context.Context, a connectors.Attempt, state connectors.State, in connectors.Input) (connectors.Step, connectors.State, error) {
	var l leg
	if json.Unmarshal(state, &l) != nil || l.Nonce == "" || l.Handle == "" || l.Handle != a.Handle {
		return c.failed(ctx, connectors.InvalidAnswer, "state"), nil, nil
	}
	began := time.Unix(l.Began, 0)
	if a.Now.Sub(began) > challengeLife {
		return c.failed(ctx, connectors.StaleAnswer, "challenge_over"), nil, nil
	}
	if len(in.Form["answer"]) != 1 || len(in.Query) > 0 {
		return c.failed(ctx, connectors.InvalidAnswer, "form"), nil, nil
	}
	at, err := origin(a.Return)
	if err != nil {
		return nil, nil, fmt.Errorf("means %s: %w", c.settings.ID, err)
	}
	card, err := c.verify(ctx, in.Form.Get("answer"), at, l.Nonce, pki.Use{Now: a.Now, Wanted: a.Wanted})
	if err != nil {
		return c.step(ctx, err), nil, nil
	}
	if ctx.Err() != nil {
		return c.failed(ctx, connectors.Unavailable, "caller_gone"), nil, nil
	}
	return connectors.Done{Authentication: c.authentication(card, a.Now), Once: l.Nonce, Until: began.Add(challengeLife + time.Minute)}, nil, nil
}

// verify holds a token against every rule. The signature comes before the question to the issuer, so
// that nobody makes us ask about a card that they do not hold; otherwise the order is R-WEID-05's.
func (c *Connector) verify(ctx context.Context, text, origin, nonce string, use pki.Use) (pki.Card, error) {
	t, err := parse(text)
	if err != nil {
		return pki.Card{}, err
	}
	found, err := c.deps.Cards.Inspect(t.certificate, use)
	if err != nil {
		return pki.Card{}, err
	}
	for _, signing := range t.signing {
		if err := found.Accompanied(signing, use.Now); err != nil {
			return pki.Card{}, invalid("signing_certificate")
		}
	}
	if err := t.signed(found.Key(), origin, nonce); err != nil {
		return pki.Card{}, err
	}
	return c.deps.Cards.Status(ctx, found, use)
}

func (c *Connector) authentication(card pki.Card, now time.Time) identity.Authentication {
	amr := []string{"sc", "hwk", "pin", "mfa"} // RFC 8176: card, key in hardware, PIN each time
	proof := card.Proof
	return identity.Authentication{
		Means: c.settings.ID, Kind: Kind, Issuer: card.Issuer(), Subject: card.Subject(), AMR: amr, AuthTime: now,
		Identifiers: []identity.Identifier{card.Person}, Document: card.Of(), Birth: card.Implied, Attributes: card.Attributes(c.settings.ID, now),
		Evidence: []identity.Evidence{{
			Kind: identity.CardToken, Means: c.settings.ID, Issuer: card.Issuer(), Asserted: card.Level, Ceiling: c.settings.Ceiling,
			AMR: amr, AuthTime: now, Checked: now, Expires: card.Expires, Digest: proof.Certificate[:],
			Certificate: proof.Evidence(), Resistant: true, // the origin is in what the card signs
		}},
	}
}

// invalid is why a token is not taken: a fixed word for the log.
type invalid string

// Error gives the reason.
func (i invalid) Error() string { return "token refused: " + string(i) }

func (c *Connector) step(ctx context.Context, err error) connectors.Step {
	if r, ok := pki.IsRefusal(err); ok {
		failed := c.failed(ctx, connectors.FailureCode(r), "certificate")
		failed.Dead = pki.Dead(err)
		return failed
	}
	var i invalid
	if errors.As(err, &i) {
		return c.failed(ctx, connectors.InvalidAnswer, string(i))
	}
	return c.failed(ctx, connectors.Unavailable, "unexpected")
}

func (c *Connector) failed(ctx context.Context, code connectors.FailureCode, reason string) connectors.Failed {
	c.deps.Log.InfoContext(ctx, "card's answer not taken", "means", string(c.settings.ID), "code", string(code), "reason", reason)
	return connectors.Failed{Code: code, Retry: code != connectors.FailureCode(pki.Revoked)}
}
