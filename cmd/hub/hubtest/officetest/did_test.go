package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// What a page says was done was done: a link that somebody sends makes none of them say it.
func TestALinkMakesNoPageSayThatSomethingWasDone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		if page := w.Browser(t).Get(w.Issuer + "/not-me/done"); page.Has("stopped") {
			t.Errorf("nothing was stopped, and a link says:\n%s", page.TextOf("main"))
		}
		boss := desk(t, w, "admin-1")
		if page := boss.Get(w.At("desk") + "/team/positions?kept=rules"); page.Has("kept") {
			t.Errorf("nothing was saved, and a link says %q", page.TextOf("kept"))
		}
		if page := boss.Get(w.At("desk") + "/team/positions?added=7"); page.Has("done") {
			t.Errorf("nothing was added, and a link says %q", page.TextOf("done"))
		}
		page := boss.Click("to-team")
		_, member, _ := strings.Cut(page.Body, `name="member" value="`)
		member, _, _ = strings.Cut(member, `"`)
		if page := boss.Get(w.At("desk") + "/team?done=" + member); page.Has("done") {
			t.Errorf("nothing was done to a colleague, and a link says %q", page.TextOf("done"))
		}
	})
}
