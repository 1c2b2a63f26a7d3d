package outbound

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

type outcome int

const (
	unknown outcome = iota
	well
	badly
)

// host keeps one slow or broken host from taking the rest with it: so many calls at a time
// (bulkhead), and none for a while after too many failures in a row (breaker; attacks UF-01).
type host struct {
	places   chan struct{}
	failures int
	cooldown time.Duration
	now      func() time.Time

	mu      sync.Mutex
	inARow  int
	until   time.Time // the breaker is open until then
	probing bool      // one call is finding out whether the host is back
}

func (c *Client) host(key string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.hosts[key]
	if !ok {
		h = &host{
			places: make(chan struct{}, c.options.PerHost), failures: c.options.Failures,
			cooldown: c.options.Cooldown, now: c.options.Now,
		}
		c.hosts[key] = h
	}
	return h
}

// enter waits for a place, at most until the call's own deadline. done must be called once.
func (h *host) enter(ctx context.Context, now time.Time) (done func(outcome), err error) {
	probe, err := h.ask(now)
	if err != nil {
		return nil, err
	}
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		h.tell(unknown, probe)
		return nil, fmt.Errorf("outbound: no place among this host's calls: %w", ctx.Err())
	}
	return func(o outcome) {
		<-h.places
		h.tell(o, probe)
	}, nil
}

// ask says whether the host may be called, and whether this call is the one that finds out.
func (h *host) ask(now time.Time) (probe bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inARow < h.failures {
		return false, nil
	}
	if now.Before(h.until) || h.probing {
		return false, ErrOpen
	}
	h.probing = true
	return true, nil
}

func (h *host) tell(o outcome, probe bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if probe {
		h.probing = false
	}
	switch o {
	case well:
		h.inARow = 0
	case badly:
		h.inARow++
		if h.inARow >= h.failures {
			// Replicas do not come back all at once (attacks UF-10).
			h.until = h.now().Add(h.cooldown + rand.N(h.cooldown/2+1)) //nolint:gosec // jitter needs no secrecy
		}
	case unknown:
	}
}
