package identitydb

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/seal"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

func TestDeceasedIsRefusedForGood(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["deceased"]
		h.dead = false
		enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		h.dead = true
		for _, r := range []*subject.Registered{h.registered(), h.registered(), nil} { // also when the register is silent later
			if _, err := m.Match(t.Context(), h.says("trusted-profile", "tp"), r); !errors.Is(err, subject.ErrDeceased) {
				t.Errorf("tied means: %v", err)
			}
			if _, err := m.Match(t.Context(), h.says("bank-one", "b"), r); !errors.Is(err, subject.ErrDeceased) {
				t.Errorf("another means: %v", err)
			}
		}
		if c := counts(t, db); c["links"] != 1 || kinds(t, db)[journal.PersonChanged] != 1 {
			t.Errorf("rows %v, entries %v", c, kinds(t, db))
		}
	})
}

// An upstream that asserts a dead person's number must not freeze the living owner of the account.
func TestDeathOfAnotherFreezesNobody(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h, dead := people()["ordinary"], people()["deceased"]
		first := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		if _, err := m.Match(t.Context(), dead.says("trusted-profile", "tp"), dead.registered()); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("error %v", err)
		}
		if enter(t, m, h.says("trusted-profile", "tp"), h.registered()) != first {
			t.Error("the living are frozen")
		}
	})
}

func TestFrozenAndMerged(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		a, b := people()["twin-a"], people()["twin-b"]
		one := enter(t, m, a.says("bank-one", "a"), a.registered())
		two := enter(t, m, b.says("trusted-profile", "b"), b.registered())
		exec := func(text string, args ...any) {
			t.Helper()
			if _, err := db.SQL(t.Context()).Exec(text, args...); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(what string, want error) {
			t.Helper()
			if _, err := m.Match(t.Context(), b.says("trusted-profile", "b"), b.registered()); !errors.Is(err, want) {
				t.Errorf("%s: tied means: %v", what, err)
			}
			if _, err := m.Match(t.Context(), b.says("bank-one", "new"), b.registered()); !errors.Is(err, want) {
				t.Errorf("%s: another means: %v", what, err)
			}
		}
		exec("UPDATE persons SET state = 'frozen' WHERE id = ?", two.ID[:])
		refused("frozen", subject.ErrFrozen)
		exec("UPDATE persons SET state = 'a state of a later version' WHERE id = ?", two.ID[:])
		refused("unknown state", subject.ErrFrozen)

		exec("UPDATE persons SET state = 'merged', merged = ? WHERE id = ?", one.ID[:], two.ID[:])
		exec("UPDATE identifiers SET state = 'superseded', person = ? WHERE person = ?", one.ID[:], two.ID[:])
		merged := a.registered()
		merged.Identifiers = append(merged.Identifiers, parse(b.number))
		for _, means := range []identity.Means{"trusted-profile", "bank-one"} {
			if enter(t, m, b.says(means, "b"), merged) != one {
				t.Errorf("%s: a merged person is not the one they became", means)
			}
		}

		exec("UPDATE persons SET state = 'merged', merged = ? WHERE id = ?", two.ID[:], one.ID[:])
		if _, err := m.Match(t.Context(), a.says("bank-one", "a"), a.registered()); err == nil {
			t.Error("let in by a circle of merged persons")
		}
	})
}

