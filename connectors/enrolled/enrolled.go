// Package enrolled is the connector to what people were given in an office: passkeys, a code from an
// app with a PIN, recovery codes and paper lists. It sets them up for whoever runs the office, keeps
// what is known of them behind interfaces of its own, and takes them at a login. Who the person is,
// what level comes of it and who is told are left to others.
package enrolled

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Kind is the name of this kind of connector in the settings.
const Kind = "enrolled"

// What people and callers can mend.
var (
	ErrRefused      = errors.New("enrolled: the device's answer does not hold")
	ErrUnverified   = errors.New("enrolled: the device did not check its owner")
	ErrKnownAlready = errors.New("enrolled: this is enrolled already")
	ErrWrongCode    = errors.New("enrolled: the code is wrong or was used")
	ErrShape        = fmt.Errorf("enrolled: no code has this length or these signs: %w", ErrWrongCode) // no try
	ErrWeakPIN      = errors.New("enrolled: the PIN is too easy to guess")
	ErrTooManyTries = errors.New("enrolled: too many tries")
	ErrSetupOver    = errors.New("enrolled: the setup is over, or none of ours")
	ErrAccount      = errors.New("enrolled: not set up for the account that the person has")
	ErrNoDevice     = errors.New("enrolled: the person has no such device, or it does not stand so that this can be done")
	ErrTooWeak      = errors.New("enrolled: proved too little for this")
)

// Deps are what the connector uses of the house. Worth says the most that a kind of evidence can
// give by the rules in force.
type Deps struct {
	Issuer  string            // "https://id.example": the one origin at which a passkey is used
	Site    map[string]string // what the installation calls itself, by language: an app lists its codes under it
	Finder  Finder
	Keeper  Keeper
	Marks   Marks
	Epoch   int64 // of the database of the marks; another one after each restore of it
	Vault   Vault
	Digests Digester
	Record  Recorder
	Persons Persons
	Worth   func(identity.EvidenceKind) identity.Level
	// Once consumes a secret for good; false for all but the first, on whichever replica.
	Once func(ctx context.Context, secret string, until time.Time) (bool, error)
	// Hold has whoever adds to what somebody holds, lets something of it work again or stops all of it wait for the end of
	// the transaction of the context: what one of them reads afterwards stays true until then.
	Hold func(context.Context, identity.PersonID) error
	// Owes keeps, in the transaction of the context, that what somebody holds elsewhere is to end.
	Owes func(context.Context, identity.PersonID) error
	// Owed reports whether that is so still, and has not been done.
	Owed func(context.Context, identity.PersonID) (bool, error)
	// Distrust ends, in the transaction of the context, what somebody tied from a day on, on the word of this means by which
	// it may not have been they. nil: nothing can be tied here.
	Distrust func(ctx context.Context, person identity.PersonID, means identity.Means, since Day) error
	// Ended ends what somebody holds elsewhere after something of theirs was suspended or lost: what was
	// opened with it must not live on. It may be done twice. What it does not come to is owed.
	Ended func(context.Context, identity.PersonID) error
	// Copied tells somebody, in the transaction of the context, that a passkey of theirs has a copy now. nil: nobody
	// is told anything here.
	Copied func(context.Context, identity.PersonID) error
	Now    func() time.Time
	Log    *slog.Logger
}

// Authenticators sets up what people log in with, and looks after it: for the office and the portal.
type Authenticators struct {
	settings Settings
	deps     Deps
	web      *webauthn.WebAuthn
	trusted  trust
}

// Connector is the means "with my phone". It is also where its authenticators are looked after.
type Connector struct{ *Authenticators }

var _ connectors.Connector = (*Connector)(nil)

// New makes the connector of settings that Decode gave.
func New(s Settings, d Deps) (*Connector, error) {
	web, err := relyingParty(s, d.Issuer)
	if err != nil {
		return nil, fmt.Errorf("means %s: %w", s.ID, err)
	}
	trusted, err := s.trust()
	if err != nil {
		return nil, fmt.Errorf("means %s: %w", s.ID, err)
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Connector{&Authenticators{settings: s, deps: d, web: web, trusted: trusted}}, nil
}

// relyingParty is who passkeys are made for: the hub's own host, and its origin alone (Web
// Authentication Level 3 §7.1 step 9, §7.2 step 12).
func relyingParty(s Settings, issuer string) (*webauthn.WebAuthn, error) {
	origin, host, err := originOf(issuer)
	if err != nil {
		return nil, err
	}
	id := s.RPID
	if id == "" {
		id = host
	}
	if id != host && !underneath(host, id) {
		return nil, fmt.Errorf("rp_id must be %s or a domain above it", host)
	}
	required := true
	web, err := webauthn.New(&webauthn.Config{
		RPID: id, RPDisplayName: s.Names["en"], RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &required, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys cannot be used at %s: %w", issuer, err)
	}
	return web, nil
}

// Describe says what people and rules need to know. The number that it tells is the one under which
// the office found the person in the register. What no authenticator here can give is not promised: where
// no manufacturer is trusted, or no model certified, none reaches what these are worth.
func (c *Connector) Describe() connectors.Description {
	d := c.settings.Describe(c.settings.ID, Kind)
	d.Resistant = true
	if c.deps.Worth == nil { // the settings are being checked, and there are no rules yet
		return d
	}
	mostly := c.best(Bound, Synced, TOTPWithPIN, Codes)
	most := mostly
	if c.trusted.roots != nil {
		most = max(most, c.best(Attested))
		if len(c.trusted.certified) > 0 {
			most = max(most, c.best(Certified))
		}
	}
	d.Ceiling = identity.Least(d.Ceiling, most)
	if mostly < d.Ceiling {
		d.Mostly = mostly
	}
	return d
}

// best is the most that any of some mechanisms is worth.
func (a *Authenticators) best(of ...Mechanism) identity.Level {
	best := identity.None
	for _, m := range of {
		best = max(best, a.deps.Worth(m.Evidence()))
	}
	return best
}

// Tie is what the office says of somebody whom it has just checked, in the form in which a person is
// found or made: the tie to their account is what later logins find them by.
func (a *Authenticators) Tie(account Account, level identity.Level, number identity.Identifier, seen identity.Attributes) identity.Authentication {
	now := a.deps.Now()
	return identity.Authentication{
		Means: a.settings.ID, Kind: Kind, Issuer: a.deps.Issuer, Subject: account.subject(), Identifiers: []identity.Identifier{number}, Attributes: seen, AuthTime: now,
		Evidence: []identity.Evidence{{Kind: identity.OfficeCheck, Means: a.settings.ID, Asserted: level, Ceiling: a.settings.Ceiling, AuthTime: now, Checked: now}},
	}
}

// gaveUp reports whether a context is over already, so that nothing is spent for who gave up.
func gaveUp(ctx context.Context) bool { return ctx.Err() != nil }
