package web

import (
	"net/http"
	"strings"
	"testing"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/subject"
)

func TestALoginFromTheFirstPageToTheParty(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize())
	if b.at.status != http.StatusOK || !b.at.has("How do you want to confirm who you are?") || !b.at.has("nowawola.example") {
		t.Fatalf("no choice: %d %s", b.at.status, b.at.body)
	}
	b.press("means-trusted-profile")
	if to := b.leave(); to.Host != "up.example" || !b.at.has(`http-equiv="refresh"`) {
		t.Fatalf("not on the way to the means: %s", b.at.body)
	}
	b.comeBack("means-trusted-profile")
	for _, shown := range []string{
		"May we tell", "Road Traffic Act, art. 80c", "Konstanty", "22 February 1987", `id="attr-email"`, `id="attr-address"`,
		"Wiśniowa 1947/12, 99-871 Nowa Wola, Poland", "register your parking permit", `id="remember"`, `id="not-told"`,
	} {
		if !b.at.has(shown) {
			t.Errorf("the page does not show %q", shown)
		}
	}
	if strings.Contains(b.at.body, "checked") || b.at.has("87022290019") {
		t.Error("a box was ticked before, or a value was shown that nobody asked for")
	}
	b.press("approve", "email")
	to := b.leave()
	if b.at.status != http.StatusOK || to.Host != "nowawola.example" || to.Query().Get("code") == "" || to.Query().Get("state") != "st-12345678" || to.Query().Get("iss") != issuer {
		t.Fatalf("not on the way to the party: %d %s", b.at.status, to)
	}
	if len(w.released) != 1 || !told(w, "email") || told(w, "address") {
		t.Errorf("released %+v", w.released)
	}
	again := b.get(strings.Replace(b.at.path, "/leave", "", 1)).leave()
	if again.Query().Get("code") != to.Query().Get("code") || w.answers() != 1 {
		t.Error("a reload gave another answer")
	}
}

func told(w *world, name identity.AttributeName) bool {
	for _, item := range w.released[len(w.released)-1].Items {
		if item.Name == name {
			return true
		}
	}
	return false
}

func TestASecondRequestIsAnsweredWithoutAForm(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	action, fields := b.form("approve")
	fields.Set("remember", "yes")
	b.follow(b.send(b.fromHere(action, fields)))
	r := w.released[0]
	w.standing = &consent.Decision{Party: r.Party, Usage: r.Usage, Allowed: r.Items, PartyMark: r.PartyMark, At: r.At, Until: r.Until}
	b.get(authorize("scope", "openid", "prompt", "none"))
	if b.at.status == http.StatusSeeOther && b.leave().Query().Get("code") == "" {
		t.Fatalf("the session was not used: %s", b.leave().RawQuery)
	}
	if b.at.status != http.StatusSeeOther || b.leave().Host != "nowawola.example" {
		t.Fatalf("not a direct answer: %d", b.at.status)
	}
}

func TestNobodyLoggedInAndPromptNone(t *testing.T) {
	b := newWorld(t).browser(t).get(authorize("prompt", "none"))
	if b.at.status != http.StatusSeeOther || b.leave().Query().Get("error") != "login_required" {
		t.Fatalf("got %d %v", b.at.status, b.at.header)
	}
}

func TestDecliningTellsThePartyOnlyThat(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile").press("decline")
	q := b.leave().Query()
	if q.Get("error") != "access_denied" || q.Has("code") || q.Has("sub") || w.answers() != 0 {
		t.Fatalf("got %v", q)
	}
}

func TestGoingBackFromTheChoice(t *testing.T) {
	b := newWorld(t).browser(t).get(authorize()).press("cancel")
	if got := b.leave().Query().Get("error"); got != "access_denied" {
		t.Fatalf("got %q", got)
	}
}

func TestAStrongerLevelIsAskedFor(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-bank-bank-two")
	b.get(authorize("acr_values", "http://eidas.europa.eu/LoA/high"))
	if !b.at.has("This needs stronger proof") || !b.at.has(`id="means-card"`) || b.at.has(`id="means-bank`) {
		t.Fatalf("not the page for too weak a proof:\n%s", b.at.body)
	}
	if !b.at.has(`id="why-weak"`) || !b.at.has("You logged in earlier") {
		t.Error("not said why it is too weak")
	}
	w.card.description.Disabled = true
	b.get(authorize("acr_values", "http://eidas.europa.eu/LoA/high"))
	b.wants(http.StatusOK, "level_unreachable")
	if got := b.press("cancel").leave().Query().Get("error"); got != "unmet_authentication_requirements" {
		t.Errorf("the party is told %q", got)
	}
}

