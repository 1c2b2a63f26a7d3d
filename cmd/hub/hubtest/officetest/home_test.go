package officetest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/cmd/hub/hubtest/visit"
	"symbolon/connectors/enrolled/enrolledtest"
)

// Means.md §4.4: a code for home is handed over when the citizen has read out at the desk what came to one of their
// addresses; the second half goes there, and nowhere else. Without it the desk offers the code now.
func TestACodeForHomeTakesAnAddressConfirmedAtTheDesk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk, colleague := desk(t, w, "clerk-1"), desk(t, w, "clerk-2")
		page := toSign(clerk, ordinary)
		at := page.URL.String()
		if !page.Has("contact-email") || !page.Has("contact-phone_number") || strings.Contains(page.Body, "konstanty") || !strings.Contains(page.TextOf("contact-email"), "…@") {
			t.Fatalf("the desk shows of the addresses:\n%s", page.Text())
		}
		if page := colleague.Get(at); page.Has("contacts") || page.Has("send-email") {
			t.Errorf("a colleague sees:\n%s", page.Text())
		}
		page = clerk.Click("hand-home")
		if page.Refused() != "no_channel" || page.Has("qr") || !page.Has("hand-over") {
			t.Fatalf("for home although nothing was confirmed, at %s:\n%s", page.URL, page.Text())
		}
		clerk.Pick("language-email", "hu") // the citizen's, whatever the clerk reads
		code := visit.SentTo(t, w, "email", func() { clerk.Click("send-email") })
		if page = clerk.Page; !marked(page.Need(t, "code-email"), "autofocus") || marked(page.Need(t, "scanned"), "autofocus") {
			t.Error("a keyboard does not begin where the number is typed")
		}
		if text := page.Text(); !strings.Contains(text, "Tries left: 3") {
			t.Errorf("before the first try:\n%s", text)
		}
		slip := code[:5]
		clerk.Fill("code-email", slip)
		if page = clerk.Click("check-email"); page.Refused() != "contact_code" || valueOf(t, page, "code-email") != slip || strings.Contains(page.URL.String(), slip) {
			t.Errorf("a digit too few, at %s:\n%s", page.URL, page.Text())
		}
		wrong := string('0'+(code[0]-'0'+1)%10) + code[1:]
		clerk.Fill("code-email", wrong)
		if page = clerk.Click("check-email"); page.Refused() != "wrong" || page.Has("confirmed-email") || !strings.Contains(page.Text(), "Tries left: 2") || strings.Count(page.Text(), "Tries left") != 1 {
			t.Errorf("another number, at %s:\n%s", page.URL, page.Text())
		}
		clerk.Fill("code-email", code[:3]+" "+code[3:])
		if page = clerk.Click("check-email"); !page.Has("confirmed-email") || page.Has("send-email") {
			t.Fatalf("the right number, at %s:\n%s", page.URL, page.Text())
		}
		if page = clerk.Click("hand-home"); !page.Has("qr") || !page.Has("other-contacts") || page.Refused() != "" {
			t.Fatalf("for home after that, at %s:\n%s", page.URL, page.Text())
		}
		day := regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}`)
		if !page.Has("at-home") || page.Has("no-phone") || !day.MatchString(page.TextOf("until")) {
			t.Errorf("the desk does not say what is done with it, or on which day it ends:\n%s", page.Text())
		}
		typed := page.TextOf("typed-code")
		if page := clerk.Click("form"); page.TextOf("home-code") != typed || !strings.Contains(page.TextOf("paper"), "nyolc számjegyet") || strings.Contains(page.TextOf("paper"), "három számjegy") ||
			valueAt(page.Need(t, "paper"), "lang") != "hu" || !strings.Contains(page.TextOf("form-at-hand"), "okmányt") || !strings.Contains(page.TextOf("step-help"), "Nothing is signed") {
			t.Errorf("on the form for home:\n%s", page.Text())
		}
		clerk.Get(at)
		half := halfOf(t, w)
		for _, m := range w.Country.Inbox.Messages() {
			if strings.Contains(m.Body, code) && !strings.Contains(m.Body, "olvassa fel") || strings.Contains(m.Body, half) && !strings.Contains(m.Body, "otthonra") {
				t.Errorf("not in the citizen's language: %q", m.Subject)
			}
		}
		phone := visit.Claim(t, w, clerk)
		if page := phone.Page; !day.MatchString(page.TextOf("where")) {
			t.Errorf("the phone does not say on which day they were at the office: %q", page.TextOf("where"))
		}
		if next := phone.Page.TextOf("next"); !strings.HasSuffix(next, "“Your number for home”.") || strings.Contains(next, "clerk") {
			t.Errorf("at home comes next: %s", next)
		}
		phone.Click("yes")
		phone.Fill("answer", visit.OrdinaryEnd)
		if page := phone.Click("go-on"); strings.Contains(page.TextOf("declined"), "clerk") {
			t.Errorf("who does not agree at home reads: %s", page.TextOf("declined"))
		}
		phone.Click("accept")
		phone.MakeKey(enrolledtest.NewDevice())
		if page := phone.Page; !strings.Contains(page.TextOf("half-of"), "“Your number for home”") || !strings.Contains(page.TextOf("half-lost"), "new code") {
			t.Errorf("where the second half is asked for:\n%s", page.Text())
		}
		phone.Fill("half", half)
		if page := phone.Click("go-on"); !page.Has("show-codes") {
			t.Errorf("after the second half, at %s:\n%s", page.URL, page.Text())
		}
		if page := clerk.Get(at); !page.Has("step-done") || page.Has("unshown") {
			t.Errorf("the clerk waits for somebody who is at home:\n%s", page.Text())
		}
		for _, m := range w.Country.Inbox.Messages() {
			if m.Subject == "Your number for home" && m.Channel != "email" || m.Subject == "Your number for the office" && m.Channel != "email" {
				t.Errorf("%q was sent by %s, too", m.Subject, m.Channel)
			}
		}
	})
}

var eightDigits = regexp.MustCompile(`\b[0-9]{8}\b`)

// halfOf gives the second half of a code for home when it has come.
func halfOf(t *testing.T, w *hubtest.World) (half string) {
	t.Helper()
	hubtest.Eventually(t, "the second half comes", func() bool {
		for _, m := range w.Country.Inbox.Messages() {
			if half = eightDigits.FindString(m.Body); half != "" {
				return true
			}
		}
		return false
	})
	return half
}

// Screens.md: where a code is given out again, what was typed stays in the page that says what is wrong, too.
func TestWhatIsRefusedWhereACodeIsGivenOutAgainStaysInTheForm(t *testing.T) {
	t.Parallel()
	w := visit.Open(t, visit.Clinic())
	clerk := desk(t, w, "clerk-1")
	at := toSign(clerk, ordinary).URL.String()
	code := visit.SentTo(t, w, "email", func() { clerk.Click("send-email") })
	clerk.Fill("code-email", code)
	clerk.Click("check-email")
	if page := clerk.Click("hand-home"); !page.Has("qr") {
		t.Fatalf("no code for home, at %s:\n%s", page.URL, page.Text())
	}
	refusedAgain := func(step string) {
		t.Helper()
		if page := clerk.Get(at); !page.Has("step-" + step) {
			t.Fatalf("not at the step %s:\n%s", step, page.Text())
		}
		code := visit.SentTo(t, w, "phone_number", func() { clerk.Click("send-phone_number") })
		clerk.Fill("code-phone_number", code[:5])
		page := clerk.Click("check-phone_number")
		if page.Refused() != "contact_code" || !page.Has("step-"+step) || valueOf(t, page, "code-phone_number") != code[:5] || !marked(page.Need(t, "code-phone_number"), "autofocus") ||
			strings.Contains(page.URL.RawQuery, code[:5]) {
			t.Errorf("%s, a digit too few, at %s:\n%s", step, page.URL, page.Text())
		}
		if page := clerk.Get(at); valueOf(t, page, "code-phone_number") != "" {
			t.Error("what was typed is kept somewhere")
		}
	}
	refusedAgain("confirm")
	clerk.Fill("scanned", "nonsense")
	if page := clerk.Click("scan"); page.Refused() != "phone_unread" || valueOf(t, page, "scanned") != "nonsense" || !marked(page.Need(t, "scan-other"), "open") {
		t.Errorf("a scan that is none, at %s:\n%s", page.URL, page.Text())
	}
	w.Shift(8 * 24 * time.Hour)
	clerk = desk(t, w, "clerk-1")
	refusedAgain("expired")
}

// Means.md §4.5: the phone asks at home for the end of the document's number, or for the birth date. What the citizen takes
// home holds neither, so that whoever finds the paper has not both; the application that they sign holds all.
func TestThePaperForHomeDoesNotHoldWhatThePhoneAsks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		clerk := desk(t, w, "clerk-1")
		find(clerk, ordinary)
		compared(clerk)
		application := clerk.Click("print")
		paper, birth := application.TextOf("form-paper"), application.TextOf("form-birth")
		if !strings.HasSuffix(paper, ordinaryEnd) || birth == "" || !strings.Contains(application.Text(), ordinary) {
			t.Fatalf("the application:\n%s", application.Text())
		}
		clerk.Click("to-case")
		clerk.Click("signed")
		visit.Confirm(t, w, clerk, "email")
		clerk.Click("hand-home")
		page := clerk.Click("form")
		if !page.Has("home-code") || !page.Has("form-number") || page.Has("form-birth") || !strings.Contains(page.TextOf("main"), "Your code for home") || strings.Contains(page.Text(), "Application for") {
			t.Errorf("the paper for home:\n%s", page.Text())
		}
		for _, answer := range []string{paper, birth, ordinary} {
			if strings.Contains(page.Body, answer) {
				t.Errorf("the paper for home holds %s", answer)
			}
		}
		if begins := strings.TrimSuffix(page.TextOf("form-paper"), "…"); begins == "" || !strings.HasPrefix(paper, begins) || len(begins) > 2 {
			t.Errorf("of the document's number %q stands %q", paper, page.TextOf("form-paper"))
		}
	})
}

var drawnCode = regexp.MustCompile(`(?s)<path class="ink" d="([^"]+)"`)

