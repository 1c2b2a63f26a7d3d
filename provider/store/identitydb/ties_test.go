package identitydb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

// daysOn is a matcher so many days on.
func daysOn(m *subject.Matcher, days int) *subject.Matcher {
	next := *m
	next.Now = func() time.Time { return moment().AddDate(0, 0, days) }
	return &next
}

// way gives the person's tie to a means.
func way(t *testing.T, m *subject.Matcher, p identity.Person, means identity.Means) subject.Binding {
	t.Helper()
	all, err := m.Bindings(t.Context(), p.Usage)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if b.Means == means {
			return b
		}
	}
	t.Fatalf("no way %s", means)
	return subject.Binding{}
}

// proved ties a means that names nobody to a person.
func proved(t *testing.T, m *subject.Matcher, p identity.Person, auth identity.Authentication) error {
	t.Helper()
	account, err := m.Account(t.Context(), p.Usage)
	if err != nil {
		t.Fatal(err)
	}
	return m.Tie(t.Context(), p.Usage, auth, account.Ties, nil, subject.Note{})
}

// nameless is what an untrusted bank tells of a human.
func (h human) nameless(sub string) identity.Authentication {
	auth := h.says("bank-two", sub)
	auth.Identifiers = nil
	return auth
}

// R-PER-02: a way that was taken off lets nobody in, not even by the number, and comes back within 30
// days by somebody as sure as the account; proof of both brings it back at any time.
func TestAWayIsTakenOffAndBroughtBack(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		told := map[string]int{}
		m.Tell = func(_ context.Context, _ identity.PersonID, text string, _ subject.Note) error {
			told[text]++
			return nil
		}
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		enter(t, m, h.says("bank-one", "b"), h.registered())
		b := way(t, m, person, "bank-one")
		for range 2 { // pressed twice
			if _, err := m.Unlink(t.Context(), person.Usage, b.ID, identity.None, subject.Note{}); err != nil {
				t.Fatal(err)
			}
		}
		removed := func(m *subject.Matcher) {
			t.Helper()
			if _, err := m.Match(t.Context(), h.says("bank-one", "b"), h.registered()); !errors.Is(err, subject.ErrRemoved) {
				t.Errorf("let in by a way that was taken off: %v", err)
			}
		}
		removed(m)
		if enter(t, m, h.says("bank-one", "another account"), h.registered()) != person {
			t.Error("another account at the bank is another person")
		}
		if err := m.Relink(t.Context(), person.Usage, b.ID, identity.Low, subject.Note{}); !errors.Is(err, subject.ErrTooWeak) {
			t.Errorf("brought back by a weak proof: %v", err)
		}
		if err := daysOn(m, 31).Relink(t.Context(), person.Usage, b.ID, identity.High, subject.Note{}); !errors.Is(err, subject.ErrTooLate) {
			t.Errorf("brought back after 31 days: %v", err)
		}
		if err := daysOn(m, 30).Relink(t.Context(), person.Usage, b.ID, identity.High, subject.Note{}); err != nil {
			t.Errorf("brought back on the last day: %v", err)
		}
		if enter(t, m, h.says("bank-one", "b"), h.registered()) != person {
			t.Error("a way that was brought back is another person")
		}
		if _, err := m.Unlink(t.Context(), person.Usage, b.ID, identity.None, subject.Note{}); err != nil {
			t.Fatal(err)
		}
		if err := db.ForgetTies(t.Context(), moment().AddDate(0, 0, 31), 30); err != nil {
			t.Fatal(err)
		}
		removed(daysOn(m, 400))
		if err := proved(t, m, person, h.says("bank-one", "b")); err != nil {
			t.Errorf("tied anew by proof of both: %v", err)
		}
		if enter(t, m, h.says("bank-one", "b"), h.registered()) != person {
			t.Error("a way that was tied anew is another person")
		}
		if told["message.linked"] != 1 || told["message.unlinked"] != 2 || told["message.relinked"] != 1 {
			t.Errorf("told %v", told)
		}
		if k := kinds(t, db); k[journal.Unlinked] != 2 || k[journal.Linked] != 5 {
			t.Errorf("entries %v", k)
		}
	})
}

