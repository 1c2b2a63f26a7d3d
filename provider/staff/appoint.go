package staff

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Newcomer is who is to be appointed, and to what.
type Newcomer struct {
	Person identity.PersonID
	Name   identity.Secret
	Office string
	Role   Role
}

// Open makes an office with its institution, or renames them.
func (r *Registry) Open(ctx context.Context, institution Institution, office Office, by string) error {
	office.Institution = institution.ID
	entry := journal.Entry{Kind: journal.OfficeChanged, Fields: map[string]any{"office": office.ID, "institution": institution.ID, "by": by}}
	return r.write(ctx, Change{Institution: &institution, Office: &office}, entry)
}

// Turn switches an office, or an institution with all its offices, off or on. While it is off nobody
// works there, and what it handed out lets nobody in (attacks SE-12). Renaming switches nothing on.
// ErrNoOffice if there is none of this name.
func (r *Registry) Turn(ctx context.Context, turn Turn, by string) error {
	act, what := "enabled", "office"
	if turn.Off {
		act = "disabled"
	}
	if turn.Institution {
		what = "institution"
	}
	entry := journal.Entry{Kind: journal.OfficeChanged, Fields: map[string]any{"act": act, what: turn.ID, "by": by}}
	return r.write(ctx, Change{Turn: &turn}, entry)
}

// Namings is how often a local administrator may ask a register in a day who is to be named.
const Namings = 20

// Naming is asked before a register says who is to be named: whoever may not name anybody to a role learns
// nothing of anybody, and what is asked is counted and on record. Errors: those of Appoint, and ErrCap, at
// which the appointment of the asker is locked.
func (r *Registry) Naming(ctx context.Context, by Member, office Office, role Role) error {
	if err := mayName(by, office.ID, role); err != nil {
		return err
	}
	err := r.Count(ctx, by, office, Appoint, Namings)
	if errors.Is(err, ErrCap) {
		return errors.Join(err, r.Exhausted(ctx, by))
	}
	if err != nil {
		return err
	}
	return r.write(ctx, Change{}, NamingEntry(by, "asked"))
}

// NamingEntry is the entry of a look at the register for the name of who is to be named: before it is asked, and,
// at the person, when it has answered.
func NamingEntry(by Member, outcome string) journal.Entry {
	return journal.Entry{Kind: journal.LookedUp, Fields: map[string]any{
		"by": by.ID.String(), "office": by.Office, "purpose": "appointment", "fields": []string{"name", "birthdate", "address"}, "outcome": outcome,
	}}
}

func mayName(by Member, office string, role Role) error {
	switch err := Usable(by, Appoint); {
	case err != nil:
		return err
	case by.Office == "" || by.Office != office:
		return ErrNobody
	case !role.namedByPage():
		return ErrSecond
	default:
		return nil
	}
}

// Appoint lets a local administrator name a clerk of their own office. Who is under a lock begins locked. Errors:
// ErrNobody, ErrSelf, ErrSecond for a role that two persons name, ErrTaken, ErrApart beside a role of the person
// that goes with no such one.
func (r *Registry) Appoint(ctx context.Context, by Member, n Newcomer) (Member, error) {
	if err := mayName(by, n.Office, n.Role); err != nil {
		return Member{}, err
	}
	if by.Person == n.Person { // an administrator may not enrol or look up (means.md §4.2)
		return Member{}, ErrSelf
	}
	row := r.row(n)
	if err := r.write(ctx, Change{Appoint: &row}, r.entry(journal.StaffNamed, by.ID.String(), row.Member)); err != nil {
		return Member{}, err
	}
	return r.Member(ctx, row.ID)
}

// Propose is the first half of naming somebody by the command: by says who proposes, as the machine
// knows them. Any role may be named so; it is how the first administrator of an installation and of
// an office comes to be.
func (r *Registry) Propose(ctx context.Context, n Newcomer, by string) (Proposal, error) {
	if !n.Role.Known() || by == "" || n.Office == "" && n.Role != SecurityOfficer {
		return Proposal{}, ErrNobody
	}
	if err := r.knows(ctx, n.Office); err != nil {
		return Proposal{}, err
	}
	p := Proposal{ID: randomID(), Row: r.row(n), By: by, Proposed: r.Now()}
	if err := r.write(ctx, Change{Propose: &p}, r.entry(journal.StaffProposed, by, p.Row.Member)); err != nil {
		return Proposal{}, err
	}
	return p, nil
}

