package enrolled

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
)

// Binding says to whom something is bound, and on whose word.
type Binding struct {
	Person   identity.PersonID
	Account  Account
	Level    identity.Level // how surely the office knew who it was
	CapUntil Day            // through this day substantial at most (R-ENR-08); 0: no cap
	Case     string
	Office   string
	Via      Via
}

// Proof is what somebody showed who wants to change what they have: the level of a login made just
// now, and whether that stands still, which is asked in the transaction of the change (nil: it does); or the office where they
// stand.
type Proof struct {
	Level  identity.Level
	Stands func(context.Context) (bool, error)
	Office string
	Case   string
}

// Bind makes candidates the person's own, all or none, in the transaction of the context if there is
// one, with an entry for each.
func (a *Authenticators) Bind(ctx context.Context, b Binding, candidates ...Candidate) ([]Device, error) {
	var rows []Row
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		var err error
		rows, err = a.bind(ctx, b, candidates)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	return a.devices(ctx, rows)
}

func (a *Authenticators) bind(ctx context.Context, b Binding, candidates []Candidate) ([]Row, error) {
	if b.Person.IsZero() || b.Level == identity.None || len(candidates) == 0 {
		return nil, errors.New("a binding without person, level or anything to bind")
	}
	if err := a.keepAccount(ctx, b); err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(candidates))
	for _, c := range candidates {
		row, err := a.newRow(b, c)
		if err != nil {
			return nil, err
		}
		if err := a.deps.Keeper.AddAuthenticator(ctx, row); err != nil {
			return nil, err
		}
		if err := a.deps.Record.Record(ctx, actOf(row, ActBound, "")); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (a *Authenticators) keepAccount(ctx context.Context, b Binding) error {
	kept, err := a.deps.Finder.Account(ctx, b.Person)
	switch {
	case err != nil:
		return err
	case kept == nil:
		return a.deps.Keeper.AddAccount(ctx, a.accountRow(b.Account, b.Person))
	case kept.Handle != b.Account.Handle:
		return ErrAccount
	}
	return nil
}

func (a *Authenticators) newRow(b Binding, c Candidate) (Row, error) {
	k, err := a.openCandidate(c)
	if err != nil {
		return Row{}, err
	}
	if k.Account.Handle != b.Account.Handle { // attacks OT-06: set up for somebody else
		return Row{}, ErrAccount
	}
	plain, err := json.Marshal(k.Record)
	if err != nil {
		return Row{}, errors.New("an authenticator does not marshal")
	}
	row := Row{
		ID: k.ID, Person: b.Person, Handle: b.Account.Handle, Type: k.Type, Mechanism: k.Mechanism, Level: b.Level, CapUntil: b.CapUntil,
		Case: b.Case, Office: b.Office, Via: b.Via, State: Active, Since: DayOf(a.deps.Now()), Sealed: a.deps.Vault.Seal(plain, recordPlace(k.ID)),
	}
	if k.Record.Credential != nil {
		row.Credential = a.credentialDigests(k.Record.Credential.ID)
	}
	return row, nil
}

// Add binds one more on the word of what its owner has. They must have shown the highest level that
// they hold (R-2FA-02), and the new one is worth no more than what they showed.
func (a *Authenticators) Add(ctx context.Context, person identity.PersonID, proof Proof, c Candidate, also ...Also) (Device, error) {
	d, err := a.swap(ctx, person, proof, c, func(context.Context, []Row) error { return nil }, also)
	return d, wrap("add a device", err)
}

// Replace is Add after which an old one is lost, in one transaction.
func (a *Authenticators) Replace(ctx context.Context, person identity.PersonID, old DeviceID, proof Proof, c Candidate, also ...Also) (Device, error) {
	d, err := a.swap(ctx, person, proof, c, func(ctx context.Context, held []Row) error { return a.lose(ctx, held, old, proof) }, also)
	if err != nil {
		return Device{}, wrap("replace a device", err)
	}
	return d, a.ended(ctx, person)
}

// Renew is Add of recovery codes, after which those from before are removed, in one transaction: of several at once the
// last one's are left. What an emergency put aside stays so. Where there were none, fresh has a say: they are one more way
// to log in then.
func (a *Authenticators) Renew(ctx context.Context, person identity.PersonID, proof Proof, codes Candidate, fresh Also, also ...Also) error {
	_, err := a.swap(ctx, person, proof, codes, func(ctx context.Context, held []Row) error {
		first := true
		for _, row := range held {
			if row.Type != Recovery || !slices.Contains([]State{Active, Suspended, Withheld}, row.State) {
				continue
			}
			if a.keeps(row, proof) {
				return ErrTooWeak
			}
			if err := a.end(ctx, held, row.ID, Removed, ActRemoved); err != nil {
				return err
			}
			first = false
		}
		if !first {
			return nil
		}
		return fresh(ctx)
	}, also)
	return wrap("make recovery codes anew", err)
}

// swap binds one more after it has ended what gives way to it.
func (a *Authenticators) swap(ctx context.Context, person identity.PersonID, proof Proof, c Candidate, gives func(context.Context, []Row) error, also []Also) (Device, error) {
	var rows []Row
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		held, err := a.hold(ctx, person)
		if err != nil {
			return err
		}
		b, err := a.onWordOf(ctx, person, held, proof)
		if err != nil {
			return err
		}
		if err := gives(ctx, held); err != nil {
			return err
		}
		if rows, err = a.bind(ctx, b, []Candidate{c}); err != nil {
			return err
		}
		return together(ctx, also)
	})
	if err != nil {
		return Device{}, err
	}
	devices, err := a.devices(ctx, rows)
	if err != nil {
		return Device{}, err
	}
	return devices[0], nil
}

// onWordOf gives the binding that somebody's own devices vouch for.
func (a *Authenticators) onWordOf(ctx context.Context, person identity.PersonID, held []Row, proof Proof) (Binding, error) {
	account, has, err := a.AccountOf(ctx, person)
	if err != nil {
		return Binding{}, err
	}
	if !has {
		return Binding{}, ErrAccount
	}
	highest, rests := identity.None, Row{}
	for _, row := range held {
		if row.State != Active {
			continue
		}
		if worth := a.worth(row); worth > highest {
			highest, rests = worth, row
		}
	}
	if highest == identity.None || !proof.Level.Satisfies(highest) {
		return Binding{}, ErrTooWeak
	}
	if err := a.loginStands(ctx, person, proof); err != nil {
		return Binding{}, err
	}
	return Binding{
		Person: person, Account: account, Level: identity.Least(proof.Level, rests.Level), CapUntil: rests.CapUntil,
		Case: rests.Case, Office: rests.Office, Via: ViaDevice,
	}, nil
}

// worth is the most that an authenticator gives today.
func (a *Authenticators) worth(row Row) identity.Level {
	return identity.Least(row.enrolment(DayOf(a.deps.Now())), a.deps.Worth(row.Mechanism.Evidence()), a.settings.Ceiling)
}

func actOf(row Row, what What, why Reason) Act {
	return Act{
		Person: row.Person, What: what, Device: row.ID, Mechanism: row.Mechanism, Level: row.Level, Case: row.Case, Office: row.Office, Via: row.Via, Why: why,
	}
}
