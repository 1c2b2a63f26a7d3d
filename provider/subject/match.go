package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// Recorder turns an entry into a row; the row commits with the change that it records.
type Recorder interface {
	Row(journal.Entry) (journal.Row, error)
}

// Matcher finds the one person behind an authentication, or makes them. All fields are set by the
// wiring and never change.
type Matcher struct {
	Store   Store
	Digests seal.Digester
	Vault   seal.Vault // seals identifiers, upstream subjects and contacts
	JoinKey seal.Vault // seals usage ids
	Journal Recorder
	// Authoritative says which identifiers a means is trusted for, as "PNOPL". A means that is not
	// listed is trusted for none: what it tells finds nobody.
	Authoritative map[identity.Means][]string
	Now           func() time.Time
}

// tries is how often a match begins again because somebody else wrote first. Each time something
// was written, so that this many in a row do not happen.
const tries = 8

// maxMerges bounds how far a chain of merged persons is followed.
const maxMerges = 8

var (
	errNoSubject = errors.New("subject: an authentication that does not say who")
	errMerges    = errors.New("subject: merged persons lead nowhere")
)

// Match finds the person behind an authentication, or makes them. register is what the population
// register said about the identifier in it; nil means that it did not answer. Two first logins at
// once, on whichever replicas, make one person: identifiers are unique in the database, and the
// one who comes second looks again.
func (m *Matcher) Match(ctx context.Context, auth identity.Authentication, register *Registered) (identity.Person, error) {
	if auth.Subject.IsZero() {
		return identity.Person{}, errNoSubject
	}
	t := m.told(auth, register)
	for range tries {
		person, err := m.match(ctx, t)
		if !errors.Is(err, ErrTaken) {
			return person, err
		}
	}
	return identity.Person{}, fmt.Errorf("match: %w, %d times", ErrTaken, tries)
}

func (m *Matcher) match(ctx context.Context, t told) (identity.Person, error) {
	known, err := m.Store.ByLink(ctx, t.link)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find by tie: %w", err)
	}
	if known != nil {
		return m.returning(ctx, t, *known)
	}
	return m.first(ctx, t)
}

// returning lets in a person whose means is tied already, after comparing what it says with what
// is known: an upstream may have given the account to somebody else (means.md §1.6).
func (m *Matcher) returning(ctx context.Context, t told, known Known) (identity.Person, error) {
	known, err := m.follow(ctx, known)
	if err != nil {
		return identity.Person{}, err
	}
	for _, n := range t.numbers {
		if known.knows(n) && !known.holds(n) && !t.tiesTo(n, known) {
			return m.conflict(ctx, t, known.ID, "number")
		}
	}
	return m.admit(ctx, t, known, nil)
}

// first decides about a means that is tied to nobody yet.
func (m *Matcher) first(ctx context.Context, t told) (identity.Person, error) {
	if len(t.trusted) == 0 || !t.said.complete() { // without name and birth date a number alone ties nothing
		return identity.Person{}, ErrUnlinked
	}
	if t.denied() {
		return identity.Person{}, ErrNotInRegister
	}
	persons, err := m.holders(ctx, t)
	if err != nil {
		return identity.Person{}, err
	}
	switch len(persons) {
	case 0:
		return m.create(ctx, t)
	case 1:
		link := m.link(t, persons[0].ID)
		return m.admit(ctx, t, persons[0], &link)
	default:
		return m.conflict(ctx, t, persons[0].ID, "two_persons") // R-PER-03
	}
}

// holders gives the persons behind the trusted identifiers, and behind those that the register
// says belong to the same human.
func (m *Matcher) holders(ctx context.Context, t told) ([]Known, error) {
	found, err := m.Store.ByIdentifiers(ctx, keys(append(slices.Clone(t.trusted), t.registered...)))
	if err != nil {
		return nil, fmt.Errorf("find by identifier: %w", err)
	}
	var persons []Known
	for _, known := range found {
		known, err := m.follow(ctx, known)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(persons, func(k Known) bool { return k.ID == known.ID }) {
			persons = append(persons, known)
		}
	}
	return persons, nil
}

