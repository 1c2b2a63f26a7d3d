package doortest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// clinic is a party of the test's: names required, the rest to be given.
func clinic() *hubtest.RP { return &hubtest.RP{ID: "clinic", Method: "client_secret_basic"} }

// tell logs somebody in at the clinic, tells it what is ticked, and gives what it then holds.
func tell(b *hubtest.Browser, rp *hubtest.RP, person string, ticked []string, changes ...string) hubtest.Reply {
	rp.Authorize(b, append([]string{"scope", "openid offline_access profile email", "prompt", "consent"}, changes...)...)
	if b.Page.Has("means-trusted-profile") {
		b.Choose("trusted-profile")
		be(b, person)
	}
	for _, box := range ticked {
		b.Tick(box)
	}
	return rp.Exchange(rp.Answered(b.Click("approve")).Code())
}

func withClinic(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP)) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			story(t, hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp)), rp)
		})
	}
}

// What was shown and told is what the portal says afterwards: who, when, how surely, what, why, on
// what ground; the values are nowhere. A no is there, too.
func TestThePortalSaysWhoAsked(t *testing.T) {
	t.Parallel()
	withClinic(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		if page := b.Click("asked"); !page.Has("nobody") {
			t.Errorf("nobody asked, and yet:\n%s", page.Text())
		}
		tell(b, rp, "ordinary", []string{"attr-email"})
		rp.Authorize(b, "prompt", "consent")
		b.Click("decline")
		page := b.Get(w.At("portal") + "/asked")
		times := page.IDs("time-")
		if len(times) != 2 || !strings.Contains(page.TextOf(times[0]), "You said no") {
			t.Fatalf("%d times:\n%s", len(times), page.Text())
		}
		told := page.TextOf(times[1])
		for _, want := range []string{"Office clinic", "clinic.example", "medium level", "First name", "E-mail", "serve you", "You agreed to it", "You kept back:", "by themselves", "Reference:"} {
			if !strings.Contains(told, want) {
				t.Errorf("%q is not said:\n%s", want, told)
			}
		}
		if strings.Contains(page.Body, "mail.example") || strings.Contains(page.Body, "Brzeziński") {
			t.Error("a value is shown that nobody keeps")
		}
	})
}

// PV-04 (ZITADEL CVE-2026-55670): nobody sees or ends anything of somebody else's, whatever the address says.
func TestAttack_PV_04_EverybodySeesTheirOwnOnly(t *testing.T) {
	t.Parallel()
	withClinic(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		victim, other := w.Browser(t), w.Browser(t)
		held := tell(victim, rp, "ordinary", nil)
		signIn(w, victim, "portal", "trusted-profile", "ordinary")
		theirs := victim.Get(w.At("portal") + "/asked").IDs("time-")
		signIn(w, other, "portal", "trusted-profile", "diacritics")
		for path, status := range map[string]int{
			"/asked": http.StatusOK, "/allowed": http.StatusOK, "/ways": http.StatusOK,
			"/asked?before=ffffffffffffffffffffffffffffffff": http.StatusBadRequest, "/asked?before=" + strings.TrimPrefix(theirs[0], "time-"): http.StatusBadRequest,
		} {
			if page := other.Get(w.At("portal") + path); strings.Contains(page.Text(), "clinic") || page.Status != status {
				t.Errorf("%s shows somebody else's (%d):\n%s", path, page.Status, page.Text())
			}
		}
		tell(other, rp, "diacritics", nil)
		other.Get(w.At("portal") + "/allowed")
		other.Click("withdraw-clinic")
		if got := rp.Refresh(held.Text("refresh_token")); got.Status != http.StatusOK {
			t.Errorf("somebody else's withdrawal ended it: %d", got.Status)
		}
	})
}

// What is taken back has ended at once on every path: tokens, a code that is out, the remembered
// yes. Taking it back twice, or what was never given, is no error and is recorded once.
func TestTakingBackEndsWhatThePartyHolds(t *testing.T) {
	t.Parallel()
	withClinic(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		held := tell(b, rp, "ordinary", []string{"attr-email", "remember"})
		code := rp.Answered(rp.Authorize(b, "scope", "openid profile email")).Code() // answered by the remembered yes
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		page := b.Click("allowed")
		if text := page.TextOf("party-clinic"); !strings.Contains(text, "E-mail") || !strings.Contains(text, "by themselves until") {
			t.Fatalf("what is allowed:\n%s", page.Text())
		}
		action, form := b.Form("withdraw-clinic")
		if page := b.Click("withdraw-clinic"); !page.Has("withdrawn") || !page.Has("nothing") || page.URL.Path != "/allowed" {
			t.Errorf("after taking it back:\n%s", page.Text())
		}
		if got := rp.Userinfo(held.Text("access_token")); got.Status != http.StatusUnauthorized {
			t.Errorf("an access token: %d", got.Status)
		}
		if got := rp.Refresh(held.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("a refresh token: %d", got.Status)
		}
		if got := rp.Exchange(code); got.Text("error") != "invalid_grant" {
			t.Errorf("a code: %d", got.Status)
		}
		if page := rp.Authorize(b, "scope", "openid profile email"); !page.Has("approve") {
			t.Error("the remembered yes still answers")
		}
		for _, address := range []string{action, strings.Replace(action, "/clinic/", "/nobody/", 1), strings.Replace(action, "/clinic/", "/own:portal/", 1)} {
			if page := b.Post(address, form, w.At("portal")); page.Status != http.StatusOK || page.URL.Path != "/allowed" {
				t.Errorf("again, at %s: %d", address, page.Status)
			}
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM journal WHERE kind = 'withdrawn'"); n != 1 {
			t.Errorf("%d withdrawals are recorded, want one", n)
		}
	})
}

