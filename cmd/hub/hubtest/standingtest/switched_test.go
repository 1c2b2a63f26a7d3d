package standingtest

import (
	"net/http"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

// held is what rests on a key that an office handed out: at a service, in a browser, at our own doors.
type held struct {
	device  *enrolledtest.Device
	browser *hubtest.Browser // with a session at the hub
	portal  *hubtest.Browser
	tokens  hubtest.Reply
	code    string
	asked   *hubtest.Browser // before a question
	clerk   *hubtest.Browser // before a case whose code is out
	typed   [2]string        // its number and code
}

func holds(t *testing.T, w *hubtest.World, rp *hubtest.RP) held {
	t.Helper()
	h := held{device: enrol(t, w, "clerk-1"), browser: w.Browser(t), portal: w.Browser(t), asked: w.Browser(t)}
	byKey := func(b *hubtest.Browser, changes ...string) {
		t.Helper()
		rp.Authorize(b, changes...)
		b.Click("means-" + hubtest.MeansPhone)
		if b.Tap(h.device); !b.Page.Has("approve") {
			t.Fatalf("no question after the key at %s:\n%s", b.Page.URL, b.Page.Text())
		}
	}
	byKey(h.browser, "scope", "openid offline_access", "prompt", "consent")
	h.tokens = rp.Exchange(rp.Answered(h.browser.Click("approve")).Code())
	rp.Authorize(h.browser, "prompt", "consent")
	h.code = rp.Answered(h.browser.Click("approve")).Code()
	byKey(h.asked)
	h.portal.Get(w.At("portal"))
	h.portal.Click("log-in")
	h.portal.Click("means-" + hubtest.MeansPhone)
	if page := h.portal.Tap(h.device); !page.Has("log-out") {
		t.Fatalf("not in the portal but at %s:\n%s", page.URL, page.Text())
	}
	h.clerk = desk(t, w, "clerk-1")
	handed(t, h.clerk, "79113090127")
	h.typed = [2]string{h.clerk.Page.TextOf("typed-number"), h.clerk.Page.TextOf("typed-code")}
	return h
}

// stands gives what of it is still worth something; only looking changes nothing.
func (h held) stands(t *testing.T, w *hubtest.World, rp *hubtest.RP) map[string]bool {
	t.Helper()
	fresh := w.Browser(t)
	rp.Authorize(fresh)
	fresh.Click("means-" + hubtest.MeansPhone)
	login := fresh.Tap(h.device)
	phone := w.Browser(t)
	phone.Get(w.Issuer + "/e")
	phone.Fill("number", h.typed[0])
	phone.Fill("code", h.typed[1])
	again, question := rp.Authorize(h.browser, "prompt", "consent"), h.asked.Page
	answered := rp.Landed(h.asked.Click("approve"))
	h.asked.Page = question
	return map[string]bool{
		"a login with the key":   login.Has("approve"),
		"the session":            again.Has("approve"),
		"the portal":             h.portal.Get(w.At("portal")).Has("log-out"),
		"the access token":       rp.Userinfo(h.tokens.Text("access_token")).Status == http.StatusOK,
		"the refresh token":      rp.Refresh(h.tokens.Text("refresh_token")).Status == http.StatusOK,
		"the code":               rp.Exchange(h.code).Status == http.StatusOK,
		"the answer":             answered,
		"the clerk's next case":  h.clerk.Get(w.At("desk")).Has("find"),
		"a code given out there": phone.Click("begin-typed").Has("who"),
	}
}

// SE-12 (ZITADEL CVE-2024-47000): an office that is switched off, by itself or with its institution, is out on
// every path of every replica: who logged in with what it handed out, what services hold of them, its
// clerks, and the codes that it gave out. When it comes back its keys and clerks work again; what had
// ended stays ended.
func TestAttack_SE_12_AnOfficeSwitchedOff(t *testing.T) {
	for name, institution := range map[string]string{"office": "", "institution": "city"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
				h := holds(t, w, rp)
				turn := func(on bool) {
					t.Helper()
					id := hubtest.RoomOffice
					if institution != "" {
						id = institution
					}
					if err := w.Replicas[0].Hub.Desks().Switch(t.Context(), id, institution != "", on, "root"); err != nil {
						t.Fatal(err)
					}
				}
				turn(false)
				for i := range w.Replicas {
					w.Hop(i)
					hubtest.Await(t, "the replica knows", func() bool {
						b := w.Browser(t)
						rp.Authorize(b)
						b.Click("means-" + hubtest.MeansPhone)
						page := b.Tap(h.device)
						return page.Has("error-code") && page.TextOf("error-code") == "office"
					})
					for what, stands := range h.stands(t, w, rp) {
						if stands {
							t.Errorf("replica %d: %s still counts", i, what)
						}
					}
				}
				turn(true)
				hubtest.Await(t, "the key logs in again", func() bool {
					b := w.Browser(t)
					rp.Authorize(b)
					b.Click("means-" + hubtest.MeansPhone)
					return b.Tap(h.device).Has("approve")
				})
				for what, stands := range h.stands(t, w, rp) {
					back := what == "a login with the key" || what == "the clerk's next case" || what == "a code given out there"
					if stands != back {
						t.Errorf("switched on again, %s: %v", what, stands)
					}
				}
			}, hubtest.WithReplicas(2))
		})
	}
}

// LK-02 (Sudhodanan/Paverd, USENIX Security 2022): whatever somebody opened in a person's name before ends
// when the office has proofed the person; what services were given lives on by its own rules.
func TestAttack_LK_02_SessionsEndWithANewProofing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		before, portal := w.Browser(t), w.Browser(t)
		rp.Authorize(before, "prompt", "consent")
		before.Choose("trusted-profile")
		before.Be("ordinary")
		tokens := rp.Exchange(rp.Answered(before.Click("approve")).Code())
		if !rp.Authorize(before, "prompt", "consent").Has("approve") {
			t.Fatal("there is no session to begin with")
		}
		portal.SignIn(w.At("portal"), "ordinary")
		if !portal.Page.Has("log-out") {
			t.Fatalf("not in the portal:\n%s", portal.Page.Text())
		}
		enrol(t, w, "clerk-1")
		if rp.Authorize(before, "prompt", "consent").Has("approve") {
			t.Error("a session from before lives on")
		}
		if portal.Get(w.At("portal")).Has("log-out") {
			t.Error("a session at the portal from before lives on")
		}
		if got := rp.Userinfo(tokens.Text("access_token")).Status; got != http.StatusOK {
			t.Errorf("what a service was given: %d", got)
		}
	})
}
