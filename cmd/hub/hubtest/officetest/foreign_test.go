package officetest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Means.md R-PER-09: from a foreign passport at the counter to a login by which a service that may know a
// number is told one of ours, and later the national one, under the same name (sub).
func TestR_PER_09_AForeignerFromThePassportToTheLogin(t *testing.T) {
	t.Parallel()
	eachWith(t, mayKnowNumbers, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		if page := byDocument(clerk, "passport", "Atlantis", "AB 123-4567"); page.Refused() != "document_number" {
			t.Errorf("a country that there is not: %s", page.URL)
		}
		if page := byDocument(clerk, "residence_permit", "POL", "rpx 770-0012"); !page.Has("read") || strings.Contains(page.URL.String(), "RPX") {
			t.Fatalf("no form to read into at %s:\n%s", page.URL, page.Text())
		}
		clerk.Fill("expires", "2020-01-01")
		if page := readAsBut(clerk); page.Refused() != "reading_expired" || !strings.Contains(page.Body, "Benchekroun") {
			t.Errorf("an expired document, and what was typed: %s", page.URL)
		}
		if page := readAs(clerk); !page.Has("document-note") || !page.Has("nameless") || !page.Has("unreached") || page.Has("photo") {
			t.Fatalf("what was read:\n%s", page.Text())
		}
		agreed(t, w, clerk)
		device := finishBy(t, w, clerk, "0012")
		sub, number := told(t, w, rp, device)
		if !strings.HasPrefix(number, "LOCPL-") {
			t.Errorf("a service is told %q", number)
		}
		login := w.Browser(t) // names are not kept: nobody is asked whether one may be told
		rp.Authorize(login, "scope", "openid", "claims", `{"userinfo":{"family_name":{"essential":true}}}`)
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.TextOf("approve") != "Continue" || !page.Has("attr-family_name") || !strings.Contains(page.Text(), "Continue to ") {
			t.Errorf("what nobody knows is asked about:\n%s", page.Text())
		}
		w.Country.Registers.Renumber("foreigner", "PNOPL-90062190009")
		same, number := told(t, w, rp, device)
		if same != sub || !strings.Contains(number, "90062190009") {
			t.Errorf("with a national number: the same %v, told %q", same == sub, number)
		}
	})
}

// Whoever is to check kind, country and number once more reads them, in words, and is told what to do where one is wrong.
func TestR_PER_09_WhichDocumentTheCaseIsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		byDocument(clerk, "residence_permit", "POL", "RPX7700012")
		for lang, words := range map[string][]string{"en": {"Residence permit", "Poland", "RPX7700012"}, "fr": {"Titre de séjour", "Pologne", "RPX7700012"}} {
			page := clerk.Get(clerk.Page.URL.String() + "?lang=" + lang)
			for _, word := range words {
				if !strings.Contains(page.TextOf("paper-asked"), word) {
					t.Errorf("%s: %q is not said: %s", lang, word, page.TextOf("paper-asked"))
				}
			}
			clerk.Get(strings.TrimSuffix(page.URL.String(), "?lang="+lang))
		}
		clerk.Get(clerk.Page.URL.String() + "?lang=en")
		if page := clerk.Click("wrong-document"); !page.Has("step-ended") || !strings.Contains(page.TextOf("ended-why"), "Opened by mistake") || page.TextOf("next") != "Search again" {
			t.Errorf("another document, at %s:\n%s", page.URL, page.Text())
		}
	})
}

// Where nobody has told how to reach the citizen, the page of the hand-over says so, and so why there is no code for home.
func TestWhyThereIsNoCodeForHome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		if page := clerk.Page; page.Has("unreached") || page.Has("nameless") {
			t.Errorf("a register told an address and a name:\n%s", page.Text())
		}
		clerk.Get(w.At("desk"))
		byDocument(clerk, "residence_permit", "POL", "RPX7700012")
		readAs(clerk)
		visit.AgreedToSign(t, w, clerk)
		page := clerk.Page
		if why := page.TextOf("contacts-none"); page.Has("hand-home") || !strings.Contains(why, "register") || !strings.Contains(why, "login") {
			t.Errorf("the hand-over says %q:\n%s", why, page.Text())
		}
	})
}

// Means.md R-PER-09: a slip in what was typed from a document is corrected before anybody else looks at it, without
// typing all of it again; a page that still shows the slip records nothing.
func TestR_PER_09_WhatWasTypedFromADocumentIsCorrected(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		if page := find(clerk, ordinary); page.Has("correct") {
			t.Fatalf("what a register says is to be corrected:\n%s", page.Text())
		}
		clerk.Get(w.At("desk"))
		byDocument(clerk, "residence_permit", "POL", "RPX7700012")
		clerk.Fill("expires", "2032-05-01")
		page := readAsBut(clerk)
		if !page.Has("step-compare") || !page.Has("correct") {
			t.Fatalf("nothing to correct at %s:\n%s", page.URL, page.Text())
		}
		for _, id := range page.IDs("check-") {
			clerk.Tick(id)
		}
		action, stale := clerk.Form("compared")
		page = clerk.Click("correct")
		if !page.Has("step-read") || valueOf(t, page, "family") != "Benchekroun-Echouay" || valueOf(t, page, "birth") != "1990-06-21" || valueOf(t, page, "expires") != "2032-05-01" || page.Refused() != "" {
			t.Fatalf("the form at %s:\n%s", page.URL, page.Text())
		}
		clerk.Fill("birth", "1990-06-12")
		if page := clerk.Click("read"); !page.Has("step-compare") || !strings.Contains(page.Text(), "1990-06-12") {
			t.Fatalf("read again at %s:\n%s", page.URL, page.Text())
		}
		page = clerk.Post(action, stale, w.At("desk"))
		if page.Refused() != "changed" || !page.Has("step-compare") || marked(page.Need(t, "check-read_again"), "checked") {
			t.Errorf("ticked about what was typed before, at %s:\n%s", page.URL, page.Text())
		}
		if page := compared(clerk); !page.Has("step-review") || page.Has("correct") {
			t.Errorf("compared, at %s:\n%s", page.URL, page.Text())
		}
		stale.Set("act", "correct")
		if page := clerk.Post(action, stale, w.At("desk")); page.Refused() != "not_now" || !page.Has("step-review") {
			t.Errorf("corrected after it was compared, at %s:\n%s", page.URL, page.Text())
		}
	})
}

