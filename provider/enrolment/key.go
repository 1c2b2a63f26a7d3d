package enrolment

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"symbolon/connectors/identity"
)

// What a citizen can mend at the step where the key is made.
var (
	ErrKeyRefused = errors.New("enrolment: what the phone answered cannot be used")
	ErrUnverified = errors.New("enrolment: the key asked for no finger, face or PIN")
	ErrKnownKey   = errors.New("enrolment: this key is enrolled already")
	ErrWrongCode  = errors.New("enrolment: the code is wrong")
	ErrLocked     = errors.New("enrolment: the code was wrong so often that none counts for a while")
	ErrNoMoreApps = errors.New("enrolment: secrets for an app were drawn often enough")
	ErrWeakPIN    = errors.New("enrolment: the PIN is too easy")
)

// ErrPerson says that the person of a case is not any more who they were when the case was opened.
var ErrPerson = errors.New("enrolment: the person was merged, frozen, or has died meanwhile")

// KeyKind is what a citizen chooses to log in with.
type KeyKind string

// The kinds.
const (
	Passkey  KeyKind = "passkey"
	TOTP     KeyKind = "totp"
	Portable KeyKind = "portable" // a key on a string, registered at the counter; never one of the device at hand
	Paper    KeyKind = "paper"    // a list of codes, for who has no phone at all
)

// Account is how a person is known at the enrolled means.
type Account struct {
	Handle []byte `json:"handle,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Offer is what the phone's page needs to make a key. Setup stays here.
type Offer struct {
	Options json.RawMessage // of a passkey: for navigator.credentials.create
	URI     string          // of TOTP: for an app's camera
	Secret  string          // of TOTP: to type
	Name    string          // of TOTP: what is typed at every login, beside its codes
	Setup   []byte
}

// Response is what the phone answered.
type Response struct {
	Credential []byte // of a passkey
	PIN, Code  string // of TOTP
}

// Candidate is something to log in with that was checked and is not in use yet.
type Candidate struct {
	Kind       string         `json:"kind,omitempty"`
	Mechanism  string         `json:"mechanism,omitempty"`
	Worth      identity.Level `json:"worth,omitempty"` // the most that a key of its kind gives here; None where nobody said
	AAGUID     string         `json:"aaguid,omitempty"`
	Attested   string         `json:"attested,omitempty"`   // format of its attestation (Web Authentication Level 3 §8); "" where it is no passkey
	Credential string         `json:"credential,omitempty"` // digest of its id
	Sealed     []byte         `json:"sealed,omitempty"`
}

// attestations are the formats of attestation that are told apart. Each has a text under "desk.attestation.CODE".
func attestations() []string {
	return []string{"none", "packed", "tpm", "android-key", "apple", "fido-u2f", "other"}
}

// attestation names the format, "other" for one that has no text.
func (c Candidate) attestation() string {
	if c.Attested == "" || slices.Contains(attestations(), c.Attested) {
		return c.Attested
	}
	return "other"
}

// Wish says for whom a key is to be made.
type Wish struct {
	Person   identity.PersonID
	Kind     KeyKind
	Account  Account
	Label    string // what the phone shows of a passkey: initials, never a number
	Language string // that the page is read in
	Replaces bool   // the same device may make a key anew: the one from before gives way
	Again    []byte // the setup of what was begun before: that once more, as it was
}

// Binding is what is put to use when a case becomes active.
type Binding struct {
	Person   identity.PersonID
	Account  Account
	Level    identity.Level
	Capped   bool // substantial at most for a day: somebody had to look twice (means.md R-ENR-08)
	Case     string
	Office   string
	Home     bool
	Replaces Replaced // what becomes of earlier ones of the person
	Former   []string // the cases that give way with ReplacesEmergencies
	Retakes  bool     // what an emergency put aside counts again
	Snapshot Snapshot
	Keys     []Candidate
}

// Keys makes, checks and binds what people log in with.
type Keys interface {
	// Account gives the account that a person has, or a new one.
	Account(context.Context, identity.PersonID) (Account, error)
	// Begin begins to make a key; nothing is stored. ErrKeyRefused where what is wanted again is over.
	Begin(context.Context, Wish) (Offer, error)
	// Finish checks what the phone answered. Errors: ErrKeyRefused, ErrUnverified, ErrKnownKey,
	// ErrWrongCode, ErrShape, ErrLocked, ErrWeakPIN.
	Finish(context.Context, KeyKind, []byte, Response) (Candidate, error)
	// Codes draws what is shown to be kept on paper: recovery codes, or the paper list.
	Codes(context.Context, KeyKind, Account) ([]string, Candidate, error)
	// Bind puts keys to use, in the transaction of the context. ErrPerson if the number of the case is
	// not, or no longer, that of the case's person, or nobody may be enrolled as them now.
	Bind(context.Context, Binding) error
}

// Stops ends what an enrolment gave, and says what was ended of it.
type Stops interface {
	// Aside reports whether an emergency put something of a person's aside.
	Aside(context.Context, identity.PersonID) (bool, error)
	// CodesWork reports whether the codes that a case gave let somebody in.
	CodesWork(ctx context.Context, caseID string) (bool, error)
	// SuspendCase suspends every key of the case, in the transaction of the context; why is a code.
	SuspendCase(ctx context.Context, caseID, why string) error
	// RevokeCase ends them for good.
	RevokeCase(ctx context.Context, caseID, why string) error
	// EndOpened ends what was opened with them. It may be done twice.
	EndOpened(ctx context.Context, caseID string) error
}
