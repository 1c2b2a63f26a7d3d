package officetest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// Screens.md: who waits at the desk for a colleague has a page that looks again by itself. Attacks SE-08: its looking is
// nobody's activity, so that a desk that was left is closed as any other.
func TestAPageThatWaitsAtTheDeskLooksAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		if !strings.Contains(second.Page.Body, `http-equiv="refresh" content="10; url=/?again=1"`) {
			t.Errorf("the second clerk's list stands still:\n%s", second.Page.Text())
		}
		if strings.Contains(clerk.Page.Body, `http-equiv="refresh"`) {
			t.Error("a page with something to type in is loaded anew")
		}
		find(clerk, ordinary)
		clerk.Tick("mismatch")
		at := compared(clerk).URL.String()
		if !clerk.Page.Has("step-review") || !strings.Contains(clerk.Page.Body, `content="10; url=`+clerk.Page.URL.Path+`?again=1"`) {
			t.Fatalf("the first clerk's page stands still at %s:\n%s", at, clerk.Page.Text())
		}
		if page := second.Get(w.At("desk") + "/?again=1"); len(page.IDs("case-")) != 1 {
			t.Errorf("looking again, the second clerk sees:\n%s", page.Text())
		}
		w.Shift(3 * time.Minute)
		if page := clerk.Get(at + "?again=1"); page.Status != http.StatusOK {
			t.Fatalf("looking again: %d", page.Status)
		}
		if page := second.Get(w.At("desk") + "/?again=1"); page.Status != http.StatusOK {
			t.Fatalf("looking again: %d", page.Status)
		}
		w.Shift(3 * time.Minute)
		if page := clerk.Get(at + "?again=1"); page.Status != http.StatusUnauthorized {
			t.Errorf("a page that looks by itself keeps a session alive: %d", page.Status)
		}
		if page := second.Get(w.At("desk") + "/?again=1"); page.Status != http.StatusUnauthorized {
			t.Errorf("a list that looks by itself keeps a session alive: %d", page.Status)
		}
	})
}
