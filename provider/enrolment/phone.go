package enrolment

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/staff"
)

// Screen is what the citizen's phone shows.
type Screen string

// The screens (means.md §4.5).
const (
	AskIsItYou  Screen = "you"
	AskProof    Screen = "proof"
	AskTerms    Screen = "terms"
	MakeKey     Screen = "key"
	ShowMatch   Screen = "match"
	AskSecond   Screen = "second"
	ShowDone    Screen = "done"
	ShowFrozen  Screen = "frozen"
	ShowExpired Screen = "expired"
	ShowEnded   Screen = "ended"
)

// ScreenOf says which screen a case is at. It is pure, and the desk shows beside its own step the
// very same answer.
func ScreenOf(c Case) Screen {
	if c.Work.Unsure && c.goesOn() {
		return AskProof
	}
	switch c.State {
	case Claimed:
		return map[Progress]Screen{Opened: AskIsItYou, SaidYes: AskProof, Proved: AskTerms, Accepted: MakeKey}[c.Progress]
	case KeyBound, Confirmed:
		if c.Mode == AtHome && !c.Matched {
			return AskSecond
		}
		return ShowMatch
	case Active:
		return ShowDone
	case Suspicious:
		return ShowFrozen
	case Expired:
		return ShowExpired
	default:
		return ShowEnded
	}
}

// Answer takes whether the citizen says that it is them. Who says no freezes the case.
func (o *Office) Answer(ctx context.Context, c Case, yes bool) error {
	if ScreenOf(c) != AskIsItYou {
		return nil
	}
	if !yes {
		_, err := o.freeze(ctx, c, "not_me")
		return ignoreRefused(err)
	}
	c.Progress, c.Work.Touched = SaidYes, o.Now()
	_, err := o.write(ctx, c, Change{})
	return ignoreConflict(err)
}

// Prove takes the last four characters of the document's number, or the birth date of who has none
// (means.md §4.5, step 3): the phone is in the hands of who holds the document. ErrShape for a slip, ErrWrong.
func (o *Office) Prove(ctx context.Context, c Case, typed string) error {
	if ScreenOf(c) != AskProof {
		return nil
	}
	given, fits := c.Work.Snapshot.answered(c.Document, typed)
	if !fits {
		return ErrShape
	}
	left, ok, err := o.Store.Try(ctx, c.ID, TriedCheck)
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	right := c.Work.Snapshot.Answer(c.Document)
	if !ok || right == "" || subtle.ConstantTimeCompare([]byte(given), []byte(right)) != 1 {
		if c.State == Confirmed || c.State == Active { // what is done is not undone, and the desk learns of it
			if ok && left == 0 {
				o.raise(ctx, c, "check")
			}
			return &ErrWrong{left}
		}
		if left > 0 {
			return &ErrWrong{left}
		}
		_, err := o.freeze(ctx, c, "check")
		return ignoreRefused(err)
	}
	c.Progress, c.Work.Unsure, c.Work.Touched = max(c.Progress, Proved), false, o.Now()
	_, err = o.write(ctx, c, Change{Proved: true})
	return ignoreConflict(err)
}

// actTerms is in the journal that the citizen took the terms.
const actTerms Act = "terms"

// Accept takes the terms.
func (o *Office) Accept(ctx context.Context, c Case) error {
	if ScreenOf(c) != AskTerms {
		return nil
	}
	c.Progress, c.Work.Touched = Accepted, o.Now()
	_, err := o.write(ctx, c, Change{}, step(actTerms, c.State, c.State, staff.ID{}))
	return ignoreConflict(err)
}

// mostApps is how many secrets for an app are drawn for a phone. Each takes five wrong codes before it is locked.
const mostApps = 20

// AppsLeft reports whether the phone may yet have a secret for an app.
func (c Case) AppsLeft() bool { return c.Work.Apps < mostApps }

// Takes reports whether the citizen may have a key of a kind where they are: the office's own computer is not theirs, and
// keeps none.
func (c Case) Takes(kind KeyKind) bool {
	return !c.Work.Counter || kind == Portable || kind == Paper
}

