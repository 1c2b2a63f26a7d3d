package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"symbolon/config"
	"symbolon/provider/limit"
	"symbolon/web"
)

// block is how many requests are counted here for one count that all replicas share, so that an
// ordinary login writes no counter at all.
const block = 20

// remembered is how many sources and sessions are counted at once; with more, counting begins anew. As many
// sessions are known.
const remembered = 100_000

// limiter bounds what one source, or one session, may ask in a while, over all replicas.
type limiter struct {
	rule   limit.Rule // in blocks
	shared *limit.Keeper
	now    func() time.Time

	mu      sync.Mutex
	window  time.Time
	counts  map[string]int
	refused map[string]bool // by the shared count, until the window ends
}

func newLimiter(name string, most int, per time.Duration, shared *limit.Keeper, now func() time.Time) *limiter {
	return &limiter{rule: limit.Rule{Name: name, Most: max(most/block, 1), Per: per}, shared: shared, now: now}
}

// allow counts one request. When the shared counter cannot be reached the request goes on: it will meet the
// same database and be told so there.
func (l *limiter) allow(ctx context.Context, by string) bool {
	full, refused := l.count(by)
	if refused || !full {
		return !refused
	}
	if ok, _, err := l.shared.Allow(ctx, l.rule, by); ok || err != nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[by] = true
	return false
}

// count adds one and says whether a block is full.
func (l *limiter) count(by string) (full, refused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	window := l.now().Truncate(l.rule.Per)
	if !window.Equal(l.window) || len(l.counts) >= remembered {
		l.window, l.counts, l.refused = window, map[string]int{}, map[string]bool{}
	}
	if l.refused[by] {
		return false, true
	}
	l.counts[by]++
	return l.counts[by]%block == 0, false
}

// left is how long the window lasts still.
func (l *limiter) left() time.Duration {
	now := l.now()
	return now.Truncate(l.rule.Per).Add(l.rule.Per).Sub(now)
}

// sessionsKnown is how long a session counts by itself after it was last proved.
const sessionsKnown = time.Hour

// limits are those of the pages: a rule for each kind of caller.
type limits struct {
	from    proxies
	of      map[web.Caller]*limiter
	refused func(rule string)
	now     func() time.Time

	mu    sync.Mutex
	known map[[32]byte]time.Time // digests of sessions' bearers; when each was last proved, on this replica
}

func newLimits(c config.Limits, from proxies, shared *limit.Keeper, refused func(rule string), now func() time.Time) *limits {
	of := map[web.Caller]*limiter{}
	for caller, rule := range map[web.Caller]struct {
		name string
		most int
	}{web.ByPeople: {"source", c.Requests}, web.ByParty: {"party", c.PartyRequests}, web.BySystem: {"system", c.SystemRequests}} {
		of[caller] = newLimiter(rule.name, rule.most, c.RequestsPer, shared, now)
	}
	return &limits{from: from, of: of, refused: refused, now: now, known: map[[32]byte]time.Time{}}
}

// Allow counts by the session that a browser shows, where it was proved a while ago, or by the source.
func (l *limits) Allow(r *http.Request, of web.Caller, by string) (time.Duration, bool) {
	rule, who := l.of[of], household(l.from.source(r)).String()
	if sum := sha256.Sum256([]byte(by)); l.knows(sum) {
		who = hex.EncodeToString(sum[:])
	}
	if rule.allow(r.Context(), who) {
		return 0, true
	}
	l.refused(rule.rule.Name)
	return rule.left(), false
}

func (l *limits) knows(sum [32]byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, known := l.known[sum]
	return known && l.now().Sub(last) < sessionsKnown
}

// Proved keeps the session in mind.
func (l *limits) Proved(by string) {
	if by == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= remembered { // those at work are proved again with their next request
		clear(l.known)
	}
	l.known[sha256.Sum256([]byte(by))] = l.now()
}
