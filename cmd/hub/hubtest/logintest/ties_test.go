package logintest

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub"
	"symbolon/cmd/hub/hubtest"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

// decides lets one or two operators decide, and wants it to be done after the last.
func decides(t *testing.T, p hub.People, number string, v subject.Verdict, target *identity.Identifier, by ...string) {
	t.Helper()
	for i, name := range by {
		done, err := p.Decide(t.Context(), number, v, target, name)
		if err != nil || done != (i == len(by)-1) {
			t.Fatalf("%s says %s of %s: done %v, %v", name, v, number, done, err)
		}
	}
}

// untied brings a browser to the page for a means that belongs to nobody known.
func untied(t *testing.T, w *hubtest.World, b *hubtest.Browser, rp *hubtest.RP, person string) *hubtest.Page {
	t.Helper()
	page := through(b, rp, "bank-two", person, "prompt", "login consent")
	if page.TextOf("error-code") != "unlinked" {
		t.Fatalf("%s by bank-two is at %q:\n%s", person, page.TextOf("error-code"), page.Text())
	}
	return page
}

// nameless lets Bank Two tell of somebody, under their own account there, without their number.
func nameless(t *testing.T, w *hubtest.World, given, family, birth string) {
	t.Helper()
	err := w.Country.Banks.Switches.Set("claims", `{"national_identifier":null,"given_name":"`+given+`","family_name":"`+family+`","name":"`+given+` `+family+`","birthdate":"`+birth+`"}`)
	if err != nil {
		t.Fatal(err)
	}
}

// arrives waits until so many messages of a kind have arrived.
func arrives(t *testing.T, w *hubtest.World, title string, want int) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		got := 0
		for _, m := range w.Country.Inbox.Messages() {
			if m.Subject == title {
				got++
			}
		}
		if got >= want {
			return
		}
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("%d messages %q, want %d", got, title, want)
		}
	}
}

// post sends a form once with the browser's cookies, beside whatever else the browser does.
func post(t *testing.T, w *hubtest.World, b *hubtest.Browser, action string, form url.Values) {
	r, err := http.NewRequest(http.MethodPost, action, strings.NewReader(form.Encode()))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.Issuer)
	for _, c := range b.Jar.All("localhost") {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}

// LK-05 (Keycloak CVE-2026-16442): a means that may only be tied logs nobody in: it leaves no session,
// gives no answer, not by a form of another step, and not by an answer that nobody asked for.
func TestAttack_LK_05_AMeansToTieLogsNobodyIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := w.Browser(t)
		page := untied(t, w, b, rp, "foreigner")
		refused(t, w, b, page, "unlinked")
		here := page.URL.String()
		_, form := b.Form("ask")
		for _, act := range []string{"tie", "answer", "account"} {
			for name, value := range map[string]string{"tie": "tie", "answer": "approve", "account": "confirm"} {
				if name == act {
					form.Set("act", value)
				}
			}
			post(t, w, b, here+"/"+act, form)
		}
		if page := b.Get(here + "/leave"); rp.Landed(page) || page.TextOf("error-code") != "unlinked" {
			t.Errorf("LK-05: the login ends at %s", page.URL.Path)
		}
		b.Get(w.Issuer + "/callback/bank?code=x&state=nobody-asked")
		if b.Jar.Value("localhost", sid) != "" || rp.Answered(rp.Authorize(w.Browser(t), "prompt", "none")).Get("error") != "login_required" {
			t.Error("LK-05: somebody is logged in")
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM sessions"); n != 0 {
			t.Errorf("LK-05: %d sessions", n)
		}
	})
}

// LK-03 as it should go: a means without a number is tied by proving both in one browser, and is the
// same person from then on; the person is told.
func TestProofOfBothTiesAMeans(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		own := told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
		nameless(t, w, "Konstanty", "Brzeziński-Testowy", "1987-02-22")
		b := w.Browser(t)
		untied(t, w, b, rp, "foreigner")
		b.Choose("trusted-profile")
		if page := b.Be("ordinary"); !page.Has("tie") || !strings.Contains(page.Text(), "Brzeziński-Testowy") || !strings.Contains(page.Text(), "Bank Two") {
			t.Fatalf("not asked whether both are theirs: %s", page.Text())
		}
		if page := b.Click("tie"); !page.Has("approve") {
			t.Fatalf("after tying: %s", page.Text())
		}
		b.Click("approve")
		arrives(t, w, "A way to log in was added", 1)
		other := told(t, w.Browser(t), rp, "bank-two", "foreigner", "given_name")
		if other["sub"] != own["sub"] {
			t.Error("the tied means is another person")
		}
		if got := hubtest.Query(t, w.Identity.Source, "SELECT method, rests_on FROM links ORDER BY method"); len(got) != 2 || got[1][0] != "proof_of_both" || got[1][1] != "trusted-profile" || got[0][1] != "" {
			t.Errorf("ties %v", got)
		}
	})
}

// The citizen may leave it, and then nothing is tied.
func TestATieThatIsNotWantedIsNotMade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		nameless(t, w, "Konstanty", "Brzeziński-Testowy", "1987-02-22")
		b := w.Browser(t)
		untied(t, w, b, rp, "foreigner")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		if page := b.Click("leave-untied"); !page.Has("approve") {
			t.Fatalf("after leaving it: %s", page.Text())
		}
		again := w.Browser(t)
		untied(t, w, again, rp, "foreigner")
	})
}

