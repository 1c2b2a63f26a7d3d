package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

const restricted = "88071290029"

// Means.md §4.3: the clerk reads at "compare" that the register restricted a national number, and what to do; a second
// clerk decides, who reads it, too.
func TestARestrictedNumberIsShown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		page := find(clerk, restricted)
		at := page.URL.String()
		if !page.Has("number-restricted") || !strings.Contains(page.TextOf("number-restricted"), "A second clerk decides") {
			t.Fatalf("the clerk does not read it:\n%s", page.Text())
		}
		compared(clerk)
		if page := second.Get(at); !page.Has("accept") || !page.Has("number-restricted") || !strings.Contains(page.TextOf("flags"), "national number is restricted") {
			t.Fatalf("the second clerk does not:\n%s", page.Text())
		}
		second.Click("accept")
		if page := clerk.Get(at); !page.Has("print") {
			t.Errorf("it bars the enrolment:\n%s", page.Text())
		}
		clerk.Get(w.At("desk"))
		if page := find(clerk, ordinary); !page.Has("photo") || page.Has("number-restricted") || page.Has("no-photo") {
			t.Errorf("of everybody else, too:\n%s", page.Text())
		}
	})
}

// Means.md §4.3: where the register has no photo the page shows none, and asks for other checks.
func TestTheRegisterHasNoPhoto(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		if err := w.Country.Registers.Switches.Set("no_photo", "on"); err != nil {
			t.Fatal(err)
		}
		clerk := desk(t, w, "clerk-1")
		page := find(clerk, ordinary)
		if page.Has("photo") || !page.Has("no-photo") || page.Has("check-photo_likeness") || !page.Has("check-document_likeness") || !page.Has("check-second_proof") {
			t.Fatalf("compared with what is not there:\n%s", page.Text())
		}
		if page := compared(clerk); !page.Has("step-review") || !strings.Contains(page.TextOf("flags"), "no photo to compare with") {
			t.Errorf("no second clerk is asked:\n%s", page.Text())
		}
	})
}

// Means.md §4.3: a register tells that somebody's name changed whom this hub does not know; a desk that they come to
// in the same week hears of it.
func TestAChangeOfSomebodyUnknownReachesTheDesk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		w.Country.Registers.Rename("twin-a", "Nowakowska-Zmieniona")
		hubtest.Eventually(t, "the hub has heard of it", func() bool { return hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM unknown_changes") == 1 })
		clerk := desk(t, w, "clerk-1")
		find(clerk, "91050390124")
		if page := compared(clerk); !page.Has("step-review") || !strings.Contains(page.TextOf("flags"), "changed within a week") {
			t.Errorf("nobody is told:\n%s", page.Text())
		}
	}, hubtest.WithSettings(func(s map[string]any) { s["registers"].(map[string]any)["poll"] = "50ms" }))
}

// Means.md §4.3: who was looked up by a number that they had before is shown with the one they have, and the clerk reads why it is
// another one than they typed.
func TestAnEarlierNumberIsSaid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		for number, former := range map[string]bool{"80030990012": true, ordinary: false} {
			page := find(clerk, number)
			if !page.Has("step-compare") || page.Has("former") != former || former && !strings.Contains(page.Text(), "80030990173") {
				t.Errorf("found by %s:\n%s", number, page.Text())
			}
			clerk.Get(w.At("desk"))
		}
	})
}
