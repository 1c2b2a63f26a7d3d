package subject

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
)

// compare holds what the means said against the stored digests, and against the register where
// there is an answer. It gives the comparisons to write, or the reason for which a human must
// look. Where the register confirms, the register's data are what is kept, never the means'
// (attacks LK-08).
func (m *Matcher) compare(t told, known Known) ([]Comparison, string) {
	agrees := !t.said.complete() || slices.ContainsFunc(t.said.spellings(t.said.whole), func(s string) bool { return m.compared(known, s, false) })
	if !agrees && !t.said.confirmedBy(t.registers) {
		return nil, "name_or_birth"
	}
	if !t.said.complete() && t.said.contradicts(t.registers) {
		return nil, "name_or_birth"
	}
	if !t.registers.complete() || m.compared(known, t.registers.all()[0], true) {
		return nil, ""
	}
	if known.unconfirmed() && !slices.ContainsFunc(t.registers.all(), func(s string) bool { return m.compared(known, s, false) }) {
		return nil, "name_or_birth"
	}
	return m.comparisons(t.registers), ""
}

// comparable reports whether a digest is stored under a key that is still in use. Names are not
// kept, so after a turnover only the register can say what to compare with.
func (m *Matcher) comparable(known Known) bool {
	return slices.ContainsFunc(known.Comparisons, func(c Comparison) bool {
		return slices.ContainsFunc(m.Digests.Keys, func(k seal.VaultKey) bool { return k.ID == c.Key })
	})
}

// compared reports whether a spelling is among the digests stored, under any key.
func (m *Matcher) compared(known Known, spelling string, present bool) bool {
	digests := m.digests("comparison", spelling)
	return slices.ContainsFunc(known.Comparisons, func(c Comparison) bool {
		return (c.Present || !present) && slices.Contains(digests, c.Digest)
	})
}

// comparisons are the digests to store of some facts: one of the present name, and one of every
// other spelling and former name, so that a means with an old card needs no register to be known.
func (m *Matcher) comparisons(f facts) []Comparison {
	var all []Comparison
	for i, spelling := range f.all() {
		d := Digest{m.Digests.KeyID(), m.Digests.Digest("comparison", spelling)}
		if !slices.ContainsFunc(all, func(c Comparison) bool { return c.Digest == d }) {
			all = append(all, Comparison{d, i == 0})
		}
	}
	return all
}

// alsoCalled are comparisons of a name that people have confirmed beside the present one.
func (m *Matcher) alsoCalled(f facts) []Comparison {
	all := m.comparisons(f)
	for i := range all {
		all[i].Present = false
	}
	return all
}

// renumber gives the identifiers that the register knows and we do not, and those that are current
// no longer, or again; or somebody else here who holds one of them.
func (m *Matcher) renumber(ctx context.Context, t told, known Known) ([]IdentifierRow, []Restated, *Known, error) {
	added, restated := m.numbering(t, known)
	if len(added) == 0 {
		return nil, restated, nil, nil
	}
	wanted := make([]IdentifierKey, len(added))
	for i, row := range added {
		wanted[i] = row.IdentifierKey
	}
	others, err := m.Store.ByIdentifiers(ctx, wanted)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find by new identifiers: %w", err)
	}
	for _, other := range others {
		if other, err = m.follow(ctx, other); err != nil {
			return nil, nil, nil, err
		}
		if other.ID != known.ID {
			return nil, nil, &other, nil
		}
	}
	return added, restated, nil, nil
}

// numbering is renumber without the look at others. The first number of a scheme and country in
// the register's answer is the current one; there is one current number of each at most.
func (m *Matcher) numbering(t told, known Known) (added []IdentifierRow, restated []Restated) {
	var promoted []Restated
	seen := map[string]bool{}
	for _, n := range t.registered {
		state := Superseded
		if !seen[n.series()] {
			state, seen[n.series()] = Current, true
		}
		if state == Current {
			for _, row := range known.Identifiers {
				local := row.Scheme == identity.Local && n.national() // R-PER-09: it was lent until there is a real one
				if row.State == Current && (row.series() == n.series() || local) && !row.same(n.key) {
					restated = append(restated, Restated{row.ID, Superseded})
				}
				if row.State == Superseded && row.same(n.key) {
					promoted = append(promoted, Restated{row.ID, Current})
				}
			}
		}
		if !known.holds(n) && !slices.ContainsFunc(added, func(row IdentifierRow) bool { return row.same(n.key) }) {
			added = append(added, m.identifier(n, state, t.registry()))
		}
	}
	foreign, replaced := m.lasting(t, known)
	return append(added, foreign...), slices.Concat(restated, replaced, promoted)
}

func (m *Matcher) identifier(n number, state IdentifierState, source identity.Source) IdentifierRow {
	row := IdentifierRow{ID: randomID(), IdentifierKey: n.key, State: state, Source: source, Since: DayOf(m.Now())}
	row.Sealed = m.Vault.Seal([]byte(n.Value.Reveal()), identifierPlace(row.ID))
	return row
}

func (m *Matcher) link(t told, person identity.PersonID, method string) LinkRow {
	row := LinkRow{ID: randomID(), LinkKey: t.link, Person: person, Method: method, Level: t.level(), Since: DayOf(m.Now())}
	row.Sealed = m.Vault.Seal([]byte(t.auth.Subject.Reveal()), linkPlace(row.ID))
	return row
}

// recordOf gives the entries for what a change does to a person beside making them.
func (m *Matcher) recordOf(t told, c Change) []journal.Entry {
	var entries []journal.Entry
	if c.Link != nil {
		entries = append(entries, journal.Entry{Kind: journal.Linked, Fields: map[string]any{
			"means": string(t.auth.Means), "method": c.Link.Method, "level": c.Link.Level.String(),
		}})
	}
	var what []string
	if c.Make == nil && len(c.Comparisons) > 0 {
		what = append(what, "name")
	}
	if c.Make == nil && len(c.Identifiers)+len(c.Restate) > 0 {
		what = append(what, "number")
	}
	if c.Raise != nil {
		what = append(what, "level")
	}
	if len(what) > 0 {
		entries = append(entries, journal.Entry{Kind: journal.PersonChanged, Fields: map[string]any{"what": what}})
	}
	return entries
}

// write does a change with its entries; a change of nothing is not written at all.
func (m *Matcher) write(ctx context.Context, c Change, entries ...journal.Entry) error {
	for _, e := range entries {
		e.At = m.Now()
		if e.Who == "" {
			e.Who = m.reference(c.Person)
		}
		row, err := m.Journal.Row(e)
		if err != nil {
			return fmt.Errorf("record %s: %w", e.Kind, err)
		}
		c.Entries = append(c.Entries, row)
	}
	if c.empty() {
		return nil
	}
	if err := m.Store.Write(ctx, c); err != nil {
		return fmt.Errorf("write a change of a person: %w", err)
	}
	return nil
}

// reference is how the identity journal names a person: a keyed digest, which means nothing to
// whoever reads an entry elsewhere, and which finds a person's own entries for who has the key.
func (m *Matcher) reference(person identity.PersonID) string {
	if person.IsZero() {
		return ""
	}
	sum := m.Digests.Digest("journal", hex.EncodeToString(person[:]))
	return hex.EncodeToString(sum[:])
}

// randomID draws an id that says nothing about when, unlike seal.NewRowID: a time finer than the
// day would tie a person's rows to a login in the other database.
func randomID() [16]byte {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return id
}

func identifierPlace(id [16]byte) string { return "identifier " + hex.EncodeToString(id[:]) }
func linkPlace(id [16]byte) string       { return "link " + hex.EncodeToString(id[:]) }
