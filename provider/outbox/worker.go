package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/lease"
	"symbolon/provider/seal"
)

// ErrUndeliverable says that sending will never work: the address is none, or is refused for good.
var ErrUndeliverable = errors.New("outbox: cannot be delivered")

// Outgoing is a message as it leaves.
type Outgoing struct {
	ID      seal.RowID // the same at every attempt, so that a gateway can tell a repeat
	Channel identity.AttributeName
	To      identity.Secret
	Subject string
	Body    string
	Ref     string
}

// Sender hands a message to whoever delivers it.
type Sender interface {
	Send(context.Context, Outgoing) error
}

// Worker sends what was queued for one channel: where one is slow, the others are not. Several may run for each,
// one in each replica. All fields are set by the wiring and never change.
type Worker struct {
	Channel   identity.AttributeName
	Store     Store
	Addresses Addresses
	Vault     seal.Vault
	Sender    Sender
	// Texts gives subject and body of a text in a language, or in one that it falls back to.
	Texts func(lang, key string, args map[string]string) (subject, body string)
	Log   *slog.Logger
	Wake  <-chan struct{} // a message was queued here; nil is fine: every Pause is looked anyway
	// Handed gives messages that were stored as leased to this worker; nil gives none.
	Handed <-chan Message
	Pause  time.Duration // between two looks when there is nothing to do; 0 is 2 s
	// Deadline is how long one message may take, its address included; 0 is 10 s. A lease lasts for a whole
	// batch of such, and nothing is begun that might outlast it: while the process lives, nobody else sends
	// what is being sent here.
	Deadline time.Duration
	Now      func() time.Time // of leases; nil is the machine's clock, which goes on evenly

	// Counted, where set: by channel, never by person.
	Sent, Failed, GaveUp func(channel string)
}

const (
	batch      = 16
	usualLimit = 10 * time.Second
	settling   = 2 * time.Second // to note what became of a message
	firstWait  = 15 * time.Second
	longWait   = time.Hour
	mostTries  = 30 // with longWait between the later ones: a gateway may be down for a day
	usualPause = 2 * time.Second
)

// Run sends until the context ends. What is being sent then is finished or sent again later.
func (w Worker) Run(ctx context.Context) { w.queue().Run(ctx) }

// Round sends what is due, a batch at most, and says how many messages it took on.
func (w Worker) Round(ctx context.Context) (int, error) { return w.queue().Round(ctx) }

func (w Worker) queue() lease.Queue[Message] {
	return lease.Queue[Message]{
		Lease: w.lease, Do: w.deliver, Late: w.late, Batch: batch, Pause: cmp.Or(w.Pause, usualPause), Wake: w.Wake, Handed: w.Handed,
		Failed: func(ctx context.Context, err error) {
			w.Log.WarnContext(ctx, "outbox cannot be read or written", "error", err)
		},
	}
}

func (w Worker) lease(ctx context.Context) ([]Message, error) {
	began := clock(w.Now)
	due, err := w.Store.Lease(ctx, w.Channel, batch, leaseOf(w.Deadline))
	if err != nil {
		return nil, fmt.Errorf("lease messages: %w", err)
	}
	for i := range due {
		due[i].leased = began
	}
	return due, nil
}

// leaseOf is how long messages are put off for who takes a batch of them on.
func leaseOf(limit time.Duration) time.Duration {
	return batch * (cmp.Or(limit, usualLimit) + settling)
}

// late reports whether sending a message might outlast its lease.
func (w Worker) late(m Message) bool {
	return clock(w.Now).Sub(m.leased) > leaseOf(w.Deadline)-cmp.Or(w.Deadline, usualLimit)-settling
}

func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Now() // with the monotonic reading
	}
	return now()
}

// deliver sends one message and settles its row. The row is settled even if the program is asked
// to stop meanwhile, so that what was sent is not sent twice.
func (w Worker) deliver(ctx context.Context, m Message) error {
	err := w.send(ctx, m)
	settled := context.WithoutCancel(ctx)
	switch {
	case err == nil:
		count(w.Sent, m)
	case errors.Is(err, ErrUndeliverable) || m.Attempts >= mostTries:
		w.Log.WarnContext(ctx, "message given up", "text", m.Text, "channel", string(m.Channel), "attempts", m.Attempts, "error", err)
		count(w.GaveUp, m)
	default:
		w.Log.InfoContext(ctx, "message not sent yet", "text", m.Text, "channel", string(m.Channel), "attempts", m.Attempts, "error", err)
		count(w.Failed, m)
		if err := w.Store.Postpone(settled, m.ID, lease.Wait(m.Attempts, firstWait, longWait)); err != nil {
			return fmt.Errorf("postpone message: %w", err)
		}
		return nil
	}
	if err := w.Store.Remove(settled, m.ID); err != nil {
		return fmt.Errorf("remove message: %w", err)
	}
	return nil
}

func (w Worker) send(ctx context.Context, m Message) error {
	p, err := open(w.Vault, m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUndeliverable, err)
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(w.Deadline, usualLimit))
	defer cancel()
	to, err := identity.Hide(p.To), error(nil)
	if p.To == "" {
		to, err = w.Addresses.Address(ctx, m.Person, m.Channel)
	}
	if err != nil {
		return fmt.Errorf("look up the address: %w", err)
	}
	if to.IsZero() {
		return fmt.Errorf("%w: the person has no such contact any more", ErrUndeliverable)
	}
	subject, body := w.Texts(p.Language, m.Text, p.Args)
	return w.Sender.Send(ctx, Outgoing{m.ID, m.Channel, to, subject, body, p.Ref})
}

func count(hook func(string), m Message) {
	if hook != nil {
		hook(string(m.Channel))
	}
}
