// Package limit counts and throttles what could be tried without end, shared by all replicas.
// Keys are keyed digests: no network address or name stands in a row.
package limit

import (
	"context"
	"time"
)

// Rule is so many in so long.
type Rule struct {
	Name string
	Most int
	Per  time.Duration
}

// Store counts. Count is one conditional upsert: it adds one to the counter of (rule, key) in the
// current window and returns the new count.
type Store interface {
	Count(ctx context.Context, rule Rule, key [32]byte) (int, error)
}
