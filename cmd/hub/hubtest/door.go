package hubtest

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// Patience is how long anybody waits at a Door at most: longer than the last takes to come.
const Patience = 2 * time.Minute

// Door stands before an upstream that hangs: it lets Slots people at a time on their way to it, where each is
// counted and then waits with all others until they give up.
type Door struct {
	Next    http.RoundTripper
	Slots   chan struct{}
	Waiting atomic.Int64

	ended  context.Context //nolint:containedctx // when everybody gives up
	giveUp context.CancelFunc
}

// NewDoor lets some at a time on their way.
func NewDoor(slots int) *Door {
	d := &Door{Slots: make(chan struct{}, slots)}
	d.ended, d.giveUp = context.WithCancel(context.Background())
	return d
}

// GiveUp ends the patience of all who wait, so that there is time left to answer every one of them. Who comes
// later passes.
func (d *Door) GiveUp() { d.giveUp() }

// RoundTrip counts one more and waits. Whatever patience the caller has, here it lasts until GiveUp.
func (d *Door) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.ended.Err() != nil {
		return d.Next.RoundTrip(r)
	}
	d.Waiting.Add(1)
	select {
	case <-d.Slots:
	default: // nobody stands in line
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	context.AfterFunc(d.ended, cancel)
	answer, err := d.Next.RoundTrip(r.WithContext(ctx))
	if err != nil && d.ended.Err() != nil {
		err = context.DeadlineExceeded // as when patience ends by itself
	}
	return answer, err
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
