package outbound

import (
	"context"
	"errors"
	"sync"
	"time"
)

// fetchTime bounds one fetch, whoever waits for it.
const fetchTime = 5 * time.Second

var errPaused = errors.New("asked too lately to ask again")

// Kept is something fetched from the upstream: fetched when first needed, again when it is no longer
// fresh, by one caller at a time; while the upstream is down the last good one serves until it is
// stale. After a try, however it ended, nobody tries again during the pause.
type Kept[T any] struct {
	Fetch func(context.Context) (T, error)
	Now   func() time.Time
	Fresh time.Duration
	Stale time.Duration // 0: never too old to serve
	Pause time.Duration

	mu     sync.Mutex
	value  T
	got    time.Time // zero: there is none yet
	tried  time.Time // last try that failed
	forced time.Time // last try that Renew made
	flight *flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// Get gives the value, fetching it if need be.
func (k *Kept[T]) Get(ctx context.Context) (T, error) {
	k.mu.Lock()
	now := k.Now()
	age := now.Sub(k.got)
	have := !k.got.IsZero() && (k.Stale == 0 || age < k.Stale)
	if have && age < k.Fresh {
		defer k.mu.Unlock()
		return k.value, nil
	}
	if !k.tried.IsZero() && now.Sub(k.tried) < k.failurePause(have) || k.flight != nil && have {
		defer k.mu.Unlock()
		return k.served(have, errPaused)
	}
	f := k.join(ctx)
	k.mu.Unlock()
	value, err := f.wait(ctx)
	if err != nil && have {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.value, nil
	}
	return value, err
}

// failurePause is short while there is nothing to serve: people wait.
func (k *Kept[T]) failurePause(have bool) time.Duration {
	if have {
		return k.Pause
	}
	return time.Second
}

func (k *Kept[T]) served(have bool, otherwise error) (T, error) {
	if have {
		return k.value, nil
	}
	var none T
	return none, otherwise
}

// Renew fetches although what is there is fresh, at most once in each pause: for a key that is not
// known yet, and not for a storm of made-up ones (attacks JW-06).
func (k *Kept[T]) Renew(ctx context.Context) (T, error) {
	k.mu.Lock()
	now := k.Now()
	if k.flight == nil && !k.forced.IsZero() && now.Sub(k.forced) < k.Pause {
		defer k.mu.Unlock()
		var none T
		return none, errPaused
	}
	k.forced = now
	f := k.join(ctx)
	k.mu.Unlock()
	return f.wait(ctx)
}

// join gives the fetch under way, or begins one. It outlives whoever began it: others may wait.
func (k *Kept[T]) join(ctx context.Context) *flight[T] {
	if k.flight != nil {
		return k.flight
	}
	f := &flight[T]{done: make(chan struct{})}
	k.flight = f
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		f.value, f.err = k.Fetch(ctx)
		k.mu.Lock()
		if f.err == nil {
			k.value, k.got, k.tried = f.value, k.Now(), time.Time{}
		} else {
			k.tried = k.Now()
		}
		k.flight = nil
		k.mu.Unlock()
		close(f.done)
	}()
	return f
}

func (f *flight[T]) wait(ctx context.Context) (T, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
