package subject

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// fromDesk is the source of what a clerk read from a document, and no register confirmed.
const fromDesk = "desk"

// Read is what a clerk reads from a document that no register answers about: whose it is, by its own number
// or by the national number on it, and name and birth date.
type Read struct {
	Number     identity.Identifier
	Attributes identity.Attributes
}

// Unregistered gives the person who has the number that a clerk read, if name and birth date are theirs;
// zero if nobody here has it. Nobody is found by name and birth date: where somebody without a national
// number has the same, two operators say whether it is them (means.md R-PER-01). Errors: ErrDeceased, ErrFrozen, ErrConflict.
func (m *Matcher) Unregistered(ctx context.Context, read Read) (identity.Person, error) {
	return m.read(ctx, read, m.mayMake)
}

// EnrolUnregistered is Unregistered after a second clerk has decided: who has the number of nobody here is
// made, with a local number where it is a document's (R-PER-09).
func (m *Matcher) EnrolUnregistered(ctx context.Context, read Read) (identity.Person, error) {
	return m.read(ctx, read, m.makeRead)
}

func (m *Matcher) read(ctx context.Context, read Read, nobody func(context.Context, told) (identity.Person, error)) (identity.Person, error) {
	desk := identity.Authentication{
		Means: fromDesk, Kind: fromDesk, Subject: identity.Hide(read.Number.Reveal()), Identifiers: []identity.Identifier{read.Number}, Attributes: read.Attributes,
	}
	t := m.told(desk, nil)
	t.trusted = t.numbers // two clerks vouch for it
	if !t.said.complete() {
		return identity.Person{}, ErrUnlinked
	}
	for range tries {
		person, err := m.readOnce(ctx, t, nobody)
		if !errors.Is(err, ErrTaken) {
			return person, err
		}
	}
	return identity.Person{}, fmt.Errorf("enrol by a document: %w, %d times", ErrTaken, tries)
}

func (m *Matcher) readOnce(ctx context.Context, t told, nobody func(context.Context, told) (identity.Person, error)) (identity.Person, error) {
	persons, err := m.holders(ctx, t)
	switch {
	case err != nil:
		return identity.Person{}, err
	case len(persons) == 1:
		return m.admit(ctx, t, persons[0], nil)
	case len(persons) > 1:
		return m.twoPersons(ctx, t, persons)
	default:
		return nobody(ctx, t)
	}
}

// mayMake says whether somebody may be made, and makes nobody.
func (m *Matcher) mayMake(ctx context.Context, t told) (identity.Person, error) {
	if t.trusted[0].national() {
		return identity.Person{}, nil
	}
	_, err := m.decided(ctx, t)
	return identity.Person{}, err
}

// makeRead makes who is nobody here yet: two clerks vouch for them, or a register that knows their document
// and no national number.
func (m *Matcher) makeRead(ctx context.Context, t told) (identity.Person, error) {
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": fromDesk}}
	if t.trusted[0].national() {
		row := m.newPerson()
		change := Change{Person: row.ID, Make: &row, Comparisons: m.comparisons(t.said), Identifiers: []IdentifierRow{m.identifier(t.trusted[0], Current, t.vouching())}}
		if err := m.write(ctx, change, made); err != nil {
			return identity.Person{}, err
		}
		return m.person(row)
	}
	c, err := m.decided(ctx, t)
	if err != nil {
		return identity.Person{}, err
	}
	if c != nil && c.Verdict == TieTo {
		return m.another(ctx, t, c)
	}
	change := m.localPerson(t.said, t.vouching())
	change.Identifiers = append(change.Identifiers, m.identifier(t.trusted[0], Current, t.vouching()))
	change.Close, change.Documents, change.Contacts = c, m.documents(t, Known{}), m.contacts(t, Known{PersonRow: *change.Make})
	if err := m.write(ctx, change, made); err != nil {
		return identity.Person{}, err
	}
	return m.person(*change.Make)
}

// vouching is who says whose a document is.
func (t told) vouching() identity.Source {
	if t.register != nil {
		return t.registry()
	}
	return identity.Source{Kind: identity.FromMeans, ID: fromDesk}
}

// decided gives what two operators said about a document whose holder looks like somebody here, nil where
// nobody does. Where nothing is said yet the case is queued.
func (m *Matcher) decided(ctx context.Context, t told) (*Case, error) {
	about := Case{Reasons: []string{Unlinked}}
	c, err := m.Cases.CaseByMark(ctx, m.digests("conflict", m.about(t, about)))
	if err != nil {
		return nil, fmt.Errorf("look for a decision: %w", err)
	}
	if c != nil && c.State == CaseDecided && m.toldSame(t, c) {
		return c, nil
	}
	alike, err := m.unnumbered(ctx, t.said)
	switch {
	case err != nil || len(alike) == 0 && c == nil:
		return nil, err
	case slices.ContainsFunc(alike, func(known Known) bool { return known.holds(t.trusted[0]) }):
		return nil, ErrTaken // made of this very document since it was looked for
	}
	_, err = m.conflict(ctx, t, about)
	return nil, err
}

