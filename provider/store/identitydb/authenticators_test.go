package identitydb

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/store/storetest"
	"symbolon/provider/subject"
)

func digest(key, n byte) enrolled.Digest { return enrolled.Digest{Key: key, Sum: [32]byte{n}} }

func accountRow(person identity.PersonID, n byte) enrolled.AccountRow {
	return enrolled.AccountRow{Handle: [16]byte{n}, Person: person, Name: []byte("sealed name"), Names: []enrolled.Digest{digest(3, n), digest(2, n)}, Since: 20_000}
}

func passkeyRow(n byte) enrolled.Row {
	return enrolled.Row{
		ID: enrolled.DeviceID{n}, Handle: [16]byte{1}, Type: enrolled.Passkey, Mechanism: enrolled.Certified, Level: identity.High, CapUntil: 20_001,
		Case: "case-1", Office: "office-7", Via: enrolled.ViaDesk, State: enrolled.Active, Since: 20_000, Sealed: []byte("sealed"),
		Credential: []enrolled.Digest{digest(3, 100+n), digest(2, 100+n)},
	}
}

// holder makes two persons, the first of whom has an account with two authenticators.
func holder(t *testing.T, db *DB, m *subject.Matcher) (one, two identity.Person) {
	t.Helper()
	a, b := people()["ordinary"], people()["diacritics"]
	one, two = enter(t, m, a.says("trusted-profile", "a"), a.registered()), enter(t, m, b.says("trusted-profile", "b"), b.registered())
	if err := db.AddAccount(t.Context(), accountRow(one.ID, 1)); err != nil {
		t.Fatal(err)
	}
	for _, n := range []byte{1, 2} {
		if err := db.AddAuthenticator(t.Context(), passkeyRow(n)); err != nil {
			t.Fatal(err)
		}
	}
	return one, two
}

func TestAuthenticatorsAreFound(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		one, two := holder(t, db, m)
		id := passkeyRow(1).ID
		for name, digests := range map[string][]enrolled.Digest{"newest": {digest(3, 101)}, "during a turnover": {digest(4, 101), digest(2, 101)}} {
			row, err := db.ByCredential(t.Context(), digests)
			if err != nil || row == nil || row.ID != id || row.Credential != nil || row.Person != one.ID || row.Level != identity.High || row.CapUntil != 20_001 ||
				row.Case != "case-1" || row.Office != "office-7" || row.Via != enrolled.ViaDesk || row.State != enrolled.Active || string(row.Sealed) != "sealed" || row.Label != nil {
				t.Errorf("%s: %+v, %v", name, row, err)
			}
		}
		for _, digests := range [][]enrolled.Digest{nil, {digest(3, 9)}, {digest(4, 101)}} {
			if row, err := db.ByCredential(t.Context(), digests); row != nil || err != nil {
				t.Errorf("somebody is found: %v", err)
			}
		}
		count := func(rows []enrolled.Row, err error) int {
			if err != nil {
				t.Fatal(err)
			}
			return len(rows)
		}
		if n := count(db.ByName(t.Context(), []enrolled.Digest{digest(4, 1), digest(2, 1)})); n != 2 {
			t.Errorf("by name: %d", n)
		}
		if n := count(db.ByName(t.Context(), []enrolled.Digest{digest(3, 2)})) + count(db.ByPerson(t.Context(), two.ID)) + count(db.ByCase(t.Context(), "case-2")); n != 0 {
			t.Errorf("of somebody else: %d", n)
		}
		if n := count(db.ByPerson(t.Context(), one.ID)) + count(db.ByCase(t.Context(), "case-1")); n != 4 {
			t.Errorf("by person and case: %d", n)
		}
		account, err := db.Account(t.Context(), one.ID)
		if err != nil || account == nil || account.Handle != [16]byte{1} || string(account.Name) != "sealed name" || account.Since != 20_000 {
			t.Errorf("account %+v, %v", account, err)
		}
		if account, err := db.Account(t.Context(), two.ID); account != nil || err != nil {
			t.Errorf("an account of nobody: %v", err)
		}
	})
}

func TestAccountsAndCredentialsAreUnique(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		one, two := holder(t, db, m)
		sameName := accountRow(two.ID, 5)
		sameName.Names = []enrolled.Digest{digest(3, 1)}
		sameHandle := accountRow(two.ID, 1)
		for name, row := range map[string]enrolled.AccountRow{"a second of a person": accountRow(one.ID, 4), "a name that is taken": sameName, "a handle that is taken": sameHandle} {
			if err := db.AddAccount(t.Context(), row); !errors.Is(err, enrolled.ErrAccount) {
				t.Errorf("%s: %v", name, err)
			}
		}
		again := passkeyRow(7)
		again.Credential = []enrolled.Digest{digest(3, 101)}
		before := dump(t, db, "authenticators", "credential_digests", "accounts", "account_digests")
		if err := db.AddAuthenticator(t.Context(), again); !errors.Is(err, enrolled.ErrKnownAlready) {
			t.Errorf("a credential twice: %v", err)
		}
		if dump(t, db, "authenticators", "credential_digests", "accounts", "account_digests") != before {
			t.Error("half of something was written")
		}
	})
}

