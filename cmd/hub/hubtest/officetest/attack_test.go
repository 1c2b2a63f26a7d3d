package officetest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/provider/staff"
)

// actsOnCase are the forms of a case, with what each would send.
func actsOnCase() map[string]url.Values {
	return map[string]url.Values{
		"take": {"station": {"7"}}, "look-up": {}, "evidence": {"document": {"idcard"}, "check": {"photo_likeness", "security_features", "data_agree"}},
		"decide": {"act": {"accept"}}, "print": {}, "sign": {"filed": {"x"}}, "hand-over": {"mode": {"office"}}, "reissue": {"mode": {"office"}},
		"take-up": {"way": {strings.Repeat("0", 32)}}, "scan": {"scanned": {"00000-00000-0"}}, "match": {"digits": {"000"}}, "cancel": {},
	}
}

// Attacks IN-05 (ZITADEL CVE-2025-64431, authentik CVE-2024-42490), IN-15: every route of the desk with
// every role that has no business there: nothing is shown and nothing is changed.
func TestAttack_IN_05_RolesAndRoutes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		before := clerk.Page.Text()
		_, token := clerk.Form("compared")
		for who, reads := range map[string]bool{"": false, "officer-1": false, "admin-1": false, "auditor-1": false, "clerk-2": true} {
			b := w.Browser(t)
			if who != "" {
				b.SignIn(w.At("desk"), who)
			}
			own := ""
			if b.Page != nil && b.Page.Has("log-out") {
				_, form := b.Form("log-out")
				own = form.Get("token")
			}
			for _, path := range []string{"", "/photo", "/form", "/state"} {
				page := b.Get(at + path)
				allowed := reads && (path == "" || path == "/state")
				if !allowed && page.Status != http.StatusUnauthorized && page.Status != http.StatusForbidden && page.Status != http.StatusNotFound {
					t.Errorf("%q reads %q: %d", who, path, page.Status)
				}
				if strings.Contains(page.Body, "87022290019") && who != "clerk-2" {
					t.Errorf("%q reads the number at %q", who, path)
				}
			}
			for act, form := range actsOnCase() {
				for _, tok := range []string{"", own, token.Get("token")} { // none, of another form, of another session
					sent := url.Values{"token": {tok}}
					for name, values := range form {
						sent[name] = values
					}
					if page := b.Post(at+"/"+act, sent, w.At("desk")); page.Status < 400 {
						t.Errorf("%q does %s with another's token: %d", who, act, page.Status)
					}
				}
			}
			if who != "admin-1" {
				if page := b.Get(w.At("desk") + "/team"); page.Status < 400 {
					t.Errorf("%q looks after colleagues: %d", who, page.Status)
				}
			}
		}
		if page := clerk.Get(at); page.Text() != before {
			t.Errorf("the case has changed:\n%s", page.Text())
		}
	})
}

// Attacks IN-10 (authentik CVE-2025-64521): who is locked while they work is out at the next request.
func TestAttack_IN_10_LockedAtWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, boss := desk(t, w, "clerk-1"), desk(t, w, "admin-1")
		find(clerk, ordinary)
		at := clerk.Page.URL.String()
		boss.Click("team")
		members, err := w.Replicas[0].Hub.Desks().Staff.In(t.Context(), hubtest.RoomOffice)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if m.Role == staff.LocalAdministrator {
				_, form := boss.Form("appoint")
				page := boss.Post(w.At("desk")+"/team/state", url.Values{"token": form["token"], "member": {m.ID.String()}, "act": {"lock"}}, w.At("desk"))
				if page.Refused() != "self" || page.Has("done") {
					t.Errorf("who locks themselves reads at %s:\n%s", page.URL, page.Text())
				}
			}
			if m.Role == staff.EnrolmentClerk {
				_, form := boss.Form("appoint")
				boss.Post(w.At("desk")+"/team/state", url.Values{"token": form["token"], "member": {m.ID.String()}, "act": {"lock"}}, w.At("desk"))
			}
		}
		if page := clerk.Get(at); page.Status != http.StatusForbidden {
			t.Errorf("a locked clerk reads on: %d", page.Status)
		}
		if page := clerk.Get(w.At("desk")); !page.Has("locked") || page.Has("find") {
			t.Errorf("a locked clerk's first page:\n%s", page.Text())
		}
	})
}