// CN-01: no other site's form takes anything back, and no form of another session.
func TestAttack_CN_01_FormsOfThePortal(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithRPs(clinic()))
	b, other := w.Browser(t), w.Browser(t)
	signIn(w, b, "portal", "trusted-profile", "ordinary")
	signIn(w, other, "portal", "trusted-profile", "diacritics")
	for _, id := range []string{"log-out", "log-out-everywhere"} {
		other.Get(w.At("portal"))
		action, form := other.Form(id)
		if page := b.Post(action, form, w.At("portal")); page.TextOf("error-code") != "form_refused" {
			t.Errorf("%s with another session's token: %d", id, page.Status)
		}
		b.Get(w.At("portal"))
		_, own := b.Form(id)
		for _, origin := range []string{w.Issuer, w.At("desk"), "https://evil.example", "null"} {
			if page := b.Post(action, own, origin); page.TextOf("error-code") != "cross_site" {
				t.Errorf("%s from %s: %d", id, origin, page.Status)
			}
		}
		if page := b.Post(action, url.Values{}, w.At("portal")); page.TextOf("error-code") != "form_refused" {
			t.Errorf("%s without a token: %d", id, page.Status)
		}
	}
	if at(t, w, b, "portal") == nil {
		t.Error("one of them worked")
	}
}

// Who finds something wrong ends everything with one press: every session in every browser, and what
// services hold.
func TestLoggingOutEverywhere(t *testing.T) {
	t.Parallel()
	withClinic(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b, thief := w.Browser(t), w.Browser(t)
		held := tell(thief, rp, "ordinary", nil)
		signIn(w, thief, "portal", "trusted-profile", "ordinary")
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		if page := b.Click("log-out-everywhere"); !page.Has("logged-out") || !strings.Contains(page.Text(), "everywhere") || !strings.Contains(page.Text(), "log out there") {
			t.Fatalf("after it:\n%s", page.Text())
		}
		if at(t, w, thief, "portal") != nil || at(t, w, b, "portal") != nil {
			t.Error("a session lives on")
		}
		if page := rp.Authorize(thief); !page.Has("means-trusted-profile") {
			t.Error("a session of the hub lives on")
		}
		if got := rp.Refresh(held.Text("refresh_token")); got.Text("error") != "invalid_grant" {
			t.Errorf("a refresh token: %d", got.Status)
		}
	})
}

// The ways to log in are those that were used, with the level that each reached and when.
func TestThePortalShowsTheWaysToLogIn(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		b.Login(w.Country.Addresses.City, "bank-one", "ordinary")
		w.Shift(time.Hour)
		signIn(w, b, "portal", "trusted-profile", "ordinary")
		page := b.Click("ways")
		if ways := page.IDs("way-"); len(ways) != 2 || ways[0] != "way-trusted-profile" || !strings.Contains(page.TextOf("way-bank"), "medium level") {
			t.Errorf("the ways are %v:\n%s", ways, page.Text())
		}
	})
}

// Many times are shown a page at a time, none twice and none left out.
func TestThePortalPages(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	b := w.Browser(t)
	signIn(w, b, "portal", "trusted-profile", "ordinary")
	for range 45 {
		rp.Authorize(b, "prompt", "consent")
		b.Click("decline")
	}
	seen := map[string]bool{}
	page := b.Get(w.At("portal") + "/asked")
	for pages := 1; ; pages++ {
		for _, id := range page.IDs("time-") {
			if seen[id] {
				t.Fatalf("%s is shown twice", id)
			}
			seen[id] = true
		}
		if !page.Has("older") {
			if pages != 3 || len(seen) != 45 {
				t.Errorf("%d times on %d pages", len(seen), pages)
			}
			return
		}
		page = b.Click("older")
	}
}
