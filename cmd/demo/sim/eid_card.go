package sim

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"symbolon/connectors/pki/specimen"
)

// The PINs of every card: one to log in, one to sign. After three wrong ones a card is blocked.
const (
	PIN1     = "1234"
	PIN2     = "123456"
	mostPINs = 3
)

// Why a card does not sign.
var (
	ErrWrongPIN = errors.New("wrong PIN")
	ErrBlocked  = errors.New("the card is blocked")
	ErrNoCard   = errors.New("there is no such card")
)

// Card is one person's identity card: a certificate to log in and one to sign.
type Card struct {
	Key, Name, Document string
	State               string // "good", "suspended", "revoked"
	Left                int    // wrong PINs until it is blocked
	Generation          int

	holder     specimen.Holder
	expires    time.Time
	auth, sign specimen.Pair
}

// Blocked says whether too many wrong PINs were typed.
func (c Card) Blocked() bool { return c.Left <= 0 }

// give makes a person's card, or finds it.
func (e *EID) give(p Person) error {
	c := &Card{Key: p.Key, Name: p.Name(), State: "good", Left: mostPINs, Generation: 1}
	c.holder = specimen.Holder{Given: p.Given(), Family: p.FamilyName, Number: p.Number, Birthdate: p.Birthdate}
	if p.OnDocument != "" {
		c.holder.Family = p.OnDocument
	}
	if p.Document != nil {
		c.holder.Document, c.Document = p.Document.Number, p.Document.Number
		if ends, err := time.Parse(time.DateOnly, p.Document.Expires); err == nil {
			c.expires = ends
		}
	}
	if err := e.load(c); err != nil {
		return err
	}
	if p.Certificate == "certificateHold" {
		e.Authority.Revoke(c.auth.Certificate, holdReason)
		c.State = "suspended"
	}
	e.cards = append(e.cards, c)
	return nil
}

// load fills a card's chip with the certificates of its generation.
func (e *EID) load(c *Card) error {
	var err error
	for name, part := range map[string]struct {
		into *specimen.Pair
		made func(*x509.Certificate) *x509.Certificate
	}{
		"auth": {&c.auth, func(t *x509.Certificate) *x509.Certificate { return t }}, "sign": {&c.sign, specimen.Signing},
	} {
		file := fmt.Sprintf("%s-%s-%d", c.Key, name, c.Generation)
		*part.into, err = e.pair(file, func() (specimen.Pair, error) {
			t := part.made(e.Authority.Template(c.holder))
			if !c.expires.IsZero() {
				t.NotAfter = c.expires
			}
			return e.Authority.Issue(t, "ES384")
		})
		if err != nil {
			return err
		}
		e.Authority.Knows(part.into.Certificate)
	}
	return nil
}

const (
	holdReason    = 6 // RFC 5280 §5.3.1: certificateHold
	stolenReason  = 1 // keyCompromise
	renewedReason = 4 // superseded
)

// Change does to a card what its holder or an office can do: suspend, lift, revoke, unblock, or renew,
// which revokes the certificates and gives new ones.
func (e *EID) Change(key, act string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.card(key)
	if c == nil {
		return ErrNoCard
	}
	switch act {
	case "suspend":
		e.Authority.Revoke(c.auth.Certificate, holdReason)
		c.State = "suspended"
	case "lift":
		e.Authority.Lift(c.auth.Certificate)
		c.State = "good"
	case "revoke":
		e.Authority.Revoke(c.auth.Certificate, stolenReason)
		c.State = "revoked"
	case "unblock":
		c.Left = mostPINs
	case "block":
		c.Left = 0
	case "renew":
		e.Authority.Revoke(c.auth.Certificate, renewedReason)
		c.Generation++
		c.State, c.Left = "good", mostPINs
		return e.load(c)
	default:
		return ErrNoCard
	}
	return nil
}

// Cards gives every card as it stands.
func (e *EID) Cards() []Card {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]Card, len(e.cards))
	for i, c := range e.cards {
		all[i] = *c
	}
	return all
}

// Sign has a card sign a page's challenge after its PIN 1 was typed.
func (e *EID) Sign(key, pin, origin, challenge string) (specimen.Token, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.card(key)
	switch {
	case c == nil:
		return specimen.Token{}, ErrNoCard
	case c.Blocked():
		return specimen.Token{}, ErrBlocked
	case pin != PIN1:
		c.Left--
		return specimen.Token{}, ErrWrongPIN
	}
	c.Left = mostPINs
	return c.auth.Sign("ES384", origin, challenge)
}

// Certificate gives a card's certificate to log in, with its key; the other one, to sign, if signing.
func (e *EID) Certificate(key string, signing bool) (specimen.Pair, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.card(key)
	switch {
	case c == nil:
		return specimen.Pair{}, ErrNoCard
	case signing:
		return c.sign, nil
	default:
		return c.auth, nil
	}
}

// bundle writes a certificate with its key as browsers import it; the password is PIN 1.
func bundle(p specimen.Pair, ca *x509.Certificate) ([]byte, error) {
	return pkcs12.Modern.Encode(p.Key, p.Certificate, []*x509.Certificate{ca}, PIN1)
}
