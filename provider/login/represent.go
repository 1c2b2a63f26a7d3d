package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/provider/journal"
	"symbolon/provider/mandate"
	"symbolon/provider/seal"
	"symbolon/provider/subject"
)

// Relations are asked who acts by law for whom. Errors: register.ErrNotFound, register.ErrUnavailable.
type Relations interface {
	Relations(context.Context, register.RelationQuestion) (register.Relations, error)
}

// Represented finds persons whom others act for.
type Represented interface {
	// Represented gives the person whom a register answered about, or makes them. Its errors are Matcher's.
	Represented(context.Context, subject.Registered) (identity.Person, error)
	// Stands says whether the holder of an identifier may act, or be acted for.
	Stands(context.Context, identity.Identifier) error
}

// ErrUnsure says that the register does not say now whether a mandate holds: neither yes nor no.
var ErrUnsure = errors.New("login: the register does not say whether a mandate holds")

// Represents is what the person who logged in said about whom they act for, under one proof of theirs.
// It is never part of a session: the next login asks again.
type Represents struct {
	Session seal.RowID // of the proof that it was said under
	Myself  bool
	Other   *Other // nil: themselves, or not decided
	Failure string // why nothing came of what they said last; "" for no reason
}

// Other is whom they act for: by what right, and what the register says of them.
type Other struct {
	Mandate    mandate.Mandate
	Subject    string
	Merged     []string
	Attributes identity.Attributes
}

// Why nobody can be acted for; "represent.failed.CODE" in the languages' files.
const (
	NoMandate = "none"     // not this person, not here, not any more
	NotSaid   = "register" // the register does not answer
)

// other gives whom this login is about in place of who logged in; nil: nobody else. What was said under
// another proof, or by another person, counts for nothing (attacks LK-05).
func (l Login) other() *Other {
	r := l.Represents
	if r == nil || r.Other == nil || l.Proof == nil || r.Session != l.Proof.Session || r.Other.Mandate.Actor.Usage != l.Proof.Usage {
		return nil
	}
	return r.Other
}

// deciding reports whether it is still to be said for whom they act.
func (l Login) deciding() bool {
	if !l.Request.Ask.Represents() || l.other() != nil {
		return false
	}
	r := l.Represents
	return r == nil || !r.Myself || r.Session != l.Proof.Session
}

// failure is why nothing came of what they said last.
func (l Login) failure() string {
	if r := l.Represents; r != nil && r.Session == l.Proof.Session {
		return r.Failure
	}
	return ""
}

// Subject is the name at the party of whom this login is about.
func (l Login) Subject() string {
	if o := l.other(); o != nil {
		return o.Subject
	}
	return l.Proof.Subject
}

// Merged are their further names there.
func (l Login) Merged() []string {
	if o := l.other(); o != nil {
		return o.Merged
	}
	return l.Proof.Merged
}

// Acting gives by what right who logged in acts for whom this login is about; false: for themselves.
func (l Login) Acting() (mandate.Mandate, bool) {
	if o := l.other(); o != nil {
		return o.Mandate, true
	}
	return mandate.Mandate{}, false
}

// usage names whom this login is about.
func (l Login) usage() identity.UsageID {
	if o := l.other(); o != nil {
		return o.Mandate.For.Usage
	}
	return l.Proof.Usage
}

// ask is what is asked of the citizen, about whom it is.
func (l Login) ask() consent.Ask {
	ask := l.Request.Ask
	if o := l.other(); o != nil {
		ask.For = o.Subject
	}
	return ask
}

// about gives what is said of whom this login is about, by means and registers.
func (s *Service) about(l *Login) identity.Attributes {
	o := l.other()
	if o == nil {
		return l.Proof.Attributes
	}
	acting, err := s.acting(l, o).Attributes()
	if err != nil { // texts marshal; without them no answer is given
		return nil
	}
	return slices.Concat(o.Attributes, acting)
}

// acting is what the party may know of the mandate.
func (s *Service) acting(l *Login, o *Other) claims.Acting {
	a := claims.Acting{Subject: l.Proof.Subject, Mandate: s.mandateName(l.Party.Sector, o.Mandate), Until: o.Mandate.Until}
	for _, f := range o.Mandate.Fields {
		a.Fields = append(a.Fields, string(f))
	}
	return a
}

