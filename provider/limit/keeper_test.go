package limit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"symbolon/provider/limit"
)

// counters is a store in memory. Its window is the test's.
type counters struct {
	mu     sync.Mutex
	counts map[[32]byte]int
	asked  int
	err    error
}

func (c *counters) Count(_ context.Context, _ limit.Rule, key [32]byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[[32]byte]int{}
	}
	c.asked++
	c.counts[key]++
	return c.counts[key], c.err
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 20, 0, time.UTC) }

func three() limit.Rule { return limit.Rule{Name: "token", Most: 3, Per: time.Minute} }

func keeper(c *counters, now *time.Time) *limit.Keeper {
	return &limit.Keeper{Store: c, Key: [32]byte(bytes.Repeat([]byte{7}, 32)), Now: func() time.Time { return *now }}
}

func TestTheFourthOfThreeIsRefusedUntilTheWindowEnds(t *testing.T) {
	c, now := &counters{}, noon()
	k := keeper(c, &now)
	for try := 1; try <= 5; try++ {
		ok, after, err := k.Allow(t.Context(), three(), "192.0.2.1")
		if ok != (try <= 3) || err != nil || !ok && after != 40*time.Second {
			t.Errorf("try %d: %v, %v, %v", try, ok, after, err)
		}
	}
	if ok, _, _ := k.Allow(t.Context(), three(), "192.0.2.2"); !ok {
		t.Error("another address pays for it")
	}
	if ok, _, _ := k.Allow(t.Context(), limit.Rule{Name: "other", Most: 3, Per: time.Minute}, "192.0.2.1"); !ok {
		t.Error("another rule pays for it")
	}
	now, c.counts = now.Add(40*time.Second), nil
	if ok, _, _ := k.Allow(t.Context(), three(), "192.0.2.1"); !ok {
		t.Error("the next window is closed, too")
	}
}

func TestAFloodIsRefusedWithoutAsking(t *testing.T) {
	c, now := &counters{}, noon()
	k := keeper(c, &now)
	for range 1000 {
		if _, _, err := k.Allow(t.Context(), three(), "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	if c.asked != 4 {
		t.Errorf("the store was asked %d times, want 4", c.asked)
	}
}

func TestMemoryOfRefusalsIsBounded(t *testing.T) {
	c, now := &counters{}, noon()
	k := keeper(c, &now)
	one := limit.Rule{Name: "one", Most: 1, Per: time.Minute}
	for i := range 12_000 {
		for range 2 {
			if _, _, err := k.Allow(t.Context(), one, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	asked := c.asked
	for _, i := range []int{0, 11_999} { // one remembered, one beyond what is
		if ok, _, err := k.Allow(t.Context(), one, fmt.Sprint(i)); ok || err != nil {
			t.Errorf("%d: %v, %v", i, ok, err)
		}
	}
	if c.asked != asked+1 {
		t.Errorf("the store was asked %d times more, want once", c.asked-asked)
	}
}

func TestAnAddressHasAnotherNameEveryDay(t *testing.T) {
	c, now := &counters{}, noon()
	k := keeper(c, &now)
	for range 2 {
		for range 2 {
			if _, _, err := k.Allow(t.Context(), three(), "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(24 * time.Hour)
	}
	if len(c.counts) != 2 {
		t.Errorf("%d names in two days, want 2", len(c.counts))
	}
	for name := range c.counts {
		if bytes.Contains(name[:], []byte("192")) {
			t.Error("the address stands in it")
		}
	}
}

func TestARuleThatAllowsNothingAllowsNothing(t *testing.T) {
	c, now := &counters{}, noon()
	for _, rule := range []limit.Rule{{}, {Name: "none", Per: time.Minute}, {Name: "no time", Most: 3}} {
		if ok, _, err := keeper(c, &now).Allow(t.Context(), rule, "a"); ok || err != nil {
			t.Errorf("%+v: %v, %v", rule, ok, err)
		}
	}
}

func TestAStoreThatFailsIsSaidSo(t *testing.T) {
	c, now := &counters{err: errors.New("gone")}, noon()
	if ok, _, err := keeper(c, &now).Allow(t.Context(), three(), "a"); ok || !errors.Is(err, c.err) {
		t.Errorf("%v, %v", ok, err)
	}
}
