package subject

import (
	"slices"

	"symbolon/connectors/identity"
)

// number is an identifier with what finds it.
type number struct {
	identity.Identifier
	key IdentifierKey
}

// told is what one authentication and the register's answer to it say, with what is needed to
// compare it. It is made once a match and never changes.
type told struct {
	auth       identity.Authentication
	link       LinkKey
	named      string   // means, issuer and the name there, for digests
	numbers    []number // all that the means told
	trusted    []number // those of them that it is authoritative for
	said       facts
	register   *Registered // nil: no answer
	registered []number    // current first
	registers  facts
}

func (m *Matcher) told(auth identity.Authentication, register *Registered) told {
	t := told{auth: auth, link: m.linkKey(auth), named: linkName(auth), said: factsOf(auth.Attributes), register: register}
	for _, id := range auth.Identifiers {
		n := m.number(id)
		t.numbers = append(t.numbers, n)
		if !m.finds(id) {
			continue
		}
		if slices.Contains(m.Authoritative[auth.Means], n.series()) {
			t.trusted = append(t.trusted, n)
		}
	}
	if t.said.birth == "" && auth.Birth != "" && slices.ContainsFunc(t.trusted, number.national) {
		t.said.birth = auth.Birth
	}
	if register == nil || !register.Found {
		return t
	}
	for _, id := range register.Identifiers {
		t.registered = append(t.registered, m.number(id))
	}
	t.registers = factsOf(register.Attributes)
	return t
}

// denied reports whether the register answered that it knows no such number.
func (t told) denied() bool { return t.register != nil && !t.register.Found && len(t.numbers) > 0 }

// concerns reports whether the register's answer is about this person.
func (t told) concerns(known Known) bool {
	return !t.register.Found || slices.ContainsFunc(t.registered, known.holds)
}

// tiesTo reports whether the register says that a number belongs to the human whom we know by
// another one: numbers can change (means.md R-PER-05).
func (t told) tiesTo(n number, known Known) bool {
	return slices.ContainsFunc(t.registered, n.is) && slices.ContainsFunc(t.registered, known.holds)
}

// best are the facts to keep a comparison of: the register's before the means'.
func (t told) best() facts {
	if t.registers.complete() {
		return t.registers
	}
	return t.said
}

// registry names the register that answered.
func (t told) registry() identity.Source {
	for _, a := range t.register.Attributes {
		if a.Source.Kind == identity.FromRegister {
			return a.Source
		}
	}
	return identity.Source{Kind: identity.FromRegister}
}

// level is what the means proved when it was tied: the strongest evidence, never above its ceiling.
func (t told) level() identity.Level {
	level := identity.None
	for _, e := range t.auth.Evidence {
		level = max(level, identity.Least(e.Asserted, e.Ceiling))
	}
	return level
}

// raise lets a tie count for the most that its means has proved so far: what somebody would lose with
// it (attacks LK-12). One that was first used without the second factor grows with the first use of both.
func (t told) raise(known Known) *LinkRaise {
	if known.Tie.ID == [16]byte{} || t.level() <= known.Tie.Level {
		return nil
	}
	return &LinkRaise{known.Tie.ID, known.Tie.Level, t.level()}
}

// series names the kind of identifier, as "PNOPL".
func (k IdentifierKey) series() string { return string(k.Scheme) + k.Country }

func (n number) series() string { return n.key.series() }

func (n number) is(other number) bool { return n.key.same(other.key) }

func (k IdentifierKey) same(other IdentifierKey) bool {
	return k.series() == other.series() &&
		slices.ContainsFunc(k.Digests, func(d Digest) bool { return slices.Contains(other.Digests, d) })
}

// holds reports whether the person has the number, or had it.
func (k Known) holds(n number) bool {
	return slices.ContainsFunc(k.Identifiers, func(row IdentifierRow) bool { return row.same(n.key) })
}

// knows reports whether a number can be compared with one of the person's. National numbers always
// can: somebody who had none and has one now must be confirmed by the register.
func (k Known) knows(n number) bool {
	return n.Scheme == identity.NationalNumber ||
		slices.ContainsFunc(k.Identifiers, func(row IdentifierRow) bool { return row.series() == n.series() })
}

// outdated reports whether the means told a number that the person may no longer use. They are
// still the person, but only the register can say which number may be told on (means.md R-PER-05).
func (t told) outdated(known Known) bool {
	return slices.ContainsFunc(t.numbers, func(n number) bool {
		return n.national() && slices.ContainsFunc(known.Identifiers, func(row IdentifierRow) bool { return row.State == Superseded && row.same(n.key) })
	})
}

func keys(numbers []number) []IdentifierKey {
	var all []IdentifierKey
	for _, n := range numbers {
		if !slices.ContainsFunc(all, n.key.same) {
			all = append(all, n.key)
		}
	}
	return all
}

func rows(numbers []number) []IdentifierRow {
	all := make([]IdentifierRow, len(numbers))
	for i, n := range numbers {
		all[i] = IdentifierRow{IdentifierKey: n.key}
	}
	return all
}

func (m *Matcher) number(id identity.Identifier) number {
	value := string(id.Scheme) + "\x00" + id.Country + "\x00" + id.Value.Reveal()
	return number{id, IdentifierKey{id.Scheme, id.Country, m.digests("identifier", value)}}
}

func (m *Matcher) linkKey(auth identity.Authentication) LinkKey {
	return LinkKey{auth.Means, auth.Issuer, m.digests("link", linkName(auth))}
}

func linkName(auth identity.Authentication) string {
	return string(auth.Means) + "\x00" + auth.Issuer + "\x00" + auth.Subject.Reveal()
}

// digests gives the digest under every key in use, newest first, each with its key's id. Rows
// carry all of them, so that replicas in the middle of a turnover meet on the one they share.
func (m *Matcher) digests(kind, value string) []Digest {
	all := make([]Digest, len(m.Digests.Keys))
	for i, sum := range m.Digests.All(kind, value) {
		all[i] = Digest{m.Digests.Keys[i].ID, sum}
	}
	return all
}
