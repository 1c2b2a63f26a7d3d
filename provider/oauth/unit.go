package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/consent/claims"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/mandate"
	"symbolon/provider/seal"
)

// kept is what a grant's row keeps in clear: nothing that a citizen was asked to release.
type kept struct {
	Subject   string          `json:"sub"`
	Actor     string          `json:"act,omitempty"` // sub of who acted for them; "" for nobody
	Session   string          `json:"sid,omitempty"`
	Txn       string          `json:"txn"`
	Scopes    []string        `json:"scopes"`
	ACR       string          `json:"acr"`
	AMR       []string        `json:"amr,omitempty"`
	AuthTime  int64           `json:"auth_time"`            // seconds, as in tokens
	Merged    []string        `json:"merged,omitempty"`     // further subs of the same human
	LevelEnds int64           `json:"level_ends,omitempty"` // seconds; the level falls then
	Nonce     string          `json:"nonce,omitempty"`
	Challenge string          `json:"challenge,omitempty"`
	Redirect  string          `json:"redirect"`
	Claims    json.RawMessage `json:"claims,omitempty"` // the claims parameter, in grants from before it was sealed
}

// act is what a request comes to, by what the engine noted.
type act int

const (
	nothing act = iota
	issue
	redeem
	rotate
	revoke
)

// unit is one request's work on one grant. The engine's storage calls become notes on it; our
// handler writes once, after the engine has returned and before a byte is sent.
type unit struct {
	p      *Provider
	client Client
	now    time.Time

	kind      seal.Kind   // of what was presented
	presented seal.Bearer // checked by its tag, not yet against the row
	genuine   bool        // a bearer of ours of that kind was presented

	loaded  bool
	grant   Grant
	kept    kept
	grace   bool // the predecessor came again in time: the same answer, nothing is written
	foreign bool // it is another client's
	reused  bool // a code or refresh token that was spent before

	revoking bool     // any token of the family will do, however old
	wanted   []string // the scope parameter of a refresh
	scopes   []string // that the new access token is for
	salt     []byte   // of the successors' derivation
	key      *seal.DataKey
	record   claims.Record
	mandate  *mandate.Mandate // by which somebody acted; nil: nobody did, or it cannot be opened any more

	act                   act
	code, access, refresh seal.Bearer
	failure               error // of ours; told instead of what the engine makes of it
}

type unitKey struct{}

func withUnit(ctx context.Context, u *unit) context.Context {
	return context.WithValue(ctx, unitKey{}, u)
}

func unitOf(ctx context.Context) *unit { return ctx.Value(unitKey{}).(*unit) }

// present parses what the request presents. Rubbish costs no read.
func (u *unit) present(kind seal.Kind, text string) {
	u.kind = kind
	b, err := u.p.mint.Parse(kind, text)
	u.presented, u.genuine = b, err == nil
}

// load reads the grant of what was presented, once, and holds it against the client. Of another
// client's grant nothing is seen and nothing is burnt (attacks CP-03, TK-05). ErrNoGrant if there is
// none to speak of.
func (u *unit) load(ctx context.Context) error {
	if u.failure != nil {
		return u.failure
	}
	if u.loaded {
		return nil
	}
	if !u.genuine {
		return ErrNoGrant
	}
	g, err := u.p.grants.LoadGrant(ctx, u.presented.Row)
	if errors.Is(err, ErrNoGrant) {
		return ErrNoGrant
	}
	if err != nil {
		u.failure = fmt.Errorf("load grant: %w", err)
		return u.failure
	}
	if g.Client != u.client.ID {
		u.foreign = true
		return ErrNoGrant
	}
	if g.Party != u.client.Party && !u.revoking { // the client is another body's now: what it was given was not for that one
		return ErrNoGrant
	}
	if err := json.Unmarshal(g.Kept, &u.kept); err != nil {
		u.failure = fmt.Errorf("grant %s: %w", g.ID, err)
		return u.failure
	}
	u.grant, u.loaded, u.scopes = g, true, u.kept.Scopes
	return nil
}

// holds reports whether a digest of the row is that of what was presented.
func (u *unit) holds(digest []byte) bool {
	presented := u.presented.Digest()
	return len(digest) == len(presented) && subtle.ConstantTimeCompare(digest, presented[:]) == 1
}

