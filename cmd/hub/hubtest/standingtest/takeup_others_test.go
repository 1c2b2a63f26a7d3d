package standingtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/staff"
)

// another is a clerk who enrolled nobody.
func another(t *testing.T, w *hubtest.World) *hubtest.Browser {
	t.Helper()
	employed(t, w, "officer-1", staff.EnrolmentClerk)
	return desk(t, w, "officer-1")
}

// takesUp takes up the first of what waits, which is the key.
func takesUp(t *testing.T, clerk *hubtest.Browser) {
	t.Helper()
	if !clerk.Page.Has("take-up") {
		t.Fatalf("nothing to take up at %s:\n%s", clerk.Page.URL, clerk.Page.Text())
	}
	clerk.Tick("way-0")
	if page := clerk.Click("take-up"); !page.Has("taken-up") {
		t.Fatalf("not taken up:\n%s", page.Text())
	}
}

// copied puts a key in doubt: a copy of it was used after it.
func copied(t *testing.T, w *hubtest.World, rp *hubtest.RP, device *enrolledtest.Device) (double *enrolledtest.Device) {
	t.Helper()
	double = device.Clone()
	if !logsIn(w, rp, w.Browser(t), device) || logsIn(w, rp, w.Browser(t), double) || logsIn(w, rp, w.Browser(t), device) {
		t.Fatal("the copy logs in, or what was copied is not in doubt")
	}
	return double
}

// Means.md §4.7: a key whose count went back works again when its owner shows it at an office; its copy never does, and
// puts it in doubt anew.
func TestAKeyInDoubtIsTakenUpInAVisit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		double := copied(t, w, rp, device)
		own := desk(t, w, "clerk-1")
		if page := find(own, "80030990173"); page.Has("ways-stopped") {
			t.Errorf("of somebody who holds nothing:\n%s", page.Text())
		}
		own.Get(w.At("desk"))
		if page := find(own, ordinary); !strings.Contains(page.TextOf("ways-stopped"), "another clerk") {
			t.Errorf("the clerk who gave it out is told:\n%s", page.Text())
		}
		visit.Compared(own)
		if page := visit.Signed(own); !page.Has("way-0") || page.Has("take-up") || !strings.Contains(page.Text(), "from "+w.Now().Format(time.DateOnly)) {
			t.Fatalf("to the clerk who gave it out:\n%s", page.Text())
		}
		if all := own.Page.Options("ending"); all[0] != "other_takes_up" {
			t.Errorf("it ends because of %v", all)
		}
		if page := own.Click("cancel-case"); !page.Has("step-ended") || !strings.Contains(page.TextOf("ended-why"), "Another clerk") {
			t.Errorf("sent to another clerk, it says:\n%s", page.Text())
		}
		clerk := another(t, w)
		if page := find(clerk, ordinary); !strings.Contains(page.TextOf("ways-stopped"), "form is signed") || slices.Contains(page.Options("ending"), "other_takes_up") {
			t.Errorf("another clerk is told:\n%s", page.Text())
		}
		visit.Compared(clerk)
		if page := visit.Signed(clerk); page.Has("way-1") {
			t.Errorf("more than the key waits:\n%s", page.Text())
		}
		takesUp(t, clerk)
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Error("what was taken up does not log in")
		}
		if logsIn(w, rp, w.Browser(t), double) || logsIn(w, rp, w.Browser(t), device) {
			t.Error("after the visit the copy logs in, or nobody notices it")
		}
	})
}

// Means.md R-ENR-12, §4.7: what a minor was given is taken up with a guardian there and a second clerk's word alone.
func TestAMinorsKeyIsTakenUpWithTheGuardian(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		first := desk(t, w, "clerk-1")
		find(first, minor)
		first.Fill("number", guardian)
		first.Click("guard")
		agreed(t, w, first)
		device := finishBy(t, w, first, minorEnd)
		copied(t, w, rp, device)
		clerk := another(t, w)
		if page := find(clerk, minor); !page.Has("step-guardian") || page.Has("take-up") {
			t.Errorf("a minor alone:\n%s", page.Text())
		}
		clerk.Fill("number", guardian)
		if page := clerk.Click("guard"); page.Has("take-up") {
			t.Errorf("before anybody decided:\n%s", page.Text())
		}
		agreedToSign(t, w, clerk)
		takesUp(t, clerk)
		if !logsIn(w, rp, w.Browser(t), device) {
			t.Error("what was taken up does not log the child in")
		}
	})
}

// Means.md R-PER-09, §4.7: somebody without a national number is found again by their document, and what they hold is
// taken up: to services they are who they were.
func TestAForeignersKeyIsTakenUpByTheDocument(t *testing.T) {
	t.Parallel()
	eachWith(t, mayKnowNumbers, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		found := func(b *hubtest.Browser) {
			t.Helper()
			byDocument(b, "residence_permit", "POL", "RPX7700012")
			if page := readAs(b); !page.Has("document-note") {
				t.Fatalf("what was read:\n%s", page.Text())
			}
		}
		first := desk(t, w, "clerk-1")
		found(first)
		agreed(t, w, first)
		device := finishBy(t, w, first, "0012")
		sub, number := told(t, w, rp, device)
		copied(t, w, rp, device)
		clerk := another(t, w)
		found(clerk)
		agreedToSign(t, w, clerk)
		takesUp(t, clerk)
		if again, same := told(t, w, rp, device); again != sub || same != number || !strings.HasPrefix(number, "LOCPL-") {
			t.Errorf("the same person: %v, told %q before and %q after", again == sub, number, same)
		}
	})
}

// Means.md §4.3: a second clerk who agreed reads what the clerk does next, and where only what was stopped is taken up again
// no code is among it.
func TestWhoAgreedReadsWhatComesNext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		copied(t, w, rp, enrol(t, w, "clerk-1"))
		clerk, second := another(t, w), desk(t, w, "clerk-2")
		for only, says := range map[bool]string{false: "hands over the code", true: "No code is given out"} {
			clerk.Get(w.At("desk"))
			find(clerk, ordinary)
			at := clerk.Page.URL.String()
			clerk.Pick("doubt", "story")
			if only {
				clerk.Tick("takes-up")
			}
			compared(clerk)
			second.Get(at)
			if page := second.Click("accept"); !strings.Contains(page.TextOf("watch-text"), says) {
				t.Errorf("only that: %v, after agreeing:\n%s", only, page.Text())
			}
			clerk.Get(at)
			clerk.Click("cancel-case")
		}
	})
}
