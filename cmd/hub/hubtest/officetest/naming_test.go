package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
)

// Attacks IN-05, EN-05: naming a colleague is no way to look people up. For a role that the page may not
// give no register is asked; and whoever asks again and again is locked, with the questions on record.
func TestAttack_IN_05_EN_05_NamingIsNoLookUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss := desk(t, w, "admin-1")
		name := func(number, role string) string {
			boss.Get(w.At("desk") + "/team")
			boss.Fill("number", number)
			action, form := boss.Form("appoint")
			form.Set("role", role)
			return boss.Post(action, form, w.At("desk")).Refused()
		}
		for _, number := range []string{ordinary, "44051401359"} {
			if got := name(number, "local_administrator"); got != "second" {
				t.Errorf("for a role that is not the page's to give: %q", got)
			}
		}
		for range staff.Namings {
			if got := name("44051401359", "enrolment_clerk"); got != "not_found" {
				t.Fatalf("a number that nobody has: %q", got)
			}
		}
		if got := name("44051401359", "enrolment_clerk"); got == "not_found" {
			t.Error("the register is asked without an end")
		}
		if page := boss.Get(w.At("desk") + "/team"); page.Has("appoint") {
			t.Errorf("whoever asked too often still names people:\n%s", page.Text())
		}
	})
}

// Whoever was appointed is named at once: the number was all that their administrator had of them. It is not said of an
// address that names nobody, or somebody else's office.
func TestWhoWasNamedIsRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss := desk(t, w, "admin-1")
		if page := boss.Get(w.At("desk") + "/team?named=0"); page.Has("named") {
			t.Errorf("nobody was named:\n%s", page.TextOf("named"))
		}
		boss.Fill("number", "91050390124")
		page := boss.Click("appoint")
		if said := page.TextOf("named"); !strings.Contains(said, "Enrolment clerk") || !strings.Contains(said, "a security key or a passkey") || strings.Contains(page.URL.String(), "91050390124") {
			t.Errorf("after somebody was named, at %s: %q", page.URL, said)
		}
	})
}

// Means.md R-PER-09: nobody under eighteen works at a desk: the number alone, typed wrongly, appoints no child.
func TestR_PER_09_NobodyUnderEighteenIsAppointed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss := desk(t, w, "admin-1")
		boss.Get(w.At("desk") + "/team")
		boss.Fill("number", minor)
		page := boss.Click("appoint")
		if page.Refused() != "clerk_age" || !marked(page.Need(t, "number"), "aria-invalid") || page.Has("named") {
			t.Errorf("a child is appointed (%q):\n%s", page.Refused(), page.Text())
		}
		boss.Fill("number", "40011590053")
		if page := boss.Click("appoint"); page.Refused() != "clerk_deceased" || page.Has("named") {
			t.Errorf("who has died is appointed (%q):\n%s", page.Refused(), page.Text())
		}
		members, err := w.Replicas[0].Hub.Desks().Staff.In(t.Context(), hubtest.RoomOffice)
		if err != nil || len(members) == 0 {
			t.Fatal(err)
		}
		for _, m := range members {
			if strings.Contains(m.Name.Reveal(), "Jagod") {
				t.Error("a child works here")
			}
		}
	})
}
