package outbox

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"symbolon/connectors/identity"
)

// stalled is a shelf at which the machine stands still after it gave something.
type stalled struct {
	*shelf
	stands func()
}

func (s stalled) Lease(ctx context.Context, channel identity.AttributeName, most int, lease time.Duration) ([]Message, error) {
	rows, err := s.shelf.Lease(ctx, channel, most, lease)
	s.stands()
	return rows, err
}

// A notice is not sent by two replicas while the one that began is alive, however slow the gateway is: a whole
// batch fits into a lease, nothing is begun that might outlast it, and what was handed over and waited too long
// is left to whoever finds it.
func TestASlowGatewayIsGivenNothingTwice(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	began := now
	limit := 10 * time.Second
	s := &shelf{}
	for range batch + 3 {
		notice(t, s, nil, nil)
	}
	sent := 0
	log := &bytes.Buffer{}
	slow := func(take time.Duration) Worker {
		w := worker(s, func(ctx context.Context, _ Outgoing) error {
			if end, set := ctx.Deadline(); !set || time.Until(end) > limit {
				t.Error("a send has no deadline of its own")
			}
			if now = now.Add(take); now.Sub(began) > leaseOf(limit) {
				t.Errorf("number %d is under way %s after the lease began, which lasts %s", sent, now.Sub(began), leaseOf(limit))
			}
			sent++
			return errors.New("test: no answer in time")
		}, log)
		w.Deadline, w.Now = limit, func() time.Time { return now }
		return w
	}
	if n, err := slow(limit).Round(t.Context()); err != nil || n != batch || sent != batch {
		t.Errorf("a batch at the deadline: %d taken on, %d tried, %v", n, sent, err)
	}
	for range batch {
		notice(t, s, nil, nil)
	}
	began, sent = now, 0
	w := slow(limit)
	w.Store = stalled{s, func() { now = now.Add(time.Minute) }}
	if n, err := w.Round(t.Context()); err != nil || n == batch || n != sent || n == 0 {
		t.Errorf("a batch that is late: %d taken on, %d tried, %v", n, sent, err)
	}

	handed := make(chan Message, 2)
	notice(t, s, nil, func(n *Notices) {
		n.Handed, n.Deadline, n.Now = map[identity.AttributeName]chan<- Message{"email": handed}, limit, func() time.Time { return now }
	})
	m := <-handed
	if w = slow(0); w.late(m) {
		t.Error("handed over at once, it is late")
	}
	now = now.Add(leaseOf(limit) - limit)
	if !w.late(m) {
		t.Error("its lease may end while it is sent")
	}
}

// Nobody is waited for beyond the deadline: the lease is reckoned from it.
func TestASendEndsAtItsDeadline(t *testing.T) {
	s := &shelf{}
	notice(t, s, nil, nil)
	w := worker(s, func(ctx context.Context, _ Outgoing) error {
		<-ctx.Done()
		return ctx.Err()
	}, &bytes.Buffer{})
	w.Deadline = time.Millisecond
	if n, err := w.Round(t.Context()); err != nil || n != 1 || len(s.postponed) != 1 || s.removed != 0 {
		t.Errorf("%d, %v, postponed %v, removed %d", n, err, s.postponed, s.removed)
	}
}
