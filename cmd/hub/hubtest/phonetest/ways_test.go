package phonetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

const substantial = "http://eidas.europa.eu/LoA/substantial"

// wayAt gives the id of the way that somebody has by a means, as the portal's list shows it.
func wayAt(t *testing.T, w *hubtest.World, b *hubtest.Browser, means string) string {
	t.Helper()
	page := b.Get(w.At("portal") + "/ways")
	section := page.Need(t, "way-"+means)
	for _, id := range page.IDs("tie-") {
		for n := page.Find(id).Parent; n != nil; n = n.Parent {
			if n == section {
				return strings.TrimPrefix(id, "tie-")
			}
		}
	}
	t.Fatalf("no way by %s:\n%s", means, page.Text())
	return ""
}

// byProfile logs ordinary in at the portal with the trusted profile, at the medium level.
func byProfile(t *testing.T, w *hubtest.World) *hubtest.Browser {
	t.Helper()
	b := w.Browser(t)
	b.Get(w.At("portal") + "/begin")
	b.Choose("trusted-profile")
	if b.Page.Has("other") {
		b.Click("other")
	}
	b.Be("ordinary")
	return b
}

// tapped goes on at the choice of means with the passkey.
func tapped(b *hubtest.Browser, e *hubtest.Enrolled) *hubtest.Page {
	b.Click("means-" + hubtest.MeansPhone)
	return b.Tap(e.Device)
}

// LK-12: a weak login takes no strong way off; whoever takes their last strong one off is told before
// what they still reach, and reaches no more afterwards; the very last stays; what was taken off logs
// nobody in until it is brought back.
func TestAttack_LK_12_TheLastStrongWayGoesOnlyWithAWarning(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		b := byProfile(t, w)
		phone, profile := wayAt(t, w, b, hubtest.MeansPhone), wayAt(t, w, b, "trusted-profile")
		b.Click("off-" + profile)
		_, form := b.Form("off")
		off := w.At("portal") + "/ways/" + phone + "/off"
		if page := b.Post(off, form, w.At("portal")); page.Status != http.StatusForbidden || !page.Has("log-in") {
			t.Fatalf("LK-12: a medium login takes a strong way off: %d at %s\n%s", page.Status, page.URL, page.Text())
		}

		// It takes a fresh login by something as strong; then the warning.
		b.Click("log-in")
		page := tapped(b, e)
		if page.URL.Path != "/ways/"+phone || !strings.Contains(page.TextOf("weaker"), "only the medium level") || !page.Has("own") {
			t.Fatalf("LK-12: no warning at %s:\n%s", page.URL, page.Text())
		}

		// A form from when more would have been left, and one that says nothing.
		_, form = b.Form("off")
		form.Set("left", "high")
		if page := b.Post(off, form, w.At("portal")); !page.Has("failure") || !page.Has("weaker") {
			t.Errorf("LK-12: less is left than was said: %d at %s\n%s", page.Status, page.URL, page.Text())
		}
		form.Del("left")
		if page := b.Post(off, form, w.At("portal")); page.Status != http.StatusForbidden {
			t.Errorf("LK-12: a form without what was said: %d", page.Status)
		}

		// Six minutes later the question is asked anew.
		b.Get(w.At("portal") + "/ways/" + phone)
		w.Shift(6 * time.Minute)
		if page := b.Click("off"); page.Status != http.StatusForbidden || !page.Has("log-in") {
			t.Fatalf("LK-12: a screen that was left open: %d at %s", page.Status, page.URL)
		}
		b.Click("log-in")
		tapped(b, e)
		if page := b.Click("off"); !page.Has("logged-out") || !page.Has("done") {
			t.Fatalf("after it: %d at %s\n%s", page.Status, page.URL, page.Text())
		}

		// The phone logs nobody in; the level has fallen.
		c := toPhone(t, w, rp, "scope", "openid profile", "acr_values", high)
		if c.Tap(e.Device); c.Page.TextOf("error-code") != "removed" {
			t.Errorf("LK-12: taken off, and at %s:\n%s", c.Page.URL, c.Page.Text())
		}
		c = w.Browser(t)
		rp.As(t).Authorize(c, "scope", "openid profile")
		c.Choose("trusted-profile")
		c.Be("ordinary")
		if claims, _ := told(t, rp, c); claims["acr"] != substantial {
			t.Errorf("LK-12: acr %v", claims["acr"])
		}

		// The very last stays.
		b = byProfile(t, w)
		page = b.Get(w.At("portal") + "/ways")
		if page.Has("way-"+hubtest.MeansPhone) || page.Has("off-"+profile) || !page.Has("back-"+phone) {
			t.Fatalf("the list:\n%s", page.Text())
		}
		if page := b.Get(w.At("portal") + "/ways/" + profile); !page.Has("only") || page.Has("off") {
			t.Errorf("LK-12: the only one:\n%s", page.Text())
		}
		b.Get(w.At("portal") + "/ways/" + phone)
		_, form = b.Form("back")
		form.Set("left", "none")
		if page := b.Post(w.At("portal")+"/ways/"+profile+"/off", form, w.At("portal")); !page.Has("only") {
			t.Errorf("LK-12: the only one, by a form: %d at %s", page.Status, page.URL)
		}

		// It is brought back, once and for all, and is as strong as before.
		b.Get(w.At("portal") + "/ways/" + phone)
		action, form := b.Form("back")
		for range 2 {
			if page := b.Post(action, form, w.At("portal")); !page.Has("done") || !page.Has("off-"+phone) {
				t.Fatalf("brought back: %d at %s\n%s", page.Status, page.URL, page.Text())
			}
		}
		c = toPhone(t, w, rp, "scope", "openid profile", "acr_values", high)
		c.Tap(e.Device)
		if claims, _ := told(t, rp, c); claims["acr"] != high {
			t.Errorf("brought back: acr %v", claims["acr"])
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM journal WHERE kind = 'unlinked' AND ref <> ''"); n != 1 {
			t.Errorf("%d entries of taking off with a reference, want one", n)
		}
	})
}

