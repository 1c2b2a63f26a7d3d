package usagedb_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

func drop(t *testing.T, db *usagedb.DB, table string) {
	t.Helper()
	if _, err := db.SQL(t.Context()).Exec("DROP TABLE " + table); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, db *usagedb.DB, g oauth.Grant) oauth.Grant {
	t.Helper()
	got, err := db.LoadGrant(t.Context(), g.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAnAnswerIsWrittenWhole(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.Grant, load(t, db, a.Grant)); diff != "" {
			t.Error("grant", diff)
		}
		l, err := db.LoadLogin(t.Context(), a.Login.ID)
		if err != nil || !l.Done || l.Gen != a.Login.Gen+1 || string(l.Sealed) != "answered login" {
			t.Errorf("login %+v, %v", l, err)
		}
		if rows(t, db, "releases") != 1 || rows(t, db, "journal") != 1 || rows(t, db, "consents") != 0 {
			t.Error("want a release, an entry, and nothing remembered")
		}
		if err := db.Answer(t.Context(), a); !errors.Is(err, login.ErrConflict) || rows(t, db, "releases") != 1 || rows(t, db, "grants") != 1 {
			t.Errorf("the same again: %v; want a conflict and nothing more written", err)
		}
	})
}

// A login that is answered at once has no row.
func TestAnAnswerWithoutALoginsRowIsWrittenWhole(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		for i, until := range []time.Time{{}, now().Add(time.Hour)} {
			a := answer(t, db)
			a.Login, a.Release.Until = login.Row{}, until
			a.Grant.ID[15], a.Release.ID[15], a.Entry.ID[15], a.Decided.ID[15], a.Proof.ID[15] = byte(i), byte(i), byte(i), byte(i), byte(i)
			if err := db.Answer(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a.Grant, load(t, db, a.Grant)); diff != "" {
				t.Error("grant", diff)
			}
			for table, want := range map[string]int{"releases": i + 1, "journal": i + 1, "decisions": i + 1, "proofs": i + 1, "consents": i} {
				if got := rows(t, db, table); got != want {
					t.Errorf("%s: %d rows, want %d", table, got, want)
				}
			}
		}
	})
}

func TestAttack_DB_05_NoRecordNoRelease(t *testing.T) {
	for _, missing := range []string{"journal", "releases", "consents", "grants"} {
		t.Run(missing, func(t *testing.T) {
			each(t, func(t *testing.T, db *usagedb.DB) {
				a := answer(t, db)
				a.Release.Until = now().Add(time.Hour)
				drop(t, db, missing)
				if err := db.Answer(t.Context(), a); err == nil || errors.Is(err, login.ErrConflict) {
					t.Fatalf("it was answered: %v", err)
				}
				for _, table := range []string{"journal", "releases", "consents", "grants"} {
					if table != missing && rows(t, db, table) != 0 {
						t.Errorf("%s has a row", table)
					}
				}
				if l, err := db.LoadLogin(t.Context(), a.Login.ID); err != nil || l.Done || l.Gen != a.Login.Gen {
					t.Errorf("the login is over: %+v, %v", l, err)
				}
			})
		})
	}
}

func TestOfParallelAnswersToALoginOneIsGiven(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		a := answer(t, replicas[0])
		given := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			mine := a
			mine.Grant.ID[15], mine.Release.ID[15], mine.Entry.ID[15] = byte(i), byte(i), byte(i)
			err := db.Answer(ctx, mine)
			if errors.Is(err, login.ErrConflict) {
				return false, nil
			}
			return err == nil, err
		})
		if given != 1 || rows(t, replicas[0], "grants") != 1 || rows(t, replicas[0], "releases") != 1 {
			t.Errorf("%d answers were given, want one", given)
		}
	})
}

func TestAPoolOfOneConnectionDoesNotLockUp(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d, store.Pool(1), store.Patience(20*time.Second))
		answers := make([]oauth.Answer, 64)
		for i := range answers {
			answers[i] = answer(t, db)
		}
		parallel(t, []*usagedb.DB{db}, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			a := answers[i]
			if err := db.Answer(ctx, a); err != nil {
				return false, err
			}
			g, err := db.LoadGrant(ctx, a.Grant.ID)
			if err != nil {
				return false, err
			}
			return db.SaveGrant(ctx, redeemed(g, "a"), g.State, g.Gen)
		})
	})
}

func TestWhatIsSavedOfAGrantComesBack(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		want := redeemed(a.Grant, "a")
		if ok, err := db.SaveGrant(t.Context(), want, oauth.GrantCode, a.Grant.Gen); !ok || err != nil {
			t.Fatal(ok, err)
		}
		want.Gen++
		if diff := cmp.Diff(want, load(t, db, want)); diff != "" {
			t.Error(diff)
		}
		for name, was := range map[string]struct {
			state oauth.GrantState
			gen   uint32
		}{"an older generation": {oauth.GrantLive, want.Gen - 1}, "another state": {oauth.GrantCode, want.Gen}} {
			if ok, err := db.SaveGrant(t.Context(), redeemed(want, "b"), was.state, was.gen); ok || err != nil {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		}
	})
}

func TestAGrantIsGoneWhenItsTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		shift(db, 61*time.Minute)
		if _, err := db.LoadGrant(t.Context(), a.Grant.ID); !errors.Is(err, oauth.ErrNoGrant) {
			t.Errorf("got %v", err)
		}
	})
}

// bare reports whether a stored grant holds nothing that could be opened.
func bare(t *testing.T, db *usagedb.DB, g oauth.Grant) bool {
	t.Helper()
	got := load(t, db, g)
	return got.State == oauth.GrantEnded && got.Sealed == nil && got.CodeWrap == nil && got.AccessWrap == nil &&
		got.PrevWrap == nil && got.RefreshWrap == nil && got.RefreshSalt == nil
}

func TestAnEndedGrantIsErasedWithOneEntry(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if ok, err := db.SaveGrant(t.Context(), redeemed(a.Grant, "a"), oauth.GrantCode, 1); !ok || err != nil {
			t.Fatal(ok, err)
		}
		for range 3 {
			if err := db.EndGrant(t.Context(), a.Grant.ID, entry(journal.CodeReused)); err != nil {
				t.Fatal(err)
			}
		}
		if !bare(t, db, a.Grant) || rows(t, db, "journal") != 2 {
			t.Errorf("%d entries, %+v; want the release's, one for the end, and nothing to open", rows(t, db, "journal"), load(t, db, a.Grant))
		}
		g := load(t, db, a.Grant)
		if ok, err := db.SaveGrant(t.Context(), g, g.State, g.Gen); ok || err != nil {
			t.Errorf("an ended grant was saved: %v, %v", ok, err)
		}
	})
}

func TestSavingAGrantAsEndedErasesIt(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		burnt := a.Grant
		burnt.State = oauth.GrantEnded
		if ok, err := db.SaveGrant(t.Context(), burnt, oauth.GrantCode, 1); !ok || err != nil || !bare(t, db, burnt) {
			t.Errorf("%v, %v, %+v", ok, err, load(t, db, burnt))
		}
	})
}

// The record of a login is written with its answer or neither is; it is found by client and by
// person, by nobody else, and goes when its time is over.
func TestTheRecordOfALoginIsKeptWithItsAnswer(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, a := t.Context(), answer(t, db)
		if err := db.Answer(ctx, a); err != nil {
			t.Fatal(err)
		}
		for name, find := range map[string]func() (oauth.Proof, error){
			"client": func() (oauth.Proof, error) { return db.ClientProof(ctx, "library-web", a.Proof.Txn) },
			"person": func() (oauth.Proof, error) { return db.PersonProof(ctx, person(1), a.Proof.Txn) },
		} {
			got, err := find()
			if diff := cmp.Diff(a.Proof, got); diff != "" || err != nil {
				t.Error(name, diff, err)
			}
		}
		for name, find := range map[string]func() (oauth.Proof, error){
			"another client": func() (oauth.Proof, error) { return db.ClientProof(ctx, "tax", a.Proof.Txn) },
			"another person": func() (oauth.Proof, error) { return db.PersonProof(ctx, person(2), a.Proof.Txn) },
			"another txn":    func() (oauth.Proof, error) { return db.ClientProof(ctx, "library-web", "AAAA-AAAA") },
		} {
			if got, err := find(); !errors.Is(err, oauth.ErrNoProof) {
				t.Errorf("%s: %+v %v", name, got, err)
			}
		}
		if all, err := db.ProofsOf(ctx, a.Proof.Txn); err != nil || len(all) != 1 {
			t.Errorf("%d records, %v", len(all), err)
		}
		shift(db, 729*24*time.Hour)
		if err := db.Retain(ctx, 730*24*time.Hour); err != nil || rows(t, db, "proofs") != 1 {
			t.Errorf("a day before its time: %v", err)
		}
		shift(db, 731*24*time.Hour)
		if err := db.Retain(ctx, 730*24*time.Hour); err != nil || rows(t, db, "proofs") != 0 {
			t.Errorf("a day after its time: %v", err)
		}
		shift(db, 0)
		unrecorded := answer(t, db)
		drop(t, db, "proofs")
		if err := db.Answer(ctx, unrecorded); err == nil {
			t.Error("an answer without a record")
		}
		if _, err := db.LoadGrant(ctx, unrecorded.Grant.ID); !errors.Is(err, oauth.ErrNoGrant) {
			t.Errorf("a grant without a record: %v", err)
		}
	})
}

func TestEndingIsNotRefusedForWantOfARecord(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		var log strings.Builder
		db.Log = slog.New(slog.NewTextHandler(&log, nil))
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		drop(t, db, "journal")
		if err := db.EndGrant(t.Context(), a.Grant.ID, entry(journal.GrantRevoked)); err != nil || !bare(t, db, a.Grant) {
			t.Errorf("%v, %+v", err, load(t, db, a.Grant))
		}
		if !strings.Contains(log.String(), "not recorded") {
			t.Error("nobody was told")
		}
	})
}