// BeginKey begins to make what the citizen will log in with. ErrConflict; ErrKeyRefused for a kind that they may not have
// here; ErrNoMoreApps for one secret too many.
func (o *Office) BeginKey(ctx context.Context, c Case, kind KeyKind, language string) (Offer, error) {
	if ScreenOf(c) != MakeKey {
		return Offer{}, ErrConflict
	}
	if !c.Takes(kind) {
		return Offer{}, ErrKeyRefused
	}
	if kind == TOTP && !c.AppsLeft() {
		return Offer{}, ErrNoMoreApps
	}
	if _, gone, err := o.forsaken(ctx, c); err != nil || gone {
		return Offer{}, cmp.Or(err, ErrConflict)
	}
	if len(c.Work.Account.Handle) == 0 {
		account, err := o.Keys.Account(ctx, c.Person)
		if err != nil {
			return Offer{}, fmt.Errorf("account: %w", err)
		}
		c.Work.Account = account
	}
	offer, err := o.Keys.Begin(ctx, Wish{Person: c.Person, Kind: kind, Account: c.Work.Account, Label: c.Work.Snapshot.Initials(), Language: language, Replaces: c.Replaces() == ReplacesAll || c.Replaces() == ReplacesEmergencies})
	if err != nil {
		return Offer{}, fmt.Errorf("begin a key: %w", err)
	}
	if c.Work.Setup, c.Work.Touched = offer.Setup, o.Now(); kind == TOTP {
		c.Work.Apps++
	}
	_, err = o.write(ctx, c, Change{})
	return offer, err
}

// AgainKey offers what was begun once more, to who has it already: an app keeps its secret when a PIN was too weak
// or a code wrong. Only for a form that the phone has signed (OT-06). Errors: ErrConflict where that is over.
func (o *Office) AgainKey(ctx context.Context, c Case, language string) (Offer, error) {
	if ScreenOf(c) != MakeKey || len(c.Work.Setup) == 0 {
		return Offer{}, ErrConflict
	}
	offer, err := o.Keys.Begin(ctx, Wish{Person: c.Person, Kind: TOTP, Account: c.Work.Account, Label: c.Work.Snapshot.Initials(), Language: language, Again: c.Work.Setup})
	if errors.Is(err, ErrKeyRefused) {
		return Offer{}, ErrConflict
	}
	return offer, err
}

// FinishKey checks what the phone made. Errors that the citizen can mend leave the case as it is.
func (o *Office) FinishKey(ctx context.Context, c Case, kind KeyKind, response Response) error {
	if ScreenOf(c) != MakeKey || len(c.Work.Setup) == 0 {
		return ErrConflict
	}
	if !c.Takes(kind) {
		return ErrKeyRefused
	}
	key, spare, codes, err := o.made(ctx, c, kind, response)
	if err != nil {
		return err
	}
	phone := c.Device
	c, err = o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) { // the clerk may type the digits meanwhile
		if !bytes.Equal(c.Device, phone) { // or give the case to another phone (attacks OT-06)
			return Change{}, nil, ErrPhone
		}
		from := c.State
		to, err := Move(from, BindKey, Facts{
			InTime: !c.Late, Proved: c.Progress >= Proved, Accepted: c.Progress >= Accepted, KeyChecked: len(key.Sealed) > 0,
		})
		c.State, c.Work.Setup, c.Work.Key, c.Work.Spare, c.Work.Codes, c.Work.With, c.Work.Made = to, nil, key, spare, codes, kind, key.Mechanism
		c.Work.Worth, c.Work.Touched = key.Worth, o.Now()
		if kind == Paper { // one factor, however surely it is known who they are (means.md R-ENR-11)
			c.Level = identity.Low
		}
		bound := step(BindKey, from, to, staff.ID{}, "kind", key.Kind, "mechanism", key.Mechanism, "aaguid", key.AAGUID, "attestation", key.attestation())
		if err != nil {
			return Change{}, nil, err
		}
		return confirmed(c, Change{Extend: phoneTime}, bound)
	})
	if err != nil {
		return ignoreRefused(err)
	}
	_, err = o.settle(ctx, c)
	return ignoreRefused(err)
}

