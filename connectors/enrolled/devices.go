package enrolled

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"symbolon/connectors/identity"
)

// longestLabel is how much of a name for a device is kept, in characters.
const longestLabel = 40

// Devices gives all that a person ever had, oldest first.
func (a *Authenticators) Devices(ctx context.Context, person identity.PersonID) ([]Device, error) {
	rows, err := a.deps.Finder.ByPerson(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return a.devices(ctx, rows)
}

func (a *Authenticators) devices(ctx context.Context, rows []Row) ([]Device, error) {
	all := make([]Device, 0, len(rows))
	for _, row := range rows {
		d := Device{
			ID: row.ID, Type: row.Type, Mechanism: row.Mechanism, State: row.State, Since: row.Since, Level: a.worth(row),
			Phishable: row.Mechanism.Phishable(), Left: -1, Case: row.Case, Office: row.Office, Via: row.Via,
		}
		if row.Label != nil {
			label, err := a.deps.Vault.Open(row.Label, labelPlace(row.ID))
			if err != nil {
				return nil, fmt.Errorf("open the name of a device: %w", err)
			}
			d.Name = string(label)
		}
		if row.Type == Passkey {
			r, err := a.open(row)
			if err != nil {
				return nil, err
			}
			d.Form = formOf(r.Credential)
		}
		if row.Mechanism == Codes {
			left, err := a.left(ctx, row)
			if err != nil {
				return nil, err
			}
			d.Left = left
		}
		if row.Type != Passkey {
			account, _, err := a.AccountOf(ctx, row.Person)
			if err != nil {
				return nil, err
			}
			d.Account = account.Name
		}
		all = append(all, d)
	}
	return all, nil
}

// Most gives this means, and the most that anything gives which a person has of it, whether or not it lets them in now. What
// they lost counts until an office gave them something else.
func (a *Authenticators) Most(ctx context.Context, person identity.PersonID) (identity.Means, identity.Level, error) {
	rows, err := a.deps.Finder.ByPerson(ctx, person)
	most := identity.None
	for _, row := range rows {
		anew := func(one Row) bool {
			return one.State == Active && one.Via != ViaDevice && one.Case != row.Case && one.Since >= row.Since
		}
		if row.State == Removed || row.State == Superseded || row.State == Lost && slices.ContainsFunc(rows, anew) {
			continue
		}
		most = max(most, a.worth(row))
	}
	return a.settings.ID, most, wrap("look at what a person has", err)
}

// left counts the codes of a list that were not used yet.
func (a *Authenticators) left(ctx context.Context, row Row) (int, error) {
	r, err := a.open(row)
	if err != nil || a.forgotten(r) {
		return 0, err
	}
	used, err := a.deps.Marks.Mark(ctx, r.Mark)
	if err != nil {
		return 0, fmt.Errorf("count codes: %w", err)
	}
	return len(r.Codes) - bits.OnesCount64(uint64(used)), nil //nolint:gosec // a set of bits, not a number
}

// Rename gives a device a name of its owner's choice. An empty one takes the name away.
func (a *Authenticators) Rename(ctx context.Context, person identity.PersonID, id DeviceID, name string) error {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name))
	if runes := []rune(name); len(runes) > longestLabel {
		name = string(runes[:longestLabel])
	}
	var sealed []byte
	if name != "" {
		sealed = a.deps.Vault.Seal([]byte(name), labelPlace(id))
	}
	return a.change(ctx, "rename a device", person, id, func(ctx context.Context, row Row) error {
		done, err := a.deps.Keeper.Relabel(ctx, row.Person, id, sealed)
		if err != nil {
			return err
		}
		if !done {
			return ErrNoDevice
		}
		return a.deps.Record.Record(ctx, actOf(row, ActRenamed, ByOwner))
	})
}

// Also is what commits with a change of a device, or the change does not: a notice to its owner.
type Also func(context.Context) error

