package hub

import (
	"context"
	"crypto/sha256"
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
	"symbolon/web"
)

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
	home, other := "203.0.113.9", "203.0.113.10"

	for range block - 1 {
		one.allow(t.Context(), home)
	}
	if shared.calls != 0 {
		t.Errorf("an ordinary login wrote %d counters", shared.calls)
	}
	passed := block - 1
	for i := range 1000 {
		if []*limiter{one, two}[i%2].allow(t.Context(), home) == 0 {
			passed++
		}
	}
	if passed < 300 || passed > 300+2*block {
		t.Errorf("%d requests passed on two replicas, want about 300", passed)
	}
	if one.allow(t.Context(), other) != 0 {
		t.Error("a neighbour was refused")
	}
	now = now.Add(5 * time.Minute)
	clear(shared.rows)
	if one.allow(t.Context(), home) != 0 {
		t.Error("still refused in the next window")
	}
	for range 2 * block {
		if shared.err = errors.New("gone"); two.allow(t.Context(), home) != 0 {
			t.Fatal("refused because the counter did not answer")
		}
	}
}

func TestManySourcesDoNotGrowMemoryWithoutBound(t *testing.T) {
	l := newLimiter("source", 300, time.Minute, &limit.Keeper{Store: &counters{rows: map[[32]byte]int{}}, Now: time.Now}, time.Now)
	for i := range remembered + 10 {
		l.allow(t.Context(), strconv.Itoa(i))
	}
	if len(l.counts) > remembered {
		t.Errorf("%d sources are remembered", len(l.counts))
	}
}

