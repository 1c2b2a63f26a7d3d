package staff

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Recorder turns an entry into a row; the row commits with the change that it records.
type Recorder interface {
	Row(journal.Entry) (journal.Row, error)
}

// Registry answers who may do what, and changes it. All fields are set by the wiring and never change.
type Registry struct {
	Store   Store
	Vault   seal.Vault // seals names
	Journal Recorder
	Now     func() time.Time
}

// Of gives the appointments of a person that are not ended, as they are now: who was locked a moment
// ago is locked in the next request (attacks IN-10).
func (r *Registry) Of(ctx context.Context, person identity.PersonID) ([]Member, error) {
	if person.IsZero() {
		return nil, nil
	}
	return r.members(ctx, Which{Person: person})
}

// In gives the appointments of an office that are not ended.
func (r *Registry) In(ctx context.Context, office string) ([]Member, error) {
	return r.members(ctx, Which{Office: office})
}

// LockedOut gives the appointments of every office that are locked, the last one first.
func (r *Registry) LockedOut(ctx context.Context) ([]Member, error) {
	return r.members(ctx, Which{Locked: true})
}

// Member gives one appointment.
func (r *Registry) Member(ctx context.Context, id ID) (Member, error) {
	all, err := r.members(ctx, Which{ID: id})
	if err == nil && len(all) == 0 {
		err = ErrNobody
	}
	if err != nil {
		return Member{}, err
	}
	return all[0], nil
}

// Able gives the appointment of a person that allows an act, in the office if one is named. Errors:
// ErrNobody, ErrLocked.
func (r *Registry) Able(ctx context.Context, person identity.PersonID, act Act, office string) (Member, error) {
	all, err := r.Of(ctx, person)
	if err != nil {
		return Member{}, err
	}
	refused := ErrNobody
	for _, m := range all {
		if office != "" && m.Office != "" && m.Office != office {
			continue
		}
		err := Usable(m, act)
		if err == nil {
			return m, nil
		}
		if errors.Is(err, ErrLocked) && m.Role.May(act) {
			refused = ErrLocked
		}
	}
	return Member{}, refused
}

// Places gives every institution, office and station.
func (r *Registry) Places(ctx context.Context) (Places, error) {
	places, err := r.Store.Places(ctx)
	if err != nil {
		return Places{}, fmt.Errorf("read offices: %w", err)
	}
	return places, nil
}

// Count counts one act of a person against the cap of the day, whatever appointments they have (attacks IN-02);
// it is to be called in the transaction of the act. At the cap the caller must undo the act and call Exhausted.
func (r *Registry) Count(ctx context.Context, m Member, office Office, act Act, most int) error {
	ok, err := r.Store.CountStaff(ctx, Counter{Person: m.Person, Day: office.Day(r.Now()), What: string(act), Most: most})
	if err != nil {
		return fmt.Errorf("count %s: %w", act, err)
	}
	if !ok {
		return ErrCap
	}
	return nil
}

// Exhausted locks who reached the day's cap: all their appointments to that role. Another person lets them in
// again (means.md R-VER-04).
func (r *Registry) Exhausted(ctx context.Context, m Member) error {
	all, err := r.Of(ctx, m.Person)
	if err != nil {
		return err
	}
	var entries []journal.Entry
	for _, one := range all {
		if one.Role == m.Role && (one.State == Active || one.Why == officeOff) {
			entries = append(entries, r.entry(journal.StaffLocked, "", one, "why", dailyCap))
		}
	}
	change := StateChange{ID: m.ID, Person: m.Person, Alike: true, From: Active, To: Locked, Why: dailyCap, At: r.Now()}
	err = r.write(ctx, Change{State: &change}, entries...)
	if err != nil && !errors.Is(err, ErrNobody) { // locked meanwhile by a parallel try
		return err
	}
	return nil
}

func (r *Registry) members(ctx context.Context, which Which) ([]Member, error) {
	rows, err := r.Store.StaffOf(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	places, err := r.Places(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Member, 0, len(rows))
	for _, row := range rows {
		if row.State == Ended && which.ID == (ID{}) {
			continue
		}
		name, err := r.Vault.Open(row.Sealed, namePlace(row.ID))
		if err != nil {
			return nil, fmt.Errorf("open a colleague's name: %w", err)
		}
		row.Name = identity.Hide(string(name))
		if row.State == Active && places.Off(row.Office) { // attacks SE-12
			row.State, row.Why = Locked, officeOff
		}
		all = append(all, row.Member)
	}
	return all, nil
}

// entry records an act on staff: who did it, to which appointment.
func (r *Registry) entry(kind journal.Kind, by string, whom Member, more ...string) journal.Entry {
	fields := map[string]any{"member": whom.ID.String(), "office": whom.Office, "role": string(whom.Role)}
	if by != "" {
		fields["by"] = by
	}
	for i := 0; i+1 < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	return journal.Entry{Kind: kind, Fields: fields}
}

func (r *Registry) write(ctx context.Context, c Change, entries ...journal.Entry) error {
	for _, e := range entries {
		e.At = r.Now()
		row, err := r.Journal.Row(e)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.Kind, err)
		}
		c.Entries = append(c.Entries, row)
	}
	return r.Store.WriteStaff(ctx, c)
}

func randomID() [16]byte {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return id
}

func namePlace(id ID) string { return "staff name " + hex.EncodeToString(id[:]) }
