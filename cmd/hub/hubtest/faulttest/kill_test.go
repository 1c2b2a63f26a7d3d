package faulttest

import (
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// slaughter kills the hub again and again while logins run, at moments that nobody chose.
type slaughter struct {
	steps atomic.Int64  // taken by all logins together
	next  atomic.Int64  // the step at which the hub is killed
	kill  chan struct{} // one at a time
	up    sync.RWMutex  // held for writing while there is no hub
}

// step is called before every request; at some of them the hub is killed while they are under way.
func (s *slaughter) step() {
	if s.steps.Add(1) == s.next.Load() {
		s.kill <- struct{}{}
	}
}

// again chooses the next moment: some fifteen logins of about ten requests.
func (s *slaughter) again() { s.next.Store(s.steps.Load() + 60 + rand.Int64N(180)) }

// stepping counts requests as steps.
type stepping struct {
	*slaughter
	next http.RoundTripper
}

func (s stepping) RoundTrip(r *http.Request) (*http.Response, error) {
	s.step()
	return s.next.RoundTrip(r)
}

// DB-01 (Keycloak #42224, #49469): a hub that is killed at any moment leaves no code or refresh token
// that works twice, no half person, and no release without its record and its grant; and it comes
// back by itself. 300 logins; 10,000 with SOAK=1.
func TestAttack_DB_01_KilledInTheMiddleOfLogins(t *testing.T) {
	t.Parallel()
	logins := 150
	if os.Getenv("SOAK") == "1" {
		logins = 5000
	}
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			people := []string{"ordinary", "diacritics", "twin-b", "changed-number", "changed-name", "stolen-card", "guardian"}
			s := &slaughter{kill: make(chan struct{}, 1)}
			s.again()
			hub := w.Spawn(t)
			ended, done := make(chan struct{}), atomic.Int64{}
			var left, through atomic.Int64
			left.Store(int64(logins))
			go func() {
				defer close(ended)
				together(4, func(int) {
					for {
						i := left.Add(-1)
						if i < 0 {
							return
						}
						if s.login(t, w, rp, people[int(i)%len(people)]) {
							through.Add(1)
						}
						done.Add(1)
					}
				})
			}()
			kills, slowest := 0, time.Duration(0)
			for alive := true; alive; {
				select {
				case <-ended:
					alive = false
				case <-s.kill:
					s.up.Lock() // no login begins
					hub.Kill()
					began := time.Now()
					hub = w.Spawn(t) // returns when it is ready
					slowest = max(slowest, time.Since(began))
					s.again()
					s.up.Unlock()
					kills++
				}
			}
			t.Logf("%d of %d logins came through %d kills; ready again after %s at most", through.Load(), done.Load(), kills, slowest)
			if kills < 3 || through.Load() < done.Load()/3 {
				t.Errorf("%d kills and %d logins prove little", kills, through.Load())
			}
			whole(t, w)
		})
	}
}

// login is one login with a redemption and a refresh, and then everything presented again.
func (s *slaughter) login(t *testing.T, w *hubtest.World, rp *hubtest.RP, person string) bool {
	s.up.RLock()
	s.up.RUnlock() //nolint:staticcheck // waits until there is a hub
	var code, refresh string
	redeemed, successors := 0, map[string]bool{}
	came := try(t, func(tb testing.TB) {
		b := w.Browser(tb)
		b.Through(func(next http.RoundTripper) http.RoundTripper { return stepping{s, next} })
		rp := rp.As(tb)
		rp.HTTP = &http.Client{Transport: stepping{s, &http.Transport{DisableKeepAlives: true}}, Timeout: 20 * time.Second}
		rp.Authorize(b, "scope", "openid offline_access", "prompt", "consent", "claims", asking("given_name", "family_name"))
		code = rp.Finish(b, person).Code()
		tokens := rp.Exchange(code)
		if tokens.Status != http.StatusOK {
			tb.Fatalf("%d", tokens.Status)
		}
		redeemed++
		refresh = tokens.Text("refresh_token")
		next := rp.Refresh(refresh)
		if next.Status != http.StatusOK {
			tb.Fatalf("%d", next.Status)
		}
		successors[next.Text("refresh_token")] = true
	})
	s.replay(t, rp, code, refresh, &redeemed, successors)
	return came
}

