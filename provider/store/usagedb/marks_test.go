package usagedb_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

// atOnce does something many times at once on two replicas, and counts how often it won.
func atOnce(t *testing.T, d storetest.Database, times int, do func(*usagedb.DB, int) (bool, error)) int {
	t.Helper()
	replicas := []*usagedb.DB{open(t, d), open(t, d)}
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			ok, err := do(replicas[i%len(replicas)], i)
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	all.Wait()
	return int(won.Load())
}

// RFC 6238 §5.2: a verifier must not accept the second attempt of the same code (attacks OT-03).
func TestAttack_OT_03_AStepCountsOnce(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		key := [32]byte{1}
		if won := atOnce(t, d, 32, func(db *usagedb.DB, _ int) (bool, error) { return db.Advance(t.Context(), key, 60_000_000) }); won != 1 {
			t.Errorf("RFC 6238 §5.2: one step counted %d times", won)
		}
		db := open(t, d)
		for _, c := range []struct {
			to   int64
			want bool
		}{{60_000_000, false}, {59_999_999, false}, {0, false}, {60_000_001, true}, {60_000_001, false}} {
			if ok, err := db.Advance(t.Context(), key, c.to); ok != c.want || err != nil {
				t.Errorf("to %d: %v, %v", c.to, ok, err)
			}
		}
		if v, err := db.Mark(t.Context(), key); v != 60_000_001 || err != nil {
			t.Errorf("mark %d, %v", v, err)
		}
		if v, err := db.Mark(t.Context(), [32]byte{9}); v != 0 || err != nil {
			t.Errorf("no mark: %d, %v", v, err)
		}
	})
}

// parse-server GHSA-jpq4-7fmq-q5fj: a recovery code redeemed by several at once.
func TestAttack_OT_05_ACodeIsSpentOnce(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		key := [32]byte{2}
		if won := atOnce(t, d, 64, func(db *usagedb.DB, i int) (bool, error) { return db.Spend(t.Context(), key, i%4) }); won != 4 {
			t.Errorf("GHSA-jpq4-7fmq-q5fj: of 4 codes %d were spent", won)
		}
		db := open(t, d)
		for _, bit := range []int{0, 61, 4} {
			ok, err := db.Spend(t.Context(), key, bit)
			if err != nil || ok != (bit != 0) {
				t.Errorf("bit %d: %v, %v", bit, ok, err)
			}
		}
		if v, _ := db.Mark(t.Context(), key); v != 0b11111|1<<61 {
			t.Errorf("mark %b", v)
		}
	})
}

// Devise CVE-2019-5421, Keycloak #26106: parallel guesses around the counter.
func TestAttack_OT_02_NoMoreGuessesAreLookedAtThanTheRuleGives(t *testing.T) {
	rule := enrolled.Tries{Free: 4, Wait: 30 * time.Second, Longest: time.Hour, Most: 100}
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		key := [32]byte{3}
		if looked := atOnce(t, d, 200, func(db *usagedb.DB, _ int) (bool, error) { return db.Try(t.Context(), key, rule) }); looked != 5 {
			t.Errorf("CVE-2019-5421: %d of 200 guesses were looked at, want 5", looked)
		}
	})
}

// attacks.md §L: 30 s, doubled up to an hour, a hundred in all; shared and lasting (OT-11).
func TestAttack_OT_11_WaitsGrowAndLast(t *testing.T) {
	rule := enrolled.Tries{Free: 4, Wait: 30 * time.Second, Longest: time.Hour, Most: 14}
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db, key, at := open(t, d), [32]byte{4}, time.Duration(0)
		try := func() bool {
			t.Helper()
			shift(db, at)
			ok, err := db.Try(t.Context(), key, rule)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for i := range 5 {
			if !try() {
				t.Fatalf("try %d is refused", i+1)
			}
		}
		for _, wait := range []time.Duration{30, 60, 120, 240, 480, 960, 1920, 3600, 3600} {
			if at += wait*time.Second - 5*time.Second; try() {
				t.Errorf("%d s: too early, and looked at", wait)
			}
			db = open(t, d) // another replica, or the same after a restart
			if at += 6 * time.Second; !try() {
				t.Errorf("%d s: waited, and refused", wait)
			}
		}
		if at += 2 * time.Hour; try() {
			t.Error("more than the most in a row")
		}
		if err := db.Forgive(t.Context(), key); err != nil || !try() {
			t.Errorf("forgiven, and refused: %v", err)
		}
	})
}

func TestTriesAreSweptWhenTheyAreOld(t *testing.T) {
	rule := enrolled.Tries{Free: 4, Wait: time.Second, Longest: time.Second, Most: 100}
	each(t, func(t *testing.T, db *usagedb.DB) {
		for i, times := range []int{1, 5} {
			for range times {
				if _, err := db.Try(t.Context(), [32]byte{5, byte(i)}, rule); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := db.Advance(t.Context(), [32]byte{5}, 1); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			after time.Duration
			left  int
		}{{0, 2}, {25 * time.Hour, 1}, {91 * 24 * time.Hour, 0}} {
			shift(db, c.after)
			if err := db.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := rows(t, db, "tries"); n != c.left {
				t.Errorf("after %s: %d rows, want %d", c.after, n, c.left)
			}
		}
		if rows(t, db, "marks") != 1 {
			t.Error("a mark was swept: what it keeps from being used again could be")
		}
	})
}
