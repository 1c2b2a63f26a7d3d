package usagedb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/provider/limit"
	"symbolon/provider/once"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

func secret() once.Secret {
	return once.Of(once.ClientAssertion, "jti-1", now().Add(5*time.Minute), "library-web")
}

func TestOf64WhoConsumeASecretOneDoes(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		s := secret()
		consumed := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, _ int) (bool, error) {
			err := db.Consume(ctx, s)
			if errors.Is(err, once.ErrUsed) {
				return false, nil
			}
			return err == nil, err
		})
		if consumed != 1 {
			t.Errorf("%d consumed it, want one", consumed)
		}
	})
}

func TestASecretIsConsumedForWhatItIsBoundTo(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		until := now().Add(time.Minute)
		for _, s := range []once.Secret{
			once.Of(once.ClientAssertion, "jti", until, "a", "b"), once.Of(once.ClientAssertion, "jti", until, "ab"), once.Of(once.ClientAssertion, "jti", until),
			once.Of(once.UpstreamAnswer, "jti", until, "a", "b"), once.Of(once.ClientAssertion, "jti2", until, "a", "b"),
		} {
			if err := db.Consume(t.Context(), s); err != nil {
				t.Errorf("a different one: %v", err)
			}
			if err := db.Consume(t.Context(), s); !errors.Is(err, once.ErrUsed) {
				t.Errorf("the same again: %v", err)
			}
		}
	})
}

// A row that was swept must not make its secret usable again.
func TestASecretWhoseTimeIsOverIsAsGoodAsUsed(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		s := secret()
		if err := db.Consume(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		shift(db, 6*time.Minute)
		if err := db.Sweep(t.Context()); err != nil || rows(t, db, "once") != 0 {
			t.Fatalf("%v, %d rows", err, rows(t, db, "once"))
		}
		if err := db.Consume(t.Context(), s); !errors.Is(err, once.ErrUsed) {
			t.Errorf("after sweeping: %v", err)
		}
	})
}

func TestASecretIsConsumedWithTheTransactionAroundIt(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		s, stop := secret(), errors.New("the effect failed")
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			if err := db.Consume(ctx, s); err != nil {
				return err
			}
			if err := db.Consume(ctx, s); !errors.Is(err, once.ErrUsed) {
				t.Errorf("twice in one transaction: %v", err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if err := db.Consume(t.Context(), s); err != nil {
			t.Errorf("it was used up by what did not happen: %v", err)
		}
	})
}

func TestCountsAreExact(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		rule := limit.Rule{Name: "token", Most: 10, Per: 24 * 365 * 100 * time.Hour} // one window, whenever this runs
		within := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, _ int) (bool, error) {
			n, err := db.Count(ctx, rule, [32]byte{1})
			return err == nil && n <= rule.Most, err
		})
		if n, err := replicas[0].Count(t.Context(), rule, [32]byte{1}); within != 10 || n != 65 || err != nil {
			t.Errorf("%d of 64 were within ten; the next count is %d, %v", within, n, err)
		}
		if n, err := replicas[0].Count(t.Context(), rule, [32]byte{2}); n != 1 || err != nil {
			t.Errorf("another key counts %d, %v", n, err)
		}
		if n, err := replicas[0].Count(t.Context(), limit.Rule{Name: "code", Most: 1, Per: time.Hour}, [32]byte{1}); n != 1 || err != nil {
			t.Errorf("another rule counts %d, %v", n, err)
		}
	})
}

func TestTheNextWindowCountsFromOne(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		rule := limit.Rule{Name: "token", Most: 1, Per: time.Minute}
		for i := range 5 {
			shift(db, time.Duration(i)*time.Minute)
			if n, err := db.Count(t.Context(), rule, [32]byte{1}); n != 1 || err != nil {
				t.Errorf("window %d begins with %d, %v", i, n, err)
			}
		}
		if n := rows(t, db, "counters"); n != 1 {
			t.Errorf("%d rows for one key, want one", n)
		}
		shift(db, 10*time.Minute)
		if err := db.Sweep(t.Context()); err != nil || rows(t, db, "counters") != 0 {
			t.Errorf("%v, %d rows stay", err, rows(t, db, "counters"))
		}
	})
}

func TestTheKeeperOfReplicasSharesItsCounts(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		rule := limit.Rule{Name: "login", Most: 5, Per: 24 * 365 * 100 * time.Hour}
		keepers := map[*usagedb.DB]*limit.Keeper{}
		for _, db := range replicas {
			keepers[db] = &limit.Keeper{Store: db, Key: [32]byte{1}, Now: now}
		}
		allowed := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, _ int) (bool, error) {
			ok, _, err := keepers[db].Allow(ctx, rule, "192.0.2.1")
			return ok, err
		})
		if allowed != 5 {
			t.Errorf("%d were allowed, want 5", allowed)
		}
		var key []byte
		if err := replicas[0].SQL(t.Context()).Row("SELECT key FROM counters", nil, &key); err != nil || len(key) != 32 {
			t.Errorf("the row's key has %d bytes, %v", len(key), err)
		}
	})
}