func TestTheTokenEndpointWorksOnSoManyAtOnce(t *testing.T) {
	h := bare(t, nil)
	_, _ = h.listenAdmin.Close(), h.listenPublic.Close()
	inside, release := make(chan struct{}, 2), make(chan struct{})
	few := h.seats(1, 0, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-release
	}))
	var first sync.WaitGroup
	first.Go(func() { few.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/token", nil)) })
	<-inside
	second, page := httptest.NewRecorder(), httptest.NewRecorder()
	few.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/userinfo", nil))
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

// limitsOf gives limits with a clock of the test's, and the request of a source.
func limitsOf(t *testing.T, c config.Limits, now *time.Time) (*limits, func(source string) *http.Request) {
	t.Helper()
	clock := func() time.Time { return *now }
	shared := &limit.Keeper{Store: &counters{rows: map[[32]byte]int{}}, Now: clock}
	l := newLimits(c, proxies{netip.MustParsePrefix("10.0.0.0/8")}, shared, func(by string) bool { return strings.HasPrefix(by, "clerk") }, func(string) {}, clock)
	return l, func(source string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.1.2.3:4711"
		r.Header.Set("X-Forwarded-For", source)
		return r
	}
}

// passed says how many of so many requests pass.
func passed(l *limits, r *http.Request, of web.Caller, by string, asked int) int {
	count := 0
	for range asked {
		if l.Allow(r, of, by) == nil {
			count++
		}
	}
	return count
}

// Attacks §L (NAT-aware): an office works from one address. Whoever is logged in there counts by themselves, also
// when the address has asked too much; a session that nobody proved is none, and none is without end.
func TestASessionCountsApartFromItsAddress(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, from := limitsOf(t, config.Limits{Requests: 200, PartyRequests: 200, SystemRequests: 200, RequestsPer: 5 * time.Minute}, &now)
	office := from("203.0.113.9")
	clerks := make([]string, 10)
	for i := range clerks {
		clerks[i] = "clerk " + strconv.Itoa(i)
		l.Proved(clerks[i], "person "+strconv.Itoa(i))
	}
	for _, clerk := range clerks {
		if got := passed(l, office, web.ByPeople, clerk, 150); got != 150 {
			t.Errorf("%d of 150 requests of one clerk in ten passed", got)
		}
	}
	if got := passed(l, office, web.ByPeople, "", 1000); got < 200 || got > 200+block {
		t.Errorf("%d requests of nobody passed", got)
	}
	for by, want := range map[string]bool{"": false, "made up": false, clerks[0]: true} {
		if got := passed(l, office, web.ByPeople, by, 1) == 1; got != want {
			t.Errorf("by %q, of an address that asked too much: passed %t", by, got)
		}
	}
	if got := passed(l, office, web.ByPeople, clerks[0], 1000); got > 60+block {
		t.Errorf("%d more requests of one session passed", got)
	}
	if got := passed(l, from("198.51.100.7"), web.ByPeople, clerks[0], 1); got != 0 {
		t.Error("a session that asked too much goes on from another address")
	}
	many := l.Allow(office, web.ByPeople, "")
	if many == nil || many.After <= 0 || many.After > 5*time.Minute || !many.Often {
		t.Fatalf("to come again: %+v", many)
	}
	now = now.Add(many.After)
	if got := passed(l, office, web.ByPeople, "", 1); got != 1 {
		t.Error("still refused after it")
	}
}

// A session counts apart for an hour after it was last proved; then its address counts it, until it is proved anew.
func TestASessionThatIsNotProvedForLongCountsByItsAddress(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, from := limitsOf(t, config.Limits{Requests: 40, PartyRequests: 40, SystemRequests: 40, RequestsPer: 24 * time.Hour}, &now)
	l.Proved("session", "person")
	passed(l, from("203.0.113.9"), web.ByPeople, "", 100)
	if passed(l, from("203.0.113.9"), web.ByPeople, "session", 1) != 1 {
		t.Error("refused at once")
	}
	now = now.Add(sessionsKnown)
	if passed(l, from("203.0.113.9"), web.ByPeople, "session", 1) != 0 {
		t.Error("counts apart for ever")
	}
	l.Proved("session", "person")
	if passed(l, from("203.0.113.9"), web.ByPeople, "session", 1) != 1 {
		t.Error("proved anew, and refused")
	}
}

func TestManySessionsDoNotGrowMemoryWithoutBound(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, _ := limitsOf(t, config.Default().Limits, &now)
	for i := range remembered + 10 {
		l.Proved(strconv.Itoa(i), "person")
	}
	l.Proved("", "person")
	if _, nobody := l.knows(sha256.Sum256(nil)); nobody || len(l.known) > remembered {
		t.Errorf("%d sessions are known, nobody's among them %t", len(l.known), nobody)
	}
}

// Register systems and parties' servers work for many people from one source: each kind has a limit of its own, and
// takes nothing of another's.
func TestEachKindOfCallerHasALimitOfItsOwn(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, from := limitsOf(t, config.Limits{Requests: 40, PartyRequests: 80, SystemRequests: 120, RequestsPer: 5 * time.Minute}, &now)
	for of, most := range map[web.Caller]int{web.ByPeople: 40, web.ByParty: 80, web.BySystem: 120} {
		if got := passed(l, from("203.0.113.9"), of, "", 400); got < most || got > most+block {
			t.Errorf("caller %d: %d passed, want about %d", of, got, most)
		}
	}
}

// One person may have many sessions: together they ask no more than one.
func TestManySessionsOfOnePersonHaveNoLimitEach(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, from := limitsOf(t, config.Limits{Requests: 200, PartyRequests: 200, SystemRequests: 200, RequestsPer: 5 * time.Minute}, &now)
	got := 0
	for i := range 20 {
		by := "session " + strconv.Itoa(i)
		l.Proved(by, "person")
		got += passed(l, from("203.0.113.9"), web.ByPeople, by, 100)
	}
	if got > 200+block {
		t.Errorf("%d requests of one person passed", got)
	}
}

// A replica that has just started knows no session: where the address has asked too much a few requests of one of ours pass, so
// that it is proved; one that is none, or ended, gets no further.
func TestASessionOfOursIsProvedWhereItsAddressAskedTooMuch(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, from := limitsOf(t, config.Limits{Requests: 40, PartyRequests: 40, SystemRequests: 40, RequestsPer: 5 * time.Minute}, &now)
	passed(l, from("203.0.113.9"), web.ByPeople, "", 100)
	if got := passed(l, from("203.0.113.9"), web.ByPeople, "made up", 10); got != 0 {
		t.Errorf("%d requests of a made-up session passed", got)
	}
	if got := passed(l, from("203.0.113.9"), web.ByPeople, "clerk that ended", 100); got == 0 || got >= 2*block {
		t.Errorf("%d requests of one that is never proved passed", got)
	}
	if passed(l, from("203.0.113.9"), web.ByPeople, "clerk", 1) != 1 {
		t.Fatal("refused before it could be proved")
	}
	l.Proved("clerk", "person")
	if got := passed(l, from("203.0.113.9"), web.ByPeople, "clerk", 39); got != 39 {
		t.Errorf("%d of 39 passed when it was proved", got)
	}
}

// Attacks §L, OT-10: whoever collects what we give to everybody who asks, such as the cookie of a phone that comes first,
// gets a few requests more by each of them once, and not in every window anew.
func TestWhatIsNeverProvedGivesNothingInTheNextWindow(t *testing.T) {
	now := time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC)
	l, from := limitsOf(t, config.Limits{Requests: 40, PartyRequests: 40, SystemRequests: 40, RequestsPer: 5 * time.Minute}, &now)
	l.of[web.ByPeople].shared.Store = &windows{now: &now, rows: map[windowed]int{}}
	got := 0
	for range 12 {
		passed(l, from("203.0.113.9"), web.ByPeople, "", 100)
		for i := range 50 {
			got += passed(l, from("203.0.113.9"), web.ByPeople, "clerk that never was "+strconv.Itoa(i), 100)
		}
		now = now.Add(5 * time.Minute)
	}
	if got > 50*2*block {
		t.Errorf("%d requests passed within an hour by 50 cookies that are nobody's", got)
	}
	passed(l, from("203.0.113.9"), web.ByPeople, "", 100)
	if passed(l, from("203.0.113.9"), web.ByPeople, "clerk", 1) != 1 {
		t.Error("a session that is there is refused before it could be proved")
	}
}

// Sessions that were over long ago push nobody out who is at work.
func TestSessionsLongOverPushNobodyOut(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l, _ := limitsOf(t, config.Default().Limits, &now)
	for i := range remembered - 1 {
		l.Proved(strconv.Itoa(i), "person")
	}
	now = now.Add(2 * sessionsKnown)
	l.Proved("clerk", "clerk")
	for i := range 3 {
		l.Proved("another "+strconv.Itoa(i), "another")
	}
	if _, known := l.knows(sha256.Sum256([]byte("clerk"))); !known || len(l.known) != 4 {
		t.Errorf("of %d sessions the one at work is known: %t", len(l.known), known)
	}
}

// windows counts as the databases do: in windows since 1970.
type windows struct {
	mu   sync.Mutex
	now  *time.Time
	rows map[windowed]int
}

type windowed struct {
	key    [32]byte
	window int64
}

func (w *windows) Count(_ context.Context, r limit.Rule, key [32]byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in := windowed{key, w.now.UnixNano() / int64(r.Per)}
	w.rows[in]++
	return w.rows[in], nil
}

// Retry-After, and the time of day on the page, are true for each length of a window that the settings allow.
func TestTheTimeThatIsToldIsTrue(t *testing.T) {
	for _, per := range []time.Duration{time.Second, 5 * time.Minute, 7 * time.Minute, 11 * time.Minute, time.Hour, 7 * time.Hour, 24 * time.Hour} {
		now := time.Unix(1_800_000_000, 0)
		l, from := limitsOf(t, config.Limits{Requests: 40, PartyRequests: 40, SystemRequests: 40, RequestsPer: per}, &now)
		l.of[web.ByPeople].shared.Store = &windows{now: &now, rows: map[windowed]int{}}
		passed(l, from("203.0.113.9"), web.ByPeople, "", 100)
		now = now.Add(l.Allow(from("203.0.113.9"), web.ByPeople, "").After)
		if got := passed(l, from("203.0.113.9"), web.ByPeople, "", 2*block); got < 2*block {
			t.Errorf("%s: when the time told was over, %d of %d pass", per, got, 2*block)
		}
	}
}
