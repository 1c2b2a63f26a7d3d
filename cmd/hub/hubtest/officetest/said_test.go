package officetest

import (
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Means.md §4.5, step 8: the desk says that the codes come next until they were shown; who is given new ones for a lost phone
// reads that the old sheet is worth nothing.
func TestTheCodesComeNext(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		for _, purpose := range []string{"holder", "lost_phone"} {
			clerk.Get(w.At("desk"))
			clerk.Pick("purpose", purpose)
			lost := purpose == "lost_phone"
			if page := find(clerk, ordinary); page.Has("ends-all") != lost {
				t.Errorf("%s: where they are compared the desk says:\n%s", purpose, page.Text())
			}
			at := clerk.Page.URL.String()
			compared(clerk)
			if page := clerk.Click("print"); page.Has("form-ends") != lost {
				t.Errorf("%s: the form says:\n%s", purpose, page.Text())
			}
			clerk.Get(at)
			clerk.Click("signed")
			clerk.Click("hand-over")
			phone := visit.ToTheKey(t, w, clerk, ordinaryEnd)
			if page := phone.MakeKey(enrolledtest.NewDevice()); !strings.Contains(page.TextOf("progress"), "Step 5 of 5") {
				t.Errorf("%s: while codes are to be written down the phone says:\n%s", purpose, page.Text())
			}
			if page := clerk.Get(at); !page.Has("step-done") || !page.Has("unshown") {
				t.Errorf("%s: before they were shown the desk says:\n%s", purpose, page.Text())
			}
			if page := phone.Click("show-codes"); !page.Has("codes") || page.Has("old-codes") != lost || lost && !strings.Contains(page.TextOf("old-codes"), "same login name") {
				t.Errorf("%s: with the codes the phone says:\n%s", purpose, page.Text())
			}
			if page := clerk.Get(at); page.Has("unshown") {
				t.Errorf("%s: after they were shown the desk says:\n%s", purpose, page.Text())
			}
		}
	})
}

// Features S03: of who has no document the phone asks for the birth date, and the desk says so.
func TestTheDeskSaysWhatThePhoneAsksFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		find(clerk, "08300190078")
		agreed(t, w, clerk)
		at := clerk.Page.URL.String()
		phone := claim(t, w, clerk)
		clerk.Get(at)
		clerk.Fill("digits", phone.Page.TextOf("match"))
		clerk.Click("match")
		phone.Get(w.Issuer + "/e/now")
		phone.Click("yes")
		if page := clerk.Get(at); !page.Has("phone-birth") || page.Has("phone-proof") {
			t.Errorf("the desk says:\n%s", page.Text())
		}
	})
}

// Levels.md: whoever came by a code from paper reads that this is why more is not to be had by it, and nothing of chips.
func TestWhatACodeFromPaperReaches(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		phone := visit.ToTheKey(t, w, clerk, ordinaryEnd)
		phone.MakeKey(enrolledtest.NewDevice())
		page := phone.Click("show-codes")
		name, code := page.TextOf("account"), strings.Fields(page.TextOf("codes"))[0]
		b := w.Browser(t)
		b.Get(w.At("portal") + "/begin")
		b.Choose(hubtest.MeansPhone)
		b.Have("code")
		b.Fill("code-name", name)
		b.Fill("last-code", code)
		b.Click("use-code")
		b.Click("go-on")
		b.Get(w.At("portal") + "/devices")
		b.Click("add-phone")
		if page := b.Click("log-in"); !strings.Contains(page.Text(), "codes on paper") || strings.Contains(page.Text(), "tested chip guards") {
			t.Errorf("at %s:\n%s", page.URL, page.Text())
		}
	})
}
