package oauth

import (
	"context"
	"errors"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/once"
	"symbolon/provider/seal"
)

// ErrNoGrant says that no such grant lives.
var ErrNoGrant = errors.New("oauth: no such grant")

// GrantState says what a grant's row still answers to.
type GrantState string

// The states of a grant.
const (
	GrantCode  GrantState = "code"  // the code is out and not redeemed
	GrantLive  GrantState = "live"  // redeemed: access token, perhaps a refresh token
	GrantEnded GrantState = "ended" // burnt, revoked or reused; values and wraps are erased
)

// Grant is what a party holds after a login: one row for its code, access token and refresh
// token. Columns that never change stand first. Digests are of secrets, never the secrets.
type Grant struct {
	ID        seal.RowID
	Client    string
	Party     consent.PartyID
	Usage     identity.UsageID // whom it is about
	Actor     identity.UsageID // who acted for them; zero: nobody
	Login     seal.RowID
	Session   seal.RowID // zero: none
	Release   seal.RowID
	Means     identity.Means // lineage, as classes
	Issuer    string
	Office    string // that handed out what was logged in with; several with a space between, "" for none
	Rules     string
	Created   time.Time
	CodeUntil time.Time
	Ends      time.Time // absolute end of the whole family
	Kept      []byte    // JSON of kept: sub, sid, txn, scopes, acr, amr, auth_time, nonce, challenge, redirect URI
	Sealed    []byte    // released values, under the row's data key
	Values    time.Time // when these are erased, if the family outlives them; else zero

	State         GrantState
	Gen           uint32 // raised by every write
	CodeDigest    []byte
	CodeWrap      []byte
	AccessDigest  []byte
	AccessWrap    []byte
	AccessUntil   time.Time
	PrevAccess    []byte // the access token before, until it expires
	PrevWrap      []byte
	PrevUntil     time.Time
	RefreshDigest []byte
	RefreshWrap   []byte
	RefreshGen    uint32
	RefreshSalt   []byte // of the successor's derivation
	PrevRefresh   []byte // the one grace slot
	GraceUntil    time.Time
}

// Answer is everything one login's end writes, in one transaction: no record, no release.
type Answer struct {
	Release consent.Release
	Entry   journal.Row
	Acted   *journal.Row      // the same at who acted for somebody; nil: nobody did
	Decided login.DecisionRow // the level that the grant states, and of what it was made
	Grant   Grant
	Proof   Proof         // signed, and in full, sealed
	Login   login.Row     // its generation before, and what it becomes; zero: it has none
	Unless  []once.Secret // none of which may have been consumed: else login.ErrConflict
}

// Grants keeps grants. Every method is one short transaction or one statement.
type Grants interface {
	// Answer writes release, entry, grant and the login's end, durably, or nothing. login.ErrConflict
	// if the login changed meanwhile.
	Answer(context.Context, Answer) error
	LoadGrant(context.Context, seal.RowID) (Grant, error) // ErrNoGrant
	// SaveGrant stores what changed if state and generation are still these, durably, and raises the
	// generation; false if somebody else was first.
	SaveGrant(ctx context.Context, g Grant, wasState GrantState, wasGen uint32) (bool, error)
	// EndGrant ends a family whatever its state, erases values and wraps, and writes the entry, durably.
	EndGrant(ctx context.Context, id seal.RowID, why journal.Row) error
}
