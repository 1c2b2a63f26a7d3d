package usagedb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/journal"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

func TestPartiesAndClientsAreAppliedTogether(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		first, parties, clients, err := db.Registry(ctx)
		if err != nil || len(parties)+len(clients) != 0 {
			t.Fatal(parties, clients, err)
		}
		changes := []usagedb.Change{
			{Parties: map[string][]byte{"library": []byte(`{"v":1}`), "tax": []byte(`{}`)}, Clients: map[string][]byte{"web": []byte(`{"c":1}`)},
				Entries: []journal.Row{entry(journal.PartyChanged)}},
			{Parties: map[string][]byte{"library": []byte(`{"v":2}`)}, Clients: map[string][]byte{"web": nil, "app": []byte(`{"c":2}`)},
				Entries: []journal.Row{entry(journal.PartyChanged)}},
		}
		for _, c := range changes {
			if err := db.Apply(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		version, parties, clients, err := db.Registry(ctx)
		if err != nil || version != first+2 || rows(t, db, "journal") != 2 {
			t.Errorf("version %d after %d, %d entries, %v", version, first, rows(t, db, "journal"), err)
		}
		want := map[string][]byte{"library": []byte(`{"v":2}`), "tax": []byte(`{}`)}
		if diff := cmp.Diff(want, parties); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string][]byte{"app": []byte(`{"c":2}`)}, clients); diff != "" {
			t.Error(diff)
		}
		if v, err := db.RegistryVersion(ctx); v != version || err != nil {
			t.Errorf("version %d, %v", v, err)
		}
	})
}

func TestAttack_DB_05_NoChangeOfAPartyWithoutARecord(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		before, err := db.RegistryVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		drop(t, db, "journal")
		err = db.Apply(t.Context(), usagedb.Change{Parties: map[string][]byte{"library": []byte("{}")}, Entries: []journal.Row{entry(journal.PartyChanged)}})
		after, _, _, readErr := db.Registry(t.Context())
		if err == nil || readErr != nil || after != before || rows(t, db, "parties") != 0 {
			t.Errorf("%v; version %d after %d, %d parties", err, after, before, rows(t, db, "parties"))
		}
	})
}

func TestEveryChangeRaisesTheVersion(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		before, err := replicas[0].RegistryVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			// Each touches two that its neighbours touch, too, in another order.
			c := usagedb.Change{Parties: map[string][]byte{fmt.Sprint(i % 3): []byte("{}"), fmt.Sprint((i + 1) % 3): []byte("{}")}}
			return true, db.Apply(ctx, c)
		})
		if after, err := replicas[1].RegistryVersion(t.Context()); after != before+64 || err != nil {
			t.Errorf("version %d after %d, %v; want 64 more", after, before, err)
		}
	})
}

func TestADecisionStandsForItsTime(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		a := answer(t, db)
		a.Release.Until = now().Add(time.Hour)
		if err := db.Answer(ctx, a); err != nil {
			t.Fatal(err)
		}
		r := a.Release
		want := &consent.Decision{Party: r.Party, Usage: r.Usage, Allowed: r.Items, Declined: r.Declined, Offline: true, PartyMark: "v1", At: r.At, Until: r.Until}
		got, err := db.Standing(ctx, "library", person(1), person(1))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		for name, pair := range map[string]struct {
			party consent.PartyID
			who   identity.UsageID
		}{"another party": {"tax", person(1)}, "another person": {"library", person(2)}, "nobody": {}} {
			if got, err := db.Standing(ctx, pair.party, pair.who, pair.who); got != nil || err != nil {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		shift(db, 2*time.Hour)
		if got, err := db.Standing(ctx, "library", person(1), person(1)); got != nil || err != nil {
			t.Errorf("after its time: %+v, %v", got, err)
		}
	})
}

// TestAttack_CN_05_ADecisionThatWasWithdrawnIsOver: an earlier yes does not come back after a no.
func TestAttack_CN_05_ADecisionThatWasWithdrawnIsOver(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		a := answer(t, db)
		a.Release.Until = now().Add(time.Hour)
		if err := db.Answer(ctx, a); err != nil {
			t.Fatal(err)
		}
		for _, other := range []error{db.Withdraw(ctx, "tax", person(1), person(1)), db.Withdraw(ctx, "library", person(2), person(2))} {
			if other != nil {
				t.Fatal(other)
			}
		}
		if got, err := db.Standing(ctx, "library", person(1), person(1)); got == nil || err != nil {
			t.Fatalf("somebody else's no ended it: %v", err)
		}
		for range 2 { // a repeat does nothing
			err := db.Loosely(ctx, func(ctx context.Context) error { return db.Withdraw(ctx, "library", person(1), person(1)) })
			if got, err := db.Standing(ctx, "library", person(1), person(1)); got != nil || err != nil {
				t.Errorf("it stands after a no: %+v, %v", got, err)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestTheNewestDecisionThatWasToBeRememberedStands(t *testing.T) {
	tests := []struct {
		name   string
		change func(*consent.Release)
		stands string
	}{
		{"a newer one", func(r *consent.Release) { r.At = r.At.Add(time.Minute) }, "v2"},
		{"one that was made earlier and is written later", func(r *consent.Release) { r.At = r.At.Add(-time.Minute) }, "v1"},
		{"one for this once", func(r *consent.Release) { r.At, r.Until = r.At.Add(time.Minute), time.Time{} }, "v1"},
		{"one that rests on the first", func(r *consent.Release) { r.At, r.Standing = r.At.Add(time.Minute), true }, "v1"},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
			each(t, func(t *testing.T, db *usagedb.DB) {
				first, second := answer(t, db), answer(t, db)
				first.Release.Until = now().Add(time.Hour)
				second.Release.At, second.Release.Until, second.Release.PartyMark = first.Release.At, now().Add(time.Hour), "v2"
				test.change(&second.Release)
				if err := db.Answer(t.Context(), first); err != nil {
					t.Fatal(err)
				}
				if err := db.Answer(t.Context(), second); err != nil {
					t.Fatal(err)
				}
				got, err := db.Standing(t.Context(), "library", person(1), person(1))
				if err != nil || got == nil || got.PartyMark != test.stands {
					t.Errorf("stands: %+v, %v; want %s", got, err, test.stands)
				}
			})
		})
	}
}