func together(ctx context.Context, also []Also) error {
	for _, do := range also {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Suspend puts a device aside and ends what was opened with it. It only takes away, so that nothing
// has to be shown for it.
func (a *Authenticators) Suspend(ctx context.Context, person identity.PersonID, id DeviceID, why Reason, also ...Also) error {
	err := a.change(ctx, "suspend a device", person, id, func(ctx context.Context, row Row) error {
		if row.State == Suspended {
			return nil
		}
		if err := must(a.restate(ctx, row, Suspended, ActSuspended, why, Active)); err != nil {
			return err
		}
		return together(ctx, also)
	})
	if err != nil {
		return err
	}
	return a.ended(ctx, person)
}

// ended ends what somebody holds elsewhere. Where that fails the device stands as it should, and that the rest
// is to end is kept with it.
func (a *Authenticators) ended(ctx context.Context, persons ...identity.PersonID) error {
	for _, person := range persons {
		if err := a.deps.Ended(ctx, person); err != nil {
			return fmt.Errorf("end what was opened with a device: %w", err)
		}
	}
	return nil
}

// Resume takes a device back that was put aside: in an office, or on the word of another that gives at
// least as much.
func (a *Authenticators) Resume(ctx context.Context, person identity.PersonID, id DeviceID, proof Proof) error {
	return a.change(ctx, "resume a device", person, id, func(ctx context.Context, row Row) error {
		why, least := ByOwner, identity.Low
		if row.State == Aside { // codes, too: never by what the emergency gave
			least = identity.Substantial
		}
		if proof.Office != "" {
			why = ByOffice
		} else if !proof.Level.Satisfies(max(a.worth(row), least)) {
			return ErrTooWeak
		} else if err := a.loginStands(ctx, row.Person, proof); err != nil {
			return err
		}
		return must(a.restate(ctx, row, Active, ActResumed, why, Suspended, Doubted, Aside))
	})
}

// loginStands says ErrTooWeak of a login that stands no more, and of each while what was opened with something that was stopped
// is still to end: it may be of that. Its person is held.
func (a *Authenticators) loginStands(ctx context.Context, person identity.PersonID, proof Proof) error {
	owed, err := a.deps.Owed(ctx, person)
	stands := !owed
	if err == nil && stands && proof.Stands != nil {
		stands, err = proof.Stands(ctx)
	}
	if err == nil && !stands {
		err = ErrTooWeak
	}
	return err
}

// Lose ends a device that its owner no longer has, and what was opened with it. That is final. One that an
// emergency put aside lets nobody in anyway: it is taken back first, or whoever holds only what the emergency
// gave could end what is stronger (R-ENR-13). One that is suspended lets nobody in either, so that it takes a proof
// of what it gives: ErrTooWeak.
func (a *Authenticators) Lose(ctx context.Context, person identity.PersonID, id DeviceID, proof Proof, also ...Also) error {
	err := a.change(ctx, "lose a device", person, id, func(ctx context.Context, row Row) error {
		if row.State == Lost {
			return nil
		}
		if proof.Office == "" && row.stopped() {
			if err := a.loginStands(ctx, row.Person, proof); err != nil {
				return err
			}
		}
		if err := a.lose(ctx, []Row{row}, id, proof); err != nil {
			return err
		}
		return together(ctx, also)
	})
	if err != nil {
		return err
	}
	return a.ended(ctx, person)
}

// lose ends one of some devices for good, on a proof of what it gives where it lets nobody in: whoever holds only what
// is weaker would end what another stopped for a while.
func (a *Authenticators) lose(ctx context.Context, rows []Row, id DeviceID, proof Proof) error {
	if slices.ContainsFunc(rows, func(row Row) bool { return row.ID == id && a.keeps(row, proof) }) {
		return ErrTooWeak
	}
	return a.end(ctx, rows, id, Lost, ActLost)
}

// stopped reports whether somebody or something keeps it from letting its owner in, who may have it back.
func (r Row) stopped() bool {
	return slices.Contains([]State{Suspended, Doubted, Withheld}, r.State)
}

// keeps reports whether something that is stopped takes more than a proof to be ended for good.
func (a *Authenticators) keeps(row Row, proof Proof) bool {
	return row.stopped() && proof.Office == "" && !proof.Level.Satisfies(a.worth(row))
}

// Remove ends a device that its owner no longer wants. That is final.
func (a *Authenticators) Remove(ctx context.Context, person identity.PersonID, id DeviceID) error {
	return a.change(ctx, "remove a device", person, id, func(ctx context.Context, row Row) error {
		return a.end(ctx, []Row{row}, id, Removed, ActRemoved)
	})
}

// end ends one of some devices, once and for all. One that has ended so already is left as it is.
func (a *Authenticators) end(ctx context.Context, rows []Row, id DeviceID, to State, what What) error {
	i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == id })
	if i < 0 {
		return ErrNoDevice
	}
	if rows[i].State == to {
		return nil
	}
	return must(a.restate(ctx, rows[i], to, what, ByOwner, Active, Suspended, Doubted, Withheld))
}

