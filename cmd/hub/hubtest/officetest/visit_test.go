// Package officetest plays a visit to an office through the whole hub: the clerk at the desk, the
// citizen with a phone, the register, the messages; in requests and in a real browser with two
// windows. What a single step must withstand is told beside provider/enrolment and in the stores.
package officetest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
	"symbolon/provider/store"
)

// ordinary's number and the end of their document's.
const (
	ordinary    = "87022290019"
	ordinaryEnd = "0001"
)

func clinic() *hubtest.RP {
	return hubtest.Phoned(&hubtest.RP{ID: "clinic", Method: "client_secret_basic"})
}

// each runs a story on both databases, with the office open.
func each(t *testing.T, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	eachWith(t, clinic, story, with...)
}

// eachWith is each with a party of one's own.
func eachWith(t *testing.T, party func() *hubtest.RP, story func(*testing.T, *hubtest.World, *hubtest.RP), with ...hubtest.With) {
	t.Helper()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := party()
			w := open(t, rp, append(with, hubtest.WithDialect(d))...)
			story(t, w, rp)
		})
	}
}

func open(t *testing.T, rp *hubtest.RP, with ...hubtest.With) *hubtest.World {
	t.Helper()
	w := hubtest.New(t, append([]hubtest.With{hubtest.WithRPs(rp), hubtest.WithPhone(t, nil), hubtest.WithOffice()}, with...)...)
	w.Employ(t)
	return w
}

// desk is a clerk before the desk's browser.
func desk(t *testing.T, w *hubtest.World, member string) *hubtest.Browser {
	t.Helper()
	b := w.Browser(t)
	b.SignIn(w.At("desk"), member)
	if !b.Page.Has("office") {
		t.Fatalf("%s is not at the desk but at %s (%d):\n%s", member, b.Page.URL, b.Page.Status, b.Page.Text())
	}
	return b
}

// find opens a case.
func find(b *hubtest.Browser, number string) *hubtest.Page {
	b.Fill("number", number)
	return b.Click("find")
}

// compared ticks every check and goes on.
func compared(b *hubtest.Browser) *hubtest.Page {
	for _, id := range b.Page.IDs("check-") {
		b.Tick(id)
	}
	return b.Click("compared")
}

// handed brings a case from the number to the code.
func handed(t *testing.T, b *hubtest.Browser, number string) {
	t.Helper()
	find(b, number)
	compared(b)
	b.Click("print")
	b.Click("to-case")
	b.Click("signed")
	if page := b.Click("hand-over"); !page.Has("qr") {
		t.Fatalf("no code at %s:\n%s", page.URL, page.Text())
	}
}

// claim types the code that the desk shows, as a phone without a camera does.
func claim(t *testing.T, w *hubtest.World, at *hubtest.Browser) *hubtest.Browser {
	t.Helper()
	phone := w.Browser(t)
	phone.Get(w.Issuer + "/e")
	phone.Fill("number", at.Page.TextOf("typed-number"))
	phone.Fill("code", at.Page.TextOf("typed-code"))
	phone.Click("begin-typed")
	return phone
}

func TestAVisitFromFindingToTheFirstLogin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		at := clerk.Page.URL.String()
		phone := claim(t, w, clerk)
		if text := phone.Page.TextOf("who"); !strings.Contains(text, "K. B.") || !strings.Contains(text, "1987") || strings.Contains(phone.Page.Body, "Konstanty") {
			t.Errorf("the phone asks %q", text)
		}
		if w.Browser(t).Get(w.Issuer + "/e").Has("resume") { // features S05
			t.Error("a phone that has begun nothing is asked to go on")
		}
		if page := phone.Get(w.Issuer + "/e"); !page.Has("resume") || !phone.Click("resume").Has("who") {
			t.Errorf("a page that was closed is not opened again:\n%s", page.Text())
		}
		phone.Click("yes")
		phone.Fill("answer", ordinaryEnd)
		phone.Click("go-on")
		phone.Click("accept")
		device := enrolledtest.NewDevice()
		phone.MakeKey(device)
		match := phone.Page.TextOf("match")
		if !regexp.MustCompile(`^[0-9]{3}$`).MatchString(match) || !strings.Contains(phone.Page.TextOf("tick-checked"), "✓") || strings.Contains(phone.Page.TextOf("tick-signed"), "✓") {
			t.Fatalf("the phone waits with %q:\n%s", match, phone.Page.Text())
		}
		clerk.Get(at)
		clerk.Fill("digits", match)
		if page := clerk.Click("match"); !page.Has("step-done") || !strings.Contains(page.TextOf("level"), "medium") { // no more than the key gives
			t.Fatalf("after the digits:\n%s", page.Text())
		}
		phone.Get(w.Issuer + "/e/now")
		if page := phone.Page; !page.Has("show-codes") || !strings.Contains(page.TextOf("tick-noticed"), "✓") {
			t.Fatalf("the phone at the end:\n%s", page.Text())
		} else if !strings.Contains(page.TextOf("reach"), "medium") {
			t.Errorf("the phone says of the level: %q", page.TextOf("reach"))
		}
		if page := phone.Click("show-codes"); !page.Has("codes") || page.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the recovery codes:\n%s", page.Text())
		}
		if page := phone.Click("codes-kept"); page.Has("codes") || page.Has("show-codes") {
			t.Error("the recovery codes are shown again")
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(device)
		answer := rp.Finish(login, "ordinary")
		if _, claims := hubtest.ReadJWT(t, rp.Exchange(answer.Code()).Text("id_token")); claims["sub"] == "" {
			t.Error("no login with what the office gave")
		}
	})
}

