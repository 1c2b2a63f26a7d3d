package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"sync"
	"time"

	"symbolon/config"
	"symbolon/provider/limit"
	"symbolon/provider/seal"
	"symbolon/web"
)

// block is how many requests are counted here for one count that all replicas share, so that an
// ordinary login writes no counter at all.
const block = 20

// remembered is how many sources and sessions are counted at once; with more, counting begins anew. As many
// sessions are known.
const remembered = 100_000

// limiter bounds what one source, or one person, may ask in a while, over all replicas.
type limiter struct {
	rule   limit.Rule // in blocks
	shared *limit.Keeper
	now    func() time.Time

	mu      sync.Mutex
	window  int64 // since 1970, as the shared counter has them
	counts  map[string]int
	refused map[string]int // by the shared count, until the window ends: how often
}

func newLimiter(name string, most int, per time.Duration, shared *limit.Keeper, now func() time.Time) *limiter {
	return &limiter{rule: limit.Rule{Name: name, Most: max(most/block, 1), Per: per}, shared: shared, now: now}
}

// allow counts one request; 0 lets it go on, else it says for the how manieth time it is refused. When the shared
// counter cannot be reached the request goes on: it will meet the same database and be told so there.
func (l *limiter) allow(ctx context.Context, by string) (refusals int) {
	full, refusals := l.count(by)
	if refusals > 0 || !full {
		return refusals
	}
	if ok, _, err := l.shared.Allow(ctx, l.rule, by); ok || err != nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[by]++
	return l.refused[by]
}

// count adds one and says whether a block is full.
func (l *limiter) count(by string) (full bool, refusals int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	window := l.now().UnixNano() / int64(l.rule.Per)
	if window != l.window || len(l.counts) >= remembered {
		l.window, l.counts, l.refused = window, map[string]int{}, map[string]int{}
	}
	if l.refused[by] > 0 {
		l.refused[by]++
		return false, l.refused[by]
	}
	l.counts[by]++
	return l.counts[by]%block == 0, 0
}

// left is how long the window lasts still.
func (l *limiter) left() time.Duration {
	return l.rule.Per - time.Duration(l.now().UnixNano()%int64(l.rule.Per))
}

// unprovedPer is the time in which a session that nobody has proved gets its few requests. It is longer than the window of
// a source: whoever collects what is given to everybody who asks, such as the cookie of a phone that comes first, would
// have them anew with every window.
const unprovedPer = 24 * time.Hour

// sessionsKnown is how long a session is known after it was last proved.
const sessionsKnown = time.Hour

// session is whose a bearer is, and when it was last proved, on this replica.
type session struct {
	whose string // digest: nobody's name
	at    time.Time
}

// limits are those of the pages: a rule for each kind of caller.
type limits struct {
	from     proxies
	of       map[web.Caller]*limiter
	unproved *limiter          // of a session that nobody has proved here yet
	ours     func(string) bool // whether we made a bearer, if not whether its session stands
	refused  func(rule string)
	now      func() time.Time

	mu    sync.Mutex
	known map[[32]byte]session // by the bearer's digest
}

func (h *Hub) limits(from proxies) *limits {
	return newLimits(h.config.Limits, from, h.keeper(), h.ours, func(rule string) { h.metrics.limited.WithLabelValues(rule).Inc() }, h.now)
}

// ours reports whether a bearer of a session at a door, or of a phone, was made here, without looking for it.
func (h *Hub) ours(by string) bool {
	_, door := h.keys.mint.Parse(seal.DoorCookie, by)
	_, phone := h.keys.mint.Parse(seal.OneTimeHandle, by)
	return door == nil || phone == nil
}

func newLimits(c config.Limits, from proxies, shared *limit.Keeper, ours func(string) bool, refused func(rule string), now func() time.Time) *limits {
	of := map[web.Caller]*limiter{}
	for caller, rule := range map[web.Caller]struct {
		name string
		most int
	}{web.ByPeople: {"source", c.Requests}, web.ByParty: {"party", c.PartyRequests}, web.BySystem: {"system", c.SystemRequests}} {
		of[caller] = newLimiter(rule.name, rule.most, c.RequestsPer, shared, now)
	}
	return &limits{
		from: from, of: of, unproved: newLimiter("session", block, unprovedPer, shared, now), ours: ours, refused: refused, now: now,
		known: map[[32]byte]session{},
	}
}

// Allow counts for whoever's session a browser shows, where it was proved a while ago, or else for the source. Where that has
// asked too much, a session of ours that is new on this replica goes on for a few requests: the first one proves it.
func (l *limits) Allow(r *http.Request, of web.Caller, by string) *web.TooMany {
	rule, sum := l.of[of], sha256.Sum256([]byte(by))
	who, known := l.knows(sum)
	if !known {
		who = household(l.from.source(r)).String()
	}
	refusals := rule.allow(r.Context(), who)
	if refusals == 0 {
		return nil
	}
	if !known && by != "" && l.ours(by) && l.unproved.allow(r.Context(), hex.EncodeToString(sum[:])) == 0 {
		return nil
	}
	l.refused(rule.rule.Name)
	return &web.TooMany{After: rule.left(), Often: refusals > rule.rule.Most*block}
}

func (l *limits) knows(sum [32]byte) (whose string, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, known := l.known[sum]
	return s.whose, known && l.now().Sub(s.at) < sessionsKnown
}

// Proved keeps in mind whose a session is. Those that were over long ago make room first.
func (l *limits) Proved(by, whose string) {
	if by == "" {
		return
	}
	sum, person := sha256.Sum256([]byte(by)), sha256.Sum256([]byte(whose))
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.known[sum]; !known && len(l.known) >= remembered {
		maps.DeleteFunc(l.known, func(_ [32]byte, s session) bool { return l.now().Sub(s.at) >= sessionsKnown })
		if len(l.known) >= remembered { // those at work are proved again with their next request
			clear(l.known)
		}
	}
	l.known[sum] = session{hex.EncodeToString(person[:]), l.now()}
}