// SuspendCase puts aside all that came of a case, in the transaction of the context if there is one: the
// application for a first identity card was refused, or a review found something. What its owner added since
// goes with it: nobody knows by which of their devices. What was opened with it ends by EndCase, when that has
// committed.
func (a *Authenticators) SuspendCase(ctx context.Context, caseID string, why Reason) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.holdCase(ctx, caseID)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := a.restate(ctx, row, Suspended, ActSuspended, why, Active, Aside); err != nil {
				return err
			}
		}
		return a.suspendAdded(ctx, rows, why)
	})
	return wrap("suspend what came of a case", err)
}

// EndCase ends what was opened with what came of a case, also where that was stopped before.
func (a *Authenticators) EndCase(ctx context.Context, caseID string) error {
	rows, err := a.deps.Finder.ByCase(ctx, caseID)
	if err != nil {
		return fmt.Errorf("find what came of a case: %w", err)
	}
	var persons []identity.PersonID
	for _, row := range rows {
		if !slices.Contains(persons, row.Person) {
			persons = append(persons, row.Person)
		}
	}
	return a.ended(ctx, persons...)
}

// doubt puts a passkey aside whose count went back, and ends what was opened with either of the two.
func (a *Authenticators) doubt(ctx context.Context, row Row) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		_, err := a.restate(ctx, row, Doubted, ActSuspended, CountBack, Active)
		return err
	})
	if err != nil {
		return fmt.Errorf("put a passkey aside: %w", err)
	}
	return a.ended(ctx, row.Person)
}

// change does something to one device of a person, in one transaction. Somebody else's is none.
func (a *Authenticators) change(ctx context.Context, doing string, person identity.PersonID, id DeviceID, do func(context.Context, Row) error) error {
	err := a.deps.Keeper.Atomically(ctx, func(ctx context.Context) error {
		rows, err := a.hold(ctx, person)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == id })
		if i < 0 {
			return ErrNoDevice
		}
		return do(ctx, rows[i])
	})
	return wrap(doing, err)
}

// restate changes how a device stands, with an entry; false if it stands otherwise.
func (a *Authenticators) restate(ctx context.Context, row Row, to State, what What, why Reason, from ...State) (bool, error) {
	done, err := a.deps.Keeper.Restate(ctx, row.Person, row.ID, from, to)
	if err != nil || !done {
		return false, err
	}
	if to != Active && to != Removed { // whatever dies now, what was opened with it ends
		if err := a.deps.Owes(ctx, row.Person); err != nil {
			return false, err
		}
	}
	return true, a.deps.Record.Record(ctx, actOf(row, what, why))
}

func must(done bool, err error) error {
	if err == nil && !done {
		return ErrNoDevice
	}
	return err
}
