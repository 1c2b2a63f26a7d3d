// Package connectors says what a way of proving who one is looks like from outside, and which
// ways may be offered. Each kind lives in a folder of its own; none decides a level, sees a
// relying party or touches a database.
package connectors

import (
	"context"
	"crypto/x509"
	"net/url"
	"time"

	"symbolon/connectors/identity"
)

// Connector is one configured means. It holds nothing between calls: what it must remember is
// the State it returns, which is sealed and kept in the login. An answer counts once: where its
// upstream does not see to that, as by a code that is redeemed once, Done.Once names it.
type Connector interface {
	Describe() Description
	Begin(context.Context, Attempt) (Step, State, error)
	Continue(context.Context, Attempt, State, Input) (Step, State, error)
}

// Doctor is a connector that can check its own configuration and its upstream.
type Doctor interface {
	Diagnose(context.Context) error
}

// Description is what people and rules need to know about a means.
type Description struct {
	ID            identity.Means
	Kind          string            // "oidc"
	Names         map[string]string // by language; "en" is always there
	Hints         map[string]string // one sentence under the name, by language
	Icon          string            // name of one of our own icons
	Ceiling       identity.Level    // the most it can reach
	Mostly        identity.Level    // what most people reach with it, where only some reach the ceiling; None: all do
	Choices       []Choice          // banks and the like; none for a means with one door
	Authoritative []string          // identifiers it is trusted for, as "PNOPL"
	Resistant     bool              // an answer may be one that no false page could have asked for
	Document      bool              // every answer rests on a document, and names it
	Simulated     bool              // refused outside the demo
	Disabled      bool              // switched off by the operator
}

// Choice is one door of a means with several, such as one bank.
type Choice struct {
	ID      string
	Names   map[string]string
	Ceiling identity.Level
}

// CeilingOf gives the most that the named choice can reach, None for an unknown one. A means
// without choices has one door, named "".
func (d Description) CeilingOf(choice string) identity.Level {
	if len(d.Choices) == 0 && choice == "" {
		return d.Ceiling
	}
	for _, c := range d.Choices {
		if c.ID == choice {
			return identity.Least(d.Ceiling, c.Ceiling)
		}
	}
	return identity.None
}

// Attempt is one leg of a login at one means.
type Attempt struct {
	Handle  string         // opaque, unguessable, MACed by us; must come back to Return as the parameter state
	Choice  string         // which door, if the means has several
	Return  string         // our absolute callback URL for this connector
	Wanted  identity.Level // at least this level is needed
	Resist  bool           // only what no false page could ask for is enough
	Fresh   bool           // the person must act now (prompt=login, max_age)
	MaxAge  *time.Duration // how old the person's last act upstream may be
	Locales []string       // BCP 47, most wanted first
	Now     time.Time
}

// State is a connector's own private value for one leg.
type State []byte

// Input is what came back: to our callback, or from the form of a page of the connector's own. All of
// it is empty when a Wait is over.
type Input struct {
	Query, Form      url.Values
	Body             []byte
	PeerCertificates []*x509.Certificate
}

// FailureCode says why a leg failed, for the page, the log and the journal.
type FailureCode string

// Why a leg fails. Each has a text in every language under the key "means.failed.CODE".
const (
	Cancelled        FailureCode = "cancelled"         // the citizen gave up there
	Unavailable      FailureCode = "unavailable"       // the upstream is down, slow or talks nonsense
	InvalidAnswer    FailureCode = "invalid_answer"    // signature, issuer, audience, nonce … does not hold
	StaleAnswer      FailureCode = "stale_answer"      // expired, or older than was asked
	SubjectMissing   FailureCode = "subject_missing"   // it does not say who
	RefusedUpstream  FailureCode = "refused_upstream"  // the upstream answered with an error
	IdentifierBroken FailureCode = "identifier_broken" // it told a number that cannot be one
	StatusUnknown    FailureCode = "status_unknown"    // the register does not say how the document stands
)

// Why a phone or a key from an office is not taken.
const (
	KeyStopped FailureCode = "key_stopped" // it proved that it is ours, and is stopped or replaced
	KeyUnknown FailureCode = "key_unknown" // it is none of ours, or did not prove that it is: a stranger is not told which
)

// Why a card is not taken. The citizen learns the cause and what to do (web/templates/card.html); the party
// never does (means.md R-STAT-05).
const (
	CardMissing     FailureCode = "card_missing"     // the browser showed none
	CardWrong       FailureCode = "card_wrong"       // of no issuer that is listed, or not for logging in
	CardSigning     FailureCode = "card_signing"     // the certificate for signatures
	CardExpired     FailureCode = "card_expired"     // or not valid yet
	CardSuspended   FailureCode = "card_suspended"   // on hold
	CardRevoked     FailureCode = "card_revoked"     // for good
	CardUnknown     FailureCode = "card_unknown"     // to its issuer
	CardUnclear     FailureCode = "card_unclear"     // its subject can be read in several ways
	CardUnchecked   FailureCode = "card_unchecked"   // nobody could be asked
	CardUnconfirmed FailureCode = "card_unconfirmed" // an answer about it does not hold
)

// CardFailures lists them.
func CardFailures() []FailureCode {
	return []FailureCode{
		CardMissing, CardWrong, CardSigning, CardExpired, CardSuspended, CardRevoked, CardUnknown, CardUnclear, CardUnchecked, CardUnconfirmed,
	}
}