// ProposalLife is how long a proposal may be confirmed: who proposed it still knows why.
const ProposalLife = 7 * 24 * time.Hour

// Confirm is the second half, by another person: ErrSecond if it is the same (attacks IN-01). The
// database holds the rule, too. Other errors: ErrNobody where none waits any more, ErrTaken, ErrApart.
func (r *Registry) Confirm(ctx context.Context, proposal [16]byte, by string) (Member, error) {
	p, err := r.Store.Proposal(ctx, proposal)
	switch {
	case err != nil:
		return Member{}, fmt.Errorf("find a proposal: %w", err)
	case p == nil, r.Now().Sub(p.Proposed) > ProposalLife:
		return Member{}, ErrNobody
	case by == "" || by == p.By:
		return Member{}, ErrSecond
	}
	change := Change{Appoint: &p.Row, Confirm: &Confirmation{proposal, by, r.Now()}}
	if err := r.write(ctx, change, r.entry(journal.StaffNamed, by, p.Row.Member, "proposal", hex.EncodeToString(proposal[:]))); err != nil {
		return Member{}, err
	}
	return r.Member(ctx, p.Row.ID)
}

// Lock keeps a colleague out, also where a full counter does already: that says nothing of what they handed out. An act
// that only takes away needs one person, but another one.
func (r *Registry) Lock(ctx context.Context, by Member, whom ID, why string) error {
	return r.change(ctx, by, whom, StateChange{From: Active, To: Locked, Why: why}, journal.StaffLocked, mayLock)
}

// Unlock lets a colleague in again; if it was a cap that locked them, their counters of the day begin anew. ErrSecond
// where that takes a security officer: they were locked twice within a week.
func (r *Registry) Unlock(ctx context.Context, by Member, whom ID, why string) error {
	return r.change(ctx, by, whom, StateChange{From: Locked, To: Active, Why: why}, journal.StaffUnlocked, mayUnlock)
}

// End takes an appointment away for good.
func (r *Registry) End(ctx context.Context, by Member, whom ID, why string) error {
	return r.change(ctx, by, whom, StateChange{To: Ended, Why: why}, journal.StaffEnded, mayLock)
}

func (r *Registry) change(ctx context.Context, by Member, id ID, c StateChange, kind journal.Kind, may func(by, whom Member, same bool) error) error {
	whom, err := r.Member(ctx, id)
	if err != nil {
		return err
	}
	same, err := r.sameInstitution(ctx, by.Office, whom.Office)
	if err != nil {
		return err
	}
	if err := may(by, whom, same); err != nil {
		return err
	}
	if c.From == "" {
		c.From = whom.State
	}
	switch {
	case c.To == Ended && whom.Why == officeOff: // locked by its office alone
		c.From = Active
	case c.To == Locked && atCap(whom):
		c.From = Locked
	}
	c.ID, c.Person, c.By, c.At = id, whom.Person, by.Person, r.Now()
	return r.write(ctx, Change{State: &c}, r.entry(kind, by.ID.String(), whom, "why", c.Why))
}

func (r *Registry) sameInstitution(ctx context.Context, a, b string) (bool, error) {
	places, err := r.Places(ctx)
	if err != nil {
		return false, err
	}
	one, knownOne := places.Office(a)
	two, knownTwo := places.Office(b)
	return knownOne && knownTwo && one.Institution == two.Institution, nil
}

func (r *Registry) knows(ctx context.Context, office string) error {
	if office == "" {
		return nil
	}
	places, err := r.Places(ctx)
	if err != nil {
		return err
	}
	if _, known := places.Office(office); !known {
		return ErrNoOffice
	}
	return nil
}

func (r *Registry) row(n Newcomer) Row {
	row := Row{Member: Member{ID: randomID(), Person: n.Person, Office: n.Office, Role: n.Role, Name: n.Name, State: Active}}
	row.Sealed = r.Vault.Seal([]byte(n.Name.Reveal()), namePlace(row.ID))
	return row
}