// ZITADEL CVE-2025-64431: somebody else's id in a request.
func TestAttack_IN_05_ADeviceIsItsOwnersOnly(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		one, two := holder(t, db, m)
		id := enrolled.DeviceID{1}
		live := []enrolled.State{enrolled.Active, enrolled.Suspended}
		if done, err := db.Restate(t.Context(), two.ID, id, live, enrolled.Lost); done || err != nil {
			t.Errorf("CVE-2025-64431: somebody else's device was lost: %v", err)
		}
		if done, err := db.Relabel(t.Context(), two.ID, id, []byte("x")); done || err != nil {
			t.Errorf("somebody else's device was renamed: %v", err)
		}
		if done, err := db.Relabel(t.Context(), one.ID, id, []byte("sealed label")); !done || err != nil {
			t.Errorf("not renamed: %v", err)
		}
		for i, c := range []struct {
			from []enrolled.State
			to   enrolled.State
			want bool
		}{{nil, enrolled.Lost, false}, {live, enrolled.Lost, true}, {live, enrolled.Active, false}, {live, enrolled.Lost, false}} {
			if done, err := db.Restate(t.Context(), one.ID, id, c.from, c.to); done != c.want || err != nil {
				t.Errorf("%d: %v, %v", i, done, err)
			}
		}
		rows, err := db.ByPerson(t.Context(), one.ID)
		if err != nil || !slices.ContainsFunc(rows, func(r enrolled.Row) bool {
			return r.ID == id && r.State == enrolled.Lost && string(r.Label) == "sealed label"
		}) {
			t.Errorf("rows %v, %v", len(rows), err)
		}
	})
}

func TestOfSeveralWhoRestateOneWins(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*DB{open(t, d), open(t, d)}
		one, _ := holder(t, replicas[0], matcher(replicas[0]))
		var won atomic.Int64
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				done, err := replicas[i%2].Restate(t.Context(), one.ID, enrolled.DeviceID{1}, []enrolled.State{enrolled.Active}, enrolled.Suspended)
				if err != nil {
					t.Error(err)
				}
				if done {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
	})
}

func TestTheNumberOfSomebodyWhoTellsNone(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		h := people()["changed-number"]
		person := enter(t, m, h.says("trusted-profile", "a"), h.registered())
		numbers := subject.Numbers{Store: db, Vault: vault(1)}
		all, err := numbers.Numbers(t.Context(), person.ID)
		if err != nil || len(all) != 1 || all[0].Reveal() != h.number {
			t.Errorf("%d numbers, %v", len(all), err)
		}
		if all, err := numbers.Numbers(t.Context(), identity.PersonID{9}); len(all) != 0 || err != nil {
			t.Errorf("numbers of nobody: %d, %v", len(all), err)
		}
		if _, err := (subject.Numbers{Store: db, Vault: vault(8)}).Numbers(t.Context(), person.ID); err == nil {
			t.Error("opened under another key")
		}
	})
}

// Attacks LK-02 (Sudhodanan/Paverd 2022): a device of somebody who was merged since still logs in whom they
// became, so it is among theirs: they can report it lost, and a new enrolment takes its place. Parted again,
// it is nobody else's.
func TestAttack_LK_02_TheDeviceOfAMergedPerson(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		had, became := holder(t, db, m)
		third := enter(t, m, people()["changed-name"].says("trusted-profile", "c"), people()["changed-name"].registered())
		owns := func(person identity.PersonID, want int) {
			t.Helper()
			rows, err := db.ByPerson(t.Context(), person)
			if err != nil || len(rows) != want {
				t.Fatalf("%d devices, not %d: %v", len(rows), want, err)
			}
			for _, row := range rows {
				if done, err := db.Relabel(t.Context(), row.Person, row.ID, []byte("sealed")); err != nil || !done {
					t.Errorf("it is listed, and cannot be changed: %v", err)
				}
			}
		}
		owns(became.ID, 0)
		number, err := m.Report(t.Context(), parse(people()["diacritics"].number), parse(people()["ordinary"].number))
		if err != nil {
			t.Fatal(err)
		}
		decide(t, m, number, subject.MergeTwo)
		owns(became.ID, 2)
		owns(had.ID, 2)
		again, err := m.Report(t.Context(), parse(people()["changed-name"].number), parse(people()["diacritics"].number))
		if err != nil {
			t.Fatal(err)
		}
		decide(t, m, again, subject.MergeTwo)
		owns(third.ID, 2)
		decide(t, m, again, subject.Undo)
		owns(third.ID, 0)
		owns(became.ID, 2)
	})
}
