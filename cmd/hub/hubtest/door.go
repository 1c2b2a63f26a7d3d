package hubtest

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// Patience is how long each waits at a Door, so that the last has come before the first gives up. Servers answer
// within 30 s.
const Patience = 27 * time.Second

// Door stands before an upstream that hangs: it lets Slots people at a time on their way to it, where each is
// counted and then waits with all others.
type Door struct {
	Next    http.RoundTripper
	Slots   chan struct{}
	Waiting atomic.Int64
}

// NewDoor lets some at a time on their way.
func NewDoor(slots int) *Door { return &Door{Slots: make(chan struct{}, slots)} }

// RoundTrip counts one more and waits. Whatever patience the caller has, here it is Patience.
func (d *Door) RoundTrip(r *http.Request) (*http.Response, error) {
	d.Waiting.Add(1)
	select {
	case <-d.Slots:
	default: // nobody stands in line
	}
	return d.Next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
}

// Middle does something a few times and gives how long it took as a rule.
func Middle(t testing.TB, do func() time.Duration) time.Duration {
	t.Helper()
	all := make([]time.Duration, 7)
	for i := range all {
		all[i] = do()
	}
	slices.Sort(all)
	return all[len(all)/2].Round(time.Millisecond)
}
