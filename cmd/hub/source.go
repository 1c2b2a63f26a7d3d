package hub

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"symbolon/provider/limit"
	"symbolon/web"
)

// proxies are the networks whose word about a client's address is taken.
type proxies []netip.Prefix

func (p proxies) trusted(addr netip.Addr) bool {
	for _, network := range p {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// source gives the network address that a request comes from. X-Forwarded-For counts only when
// the peer is a trusted proxy, and then from its right end: the first address that is not a
// trusted proxy's. A value that cannot be read relaxes nothing (attacks HH-02).
func (p proxies) source(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap().WithZone("")
	if !p.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil || hop.Zone() != "" {
			return addr
		}
		addr = hop.Unmap()
		if !p.trusted(addr) {
			return addr
		}
	}
	return addr
}

// household widens an IPv6 address to the /64 that one household has.
func household(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		wide, err := addr.Prefix(64)
		if err == nil {
			return wide.Addr()
		}
	}
	return addr
}

// block is how many requests are counted here for one count that all replicas share, so that an
// ordinary login writes no counter at all.
const block = 20

// remembered is how many sources are counted at once; with more, counting begins anew.
const remembered = 100_000

// limiter bounds what one source may ask in a while, over all replicas.
type limiter struct {
	rule   limit.Rule // in blocks
	shared *limit.Keeper
	now    func() time.Time

	mu      sync.Mutex
	window  time.Time
	counts  map[netip.Addr]int
	refused map[netip.Addr]bool // by the shared count, until the window ends
}

func newLimiter(name string, most int, per time.Duration, shared *limit.Keeper, now func() time.Time) *limiter {
	return &limiter{rule: limit.Rule{Name: name, Most: max(most/block, 1), Per: per}, shared: shared, now: now}
}

// allow counts one request of a source. When the shared counter cannot be reached the request
// goes on: it will meet the same database and be told so there.
func (l *limiter) allow(ctx context.Context, source netip.Addr) bool {
	source = household(source)
	full, refused := l.count(source)
	if refused || !full {
		return !refused
	}
	if ok, _, err := l.shared.Allow(ctx, l.rule, source.String()); ok || err != nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[source] = true
	return false
}

// count adds one and says whether a block is full.
func (l *limiter) count(source netip.Addr) (full, refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	window := l.now().Truncate(l.rule.Per)
	if !window.Equal(l.window) || len(l.counts) >= remembered {
		l.window, l.counts, l.refused = window, map[netip.Addr]int{}, map[netip.Addr]bool{}
	}
	if l.refused[source] {
		return false, true
	}
	l.counts[source]++
	return l.counts[source]%block == 0, false
}

// left is how long the window lasts still, in whole seconds, for Retry-After.
func (l *limiter) left() string {
	now := l.now()
	return strconv.Itoa(int(now.Truncate(l.rule.Per).Add(l.rule.Per).Sub(now)/time.Second) + 1)
}

// systemLimit names the limit of register systems.
const systemLimit = "system"

// limitOf says by which limit a request counts: a register system works for many offices from one source.
func (h *Hub) limitOf(others, systems *limiter) func(*http.Request) *limiter {
	api := h.hosts()[web.API]
	return func(r *http.Request) *limiter {
		if api != "" && strings.EqualFold(r.Host, api) {
			return systems
		}
		return others
	}
}

// limited refuses a source that asks too much (RFC 6585 §4).
func (h *Hub) limited(by func(*http.Request) *limiter, from proxies, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l := by(r); !l.allow(r.Context(), from.source(r)) {
			h.metrics.limited.WithLabelValues(l.rule.Name).Inc()
			r.Pattern = "limited"
			if l.rule.Name == systemLimit {
				web.TellLimited(w, h.apiOrigin(), refOf(r.Context()), l.left())
				return
			}
			w.Header().Set("Retry-After", l.left())
			word(w, http.StatusTooManyRequests, "too many requests; please come again a little later")
			return
		}
		next.ServeHTTP(w, r)
	})
}