// LK-12, IN-05: somebody else's way is one that never was; after 30 days nothing comes back.
func TestAttack_LK_12_WaysOfOthersAndTooLate(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP, e *hubtest.Enrolled) {
		b := byProfile(t, w)
		phone, profile := wayAt(t, w, b, hubtest.MeansPhone), wayAt(t, w, b, "trusted-profile")
		other := w.Browser(t)
		other.Get(w.At("portal") + "/begin")
		other.Choose("trusted-profile")
		other.Be("diacritics")
		own := wayAt(t, w, other, "trusted-profile")
		other.Get(w.At("portal") + "/ways/" + own)
		for _, id := range []string{profile, phone, strings.Repeat("0", 32), "x"} {
			if page := other.Get(w.At("portal") + "/ways/" + id); page.Query("wrong") != "none" || !page.Has("failure") {
				t.Errorf("IN-05: %d at %s", page.Status, page.URL)
			}
		}
		b.Click("off-" + profile)
		action, form := b.Form("off")
		for name, values := range map[string]url.Values{"another's form": form, "no token": {"left": {"low"}}} {
			if page := other.Post(action, values, w.At("portal")); page.TextOf("error-code") != "form_refused" {
				t.Errorf("CN-01: %s: %d", name, page.Status)
			}
		}
		if page := b.Post(action, form, w.Issuer); page.TextOf("error-code") != "cross_site" {
			t.Errorf("CN-01: from another host: %d", page.Status)
		}
		b.Get(w.At("portal") + "/ways/" + profile)
		if page := b.Click("off"); !page.Has("logged-out") {
			t.Fatalf("taken off: %d at %s\n%s", page.Status, page.URL, page.Text())
		}
		w.Shift(31 * 24 * time.Hour)
		b.Get(w.At("portal") + "/begin")
		tapped(b, e)
		page := b.Get(w.At("portal") + "/ways")
		if !page.Has("gone-"+profile) || page.Has("back-"+profile) {
			t.Errorf("after 31 days:\n%s", page.Text())
		}
		if page := b.Get(w.At("portal") + "/ways/" + profile); page.Query("wrong") != "late" {
			t.Errorf("after 31 days: %d at %s", page.Status, page.URL)
		}
	})
}

// H05: whoever lets no new ways in is let in by those that they have, and nobody by another that tells their
// number, until they say so again with a login as strong as any of theirs.
func TestAttack_LK_01_NoNewWaysIn(t *testing.T) {
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP, e *hubtest.Enrolled) {
		portal := w.At("portal")
		strong := w.Browser(t)
		strong.Get(portal + "/begin")
		tapped(strong, e)
		page := strong.Get(portal + "/new-ways")
		if !page.Has("close") {
			t.Fatalf("not asked at %s:\n%s", page.URL, page.Text())
		}
		_, form := strong.Form("close")
		if page := strong.Post(portal+"/new-ways/set", url.Values{"token": form["token"], "act": {"whatever"}}, portal); page.Status != http.StatusForbidden {
			t.Errorf("a form that says nothing: %d", page.Status)
		}
		strong.Get(portal + "/new-ways")
		if page := strong.Click("close"); !page.Has("done") || page.URL.Path != "/ways" {
			t.Fatalf("after closing, at %s:\n%s", page.URL, page.Text())
		}
		thief := w.Browser(t) // with an account that was opened in ordinary's name
		rp.As(t).Authorize(thief, "scope", "openid profile")
		thief.Choose("trusted-profile")
		if page := thief.Be("ordinary"); page.Has("approve") || page.TextOf("error-code") != "closed" || thief.Jar.Value("localhost", "__Host-sid") != "" {
			t.Errorf("a new way is let in at %s:\n%s", page.URL, page.Text())
		}
		own := toPhone(t, w, rp, "scope", "openid profile")
		if own.Tap(e.Device); !own.Page.Has("approve") {
			t.Errorf("an old way is not let in at %s:\n%s", own.Page.URL, own.Page.Text())
		}
		w.Shift(6 * time.Minute) // a screen that was left open changes nothing
		if page := strong.Get(portal + "/new-ways"); page.Status != http.StatusForbidden || page.Has("let") {
			t.Fatalf("six minutes later: %d at %s", page.Status, page.URL)
		}
		strong.Click("log-in")
		tapped(strong, e)
		strong.Get(portal + "/new-ways")
		if page := strong.Click("let"); !page.Has("done") {
			t.Fatalf("after opening, at %s:\n%s", page.URL, page.Text())
		}
		if b := byProfile(t, w); !b.Page.Has("log-out") {
			t.Errorf("a new way is not let in again at %s:\n%s", b.Page.URL, b.Page.Text())
		}
	})
}