// unnumbered gives the persons without a national number who have the name and birth date: one of them may
// have come with another document.
func (m *Matcher) unnumbered(ctx context.Context, f facts) ([]Known, error) {
	var digests []Digest
	for _, c := range m.comparisons(f) {
		digests = append(digests, c.Digest)
	}
	alike, err := m.Ties.Alike(ctx, digests)
	if err != nil {
		return nil, fmt.Errorf("look for whom a document may belong to: %w", err)
	}
	var all []Known
	for _, id := range alike {
		known, err := m.Store.ByID(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("look for whom a document may belong to: %w", err)
		}
		if known != nil && known.State != identity.Merged && !known.numbered() {
			all = append(all, *known)
		}
	}
	return all, nil
}

// another gives the person whom two operators named the further document as theirs.
func (m *Matcher) another(ctx context.Context, t told, c *Case) (identity.Person, error) {
	known, change, err := m.chosen(ctx, t, c)
	if err != nil {
		return identity.Person{}, err
	}
	change.Identifiers = []IdentifierRow{m.identifier(t.trusted[0], Current, t.vouching())}
	for _, row := range known.Identifiers {
		if row.State == Current && row.series() == t.trusted[0].series() { // one current of each sort
			change.Restate = append(change.Restate, Restated{row.ID, Superseded})
		}
	}
	return m.carryOut(ctx, t, known, change)
}

// Handed ties what a desk hands out to the person who stands there, whom no register's number names. ErrConflict if it
// is somebody else's.
func (m *Matcher) Handed(ctx context.Context, auth identity.Authentication, person identity.PersonID) (identity.Person, error) {
	if auth.Subject.IsZero() {
		return identity.Person{}, errNoSubject
	}
	t := m.told(auth, nil)
	known, err := m.Store.ByID(ctx, person)
	if err == nil && known == nil {
		err = ErrNobody
	}
	if err != nil {
		return identity.Person{}, fmt.Errorf("hand out: %w", err)
	}
	if *known, err = m.follow(ctx, *known); err != nil {
		return identity.Person{}, err
	}
	holder, err := m.Store.ByLink(ctx, t.link)
	if err != nil {
		return identity.Person{}, fmt.Errorf("find by tie: %w", err)
	}
	if holder == nil || holder.Tie.Ended != 0 {
		link := m.link(t, known.ID, AtOffice)
		return m.admit(ctx, t, *known, &link)
	}
	if *holder, err = m.follow(ctx, *holder); err != nil {
		return identity.Person{}, err
	}
	if holder.ID != known.ID {
		return identity.Person{}, ErrConflict
	}
	return m.admit(ctx, t, *holder, nil)
}

// numbered reports whether somebody has, or had, a national number.
func (k Known) numbered() bool {
	return slices.ContainsFunc(k.Identifiers, func(r IdentifierRow) bool { return r.Scheme == identity.NationalNumber })
}

// unconfirmed reports whether no register has said yet whom the person's numbers name: what it says first is
// compared, and is not taken for a change.
func (k Known) unconfirmed() bool {
	return !k.numbered() || slices.ContainsFunc(k.Identifiers, func(r IdentifierRow) bool {
		return r.Scheme == identity.NationalNumber && r.State == Current && r.Source.Kind == identity.FromMeans && r.Source.ID == fromDesk
	})
}

// newlyHeld gives the person without a national number who holds a document that the register keeps under
// one: it was given to them since (means.md R-PER-09). Nil where nobody does.
func (m *Matcher) newlyHeld(ctx context.Context, t *told) (*Known, error) {
	var papers []number
	for _, id := range t.register.Documents {
		papers = append(papers, m.number(id))
	}
	if len(papers) == 0 {
		return nil, nil
	}
	found, err := m.Store.ByIdentifiers(ctx, keys(papers))
	if err != nil {
		return nil, fmt.Errorf("find by a document: %w", err)
	}
	for _, known := range found {
		if known, err = m.follow(ctx, known); err != nil {
			return nil, err
		}
		if known.numbered() {
			continue
		}
		t.registered = append(t.registered, papers[slices.IndexFunc(papers, known.holds)])
		return &known, nil
	}
	return nil, nil
}
