package officetest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// goOn brings the counter's computer from the page of its own to the step at which the key is made. None of its pages
// speaks of a phone that is not there.
func goOn(t *testing.T, w *hubtest.World, clerk, counter *hubtest.Browser) {
	t.Helper()
	shows := func(step string, page *hubtest.Page) {
		t.Helper()
		if text := page.TextOf("main"); text == "" || strings.Contains(strings.ToLower(text), "phone") {
			t.Errorf("%s at the counter:\n%s", step, text)
		}
	}
	at := clerk.Page.URL.String()
	counter.Fill("number", clerk.Page.TextOf("typed-number"))
	counter.Fill("code", "AAAA-AAAA-AAAA-AAAA")
	shows("a mistyped code", counter.Click("begin-typed"))
	counter.Fill("code", clerk.Page.TextOf("typed-code"))
	shows("the first step", counter.Click("begin-typed"))
	match := counter.Page.TextOf("match")
	if text := clerk.Get(at).TextOf("main"); strings.Contains(text, "their phone") || strings.Contains(text, "on a phone") {
		t.Errorf("of the office's own computer the desk says:\n%s", text)
	}
	clerk.Fill("digits", match)
	clerk.Click("match")
	counter.Get(w.Issuer + "/e/now")
	shows("the document", counter.Click("yes"))
	counter.Fill("answer", ordinaryEnd)
	shows("the terms", counter.Click("go-on"))
	shows("the key", counter.Click("accept"))
}

// counterOf opens the page that the desk has for who goes on at this computer.
func counterOf(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) *hubtest.Browser {
	t.Helper()
	counter := w.Browser(t)
	var link string
	for _, a := range clerk.Page.Need(t, "at-counter").Attr {
		if a.Key == "href" {
			link = a.Val
		}
	}
	if !strings.HasPrefix(link, w.Issuer+"/e?") {
		t.Fatalf("the page for the counter's computer is %q", link)
	}
	counter.Get(link)
	return counter
}

// Means.md R-ENR-11: who has no phone goes on at the office's own computer. No key is made in that: it is the clerk's.
func TestNoKeyIsMadeInTheCountersOwnComputer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		counter := counterOf(t, w, clerk)
		goOn(t, w, clerk, counter)
		for _, with := range []string{"", "?with=passkey", "?with=totp", "?with=portable"} {
			page := counter.Get(w.Issuer + "/e/now" + with)
			if ids := page.IDs("with-"); !slices.Equal(ids, []string{"with-paper"}) || page.Has("secret") || page.Has("other-ways") || !strings.Contains(page.Body, "cross-platform") {
				t.Errorf("%q offers %v:\n%s", with, ids, page.Text())
			}
		}
		if page := counter.MakeKey(enrolledtest.NewDevice()); !strings.Contains(page.TextOf("refused"), "this computer itself") || page.Has("tick-key") {
			t.Errorf("a key of the computer's own, at %s:\n%s", page.URL, page.Text())
		}
		action, form := counter.Creation(enrolledtest.NewDevice())
		form.Set("with", "passkey")
		if page := counter.Post(action, form, w.Issuer); page.Has("tick-key") {
			t.Errorf("a key of the computer's own, by another name:\n%s", page.Text())
		}
		key := enrolledtest.NewDevice()
		key.Portable = true
		if page := counter.MakeKey(key); !page.Has("show-codes") {
			t.Fatalf("a security key, at %s:\n%s", page.URL, page.Text())
		} else if !strings.Contains(page.TextOf("reach"), "this security key is not certified") {
			t.Errorf("of the level: %q", page.TextOf("reach"))
		}
		counter.Click("show-codes")
		if counter.Jar.Value("localhost", "__Host-phone") != "" {
			t.Error("the counter's browser keeps the citizen's case")
		}
		if page := counter.Click("codes-kept"); !page.Has("counter") || page.Has("try") || page.Has("elses") {
			t.Errorf("at the end, at %s:\n%s", page.URL, page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(key)
		rp.Finish(login, "ordinary")
		login.Get(w.At("portal") + "/begin")
		if page := login.Get(w.At("portal") + "/devices"); !strings.Contains(page.Text(), "Security key") || strings.Contains(page.Text(), "Phone, computer or key") {
			t.Errorf("the portal calls the key handed over:\n%s", page.Text())
		}
		officer := w.Browser(t)
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Click(officer.Get(w.At("desk") + "/security/cases").IDs("case-")[0])
		if page := reads(officer); !strings.Contains(page.Text(), "At the office’s own computer") || strings.Contains(page.Text(), "Something else") {
			t.Errorf("what happened says not where it was:\n%s", page.Text())
		}
	})
}

