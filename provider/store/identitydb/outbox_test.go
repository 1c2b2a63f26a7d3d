package identitydb

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/journal"
	"symbolon/provider/outbox"
	"symbolon/provider/seal"
	"symbolon/provider/store/storetest"
)

// postbox counts what arrives, by message.
type postbox struct {
	mu   sync.Mutex
	got  map[seal.RowID]int
	last outbox.Outgoing
	err  error
}

func (p *postbox) Send(_ context.Context, m outbox.Outgoing) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	if p.got == nil {
		p.got = map[seal.RowID]int{}
	}
	p.got[m.ID]++
	p.last = m
	return nil
}

func worker(db *DB, to outbox.Sender) outbox.Worker {
	return outbox.Worker{
		Channel: "email",
		Store:   db, Addresses: matcher(db), Vault: vault(5), Sender: to, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Texts: func(lang, key string, args map[string]string) (string, string) {
			return lang + " " + key, args["time"] + " " + args["ref"]
		},
	}
}

func notices(db *DB) outbox.Notices {
	return outbox.Notices{Store: db, Addresses: matcher(db), Vault: vault(5)}
}

func TestLoginNoticeIsSentOnceAndForgotten(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if err := notices(db).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
			t.Fatal(err)
		}
		if rows := counts(t, db)["messages"]; rows != 1 {
			t.Fatalf("%d messages queued", rows)
		}
		box := &postbox{}
		for range 3 {
			if _, err := worker(db, box).Round(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		m := box.last
		if len(box.got) != 1 || box.got[m.ID] != 1 {
			t.Errorf("deliveries %v", box.got)
		}
		if m.Channel != "email" || m.To.Reveal() != h.email || m.Subject != "en message.login" ||
			m.Body != "2026-11-24 09:41 UTC ABCD-EFGH" || m.Ref != "ABCD-EFGH" {
			t.Errorf("message by %s with subject %q, body %q, ref %q", m.Channel, m.Subject, m.Body, m.Ref)
		}
		if rows := counts(t, db)["messages"]; rows != 0 {
			t.Errorf("%d messages kept after sending", rows)
		}
	})
}

func TestNobodyWithoutContactIsWrittenTo(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["twin-a"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if err := notices(db).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
			t.Fatal(err)
		}
		if rows := counts(t, db)["messages"]; rows != 0 {
			t.Errorf("%d messages to nowhere", rows)
		}
	})
}

func TestTwoReplicasDeliverEachMessageOnce(t *testing.T) {
	const messages = 60
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*DB{open(t, d), open(t, d)}
		h := people()["ordinary"]
		person := enter(t, matcher(replicas[0]), h.says("trusted-profile", "tp"), h.registered())
		for range messages {
			if err := notices(replicas[0]).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
				t.Fatal(err)
			}
		}
		box := &postbox{}
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for range messages { // until nothing is left: an empty round ends early
					n, err := worker(replicas[i%2], box).Round(t.Context())
					if err != nil {
						t.Errorf("round: %v", err)
						return
					}
					if n == 0 {
						return
					}
				}
			})
		}
		all.Wait()
		if len(box.got) != messages {
			t.Errorf("%d of %d messages arrived", len(box.got), messages)
		}
		for _, times := range box.got {
			if times != 1 {
				t.Errorf("a message arrived %d times", times)
			}
		}
		if rows := counts(t, replicas[0])["messages"]; rows != 0 {
			t.Errorf("%d messages kept", rows)
		}
	})
}

