package officetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Attacks SE-12, features H24: who logs out at the desk leaves no code behind in the browser.
func TestAttack_SE_12_TheCodeGoesWithTheClerk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at, kept := clerk.Page.URL.String(), clerk.Jar.Value("desk.localhost", "__Host-hand")
		clerk.Click("log-out")
		if clerk.Jar.Value("desk.localhost", "__Host-hand") != "" {
			t.Error("the browser keeps the code of who logged out")
		}
		clerk.Jar.Put("desk.localhost", http.Cookie{Name: "__Host-hand", Value: kept, Secure: true, Path: "/"})
		clerk.SignIn(w.At("desk"), "clerk-2")
		if page := clerk.Get(at); page.Has("qr") || page.Has("typed-code") {
			t.Errorf("a colleague sees the code:\n%s", page.Text())
		}
	})
}

// Attacks SE-08, IN-01: who looks after colleagues proves anew who they are before anything changes.
func TestAttack_SE_08_ColleaguesAreChangedWithAFreshProof(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		boss := desk(t, w, "admin-1")
		boss.Click("team")
		if !boss.Page.Has("appoint") {
			t.Fatalf("a moment after the login:\n%s", boss.Page.Text())
		}
		_, form := boss.Form("appoint")
		w.Shift(3 * time.Minute)
		boss.Get(w.At("desk") + "/team")
		w.Shift(3 * time.Minute)
		if page := boss.Get(w.At("desk") + "/team"); page.Has("appoint") || !page.Has("step-up") {
			t.Errorf("six minutes later:\n%s", page.Text())
		}
		for _, act := range []string{"appoint", "station", "state", "case"} {
			sent := url.Values{"token": form["token"], "number": {"91050390124"}, "role": {"enrolment_clerk"}, "id": {"9"}, "name": {"x"}}
			if page := boss.Post(w.At("desk")+"/team/"+act, sent, w.At("desk")); page.Status != http.StatusForbidden {
				t.Errorf("%s without a fresh proof: %d", act, page.Status)
			}
		}
	})
}

// Means.md §4.2: a clerk's case is ended by that clerk, or by the local administrator, who sees nothing of
// what it is about.
func TestAttack_IN_05_TheAdministratorEndsACaseUnseen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, boss := desk(t, w, "clerk-1"), desk(t, w, "admin-1")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		page := boss.Click("team")
		buttons := page.IDs("relieve-")
		if len(buttons) != 1 || strings.Contains(page.Body, ordinary) || strings.Contains(page.Body, "K. B.") {
			t.Fatalf("%d cases to end:\n%s", len(buttons), page.Text())
		}
		boss.Pick(strings.Replace(buttons[0], "relieve-", "why-", 1), "clerk_away")
		number := strings.TrimPrefix(buttons[0], "relieve-")
		if page := boss.Click(buttons[0]); page.Refused() != "" || len(page.IDs("relieve-")) != 0 || !strings.Contains(page.TextOf("done"), number) {
			t.Errorf("after ending it:\n%s", page.Text())
		}
		if page := clerk.Get(at); !page.Has("step-ended") {
			t.Errorf("the clerk sees:\n%s", page.Text())
		}
	})
}

// Attacks OT-06, OT-14: recovery codes are in no page that only the cookie asks for, and are given to the
// phone whose key signs for them.
func TestAttack_OT_14_RecoveryCodesForTheCookieAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		phone := keyed(t, w, clerk)
		finishOn(t, clerk, phone)
		thief := w.Browser(t)
		thief.Jar.Put("localhost", http.Cookie{Name: "__Host-phone", Value: phone.Jar.Value("localhost", "__Host-phone"), Secure: true, Path: "/"})
		if page := thief.Get(w.Issuer + "/e/now"); page.Has("codes") || page.Has("account") {
			t.Errorf("the cookie alone reads the codes:\n%s", page.Text())
		}
		thiefs := thief.Page
		if page := thief.Click("show"); page.Status != http.StatusForbidden || page.Has("codes") {
			t.Errorf("without the phone's key: %d", page.Status)
		}
		thief.Page = thiefs
		action, form := thief.Form("show")
		if page := thief.Post(strings.Replace(action, "/show", "/codes", 1), form, w.Issuer); page.Status != http.StatusForbidden || page.Has("codes") {
			t.Errorf("the codes without the phone's key: %d", page.Status)
		}
		phone.Get(w.Issuer + "/e/now")
		phone.signed("show", "show")
		if page := phone.signed("show-codes", "codes"); !page.Has("codes") {
			t.Errorf("the phone itself: %d\n%s", page.Status, page.Text())
		}
		phone.Get(w.Issuer + "/e/now")
		if page := phone.signed("show", "show"); !page.Has("reach") || page.Has("codes") || page.Has("show-codes") {
			t.Errorf("a second time:\n%s", page.Text())
		}
	})
}

// Attacks OT-14: who made their recovery codes anew before the phone showed the first ones is shown none there that do not
// work, and the page goes on without them.
func TestAttack_OT_14_CodesThatWereReplacedBeforeTheyWereShown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		phone, device := visit.ToTheKey(t, w, clerk, visit.OrdinaryEnd), enrolledtest.NewDevice()
		if page := phone.MakeKey(device); !page.Has("show-codes") {
			t.Fatalf("at %s:\n%s", page.URL, page.Text())
		}
		b := w.Browser(t)
		b.Get(w.At("portal") + "/begin")
		b.Choose(hubtest.MeansPhone)
		b.Tap(device)
		b.Get(w.At("portal") + "/devices/codes")
		if page := b.Click("make-codes"); !page.Has("codes") {
			t.Fatalf("made anew at %s:\n%s", page.URL, page.Text())
		}
		if page := phone.Click("show-codes"); page.Has("codes") || page.Has("show-codes") || !page.Has("reach") {
			t.Errorf("the phone shows codes of before:\n%s", page.Text())
		}
	})
}