// mandateName names a mandate in a sector: always the same there, and nothing to tell by that two sectors
// see the same one. The register's own id goes nowhere.
func (s *Service) mandateName(sector string, m mandate.Mandate) string {
	return encode(s.mac("mandate "+sector, []byte(m.Relation.Reveal())))
}

// storedOther is whom somebody acts for as it is sealed, with its values written out.
type storedOther struct {
	Mandate    json.RawMessage `json:"mandate"`
	Subject    string          `json:"subject"`
	Merged     []string        `json:"merged,omitempty"`
	Attributes json.RawMessage `json:"attributes"`
}

type storedRepresents struct {
	Session seal.RowID   `json:"session"`
	Myself  bool         `json:"myself,omitempty"`
	Other   *storedOther `json:"other,omitempty"`
	Failure string       `json:"failure,omitempty"`
}

func (r *Represents) store() (*storedRepresents, error) {
	if r == nil {
		return nil, nil
	}
	s := &storedRepresents{Session: r.Session, Myself: r.Myself, Failure: r.Failure}
	if r.Other == nil {
		return s, nil
	}
	exposed, err := r.Other.Attributes.Expose()
	if err != nil {
		return nil, err
	}
	right, err := r.Other.Mandate.Expose()
	s.Other = &storedOther{right, r.Other.Subject, r.Other.Merged, exposed}
	return s, err
}

func (s *storedRepresents) load() (*Represents, error) {
	if s == nil {
		return nil, nil
	}
	r := &Represents{Session: s.Session, Myself: s.Myself, Failure: s.Failure}
	if s.Other == nil {
		return r, nil
	}
	attributes, err := identity.Unseal(s.Other.Attributes)
	if err != nil {
		return nil, err
	}
	right, err := mandate.Unseal(s.Other.Mandate)
	r.Other = &Other{right, s.Other.Subject, s.Other.Merged, attributes}
	return r, err
}

// ChooseAgain lets somebody say anew for whom they act.
func (s *Service) ChooseAgain(ctx context.Context, l *Login) error {
	if _, ok := s.Next(l).(Consent); !ok || !l.Request.Ask.Represents() {
		return ErrNotNow
	}
	l.Represents = nil
	return s.save(ctx, l)
}

// Words of an entry about who acted for whom. Neither entry names the other person.
const (
	fieldActs = "acts" // field of an entry
	actsFor   = "for"  // its person acted for somebody
	actsBy    = "by"   // somebody acted for its person
)

// atBoth makes an entry about the person whom the login is about, and the same at who acts for them.
func (s *Service) atBoth(l *Login, entry journal.Entry) (row journal.Row, acted *journal.Row, err error) {
	m, acting := l.Acting()
	if !acting {
		row, err = s.Journal.Row(entry)
		return row, nil, err
	}
	entry.Fields[fieldActs], entry.Fields["mandate"] = actsBy, s.mandateName(l.Party.Sector, m)
	if row, err = s.Journal.Row(entry); err != nil {
		return row, nil, err
	}
	entry.ID, entry.Who, entry.Fields = seal.NewRowID(entry.At), m.Actor.Usage.String(), maps.Clone(entry.Fields)
	entry.Fields[fieldActs] = actsFor
	second, err := s.Journal.Row(entry)
	return row, &second, err
}

// unrepresented records that somebody may not act for whom they chose, without saying for whom.
func (s *Service) unrepresented(ctx context.Context, l *Login, code string) error {
	now := s.Now()
	row, err := s.Journal.Row(journal.Entry{
		ID: seal.NewRowID(now), Kind: journal.LoginRefused, At: now, Ref: l.Ref(), Party: string(l.Party.ID),
		Fields: map[string]any{"reason": "mandate_" + code, "means": string(l.Proof.Means)},
	})
	if err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	s.Log.InfoContext(ctx, "nobody is acted for", "ref", l.Ref(), "code", code)
	l.Represents = &Represents{Session: l.Proof.Session, Failure: code}
	return s.saveWith(ctx, l, func(ctx context.Context) error { return s.Journal.Append(ctx, row) })
}