// admit compares, writes what changed, and gives the person. A link is written with the rest.
func (m *Matcher) admit(ctx context.Context, t told, known Known, link *LinkRow) (identity.Person, error) {
	if err := refused(known.State); err != nil {
		return identity.Person{}, err
	}
	if t.denied() {
		return identity.Person{}, ErrNotInRegister
	}
	if t.register != nil && !t.concerns(known) {
		return m.conflict(ctx, t, known.ID, "register_number")
	}
	if t.register != nil && t.register.Deceased {
		return m.died(ctx, known)
	}
	if t.register == nil && (t.outdated(known) || !m.comparable(known)) {
		return identity.Person{}, ErrNoRegister
	}
	comparisons, reason := m.compare(t, known)
	if reason != "" {
		return m.conflict(ctx, t, known.ID, reason)
	}
	change := Change{Person: known.ID, Link: link, Comparisons: comparisons, Contacts: m.contacts(t, known)}
	var err error
	if change.Identifiers, change.Restate, err = m.renumber(ctx, t, known); errors.Is(err, ErrConflict) {
		return m.conflict(ctx, t, known.ID, "two_persons")
	} else if err != nil {
		return identity.Person{}, err
	}
	if err := m.write(ctx, change, m.recordOf(t, change)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}

// died records that the register says so, and names the person beside the error, so that what they
// hold elsewhere can be ended.
func (m *Matcher) died(ctx context.Context, known Known) (identity.Person, error) {
	entry := journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": []string{"state"}, "state": string(identity.Deceased)}}
	err := m.write(ctx, Change{Person: known.ID, State: identity.Deceased}, entry)
	if err != nil {
		return identity.Person{}, err
	}
	known.State = identity.Deceased
	person, err := m.person(known.PersonRow)
	if err != nil {
		return identity.Person{}, err
	}
	return person, ErrDeceased
}

// create makes a person of a number that nobody here has, as the register knows them. Person,
// identifiers, comparison, tie and record are one transaction.
func (m *Matcher) create(ctx context.Context, t told) (identity.Person, error) {
	switch {
	case t.register == nil:
		return identity.Person{}, ErrNoRegister
	case !t.concerns(Known{Identifiers: rows(t.trusted)}):
		return m.conflict(ctx, t, identity.PersonID{}, "register_number")
	case t.said.contradicts(t.registers):
		return m.conflict(ctx, t, identity.PersonID{}, "name_or_birth") // attacks LK-06
	case t.register.Deceased:
		return identity.Person{}, ErrDeceased // nobody is made of the dead
	}
	row := m.newPerson()
	link := m.link(t, row.ID)
	change := Change{Person: row.ID, Make: &row, Link: &link, Contacts: m.contacts(t, Known{PersonRow: row})}
	change.Identifiers, change.Restate = m.numbering(t, Known{})
	change.Comparisons = m.comparisons(t.best())
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": string(t.auth.Means)}}
	if err := m.write(ctx, change, append([]journal.Entry{made}, m.recordOf(t, change)...)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(row)
}

// follow goes from a merged person to the one they became.
func (m *Matcher) follow(ctx context.Context, known Known) (Known, error) {
	for range maxMerges {
		if known.State != identity.Merged {
			return known, nil
		}
		next, err := m.Store.ByID(ctx, known.Into)
		if err != nil {
			return Known{}, fmt.Errorf("follow a merged person: %w", err)
		}
		if next == nil {
			return Known{}, errMerges
		}
		known = *next
	}
	return Known{}, errMerges
}

func refused(state identity.PersonState) error {
	switch state {
	case identity.Active:
		return nil
	case identity.Deceased:
		return ErrDeceased
	default: // a state that this version does not know lets nobody in
		return ErrFrozen
	}
}
