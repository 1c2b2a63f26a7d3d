package officetest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/staff"
)

// Attacks IN-05, IN-08 (insider): what a register said about a citizen is read by whoever asked for it and
// whoever decides about it, and stands on record; a colleague at the next window reads it nowhere.
func TestAttack_IN_05_TheNextWindow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		for _, m := range w.Country.Staff { // who only decides so far gets a window, too
			if m.Role == string(staff.ApprovingClerk) {
				w.Appoint(t, m.Number, staff.EnrolmentClerk)
			}
		}
		clerk, beside, auditor := desk(t, w, "clerk-1"), desk(t, w, "clerk-2"), w.Browser(t)
		auditor.SignIn(w.At("desk"), "auditor-1")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		nobodyElse := func(step string) {
			t.Helper()
			for who, b := range map[string]*hubtest.Browser{"a colleague": beside, "the auditor": auditor} {
				for _, path := range []string{"", "/form", "/photo"} {
					page := b.Get(at + path)
					if strings.Contains(page.Body, ordinary) || path != "" && page.Status < 400 {
						t.Errorf("%s: %s reads %q: %d", step, who, path, page.Status)
					}
				}
			}
		}
		nobodyElse("compared")
		if page := beside.Get(at); page.Has("name") || !page.Has("others") { // nor are there rows with nothing in them
			t.Errorf("what a colleague sees of it:\n%s", page.Text())
		}
		compared(clerk)
		clerk.Click("print")
		if page := clerk.Get(at + "/form"); page.Status != http.StatusOK || !strings.Contains(page.Body, ordinary) {
			t.Errorf("the clerk's own form: %d", page.Status)
		}
		nobodyElse("printed")
		clerk.Get(at)
		clerk.Click("signed")
		clerk.Click("hand-over")
		nobodyElse("handed over")
		finish(t, w, clerk)
		nobodyElse("active")
		if page := clerk.Get(at + "/form"); page.Status != http.StatusNotFound {
			t.Errorf("the form of a case that is done: %d", page.Status)
		}
	})
}

// Means.md §4.5, step 8: a list of codes that nobody has seen is no way back in, and its owner's page says so.
func TestCodesThatWereNeverShownAreNotCounted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := toTheKey(t, w)
		phone.Click("with-totp")
		phone.Fill("pin", "194638")
		phone.Fill("pin-again", "194638")
		phone.Fill("code", codeOf(t, w, phone.Page.TextOf("secret")))
		if page := phone.Click("make-key"); !page.Has("show-codes") {
			t.Fatalf("at the end:\n%s", page.Text())
		}
		me := w.Browser(t)
		me.Get(w.At("portal") + "/begin")
		me.Choose("trusted-profile")
		me.Be("ordinary")
		page := me.Get(w.At("portal") + "/devices")
		if len(page.IDs("unseen-")) != 1 || strings.Contains(page.Text(), "codes left") {
			t.Errorf("before they were shown:\n%s", page.Text())
		}
		phone.Click("show-codes")
		if page := me.Get(w.At("portal") + "/devices"); len(page.IDs("unseen-")) != 0 || !strings.Contains(page.Text(), "codes left: 10") {
			t.Errorf("after they were shown:\n%s", page.Text())
		}
	})
}

// Means R-STAT-01: a document that is reported while its holder sits at the desk is worth nothing at the
// next step, although it stood a moment before.
func TestADocumentReportedDuringTheVisit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		toSign(clerk, ordinary)
		w.Country.Registers.Report("ordinary", "", "stolen")
		if known, err := w.Replicas[0].Hub.Do(t.Context(), "register events"); err != nil || !known {
			t.Fatal(known, err)
		}
		if page := clerk.Click("hand-over"); page.Has("qr") || page.Refused() != "document" {
			t.Fatalf("a code for a stolen document at %s:\n%s", page.URL, page.Text())
		}
		w.Country.Registers.Report("ordinary", "", "valid")
		if known, err := w.Replicas[0].Hub.Do(t.Context(), "register events"); err != nil || !known {
			t.Fatal(known, err)
		}
		if page := clerk.Click("hand-over"); !page.Has("qr") {
			t.Fatalf("no code for a document that was found again:\n%s", page.Text())
		}
	})
}
