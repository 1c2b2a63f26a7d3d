package officetest

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"symbolon/cmd/hub/hubtest"
)

// Screens.md: one missing tick, or a document's number with a slip, costs the clerk nothing else of the form: what was
// ticked and typed stands in the page that says what is wrong, and in no address.
func TestWhatIsRefusedAtTheDeskStaysInTheForm(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		if page := find(clerk, "8702229001"); page.Refused() != "number" || valueOf(t, page, "number") != "8702229001" || strings.Contains(page.URL.String(), "8702229001") {
			t.Errorf("a number with a digit too few, at %s:\n%s", page.URL, page.Text())
		}
		if page := find(clerk, "44051401458"); page.Refused() != "not_found" || valueOf(t, page, "number") != "44051401458" {
			t.Errorf("a number that nobody has, at %s:\n%s", page.URL, page.Text())
		}
		if page := byDocument(clerk, "passport", "Atl", "AB 123-4567"); page.Refused() != "document_number" || valueOf(t, page, "document") != "AB 123-4567" ||
			valueOf(t, page, "country") != "Atl" || !marked(page.Need(t, "by-document"), "open") || strings.Contains(page.URL.String(), "4567") {
			t.Errorf("a document's number, at %s:\n%s", page.URL, page.Text())
		}
		clerk.Get(w.At("desk"))
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		checks := clerk.Page.IDs("check-")
		for _, id := range checks[1:] {
			clerk.Tick(id)
		}
		for _, id := range []string{"mismatch", "helper"} {
			clerk.Tick(id)
		}
		clerk.Pick("doubt", "pressure")
		page := clerk.Click("compared")
		if page.Refused() != "checks" || !page.Has("step-compare") {
			t.Fatalf("with one tick missing, at %s:\n%s", page.URL, page.Text())
		}
		for _, id := range append(checks[1:], "mismatch", "helper") {
			if !marked(page.Need(t, id), "checked") {
				t.Errorf("%s is no longer ticked", id)
			}
		}
		if marked(page.Need(t, checks[0]), "checked") {
			t.Error("what nobody ticked is ticked")
		}
		if form := doubtIn(clerk, "compared"); form != "pressure" {
			t.Errorf("the doubt is %q now", form)
		}
		if page := clerk.Get(at); marked(page.Need(t, checks[1]), "checked") {
			t.Error("what was ticked is kept somewhere")
		}
	})
}

// valueOf is what a field holds.
func valueOf(t *testing.T, page *hubtest.Page, id string) string {
	t.Helper()
	return valueAt(page.Need(t, id), "value")
}

func valueAt(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func marked(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func doubtIn(b *hubtest.Browser, button string) string {
	_, form := b.Form(button)
	return form.Get("doubt")
}