// Means.md R-ENR-05: there is no code before the signature, and the printed form holds none while the desk shows it:
// neither as it is drawn nor as it is typed. A hand-over for home prints it, and only that.
func TestR_ENR_05_TheFormHoldsNoCodeButForHome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, _ *hubtest.RP) {
		for _, home := range []bool{false, true} {
			clerk := desk(t, w, "clerk-1")
			find(clerk, ordinary)
			if page := compared(clerk); page.Has("qr") || page.Has("hand-over") || page.Has("hand-home") {
				t.Fatalf("a code before the signature:\n%s", page.Text())
			}
			if page := clerk.Click("print"); !page.Has("form-number") || page.Has("qr") {
				t.Fatalf("the form before a hand-over:\n%s", page.Text())
			}
			form := clerk.Page.URL.String()
			clerk.Click("to-case")
			clerk.Click("signed")
			act := "hand-over"
			if home {
				act = "hand-home"
				visit.Confirm(t, w, clerk, "email")
			}
			page := clerk.Click(act)
			at := page.URL.String()
			if home {
				if page := clerk.Get(form); page.Status != http.StatusOK || !page.Has("qr") {
					t.Errorf("the form for home holds no code:\n%s", page.Text())
				}
			} else {
				drawn, typed := drawnCode.FindStringSubmatch(page.Body), page.TextOf("typed-code")
				if len(drawn) != 2 || typed == "" {
					t.Fatalf("the desk shows no code:\n%s", page.Text())
				}
				page := clerk.Get(form)
				if page.Status != http.StatusOK || !page.Has("form-number") {
					t.Fatalf("no form:\n%s", page.Text())
				}
				if page.Has("qr") || strings.Contains(page.Body, drawn[1]) || strings.Contains(page.Body, typed) {
					t.Errorf("the form holds the code that the desk shows:\n%s", page.Text())
				}
			}
			clerk.Get(at)
			clerk.Click("cancel-case")
		}
	})
}

// What is done is not asked for again: the citizen’s address is confirmed, and whoever has to log in once more reads what comes after.
func TestTheTextsOfACodeForHomeFollowWhatIsDone(t *testing.T) {
	t.Parallel()
	w := open(t, clinic())
	clerk := desk(t, w, "clerk-1")
	page := toSign(clerk, ordinary)
	if !strings.Contains(page.TextOf("home-text"), "First let them confirm") || page.Has("contacts-reached") {
		t.Errorf("before an address is confirmed:\n%s", page.Text())
	}
	visit.Confirm(t, w, clerk, "email")
	if page := clerk.Page; !page.Has("hand-home") || strings.Contains(page.TextOf("home-text"), "First let them confirm") || !page.Has("contacts-reached") || strings.Contains(page.TextOf("contacts"), "needs an address") {
		t.Errorf("once it is:\n%s", page.Text())
	}
	w.Shift(4*time.Minute + time.Second)
	if page := clerk.Get(clerk.Page.URL.String()); page.Has("hand-home") || !page.Has("step-up") || !strings.Contains(page.TextOf("step-up-why"), "code for home") {
		t.Errorf("a while after the login:\n%s", page.Text())
	}
}
