package usagedb_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/once"
	"symbolon/provider/seal"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

// Attacks SE-12: what rests on several offices ends with any of them, and with no other whose name is like theirs.
func TestAttack_SE_12_WhatRestsOnTwoOfficesEndsWithEither(t *testing.T) {
	for off, ends := range map[string]int{"room_1": 2, "room-2": 1, "room-1": 0, "room": 0, "%": 0, "": 0} {
		each(t, func(t *testing.T, db *usagedb.DB) {
			var opened []seal.RowID
			for _, office := range []string{"room_1", "room_1 room-2", ""} {
				r := sessionRow()
				r.ID, r.Office = seal.NewRowID(now()), office
				if err := db.AddSession(t.Context(), r, now().Add(-time.Hour)); err != nil {
					t.Fatal(err)
				}
				opened = append(opened, r.ID)
				a := answer(t, db)
				a.Grant.Office = office
				if err := db.Answer(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.EndOffice(t.Context(), off, entry(journal.OfficeEnded)); err != nil {
				t.Fatal(err)
			}
			var live int
			if err := db.SQL(t.Context()).Row("SELECT count(*) FROM grants WHERE state <> 'ended'", nil, &live); err != nil {
				t.Fatal(err)
			}
			sessions := 0
			for _, id := range opened {
				if _, err := db.LoadSession(t.Context(), id); err == nil {
					sessions++
				}
			}
			if live != 3-ends || sessions != 3-ends {
				t.Errorf("%q off: %d sessions and %d grants of 3 live on, %d end", off, sessions, live, ends)
			}
		})
	}
}

// Means R-CARD-07: of answers that are written while a card is buried, on all replicas, none is there afterwards,
// also where its holder acted for somebody else.
func TestNoAnswerSlipsIntoABurial(t *testing.T) {
	for name, about := range map[string]identity.UsageID{"about its holder": person(1), "about somebody else": person(2)} {
		t.Run(name, func(t *testing.T) { noAnswerSlipsIntoABurial(t, about) })
	}
}

func noAnswerSlipsIntoABurial(t *testing.T, about identity.UsageID) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*usagedb.DB{open(t, d), open(t, d)}
		mark := once.Of(once.DeadCertificate, "card", now().Add(time.Hour))
		answers := make([]oauth.Answer, 64)
		for i := range answers {
			answers[i] = answer(t, replicas[0])
			if about != person(1) {
				answers[i].Release.Usage, answers[i].Release.By, answers[i].Grant.Usage, answers[i].Grant.Actor = about, person(1), about, person(1)
			}
			answers[i].Unless = []once.Secret{once.Of(once.DeadCertificate, "another", now().Add(time.Hour)), mark}
		}
		var buried atomic.Bool
		written := parallel(t, replicas, func(ctx context.Context, db *usagedb.DB, i int) (bool, error) {
			if i == 32 {
				if err := db.Consume(ctx, mark); err != nil {
					return false, err
				}
				if err := db.EndBeyond(ctx, person(1), "bank", entry(journal.PersonEnded)); err != nil {
					return false, err
				}
				buried.Store(true)
				return false, nil
			}
			after := buried.Load()
			err := db.Answer(ctx, answers[i])
			if errors.Is(err, login.ErrConflict) {
				return false, nil
			}
			if after && err == nil {
				t.Error("one was written after all was ended")
			}
			return true, err
		})
		var live int
		if err := replicas[0].SQL(t.Context()).Row("SELECT count(*) FROM grants WHERE state <> 'ended'", nil, &live); err != nil {
			t.Fatal(err)
		}
		if live != 0 || !buried.Load() {
			t.Errorf("%d of %d written live on", live, written)
		}
		if err := replicas[1].Answer(t.Context(), answer(t, replicas[1])); err != nil {
			t.Errorf("an answer on no condition: %v", err)
		}
	})
}