// A list of codes on paper is the other way at the counter; and whoever opened the address of phones there first is
// taken at the word of the second page.
func TestTheCountersComputerIsKnownAlsoWhereItIsSaidLate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		number, code, link := clerk.Page.TextOf("typed-number"), clerk.Page.TextOf("typed-code"), w.Issuer+"/e?at=counter"
		counter := visit.ToTheKey(t, w, clerk, ordinaryEnd)
		if !counter.Page.Has("with-totp") {
			t.Fatalf("a phone is offered:\n%s", counter.Page.Text())
		}
		before := counter.Page
		counter.Get(link)
		counter.Fill("number", number)
		counter.Fill("code", code)
		counter.Click("begin-typed")
		counter.Fill("answer", ordinaryEnd) // whoever opens the counter's page may be the next one
		if page := counter.Click("go-on"); page.Has("with-totp") || page.Has("with-passkey") || !page.Has("with-paper") {
			t.Errorf("after the page for the counter:\n%s", page.Text())
		}
		paper := counter.Page
		counter.Page = before
		if page := counter.MakeKey(enrolledtest.NewDevice()); page.Has("tick-key") {
			t.Errorf("the page from before makes a key:\n%s", page.Text())
		}
		counter.Page = paper
		if page := counter.Click("with-paper"); !page.Has("with-portable") || page.Has("with-passkey") {
			t.Errorf("the list:\n%s", page.Text())
		}
		if page := counter.Click("make-key"); !page.Has("show-codes") {
			t.Errorf("the list, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// Features H24, attacks OT-06, OT-14: whoever opens the page of the counter's computer may be the next one. What somebody
// began there goes on, and what is theirs is shown, only to who has their document at hand; nor do pages from before.
func TestAttack_OT_06_TheNextOneAtTheCounter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		counter := counterOf(t, w, clerk)
		link := counter.Page.URL.String()
		goOn(t, w, clerk, counter)
		// next is somebody who sits down, and tries what was left there.
		next := func(left, by string) {
			t.Helper()
			before := counter.Page
			counter.Get(by)
			if page := counter.Click("resume"); !page.Has("answer") || page.Has(left) {
				t.Fatalf("the next one goes on with %s, at %s:\n%s", left, page.URL, page.Text())
			}
			counter.Fill("answer", "9999")
			if page := counter.Click("go-on"); !page.Has("refused") || page.Has(left) {
				t.Errorf("without the document %s is there, at %s:\n%s", left, page.URL, page.Text())
			}
			counter.Page = before
			if page := counter.Click(left); page.Has("show-codes") || page.Has("codes") {
				t.Errorf("the page from before, by %s:\n%s", left, page.Text())
			}
		}
		// stays says that the page is left as it is: it looks every few seconds.
		stays := func(what string) {
			t.Helper()
			before := counter.Page
			if page := counter.Get(w.Issuer + "/e/now/stands"); page.Status != http.StatusNoContent {
				t.Errorf("%s is led away while somebody reads or types: %d to %s", what, page.Status, page.URL)
			}
			counter.Page = before
		}
		// back is who was there before.
		back := func(left string) {
			t.Helper()
			counter.Get(w.Issuer + "/e/now")
			stays("the question")
			counter.Fill("answer", ordinaryEnd)
			counter.Click("go-on")
			if left == "make-key" {
				counter.Click("with-paper")
			}
			if !counter.Page.Has(left) {
				t.Fatalf("who was there before goes not on with %s, at %s:\n%s", left, counter.Page.URL, counter.Page.Text())
			}
		}
		counter.Click("with-paper")
		next("make-key", link)
		back("make-key")
		counter.Click("make-key")
		next("show-codes", w.Issuer+"/e")
		back("show-codes")
		stays("the page that offers the codes")
		if page := counter.Click("show-codes"); !page.Has("codes") {
			t.Errorf("no codes, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// The address on the poster leads the next one at the counter no further than the page for the counter does.
func TestAttack_OT_06_TheNextOneByThePoster(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		counter := counterOf(t, w, clerk)
		goOn(t, w, clerk, counter)
		counter.Click("with-paper")
		if page := counter.Get(w.Issuer + "/c"); page.Has("with-paper") || page.Has("make-key") || page.Has("with-portable") {
			t.Errorf("the next one is at the key of the one before, at %s", page.URL)
		}
		if counter.Page.Has("answer") {
			counter.Fill("answer", ordinaryEnd)
			counter.Click("go-on")
		}
		counter.Get(w.Issuer + "/e/now?with=paper")
		counter.Click("make-key")
		if page := counter.Get(w.Issuer + "/c"); page.Has("show-codes") {
			if page = counter.Click("show-codes"); page.Has("codes") {
				t.Errorf("the next one reads the codes of the one before, at %s", page.URL)
			}
		}
	})
}
