package identitydb

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/subject"
)

func TestFirstLoginMakesPersonAndLaterOnesWriteNothing(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		first := enter(t, m, h.says("trusted-profile", "sub-1"), h.registered())
		if first.ID.IsZero() || first.Usage.IsZero() || first.State != identity.Active {
			t.Fatalf("person without id, usage id or state: %q", first.State)
		}
		before := dump(t, db, tables()...)
		for _, r := range []*subject.Registered{h.registered(), nil} {
			if again := enter(t, m, h.says("trusted-profile", "sub-1"), r); again != first {
				t.Error("the same upstream name is another person")
			}
		}
		if dump(t, db, tables()...) != before {
			t.Error("a row changed merely because somebody logged in")
		}
		if k := kinds(t, db); k[journal.PersonMade] != 1 || k[journal.Linked] != 1 || len(k) != 2 {
			t.Errorf("journal %v", k)
		}
	})
}

func TestSecondMeansWithTheSameNumberIsTheSamePerson(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		for i, name := range []string{"ordinary", "diacritics", "twin-a", "changed-name"} {
			h := people()[name]
			first := enter(t, m, h.says("trusted-profile", name), h.registered())
			if second := enter(t, m, h.says("bank-one", name), nil); second != first { // the register may be silent
				t.Errorf("%s: two persons of one number", name)
			}
			if c := counts(t, db); c["persons"] != i+1 || c["links"] != 2*(i+1) {
				t.Errorf("%s: rows %v", name, c)
			}
		}
	})
}

func TestWhoIsNotLetIn(t *testing.T) {
	h := people()["ordinary"]
	wrongName, wrongBirth, firstName := h, h, h
	wrongName.family, wrongBirth.birth = "Zawieszony-Próbny", "1987-02-23"
	firstName.given = "Radosław"
	nobody := h.says("trusted-profile", "s")
	nobody.Subject = identity.Secret{}
	onlyNumber := h.says("trusted-profile", "s")
	onlyNumber.Attributes = nil
	noBirth := h
	noBirth.birth = ""
	tests := []struct {
		name     string
		auth     identity.Authentication
		register *subject.Registered
		want     error // nil: any error that stops nobody by name
	}{
		{"register does not answer", h.says("trusted-profile", "s"), nil, subject.ErrNoRegister},
		{"register does not know the number", h.says("trusted-profile", "s"), &subject.Registered{}, subject.ErrNotInRegister},
		{"another family name", wrongName.says("trusted-profile", "s"), h.registered(), subject.ErrConflict},
		{"another given name", firstName.says("trusted-profile", "s"), h.registered(), subject.ErrConflict},
		{"another birth date", wrongBirth.says("trusted-profile", "s"), h.registered(), subject.ErrConflict},
		{"register speaks of somebody else", h.says("trusted-profile", "s"), people()["twin-a"].registered(), subject.ErrConflict},
		{"dead before the first login", people()["deceased"].says("trusted-profile", "s"), people()["deceased"].registered(), subject.ErrDeceased},
		{"means not trusted for numbers", h.says("bank-two", "s"), h.registered(), subject.ErrUnlinked},
		{"means without a number", people()["foreigner"].says("bank-two", "s"), nil, subject.ErrUnlinked},
		{"one name, a year of birth, no number", people()["mononym"].says("trusted-profile", "s"), nil, subject.ErrUnlinked},
		{"a number and nothing else", onlyNumber, h.registered(), subject.ErrUnlinked},
		{"a number and a name", noBirth.says("trusted-profile", "s"), h.registered(), subject.ErrUnlinked},
		{"no upstream subject", nobody, h.registered(), nil},
	}
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				person, err := m.Match(t.Context(), tt.auth, tt.register)
				if err == nil || !person.ID.IsZero() || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
				c := counts(t, db)
				if c["persons"]+c["identifiers"]+c["links"]+c["comparisons"] != 0 {
					t.Errorf("rows %v: something of a person is left", c)
				}
				if queued := c["conflicts"]; (queued == 1) != errors.Is(err, subject.ErrConflict) {
					t.Errorf("%d cases queued", queued)
				}
				forget(t, db, "conflicts")
			})
		}
	})
}

// Pre-hijack (Sudhodanan, Paverd 2022): A's means carries V's contacts, name and birth date; V's
// strong login never joins it.
func TestAttack_LK_01_ContactsAndNamesTieNothing(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		victim := people()["ordinary"]
		planted := victim.says("bank-two", "attacker") // not trusted for the number that it asserts
		if _, err := m.Match(t.Context(), planted, victim.registered()); !errors.Is(err, subject.ErrUnlinked) {
			t.Fatalf("attacker's means: %v", err)
		}
		attacker := people()["twin-a"]
		attacker.email, attacker.phone = victim.email, victim.phone
		a := enter(t, m, attacker.says("bank-one", "attacker"), people()["twin-a"].registered())
		v := enter(t, m, victim.says("trusted-profile", "victim"), victim.registered())
		if a.ID == v.ID || a.Usage == v.Usage {
			t.Error("two humans with the same contacts are one person")
		}
		if _, err := m.Match(t.Context(), planted, victim.registered()); !errors.Is(err, subject.ErrUnlinked) {
			t.Errorf("attacker's means after the victim came: %v", err)
		}
	})
}

