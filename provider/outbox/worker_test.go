package outbox

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

const address = "konstanty.testowy@mail.example"

// shelf keeps messages in memory; how a database leases them is tested with the databases.
type shelf struct {
	mu        sync.Mutex
	rows      []Message
	leased    []Message // from the start, to whoever queued them
	postponed []time.Duration
	removed   int
	leases    chan struct{} // told at every look; nil tells nobody
}

func (s *shelf) AddMessage(_ context.Context, m Message, wait time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait > 0 {
		s.leased = append(s.leased, m)
	} else {
		s.rows = append(s.rows, m)
	}
	return nil
}

func (s *shelf) Lease(ctx context.Context, _ identity.AttributeName, most int, _ time.Duration) ([]Message, error) {
	if s.leases != nil {
		select {
		case s.leases <- struct{}{}:
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(most, len(s.rows))
	due := s.rows[:n]
	s.rows = s.rows[n:]
	for i := range due {
		due[i].Attempts++
	}
	return due, nil
}

func (s *shelf) Postpone(ctx context.Context, _ seal.RowID, wait time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.postponed = append(s.postponed, wait)
	return ctx.Err()
}

func (s *shelf) Remove(ctx context.Context, _ seal.RowID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed++
	return ctx.Err()
}

// book knows the contacts of everybody.
type book map[identity.AttributeName]string

func (b book) Channels(context.Context, identity.PersonID) ([]identity.AttributeName, error) {
	var all []identity.AttributeName
	for _, kind := range []identity.AttributeName{"email", "phone_number"} {
		if b[kind] != "" {
			all = append(all, kind)
		}
	}
	return all, nil
}

func (b book) Address(_ context.Context, _ identity.PersonID, kind identity.AttributeName) (identity.Secret, error) {
	return identity.Hide(b[kind]), nil
}

func (b book) Former(context.Context, identity.PersonID) (identity.Attributes, error) {
	return nil, nil
}

type sender func(context.Context, Outgoing) error

func (s sender) Send(ctx context.Context, m Outgoing) error { return s(ctx, m) }

func vault() seal.Vault { return seal.Vault{Keys: []seal.VaultKey{{ID: 1, Key: [32]byte{8}}}} }

func notice(t *testing.T, store Store, known identity.Attributes, change func(*Notices)) {
	t.Helper()
	n := Notices{Store: store, Addresses: book{"email": address}, Vault: vault()}
	if change != nil {
		change(&n)
	}
	at := time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	if err := n.LoggedIn(t.Context(), identity.Person{ID: identity.PersonID{1}}, known, "ABCD-EFGH", at); err != nil {
		t.Fatal(err)
	}
}

func worker(store Store, send sender, log *bytes.Buffer) Worker {
	return Worker{
		Store: store, Addresses: book{"email": address}, Vault: vault(), Sender: send, Log: slog.New(slog.NewTextHandler(log, nil)),
		Texts: func(lang, key string, args map[string]string) (string, string) {
			return lang + "/" + key, args["time"] + "/" + args["ref"]
		},
	}
}

func TestNoticeSaysWhenAndReferenceInTheReadersLanguage(t *testing.T) {
	warsaw := time.FixedZone("CET", 3600)
	locale := identity.Attributes{{Name: "locale", Value: identity.Text("ar")}}
	tests := []struct {
		name          string
		known         identity.Attributes
		change        func(*Notices)
		subject, body string
	}{
		{"nothing known", nil, nil, "en/message.login", "2026-11-24 23:30 UTC/ABCD-EFGH"},
		{"the means says", locale, nil, "ar/message.login", "2026-11-24 23:30 UTC/ABCD-EFGH"},
		{"read now", locale, func(n *Notices) { n.Language = func(context.Context) string { return "pl" } }, "pl/message.login", "2026-11-24 23:30 UTC/ABCD-EFGH"},
		{"the country's time", nil, func(n *Notices) { n.Zone = warsaw }, "en/message.login", "2026-11-25 00:30 CET/ABCD-EFGH"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &shelf{}
			notice(t, store, tt.known, tt.change)
			var got Outgoing
			var log bytes.Buffer
			if _, err := worker(store, func(_ context.Context, m Outgoing) error { got = m; return nil }, &log).Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got.Subject != tt.subject || got.Body != tt.body || got.Channel != "email" || got.To.Reveal() != address || store.removed != 1 {
				t.Errorf("subject %q, body %q, by %s, removed %d", got.Subject, got.Body, got.Channel, store.removed)
			}
		})
	}
}

func TestPhoneIsUsedWhereThereIsNoMail(t *testing.T) {
	store := &shelf{}
	notice(t, store, nil, func(n *Notices) { n.Addresses = book{"phone_number": "+48599100001"} })
	if len(store.rows) != 1 || store.rows[0].Channel != "phone_number" {
		t.Errorf("%d messages", len(store.rows))
	}
	notice(t, store, nil, func(n *Notices) { n.Addresses = book{} })
	if len(store.rows) != 1 {
		t.Error("a message to nowhere")
	}
}

func TestStoredMessageIsSealedToItsRow(t *testing.T) {
	store := &shelf{}
	notice(t, store, nil, nil)
	m := store.rows[0]
	if bytes.Contains(m.Sealed, []byte("ABCD-EFGH")) || bytes.Contains(m.Sealed, []byte("2026")) {
		t.Error("parameters lie open")
	}
	store.rows[0].ID = seal.RowID{1} // moved to another row
	var log bytes.Buffer
	_, err := worker(store, func(context.Context, Outgoing) error { t.Error("sent"); return nil }, &log).Round(t.Context())
	if err != nil || store.removed != 1 {
		t.Errorf("error %v, removed %d: what cannot be opened is of no use to anybody", err, store.removed)
	}
}

func TestWhatBecomesOfAMessage(t *testing.T) {
	down := errors.New("gateway: answered 503")
	tests := []struct {
		name               string
		err                error
		before             int // attempts so far
		sent, failed, gave int
		postponed          []time.Duration
		removed            int
	}{
		{"sent", nil, 0, 1, 0, 0, nil, 1},
		{"first failure", down, 0, 0, 1, 0, []time.Duration{15 * time.Second}, 0},
		{"third failure", down, 2, 0, 1, 0, []time.Duration{time.Minute}, 0},
		{"late failure", down, 20, 0, 1, 0, []time.Duration{time.Hour}, 0},
		{"last failure", down, mostTries - 1, 0, 0, 1, nil, 1},
		{"undeliverable", ErrUndeliverable, 0, 0, 0, 1, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &shelf{}
			notice(t, store, nil, nil)
			store.rows[0].Attempts = tt.before
			var log bytes.Buffer
			sent, failed, gave := 0, 0, 0
			w := worker(store, func(context.Context, Outgoing) error { return tt.err }, &log)
			w.Sent, w.Failed, w.GaveUp = func(string) { sent++ }, func(string) { failed++ }, func(string) { gave++ }
			if _, err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			if sent != tt.sent || failed != tt.failed || gave != tt.gave || store.removed != tt.removed {
				t.Errorf("sent %d, failed %d, given up %d, removed %d", sent, failed, gave, store.removed)
			}
			if len(store.postponed) != len(tt.postponed) || len(tt.postponed) == 1 && store.postponed[0] != tt.postponed[0] {
				t.Errorf("postponed %v, want %v", store.postponed, tt.postponed)
			}
			for _, personal := range []string{address, "ABCD-EFGH", "23:30"} {
				if strings.Contains(log.String(), personal) {
					t.Errorf("the log holds %q", personal)
				}
			}
		})
	}
}