// Means.md R-ENR-07: every channel is told within a minute, and the reference stops what was set up.
func TestThisWasNotMe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		device := enrol(t, w, "clerk-1")
		var reference string
		channels := map[string]bool{}
		hubtest.Eventually(t, "both channels are told", func() bool {
			for _, m := range w.Country.Inbox.Messages() {
				if found := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}-.`).FindString(m.Body); found != "" && strings.Contains(m.Body, "/not-me") {
					reference, channels[m.Channel] = found, true
				}
			}
			return len(channels) == 2
		})
		victim := w.Browser(t)
		victim.Get(w.Issuer + "/not-me")
		victim.Fill("reference", strings.ToLower(reference))
		if page := victim.Click("stop"); !page.Has("stopped") {
			t.Fatalf("after stopping:\n%s", page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		if page := login.Tap(device); page.Has("approve") || page.URL.Path == "/callback" {
			t.Errorf("what was stopped logs in:\n%s", page.Text())
		}
	})
}

// enrol is a whole visit of ordinary's.
func enrol(t *testing.T, w *hubtest.World, member string) *enrolledtest.Device {
	t.Helper()
	clerk := desk(t, w, member)
	handed(t, clerk, ordinary)
	return finish(t, w, clerk)
}

// finish takes the code from the desk to a key that works.
func finish(t *testing.T, w *hubtest.World, clerk *hubtest.Browser) *enrolledtest.Device {
	t.Helper()
	at := clerk.Page.URL.String()
	phone := claim(t, w, clerk)
	match := phone.Page.TextOf("match")
	clerk.Get(at)
	clerk.Fill("digits", match) // the digits may come first
	clerk.Click("match")
	phone.Get(w.Issuer + "/e/now")
	phone.Click("yes")
	phone.Fill("answer", ordinaryEnd)
	phone.Click("go-on")
	phone.Click("accept")
	device := enrolledtest.NewDevice()
	if page := phone.MakeKey(device); !page.Has("show-codes") {
		t.Fatalf("the visit ends at %s:\n%s", page.URL, page.Text())
	}
	return device
}

func TestAFirstIDCardGoesThroughWithASecondClerk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		if page := find(clerk, "08300190078"); !page.Has("document-none") {
			t.Fatalf("a first-ID applicant:\n%s", page.Text())
		}
		compared(clerk)
		at := clerk.Page.URL.String()
		if !clerk.Page.Has("step-review") || clerk.Page.Has("photo") {
			t.Fatalf("the clerk decides alone:\n%s", clerk.Page.Text())
		}
		if page := second.Get(at); !page.Has("accept") || !page.Has("photo") {
			t.Fatalf("the second clerk sees:\n%s", page.Text())
		}
		second.Click("accept")
		if page := clerk.Get(at); !page.Has("print") {
			t.Errorf("after the decision:\n%s", page.Text())
		}
	})
}

func TestTheRegisterIsOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		if err := w.Country.Registers.Switches.Set("down", "all"); err != nil {
			t.Fatal(err)
		}
		if page := find(clerk, ordinary); page.Status != http.StatusOK || !page.Has("step-wait") || !page.Has("refused") {
			t.Fatalf("without a register (%d):\n%s", page.Status, page.Text())
		}
		if err := w.Country.Registers.Switches.Set("down", ""); err != nil {
			t.Fatal(err)
		}
		if page := clerk.Click("look-up"); !page.Has("photo") {
			t.Errorf("when it is back:\n%s", page.Text())
		}
	})
}

// A phone was lost: after a new visit the old key logs in nowhere, and whoever was logged in with it is
// logged out (attacks LK-02).
func TestALostPhoneIsReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		old := enrol(t, w, "clerk-1")
		found := w.Browser(t)
		rp.Authorize(found, "scope", "openid")
		found.Click("means-" + hubtest.MeansPhone)
		found.Tap(old)
		rp.Finish(found, "ordinary")
		clerk := desk(t, w, "clerk-1")
		clerk.Pick("purpose", "lost_phone")
		handed(t, clerk, ordinary)
		fresh := finish(t, w, clerk)
		if page := rp.Authorize(found, "scope", "openid"); !page.Has("means-" + hubtest.MeansPhone) {
			t.Errorf("the finder is still logged in:\n%s", page.Text())
		}
		found.Click("means-" + hubtest.MeansPhone)
		if page := found.Tap(old); page.Has("approve") || rp.Landed(page) {
			t.Errorf("the lost phone logs in:\n%s", page.Text())
		}
		login := w.Browser(t)
		rp.Authorize(login, "scope", "openid")
		login.Click("means-" + hubtest.MeansPhone)
		login.Tap(fresh)
		if rp.Finish(login, "ordinary").Code() == "" {
			t.Error("the new phone does not log in")
		}
	})
}