// Attacks SE-06 (RFC 9700): a page elsewhere makes the victim's phone redeem the attacker's code, or
// stop somebody's login.
func TestAttack_SE_06_FormsFromElsewhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		form := url.Values{"number": {clerk.Page.TextOf("typed-number")}, "code": {clerk.Page.TextOf("typed-code")}}
		victim := w.Browser(t)
		if page := victim.Post(w.Issuer+"/e", form, "https://evil.example"); page.Status != http.StatusForbidden || victim.Jar.Value("localhost", "__Host-phone") != "" {
			t.Errorf("a code from elsewhere: %d", page.Status)
		}
		if page := victim.Post(w.Issuer+"/c", url.Values{}, "https://evil.example"); page.Status != http.StatusForbidden || victim.Jar.Value("localhost", "__Host-phone") != "" {
			t.Errorf("a phone is made to wait from elsewhere: %d", page.Status)
		}
		if page := victim.Post(w.Issuer+"/not-me", url.Values{"reference": {"AAAAA-AAAAA-A"}}, "https://evil.example"); page.Status != http.StatusForbidden {
			t.Errorf("a stop from elsewhere: %d", page.Status)
		}
		if page := victim.Get(w.Issuer + "/e/now"); page.Status != http.StatusGone {
			t.Errorf("the victim's phone has a case: %d", page.Status)
		}
	})
}

// Attacks SE-06: a form that was made for another phone, as whoever has a case of their own can make one, does nothing on
// the victim's, although no key of a page guards it.
func TestAttack_SE_06_AFormOfAnotherPhone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, "79113090127")
		other := visit.Claim(t, w, clerk)
		clerk.Get(w.At("desk"))
		handed(t, clerk, ordinary)
		victim := visit.Claim(t, w, clerk)
		action, form := other.Form("yes")
		form.Set("act", "no")
		for name, foreign := range map[string]url.Values{"another phone's": form, "none": {"act": {"no"}}} {
			if page := victim.Post(action, foreign, w.Issuer); page.Status != http.StatusForbidden {
				t.Errorf("%s form: %d at %s", name, page.Status, page.URL)
			}
		}
		if page := victim.Get(w.Issuer + "/e/now"); !page.Has("yes") {
			t.Errorf("the victim's phone is at another step:\n%s", page.Text())
		}
	})
}

// Attacks OT-06, means.md §4.4: the phone's cookie, copied to another device, is worth nothing without
// the key that the phone made; the phone itself goes on.
func TestAttack_OT_06_TheCookieOnAnotherDevice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		phone := keyed(t, w, clerk)
		thief := w.Browser(t)
		thief.Jar.Put("localhost", http.Cookie{Name: "__Host-phone", Value: phone.Jar.Value("localhost", "__Host-phone"), Secure: true, Path: "/"})
		for _, path := range []string{"/e/now", "/e/now?with=totp", "/e/now?shown=" + url.QueryEscape("AAAA")} { // neither the step nor the digits
			if page := thief.Get(w.Issuer + path); page.Has("who") || page.Has("match") || strings.Contains(page.Body, "K. B.") || !page.Has("show") {
				t.Errorf("the thief sees at %s:\n%s", path, page.Text())
			}
		}
		if page := thief.Click("show"); page.Status != http.StatusForbidden || !strings.Contains(page.TextOf("error-code"), "other_phone") {
			t.Errorf("the thief goes on: %d\n%s", page.Status, page.Text())
		}
		phone.Get(w.Issuer + "/e/now") // closed and opened again
		if page := phone.signed("show", "show"); !page.Has("who") || !page.Has("match") {
			t.Errorf("the phone itself is not shown its step: %d\n%s", page.Status, page.Text())
		}
		seen := phone.Page.URL.String()
		action, form := phone.form("yes", "you")
		if page := phone.Post(action, form, w.Issuer); !page.Has("answer") {
			t.Errorf("the phone itself does not go on: %d\n%s", page.Status, page.Text())
		}
		if page := thief.Get(seen); page.Has("who") || page.Has("answer") || !page.Has("show") {
			t.Errorf("an address from before shows the thief:\n%s", page.Text())
		}
		for _, act := range []string{"proof", "codes"} {
			if page := phone.Post(w.Issuer+"/e/now/"+act, form, w.Issuer); page.Status != http.StatusForbidden {
				t.Errorf("the signature of one act does for %s: %d", act, page.Status)
			}
		}
	})
}

// Attacks OT-14 (ASVS 14): codes stand in no address and no log line.
func TestAttack_OT_14_CodesLeakNowhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		typed := clerk.Page.TextOf("typed-code")
		phone := claim(t, w, clerk)
		match := phone.Page.TextOf("match")
		for _, trail := range [][]string{clerk.Trail, phone.Trail} {
			for _, address := range trail {
				if strings.Contains(address, typed) || strings.Contains(address, ordinary) || strings.HasSuffix(address, "="+match) {
					t.Errorf("an address holds a code or a number")
				}
			}
		}
		log := w.Log.String()
		for name, secret := range map[string]string{
			"typed code": typed, "number": ordinary, "cookie": phone.Jar.Value("localhost", "__Host-phone"), "document": "ZZP100001", "name": "Brzeziński",
		} {
			if secret != "" && strings.Contains(log, secret) {
				t.Errorf("the log holds the %s", name)
			}
		}
		if strings.Contains(clerk.Page.Header.Get("Referrer-Policy"), "unsafe") || phone.Page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %q, %q", clerk.Page.Header.Get("Referrer-Policy"), phone.Page.Header.Get("Cache-Control"))
		}
	})
}
