package subject

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
)

// Persistence says how long the eIDAS identifiers of a country last (means.md R-PER-06).
type Persistence string

// The classes of eIDAS identifiers. The zero value is the weakest.
const (
	Lasting   Persistence = "lasting"   // for life: it finds its person
	Changing  Persistence = "changing"  // may be another one after a document was renewed: it finds its person while it is the same
	Transient Persistence = "transient" // finds nobody, and is not kept
)

// persistence gives the class of an identifier's country.
func (m *Matcher) persistence(id identity.Identifier) Persistence {
	for _, country := range []string{id.Country, ""} {
		if class, known := m.Persistence[country]; known {
			return class
		}
	}
	return Transient
}

// finds reports whether an identifier may find a person at all.
func (m *Matcher) finds(id identity.Identifier) bool {
	return id.Scheme != identity.EIDAS || m.persistence(id) == Lasting || m.persistence(id) == Changing
}

// mayChange reports whether another identifier of the same kind is no contradiction.
func (m *Matcher) mayChange(n number) bool {
	return n.Scheme == identity.EIDAS && m.persistence(n.Identifier) != Lasting
}

// lasting gives the eIDAS identifiers that are to be kept with a person who is sure for other
// reasons. A new one of a country takes the place of the one before, which finds its person still.
func (m *Matcher) lasting(t told, known Known) (added []IdentifierRow, restated []Restated) {
	for _, n := range t.trusted {
		if n.Scheme != identity.EIDAS || known.holds(n) || slices.ContainsFunc(added, func(r IdentifierRow) bool { return r.series() == n.series() }) {
			continue
		}
		for _, row := range known.Identifiers {
			if row.State == Current && row.series() == n.series() {
				restated = append(restated, Restated{row.ID, Superseded})
			}
		}
		added = append(added, m.identifier(n, Current, identity.Source{Kind: identity.FromMeans, ID: string(t.auth.Means)}))
	}
	return added, restated
}

func (n number) national() bool { return n.Scheme == identity.NationalNumber }

// newlyNumbered reports whether somebody who had no national number has this one now: a means that
// is theirs and trusted for it says so, and the register knows it under their name and birth date
// (means.md R-PER-09).
func (m *Matcher) newlyNumbered(t told, known Known, n number) bool {
	return slices.ContainsFunc(t.trusted, n.is) && slices.ContainsFunc(t.registered, n.is) && m.newlyRegistered(t, known)
}

func (m *Matcher) newlyRegistered(t told, known Known) bool {
	return !known.numbered() && t.said.confirmedBy(t.registers) &&
		slices.ContainsFunc(t.registers.all(), func(s string) bool { return m.compared(known, s, false) })
}

// misdated reports whether a national number holds another birth date than was told, and the
// register does not confirm what was told: the register decides (R-PER-05).
func (t told) misdated() bool {
	if t.said.birth == "" || t.registers.birth == t.said.birth {
		return false
	}
	return slices.ContainsFunc(t.trusted, func(n number) bool {
		if n.Scheme != identity.NationalNumber || n.Country != "PL" {
			return false
		}
		birth, ok := identity.BirthInPESEL(n.Value.Reveal())
		return !ok || birth != t.said.birth && len(t.said.birth) == len(birth) && !strings.HasSuffix(t.said.birth, "-00")
	})
}

// localPerson gives the change that makes a person who has no national number, with a local one (R-PER-09).
// Nobody is found by name and birth date, so two operators have made sure that this is nobody we know.
func (m *Matcher) localPerson(f facts, source identity.Source) Change {
	row := m.newPerson()
	n := m.number(m.localNumber())
	return Change{
		Person: row.ID, Make: &row, Comparisons: m.comparisons(f),
		Identifiers: []IdentifierRow{m.identifier(n, Current, source)},
	}
}

// localNumber draws a number that says nothing about its holder.
func (m *Matcher) localNumber() identity.Identifier {
	var raw [10]byte
	_, _ = rand.Read(raw[:])
	return identity.Identifier{Scheme: identity.Local, Country: m.Country, Value: identity.Hide(base32.StdEncoding.EncodeToString(raw[:]))}
}

