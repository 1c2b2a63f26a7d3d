package standingtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md R-ENR-01: the citizen reads in the portal who in an office looked at their data: the office and the
// position by name, the clerk by staff number alone, when, for what and in which case; of a case that came to nothing
// as well, and of a security officer's reading with its reason. Attacks PV-04: nobody else does.
func TestR_ENR_01_TheCitizenReadsWhoLooked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		me := w.Browser(t)
		enter(w, me, "ordinary")
		if page := me.Click("looked"); !page.Has("nobody") || len(page.IDs("look-")) != 0 {
			t.Fatalf("before anybody looked:\n%s", page.Text())
		}
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		clerk.Click("not-enough")
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		page := officer.Get(w.At("desk") + "/security/cases")
		officer.Click(page.IDs("case-")[0])
		reads(officer)

		page = me.Get(w.At("portal") + "/looked")
		looks := page.IDs("look-")
		if len(looks) != 2 {
			t.Fatalf("%d looks:\n%s", len(looks), page.Text())
		}
		text := page.Text()
		for _, want := range []string{"looked you up in the registers", "pokój 14", "stanowisko 7", "Staff number", "What for", "security officer", "Somebody complained", "Case"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said:\n%s", want, text)
			}
		}
		if strings.Contains(page.Body, ordinary) || strings.Contains(page.Body, "Okienkow") {
			t.Error("a number or a clerk's name is shown")
		}
		other := w.Browser(t)
		enter(w, other, "diacritics")
		for query, status := range map[string]int{
			"": http.StatusOK, "?before=ffffffffffffffffffffffffffffffff": http.StatusBadRequest, "?" + url.Values{"before": {strings.TrimPrefix(looks[0], "look-")}}.Encode(): http.StatusBadRequest,
		} {
			if page := other.Get(w.At("portal") + "/looked" + query); page.Status != status || len(page.IDs("look-")) != 0 {
				t.Errorf("somebody else reads (%d):\n%s", page.Status, page.Text())
			}
		}
		if page := w.Browser(t).Get(w.At("portal") + "/looked"); len(page.IDs("look-")) != 0 {
			t.Error("nobody in particular reads")
		}
	})
}

// enter logs somebody in at the portal.
func enter(w *hubtest.World, b *hubtest.Browser, person string) {
	b.Get(w.At("portal") + "/begin")
	b.Choose("trusted-profile")
	b.Be(person)
}
