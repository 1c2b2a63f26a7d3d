package usagedb_test

import (
	"errors"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store/usagedb"
)

// actedFor is an answer about one person that another one gave for them, to be remembered, with a grant that lives.
func actedFor(t *testing.T, db *usagedb.DB, about, by byte) oauth.Answer {
	t.Helper()
	a := answer(t, db)
	also := entry(journal.Released)
	a.Acted = &also
	a.Release.Usage, a.Release.By, a.Release.Until = person(about), person(by), now().Add(time.Hour)
	a.Grant.Usage, a.Grant.Actor, a.Proof.Usage, a.Proof.Actor = person(about), person(by), person(about), person(by)
	if by == 0 {
		a.Acted, a.Release.By, a.Grant.Actor, a.Proof.Actor = nil, identity.UsageID{}, identity.UsageID{}, identity.UsageID{}
	}
	if err := db.Answer(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if won, err := db.SaveGrant(t.Context(), redeemed(a.Grant, "x"), oauth.GrantCode, 1); err != nil || !won {
		t.Fatal(won, err)
	}
	return a
}

func lives(t *testing.T, db *usagedb.DB, a oauth.Answer) bool {
	t.Helper()
	g, err := db.LoadGrant(t.Context(), a.Grant.ID)
	if err != nil {
		t.Fatal(err)
	}
	if g.Usage != a.Grant.Usage || g.Actor != a.Grant.Actor {
		t.Errorf("the grant is about %s by %s", g.Usage, g.Actor)
	}
	return g.State == oauth.GrantLive
}

// What two parents decided for a child, and the child for themselves, are three answers; each ends by itself.
func TestWhoDecidedForWhomIsKeptApart(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		before := rows(t, db, "journal")
		mother, father, own := actedFor(t, db, 1, 2), actedFor(t, db, 1, 3), actedFor(t, db, 1, 0)
		other := actedFor(t, db, 2, 0) // the mother's own
		if n := rows(t, db, "journal") - before; n != 6 {
			t.Errorf("%d entries, want one for each person of each answer", n)
		}
		stands := func(about, by byte) bool {
			d, err := db.Standing(ctx, "library", person(about), person(by))
			if err != nil {
				t.Fatal(err)
			}
			return d != nil
		}
		for _, pair := range [][2]byte{{1, 2}, {1, 3}, {1, 1}, {2, 2}} {
			if !stands(pair[0], pair[1]) {
				t.Errorf("what %d decided for %d does not stand", pair[1], pair[0])
			}
		}
		if stands(2, 1) || stands(3, 3) {
			t.Error("an answer stands that nobody gave")
		}
		for who, want := range map[byte]int{1: 3, 2: 2, 3: 1} {
			all, err := db.Allowed(ctx, person(who))
			if err != nil || len(all) != want {
				t.Errorf("%d sees %d, want %d: %v", who, len(all), want, err)
			}
		}
		for _, who := range []byte{1, 2} {
			if p, err := db.PersonProof(ctx, person(who), mother.Proof.Txn); err != nil || p.Actor != person(2) {
				t.Errorf("the record of the login is not %d's: %v", who, err)
			}
		}
		if _, err := db.PersonProof(ctx, person(3), mother.Proof.Txn); !errors.Is(err, oauth.ErrNoProof) {
			t.Errorf("PV-04: the father sees what the mother did: %v", err)
		}
		if r, err := db.Release(ctx, seal.RowID(mother.Release.ID)); err != nil || r.By != person(2) || r.Usage != person(1) {
			t.Errorf("the release is not by the mother: %v", err)
		}
		if err := db.Withdraw(ctx, "library", person(1), person(2)); err != nil || stands(1, 2) || !stands(1, 3) || !stands(1, 1) {
			t.Errorf("a no of the mother ends another's yes, or not her own: %v", err)
		}
		for _, again := range []int{1, 0} { // a repeat does nothing, and records nothing
			before := rows(t, db, "journal")
			if err := db.EndRepresented(ctx, person(1), entry(journal.PersonEnded)); err != nil {
				t.Fatal(err)
			}
			if n := rows(t, db, "journal") - before; n != again {
				t.Errorf("%d entries, want %d", n, again)
			}
		}
		if lives(t, db, mother) || lives(t, db, father) || !lives(t, db, own) || !lives(t, db, other) || stands(1, 3) || !stands(1, 1) {
			t.Error("the end of a relation ends what is the child's own, or leaves what was not")
		}
	})
}

// SE-12: what ends with a person is what is about them and what they got for others; what ends with their means is
// what they proved by it themselves.
func TestAttack_SE_12_EndsReachWhoActsAndWhomItIsAbout(t *testing.T) {
	each(t, func(t *testing.T, db *usagedb.DB) {
		ctx := t.Context()
		why := func() journal.Row { return entry(journal.PersonEnded) }
		for name, row := range map[string]struct {
			end              func() error
			byMother, childs bool // whether they end
		}{
			"the mother":            {func() error { return db.EndEverything(ctx, person(2), why()) }, true, false},
			"the child":             {func() error { return db.EndEverything(ctx, person(1), why()) }, true, true},
			"somebody else":         {func() error { return db.EndEverything(ctx, person(3), why()) }, false, false},
			"the mother's means":    {func() error { return db.EndResting(ctx, person(2), []identity.Means{"bank"}, why()) }, true, false},
			"the child's means":     {func() error { return db.EndResting(ctx, person(1), []identity.Means{"bank"}, why()) }, false, true},
			"the mother's card":     {func() error { return db.EndBeyond(ctx, person(2), "bank", why()) }, true, false},
			"the mother's decision": {func() error { return db.EndParty(ctx, "library", person(2), why()) }, true, false},
			"the child's decision":  {func() error { return db.EndParty(ctx, "library", person(1), why()) }, true, true},
		} {
			byMother, childs := actedFor(t, db, 1, 2), actedFor(t, db, 1, 0)
			if err := row.end(); err != nil {
				t.Fatal(err)
			}
			if lives(t, db, byMother) == row.byMother || lives(t, db, childs) == row.childs {
				t.Errorf("%s: what the mother got lives: %v, what the child got: %v", name, lives(t, db, byMother), lives(t, db, childs))
			}
			for _, who := range []byte{1, 2} {
				if err := db.EndEverything(ctx, person(who), why()); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
