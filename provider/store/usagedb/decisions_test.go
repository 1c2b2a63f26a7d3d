package usagedb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/provider/login"
	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

func TestADecisionIsFoundByItsIDAndByWhatACitizenMayQuote(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		first, second := decided(loginRow()), decided(loginRow())
		second.ID = seal.NewRowID(now().Add(time.Second))
		other := decided(loginRow())
		other.Ref = "ZZZZ-ZZZZ"
		for _, r := range []login.DecisionRow{second, first, other} {
			if err := db.AddDecision(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		of, err := db.DecisionsOf(t.Context(), first.Ref)
		if diff := cmp.Diff([]login.DecisionRow{first, second}, of); diff != "" || err != nil {
			t.Error(diff, err)
		}
		one, err := db.Decision(t.Context(), other.ID)
		if diff := cmp.Diff([]login.DecisionRow{other}, one); diff != "" || err != nil {
			t.Error(diff, err)
		}
		none, err := db.DecisionsOf(t.Context(), "AAAA-AAAA")
		if len(none) != 0 || err != nil {
			t.Errorf("%d of a reference that is nobody's, %v", len(none), err)
		}
		last, err := db.LastDecisions(t.Context(), seal.RowID{}, 2)
		if err != nil || len(last) != 2 || last[0].ID != second.ID {
			t.Fatalf("the newest first: %d, %v", len(last), err)
		}
		rest, err := db.LastDecisions(t.Context(), last[1].ID, 2)
		if err != nil || len(rest) != 1 {
			t.Errorf("before them: %d, %v", len(rest), err)
		}
	})
}

func TestADecisionIsKeptWithItsGrantOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		a := answer(t, db)
		if err := db.Answer(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		got, err := db.Decision(t.Context(), a.Decided.ID)
		if diff := cmp.Diff([]login.DecisionRow{a.Decided}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		a.Decided.ID = seal.NewRowID(now())
		if err := db.Answer(t.Context(), a); !errors.Is(err, login.ErrConflict) {
			t.Errorf("the same login answered again: %v", err)
		}
		if n := rows(t, db, "decisions"); n != 1 {
			t.Errorf("%d decisions after an answer that did not happen", n)
		}
	})
}

func TestAVersionNamesOneRuleSetForEver(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		for _, c := range []struct {
			version, rules string
			want           error
		}{
			{"2026-11-24.1", `{"a":1}`, nil}, {"2026-11-24.1", `{"a":1}`, nil}, {"2026-11-24.1", `{"a":2}`, usagedb.ErrOtherRules}, {"2026-11-24.2", `{"a":2}`, nil},
		} {
			if err := db.KeepRules(t.Context(), c.version, []byte(c.rules)); !errors.Is(err, c.want) {
				t.Errorf("%s %s: %v", c.version, c.rules, err)
			}
		}
		kept, err := db.Rules(t.Context(), "2026-11-24.1")
		if string(kept) != `{"a":1}` || err != nil {
			t.Errorf("%s %v", kept, err)
		}
		if kept, err = db.Rules(t.Context(), "nothing"); kept != nil || err != nil {
			t.Errorf("%s %v", kept, err)
		}
	})
}