func TestWhatWasSentIsForgottenEvenWhenTheProgramIsStopped(t *testing.T) {
	store := &shelf{}
	notice(t, store, nil, nil)
	notice(t, store, nil, nil)
	ctx, stop := context.WithCancel(t.Context())
	sent := 0
	var log bytes.Buffer
	_, err := worker(store, func(context.Context, Outgoing) error { sent++; stop(); return nil }, &log).Round(ctx)
	if !errors.Is(err, context.Canceled) || sent != 1 || store.removed != 1 {
		t.Errorf("error %v, sent %d, removed %d: want one sent and settled, the other left to its lease", err, sent, store.removed)
	}
}

func TestRunWakesForAMessageAndEnds(t *testing.T) {
	store := &shelf{leases: make(chan struct{})}
	wake, got := make(chan struct{}, 1), make(chan Outgoing)
	var log bytes.Buffer
	w := worker(store, func(_ context.Context, m Outgoing) error { got <- m; return nil }, &log)
	w.Wake, w.Pause = wake, time.Hour
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	<-store.leases // the look at the start finds nothing; the next one is an hour away
	notice(t, store, nil, func(n *Notices) { n.Queued = func() { wake <- struct{}{} } })
	<-store.leases
	if m := <-got; m.Ref != "ABCD-EFGH" {
		t.Errorf("message %q", m.Ref)
	}
	stop()
	<-ended
}

// A notice of a login is not looked for: the worker here is given it, and it is leased meanwhile.
func TestRunSendsWhatItIsHanded(t *testing.T) {
	store, handed, got := &shelf{leases: make(chan struct{})}, make(chan Message, 1), make(chan Outgoing)
	var log bytes.Buffer
	w := worker(store, func(_ context.Context, m Outgoing) error { got <- m; return nil }, &log)
	w.Handed, w.Pause = handed, time.Hour
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	<-store.leases // the look at the start; there is no other
	notice(t, store, nil, func(n *Notices) { n.Handed = map[identity.AttributeName]chan<- Message{"email": handed} })
	if m := <-got; m.Ref != "ABCD-EFGH" {
		t.Errorf("message %q", m.Ref)
	}
	stop()
	<-ended
	if len(store.leased) != 1 || store.leased[0].Attempts != 1 || len(store.rows) != 0 || store.removed != 1 {
		t.Errorf("%d leased, %d due, %d removed", len(store.leased), len(store.rows), store.removed)
	}
}

// A worker that has enough to do finds the rest by itself.
func TestABusyWorkerIsHandedNothing(t *testing.T) {
	store, handed, queued := &shelf{}, make(chan Message, 1), 0
	for range 2 {
		notice(t, store, nil, func(n *Notices) {
			n.Handed, n.Queued = map[identity.AttributeName]chan<- Message{"email": handed}, func() { queued++ }
		})
	}
	if len(store.leased) != 1 || len(store.rows) != 1 || store.rows[0].Attempts != 0 || queued != 1 {
		t.Errorf("%d leased, %d due, %d told", len(store.leased), len(store.rows), queued)
	}
}

func TestRunGoesOnAtOnceWhileThereIsMore(t *testing.T) {
	store := &shelf{}
	for range 2*batch + 1 {
		notice(t, store, nil, nil)
	}
	ctx, stop := context.WithCancel(t.Context())
	sent := 0
	var log bytes.Buffer
	w := worker(store, func(context.Context, Outgoing) error {
		if sent++; sent == 2*batch+1 {
			stop()
		}
		return nil
	}, &log)
	w.Pause = time.Hour
	w.Run(ctx)
	if sent != 2*batch+1 || store.removed != sent {
		t.Errorf("sent %d, removed %d", sent, store.removed)
	}
}