// A message that cannot be queued leaves the tie as it was, and the other way round: one transaction.
func TestNoTieWithoutItsMessage(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		enter(t, m, h.says("bank-one", "b"), h.registered())
		before := dump(t, db, "links", "persons", "journal")
		m.Tell = func(context.Context, identity.PersonID, string, subject.Note) error {
			return errors.New("cannot be queued")
		}
		if _, err := m.Unlink(t.Context(), person.Usage, way(t, m, person, "bank-one").ID, identity.None, subject.Note{}); err == nil {
			t.Error("taken off without a message")
		}
		if err := proved(t, m, person, h.nameless("n")); err == nil {
			t.Error("tied without a message")
		}
		if dump(t, db, "links", "persons", "journal") != before {
			t.Error("half of it was written")
		}
	})
}

// LK-12: what stays is weaker, and can be seen before; the only way that is left is never taken off,
// also not by two tabs at once.
func TestAttack_LK_12_TheStrongestWayGoes(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*subject.Matcher{matcher(open(t, d)), matcher(open(t, d))}
		m := replicas[0]
		h := people()["ordinary"]
		weak := h.says("bank-one", "b")
		weak.Evidence[0].Ceiling = identity.Low
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		enter(t, m, weak, h.registered())
		all, err := m.Bindings(t.Context(), person.Usage)
		if err != nil || len(all) != 2 || subject.Strongest(all) != identity.Substantial {
			t.Fatalf("%d ways, strongest %s, %v", len(all), subject.Strongest(all), err)
		}
		if left := subject.Left(all, way(t, m, person, "trusted-profile").ID); left != identity.Low {
			t.Errorf("LK-12: without the strongest way %s is left, want low", left)
		}
		var at sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			at.Go(func() {
				_, errs[i] = replicas[i%2].Unlink(t.Context(), person.Usage, all[i%2].ID, identity.None, subject.Note{})
			})
		}
		at.Wait()
		for i, err := range errs {
			if err != nil && !errors.Is(err, subject.ErrLastWay) {
				t.Errorf("try %d: %v", i, err)
			}
		}
		if all, err = m.Bindings(t.Context(), person.Usage); err != nil || all[0].Ended != 0 || all[1].Ended == 0 {
			t.Errorf("LK-12: not exactly one way is left: %v", err)
		}
	})
}

// LK-03 (Keycloak CVE-2026-9087): a proof of both is over with every tie that ends, a state that
// changes, and a proofing anew (LK-02); it takes no means away from somebody who has it.
func TestAttack_LK_03_LK_02_ProofsDie(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h, other := people()["ordinary"], people()["twin-a"]
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		enter(t, m, h.says("bank-one", "b"), h.registered())
		stranger := enter(t, m, other.says("trusted-profile", "other"), other.registered())
		acts := map[string]func() error{
			"a tie was taken off": func() error {
				_, err := m.Unlink(t.Context(), person.Usage, way(t, m, person, "bank-one").ID, identity.None, subject.Note{})
				return err
			},
			"proofed anew": func() error { return m.Reproved(t.Context(), person.Usage) },
			"frozen and released": func() error {
				_, err := m.SetState(t.Context(), parse(h.number), subject.Freeze())
				_, again := m.SetState(t.Context(), parse(h.number), subject.Release())
				return errors.Join(err, again)
			},
		}
		for name, act := range acts {
			account, err := m.Account(t.Context(), person.Usage)
			if err != nil {
				t.Fatal(err)
			}
			if err := act(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := m.Tie(t.Context(), person.Usage, h.nameless("n"), account.Ties, nil, subject.Note{}); !errors.Is(err, subject.ErrStale) {
				t.Errorf("LK-03: %s, and a proof from before still ties: %v", name, err)
			}
		}
		if err := proved(t, m, person, other.says("trusted-profile", "other")); !errors.Is(err, subject.ErrStale) {
			t.Errorf("LK-03: somebody's means was taken away: %v", err)
		}
		var conflict *subject.Conflict
		if err := proved(t, m, person, other.nameless("n")); !errors.As(err, &conflict) || conflict.Number == "" {
			t.Errorf("LK-06: a means that names somebody else was tied: %v", err)
		}
		if err := proved(t, m, person, h.nameless("n")); err != nil {
			t.Error(err)
		}
		if enter(t, m, h.nameless("n"), nil) != person || enter(t, m, other.says("trusted-profile", "other"), other.registered()) != stranger {
			t.Error("somebody is somebody else")
		}
	})
}

