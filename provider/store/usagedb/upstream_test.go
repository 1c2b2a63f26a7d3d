package usagedb_test

import (
	"slices"
	"testing"
	"time"

	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

func TestSessionsOfAnUpstreams(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		one, two, other := seal.NewRowID(now()), seal.NewRowID(now()), seal.NewRowID(now())
		for _, k := range []struct {
			digest  byte
			session seal.RowID
		}{{1, one}, {1, two}, {1, two}, {2, other}} {
			if err := db.KeepUpstream(t.Context(), [32]byte{k.digest}, k.session, now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := db.UpstreamSessions(t.Context(), [32]byte{1})
		if err != nil || len(found) != 2 || !slices.Contains(found, one) || !slices.Contains(found, two) {
			t.Errorf("%v %v", found, err)
		}
		shift(db, 2*time.Hour)
		if err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if found, err := db.UpstreamSessions(t.Context(), [32]byte{1}); err != nil || len(found) != 0 {
			t.Errorf("after their time: %v %v", found, err)
		}
	})
}