// LK-03 (Keycloak CVE-2026-9087, CVE-2026-82968, CVE-2026-92358): the proof for a tie is worth nothing
// for another means' account, in another browser, a second time, after the session ended, after ten
// minutes, or after a tie was taken off.
func TestAttack_LK_03_AProofForAnotherTie(t *testing.T) {
	t.Parallel()
	const source = "LK-03 (Keycloak CVE-2026-9087)"
	asked := func(t *testing.T, w *hubtest.World, rp *hubtest.RP) *hubtest.Browser {
		t.Helper()
		nameless(t, w, "Konstanty", "Brzeziński-Testowy", "1987-02-22")
		b := w.Browser(t)
		untied(t, w, b, rp, "foreigner")
		b.Choose("trusted-profile")
		if page := b.Be("ordinary"); !page.Has("tie") {
			t.Fatalf("not asked: %s", page.Text())
		}
		return b
	}
	ties := func(t *testing.T, w *hubtest.World) int {
		return hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM links WHERE method = 'proof_of_both'")
	}
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		b := asked(t, w, rp)
		action, form := b.Form("tie")

		// Another browser, with nothing and with a login of its own.
		other := w.Browser(t)
		post(t, w, other, action, form)
		rp.Authorize(other)
		post(t, w, other, other.Page.URL.String()+"/tie", form)
		if n := ties(t, w); n != 0 {
			t.Fatalf("%s: %d ties from another browser", source, n)
		}

		// Ten minutes.
		w.Shift(11 * time.Minute)
		post(t, w, b, action, form)
		if n := ties(t, w); n != 0 {
			t.Errorf("%s: tied after ten minutes", source)
		}

		// Y instead of X: of two accounts shown one after the other only the one that was asked about
		// is tied.
		b = w.Browser(t)
		untied(t, w, b, rp, "foreigner")
		b.Choose("bank-two")
		if b.Page.Has("other") {
			b.Click("other")
		}
		b.Be("mononym")
		b.Choose("trusted-profile")
		b.Be("ordinary")
		b.Click("tie")
		if n := ties(t, w); n != 1 {
			t.Fatalf("%s: %d ties, want that of the account shown last", source, n)
		}
		untied(t, w, w.Browser(t), rp, "foreigner")

		// The session is over.
		b = asked(t, w, rp)
		action, form = b.Form("tie")
		b.Get(w.Issuer + "/logout")
		b.Click("logout-confirm")
		post(t, w, b, action, form)
		if n := ties(t, w); n != 1 {
			t.Fatalf("%s: tied without the session", source)
		}

		// Twice, and at once.
		b = asked(t, w, rp)
		action, form = b.Form("tie")
		together(8, func(int) { post(t, w, b, action, form) })
		if n := ties(t, w); n != 2 {
			t.Fatalf("%s: %d ties by one proof used eight times, want one more", source, n)
		}
	})
}

// LK-03, dies on unlink: what was proved before a tie was taken off ties nothing after.
func TestAttack_LK_03_AProofDiesWhenATieIsTakenOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		told(t, w.Browser(t), rp, "bank-one", "ordinary", "given_name")
		nameless(t, w, "Konstanty", "Brzeziński-Testowy", "1987-02-22")
		tabs := []*hubtest.Browser{w.Browser(t), w.Browser(t)}
		for _, b := range tabs {
			untied(t, w, b, rp, "foreigner")
			b.Choose("trusted-profile")
			b.Be("ordinary")
		}
		tabs[0].Click("tie")
		usage, ways := account(t, w)
		i := slices.IndexFunc(ways, func(b subject.Binding) bool { return b.Method == subject.ByBoth })
		logins := w.Replicas[0].Hub.Logins()
		if err := logins.Unlink(t.Context(), usage, ways[i].ID, identity.None, subject.Note{Ref: "TEST-TEST"}); err != nil {
			t.Fatal(err)
		}
		page := tabs[1].Click("tie")
		if page.Has("approve") || !strings.Contains(page.Text(), "was not added") {
			t.Errorf("LK-03: a proof from before the tie was taken off: %s", page.Text())
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM links WHERE method = 'proof_of_both' AND state = 'active'"); n != 0 {
			t.Errorf("LK-03: %d ties", n)
		}
	})
}

// account gives the only person's usage id and ways to log in.
func account(t *testing.T, w *hubtest.World) (identity.UsageID, []subject.Binding) {
	t.Helper()
	rows := hubtest.Query(t, w.Usage.Source, "SELECT DISTINCT usage FROM subjects")
	if len(rows) != 1 {
		t.Fatalf("%d persons have subjects, want one", len(rows))
	}
	usage := usageOf(t, rows[0][0])
	ways, err := w.Replicas[0].Hub.Logins().Bindings(t.Context(), usage)
	if err != nil {
		t.Fatal(err)
	}
	return usage, ways
}

func usageOf(t *testing.T, text string) identity.UsageID {
	t.Helper()
	raw := []byte(text)
	if digits, hexadecimal := strings.CutPrefix(text, `\x`); hexadecimal {
		var err error
		if raw, err = hex.DecodeString(digits); err != nil {
			t.Fatal(err)
		}
	}
	if len(raw) != len(identity.UsageID{}) {
		t.Fatalf("a usage id of %d bytes", len(raw))
	}
	return identity.UsageID(raw)
}