func TestWhyAMeansGaveNothingStandsOnThePage(t *testing.T) {
	for _, code := range []connectors.FailureCode{
		connectors.Cancelled, connectors.Unavailable, connectors.InvalidAnswer, connectors.StaleAnswer, connectors.SubjectMissing,
		connectors.RefusedUpstream, connectors.IdentifierBroken,
	} {
		w := newWorld(t)
		w.profile.says = connectors.Failed{Code: code}
		b := w.browser(t).get(authorize()).prove("means-trusted-profile")
		if b.wants(http.StatusOK, "means_failed"); !b.at.has(`id="means-trusted-profile"`) {
			t.Errorf("%s: no way to try again", code)
		}
	}
}

func TestWhoIsNotLetInIsToldWhy(t *testing.T) {
	for code, err := range map[string]error{
		"deceased": subject.ErrDeceased, "frozen": subject.ErrFrozen, "conflict": subject.ErrConflict, "unlinked": subject.ErrUnlinked,
		"not_registered": subject.ErrNotInRegister, "no_register": subject.ErrNoRegister, "closed": subject.ErrClosed,
	} {
		w := newWorld(t)
		w.matchErr = err
		b := w.browser(t).get(authorize()).prove("means-trusted-profile")
		b.wants(http.StatusOK, code)
		if !b.at.has(`id="ref"`) || b.cookies[sessionName] != "" {
			t.Errorf("%s: no reference, or a session", code)
		}
		if q := b.press("cancel").leave().Query(); q.Get("error") == "" || strings.Contains(q.Encode(), code) {
			t.Errorf("%s: the party is told %v", code, q)
		}
	}
}

func TestTheAccountIsConfirmedOrChanged(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	b.get(authorize("prompt", "select_account"))
	if !b.at.has("logged in as") || !b.at.has("Konstanty") {
		t.Fatalf("not asked: %s", b.at.body)
	}
	path := b.at.path
	if b.press("confirm-account"); !b.at.has(`id="approve"`) || b.at.path != path {
		t.Fatal("not asked for consent after confirming")
	}
	if b.press("switch-account"); !b.at.has(`id="means-trusted-profile"`) {
		t.Fatal("no choice after changing the account")
	}
}

func TestTheMeansUsedLastStandsFirstUntilForgotten(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).press("means-card").get(authorize())
	if b.at.has(`id="forget-means"`) || b.cookies[meansName] != "" {
		t.Fatal("what was only begun is taken for used")
	}
	b.prove("means-card").get(authorize("prompt", "login"))
	if first := strings.Index(b.at.body, `id="means-card"`); first < 0 || first > strings.Index(b.at.body, `id="means-trusted-profile"`) {
		t.Fatal("the means used last does not stand first")
	}
	if b.press("forget-means"); b.at.has(`id="forget-means"`) || b.cookies[meansName] != "" {
		t.Fatal("not forgotten")
	}
}

func TestAPostedRequestBecomesOneInTheAddress(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	_, query, _ := strings.Cut(authorize(), "?")
	r := postOf(t, "/authorize", query+"&state=twice")
	r.Header.Set("Origin", "https://nowawola.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	a := b.send(r)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/authorize?") || strings.Count(a.header.Get("Location"), "state=") != 2 {
		t.Fatalf("got %d %q", a.status, a.header.Get("Location"))
	}
}

func TestLoggingOut(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	kept := b.cookies[sessionName]
	target := "/logout?client_id=city&state=s1&post_logout_redirect_uri=" + goodbye
	if b.get(target); !b.at.has(`id="logout-confirm"`) || len(w.sessions) != 1 {
		t.Fatalf("attacks SE-09: logged out by a link: %s", b.at.body)
	}
	b.press("logout-confirm")
	if to := b.leave(); to.String() != goodbye+"?state=s1" || b.at.status != http.StatusOK {
		t.Fatalf("led to %s (%d)", to, b.at.status)
	}
	if b.cookies[sessionName] != "" || len(w.sessions) != 0 {
		t.Fatal("the session lives")
	}
	b.cookies[sessionName], b.names = kept, append(b.names, sessionName)
	if b.get("/logout"); !b.at.has(`id="logged-out"`) {
		t.Fatal("an ended session counts")
	}
}

func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize())
	w.down = errDown
	b.get(b.at.path)
	b.wants(http.StatusServiceUnavailable, "unavailable")
	if b.at.header.Get("Retry-After") == "" || b.at.has("test: no database") {
		t.Error("no Retry-After, or the cause is shown")
	}
}

func TestAnErrorLeadsBackIntoTheLoginWhereThereIsOne(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).press("means-trusted-profile")
	path := strings.TrimSuffix(b.at.path, "/go")
	b.get("/callback/trusted-profile?state=rubbish")
	if b.at.has(`id="continue"`) {
		t.Error("leads into a login that was not named")
	}
	b.get(path)
	action, fields := b.form("means-card")
	fields.Set("means", "unheard-of")
	b.follow(b.send(b.fromHere(action, fields)))
	b.wants(http.StatusBadRequest, "means_not_offered")
	if !b.at.has(`id="continue" href="` + path + `"`) {
		t.Error("no way back")
	}
}