// Keycloak #53041, nOAuth: a verified e-mail at another upstream is no proof.
func TestAttack_FO_14_EmailNeverTies(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		victim := people()["ordinary"]
		enter(t, m, victim.says("trusted-profile", "victim"), victim.registered())
		for _, means := range []identity.Means{"trusted-profile", "bank-one", "bank-two"} {
			planted := victim.says(means, "planted")
			planted.Identifiers = nil
			planted.Attributes = append(planted.Attributes, identity.Attribute{Name: "email_verified", Value: identity.Raw([]byte("true"))})
			if _, err := m.Match(t.Context(), planted, nil); !errors.Is(err, subject.ErrUnlinked) {
				t.Errorf("%s: %v", means, err)
			}
		}
	})
}

// ASVS 6.8.1: an upstream's name for somebody means something at that upstream only.
func TestAttack_FO_13_SameSubjectAtTwoUpstreamsIsTwo(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		one, two := people()["ordinary"], people()["diacritics"]
		a := enter(t, m, one.says("trusted-profile", "1"), one.registered())
		b := enter(t, m, two.says("bank-one", "1"), two.registered())
		if a.ID == b.ID {
			t.Error("one person at two upstreams by the same subject")
		}
		moved := one.says("trusted-profile", "1") // the same means at another issuer
		moved.Issuer = "https://other.example"
		moved.Identifiers = nil
		if _, err := m.Match(t.Context(), moved, nil); !errors.Is(err, subject.ErrUnlinked) {
			t.Errorf("another issuer: %v", err)
		}
		for _, sub := range []string{"1 ", "01", "\x001"} {
			near := one.says("trusted-profile", sub)
			near.Identifiers = nil
			if _, err := m.Match(t.Context(), near, nil); !errors.Is(err, subject.ErrUnlinked) {
				t.Errorf("subject %q: %v", sub, err)
			}
		}
	})
}

// National hub rule: one number with other data stops, and a clerk looks.
func TestAttack_LK_06_NumberWithOtherDataIsQueued(t *testing.T) {
	h := people()["ordinary"]
	thief := h
	thief.given, thief.family = "Radosław", "Zawieszony-Próbny"
	other := h
	other.birth = "1985-07-07"
	reissued := people()["diacritics"]
	tests := []struct {
		name     string
		auth     identity.Authentication
		register *subject.Registered
		reason   string
	}{
		{"first time at a means, another name", thief.says("bank-one", "new"), h.registered(), "name_or_birth"},
		{"first time at a means, another name, register silent", thief.says("bank-one", "new"), nil, "name_or_birth"},
		{"first time at a means, another birth date", other.says("bank-one", "new"), h.registered(), "name_or_birth"},
		{"tied means, another name", thief.says("trusted-profile", "sub"), h.registered(), "name_or_birth"},
		{"tied means, another name, register silent", thief.says("trusted-profile", "sub"), nil, "name_or_birth"},
		{"tied means, given to somebody else", reissued.says("trusted-profile", "sub"), reissued.registered(), "number"},
		{"tied means, given to somebody else, register silent", reissued.says("trusted-profile", "sub"), nil, "number"},
		{"tied means, right data, register answers about another", h.says("trusted-profile", "sub"), reissued.registered(), "register_number"},
	}
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		first := enter(t, m, h.says("trusted-profile", "sub"), h.registered())
		of := []string{"persons", "identifiers", "identifier_digests", "links", "comparisons", "contacts"}
		before := dump(t, db, of...)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				forget(t, db, "conflicts", "journal")
				for range 3 { // trying again opens no second case
					if _, err := m.Match(t.Context(), tt.auth, tt.register); !errors.Is(err, subject.ErrConflict) {
						t.Fatalf("error %v", err)
					}
				}
				if dump(t, db, of...) != before {
					t.Error("a conflict changed the person")
				}
				if c := counts(t, db); c["conflicts"] != 1 || kinds(t, db)[journal.Conflict] != 1 {
					t.Errorf("rows %v, entries %v", c, kinds(t, db))
				}
				if d := dump(t, db, "conflicts"); !strings.Contains(d, "reasons="+tt.reason+"/") {
					t.Errorf("not for %s", tt.reason)
				}
				if again := enter(t, m, h.says("trusted-profile", "sub"), h.registered()); again != first {
					t.Error("the person themselves is kept out")
				}
			})
		}
	})
}

