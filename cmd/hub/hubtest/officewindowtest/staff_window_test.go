package officewindowtest

import (
	"os"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// The pages of those who lead an office and of who watches over all of them: each says its
// title, and nothing has to be pushed aside to be read at an old office computer.
func TestTheStaffsPages(t *testing.T) {
	t.Parallel()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := visit.Open(t, visit.Clinic())
	visit.Find(visit.Desk(t, w, "clerk-1"), visit.Ordinary) // a case is under way
	for _, language := range spoken("ar", catalogue.Codes()...) {
		t.Run(language, func(t *testing.T) {
			for _, one := range [][4]string{
				{"admin-1", "team", "desk.team.title", "desk.team.cases"}, {"auditor-1", "security", "desk.security.title", "desk.security.text"},
				{"clerk-2", "handbook", "desk.handbook.title", "desk.handbook.takeup"},
			} {
				b := counter(t, w, language, one[0])
				b.show("start")
				b.Click(one[1])
				if title, want := plain(b.TextAt("h1")), plain(b.words.Text(one[2])); !strings.Contains(title, want) {
					t.Errorf("%s reads %q, and not %q", one[1], title, want)
				}
				if wide := hubtest.Look[int](b.Chromium, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
					t.Errorf("%s is %d px wider than the window", one[1], wide)
				}
				b.says(one[3])
				b.show(one[1])
			}
			if os.Getenv("SCREENSHOTS") != "" {
				theRest(t, language)
				theTimeAfter(t, language)
				rare(t, language)
				takenUp(t, language)
				withheld(t, language)
			}
		})
	}
}

// Who works in two offices chooses one by the keyboard, and another later, without a script; and the first page names
// the positions of that one alone.
func TestTheOfficeIsChosenByKeyboard(t *testing.T) {
	for _, language := range spoken("pl", "ar") {
		t.Run(language, func(t *testing.T) {
			w := visit.Open(t, visit.Clinic())
			w.WorksToo(t, "clerk-1", staff.EnrolmentClerk)
			clerk := counter(t, w, language, "clerk-1")
			clerk.says("desk.office.text")
			clerk.show("offices")
			for _, one := range [][2]string{{hubtest.OtherOffice, "9"}, {hubtest.RoomOffice, "7"}} {
				clerk.Tab("office-" + one[0])
				clerk.Enter()
				clerk.Wait("find")
				if at := hubtest.Look[string](clerk.Chromium, `[...document.querySelectorAll("#station option")].map(o => o.value).filter(v => v).join()`); at != one[1] {
					t.Errorf("positions %q at %s", at, one[0])
				}
				clerk.show("start-" + one[1])
				clerk.Tab("change-office")
				clerk.Enter()
				clerk.says("desk.office.now")
			}
		})
	}
}

// WCAG 2.2 §3.3.1: where the page is long the keyboard is in the field that is wrong, and the reason can be seen beside it.
func TestWhatIsWrongWithTheHoursIsSaidBesideThem(t *testing.T) {
	for _, language := range spoken("pl", "ar") {
		t.Run(language, func(t *testing.T) {
			w := visit.Open(t, visit.Clinic())
			boss := counter(t, w, language, "admin-1")
			boss.Open(w.At("desk") + "/team/positions")
			hubtest.Look[bool](boss.Chromium, `(document.getElementById("from-6").value = "13:00", document.getElementById("to-6").value = "09:00") !== ""`)
			boss.Click("rule")
			boss.says("desk.refused.hours")
			if at := hubtest.Look[string](boss.Chromium, `document.activeElement.id`); at != "to-6" {
				t.Errorf("the keyboard is at %q", at)
			}
			boss.inSight("refused", "to-6")
			boss.show("hours-refused")
		})
	}
}
