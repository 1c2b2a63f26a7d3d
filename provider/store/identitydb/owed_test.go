package identitydb

import (
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/connectors/enrolled"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// That what was opened with a device is to end commits with the stop of the device: whoever dies before the end
// leaves it to be found, and what is owed anew meanwhile is not forgotten with what was done.
func TestWhatIsToEndIsOwedFromTheStopOn(t *testing.T) {
	each(t, func(t *testing.T, db *DB, m *subject.Matcher) {
		ctx, killed := t.Context(), errors.New("killed")
		h := people()["ordinary"]
		one := enter(t, m, h.says("trusted-profile", "a"), h.registered())
		k := keeper(t, db, m)
		held, _ := threeLists(t, k, one.ID)
		owed := func() []Owed {
			t.Helper()
			all, err := db.OwedSince(ctx, 0)
			must(t, err)
			return all
		}
		if err := k.Suspend(ctx, one.ID, held[0].ID, enrolled.ByOwner, func(context.Context) error { return killed }); !errors.Is(err, killed) || len(owed()) != 0 {
			t.Fatalf("a stop that never was leaves %d to do: %v", len(owed()), err)
		}
		must(t, k.Suspend(ctx, one.ID, held[0].ID, enrolled.ByOwner))
		before := owed()
		if len(before) != 1 || before[0].Person != one.ID {
			t.Fatalf("%d owed", len(before))
		}
		if late, err := db.OwedSince(ctx, time.Hour); err != nil || len(late) != 0 {
			t.Errorf("owed for an hour: %d, %v", len(late), err)
		}
		must(t, k.Lose(ctx, one.ID, held[1].ID, enrolled.Proof{Level: identity.High})) // while the first end is being done
		must(t, db.SettleOwed(ctx, before...))
		if len(owed()) != 1 {
			t.Error("what was owed meanwhile is forgotten")
		}
		of, err := db.OwedOf(ctx, one.ID)
		must(t, err)
		must(t, db.SettleOwed(ctx, of...))
		must(t, k.SuspendCase(ctx, "case", enrolled.ByOffice))
		if len(of) != 1 || len(owed()) != 1 {
			t.Errorf("%d of the person, and after a case was stopped %d", len(of), len(owed()))
		}
	})
}
