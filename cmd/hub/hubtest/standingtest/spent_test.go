package standingtest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// Means.md §4.4, attacks OT-08, EN-01: after the end somebody shows the code once more. The clerk's page and the
// security officer's say so; the stranger reads what everybody reads whose code is worth nothing.
func TestAttack_OT_08_ACodeIsShownAfterTheEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at, number, code := clerk.Page.URL.String(), clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code")
		finish(t, w, clerk)
		if page := clerk.Get(at); !page.Has("step-done") || page.Has("alarm") {
			t.Fatalf("a case that went well:\n%s", page.Text())
		}
		shown := func(code string) string {
			phone := w.Browser(t)
			phone.Get(w.Issuer + "/e")
			phone.Fill("number", number)
			phone.Fill("code", code)
			return phone.Click("begin-typed").Text()
		}
		unknown := shown("AAAAA-AAAAA-1")
		if spent := shown(code); spent != unknown || spent == "" {
			t.Errorf("a spent code is answered by %q, an unknown one by %q", spent, unknown)
		}
		if page := clerk.Get(at); !page.Has("step-done") || !page.Has("alarm") {
			t.Errorf("the clerk is not told:\n%s", page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		if said := officer.Page.TextOf("watched"); !strings.HasSuffix(said, ": 1") {
			t.Errorf("the officer's first page says %q", said)
		}
		if page := officer.Click("security"); len(page.IDs("alarm-")) != 1 {
			t.Errorf("the security officer is not told:\n%s", page.Text())
		}
	})
}
