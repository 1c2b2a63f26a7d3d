package officetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// flagged says how many decisions about levels were made with a clerk's doubt among what they were made of.
func flagged(t *testing.T, w *hubtest.World) int {
	t.Helper()
	return hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM decisions WHERE inputs LIKE '%clerk_flag%'")
}

// levels.md §1: a clerk's doubt, with its reason, leads to a second clerk; it speaks against the citizen's
// logins at once, and after the decision up to a day.
func TestAClerksDoubt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		login := func() int {
			before := flagged(t, w)
			rp.As(t).Login(w.Browser(t), "ordinary")
			return flagged(t, w) - before
		}
		if login() != 0 {
			t.Fatal("a doubt before anybody had one")
		}
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		for _, id := range clerk.Page.IDs("check-") {
			clerk.Tick(id)
		}
		action, form := clerk.Form("compared")
		form.Set("doubt", "weather")
		if page := clerk.Post(action, form, w.At("desk")); page.Refused() != "doubt" || !page.Has("step-compare") {
			t.Fatalf("a doubt that is in no list: at %s:\n%s", page.URL, page.Text())
		}
		if doubt := doubtIn(clerk, "compared"); doubt != "" {
			t.Errorf("the doubt %q stands in the list", doubt)
		}
		clerk.Pick("doubt", "pressure")
		if page := compared(clerk); page.Has("print") || !strings.Contains(page.Text(), "Somebody seems to be pressuring them") {
			t.Fatalf("no second clerk is asked, at %s:\n%s", page.URL, page.Text())
		}
		if login() == 0 {
			t.Error("while nobody has decided, a login knows nothing of the doubt")
		}
		second := desk(t, w, "clerk-2")
		if asked := second.Page.IDs("asked-"); len(asked) != 1 || !strings.Contains(second.Page.TextOf(asked[0]), "stanowisko 7 , since") {
			t.Errorf("who decides reads neither where nor since when:\n%s", second.Page.Text())
		}
		if page := second.Get(at); !page.Has("reject") || !strings.Contains(page.Text(), "Somebody seems to be pressuring them") {
			t.Fatalf("the second clerk reads no reason:\n%s", page.Text())
		}
		if _, form := second.Form("reject"); form.Get("why") != "" {
			t.Errorf("a reason is chosen before anybody chose: %q", form.Get("why"))
		}
		second.Pick("why", "relative")
		if _, form := second.Form("reject"); form.Get("why") != "relative" {
			t.Errorf("no refusal because they are related: %q", form.Get("why"))
		}
		if page := second.Click("reject"); page.Refused() != "" {
			t.Fatalf("not refused, at %s", page.URL)
		}
		w.Shift(179 * 24 * time.Hour)
		if login() == 0 {
			t.Error("the doubt is over before its day")
		}
		w.Shift(2 * 24 * time.Hour)
		if login() != 0 {
			t.Error("the doubt is not over after its day")
		}
	})
}

// Means.md §4.3: who decides reads which document was shown, what was ticked and what was not, and may refuse because
// somebody presses the citizen. A colleague who does not decide reads none of it.
func TestTheSecondClerkReadsWhatTheFirstRecorded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second, beside := desk(t, w, "clerk-1"), desk(t, w, "clerk-2"), desk(t, w, "clerk-3")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		for _, id := range []string{"check-photo_likeness", "check-security_features", "mismatch", "helper"} {
			clerk.Tick(id)
		}
		if page := clerk.Click("compared"); !page.Has("step-review") || page.Has("recorded") {
			t.Fatalf("no second clerk is asked, at %s:\n%s", page.URL, page.Text())
		}
		if page := beside.Get(at); page.Has("recorded") {
			t.Errorf("a colleague reads what was recorded:\n%s", page.Text())
		}
		page := second.Get(at)
		for id, words := range map[string]string{
			"recorded-paper": "ID card ZZP100001", "recorded-photo_likeness": "✓", "recorded-security_features": "✓", "recorded-data_agree": "(not ticked)",
			"recorded-helper": "helps", "flags": "Document and register differ",
		} {
			if !page.Has(id) || !strings.Contains(page.TextOf(id), words) {
				t.Errorf("#%s does not say %q:\n%s", id, words, page.Text())
			}
		}
		if page.Has("recorded-guardian") || page.Has("recorded-retakes") || strings.Contains(page.TextOf("recorded-photo_likeness"), "not ticked") {
			t.Errorf("what nobody recorded:\n%s", page.Text())
		}
		second.Pick("why", "pressure")
		if page := second.Click("reject"); page.Refused() != "" || !page.Has("step-ended") {
			t.Errorf("not refused, at %s:\n%s", page.URL, page.Text())
		}
		if page := clerk.Get(at); !strings.Contains(page.TextOf("shown-why"), "Somebody presses them") {
			t.Errorf("the clerk does not read why:\n%s", page.Text())
		}
		if page := beside.Get(at); !page.Has("step-ended") || page.Has("ended-why") || page.Has("shown-why") {
			t.Errorf("a colleague reads why:\n%s", page.Text())
		}
	})
}

// A doubt that the second clerk does not share goes after 30 days; the citizen has what they came for.
func TestADoubtThatIsNotShared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		clerk.Pick("doubt", "story")
		compared(clerk)
		second.Get(at)
		second.Click("accept")
		if page := clerk.Get(at); !page.Has("print") {
			t.Fatalf("accepted, and it does not go on, at %s:\n%s", page.URL, page.Text())
		}
		rp.As(t).Login(w.Browser(t), "ordinary")
		if flagged(t, w) == 0 {
			t.Error("a doubt is gone on the day")
		}
		before := flagged(t, w)
		w.Shift(31 * 24 * time.Hour)
		rp.As(t).Login(w.Browser(t), "ordinary")
		if flagged(t, w) != before {
			t.Error("the doubt is not over after 30 days")
		}
	})
}

