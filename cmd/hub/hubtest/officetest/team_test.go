package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.2: a local administrator removes a colleague after a question that says what it means; who is removed is at
// no desk any more.
func TestAColleagueIsRemoved(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, boss := desk(t, w, "clerk-1"), desk(t, w, "admin-1")
		page := boss.Click("team")
		before := page.IDs("ends-")
		asked := page.IDs("end-")
		if len(before) == 0 || len(before) != len(asked) {
			t.Fatalf("%d buttons, %d questions:\n%s", len(before), len(asked), page.Text())
		}
		for range before {
			page = boss.Click(page.IDs("ends-")[0])
			if page.Refused() != "" {
				t.Fatalf("refused at %s:\n%s", page.URL, page.Text())
			}
		}
		if len(page.IDs("ends-")) != 0 {
			t.Errorf("removed, and still there:\n%s", page.Text())
		}
		if page := clerk.Get(w.At("desk")); page.Has("number") {
			t.Errorf("who was removed goes on:\n%s", page.Text())
		}
	})
}

// Means.md R-ENR-01: the citizen reads the staff number of who looked at their data, and asks the office, which finds there
// by it who that was.
func TestTheOfficeKnowsWhoseNumberTheCitizenRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, boss, me := desk(t, w, "clerk-1"), desk(t, w, "admin-1"), w.Browser(t)
		find(clerk, ordinary)
		me.Get(w.At("portal") + "/begin")
		me.Choose("trusted-profile")
		me.Be("ordinary")
		looked := me.Get(w.At("portal") + "/looked").Text()
		page := boss.Click("team")
		var found []string
		for _, id := range page.IDs("staff-") {
			if number := page.TextOf(id); len(number) == 8 && strings.Contains(looked, number) {
				found = append(found, page.TextOf(strings.Replace(id, "staff-", "name-", 1)))
			}
		}
		if !strings.Contains(page.Text(), "Staff number") || len(found) != 1 || !strings.Contains(found[0], "Bożena") {
			t.Errorf("the number is that of %q:\n%s\n%s", found, looked, page.Text())
		}
	})
}

// Attacks IN-02: an administrator reads beside the limits that they lock, and whoever reaches one reads once that they are
// locked, and by whom they are let in again.
func TestAttack_IN_02_ALimitSaysThatItLocks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, boss := desk(t, w, "clerk-1"), desk(t, w, "admin-1")
		page := boss.Get(w.At("desk") + "/team/positions")
		if !strings.Contains(page.TextOf("quota-locks"), "is locked at once") {
			t.Errorf("of the limits: %q", page.TextOf("quota-locks"))
		}
		boss.Fill("look-ups", "1")
		boss.Click("rule")
		find(clerk, ordinary)
		clerk.Click("cancel-case")
		clerk.Get(w.At("desk"))
		if page := find(clerk, ordinary); page.Refused() != "cap" || page.Has("locked") || !strings.Contains(page.TextOf("refused"), "a local administrator or a security officer") {
			t.Errorf("at the limit (%q):\n%s", page.Refused(), page.Text())
		}
		if page := clerk.Get(w.At("desk")); !page.Has("locked") || page.Has("refused") {
			t.Errorf("later:\n%s", page.Text())
		}
	})
}
