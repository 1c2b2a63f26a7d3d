package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// Check is one thing that was made sure in a login, as a party may know it: never by which means, at
// whom, or in what message, which would be the same at every party.
type Check struct {
	Name string `json:"check"`
	At   int64  `json:"at,omitempty"` // seconds; 0: holds without a moment
}

// What is made sure.
const (
	CheckHolder   = "holder_authenticated"   // the person acted at this moment
	CheckStatus   = "status_checked"         // whoever knows said that the proof still holds
	CheckRegister = "register_answered"      // the population register was asked about the person
	CheckMandate  = "representation_checked" // the register said that who acted may act for sub
	CheckUnique   = "one_person_per_service" // sub is one living person, and this person has no other here
)

// checksOf gives what was made sure, by the rules' own account of what each kind of evidence is.
func checksOf(rules assurance.Rules, p Proof) []Check {
	var checks []Check
	add := func(name string, at time.Time) {
		c := Check{Name: name}
		if !at.IsZero() {
			c.At = at.Unix()
		}
		if !slices.Contains(checks, c) {
			checks = append(checks, c)
		}
	}
	for _, e := range p.Evidence {
		kind := rules.Kinds[e.Kind]
		if kind.Authenticates {
			add(CheckHolder, e.AuthTime)
		}
		if kind.Status {
			add(CheckStatus, e.Checked)
		}
	}
	var asked time.Time
	for _, a := range p.Attributes {
		if a.Source.Kind == identity.FromRegister && a.VerifiedAt.After(asked) {
			asked = a.VerifiedAt
		}
	}
	if !asked.IsZero() {
		add(CheckRegister, asked)
	}
	add(CheckUnique, time.Time{})
	return checks
}

// checks gives what was made sure in the login, also about who acts in it.
func (l Login) checks(rules assurance.Rules, now time.Time) []Check {
	all := checksOf(rules, *l.Proof)
	if _, acting := l.Acting(); acting {
		all = append(all, Check{CheckMandate, now.Unix()})
	}
	return all
}

// EvidenceKey is what the full record of a login is sealed to. Its private half is not on the
// machine, so nobody who has the machine can read what was recorded.
type EvidenceKey struct {
	ID     byte
	Public seal.PublicKey
}

// Record is the full record of an answered login: with hashes of messages and who gave them, for a
// court and for nobody else.
type Record struct {
	Proof    seal.RowID          `json:"proof"` // the party's copy that it stands behind
	Login    seal.RowID          `json:"login"`
	Ref      string              `json:"txn"`
	Client   string              `json:"client"`
	Party    string              `json:"party"`
	Usage    string              `json:"usage"`
	At       time.Time           `json:"at"`
	Level    string              `json:"level"`
	Rules    string              `json:"rules"`
	Means    identity.Means      `json:"means"`
	Choice   string              `json:"choice,omitempty"`
	Issuer   string              `json:"issuer,omitempty"`
	AMR      []string            `json:"amr,omitempty"`
	AuthTime time.Time           `json:"auth_time"`
	Evidence []identity.Evidence `json:"evidence"`
	Inputs   assurance.Inputs    `json:"inputs"`
	For      string              `json:"for,omitempty"`     // usage of whom the person acted for; "" for nobody
	Mandate  json.RawMessage     `json:"mandate,omitempty"` // by which right
}

// sealedRecord seals the full record to the evidence key; nil if there is no key. It begins with the
// key's id.
func (s *Service) sealedRecord(l *Login, id seal.RowID, at time.Time) ([]byte, error) {
	if s.Evidence == nil {
		return nil, nil
	}
	record := Record{
		Proof: id, Login: l.ID, Ref: l.Ref(), Client: l.Request.Client, Party: string(l.Party.ID), Usage: l.Proof.Usage.String(), At: at,
		Level: l.Level().String(), Rules: l.Decision.Rules, Means: l.Proof.Means, Choice: l.Proof.Choice, Issuer: l.Proof.Issuer,
		AMR: l.Proof.AMR, AuthTime: l.Proof.AuthTime, Evidence: l.Proof.Evidence, Inputs: l.Inputs,
	}
	if m, acting := l.Acting(); acting {
		right, err := m.Expose()
		if err != nil {
			return nil, errors.New("record of a login: its mandate does not marshal")
		}
		record.For, record.Mandate = m.For.Usage.String(), right
	}
	plain, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("record of a login: %w", err)
	}
	sealed, err := seal.SealTo(s.Evidence.Public, plain, recordPlace(id))
	if err != nil {
		return nil, fmt.Errorf("record of a login: %w", err)
	}
	return append([]byte{s.Evidence.ID}, sealed...), nil
}

// OpenRecord opens a full record, for who brings the private key from outside.
func OpenRecord(private seal.PrivateKey, id seal.RowID, sealed []byte) (Record, error) {
	if len(sealed) == 0 {
		return Record{}, seal.ErrOpen
	}
	plain, err := seal.OpenWith(private, sealed[1:], recordPlace(id))
	if err != nil {
		return Record{}, err
	}
	var r Record
	if err := json.Unmarshal(plain, &r); err != nil {
		return Record{}, fmt.Errorf("record of a login: %w", err)
	}
	return r, nil
}

func recordPlace(id seal.RowID) string { return "proof " + id.String() }