// Means.md §4.3: a second clerk who sees that something was typed wrongly says so, and accuses nobody: the case ends as
// one that was opened by mistake, the doubt speaks against nobody any more, and the citizen reads of no refusal.
func TestTheSecondClerkSeesASlip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk, second, officer := desk(t, w, "clerk-1"), desk(t, w, "clerk-2"), w.Browser(t)
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		clerk.Pick("doubt", "story")
		compared(clerk)
		rp.As(t).Login(w.Browser(t), "ordinary")
		before := flagged(t, w)
		second.Get(at)
		second.Pick("why", "mistyped")
		if page := second.Click("accept"); page.Refused() != "reason_given" {
			t.Errorf("agreed with a reason to refuse, at %s", page.URL)
		}
		second.Pick("why", "mistyped")
		if page := second.Click("reject"); page.Refused() != "" || !page.Has("step-ended") {
			t.Fatalf("not given back, at %s:\n%s", page.URL, page.Text())
		}
		if page := clerk.Get(at); !strings.Contains(page.TextOf("ended"), "without a result") || !strings.Contains(page.TextOf("ended-why"), "typed wrongly") || !strings.Contains(page.TextOf("mistyped"), "citizen stays") {
			t.Errorf("the clerk reads:\n%s", page.Text())
		}
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(strings.Replace(at, "/cases/", "/security/cases/", 1))
		if page := reads(officer); !strings.Contains(page.Text(), "typed wrongly") {
			t.Errorf("the officer reads:\n%s", page.Text())
		}
		b := w.Browser(t)
		b.Get(w.At("portal") + "/begin")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		if page := b.Get(w.At("portal") + "/looked"); !strings.Contains(page.Text(), "second clerk") || strings.Contains(page.Text(), "refused") {
			t.Errorf("the citizen reads:\n%s", page.Text())
		}
		rp.As(t).Login(w.Browser(t), "ordinary")
		if before == 0 || flagged(t, w) != before {
			t.Errorf("the doubt, which was about somebody else, speaks against whoever has the number: %d and %d", before, flagged(t, w))
		}
	})
}

// H05: an office gives nothing to whoever lets no new ways in unless a second clerk decided so.
func TestAnOfficeAndNoNewWaysIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		closeWays(t, w)
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		if page := compared(clerk); page.Has("print") || !strings.Contains(page.Text(), "lets no new ways") {
			t.Fatalf("no second clerk is asked, at %s:\n%s", page.URL, page.Text())
		}
		second.Get(at)
		second.Click("accept")
		if page := clerk.Get(at); !page.Has("print") {
			t.Errorf("after a second decision it does not go on, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// closeWays lets ordinary say in the portal that no new ways are let in.
func closeWays(t *testing.T, w *hubtest.World) {
	t.Helper()
	b := w.Browser(t)
	b.Get(w.At("portal") + "/begin")
	b.Choose("trusted-profile")
	b.Be("ordinary")
	b.Get(w.At("portal") + "/new-ways")
	if page := b.Click("close"); !page.Has("done") {
		t.Fatalf("not closed at %s:\n%s", page.URL, page.Text())
	}
}

// Means.md §4.3: who doubts whether it is the person on the photo does not have to say that it is, and the second clerk
// reads what nobody vouches for. Everything else has to be ticked all the same.
func TestWhatAClerkDoubtsTheyDoNotConfirm(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		for doubt, check := range map[string]string{"photo": "photo_likeness", "document": "security_features"} {
			clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
			find(clerk, ordinary)
			at, ids := clerk.Page.URL.String(), clerk.Page.IDs("check-")
			tick := func(but ...string) *hubtest.Page {
				for _, id := range ids {
					if !slices.Contains(but, id) {
						clerk.Tick(id)
					}
				}
				return clerk.Click("compared")
			}
			if page := tick("check-" + check); page.Refused() != "checks" {
				t.Fatalf("%s: without a doubt the tick was not asked for, at %s:\n%s", doubt, page.URL, page.Text())
			}
			clerk.Get(at)
			clerk.Pick("doubt", doubt)
			if page := tick("check-"+check, "check-data_agree"); page.Refused() != "checks" {
				t.Fatalf("%s: another tick was not asked for, at %s:\n%s", doubt, page.URL, page.Text())
			}
			clerk.Get(at)
			clerk.Pick("doubt", doubt)
			if page := tick("check-" + check); page.Refused() != "" || page.Has("compared") {
				t.Fatalf("%s: it does not go on without a false tick, at %s:\n%s", doubt, page.URL, page.Text())
			}
			page := second.Get(at)
			for _, id := range ids {
				row := strings.TrimPrefix(id, "check-")
				if open := strings.Contains(page.TextOf("recorded-"+row), "not ticked"); open != (row == check) {
					t.Errorf("%s: the second clerk reads %q", doubt, page.TextOf("recorded-"+row))
				}
			}
			second.Pick("why", "mistyped")
			second.Click("reject")
		}
		clerk := desk(t, w, "clerk-1")
		if page := find(clerk, "08300190078"); !page.Has("document-none") || slices.Contains(page.Options("doubt"), "document") || !slices.Contains(page.Options("doubt"), "photo") {
			t.Errorf("a document is there to be doubted:\n%s", page.Text())
		}
	})
}