func readAsBut(b *hubtest.Browser) *hubtest.Page {
	for id, text := range map[string]string{"given": "Mariam Salma", "family": "Benchekroun-Echouay", "birth": "1990-06-21"} {
		b.Fill(id, text)
	}
	return b.Click("read")
}

// Means.md R-ENR-13: an emergency takes two clerks, says what it is wherever it is looked at, and reaches the
// lowest level until a real check.
func TestR_ENR_13_AnEmergency(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		down(t, w, "all")
		if page := find(clerk, ordinary); !page.Has("step-wait") || !page.Has("emergency") {
			t.Fatalf("without a register:\n%s", page.Text())
		}
		clerk.Pick("paper", "idcard")
		for id, text := range map[string]string{"document": "ZZP100001", "given": "Konstanty", "family": "Brzeziński-Testowy", "birth": "1987-02-22", "expires": "2031-06-14"} {
			clerk.Fill(id, text)
		}
		if page := clerk.Click("read"); !page.Has("emergency-note") || !page.Has("check-document_likeness") {
			t.Fatalf("what was read:\n%s", page.Text())
		}
		agreed(t, w, clerk)
		at := clerk.Page.URL.String()
		if page := clerk.Get(at + "/form"); !page.Has("form-emergency") {
			t.Error("the citizen signs for something that the form does not say")
		}
		clerk.Get(at)
		phone := visit.ToTheKey(t, w, clerk, ordinaryEnd)
		device := enrolledtest.NewDevice()
		if page := phone.MakeKey(device); !page.Has("emergency") {
			t.Errorf("the citizen is not told:\n%s", page.Text())
		}
		if page := clerk.Get(at); !page.Has("again") || !page.Has("emergency-note") {
			t.Errorf("the desk at the end:\n%s", page.Text())
		}
		down(t, w, "")
		w.Shift(time.Minute) // a register that failed often is left alone for a while
		if level := levelOf(t, w, rp, device); !strings.HasSuffix(level, "low") {
			t.Errorf("level %q", level)
		}
		again := desk(t, w, "clerk-1")
		handed(t, again, ordinary)
		fresh := finish(t, w, again)
		if level := levelOf(t, w, rp, fresh); !strings.HasSuffix(level, "substantial") {
			t.Errorf("after a real check: %q", level)
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.Has("approve") || rp.Landed(page) {
			t.Error("what the emergency gave logs in beside it")
		}
	}, emergencies())
}

// Means.md R-ENR-13: off by default, and a hand-made form does not turn it on.
func TestR_ENR_13_OffByDefault(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		down(t, w, "all")
		page := find(clerk, ordinary)
		if page.Has("emergency") || slices.Contains(page.IDs("re"), "read") {
			t.Fatalf("an emergency that nobody allowed:\n%s", page.Text())
		}
		_, form := clerk.Form("look-up")
		for name, text := range map[string]string{"paper": "idcard", "document": "ZZP100001", "given": "Konstanty", "family": "Brzeziński-Testowy", "birth": "1987-02-22", "expires": "2031-06-14"} {
			form.Set(name, text)
		}
		at := url.URL{Scheme: page.URL.Scheme, Host: page.URL.Host, Path: page.URL.Path}
		if page := clerk.Post(at.String()+"/read", form, w.At("desk")); page.Refused() != "not_now" || !page.Has("step-wait") {
			t.Errorf("a clerk's word for the register's: %s", page.URL)
		}
	})
}

func levelOf(t *testing.T, w *hubtest.World, rp *hubtest.RP, device *enrolledtest.Device) string {
	t.Helper()
	login := w.Browser(t)
	rp.Authorize(login, "scope", "openid")
	login.Click("means-" + hubtest.MeansPhone)
	login.Tap(device)
	_, claims := hubtest.ReadJWT(t, rp.Exchange(rp.Finish(login, "ordinary").Code()).Text("id_token"))
	acr, _ := claims["acr"].(string)
	return acr
}

// Means.md §4.2, R-PER-09: who knows a person by their document alone says so in the lists and to an officer: no register
// found them, and none was asked by a number.
func TestTheTrailOfADocumentThatNoRegisterKnows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, officer := desk(t, w, "clerk-1"), w.Browser(t)
		byDocument(clerk, "passport", "UKR", "FA 123456")
		at := readAs(clerk).URL.String()
		officer.SignIn(w.At("desk"), "auditor-1")
		officer.Get(strings.Replace(at, "/cases/", "/security/cases/", 1))
		text := reads(officer).Text()
		for _, says := range []string{"The clerk typed what the document says", "No register knows this document"} {
			if !strings.Contains(text, says) {
				t.Errorf("an officer does not read %q", says)
			}
		}
		list := clerk.Get(w.At("desk")).TextOf("cases")
		for _, wrong := range []string{"ound in the register", "by this number"} {
			if strings.Contains(text, wrong) || strings.Contains(list, wrong) {
				t.Errorf("%q, in the trail or the list:\n%s\n%s", wrong, text, list)
			}
		}
		if !strings.Contains(list, "read from the document") {
			t.Errorf("the list says:\n%s", list)
		}
	})
}
