// Package lease works off queues that several replicas share: whoever takes things on holds a lease of them, and
// what was not settled when it ends is due again. How things are leased, done and settled is left to who has the
// queue.
package lease

import (
	"context"
	"time"
)

// Queue is one queue as one replica works it off. Its fields are set once and never change.
type Queue[T any] struct {
	// Lease gives what is due, Batch things at most, and puts it off for everybody else.
	Lease func(context.Context) ([]T, error)
	// Do does one thing and settles it, even if the program is asked to stop meanwhile. An error ends the round:
	// it is of the queue, not of the thing.
	Do     func(context.Context, T) error
	Failed func(context.Context, error) // told what ended a round, to log it
	Batch  int
	Pause  time.Duration // between two looks when there is nothing to do

	// Late, where set, reports whether doing something now might outlast its lease: it is not begun.
	Late   func(T) bool
	Wake   <-chan struct{} // something became due here; nil is fine: after every Pause is looked anyway
	Handed <-chan T        // what is leased to this replica already; nil gives none
}

// Run works until the context ends. What is being done then is finished, or due again when its lease ends.
func (q Queue[T]) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case one := <-q.Handed:
			if q.late(one) {
				continue // it is found when its lease ends
			}
			q.tell(ctx, q.Do(ctx, one))
			continue
		case <-timer.C:
		case <-q.Wake:
		}
		n, err := q.Round(ctx)
		q.tell(ctx, err)
		if n == q.Batch { // there may be more
			timer.Reset(0)
		} else {
			timer.Reset(q.Pause)
		}
	}
}

// Round does what is due, a batch at most, and says how many things it took on.
func (q Queue[T]) Round(ctx context.Context) (int, error) {
	due, err := q.Lease(ctx)
	if err != nil {
		return 0, err
	}
	for n, one := range due {
		if ctx.Err() != nil || q.late(one) {
			return n, ctx.Err() // the rest is due again when the lease ends
		}
		if err := q.Do(ctx, one); err != nil {
			return n, err
		}
	}
	return len(due), nil
}

func (q Queue[T]) late(one T) bool { return q.Late != nil && q.Late(one) }

func (q Queue[T]) tell(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		q.Failed(ctx, err)
	}
}

// Wait is how long something waits that was tried so often: the first time, then doubled with every attempt.
func Wait(attempts int, first, longest time.Duration) time.Duration {
	w := first
	for range attempts - 1 {
		if w *= 2; w >= longest {
			return longest
		}
	}
	return w
}
