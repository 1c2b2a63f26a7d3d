package standingtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.2 (security officer: read audit, sample review, suspend an enrolment): an officer finds a case, says why
// and reads what happened in it, without a name or a number; draws a sample and records what they found. Nobody
// else gets any of it, and the office's clerks' pages are not theirs.
func TestAnOfficerReadsAndSamples(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		enrol(t, w, "clerk-1")
		at, officer := w.At("desk"), w.Browser(t)
		officer.SignIn(at, "auditor-1")
		officer.Click("security")
		officer.Click("filed")
		officer.Pick("office", hubtest.RoomOffice)
		page := officer.Click("show")
		cases := page.IDs("case-")
		if len(cases) != 1 || !page.Has("clerk") {
			t.Fatalf("%d cases:\n%s", len(cases), page.Text())
		}
		page = officer.Click(cases[0])
		trail := page.URL.Path
		if !page.Has("open") || strings.Contains(page.Body, "<tbody>") {
			t.Fatalf("before a reason was given:\n%s", page.Text())
		}
		if page := officer.Get(at + strings.Replace(trail, "/security", "", 1)); page.Status != http.StatusForbidden {
			t.Errorf("the clerk's page of the case: %d", page.Status)
		}
		officer.Get(at + trail)
		page = reads(officer)
		if page.Has("open") || !strings.Contains(page.Text(), "What the register answered") || strings.Count(page.Body, "<tr>") < 8 {
			t.Fatalf("after it:\n%s", page.Text())
		}
		for _, words := range []string{"The register knows this person", "Somebody complained", "To be used at the desk", "The three digits were right", "What the citizen logs in with was made", "maker", "Document shown: ID card", "Ticked: “The person in front of me"} {
			if !strings.Contains(page.Text(), words) {
				t.Errorf("it does not say %q:\n%s", words, page.Text())
			}
		}
		if strings.Contains(page.Text(), "digits missing") || strings.Contains(page.Text(), "packed") {
			t.Errorf("one line contradicts another, or is for specialists alone:\n%s", page.Text())
		}
		if strings.Contains(page.Text(), "Something else") {
			t.Errorf("something is told without words:\n%s", page.Text())
		}
		for _, private := range []string{"Konstanty", "Brzeziński", "K. B.", ordinary, "87022290019", "ZZP1"} {
			if strings.Contains(page.Body, private) {
				t.Errorf("it says %q", private)
			}
		}
		officer.Get(at + "/security")
		if page = officer.Click("draw"); page.Has("draw") || page.URL.Fragment != "sample" || !page.Has("sample") {
			t.Errorf("the next sample may be drawn before this one is looked through")
		}
		sample := page.IDs("sample-")
		if len(sample) != 1 {
			t.Fatalf("%d drawn:\n%s", len(sample), page.Text())
		}
		officer.Click(sample[0])
		officer.Tick("outcome-fine")
		if page = officer.Click("judge"); page.Has("judge") || page.Refused() != "" || page.URL.Fragment != "outcome" || !strings.Contains(page.TextOf("outcome"), "Nothing wrong") {
			t.Errorf("after the outcome: %s", page.URL)
		}
		if page = officer.Click("to-next"); page.URL.Fragment != "sample" || !page.Has("sample") {
			t.Errorf("to the next one leads %s", page.URL)
		}
		if page = officer.Get(at + "/security"); !page.Has("draw") || page.Has("undrawn") || !strings.Contains(page.Text(), "Nothing wrong") {
			t.Errorf("afterwards:\n%s", page.Text())
		}
		if page = officer.Click("draw"); !page.Has("undrawn") || len(page.IDs("sample-")) != 1 {
			t.Errorf("with nothing left to draw:\n%s", page.Text())
		}
		for _, member := range []string{"clerk-1", "clerk-2", "admin-1"} {
			b := desk(t, w, member)
			_, own := b.Form("log-out")
			for _, path := range []string{"/security/cases", trail} {
				if page := b.Get(at + path); page.Status != http.StatusForbidden {
					t.Errorf("%s reads %s: %d", member, path, page.Status)
				}
			}
			for _, path := range []string{trail + "/open", trail + "/outcome", "/security/sample"} {
				if page := b.Post(at+path, url.Values{"token": own["token"], "why": {"sample"}, "outcome": {"fine"}}, at); page.Status < 400 {
					t.Errorf("%s does %s: %d", member, path, page.Status)
				}
			}
		}
	})
}