// One means proved by fifty browsers at once, through two replicas, for two persons: one tie.
func TestAttack_LK_03_ManyProofsAtOnceMakeOneTie(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*subject.Matcher{matcher(open(t, d)), matcher(open(t, d))}
		a, b := people()["twin-a"], people()["twin-b"] // of one name: nothing contradicts either
		persons := []identity.Person{
			enter(t, replicas[0], a.says("bank-one", "a"), a.registered()), enter(t, replicas[0], b.says("trusted-profile", "b"), b.registered()),
		}
		account, err := replicas[0].Account(t.Context(), persons[0].Usage)
		if err != nil {
			t.Fatal(err)
		}
		var at sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			at.Go(func() {
				errs[i] = replicas[i%2].Tie(t.Context(), persons[i/2%2].Usage, a.nameless("shared"), account.Ties, nil, subject.Note{})
			})
		}
		at.Wait()
		made := 0
		for i, err := range errs {
			if err == nil {
				made++
			} else if !errors.Is(err, subject.ErrStale) {
				t.Errorf("try %d: %v", i, err)
			}
		}
		if c := counts(t, replicas[0].Store.(*DB)); made != 1 || c["links"] != 3 {
			t.Errorf("LK-03: %d ties were made, rows %v", made, c)
		}
	})
}

// H05, LK-06: an account that the upstream gave to somebody else is untied by an operator, and is
// then its new holder's own.
func TestAnAccountThatIsSomebodyElsesIsUntied(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h, heir := people()["ordinary"], people()["diacritics"]
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		enter(t, m, h.says("bank-one", "account"), h.registered())
		_, err := m.Match(t.Context(), heir.says("bank-one", "account"), heir.registered())
		var conflict *subject.Conflict
		if !errors.As(err, &conflict) {
			t.Fatal(err)
		}
		c, done, err := m.Decide(t.Context(), conflict.Number, subject.Untie, nil, "anna")
		if err != nil || !done || c.State != subject.CaseDecided {
			t.Fatalf("untied: %v, %v, %s", done, err, c.State)
		}
		if open, err := m.Unfinished(t.Context()); err != nil || len(open) != 1 {
			t.Errorf("%d cases to finish, %v", len(open), err)
		}
		if err := m.Closed(t.Context(), c); err != nil {
			t.Error(err)
		}
		if enter(t, m, heir.says("bank-one", "account"), heir.registered()).ID == person.ID {
			t.Error("the new holder is the old one")
		}
		if enter(t, m, h.says("trusted-profile", "tp"), h.registered()) != person {
			t.Error("the old holder is lost")
		}
		if open, err := m.Unfinished(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d cases to finish, %v", len(open), err)
		}
	})
}

// Four eyes are four: of many operators at once two are needed, and one alone never decides.
func TestFourEyesUnderLoad(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*subject.Matcher{matcher(open(t, d)), matcher(open(t, d))}
		m := replicas[0]
		a, b := people()["twin-a"], people()["twin-b"]
		enter(t, m, a.says("bank-one", "a"), a.registered())
		enter(t, m, b.says("trusted-profile", "b"), b.registered())
		number, err := m.Report(t.Context(), parse(a.number), parse(b.number))
		if err != nil {
			t.Fatal(err)
		}
		var at sync.WaitGroup
		decided := make([]bool, 20)
		for i := range decided { // one name, many times
			at.Go(func() { _, decided[i], _ = replicas[i%2].Decide(t.Context(), number, subject.MergeTwo, nil, "anna") })
		}
		at.Wait()
		for i := range decided {
			if decided[i] {
				t.Error("one operator decided alone")
			}
		}
		for i := range decided {
			at.Go(func() {
				_, decided[i], _ = replicas[i%2].Decide(t.Context(), number, subject.MergeTwo, nil, fmt.Sprintf("operator %d", i))
			})
		}
		at.Wait()
		if k := kinds(t, m.Store.(*DB)); k[journal.Merged] != 2 {
			t.Errorf("merged %d times, want once, with an entry at each person", k[journal.Merged])
		}
	})
}

