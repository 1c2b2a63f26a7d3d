package storetest

import (
	"context"
	"sync/atomic"
	"testing"

	"symbolon/provider/store"
)

// Copies begin alike and know nothing of each other; what they are copies of is made once, however many ask.
func TestCopiesAreAlikeAndApart(t *testing.T) {
	var prepared atomic.Int32
	of := Copies(func(ctx context.Context, db *store.DB) error {
		prepared.Add(1)
		if _, err := db.SQL(ctx).Exec("CREATE TABLE things (n INTEGER NOT NULL)"); err != nil {
			return err
		}
		_, err := db.SQL(ctx).Exec("INSERT INTO things (n) VALUES (1)")
		return err
	})
	for range 4 {
		t.Run("copies", func(t *testing.T) {
			t.Parallel()
			EachOf(t, of, func(t *testing.T, d Database) {
				db := d.Open(t)
				if _, err := db.SQL(t.Context()).Exec("UPDATE things SET n = n + 1"); err != nil {
					t.Fatal(err)
				}
				var n int
				if err := db.SQL(t.Context()).Row("SELECT sum(n) FROM things", nil, &n); err != nil || n != 2 {
					t.Errorf("%d, %v", n, err)
				}
			})
		})
	}
	t.Cleanup(func() {
		if n := prepared.Load(); n > 2 && startedHere() {
			t.Errorf("prepared %d times", n)
		}
	})
}
