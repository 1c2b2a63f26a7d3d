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
	Cases   Cases
	Ties    Ties
	Formers Replaced // contacts of before
	Digests seal.Digester
	Vault   seal.Vault // seals identifiers, upstream subjects and contacts
	JoinKey seal.Vault // seals usage ids
	Journal Recorder
	// Authoritative says which identifiers a means is trusted for, as "PNOPL". A means that is not
	// listed is trusted for none: what it tells finds nobody.
	Authoritative map[identity.Means][]string
	// Persistence says how long an eIDAS identifier of a country lasts; "" is the rule for the rest.
	Persistence map[string]Persistence
	Country     string // of local numbers, ISO 3166-1 alpha-2
	Tell        Told   // nil tells nobody
	Most        Most   // nil: no office hands anything out
	Now         func() time.Time
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
	if known != nil && known.Tie.Ended == 0 {
		return m.returning(ctx, t, *known)
	}
	if known != nil && known.Tie.EndedBy == ByPerson {
		return m.removed(ctx, t, *known)
	}
	return m.first(ctx, t)
}

// removed decides about a means that its person took off. It does not come back by itself; somebody
// else whom the upstream gave the account to is another matter.
func (m *Matcher) removed(ctx context.Context, t told, tied Known) (identity.Person, error) {
	tied, err := m.follow(ctx, tied)
	if err != nil {
		return identity.Person{}, err
	}
	if len(t.trusted) == 0 || slices.ContainsFunc(t.trusted, tied.holds) {
		return identity.Person{}, ErrRemoved
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
		if known.knows(n) && !known.holds(n) && !t.tiesTo(n, known) && !m.newlyNumbered(t, known, n) && !m.mayChange(n) {
			return m.conflict(ctx, t, Case{Person: known.ID, Link: known.Tie.ID, Reasons: []string{OtherNumber}})
		}
	}
	return m.admit(ctx, t, known, nil)
}

// first decides about a means that is tied to nobody yet.
func (m *Matcher) first(ctx context.Context, t told) (identity.Person, error) {
	if len(t.trusted) == 0 || !t.said.complete() { // without name and birth date a number alone ties nothing
		return m.unlinked(ctx, t)
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
		if !slices.ContainsFunc(t.trusted, number.national) { // means.md §9.2: no register knows a foreign identifier
			return m.unlinked(ctx, t)
		}
		return m.create(ctx, t)
	case 1:
		if persons[0].Closed && !atDesk(t.auth) {
			return identity.Person{}, ErrClosed
		}
		link := m.link(t, persons[0].ID, ByNumber)
		if link.RestsOn, err = m.vouched(ctx, t, persons[0]); err != nil {
			return identity.Person{}, err
		}
		return m.admit(ctx, t, persons[0], &link)
	default:
		return m.twoPersons(ctx, t, persons) // R-PER-03
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

// twoPersons queues that one human is two persons. The one who holds the number that the register
// gives first would stay.
func (m *Matcher) twoPersons(ctx context.Context, t told, persons []Known) (identity.Person, error) {
	stays := 0
	if len(t.registered) > 0 {
		stays = max(slices.IndexFunc(persons, func(k Known) bool { return k.holds(t.registered[0]) }), 0)
	}
	goes := (stays + 1) % len(persons)
	c := Case{Person: persons[stays].ID, Other: persons[goes].ID, Reasons: []string{TwoPersons}, Means: t.auth.Means, Told: m.toldDigest(t)}
	number, err := m.open(ctx, c, pairOf(c.Person, c.Other))
	if err != nil {
		return identity.Person{}, err
	}
	return identity.Person{}, &Conflict{number}
}

// admit compares, writes what changed, and gives the person. A link is written with the rest.
func (m *Matcher) admit(ctx context.Context, t told, known Known, link *LinkRow) (identity.Person, error) {
	if err := refused(known.State); err != nil {
		return identity.Person{}, err
	}
	if t.denied() {
		return identity.Person{}, ErrNotInRegister
	}
	if t.register != nil && !t.concerns(known) && !m.newlyRegistered(t, known) {
		return m.conflict(ctx, t, Case{Person: known.ID, Reasons: []string{OtherRegistered}})
	}
	if t.register != nil && t.register.Deceased {
		return m.died(ctx, known)
	}
	if t.register == nil && (t.outdated(known) || !m.comparable(known)) {
		return identity.Person{}, ErrNoRegister
	}
	change := Change{Person: known.ID, Link: link, Raise: t.raise(known), Contacts: m.contacts(t, known), Documents: m.documents(t, known)}
	var reason string
	var err error
	if change.Comparisons, change.Close, reason, err = m.reconcile(ctx, t, known); err != nil {
		return identity.Person{}, err
	}
	if reason != "" {
		return m.conflict(ctx, t, Case{Person: known.ID, Reasons: []string{reason}})
	}
	var other *Known
	if change.Identifiers, change.Restate, other, err = m.renumber(ctx, t, known); err != nil {
		return identity.Person{}, err
	}
	if other != nil {
		return m.twoPersons(ctx, t, []Known{known, *other})
	}
	if err := m.write(ctx, change, m.recordOf(t, change)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}

// reconcile is compare, with what people decided about these very data. It gives the comparisons to
// write and the case that is over with it, or the reason for which a human must look.
func (m *Matcher) reconcile(ctx context.Context, t told, known Known) ([]Comparison, *Case, string, error) {
	comparisons, reason := m.compare(t, known)
	if reason == "" {
		return comparisons, nil, "", nil
	}
	done, err := m.accepted(ctx, t, known.ID, reason)
	if err != nil || done == nil {
		return nil, nil, reason, err
	}
	if !t.registers.complete() || m.compared(known, t.registers.all()[0], true) {
		return m.alsoCalled(t.said), done, "", nil
	}
	return append(m.comparisons(t.registers), m.alsoCalled(t.said)...), done, "", nil
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
		return m.conflict(ctx, t, Case{Reasons: []string{OtherRegistered}})
	case t.register.Deceased:
		return identity.Person{}, ErrDeceased // nobody is made of the dead
	}
	done, reason, err := m.newcomer(ctx, t)
	if err != nil {
		return identity.Person{}, err
	}
	if reason != "" {
		return m.conflict(ctx, t, Case{Reasons: []string{reason}})
	}
	row := m.newPerson()
	link := m.link(t, row.ID, ByNumber)
	change := Change{
		Person: row.ID, Make: &row, Link: &link, Contacts: m.contacts(t, Known{PersonRow: row}), Documents: m.documents(t, Known{}), Close: done,
	}
	change.Identifiers, change.Restate = m.numbering(t, Known{})
	change.Comparisons = m.comparisons(t.best())
	if done != nil {
		change.Comparisons = append(change.Comparisons, m.alsoCalled(t.said)...)
	}
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": string(t.auth.Means)}}
	if err := m.write(ctx, change, append([]journal.Entry{made}, m.recordOf(t, change)...)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(row)
}

// newcomer says why nobody can be made of what was told: the register says something else of the
// number (attacks LK-06), or the number itself does (R-PER-05). What people decided about these very
// data counts.
func (m *Matcher) newcomer(ctx context.Context, t told) (done *Case, reason string, err error) {
	switch {
	case t.said.contradicts(t.registers):
		reason = OtherName
	case t.misdated():
		reason = OtherBirth
	default:
		return nil, "", nil
	}
	if done, err = m.accepted(ctx, t, identity.PersonID{}, reason); done != nil {
		reason = ""
	}
	return done, reason, err
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