// Devise CVE-2026-32700: two first logins of one person at once, through two means and two
// replicas, make one person.
func TestAttack_LK_09_FirstLoginsAtOnceMakeOnePerson(t *testing.T) {
	const logins = 50
	for _, name := range []string{"ordinary", "changed-number"} {
		t.Run(name, func(t *testing.T) {
			storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
				replicas := []*subject.Matcher{matcher(open(t, d)), matcher(open(t, d))}
				h := people()[name]
				then := h
				if h.old != "" {
					then.number = h.old
				}
				found := make([]identity.Person, logins)
				errs := make([]error, logins)
				var all sync.WaitGroup
				start := make(chan struct{})
				for i := range logins {
					all.Go(func() {
						<-start
						auth := h.says("trusted-profile", "tp")
						if i%4 >= 2 {
							auth = then.says("bank-one", "b")
						}
						found[i], errs[i] = replicas[i%2].Match(t.Context(), auth, h.registered())
					})
				}
				close(start)
				all.Wait()
				for i := range logins {
					if errs[i] != nil || found[i] != found[0] {
						t.Fatalf("login %d: error %v, same person %v", i, errs[i], found[i] == found[0])
					}
				}
				db := replicas[0].Store.(*DB)
				c := counts(t, db)
				numbers := len(h.registered().Identifiers)
				if c["persons"] != 1 || c["identifiers"] != numbers || c["links"] != 2 || c["usage_digests"] != 1 || c["conflicts"] != 0 {
					t.Errorf("rows %v", c)
				}
				if k := kinds(t, db); k[journal.PersonMade] != 1 || k[journal.Linked] != 2 {
					t.Errorf("entries %v", k)
				}
			})
		})
	}
}

// During a turnover of keys replicas hold different sets of keys, and still meet on the one they share.
func TestAttack_LK_09_DuringTurnoverOfTheDigestKey(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		old, turned := matcher(open(t, d)), matcher(open(t, d))
		turned.Digests = seal.Digester{Keys: []seal.VaultKey{key(30), key(3)}}
		h := people()["ordinary"]
		first := enter(t, turned, h.says("trusted-profile", "tp"), h.registered())
		if enter(t, old, h.says("bank-one", "b"), h.registered()) != first || enter(t, turned, h.says("bank-one", "b"), h.registered()) != first {
			t.Error("two persons in a turnover")
		}
		twin := people()["twin-a"]
		second := enter(t, old, twin.says("bank-one", "a"), twin.registered())
		if enter(t, turned, twin.says("bank-one", "a"), twin.registered()) != second || enter(t, turned, twin.says("trusted-profile", "a"), twin.registered()) != second {
			t.Error("two persons in a turnover")
		}
		if c := counts(t, turned.Store.(*DB)); c["persons"] != 2 {
			t.Errorf("rows %v", c)
		}
	})
}

// Attribute injection: an upstream that says less sure things overwrites nothing.
func TestAttack_LK_08_WeakerSourceOverwritesNothing(t *testing.T) {
	with := func(h human, email string) human { h.email = email; return h }
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		plain := with(h, "")
		person := enter(t, m, with(h, "first@mail.example").says("bank-one", "b"), plain.registered())
		want := func(step, email string) {
			t.Helper()
			got, err := m.Address(t.Context(), person.ID, "email")
			if err != nil || got.Reveal() != email {
				t.Errorf("%s: another address is kept (error %v)", step, err)
			}
		}
		want("what the first means says", "first@mail.example")
		enter(t, m, with(h, "moved@mail.example").says("bank-one", "b"), plain.registered())
		want("the same source may change it", "moved@mail.example")
		enter(t, m, with(h, "other@mail.example").says("trusted-profile", "tp"), plain.registered())
		want("a source as good does not", "moved@mail.example")
		weak := with(h, "weak@mail.example").says("bank-one", "b")
		weak.Evidence[0].Asserted = identity.Low
		enter(t, m, weak, plain.registered())
		want("the same source, less sure, does not", "moved@mail.example")
		boast := with(h, "boast@mail.example").says("trusted-profile", "tp")
		boast.Evidence[0].Asserted = identity.High // above its ceiling
		enter(t, m, boast, plain.registered())
		want("asserting more than the ceiling does not help", "moved@mail.example")
		unverified := with(h, "unverified@mail.example").says("bank-one", "b")
		unverified.Attributes = append(unverified.Attributes, identity.Attribute{Name: "email_verified", Value: identity.Raw([]byte("false"))})
		enter(t, m, unverified, plain.registered())
		want("what the source itself calls unverified is not kept", "moved@mail.example")
		enter(t, m, plain.says("bank-one", "b"), with(h, "register@mail.example").registered())
		want("the register is above all means", "register@mail.example")
		enter(t, m, with(h, "late@mail.example").says("bank-one", "b"), plain.registered())
		want("and stays", "register@mail.example")
		m.Store = readOnly{t, db}
		enter(t, m, with(h, "later@mail.example").says("trusted-profile", "tp"), nil)
	})
}