func TestAttack_CP_02_OfParallelRedemptionsOneSucceeds(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d, store.Patience(20*time.Second)), open(t, d, store.Patience(20*time.Second))}
		for range 100 {
			a := answer(t, replicas[0])
			if err := replicas[1].Answer(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			redemptions := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, _ int) (bool, error) {
				g, err := db.LoadGrant(ctx, a.Grant.ID)
				if err != nil || g.State != oauth.GrantCode {
					return false, err
				}
				return db.SaveGrant(ctx, redeemed(g, "a"), g.State, g.Gen)
			})
			if redemptions != 1 {
				t.Fatalf("%d redemptions succeeded, want one", redemptions)
			}
		}
	})
}

// Both have read the code as unused before either writes. Chance hardly ever brings that about.
func TestTwoRedeemersPastTheReadGetOneSuccess(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		a := answer(t, replicas[0])
		if err := replicas[0].Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		var read, all sync.WaitGroup
		read.Add(2)
		results := make([]bool, 2)
		for i, db := range replicas {
			all.Go(func() {
				g, err := db.LoadGrant(t.Context(), a.Grant.ID)
				read.Done()
				read.Wait()
				if err == nil {
					results[i], err = db.SaveGrant(t.Context(), redeemed(g, string(rune('a'+i))), g.State, g.Gen)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if results[0] == results[1] {
			t.Errorf("successes %v, want exactly one", results)
		}
		winner := "access a"
		if results[1] {
			winner = "access b"
		}
		if g := load(t, replicas[0], a.Grant); string(g.AccessDigest) != winner || g.Gen != 2 {
			t.Errorf("generation %d holds %q, want 2 and %q", g.Gen, g.AccessDigest, winner)
		}
	})
}

// A rotation goes from live to live: here only the generation tells the second from the first.
func TestAttack_TK_02_OfParallelRotationsOneSucceeds(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		a := answer(t, replicas[0])
		if err := replicas[0].Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if ok, err := replicas[0].SaveGrant(t.Context(), redeemed(a.Grant, "first"), oauth.GrantCode, 1); !ok || err != nil {
			t.Fatal(ok, err)
		}
		g := load(t, replicas[1], a.Grant)
		rotations := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			return db.SaveGrant(ctx, redeemed(g, "next"), g.State, g.Gen)
		})
		if rotations != 1 {
			t.Errorf("%d rotations succeeded, want one", rotations)
		}
	})
}

// architecture §7: what was released to a grant that lives for a month is erased after a day, and the grant
// goes on without it. A wrap that a living access token has goes when the token is over.
func TestReleasedValuesOfALongGrantAreErasedAfterADay(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx, a := t.Context(), answer(t, db)
		a.Grant.Ends, a.Grant.Values = now().Add(720*time.Hour), now().Add(24*time.Hour)
		if err := db.Answer(ctx, a); err != nil {
			t.Fatal(err)
		}
		live := redeemed(a.Grant, "first")
		live.AccessUntil, live.PrevUntil = now().Add(24*time.Hour+5*time.Minute), now().Add(23*time.Hour)
		if won, err := db.SaveGrant(ctx, live, oauth.GrantCode, a.Grant.Gen); err != nil || !won {
			t.Fatal(won, err)
		}
		for _, at := range []struct {
			after                                 time.Duration
			sealed, refresh, access, prev, raised bool
		}{
			{23*time.Hour + 59*time.Minute, true, true, true, true, false},
			{24*time.Hour + time.Minute, false, false, true, false, true},
			{24*time.Hour + 6*time.Minute, false, false, false, false, true},
			{48 * time.Hour, false, false, false, false, false},
		} {
			before, err := db.LoadGrant(ctx, a.Grant.ID)
			if err != nil {
				t.Fatal(err)
			}
			shift(db, at.after)
			if err := db.Sweep(ctx); err != nil {
				t.Fatal(err)
			}
			g, err := db.LoadGrant(ctx, a.Grant.ID)
			if err != nil || g.State != oauth.GrantLive || len(g.RefreshDigest) == 0 {
				t.Fatalf("after %v the grant is %s: %v", at.after, g.State, err)
			}
			for what, got := range map[string][2]bool{
				"values": {len(g.Sealed) > 0, at.sealed}, "wrap of the refresh token": {len(g.RefreshWrap) > 0, at.refresh},
				"wrap of the access token": {len(g.AccessWrap) > 0, at.access}, "wrap of the one before": {len(g.PrevWrap) > 0, at.prev},
				"another generation": {g.Gen > before.Gen, at.raised},
			} {
				if got[0] != got[1] {
					t.Errorf("after %v: %s %t, want %t", at.after, what, got[0], got[1])
				}
			}
		}
	})
}