// LK-12: a way counts for the most that it has proved, or its loss would go unsaid: first used without
// the second factor, then with both, then without again.
func TestAttack_LK_12_AWayCountsForTheMostThatItProved(t *testing.T) {
	each(t, func(t *testing.T, _ *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		first := h.says("bank-one", "b")
		if len(first.Evidence) == 0 {
			t.Fatal("no evidence to weigh")
		}
		first.Evidence = slices.Clone(first.Evidence)
		var person identity.Person
		for _, use := range []struct{ proved, want identity.Level }{
			{identity.Low, identity.Low}, {identity.Substantial, identity.Substantial}, {identity.Low, identity.Substantial},
		} {
			for i := range first.Evidence {
				first.Evidence[i].Asserted, first.Evidence[i].Ceiling = use.proved, identity.High
			}
			person = enter(t, m, first, h.registered())
			if got := way(t, m, person, "bank-one").Level; got != use.want {
				t.Errorf("LK-12: after %s it counts for %s, want %s", use.proved, got, use.want)
			}
		}
		account, err := m.Account(t.Context(), person.Usage)
		if err != nil || account.Level != identity.Substantial {
			t.Errorf("LK-12: the account is at %s, %v", account.Level, err)
		}
	})
}

// H05: whoever lets no new ways in keeps those that they have; no number, no proof of both and no operators add
// one. What an office handed out, after a second decision, does. Each change is told once.
func TestNoNewWays(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["ordinary"]
		told := map[string]int{}
		m.Tell = func(_ context.Context, _ identity.PersonID, text string, _ subject.Note) error {
			told[text]++
			return nil
		}
		person := enter(t, m, h.says("trusted-profile", "tp"), h.registered())
		set := func(closed bool) {
			t.Helper()
			for range 2 { // pressed twice
				if now, err := m.WaysClosed(t.Context(), person.Usage, &closed, subject.Note{}); err != nil || now != closed {
					t.Fatalf("closed %v: %v, %v", closed, now, err)
				}
			}
		}
		set(true)
		if _, err := m.Match(t.Context(), h.says("bank-one", "b"), h.registered()); !errors.Is(err, subject.ErrClosed) {
			t.Errorf("a new way is let in: %v", err)
		}
		if enter(t, m, h.says("trusted-profile", "tp"), h.registered()) != person {
			t.Error("an old way is not let in")
		}
		office := h.says("bank-one", "handed out")
		office.Evidence = []identity.Evidence{{Kind: identity.OfficeCheck, Means: "bank-one", Asserted: identity.High, Ceiling: identity.High}}
		if enter(t, m, office, h.registered()) != person {
			t.Error("an office cannot add one")
		}
		if err := proved(t, m, person, h.says("bank-one", "b")); !errors.Is(err, subject.ErrClosed) {
			t.Errorf("proof of both adds one: %v", err)
		}
		stranger := people()["foreigner"]
		number, err := m.Ask(t.Context(), stranger.says("bank-two", "f"))
		if err != nil {
			t.Fatal(err)
		}
		whose := parse(h.number)
		if _, _, err := m.Decide(t.Context(), number, subject.TieTo, &whose, "anna"); !errors.Is(err, subject.ErrClosed) {
			t.Errorf("operators add one: %v", err)
		}
		set(false)
		for _, by := range []string{"anna", "bartek"} {
			if _, _, err := m.Decide(t.Context(), number, subject.TieTo, &whose, by); err != nil {
				t.Fatal(err)
			}
		}
		set(true) // after they decided, and before it took effect
		if _, err := m.Match(t.Context(), stranger.says("bank-two", "f"), nil); !errors.Is(err, subject.ErrClosed) {
			t.Errorf("what operators decided before is let in: %v", err)
		}
		set(false)
		if enter(t, m, h.says("bank-one", "third"), h.registered()) != person {
			t.Error("a new way is not let in again")
		}
		if told["message.closed"] != 2 || told["message.opened"] != 2 {
			t.Errorf("told %v", told)
		}
	})
}
