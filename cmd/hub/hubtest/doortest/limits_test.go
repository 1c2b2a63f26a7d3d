package doortest

import (
	"net/http"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// few is a world in which little may be asked, at the beginning of a window.
func few(t *testing.T, most int, with ...hubtest.With) *hubtest.World {
	t.Helper()
	const per = 10 * time.Minute
	w := hubtest.New(t, append(with, hubtest.WithSettings(func(s map[string]any) { s["limits"] = map[string]any{"requests": most, "requests_per": per.String()} }))...)
	w.Shift(w.Now().Truncate(per).Add(per).Sub(w.Now()))
	return w
}

// Attacks §L: who is logged in counts by themselves so that an office is not one person; one person with many sessions, of
// which one login gives any number, is no office.
func TestManySessionsOfOnePersonHaveNoLimitEach(t *testing.T) {
	t.Parallel()
	const most = 200
	w := few(t, most)
	b := w.Browser(t)
	signIn(w, b, "portal", "trusted-profile", "ordinary")
	served := 0
	for range 8 {
		b.Get(w.At("portal") + "/begin")
		for range most - 20 {
			if b.Get(w.At("portal")+"/ways").Status != http.StatusOK {
				break
			}
			served++
		}
	}
	if served < most-40 || served > most+40 {
		t.Errorf("%d requests of one person were served where %d are the most", served, most)
	}
}

// Who is logged in goes on while their address is refused, whichever replica they come to: also to one that has never seen them.
func TestWhoIsLoggedInGoesOnAtEveryReplica(t *testing.T) {
	t.Parallel()
	const most = 200
	w := few(t, most, hubtest.WithReplicas(2))
	b := w.Browser(t)
	signIn(w, b, "portal", "trusted-profile", "ordinary")
	for i := range 2 {
		w.Use(i)
		nobody := w.Browser(t) // a connection of its own
		for range 2 * most {
			nobody.Get(w.Issuer + "/help")
		}
		if page := nobody.Get(w.Issuer + "/help"); page.Status != http.StatusTooManyRequests {
			t.Fatalf("replica %d lets nobody in particular go on: %d", i, page.Status)
		}
		me := w.Browser(t)
		me.Jar = b.Jar
		for n := range 60 {
			if page := me.Get(w.At("portal") + "/ways"); page.Status != http.StatusOK {
				t.Fatalf("replica %d, request %d of who is logged in: %d", i, n, page.Status)
			}
		}
	}
}