// replay presents everything again, whatever became of the first time, until there was an answer.
func (s *slaughter) replay(t *testing.T, rp *hubtest.RP, code, refresh string, redeemed *int, successors map[string]bool) {
	answered := func(ask func(*hubtest.RP) hubtest.Reply) (reply hubtest.Reply) {
		for range 20 {
			s.up.RLock()
			s.up.RUnlock() //nolint:staticcheck // waits until there is a hub
			if try(t, func(tb testing.TB) {
				rp := rp.As(tb)
				rp.HTTP = &http.Client{Transport: stepping{s, &http.Transport{DisableKeepAlives: true}}, Timeout: 20 * time.Second}
				reply = ask(rp)
			}) {
				return reply
			}
		}
		t.Error("no answer in twenty tries")
		return reply
	}
	if refresh != "" {
		for range 2 {
			if again := answered(func(rp *hubtest.RP) hubtest.Reply { return rp.Refresh(refresh) }); again.Status == http.StatusOK {
				successors[again.Text("refresh_token")] = true
			}
		}
	}
	if len(successors) > 1 {
		t.Errorf("one refresh token has %d successors", len(successors))
	}
	if code == "" {
		return
	}
	for range 2 {
		if answered(func(rp *hubtest.RP) hubtest.Reply { return rp.Exchange(code) }).Status == http.StatusOK {
			*redeemed++
		}
	}
	if *redeemed > 1 {
		t.Errorf("a code was redeemed %d times", *redeemed)
	}
}

// whole checks both databases for halves of anything.
func whole(t *testing.T, w *hubtest.World) {
	t.Helper()
	none := func(source, what, query string) {
		t.Helper()
		if n := hubtest.Number(t, source, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	who, did := w.Identity.Source, w.Usage.Source
	none(who, "persons without a number", "SELECT count(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM identifiers i WHERE i.person = p.id)")
	none(who, "persons without a tie", "SELECT count(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM links l WHERE l.person = p.id)")
	none(who, "persons without a way back", "SELECT count(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM usage_digests u WHERE u.person = p.id)")
	none(who, "persons without a comparison", "SELECT count(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM comparisons c WHERE c.person = p.id)")
	none(who, "ties without a digest", "SELECT count(*) FROM links l WHERE NOT EXISTS (SELECT 1 FROM link_digests d WHERE d.link = l.id)")
	none(did, "grants without a release", "SELECT count(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM releases r WHERE r.id = g.release)")
	none(did, "releases without a grant", "SELECT count(*) FROM releases r WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE g.release = r.id)")
	if releases, entries := hubtest.Number(t, did, "SELECT count(*) FROM releases"), hubtest.Number(t, did, "SELECT count(*) FROM journal WHERE kind = 'released'"); releases != entries || releases == 0 {
		t.Errorf("%d releases with %d entries", releases, entries)
	}
	if persons, made := hubtest.Number(t, who, "SELECT count(*) FROM persons"), hubtest.Number(t, who, "SELECT count(*) FROM journal WHERE kind = 'person_made'"); persons != made || persons > 7 {
		t.Errorf("%d persons with %d entries", persons, made)
	}
	if subjects, persons := hubtest.Number(t, did, "SELECT count(*) FROM subjects"), hubtest.Number(t, who, "SELECT count(*) FROM persons"); subjects > persons {
		t.Errorf("%d subjects of %d persons at one party", subjects, persons)
	}
	if w.Usage.Dialect == store.SQLite {
		for _, source := range []string{who, did} {
			if got := hubtest.Query(t, source, "PRAGMA integrity_check"); len(got) != 1 || got[0][0] != "ok" {
				t.Errorf("the file is damaged: %v", got)
			}
		}
	}
}
