package hub

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/config"
	"symbolon/provider/limit"
)

// TestAttack_HH_02_ForwardedForIsNotBelievedFromJustAnybody (authentik CVE-2024-47070).
func TestAttack_HH_02_ForwardedForIsNotBelievedFromJustAnybody(t *testing.T) {
	trusted := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct{ name, peer, header, want string }{
		{"nobody in front", "203.0.113.9:4711", "", "203.0.113.9"},
		{"header of a stranger", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		{"through our proxy", "10.1.2.3:4711", "198.51.100.1", "198.51.100.1"},
		{"what the client put in front", "10.1.2.3:4711", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		{"two proxies of ours", "10.1.2.3:4711", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"rubbish", "10.1.2.3:4711", "a", "10.1.2.3"},
		{"rubbish in front", "10.1.2.3:4711", "a, 198.51.100.1", "198.51.100.1"},
		{"rubbish behind", "10.1.2.3:4711", "198.51.100.1, a", "10.1.2.3"},
		{"very long", "10.1.2.3:4711", strings.Repeat("9", 10<<10), "10.1.2.3"},
		{"a zone", "10.1.2.3:4711", "fe80::1%eth0", "10.1.2.3"},
		{"mapped", "[::ffff:10.1.2.3]:4711", "::ffff:198.51.100.1", "198.51.100.1"},
		{"only proxies", "10.1.2.3:4711", "10.4.5.6", "10.4.5.6"},
		{"no header", "10.1.2.3:4711", "", "10.1.2.3"},
		{"IPv6", "[fd00::5]:4711", "2001:db8::7", "2001:db8::7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			if tt.header != "" {
				r.Header.Set("X-Forwarded-For", tt.header)
			}
			if got := trusted.source(r); got.String() != tt.want {
				t.Errorf("source %s, want %s", got, tt.want)
			}
		})
	}
}

// counters is the shared counter of two replicas.
type counters struct {
	mu    sync.Mutex
	rows  map[[32]byte]int
	calls int
	err   error
}

func (c *counters) Count(_ context.Context, _ limit.Rule, key [32]byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.rows[key]++
	return c.rows[key], c.err
}

func TestTooManyRequestsOfOneSource(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	shared := &counters{rows: map[[32]byte]int{}}
	clock := func() time.Time { return now }
	replica := func() *limiter {
		return newLimiter("source", 300, 5*time.Minute, &limit.Keeper{Store: shared, Now: clock}, clock)
	}
	one, two := replica(), replica()
	home, other := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")

	for range block - 1 {
		one.allow(t.Context(), home)
	}
	if shared.calls != 0 {
		t.Errorf("an ordinary login wrote %d counters", shared.calls)
	}
	passed := block - 1
	for i := range 1000 {
		if []*limiter{one, two}[i%2].allow(t.Context(), home) {
			passed++
		}
	}
	if passed < 300 || passed > 300+2*block {
		t.Errorf("%d requests passed on two replicas, want about 300", passed)
	}
	if !one.allow(t.Context(), other) {
		t.Error("a neighbour was refused")
	}
	now = now.Add(5 * time.Minute)
	clear(shared.rows)
	if !one.allow(t.Context(), home) {
		t.Error("still refused in the next window")
	}
	for range 2 * block {
		if shared.err = errors.New("gone"); !two.allow(t.Context(), home) {
			t.Fatal("refused because the counter did not answer")
		}
	}
}

func TestOneHouseholdIsOneSource(t *testing.T) {
	a, b := netip.MustParseAddr("2001:db8:1:2:aaaa::1"), netip.MustParseAddr("2001:db8:1:2:bbbb::2")
	if household(a) != household(b) {
		t.Error("two addresses of one /64 count apart: a household has 2^64 tries")
	}
	if household(a) == household(netip.MustParseAddr("2001:db8:1:3::1")) {
		t.Error("two households count as one")
	}
}

func TestManySourcesDoNotGrowMemoryWithoutBound(t *testing.T) {
	l := newLimiter("source", 300, time.Minute, &limit.Keeper{Store: &counters{rows: map[[32]byte]int{}}, Now: time.Now}, time.Now)
	for i := range remembered + 10 {
		l.allow(t.Context(), netip.MustParseAddr("10."+strconv.Itoa(i>>16)+"."+strconv.Itoa(i>>8&255)+"."+strconv.Itoa(i&255)))
	}
	if len(l.counts) > remembered {
		t.Errorf("%d sources are remembered", len(l.counts))
	}
}

func TestTheTokenEndpointWorksOnSoManyAtOnce(t *testing.T) {
	h := bare(t, nil)
	_, _ = h.listenAdmin.Close(), h.listenPublic.Close()
	inside, release := make(chan struct{}, 2), make(chan struct{})
	few := h.few("/token", 1, 0, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			inside <- struct{}{}
			<-release
		}
	}))
	var first sync.WaitGroup
	first.Go(func() { few.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/token", nil)) })
	<-inside
	second, page := httptest.NewRecorder(), httptest.NewRecorder()
	few.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/authorize", nil))
	few.ServeHTTP(second, httptest.NewRequest(http.MethodPost, "/token", nil))
	if second.Code != http.StatusServiceUnavailable || second.Header().Get("Retry-After") == "" {
		t.Errorf("the second was answered %d", second.Code)
	}
	if page.Code != http.StatusOK {
		t.Errorf("another route was answered %d", page.Code)
	}
	close(release)
	first.Wait()
}

// A register system works for many offices from one source: what it asks counts by a limit of its own, and
// nobody else's requests do.
func TestRegisterSystemsHaveALimitOfTheirOwn(t *testing.T) {
	h := &Hub{config: config.Config{Issuer: "https://id.example", Hosts: config.Hosts{API: "api.example", Desk: "desk.example"}}}
	others, systems := &limiter{}, &limiter{}
	by := h.limitOf(others, systems)
	for host, want := range map[string]*limiter{
		"api.example": systems, "API.example": systems, "id.example": others, "desk.example": others, "api.example.evil.example": others, "": others,
	} {
		if by(&http.Request{Host: host}) != want {
			t.Errorf("%q counts by the wrong limit", host)
		}
	}
	h.config.Hosts.API = ""
	if h.limitOf(others, systems)(&http.Request{}) != others {
		t.Error("without an api host somebody counts as a system")
	}
}
