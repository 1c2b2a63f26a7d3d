package oidc

import (
	"context"
	"errors"
	"sync"
	"time"
)

// fetchTime bounds one fetch, whoever waits for it.
const fetchTime = 5 * time.Second

var errPaused = errors.New("asked too lately to ask again")

// kept is something fetched from the upstream: fetched when first needed, again when it is no longer
// fresh, by one caller at a time; while the upstream is down the last good one serves until it is
// stale. After a try, however it ended, nobody tries again during the pause.
type kept[T any] struct {
	fetch func(context.Context) (T, error)
	now   func() time.Time
	fresh time.Duration
	stale time.Duration // 0: never too old to serve
	pause time.Duration

	mu     sync.Mutex
	value  T
	got    time.Time // zero: there is none yet
	tried  time.Time // last try that failed
	forced time.Time // last try that renew made
	flight *flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// get gives the value, fetching it if need be.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	k.mu.Lock()
	now := k.now()
	age := now.Sub(k.got)
	have := !k.got.IsZero() && (k.stale == 0 || age < k.stale)
	if have && age < k.fresh {
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
func (k *kept[T]) failurePause(have bool) time.Duration {
	if have {
		return k.pause
	}
	return time.Second
}

func (k *kept[T]) served(have bool, otherwise error) (T, error) {
	if have {
		return k.value, nil
	}
	var none T
	return none, otherwise
}

// renew fetches although what is there is fresh, at most once in each pause: for a key that is not
// known yet, and not for a storm of made-up ones (attacks JW-06).
func (k *kept[T]) renew(ctx context.Context) (T, error) {
	k.mu.Lock()
	now := k.now()
	if k.flight == nil && !k.forced.IsZero() && now.Sub(k.forced) < k.pause {
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
func (k *kept[T]) join(ctx context.Context) *flight[T] {
	if k.flight != nil {
		return k.flight
	}
	f := &flight[T]{done: make(chan struct{})}
	k.flight = f
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		f.value, f.err = k.fetch(ctx)
		k.mu.Lock()
		if f.err == nil {
			k.value, k.got, k.tried = f.value, k.now(), time.Time{}
		} else {
			k.tried = k.now()
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