// open unwraps the row's data key with a bearer and opens the released values. After the time that
// values are kept, and where no wrap is, there are none: only sub is told then.
func (u *unit) open(wrap []byte, b seal.Bearer) error {
	if len(wrap) == 0 || len(u.grant.Sealed) == 0 || !u.now.Before(u.grant.Created.Add(u.p.lifetimes.Values)) {
		return nil
	}
	key, err := seal.Unwrap(wrap, b)
	if err != nil {
		return fmt.Errorf("grant %s: %w", u.grant.ID, err)
	}
	raw, err := key.Open(u.grant.Sealed, grantPlace(u.grant.ID))
	if err != nil {
		return fmt.Errorf("grant %s: %w", u.grant.ID, err)
	}
	if u.record, u.mandate, err = unsealed(raw); err != nil {
		return fmt.Errorf("grant %s: %w", u.grant.ID, err)
	}
	if len(u.kept.Claims) > 0 {
		if err := json.Unmarshal(u.kept.Claims, &u.record.Request); err != nil {
			return fmt.Errorf("grant %s: %w", u.grant.ID, err)
		}
	}
	u.key = &key
	return nil
}

func grantPlace(id seal.RowID) string { return "grant " + id.String() }

// wrapFor wraps the data key for a new bearer, if there are values to be read at all.
func (u *unit) wrapFor(b seal.Bearer) []byte {
	if u.key == nil {
		return nil
	}
	return u.key.WrapFor(b)
}

// alive asks the login gate whether person, means and session behind the grant still stand
// (attacks CP-15, TK-06, LA-05).
func (u *unit) alive(ctx context.Context) error {
	if _, ok := u.p.registry.Party(u.grant.Party); !ok {
		return ErrNoGrant
	}
	if u.p.gate == nil {
		return nil
	}
	err := u.p.gate(ctx, u.grant)
	var store interface{ Unavailable() bool }
	if err == nil || errors.As(err, &store) && store.Unavailable() {
		return err
	}
	u.p.log.InfoContext(ctx, "grant refused by the gate", "grant", u.grant.ID.String(), "cause", err)
	return ErrNoGrant
}

// borne asks whether the mandate still holds by which somebody acted, now. One that ended takes the family
// with it. What can ask no more, because the values have had their time, is over.
func (u *unit) borne(ctx context.Context) error {
	if u.kept.Actor == "" {
		return nil
	}
	if u.mandate == nil || u.p.mandates == nil {
		return ErrNoGrant
	}
	err := u.p.mandates(ctx, *u.mandate, u.grant.Party, u.kept.Txn)
	switch {
	case errors.Is(err, mandate.ErrNone):
		if err := u.end(ctx, journal.GrantRevoked, "the mandate ended"); err != nil {
			return err
		}
		return ErrNoGrant
	case errors.Is(err, login.ErrUnsure):
		return unavailable(err)
	}
	return err
}

// end ends the family, with a record.
func (u *unit) end(ctx context.Context, kind journal.Kind, reason string) error {
	row, err := u.p.journal.Row(journal.Entry{
		ID: seal.NewRowID(u.now), Kind: kind, At: u.now, Who: u.grant.Usage.String(), Party: string(u.grant.Party),
		Ref: u.kept.Txn, Fields: map[string]any{"client": u.grant.Client, "grant": u.grant.ID.String(), "reason": reason},
	})
	if err != nil { // an act that only takes away is never refused for want of a record
		u.p.log.ErrorContext(ctx, "end of a grant not recorded", "grant", u.grant.ID.String(), "cause", err)
	}
	if err := u.p.grants.EndGrant(ctx, u.grant.ID, row); err != nil && !errors.Is(err, ErrNoGrant) {
		return fmt.Errorf("end grant %s: %w", u.grant.ID, err)
	}
	return nil
}

// narrowed packs a wrap together with the scopes of its access token, which may be fewer than the
// grant's (RFC 6749 §6): length of the wrap, the wrap, the scopes if they are fewer.
func (u *unit) narrowed(wrap []byte) []byte {
	box := append([]byte{byte(len(wrap))}, wrap...)
	if slices.Equal(u.scopes, u.kept.Scopes) {
		return box
	}
	return append(box, joinScopes(u.scopes)...)
}

// unpack undoes narrowed.
func (u *unit) unpack(box []byte) (wrap []byte, scopes []string) {
	if len(box) == 0 || len(box) < 1+int(box[0]) {
		return nil, nil
	}
	wrap, rest := box[1:1+box[0]], box[1+box[0]:]
	if len(rest) == 0 {
		return wrap, u.kept.Scopes
	}
	return wrap, words(string(rest))
}
