package standingtest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Features H05: whoever has nothing but an ordinary phone from an office closes their account to further ways to log in.
func TestWhoHasAPhoneAloneClosesTheirAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		b := w.Browser(t)
		b.Get(w.At("portal") + "/begin")
		b.Choose(hubtest.MeansPhone)
		b.Tap(device)
		b.Get(w.At("portal") + "/new-ways")
		if !b.Page.Has("close") {
			t.Fatalf("at %s:\n%s", b.Page.URL, b.Page.Text())
		}
		if page := b.Click("close"); !page.Has("done") {
			t.Fatalf("not closed at %s:\n%s", page.URL, page.Text())
		}
	})
}
