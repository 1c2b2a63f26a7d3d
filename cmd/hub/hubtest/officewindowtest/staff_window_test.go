package officewindowtest

import (
	"os"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/web/locale"
)

// The pages of those who lead an office and of who watches over all of them: each says its
// title, and nothing has to be pushed aside to be read at an old office computer.
func TestTheStaffsPages(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := visit.Open(t, visit.Clinic())
	visit.Find(visit.Desk(t, w, "clerk-1"), visit.Ordinary) // a case is under way
	for _, language := range spoken("ar", catalogue.Codes()...) {
		t.Run(language, func(t *testing.T) {
			for _, one := range [][3]string{{"admin-1", "team", "desk.team.title"}, {"auditor-1", "security", "desk.security.title"}, {"clerk-2", "handbook", "desk.handbook.title"}} {
				b := counter(t, w, language, one[0])
				b.show("start")
				b.Click(one[1])
				if title, want := plain(b.TextAt("h1")), plain(b.words.Text(one[2])); !strings.Contains(title, want) {
					t.Errorf("%s reads %q, and not %q", one[1], title, want)
				}
				if wide := hubtest.Look[int](b.Chromium, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
					t.Errorf("%s is %d px wider than the window", one[1], wide)
				}
				b.show(one[1])
			}
			if os.Getenv("SCREENSHOTS") != "" {
				theRest(t, language)
			}
		})
	}
}
