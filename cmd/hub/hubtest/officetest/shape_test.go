package officetest

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
)

// Means.md §4.4, §4.5: who types too few or too many signs, on the phone or at the desk, reads what is asked for, and has
// all tries still.
func TestWhoTypesTheWrongLengthReadsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at, number, code := clerk.Page.URL.String(), clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code")
		phone := w.Browser(t)
		says := func(b *hubtest.Browser, words, where string) {
			t.Helper()
			if got := b.Page.TextOf("refused"); !strings.Contains(got, words) {
				t.Errorf("%s: it says %q, not %q", where, got, words)
			}
		}
		slips := func(b *hubtest.Browser, field, typed, button, words string) {
			t.Helper()
			b.Fill(field, typed)
			b.Click(button)
			says(b, words, field+" "+typed)
		}
		phone.Get(w.Issuer + "/e")
		phone.Fill("code", code)
		slips(phone, "number", number[:8], "begin-typed", "twelve digits")
		if valueOf(t, phone.Page, "number") != number[:8] || valueAt(phone.Page.Need(t, "number"), "aria-invalid") != "true" || valueAt(phone.Page.Need(t, "code"), "aria-invalid") != "" {
			t.Errorf("another field is marked, or what was typed is gone:\n%s", phone.Page.Body)
		}
		phone.Fill("number", number)
		slips(phone, "code", code[:9], "begin-typed", "eleven letters and digits")
		phone.Fill("code", code)
		phone.Click("begin-typed")
		match := phone.Page.TextOf("match")

		clerk.Get(at)
		for _, typed := range []string{match[:2], match + "0", "abc"} {
			slips(clerk, "digits", typed, "match", "all three digits")
			if page := clerk.Page; page.Refused() != "digits" || !strings.Contains(page.TextOf("digits-hint"), "2") || valueAt(page.Need(t, "digits"), "aria-invalid") != "true" {
				t.Errorf("the desk after %q:\n%s", typed, page.Text())
			}
		}
		slips(clerk, "digits", visit.Mistyped(match), "match", "not the digits")
		clerk.Fill("digits", match)
		clerk.Click("match")

		phone.Get(w.Issuer + "/e/now")
		phone.Click("yes")
		for _, typed := range []string{"ZZP10000", "ZZP100001", "01", "00 0001"} {
			slips(phone, "answer", typed, "go-on", "only the last four characters")
			if valueAt(phone.Page.Need(t, "answer"), "aria-invalid") != "true" {
				t.Errorf("after %q the field is not marked", typed)
			}
		}
		slips(phone, "answer", "9999", "go-on", "Tries left: 4")
		phone.Fill("answer", ordinaryEnd)
		if page := phone.Click("go-on"); !page.Has("accept") {
			t.Errorf("the right one, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// The same with the birth date of who has no document yet.
func TestWhoTypesHalfADateReadsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := firstPhone(t, w)
		phone.Click("yes")
		for range 6 {
			phone.Fill("answer", "1.10.08")
			if page := phone.Click("go-on"); !strings.Contains(page.TextOf("refused"), "is 00") || !strings.Contains(page.TextOf("refused"), "the year with four digits") {
				t.Fatalf("a year of two digits:\n%s", page.Text())
			}
		}
		phone.Fill("answer", "1.10.2008")
		if page := phone.Click("go-on"); !page.Has("accept") {
			t.Errorf("the right one, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// Features H24: the list of codes is shown once. Who loads its page again, at the counter's computer or elsewhere, reads what
// became of it and where new ones come from; nobody else at the counter is told that anything was shown.
func TestWhoLoadsTheListAgainReadsThatItIsShownOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		counter := counterOf(t, w, clerk)
		gone := func(b *hubtest.Browser, where string, once bool) {
			t.Helper()
			page := b.Page
			if text := strings.ReplaceAll(page.TextOf("main"), "phone_gone", ""); page.Status != http.StatusGone || page.TextOf("error-code") != "phone_gone" || strings.Contains(text, "only once") != once ||
				once && (!strings.Contains(text, "If codes were just shown") || !strings.Contains(text, "new visit") || strings.Contains(strings.ToLower(text), "phone")) {
				t.Errorf("%s, %d:\n%s", where, page.Status, page.Text())
			}
		}
		goOn(t, w, clerk, counter)
		counter.Click("with-paper")
		counter.Click("make-key")
		offer := counter.Page
		if page := counter.Click("show-codes"); !page.Has("codes") {
			t.Fatalf("no codes, at %s:\n%s", page.URL, page.Text())
		}
		counter.Page = offer
		counter.Click("show-codes")
		gone(counter, "the page of the codes, loaded again", true)
		counter.Get(w.Issuer + "/e/now")
		gone(counter, "the address of the steps", true)
		if page := counter.Click("begin"); page.URL.String() != w.Issuer+"/e?at=counter" || !page.Has("begin-typed") {
			t.Errorf("where another code is typed: %s", page.URL)
		}
		elsewhere := w.Browser(t)
		elsewhere.Page = offer
		elsewhere.Click("show-codes")
		gone(elsewhere, "the page of a list on somebody's own computer", true)
		elsewhere.Get(w.Issuer + "/e/now")
		gone(elsewhere, "where nothing was begun", false)
	})
}

// The same with the first code of an app: the secret that the app has already stays, and is not locked.
func TestWhoTypesHalfACodeOfTheAppReadsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		phone := toTheKey(t, w)
		phone.Click("with-totp")
		secret := phone.Page.TextOf("secret")
		typed := func(code string) *hubtest.Page { return appCode(phone, code) }
		for range 6 {
			if page := typed("12345"); !strings.Contains(page.TextOf("refused"), "all six digits") || page.TextOf("secret") != secret || !marked(page.Need(t, "code"), "aria-invalid") {
				t.Fatalf("five digits:\n%s", page.Text())
			}
		}
		if page := typed(codeOf(t, w, secret)); !page.Has("show-codes") {
			t.Errorf("the right one, at %s:\n%s", page.URL, page.Text())
		}
	})
}
