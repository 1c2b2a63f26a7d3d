package phonetest

import (
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// levels.md §1: for 30 days after somebody's document was reported stolen, what rests on no document does not
// reach high by itself; a second means makes up for it, and so does the document when it is found again.
func TestADocumentReportedSpeaksAgainstOtherMeans(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		atHigh := func() *hubtest.Browser {
			b := toPhone(t, w, rp, "scope", "openid profile", "acr_values", high)
			b.Tap(e.Device)
			return b
		}
		report := func(status string) {
			w.Country.Registers.Report("ordinary", "", status)
			if known, err := w.Replicas[0].Hub.Do(t.Context(), "register events"); err != nil || !known {
				t.Fatal(known, err)
			}
		}
		if b := atHigh(); !b.Page.Has("approve") {
			t.Fatalf("before: at %s:\n%s", b.Page.URL.Path, b.Page.Text())
		}
		for _, status := range []string{"stolen", "lost"} {
			report(status)
			b := atHigh()
			if b.Page.Has("approve") || !b.Page.Has("means-trusted-profile") {
				t.Fatalf("%s: at %s:\n%s", status, b.Page.URL.Path, b.Page.Text())
			}
			b.Choose("trusted-profile")
			if b.Be("ordinary"); !b.Page.Has("approve") {
				t.Errorf("%s: a second means does not help, at %s:\n%s", status, b.Page.URL.Path, b.Page.Text())
			}
			if b := toPhone(t, w, rp, "scope", "openid profile"); !b.Tap(e.Device).Has("approve") {
				t.Errorf("%s: less than high is refused, at %s", status, b.Page.URL.Path)
			}
			report("valid")
			if b := atHigh(); !b.Page.Has("approve") {
				t.Errorf("found again: at %s:\n%s", b.Page.URL.Path, b.Page.Text())
			}
		}
		report("stolen")
		w.Shift(30 * 24 * time.Hour)
		if atHigh().Page.Has("approve") {
			t.Error("it is forgotten on the 30th day")
		}
		w.Shift(24 * time.Hour)
		if b := atHigh(); !b.Page.Has("approve") {
			t.Errorf("on the 31st day: at %s:\n%s", b.Page.URL.Path, b.Page.Text())
		}
	})
}