// The comparison that later logins are held against comes from the register, not from the means.
func TestAttack_LK_08_MeansDoesNotSetTheName(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["diacritics"]
		short := h
		short.given = "Żaneta" // a means may know the first given name only
		enter(t, m, short.says("bank-one", "b"), h.registered())
		before := dump(t, db, "comparisons")
		enter(t, m, short.says("bank-one", "b"), h.registered())
		if dump(t, db, "comparisons") != before {
			t.Error("the means wrote the name")
		}
		if _, err := m.Match(t.Context(), short.says("bank-one", "b"), nil); !errors.Is(err, subject.ErrConflict) {
			t.Errorf("a name that only the register could confirm: %v", err)
		}
	})
}

func TestJoinLeavesAnEntryOrGivesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		got, err := m.Join(t.Context(), person.Usage, "court_order")
		if err != nil || got != person.ID || kinds(t, db)[journal.Joined] != 1 {
			t.Fatalf("error %v, entries %v", err, kinds(t, db))
		}
		if _, err := m.Join(t.Context(), identity.UsageID{1}, "court_order"); !errors.Is(err, subject.ErrNobody) {
			t.Errorf("a usage id of nobody: %v", err)
		}
		breakJournal(t, db)
		if got, err := m.Join(t.Context(), person.Usage, "court_order"); err == nil || !got.IsZero() {
			t.Errorf("joined without a record: %v", err)
		}
	})
}

func breakJournal(t *testing.T, db *DB) {
	t.Helper()
	if _, err := db.SQL(t.Context()).Exec("ALTER TABLE journal RENAME TO journal_gone"); err != nil {
		t.Fatal(err)
	}
}

// DB-05: no record, no act. A crash between two writes looks the same.
func TestNothingHalfIsLeft(t *testing.T) {
	h := people()["ordinary"]
	tables := []string{"journal", "contacts", "comparisons", "link_digests", "identifier_digests"}
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		for _, broken := range tables {
			t.Run(broken+" cannot be written", func(t *testing.T) {
				rename := func(from, to string) func() {
					return func() {
						if _, err := db.SQL(t.Context()).Exec("ALTER TABLE " + from + " RENAME TO " + to); err != nil {
							t.Fatal(err)
						}
					}
				}
				m.Store = failAfterReading{db, rename(broken, "gone"), rename("gone", broken)} // only the write meets the fault
				if _, err := m.Match(t.Context(), h.says("trusted-profile", "tp"), h.registered()); err == nil {
					t.Fatal("let in without a record")
				}
				for table, n := range counts(t, db) {
					if n != 0 {
						t.Errorf("%d rows left in %s", n, table)
					}
				}
			})
		}
		m.Store = db
		enter(t, m, h.says("trusted-profile", "tp"), h.registered())
	})
}

// readOnly finds a write that would change nothing as well: it would cost every login a wait for the disk.
type readOnly struct {
	t *testing.T
	subject.Store
}

func (r readOnly) Write(context.Context, subject.Change) error {
	r.t.Error("a login that changes nothing was written")
	return nil
}

type failAfterReading struct {
	subject.Store
	fail, mend func()
}

func (f failAfterReading) Write(ctx context.Context, c subject.Change) error {
	f.fail()
	defer f.mend()
	return f.Store.Write(ctx, c)
}

// A person's rows say the day at most, and ids say nothing about when (architecture §7).
func TestNoTimeFinerThanTheDay(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		ms := seal.NewRowID(moment())
		prefix := ms.String()[:8]                           // some 65 s
		finer := regexp.MustCompile(`=17955[0-9]+/|T09:41`) // seconds, milliseconds or microseconds of that day, or its time written out
		for _, table := range []string{"persons", "identifiers", "links", "comparisons", "contacts"} {
			rows := dump(t, db, table)
			if strings.Contains(rows, "/"+prefix) {
				t.Errorf("%s: an id made of the time", table)
			}
			if finer.MatchString(rows) {
				t.Errorf("%s: a time finer than the day", table)
			}
		}
	})
}
