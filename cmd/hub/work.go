package hub

import (
	"context"
	"math/rand/v2"
	"time"
)

// chore is something done again and again beside the requests.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

// run does a chore until the context ends. The waits differ by up to a fifth, so that replicas
// do not all come at once. A failure is logged and the chore comes again.
func (h *Hub) run(ctx context.Context, c chore) {
	for {
		spread := time.Duration(rand.Int64N(int64(c.every)/5 + 1))
		timer := time.NewTimer(c.every - c.every/10 + spread)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		h.once(ctx, c)
	}
}

// Do does a chore at once, as its time would. False if there is none of that name.
func (h *Hub) Do(ctx context.Context, name string) (bool, error) {
	for _, c := range h.chores {
		if c.name == name {
			return true, c.do(ctx)
		}
	}
	return false, nil
}

func (h *Hub) once(ctx context.Context, c chore) {
	if err := c.do(ctx); err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "work beside requests failed", "work", c.name, "err", err)
	}
}
