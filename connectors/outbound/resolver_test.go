package outbound

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// UF-07: a name that is not found, a name server that fails, and a poisoned answer: no call is made,
// or the certificate of whoever answers is for another name.
func TestAttack_UF_07_names_that_lead_nowhere_or_elsewhere(t *testing.T) {
	elsewhere, reached := sink(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("mine now")) })
	for name, lookup := range map[string]Lookup{
		"no such name":    func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") },
		"an empty answer": func(context.Context, string) ([]netip.Addr, error) { return nil, nil },
		"poisoned, inside": func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	} {
		c := New(Options{AllowHosts: []string{"register.example"}, Lookup: lookup, Timeout: 500 * time.Millisecond})
		if _, err := get(t, c.HTTP(), strings.Replace(elsewhere.URL, "http://127.0.0.1", "https://register.example", 1)); err == nil {
			t.Errorf("%s: an answer was taken", name)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d calls arrived where a name led", n)
	}
}

// UF-10: when a host comes back after a failure only one call finds that out, the others are told at
// once, and replicas do not come back at the same moment.
func TestAttack_UF_10_no_herd_when_a_host_comes_back(t *testing.T) {
	now := time.Now()
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	until := map[time.Time]bool{}
	for range 32 { // as many replicas
		h := &host{places: make(chan struct{}, 16), failures: 1, cooldown: 10 * time.Second, now: clock}
		h.tell(badly, false)
		if wait := h.until.Sub(clock()); wait < 10*time.Second || wait > 16*time.Second {
			t.Errorf("it is left alone for %s", wait)
		}
		until[h.until] = true
	}
	if len(until) < 16 {
		t.Errorf("32 replicas come back at %d moments only", len(until))
	}
	h := &host{places: make(chan struct{}, 16), failures: 1, cooldown: 10 * time.Second, now: clock}
	h.tell(badly, false)
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	var waiting sync.WaitGroup
	var probes, refused int
	for range 1000 {
		waiting.Go(func() {
			_, err := h.ask(clock())
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrOpen) {
				refused++
			} else if err == nil {
				probes++
			}
		})
	}
	waiting.Wait()
	if probes != 1 || refused != 999 {
		t.Errorf("of a thousand that wait %d find out and %d are told at once", probes, refused)
	}
}