// unlinked keeps somebody out whom no number and no tie names, unless two operators decided who they
// are: that takes effect here.
func (m *Matcher) unlinked(ctx context.Context, t told) (identity.Person, error) {
	c, err := m.Cases.CaseByMark(ctx, m.digests("conflict", m.about(t, Case{Reasons: []string{Unlinked}})))
	if err != nil {
		return identity.Person{}, fmt.Errorf("look for a decision: %w", err)
	}
	if c == nil || c.State != CaseDecided || !m.toldSame(t, c) {
		return identity.Person{}, ErrUnlinked
	}
	if c.Verdict == TieTo {
		return m.tieTo(ctx, t, c)
	}
	if !t.said.complete() {
		return identity.Person{}, ErrUnlinked
	}
	change := m.localPerson(t.said, identity.Source{Kind: identity.FromMeans, ID: string(t.auth.Means)})
	link := m.link(t, change.Person, ByReview)
	change.Link, change.Close, change.Contacts = &link, c, m.contacts(t, Known{PersonRow: *change.Make})
	change.Documents = m.documents(t, Known{})
	foreign, _ := m.lasting(t, Known{})
	change.Identifiers = append(change.Identifiers, foreign...)
	made := journal.Entry{Kind: journal.PersonMade, Fields: map[string]any{"means": string(t.auth.Means)}}
	if err := m.write(ctx, change, append([]journal.Entry{made}, m.recordOf(t, change)...)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(*change.Make)
}

// tieTo ties a means to the person whom two operators named.
func (m *Matcher) tieTo(ctx context.Context, t told, c *Case) (identity.Person, error) {
	known, change, err := m.chosen(ctx, t, c)
	if err != nil {
		return identity.Person{}, err
	}
	if known.Closed { // since the operators decided
		return identity.Person{}, ErrClosed
	}
	link := m.link(t, known.ID, ByReview)
	change.Link, change.Also = &link, m.telling(known.ID, "message.linked", Note{})
	return m.carryOut(ctx, t, known, change)
}

// chosen gives the person whom two operators named, as they stand by now, and the change that closes the case and
// keeps what they were called.
func (m *Matcher) chosen(ctx context.Context, t told, c *Case) (Known, Change, error) {
	known, err := m.Store.ByID(ctx, c.Target)
	if err != nil || known == nil {
		return Known{}, Change{}, errors.Join(ErrUnlinked, err)
	}
	followed, err := m.follow(ctx, *known)
	if err != nil {
		return Known{}, Change{}, err
	}
	return followed, Change{Person: followed.ID, Close: c, Comparisons: m.alsoCalled(t.said)}, refused(followed.State)
}

// carryOut writes what two operators decided about a person.
func (m *Matcher) carryOut(ctx context.Context, t told, known Known, change Change) (identity.Person, error) {
	if err := m.write(ctx, change, m.recordOf(t, change)...); err != nil {
		return identity.Person{}, err
	}
	return m.person(known.PersonRow)
}

// Ask opens a case for somebody whom no number and no tie names, at their own wish, and gives its
// number. A case that is there already is given again.
func (m *Matcher) Ask(ctx context.Context, auth identity.Authentication) (string, error) {
	if auth.Subject.IsZero() {
		return "", errNoSubject
	}
	t := m.told(auth, nil)
	c := Case{Reasons: []string{Unlinked}, Means: auth.Means, Told: m.toldDigest(t)}
	return m.open(ctx, c, m.about(t, c))
}

// documents are marks of the documents that this login names, and that are not known yet.
func (m *Matcher) documents(t told, known Known) []Digest {
	shown := t.auth.Identifiers
	all := slices.Clone(t.auth.Attributes)
	if t.register != nil {
		all = append(all, t.register.Attributes...)
	}
	var added []Digest
	mark := func(value string) {
		if value = plain(value); value == "" {
			return
		}
		for _, d := range m.digests("document", value)[:1] {
			if !slices.Contains(known.Documents, d) && !slices.Contains(added, d) {
				added = append(added, d)
			}
		}
	}
	for _, id := range shown {
		if id.Scheme == identity.IdentityCard || id.Scheme == identity.Passport {
			mark(id.Value.Reveal())
		}
	}
	for _, a := range all {
		if a.Name == "document_number" {
			mark(a.Value.RevealText())
		}
	}
	return added
}