// made checks what the phone made, and draws recovery codes beside it. A paper list is codes alone.
func (o *Office) made(ctx context.Context, c Case, kind KeyKind, response Response) (key, spare Candidate, codes []string, err error) {
	if kind != Paper {
		if key, err = o.Keys.Finish(ctx, kind, c.Work.Setup, response); err != nil {
			return key, spare, nil, err
		}
	}
	if codes, spare, err = o.Keys.Codes(ctx, kind, c.Work.Account); err != nil {
		return key, spare, nil, fmt.Errorf("draw codes: %w", err)
	}
	if kind == Paper {
		key, spare = spare, Candidate{}
	}
	return key, spare, codes, nil
}

// Second takes the second half of a code for home. ErrShape for a slip, ErrWrong.
func (o *Office) Second(ctx context.Context, c Case, typed string) error {
	if ScreenOf(c) != AskSecond {
		return nil
	}
	half, fits := onlyDigits(typed, 8)
	if !fits {
		return ErrShape
	}
	left, ok, err := o.Store.Try(ctx, c.ID, TriedSecond)
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	v, err := o.Store.Voucher(ctx, nil, c.ID)
	if err != nil {
		return fmt.Errorf("find a voucher: %w", err)
	}
	if !ok || v == nil || !o.is(v.Second, secondDigest, codeValue(c.ID, half)) {
		if left > 0 {
			return errors.Join(&ErrWrong{left}, o.failed(ctx, c, "half_failed"))
		}
		_, err := o.freeze(ctx, c, "second_half")
		return ignoreRefused(err)
	}
	phone := c.Device
	c, err = o.again(ctx, c, func(c *Case) (Change, []journal.Entry, error) {
		if !bytes.Equal(c.Device, phone) {
			return Change{}, nil, ErrPhone
		}
		c.Matched, c.Work.Touched = true, o.Now()
		return confirmed(c, Change{}, step("second_half", c.State, c.State, staff.ID{}))
	})
	if err != nil {
		return err
	}
	_, err = o.settle(ctx, c)
	return err
}

// TakeCodes gives the recovery codes, once: what gives them forgets them. None where they were given
// before, or were stopped or made anew meanwhile: nobody keeps a list that lets them in nowhere.
func (o *Office) TakeCodes(ctx context.Context, c Case) ([]string, error) {
	codes := c.Work.Codes
	if len(codes) == 0 || c.State != Active || c.Work.Unsure {
		return nil, nil
	}
	works, err := o.Stops.CodesWork(ctx, c.ID.String())
	if err != nil {
		return nil, fmt.Errorf("look whether codes work: %w", err)
	}
	if !works {
		codes = nil
	}
	c.Work.Codes = nil
	if _, err := o.write(ctx, c, Change{}); err != nil {
		return nil, ignoreConflict(err) // somebody was faster
	}
	return codes, nil
}

// Signed checks the phone's own signature over the act of a form: a cookie that was copied away is
// worth nothing without the key that never left the phone (means.md §4.4).
func (c Case) Signed(act, nonce string, signature []byte) bool {
	if len(c.DeviceKey) == 0 {
		return true // the page could make no key: the cookie alone binds
	}
	if len(c.DeviceKey) != 65 || len(signature) != 64 {
		return false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), c.DeviceKey)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(act + "\n" + nonce))
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

// ParseDeviceKey reads a public key as the page sends it; nil if it is none.
func ParseDeviceKey(point []byte) []byte {
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err != nil {
		return nil
	}
	return point
}

// ignoreRefused passes over a case that ended by the rules: the next page says so.
func ignoreRefused(err error) error {
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return nil
	}
	return ignoreConflict(err)
}
