package enrolled

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"symbolon/connectors/identity"
)

// setupLife is how long what was begun may be finished. It is longer than a phone takes, and than the
// quarter of an hour for which the QR code holds (means.md §4.4).
const setupLife = 30 * time.Minute

// Candidate is an authenticator that was set up and is not bound to anybody yet. Sealed is all that
// Bind needs and may be kept as it is; the rest is for pages and for the enrolment record.
type Candidate struct {
	Type         Type
	Mechanism    Mechanism
	Worth        identity.Level // the most that its kind gives here
	AAGUID       string         // model of a passkey's authenticator
	Attestation  string         // format of its attestation
	Attested     bool           // the attestation led to a manufacturer that the operator trusts
	UserVerified bool
	Synced       bool
	SignCount    uint32
	Credential   string // hexadecimal SHA-256 of the credential's id
	Sealed       []byte
}

// record is what checks an authenticator. It is only ever written sealed.
type record struct {
	Mark       [32]byte             `json:"mark"` // under which its use is kept in the other database
	Credential *webauthn.Credential `json:"credential,omitempty"`
	Secret     string               `json:"secret,omitempty"` // of TOTP, base32
	Salt       []byte               `json:"salt,omitempty"`
	PIN        []byte               `json:"pin,omitempty"`   // derived from it
	Codes      [][]byte             `json:"codes,omitempty"` // keyed digests of one-time codes
	Epoch      int64                `json:"epoch,omitempty"` // of the database that remembers which codes were used
}

// kept is a candidate as it is sealed.
type kept struct {
	ID        DeviceID  `json:"id"`
	Account   Account   `json:"account"`
	Type      Type      `json:"type"`
	Mechanism Mechanism `json:"mechanism"`
	Record    record    `json:"record"`
}

// setup is what was begun, as it is sealed.
type setup struct {
	Kept     kept                  `json:"kept"`
	Ceremony *webauthn.SessionData `json:"ceremony,omitempty"`
	Attested bool                  `json:"attested,omitempty"`
	Portable bool                  `json:"portable,omitempty"`
	Until    time.Time             `json:"until"`
}

const (
	setupPlace     = "enrolled setup"
	candidatePlace = "enrolled candidate"
)

func newKept(account Account, kind Type) kept {
	k := kept{Account: account, Type: kind}
	_, _ = rand.Read(k.ID[:])
	_, _ = rand.Read(k.Record.Mark[:])
	return k
}

func (a *Authenticators) sealSetup(s setup) ([]byte, error) {
	s.Until = a.deps.Now().Add(setupLife)
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, errors.New("enrolled: a setup does not marshal") // the cause could hold a secret
	}
	return a.deps.Vault.Seal(plain, setupPlace), nil
}

func (a *Authenticators) openSetup(sealed []byte, kind Type) (setup, error) {
	plain, err := a.deps.Vault.Open(sealed, setupPlace)
	if err != nil {
		return setup{}, ErrSetupOver
	}
	var s setup
	if json.Unmarshal(plain, &s) != nil || s.Kept.Type != kind || !a.deps.Now().Before(s.Until) {
		return setup{}, ErrSetupOver
	}
	return s, nil
}

// candidate seals what is to be bound.
func (a *Authenticators) candidate(k kept) (Candidate, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return Candidate{}, errors.New("enrolled: a candidate does not marshal")
	}
	worth := identity.Least(a.deps.Worth(k.Mechanism.Evidence()), a.settings.Ceiling)
	return Candidate{Type: k.Type, Mechanism: k.Mechanism, Worth: worth, Sealed: a.deps.Vault.Seal(plain, candidatePlace)}, nil
}

func (a *Authenticators) openCandidate(c Candidate) (kept, error) {
	plain, err := a.deps.Vault.Open(c.Sealed, candidatePlace)
	if err != nil {
		return kept{}, ErrSetupOver
	}
	var k kept
	if json.Unmarshal(plain, &k) != nil {
		return kept{}, ErrSetupOver
	}
	return k, nil
}

// open gives what checks an authenticator.
func (a *Authenticators) open(row Row) (record, error) {
	plain, err := a.deps.Vault.Open(row.Sealed, recordPlace(row.ID))
	if err != nil {
		return record{}, fmt.Errorf("open an authenticator: %w", err)
	}
	var r record
	if json.Unmarshal(plain, &r) != nil {
		return record{}, errors.New("open an authenticator: not what was sealed")
	}
	return r, nil
}
