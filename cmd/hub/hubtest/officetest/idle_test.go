package officetest

import (
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/store"
)

// Features H24: what a page fetches by itself keeps nobody logged in at the desk: not the photo that it shows, and not
// itself when it comes anew.
func TestWhatAPageFetchesByItselfKeepsNobodyLoggedIn(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic(), hubtest.WithDialect(store.SQLite))
	for _, path := range []string{"/photo", "/state", "?again=1"} {
		clerk := visit.Desk(t, w, "clerk-1")
		if page := visit.Find(clerk, visit.Ordinary); !page.Has("photo") {
			t.Fatalf("no photo:\n%s", page.Text())
		}
		at := clerk.Page.URL.String()
		w.Shift(3 * time.Minute)
		if page := clerk.Get(at + path); page.Status != 200 {
			t.Errorf("%s: %d", path, page.Status)
		}
		w.Shift(3 * time.Minute)
		if page := clerk.Get(at); page.Has("photo") || !page.Has("log-in") {
			t.Errorf("%s: somebody is logged in six minutes later", path)
		}
		again := visit.Desk(t, w, "clerk-1")
		again.Get(at)
		again.Pick("ending", "citizen_left")
		again.Click("cancel-case")
	}
}

// Whoever was logged in at the desk reads why they are not any more, and comes back to where they were.
func TestADeskSaysThatItLoggedSomebodyOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		if page := w.Browser(t).Get(w.At("desk")); !page.Has("log-in") || page.Has("was-logged-in") || page.Has("lost") {
			t.Errorf("a stranger reads:\n%s", page.Text())
		}
		clerk := desk(t, w, "clerk-1")
		at := find(clerk, ordinary).URL.String()
		w.Shift(6 * time.Minute)
		if page := clerk.Get(at); !page.Has("was-logged-in") {
			t.Errorf("after six minutes:\n%s", page.Text())
		}
	})
}
