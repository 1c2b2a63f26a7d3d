package standingtest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Levels.md §1, features S03: what somebody was enrolled for on the word of an application for a first
// identity card is suspended when the register tells that it came to nothing.
func TestAFirstIDCardIsRefused(t *testing.T) {
	t.Parallel()
	often := hubtest.WithSettings(func(s map[string]any) { s["registers"].(map[string]any)["poll"] = "50ms" })
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		find(clerk, "08300190078")
		compared(clerk)
		at := clerk.Page.URL.String()
		second.Get(at)
		if page := second.Click("reject"); page.Refused() != "no_reason" || !page.Has("accept") {
			t.Errorf("refused without a reason, the case stands so:\n%s", page.Text())
		}
		second.Pick("why", "pressure")
		if page := second.Click("accept"); page.Refused() != "reason_given" || !page.Has("accept") {
			t.Errorf("agreed with a reason to refuse chosen, the case stands so:\n%s", page.Text())
		}
		second.Click("accept")
		clerk.Get(at)
		signed(clerk)
		clerk.Click("hand-over")
		phone := visit.ToTheKey(t, w, clerk, "01 10 2008")
		device := enrolledtest.NewDevice()
		if page := phone.MakeKey(device); !page.Has("show-codes") {
			t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
		}
		w.Country.Registers.Refuse("first-id")
		hubtest.Eventually(t, "the key is suspended", func() bool {
			login := w.Browser(t)
			rp.Authorize(login, "scope", "openid")
			login.Click("means-" + hubtest.MeansPhone)
			page := login.Tap(device)
			return !page.Has("approve") && !rp.Landed(page)
		})
		if page := clerk.Get(at); !page.Has("step-ended") {
			t.Errorf("the clerk sees:\n%s", page.Text())
		}
	}, often)
}