func TestLeasesNeverOverlap(t *testing.T) {
	const messages, takers = 80, 8
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		replicas := []*DB{open(t, d), open(t, d)}
		h := people()["ordinary"]
		person := enter(t, matcher(replicas[0]), h.says("trusted-profile", "tp"), h.registered())
		for range messages {
			if err := notices(replicas[0]).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		taken := map[seal.RowID]int{}
		var all sync.WaitGroup
		for i := range takers {
			all.Go(func() {
				for range messages / takers * 2 { // all want the same few rows first
					leased, err := replicas[i%2].Lease(t.Context(), "email", 4, time.Hour)
					if err != nil {
						t.Errorf("lease: %v", err)
					}
					mu.Lock()
					for _, m := range leased {
						taken[m.ID]++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		for _, times := range taken {
			if times != 1 {
				t.Errorf("a message was leased %d times", times)
			}
		}
		if len(taken) == 0 {
			t.Error("nothing was leased")
		}
	})
}

func TestMessageWaitsLongerAfterEachFailureAndIsGivenUp(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if err := notices(db).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
			t.Fatal(err)
		}
		var later time.Duration
		db.Shift = func() time.Duration { return later }
		round := func(to *postbox) int {
			t.Helper()
			n, err := worker(db, to).Round(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		down := &postbox{err: errors.New("gateway is down")}
		for _, wait := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute} {
			if round(down) != 1 {
				t.Fatalf("not due after %v", later)
			}
			if later += wait - 5*time.Second; round(down) != 0 {
				t.Errorf("due too early, before %v", wait)
			}
			later += 6 * time.Second
		}
		never := &postbox{err: outbox.ErrUndeliverable}
		if round(never) != 1 || counts(t, db)["messages"] != 0 {
			t.Error("a message that can never be delivered is kept")
		}
	})
}

func TestReplicaThatDiedLeavesItsMessagesToOthers(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		var later time.Duration
		db.Shift = func() time.Duration { return later }
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if err := notices(db).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", moment()); err != nil {
			t.Fatal(err)
		}
		if leased, err := db.Lease(t.Context(), "email", 10, time.Minute); err != nil || len(leased) != 1 { // and is never heard of again
			t.Fatalf("%d leased, error %v", len(leased), err)
		}
		box := &postbox{}
		if n, err := worker(db, box).Round(t.Context()); n != 0 || err != nil {
			t.Errorf("%d taken while leased, error %v", n, err)
		}
		later = 61 * time.Second
		if n, err := worker(db, box).Round(t.Context()); n != 1 || err != nil || len(box.got) != 1 {
			t.Errorf("%d taken after the lease, error %v", n, err)
		}
	})
}

func TestUnsentMessagesAreSweptInTheEnd(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		for _, at := range []time.Time{time.Now(), time.Now().Add(-8 * 24 * time.Hour)} {
			if err := notices(db).LoggedIn(t.Context(), person, nil, "ABCD-EFGH", at); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Sweep(t.Context(), 7*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if rows := counts(t, db)["messages"]; rows != 1 {
			t.Errorf("%d messages left, want the young one", rows)
		}
	})
}

func TestContactTakenAwayMeansNoMessage(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		h := people()["ordinary"]
		person := enter(t, matcher(db), h.says("trusted-profile", "tp"), h.registered())
		if err := notices(db).LoggedIn(t.Context(), person, identity.Attributes{{Name: "locale", Value: identity.Text("pl")}}, "R", moment()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.SQL(t.Context()).Exec("DELETE FROM contacts"); err != nil {
			t.Fatal(err)
		}
		box := &postbox{}
		if _, err := worker(db, box).Round(t.Context()); err != nil || len(box.got) != 0 || counts(t, db)["messages"] != 0 {
			t.Errorf("sent %d, error %v, rows %v", len(box.got), err, counts(t, db))
		}
	})
}

// architecture §7: the journal of persons and staff is kept for five years and no longer.
func TestOldEntriesOfTheJournalGo(t *testing.T) {
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		const kept = 1825 * 24 * time.Hour
		for _, age := range []time.Duration{0, kept - time.Hour, kept + time.Hour, 2 * kept} {
			at := time.Now().Add(-age)
			if err := db.Append(t.Context(), journal.Row{ID: seal.NewRowID(at), Kind: journal.Joined, At: at, Body: []byte("{}"), Salt: []byte("s"), Leaf: []byte("l")}); err != nil {
				t.Fatal(err)
			}
		}
		var left int
		if err := errors.Join(db.Retain(t.Context(), kept), db.SQL(t.Context()).Row("SELECT count(*) FROM journal", nil, &left)); err != nil || left != 2 {
			t.Errorf("%d entries are left: %v", left, err)
		}
	})
}