func TestTwinsAreNeverOne(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		a, b := people()["twin-a"], people()["twin-b"]
		one := enter(t, m, a.says("bank-one", "a"), a.registered())
		two := enter(t, m, b.says("trusted-profile", "b"), b.registered())
		if one.ID == two.ID || one.Usage == two.Usage {
			t.Fatal("twins are one person")
		}
		swapped := b.says("bank-one", "a") // the bank gives one twin's account to the other
		if _, err := m.Match(t.Context(), swapped, b.registered()); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("swapped twins: %v", err)
		}
		both := a.says("bank-one", "fresh")
		both.Identifiers = append(both.Identifiers, parse(b.number))
		if _, err := m.Match(t.Context(), both, a.registered()); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("both numbers at once: %v", err)
		}
	})
}

// R-PER-03: the register says that two persons of ours are one human. That is for a merge, by people.
func TestRegisterThatJoinsTwoPersonsIsQueued(t *testing.T) {
	now := people()["changed-number"]
	then, fresh := now, now
	then.number, then.old, fresh.old = now.old, "", ""
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		one := enter(t, m, then.says("bank-one", "b"), then.registered())
		two := enter(t, m, fresh.says("trusted-profile", "tp"), fresh.registered()) // before the register knew of the change
		if one.ID == two.ID {
			t.Fatal("two numbers that nobody ties are one person")
		}
		for _, auth := range []identity.Authentication{
			then.says("bank-one", "b"), now.says("trusted-profile", "tp"), now.says("bank-one", "another account"),
		} {
			if _, err := m.Match(t.Context(), auth, now.registered()); !errors.Is(err, subject.ErrConflict) {
				t.Errorf("%s: %v", auth.Means, err)
			}
		}
		if !strings.Contains(dump(t, db, "conflicts"), "reasons=two_persons/") {
			t.Error("not queued as two persons")
		}
	})
}

func TestChangedNumberStaysOnePerson(t *testing.T) {
	now := people()["changed-number"]
	then := now
	then.number, then.old = now.old, ""
	steps := map[string][]struct {
		auth     identity.Authentication
		register *subject.Registered
		want     error
	}{
		"new number first, the bank still asserts the old one": {
			{now.says("trusted-profile", "tp"), now.registered(), nil},
			{then.says("bank-one", "b"), now.registered(), nil},
			{then.says("bank-one", "b"), nil, subject.ErrNoRegister}, // only the register knows which number may be told
			{now.says("bank-one", "b"), nil, nil},
		},
		"known by the old number before it changed": {
			{then.says("bank-one", "b"), then.registered(), nil},
			{now.says("trusted-profile", "tp"), now.registered(), nil},
			{then.says("bank-one", "b"), now.registered(), nil},
		},
		"the tied means itself tells the new number": {
			{then.says("trusted-profile", "tp"), then.registered(), nil},
			{now.says("trusted-profile", "tp"), nil, subject.ErrConflict}, // nobody confirms it
			{now.says("trusted-profile", "tp"), now.registered(), nil},
		},
		"the old number alone makes the person": {
			{then.says("bank-one", "b"), now.registered(), nil},
			{now.says("trusted-profile", "tp"), nil, nil},
		},
	}
	for name, story := range steps {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
				first := identity.Person{}
				for i, step := range story {
					person, err := m.Match(t.Context(), step.auth, step.register)
					if !errors.Is(err, step.want) {
						t.Fatalf("step %d: %v, want %v", i, err, step.want)
					}
					if first.ID.IsZero() {
						first = person
					}
					if err == nil && person != first {
						t.Errorf("step %d: another person", i)
					}
				}
				states := map[string]int{}
				err := db.SQL(t.Context()).Each("SELECT state FROM identifiers", nil, func(scan func(...any) error) error {
					var state string
					err := scan(&state)
					states[state]++
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(states) != "map[current:1 superseded:1]" {
					t.Errorf("identifiers %v", states)
				}
			})
		})
	}
}

func TestChangedName(t *testing.T) {
	now := people()["changed-name"]
	then := now
	then.family, then.former = now.former, ""
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		first := enter(t, m, then.says("trusted-profile", "tp"), then.registered())
		if _, err := m.Match(t.Context(), now.says("trusted-profile", "tp"), nil); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("a new name that nobody confirms: %v", err)
		}
		if enter(t, m, now.says("trusted-profile", "tp"), now.registered()) != first {
			t.Error("another person after the name changed")
		}
		if kinds(t, db)[journal.PersonChanged] != 1 {
			t.Error("the change of name was not recorded")
		}
		before := dump(t, db, "comparisons")
		for _, h := range []human{now, then} { // both names are known now, with or without the register
			for _, r := range []*subject.Registered{nil, now.registered()} {
				if enter(t, m, h.says("trusted-profile", "tp"), r) != first {
					t.Error("another person")
				}
			}
		}
		if enter(t, m, then.says("bank-one", "card with the old name"), nil) != first {
			t.Error("the old name at another means is another person")
		}
		if dump(t, db, "comparisons") != before {
			t.Error("the name changed back")
		}
	})
}
