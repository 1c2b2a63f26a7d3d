package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Attacks OT-06, features H24: who was there before began at the address of phones, on the counter's computer. The next
// one opens the page that the desk has for that computer, and goes on with nothing of theirs.
func TestAttack_OT_06_TheCountersPageAfterAnotherAddress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		counter := visit.ToTheKey(t, w, clerk, ordinaryEnd)
		counter.Click("with-paper")
		counter.Click("make-key")
		counter.Get(w.Issuer + "/e?at=counter")
		if !counter.Page.Has("resume") {
			return
		}
		if page := counter.Click("resume"); page.Has("show-codes") {
			if page = counter.Click("show-codes"); page.Has("codes") {
				t.Errorf("the next one at the counter reads the codes of the one before, at %s", page.URL)
			}
		}
	})
}

// Attacks OT-12: whoever comes next at the counter and types nonsense gets no codes; whose they are reads what to do, and the
// desk learns of it.
func TestAttack_OT_12_NonsenseAtTheCounterIsToldToTheDesk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		counter := visit.ToTheKey(t, w, clerk, ordinaryEnd)
		counter.Click("with-paper")
		counter.Click("make-key")
		counter.Get(w.Issuer + "/e?at=counter")
		page := counter.Click("resume")
		for range 5 {
			counter.Fill("answer", "9999")
			page = counter.Click("go-on")
		}
		if !strings.Contains(page.TextOf("refused"), "no try is left") || page.Has("show-codes") {
			t.Errorf("after five:\n%s", page.Text())
		}
		if page := clerk.Get(at); !page.Has("step-done") || !page.Has("alarm") {
			t.Errorf("the clerk reads:\n%s", page.Text())
		}
	})
}
