package officetest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// Screens.md: who waits at the desk for a colleague has a page that looks again by its script, and by a link where none
// runs; no page takes away by itself what somebody is reading (WCAG 2.2 §2.2.1). Attacks SE-08: its looking is nobody's
// activity, so that a desk that was left is closed as any other.
func TestAPageThatWaitsAtTheDeskLooksAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		if !strings.Contains(second.Page.Body, `data-again="/?again=1"`) || !second.Page.Has("refresh") {
			t.Errorf("the second clerk's list stands still:\n%s", second.Page.Text())
		}
		find(clerk, ordinary)
		clerk.Tick("mismatch")
		at := compared(clerk).URL.String()
		if !clerk.Page.Has("step-review") || !strings.Contains(clerk.Page.Body, `data-again="`+clerk.Page.URL.Path+`?again=1"`) || !clerk.Page.Has("refresh") {
			t.Fatalf("the first clerk's page stands still at %s:\n%s", at, clerk.Page.Text())
		}
		for _, page := range []*hubtest.Page{clerk.Page, second.Page} {
			if strings.Contains(page.Body, `http-equiv="refresh"`) {
				t.Error("a page is loaded anew by itself")
			}
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
