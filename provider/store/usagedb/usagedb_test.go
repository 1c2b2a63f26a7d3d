package usagedb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

// open gives the usage database, migrated. Opened twice it is two replicas.
// migrated makes databases that are up to date. What tests the migrations begins with empty ones.
var migrated = storetest.Copies(usagedb.Migrate)

func open(t testing.TB, d storetest.Database, opts ...store.Option) *usagedb.DB {
	t.Helper()
	raw := d.Open(t, opts...)
	if err := usagedb.Migrate(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	db, err := usagedb.New(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func each(t *testing.T, run func(*testing.T, *usagedb.DB)) {
	t.Helper()
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) { run(t, open(t, d)) })
}

func shift(db *usagedb.DB, by time.Duration) { db.Shift = func() time.Duration { return by } }

// now has the precision of a column.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func person(n byte) identity.UsageID { return identity.UsageID(bytes.Repeat([]byte{n}, 16)) }

func loginRow() login.Row {
	return login.Row{
		ID: seal.NewRowID(now()), Digest: [32]byte{1}, Created: now(), Expires: now().Add(30 * time.Minute),
		Sealed: []byte("sealed login"), Wrap: []byte("wrap"),
	}
}

func entry(kind journal.Kind) journal.Row {
	return journal.Row{ID: seal.NewRowID(now()), Kind: kind, At: now(), Who: person(1).String(), Party: "library", Ref: "ABCD-EFGH",
		Body: []byte("{}"), Salt: []byte("salt"), Leaf: []byte("leaf")}
}

func decided(l login.Row) login.DecisionRow {
	return login.DecisionRow{
		ID: seal.NewRowID(now()), Login: l.ID, Ref: "ABCD-EFGH", Party: "library", At: now(), Level: identity.Substantial, Needed: identity.Low,
		Rules: "r1", Inputs: []byte(`{"proofs":[]}`),
	}
}

// answer is the end of a login that was added, with everything set that a grant can have.
func answer(t testing.TB, db *usagedb.DB) oauth.Answer {
	t.Helper()
	l := loginRow()
	if err := db.AddLogin(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	l.Done, l.Sealed = true, []byte("answered login")
	release := consent.Release{
		ID: [16]byte(seal.NewRowID(now())), Party: "library", Usage: person(1), Offline: true, Shown: [32]byte{9}, At: now(), PartyMark: "v1",
		Items:    []consent.Released{{Name: "given_name", Basis: consent.ByConsent, Purpose: "card"}},
		Declined: []identity.AttributeName{"email"},
	}
	return oauth.Answer{
		Release: release, Entry: entry(journal.Released), Login: l, Decided: decided(l),
		Proof: oauth.Proof{
			ID: seal.NewRowID(now()), Client: "library-web", Party: "library", Usage: person(1), Txn: "ABCD-" + seal.NewRowID(now()).Short()[:4], At: now(),
			Token: "h.p.s", Sealed: []byte("sealed record"),
		},
		Grant: oauth.Grant{
			ID: seal.NewRowID(now()), Client: "library-web", Party: "library", Usage: person(1), Login: l.ID, Session: seal.NewRowID(now()),
			Release: seal.RowID(release.ID), Means: "bank", Issuer: "https://bank.example", Rules: "r1", Created: now(),
			CodeUntil: now().Add(time.Minute), Ends: now().Add(time.Hour), Kept: []byte(`{"sub":"s"}`), Sealed: []byte("sealed values"),
			State: oauth.GrantCode, Gen: 1, CodeDigest: []byte("code digest"), CodeWrap: []byte("code wrap"),
		},
	}
}

// redeemed is what redeeming a code makes of a grant; by tells the redeemers apart.
func redeemed(g oauth.Grant, by string) oauth.Grant {
	g.State, g.CodeWrap = oauth.GrantLive, nil
	g.AccessDigest, g.AccessWrap, g.AccessUntil = []byte("access "+by), []byte("access wrap"), now().Add(time.Minute)
	g.RefreshDigest, g.RefreshWrap, g.RefreshGen, g.RefreshSalt = []byte("refresh "+by), []byte("refresh wrap"), 1, []byte("salt "+by)
	g.PrevAccess, g.PrevWrap, g.PrevUntil = []byte("prev"), []byte("prev wrap"), now().Add(time.Second)
	g.PrevRefresh, g.GraceUntil = []byte("prev refresh"), now().Add(2*time.Second)
	return g
}

func rows(t testing.TB, db *usagedb.DB, table string) (n int) {
	t.Helper()
	if err := db.SQL(t.Context()).Row("SELECT count(*) FROM "+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// parallel runs an act 64 times at once, on the replicas in turn, and says how often it succeeded.
func parallel(t testing.TB, replicas []*usagedb.DB, act func(ctx context.Context, db *usagedb.DB, i int) (bool, error)) int {
	t.Helper()
	var all sync.WaitGroup
	var succeeded atomic.Int64
	start := make(chan struct{})
	for i := range 64 {
		all.Go(func() {
			<-start
			ok, err := act(t.Context(), replicas[i%len(replicas)], i)
			if err != nil {
				t.Errorf("number %d: %v", i, err)
			}
			if ok {
				succeeded.Add(1)
			}
		})
	}
	close(start)
	all.Wait()
	return int(succeeded.Load())
}

func TestTheSchemaGoesUpAndDownAndUpAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		raw := d.Open(t)
		for range 2 {
			if err := usagedb.Migrate(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
			if done, err := usagedb.Migrated(t.Context(), raw); !done || err != nil {
				t.Fatal(done, err)
			}
			if _, err := usagedb.New(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
			if err := usagedb.MigrateDown(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := usagedb.New(t.Context(), raw); err == nil {
			t.Error("a database without a schema was taken")
		}
	})
}

func TestAttack_DB_12_ARestoreVoidsWhatWasBefore(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		a := answer(t, db)
		open := loginRow()
		s := sessionRow()
		if err := errors.Join(db.Answer(ctx, a), db.AddLogin(ctx, open), db.AddSession(ctx, s, time.Time{})); err != nil {
			t.Fatal(err)
		}
		if err := usagedb.NextEpoch(ctx, db.DB); err != nil {
			t.Fatal(err)
		}
		restored, err := usagedb.New(ctx, db.DB)
		if err != nil {
			t.Fatal(err)
		}
		_, loginErr := restored.LoadLogin(ctx, open.ID)
		_, sessionErr := restored.LoadSession(ctx, s.ID)
		_, grantErr := restored.LoadGrant(ctx, a.Grant.ID)
		saved, saveErr := restored.SaveGrant(ctx, redeemed(a.Grant, "a"), oauth.GrantCode, 1)
		if !errors.Is(loginErr, login.ErrGone) || !errors.Is(sessionErr, login.ErrGone) || !errors.Is(grantErr, oauth.ErrNoGrant) || saved || saveErr != nil {
			t.Errorf("login: %v; session: %v; grant: %v; redeemed: %v, %v", loginErr, sessionErr, grantErr, saved, saveErr)
		}
		if err := restored.SaveLogin(ctx, open); !errors.Is(err, login.ErrConflict) {
			t.Errorf("a step of a login from before: %v", err)
		}
	})
}

// Rows of the other database name an epoch, so the same backup restored twice begins two.
func TestAttack_DB_12_NoEpochComesTwice(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		seen := map[int64]bool{db.Epoch(): true}
		for range 100 { // some within one tick of the database's clock
			if err := db.SetSetting(ctx, "epoch", "1"); err != nil { // the backup
				t.Fatal(err)
			}
			if err := usagedb.NextEpoch(ctx, db.DB); err != nil {
				t.Fatal(err)
			}
			restored, err := usagedb.New(ctx, db.DB)
			if err != nil || seen[restored.Epoch()] {
				t.Fatalf("epoch %d again, %v", restored.Epoch(), err)
			}
			seen[restored.Epoch()] = true
		}
	})
}

func TestSettingsAreKept(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		if got, err := db.Setting(t.Context(), "checks"); got != "" || err != nil {
			t.Errorf("nothing kept: %q, %v", got, err)
		}
		for _, value := range []string{"a", "b"} {
			if err := db.SetSetting(t.Context(), "checks", value); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Setting(t.Context(), "checks"); got != value || err != nil {
				t.Errorf("kept %q: %q, %v", value, got, err)
			}
		}
	})
}

func TestAPersonHasOneSubjectInASectorForEver(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		var mu sync.Mutex
		given := map[string]int{}
		parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			subject, err := db.Subject(ctx, "health", person(1), fmt.Sprint("fresh ", i))
			mu.Lock()
			defer mu.Unlock()
			given[subject]++
			return err == nil, err
		})
		if len(given) != 1 {
			t.Errorf("given %v, want one subject 64 times", given)
		}
		var first string
		for s := range given {
			first = s
		}
		for _, test := range []struct {
			sector string
			who    identity.UsageID
			same   bool
		}{{"health", person(1), true}, {"tax", person(1), false}, {"health", person(2), false}} {
			subject, err := replicas[0].Subject(t.Context(), test.sector, test.who, "fresh "+test.sector+test.who.String())
			if err != nil || (subject == first) != test.same {
				t.Errorf("%s: %s, %v", test.sector, subject, err)
			}
		}
		if _, err := replicas[0].Subject(t.Context(), "health", person(3), first); err == nil {
			t.Error("a subject was given to a second person")
		}
	})
}
