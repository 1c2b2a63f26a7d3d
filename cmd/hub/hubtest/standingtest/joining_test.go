package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/web/locale"
)

// Means.md §4.2, R-ENR-09: an officer who stops an enrolment reads in the trail of the case, in every language, that the
// tie between the two databases was used for it, and why; before that there is nothing of the kind.
func TestTheTrailOfACaseTellsOfJoinings(t *testing.T) {
	t.Parallel()
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, clinic())
	enrol(t, w, "clerk-1")
	officer := w.Browser(t)
	officer.SignIn(w.At("desk"), "auditor-1")
	officer.Get(w.At("desk") + "/security/cases")
	officer.Click(officer.Page.IDs("case-")[0])
	trail := reads(officer).URL.String()
	told := func(page *hubtest.Page, code string) bool {
		words := catalogue.Words(code)
		return strings.Contains(page.Text(), words.Text("desk.trail.joined")) && strings.Contains(page.Text(), words.Text("desk.joining.joined_device"))
	}
	if told(officer.Page, "en") {
		t.Fatalf("before anything was stopped:\n%s", officer.Page.Text())
	}
	officer.Pick("stop-why", "review")
	officer.Click("stop")
	for _, code := range catalogue.Codes() {
		if page := officer.Get(trail + "?lang=" + code); !told(page, code) {
			t.Errorf("in %s:\n%s", code, page.Text())
		}
	}
}
