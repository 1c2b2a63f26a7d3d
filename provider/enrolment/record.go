package enrolment

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"symbolon/provider/seal"
	"symbolon/provider/staff"
)

// RecordType is the type in the header of a signed record: nothing else that is signed here has it.
const RecordType = "enrolment-record+jwt"

// Record is the sealed enrolment record (means.md R-ENR-14): what an enrolment rests on, signed by
// the hub. It names nobody but by pseudonyms.
type Record struct {
	Type      string   `json:"typ"`
	Issuer    string   `json:"iss,omitempty"`
	Case      string   `json:"case"`
	Person    string   `json:"person"` // as the journal names them
	Evidence  []string `json:"evidence"`
	Document  string   `json:"document"`
	Basis     string   `json:"basis"`              // "register", "document", "emergency"
	Guardian  string   `json:"guardian,omitempty"` // of a minor, as the journal names them
	Relation  string   `json:"relation,omitempty"`
	Shown     string   `json:"guardian_document,omitempty"`
	Register  string   `json:"register_sha256"`
	Form      string   `json:"form_sha256"`
	Clerk     string   `json:"clerk"`
	Approver  string   `json:"approver,omitempty"`
	Office    string   `json:"office"`
	Station   string   `json:"station"`
	Mode      string   `json:"mode"`
	Key       string   `json:"credential_sha256"`
	Kind      string   `json:"kind"`
	Mechanism string   `json:"mechanism"`
	AAGUID    string   `json:"aaguid,omitempty"`
	Flags     []string `json:"flags,omitempty"`
	Level     string   `json:"level"`    // that the citizen reaches with the key
	Proofing  string   `json:"proofing"` // that the office made sure of
	Opened    int64    `json:"opened"`
	At        int64    `json:"iat"`
}

func (o *Office) record(c Case, now time.Time) (string, error) {
	r := Record{
		Type: "symbolon-enrolment", Issuer: o.Policy.Issuer, Case: c.Number, Person: o.People.Reference(c.Person), Document: c.Document, Basis: string(c.Basis),
		Register: hex.EncodeToString(c.SnapshotHash), Form: hex.EncodeToString(c.FormHash), Clerk: c.Clerk.String(), Office: c.Office, Station: c.Station,
		Mode: string(c.Mode), Key: c.Work.Key.Credential, Kind: c.Work.Key.Kind, Mechanism: c.Work.Key.Mechanism, AAGUID: c.Work.Key.AAGUID,
		Level: c.Reaches().String(), Proofing: c.Level.String(), Opened: c.Opened.Unix(), At: now.Unix(),
	}
	for _, check := range c.Checks {
		r.Evidence = append(r.Evidence, string(check))
	}
	for _, flag := range c.Flags {
		r.Flags = append(r.Flags, string(flag))
	}
	if c.Approver != (staff.ID{}) {
		r.Approver = c.Approver.String()
	}
	if c.Minor {
		r.Guardian, r.Relation, r.Shown = o.People.Reference(c.Guardian), string(c.Work.Guardian.Kind), c.Work.Guardian.Document
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("write an enrolment's record: %w", err)
	}
	signed, err := o.Signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign an enrolment's record: %w", err)
	}
	return signed, nil
}

// RecordOf gives the signed record of a case that became active, by its number, for as long as it is kept:
// ErrNoCase.
func (o *Office) RecordOf(ctx context.Context, number string) (string, error) {
	c, err := o.load(ctx, Query{Number: number})
	if err != nil || c.Work.Record != "" {
		return c.Work.Record, err
	}
	sealed, err := o.Records.Kept(ctx, c.ID)
	if err == nil && len(sealed) == 0 {
		err = ErrNoCase
	}
	if err != nil {
		return "", err
	}
	plain, err := o.Vault.Open(sealed, recordPlace(c.ID))
	if err != nil {
		return "", errors.New("open the record of an enrolment: not what was sealed")
	}
	return string(plain), nil
}

func recordPlace(id seal.RowID) string { return "enrolment record " + hex.EncodeToString(id[:]) }

func digestOf(text string) string {
	sum := hash([]byte(text))
	return hex.EncodeToString(sum[:])
}
