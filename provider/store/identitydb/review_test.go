package identitydb

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// decide lets two operators decide.
func decide(t *testing.T, m *subject.Matcher, number string, v subject.Verdict) subject.Case {
	t.Helper()
	var c subject.Case
	for i, by := range []string{"anna", "bartek"} {
		var done bool
		var err error
		if c, done, err = m.Decide(t.Context(), number, v, nil, by); err != nil || done != (i == 1) {
			t.Fatalf("%s says %s: done %v, %v", by, v, done, err)
		}
	}
	if err := m.Closed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

// Attacks SE-02: what an office handed out to somebody who was merged since logs in whom they became; when
// it is lost or stopped it is their sessions that end.
func TestAttack_SE_02_StoppedAfterAMerge(t *testing.T) {
	each(t, func(t *testing.T, _ *DB, m *subject.Matcher) {
		a, b := people()["changed-name"], people()["diacritics"]
		one := enter(t, m, a.says("trusted-profile", "a"), a.registered())
		two := enter(t, m, b.says("trusted-profile", "b"), b.registered())
		number, err := m.Report(t.Context(), parse(a.number), parse(b.number))
		if err != nil {
			t.Fatal(err)
		}
		decide(t, m, number, subject.MergeTwo)
		for _, before := range []identity.Person{one, two} {
			if p, err := m.Stop(t.Context(), before.ID, "device"); err != nil || p.Usage != one.Usage {
				t.Errorf("another's sessions would end: %v", err)
			}
		}
	})
}

// R-PER-04: a merge moves everything and forgets nothing: parting gives back just what was.
func TestAMergeIsUndoneToTheRow(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		a, b := people()["changed-name"], people()["diacritics"]
		one := enter(t, m, a.says("trusted-profile", "a"), a.registered())
		two := enter(t, m, b.says("trusted-profile", "b"), b.registered())
		enter(t, m, b.says("bank-one", "b"), b.registered())
		if _, err := m.Unlink(t.Context(), two.Usage, way(t, m, two, "bank-one").ID, identity.None, subject.Note{}); err != nil {
			t.Fatal(err)
		}
		rows := func() string {
			return strings.Join(lines(t, db, "SELECT hex(id) || hex(person) || state FROM identifiers UNION ALL SELECT hex(id) || hex(person) || state FROM links "+
				"UNION ALL SELECT hex(id) || state FROM persons UNION ALL SELECT hex(person) || hex(digest) FROM comparisons"), "\n")
		}
		before := rows()
		number, err := m.Report(t.Context(), parse(a.number), parse(b.number))
		if err != nil {
			t.Fatal(err)
		}
		decide(t, m, number, subject.MergeTwo)
		for _, id := range []string{a.number, b.number} {
			if p, err := m.Find(t.Context(), parse(id), "test"); err != nil || p.Usage != one.Usage {
				t.Errorf("a number of the merged person leads elsewhere: %v", err)
			}
		}
		both := a.registered()
		both.Identifiers = append(both.Identifiers, parse(b.number))
		if enter(t, m, b.says("trusted-profile", "b"), both) != one {
			t.Error("the merged person's way leads elsewhere")
		}
		if _, err := m.Match(t.Context(), b.says("bank-one", "b"), both); !errors.Is(err, subject.ErrRemoved) {
			t.Errorf("a way that was off is on after a merge: %v", err)
		}
		if _, err := m.SetState(t.Context(), parse(b.number), subject.Freeze()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Match(t.Context(), a.says("trusted-profile", "a"), both); !errors.Is(err, subject.ErrFrozen) {
			t.Errorf("frozen by one number, free by the other: %v", err)
		}
		if _, _, err := m.Decide(t.Context(), number, subject.Undo, nil, "anna"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Decide(t.Context(), number, subject.Undo, nil, "bartek"); !errors.Is(err, subject.ErrState) {
			t.Errorf("parted while frozen: nobody knows who of them was meant: %v", err)
		}
		if _, err := m.SetState(t.Context(), parse(b.number), subject.Release()); err != nil {
			t.Fatal(err)
		}
		if _, done, err := m.Decide(t.Context(), number, subject.Undo, nil, "bartek"); err != nil || !done {
			t.Fatalf("parted: %v, %v", done, err)
		}
		if after := rows(); after != before {
			t.Errorf("parting did not give back what was:\n%s\n\n%s", before, after)
		}
		if enter(t, m, b.says("trusted-profile", "b"), b.registered()) != two || enter(t, m, a.says("trusted-profile", "a"), a.registered()) != one {
			t.Error("the two are not who they were")
		}
	})
}

// lines gives a query's texts, sorted.
func lines(t *testing.T, db *DB, query string) []string {
	t.Helper()
	if db.Dialect() != "sqlite" {
		query = strings.NewReplacer("hex(id)", "encode(id, 'hex')", "hex(person)", "encode(person, 'hex')", "hex(digest)", "encode(digest, 'hex')").Replace(query)
	}
	var all []string
	err := db.SQL(t.Context()).Each("SELECT * FROM ("+query+") AS q ORDER BY 1", nil, func(scan func(...any) error) error {
		all = append(all, "")
		return scan(&all[len(all)-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// R-PER-10: two persons with name, birth date and a document in common are queued, once; twins with
// a document each are not; what was refused stays so.
func TestDuplicatesAreFound(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		document := func(auth identity.Authentication, number string) identity.Authentication {
			auth.Attributes = append(auth.Attributes, identity.Attribute{Name: "document_number", Value: identity.Text(number)})
			return auth
		}
		for name, number := range map[string]string{"twin-a": "ZZP100003", "twin-b": "ZZP100004"} {
			h := people()[name]
			enter(t, m, document(h.says("trusted-profile", name), number), h.registered())
		}
		find := func(want int) {
			t.Helper()
			if n, err := m.FindDuplicates(t.Context()); err != nil || n != want {
				t.Errorf("%d pairs, want %d, %v", n, want, err)
			}
		}
		find(0)
		// The same human without a number, whom an office made before, shows the same permit.
		h := people()["foreigner"]
		if _, err := m.Match(t.Context(), document(h.says("bank-two", "f"), "RPX 7700012"), nil); !errors.Is(err, subject.ErrUnlinked) {
			t.Fatal(err)
		}
		number, err := m.Ask(t.Context(), h.says("bank-two", "f"))
		if err != nil {
			t.Fatal(err)
		}
		c := subject.Case{}
		for _, by := range []string{"anna", "bartek"} {
			if c, _, err = m.Decide(t.Context(), number, subject.MakeNew, nil, by); err != nil {
				t.Fatal(err)
			}
		}
		local := enter(t, m, document(h.says("bank-two", "f"), "RPX 7700012"), nil)
		h.number = "PNOPL-90062190023"
		numbered := enter(t, m, document(h.says("trusted-profile", "f"), "RPX7700012"), h.registered())
		if local.ID == numbered.ID || c.Verdict != subject.MakeNew {
			t.Fatal("joined by name and birth date")
		}
		for range 3 {
			find(1)
		}
		queue, err := m.Queue(t.Context(), false)
		if err != nil || len(queue) != 1 || queue[0].Person != numbered.ID || queue[0].Other != local.ID || queue[0].Reasons[0] != subject.Duplicate {
			t.Fatalf("queue of %d, %v", len(queue), err)
		}
		if _, _, err := m.Decide(t.Context(), queue[0].Number, subject.Refuse, nil, "anna"); err != nil {
			t.Fatal(err)
		}
		find(1)
		if err := db.ForgetTies(t.Context(), moment().AddDate(1, 0, 0), 30); err != nil {
			t.Fatal(err)
		}
		find(1)
		if queue, err = m.Queue(t.Context(), false); err != nil || len(queue) != 0 {
			t.Errorf("what was refused is queued again: %d, %v", len(queue), err)
		}
	})
}

// Two replicas do the night's work once; when the one that has it dies, the other takes it over.
func TestAChoreHasOneTurn(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*DB{open(t, d), open(t, d)}
		turns := func(lease time.Duration) int {
			t.Helper()
			var all sync.WaitGroup
			mine := make([]bool, 20)
			for i := range mine {
				all.Go(func() {
					var err error
					if mine[i], err = replicas[i%2].Turn(t.Context(), "duplicates", lease); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			n := 0
			for _, m := range mine {
				if m {
					n++
				}
			}
			return n
		}
		if n := turns(time.Hour); n != 1 {
			t.Errorf("%d replicas do it", n)
		}
		if n := turns(time.Hour); n != 0 {
			t.Errorf("%d more do it while one has it", n)
		}
		if err := replicas[0].Done(t.Context(), "duplicates", 0); err != nil { // due again at once
			t.Fatal(err)
		}
		if n := turns(time.Hour); n != 1 {
			t.Errorf("%d replicas do it when it is due again", n)
		}
	})
}

// R-PER-09: a local number gives way to the national one when it appears: the same person, by the
// same way; not on a mere word of the means, and not where somebody else has the number.
func TestALocalNumberGivesWay(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["foreigner"]
		number, err := m.Ask(t.Context(), h.says("trusted-profile", "f"))
		if err != nil {
			t.Fatal(err)
		}
		decideAt(t, m, number, subject.MakeNew)
		person := enter(t, m, h.says("trusted-profile", "f"), nil)
		h.number = "PNOPL-90062190023"
		if _, err := m.Match(t.Context(), h.says("trusted-profile", "f"), nil); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("a number that no register confirms: %v", err)
		}
		other := h
		other.given = "Kenza"
		if _, err := m.Match(t.Context(), h.says("trusted-profile", "f"), other.registered()); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("a number that the register has under another name: %v", err)
		}
		if enter(t, m, h.says("trusted-profile", "f"), h.registered()) != person {
			t.Error("with a number it is another person")
		}
		if got := strings.Join(lines(t, db, "SELECT scheme || ' ' || state FROM identifiers"), ", "); got != "LOC superseded, PNO current" {
			t.Errorf("identifiers %s", got)
		}
		if enter(t, m, h.says("bank-one", "another bank"), h.registered()) != person {
			t.Error("by the number it is another person")
		}
	})
}

// decideAt is decide for what takes effect at the next login.
func decideAt(t *testing.T, m *subject.Matcher, number string, v subject.Verdict) {
	t.Helper()
	for _, by := range []string{"anna", "bartek"} {
		if _, _, err := m.Decide(t.Context(), number, v, nil, by); err != nil {
			t.Fatal(err)
		}
	}
}

// R-PER-06: identifiers from other countries never make anybody; once tied, they find their person as
// long as their country's class allows.
func TestEIDASIdentifiersByCountry(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		m.Persistence = map[string]subject.Persistence{"SE": subject.Lasting, "NL": subject.Changing}
		m.Authoritative["node"] = []string{"EIDASSE", "EIDASNL", "EIDASDE"}
		m.Authoritative["other-node"] = m.Authoritative["node"]
		h := people()["ordinary"]
		from := func(means identity.Means, sub, id string) identity.Authentication {
			auth := h.nameless(sub)
			auth.Means, auth.Identifiers = means, []identity.Identifier{parse(id)}
			return auth
		}
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		for country, want := range map[string]error{"SE": nil, "NL": nil, "DE": subject.ErrUnlinked} {
			id := country + "/PL/1"
			if _, err := m.Match(t.Context(), from("node", id, id), nil); !errors.Is(err, subject.ErrUnlinked) {
				t.Errorf("%s: a foreign identifier made or found somebody: %v", country, err)
			}
			if err := proved(t, m, person, from("node", id, id)); err != nil {
				t.Fatalf("%s: %v", country, err)
			}
			if enter(t, m, from("node", id, id), nil) != person {
				t.Errorf("%s: tied to somebody else", country)
			}
			if got, err := m.Match(t.Context(), from("other-node", "another subject "+country, id), nil); !errors.Is(err, want) || want == nil && got != person {
				t.Errorf("%s: by another node: %v, want %v", country, err, want)
			}
		}
		// The document was renewed: another identifier in the same account.
		if _, err := m.Match(t.Context(), from("node", "SE/PL/1", "SE/PL/2"), nil); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("an identifier for life changed: %v", err)
		}
		if enter(t, m, from("node", "NL/PL/1", "NL/PL/2"), nil) != person {
			t.Error("an identifier that may change did, and it is somebody else")
		}
		for _, id := range []string{"NL/PL/1", "NL/PL/2"} {
			if enter(t, m, from("other-node", "x"+id, id), nil) != person {
				t.Errorf("%s does not find its person", id)
			}
		}
		if got := strings.Join(lines(t, db, "SELECT country || ' ' || state FROM identifiers WHERE scheme = 'EIDAS'"), ", "); got != "NL current, NL superseded, SE current" {
			t.Errorf("kept %s", got)
		}
	})
}

// R-PER-05: the birth date in the number must agree with the one told, unless the register confirms
// what was told.
func TestABirthDateThatTheNumberDenies(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		h.birth = "1987-02-23"
		silent := h.registered()
		silent.Attributes = silent.Attributes[:2] // given and family name
		_, err := m.Match(t.Context(), h.says("trusted-profile", "tp"), silent)
		if !errors.Is(err, subject.ErrConflict) || !strings.Contains(dump(t, db, "conflicts"), "reasons=birth_in_number/") {
			t.Errorf("let in: %v", err)
		}
		enter(t, m, h.says("trusted-profile", "tp"), h.registered()) // the register decides
	})
}
