// Package officetest plays a visit to an office through the whole hub: the clerk at the desk, the
// citizen with a phone, the register, the messages; in requests. What becomes of an enrolment afterwards is told in
// package standingtest, real browsers are in officewindowtest; what a single step must withstand is told beside
// provider/enrolment and in the stores.
package officetest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/enrolled/enrolledtest"
)

func TestAVisitFromFindingToTheFirstLogin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		handed(t, clerk, ordinary)
		if !clerk.Page.Has("no-phone") { // means.md R-ENR-11
			t.Errorf("nothing for who has no phone:\n%s", clerk.Page.Text())
		}
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
		if !regexp.MustCompile(`^[0-9]{3}$`).MatchString(match) || !strings.Contains(phone.Page.TextOf("tick-checked"), "✓") || strings.Contains(phone.Page.TextOf("tick-signed"), "✓") || phone.Page.Has("tick-noticed") {
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
		if page := phone.Click("show-codes"); !page.Has("codes") || !strings.HasSuffix(w.At("portal"), "//"+page.TextOf("portal")) || page.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the recovery codes:\n%s", page.Text())
		} else if !page.Has("day-by-day") || !strings.Contains(page.TextOf("reach"), "With your phone you reach the medium level") {
			t.Errorf("what the codes are worth stands beside what the phone is, and nothing tells them apart:\n%s", page.Text())
		}
		if page := phone.Click("codes-kept"); page.Has("codes") || page.Has("show-codes") {
			t.Error("the recovery codes are shown again")
		} else if !strings.Contains(page.TextOf("codes-shown"), "shown once") || !strings.Contains(page.Body, `id="new-codes" href="`+w.At("portal")+`/devices"`) {
			t.Errorf("nothing for who has not written them down:\n%s", page.Text())
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

func TestAFirstIDCardGoesThroughWithASecondClerk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, second := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		if page := find(clerk, "08300190078"); !page.Has("document-none") {
			t.Fatalf("a first-ID applicant:\n%s", page.Text())
		}
		if text := clerk.Page.Text(); !strings.Contains(text, "as they say them") || strings.Contains(text, "are the same as in the register") {
			t.Errorf("without a document it is compared with what they say:\n%s", text)
		}
		compared(clerk)
		at := clerk.Page.URL.String()
		if !clerk.Page.Has("step-review") || clerk.Page.Has("photo") {
			t.Fatalf("the clerk decides alone:\n%s", clerk.Page.Text())
		}
		if page := second.Get(at); !page.Has("accept") || !page.Has("photo") {
			t.Fatalf("the second clerk sees:\n%s", page.Text())
		}
		action, form := second.Form("accept")
		form["act"], form["why"] = []string{"reject"}, []string{"document"}
		if page := second.Post(action, form, w.At("desk")); page.Refused() != "no_reason" {
			t.Errorf("refused for a document that nobody showed: %q", page.Refused())
		}
		second.Get(at)
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
