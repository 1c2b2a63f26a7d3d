package logintest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
)

// FO-01 (RFC 9700 §4.4): a malicious bank sends the browser on to the trusted profile and hopes to
// get the profile's code. Whatever it makes of state and iss, the code never leaves the hub.
func TestAttack_FO_01_MixUpOfUpstreams(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t, hubtest.WithRPs(clinic()))
	at := w.Country.Addresses
	var seen count
	w.Country.Banks.Switches.Watch(func(endpoint string, _ *http.Request) {
		if endpoint == "token" {
			seen.up()
		}
	})
	if err := w.Country.Banks.Switches.Set("mixup", at.Inbox+"/"); err != nil {
		t.Fatal(err)
	}
	for name, back := range map[string]func(state, code string) string{
		"at the profile's callback, with the bank's state": func(state, code string) string {
			return w.Issuer + "/callback/trusted-profile?" + url.Values{"code": {code}, "state": {state}, "iss": {at.Profile}}.Encode()
		},
		"at the bank's callback, with the profile's iss": func(state, code string) string {
			return w.Issuer + "/callback/bank?" + url.Values{"code": {code}, "state": {state}, "iss": {at.Profile}}.Encode()
		},
		"at the bank's callback, without iss": func(state, code string) string {
			return w.Issuer + "/callback/bank?" + url.Values{"code": {code}, "state": {state}}.Encode()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.Browser(t)
			b.Begin(at.City)
			b.Choose("bank-one") // the bank's authorization endpoint leads to a page of the attacker's
			asked := parse(t, authorization(b, at.Banks))
			q := asked.Query()
			q.Set("redirect_uri", w.Issuer+"/callback/trusted-profile")
			b.Halt = "/callback/"
			b.Get(at.Profile + "/authorize?" + q.Encode())
			b.Halt = ""
			b.Click("person-ordinary")
			b.Halt = "/callback/"
			code := parse(t, b.Click("confirm").Next).Query().Get("code")
			b.Halt = ""
			if code == "" {
				t.Fatal("the attack did not even get a code")
			}
			page := b.Get(back(q.Get("state"), code))
			if page.Has("approve") || b.Jar.Value("localhost", "__Host-sid") != "" {
				t.Errorf("the mixed-up answer was taken at %s", page.URL.Path)
			}
			if n := seen.value(); n != 0 {
				t.Errorf("the bank's token endpoint was asked %d times", n)
			}
		})
	}
}

// authorization gives the last address of a provider's authorization endpoint that a browser asked.
func authorization(b *hubtest.Browser, provider string) string {
	for i := len(b.Trail) - 1; i >= 0; i-- {
		if strings.HasPrefix(b.Trail[i], provider+"/authorize?") {
			return b.Trail[i]
		}
	}
	return ""
}

// FO-02 (RFC 9700 §4.7): the attacker stops before the callback and lets the victim open it.
func TestAttack_FO_02_AnAnswerOpenedInAnotherBrowser(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	attacker, victim := w.Browser(t), w.Browser(t)
	attacker.Begin(w.Country.Addresses.City)
	attacker.Choose("trusted-profile")
	attacker.Click("person-diacritics")
	attacker.Halt = "/callback/"
	address := attacker.Click("confirm").Next
	if address == "" {
		t.Fatal("the attacker has no answer to give away")
	}
	refused(t, w, victim, victim.Get(address), "other_browser")
	victim.Begin(w.Country.Addresses.City) // also in the middle of a login of their own
	refused(t, w, victim, victim.Get(address), "other_browser")
	attacker.Halt = ""
	if page := attacker.Get(address); !page.Has("approve") {
		t.Errorf("the victim's try burnt the attacker's own answer:\n%s", page.Text()) // refused without effect
	}
}

// FO-03: what is wrong with an upstream's answer ends the try, not the login: the page says that it
// did not work, the log says why, and the next try is a good one.
func TestAttack_FO_03_NoSpoiltAnswerLogsIn(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	b.Begin(w.Country.Addresses.City)
	reasons := map[string]string{}
	for _, spoilt := range [][2]string{
		{"aud", "other"}, {"aud", "both"}, {"aud", "none"}, {"azp", "other"}, {"iss", "other"}, {"nonce", "other"}, {"nonce", "none"},
		{"exp", "past"}, {"exp", "none"}, {"iat", "future"}, {"iat", "none"}, {"auth_time", "future"}, {"sub", "none"},
		{"userinfo_sub", "somebody-else"}, {"signature", "none"}, {"signature", "other-key"}, {"signature", "unknown-kid"},
		{"signature", "hs256"}, {"signature", "broken"}, {"iss_param", "other"}, {"iss_param", "none"}, {"token_error", "invalid_grant"},
		{"error", "server_error"}, {"error_and_code", "server_error"},
	} {
		name := spoilt[0] + " " + spoilt[1]
		before := len(w.Log.Bytes())
		if err := w.Country.Profile.Switches.Set(spoilt[0], spoilt[1]); err != nil {
			t.Fatal(err)
		}
		b.Choose("trusted-profile")
		if b.Page.Has("person-ordinary") || b.Page.Has("continue") {
			if b.Page.Has("other") {
				b.Click("other")
			}
			b.Be("ordinary")
		}
		if !b.Page.Has("means-trusted-profile") || b.Jar.Value("localhost", "__Host-sid") != "" {
			t.Fatalf("%s: the browser is at %s (%d):\n%s", name, b.Page.URL.Path, b.Page.Status, b.Page.Text())
		}
		if err := w.Country.Profile.Switches.Set("all", ""); err != nil {
			t.Fatal(err)
		}
		reasons[name] = string(w.Log.Bytes()[before:])
		if !strings.Contains(reasons[name], `"leg failed"`) {
			t.Errorf("%s: the log does not say that a try failed", name)
		}
	}
	b.Choose("trusted-profile")
	if b.Page.Has("other") {
		b.Click("other")
	}
	if page := b.Be("ordinary"); !page.Has("approve") {
		t.Errorf("after all that a good answer does not count at %s:\n%s", page.URL.Path, page.Text())
	}
}

// FO-05 (ZITADEL CVE-2025-46815): an answer counts once, for its own login; two tabs do not disturb
// each other. FO-06: error wins over code (in FO-03 above: error_and_code).
func TestAttack_FO_05_AnAnswerCountsOnceAndForItsOwnTab(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		b := w.Browser(t)
		stop := func(service, person string) string {
			b.Begin(service)
			b.Choose("trusted-profile")
			if b.Page.Has("other") {
				b.Click("other")
			}
			b.Click("person-" + person)
			b.Halt = "/callback/"
			address := b.Click("confirm").Next
			b.Halt = ""
			return address
		}
		one, two := stop(w.Country.Addresses.City, "ordinary"), stop(w.Country.Addresses.Library, "ordinary")
		crossed := parse(t, one)
		q := crossed.Query()
		q.Set("state", parse(t, two).Query().Get("state"))
		crossed.RawQuery = q.Encode()

		if page := b.Get(two); !page.Has("approve") {
			t.Fatalf("the second tab does not come through:\n%s", page.Text())
		}
		if page := b.Get(one); !page.Has("approve") {
			t.Fatalf("the first tab does not come through after the second:\n%s", page.Text())
		}
		session := b.Jar.Value("localhost", "__Host-sid")
		for name, again := range map[string]string{"replayed": one, "the other tab's, replayed": two, "one tab's code with the other's state": crossed.String()} {
			if page := b.Get(again); page.TextOf("error-code") != "answer_unexpected" {
				t.Errorf("%s: %d at %s:\n%s", name, page.Status, page.URL.Path, page.Text())
			}
		}
		if b.Jar.Value("localhost", "__Host-sid") != session {
			t.Error("a replay changed the session")
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM journal WHERE kind = 'logged_in'"); n != 2 {
			t.Errorf("%d logins are recorded, want 2", n)
		}
	})
}

// FO-05: one tab's code with the other tab's state, tried first: PKCE and nonce belong to a leg.
func TestAttack_FO_05_ACodeInTheOtherTabsLeg(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	var back []string
	for range 2 {
		b.Begin(w.Country.Addresses.City)
		b.Choose("trusted-profile")
		if b.Page.Has("other") {
			b.Click("other")
		}
		b.Click("person-ordinary")
		b.Halt = "/callback/"
		back = append(back, b.Click("confirm").Next)
		b.Halt = ""
	}
	crossed, q := parse(t, back[0]), parse(t, back[0]).Query()
	q.Set("state", parse(t, back[1]).Query().Get("state"))
	crossed.RawQuery = q.Encode()
	if page := b.Get(crossed.String()); page.Has("approve") || b.Jar.Value("localhost", "__Host-sid") != "" {
		t.Errorf("a code of another leg was taken at %s", page.URL.Path)
	}
}

// FO-05: an answer that comes after ten minutes is too late, and the login goes on.
func TestAttack_FO_05_AStaleAnswer(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	b.Begin(w.Country.Addresses.City)
	b.Choose("trusted-profile")
	b.Click("person-ordinary")
	b.Halt = "/callback/"
	address := b.Click("confirm").Next
	b.Halt = ""
	w.Shift(11 * time.Minute)
	refused(t, w, b, b.Get(address), "answer_unexpected")
}

// FO-08 (eIDAS; ASVS 6.8.4): an upstream that asserts more than it may is believed as far as its
// ceiling, and the journal says so. FO-09: less than asked is what it is.
func TestAttack_FO_08_FO_09_LevelsAreWhatTheUpstreamMayReach(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		set := func(value string) {
			if err := w.Country.Banks.Switches.Set("acr", value); err != nil {
				t.Fatal(err)
			}
		}
		set("high")
		page := w.Browser(t).Login(w.Country.Addresses.City, "bank-one", "ordinary")
		if got := page.TextOf("level"); got != "substantial" {
			t.Errorf("a bank that says high is worth %q:\n%s", got, page.Text())
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM journal WHERE kind = 'loa_capped'"); n != 1 {
			t.Errorf("%d entries say that a level was capped", n)
		}
		for _, less := range []string{"low", "none", "unknown"} {
			set(less)
			b := w.Browser(t)
			page := b.Prove(w.Country.Addresses.City, "bank-one", "ordinary")
			if page.Has("approve") || !page.Has("means-trusted-profile") {
				t.Errorf("acr %s: no other means is offered at %s:\n%s", less, page.URL.Path, page.Text())
				continue
			}
			back := b.Click("cancel")
			want := "unmet_authentication_requirements"
			if less != "low" { // nothing at all was proved
				want = "access_denied"
			}
			if got := back.TextOf("error-code"); got != want {
				t.Errorf("acr %s: the service is told %q, want %q", less, got, want)
			}
		}
	})
}

// FO-10: max_age is the citizen's, not the hub's: a stale login at the upstream does not meet it.
func TestAttack_FO_10_AStaleLoginUpstream(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	if err := w.Country.Profile.Switches.Set("auth_time", "old"); err != nil {
		t.Fatal(err)
	}
	for _, ask := range [][]string{{"max_age", "60"}, {"max_age", "0"}, {"prompt", "login"}} {
		b := w.Browser(t)
		if page := through(b, rp, "trusted-profile", "ordinary", ask...); page.Has("approve") {
			t.Errorf("%v: an authentication of last month was fresh enough", ask)
		}
	}
	if err := w.Country.Profile.Switches.Set("all", ""); err != nil {
		t.Fatal(err)
	}
	if page := through(w.Browser(t), rp, "trusted-profile", "ordinary", "max_age", "60"); !page.Has("approve") {
		t.Errorf("a fresh one is not taken:\n%s", page.Text())
	}
}

// FO-13 (ASVS 6.8.1): identity is issuer and subject; FO-14 (nOAuth): an e-mail is nobody.
func TestAttack_FO_13_FO_14_NeitherSubjectNorEmailJoinsPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		for _, provider := range []interface {
			Set(name, value string) error
		}{w.Country.Profile.Switches, w.Country.Banks.Switches} {
			if err := provider.Set("sub", "one"); err != nil {
				t.Fatal(err)
			}
		}
		one := told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
		two := told(t, w.Browser(t), rp, "bank-one", "diacritics", "given_name")
		if one["sub"] == two["sub"] || two["given_name"] == one["given_name"] {
			t.Error("the same subject at two upstreams is one person")
		}
		if err := w.Country.Banks.Switches.Set("all", ""); err != nil {
			t.Fatal(err)
		}
		if err := w.Country.Banks.Switches.Set("claims", `{"email":"konstanty.testowy@mail.example","email_verified":true}`); err != nil {
			t.Fatal(err)
		}
		three := told(t, w.Browser(t), rp, "bank-one", "twin-a", "given_name")
		if three["sub"] == one["sub"] {
			t.Error("a verified e-mail address joined two people")
		}
		if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"); n != 3 {
			t.Errorf("there are %d persons, want 3", n)
		}
	})
}

// LK-01 (Sudhodanan and Paverd 2022): an account with somebody's contact data and no number waits for
// nobody: it is not let in at all, and the victim's own login is theirs alone.
func TestAttack_LK_01_NothingIsPreparedForAVictim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *hubtest.World, rp *hubtest.RP) {
		bank := w.Country.Banks.Switches
		if err := bank.Set("claims", `{"email":"konstanty.testowy@mail.example","email_verified":true,"given_name":"Konstanty","family_name":"Brzeziński-Testowy","birthdate":"1987-02-22","national_identifier":null}`); err != nil {
			t.Fatal(err)
		}
		attacker := w.Browser(t)
		refused(t, w, attacker, through(attacker, rp, "bank-two", "foreigner"), "unlinked")
		if err := bank.Set("all", ""); err != nil {
			t.Fatal(err)
		}
		victim := told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "email")
		if victim["email"] != "konstanty.testowy@mail.example" {
			t.Errorf("the victim's own login tells %v", victim["email"])
		}
		again := w.Browser(t)
		refused(t, w, again, through(again, rp, "bank-two", "foreigner"), "unlinked")
		if persons, links := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"), hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM links"); persons != 1 || links != 1 {
			t.Errorf("%d persons with %d ties, want one of each", persons, links)
		}
	})
}

// LK-06: somebody's number with another's name or birth date stops the login and opens a case; the
// party is not told why.
func TestAttack_LK_06_ANumberWithAnothersName(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary")
		for name, claims := range map[string]string{
			"another name":       `{"national_identifier":"PNOPL-87022290019","given_name":"Wincenty","family_name":"Odmienny-Próbny"}`,
			"another birth date": `{"national_identifier":"PNOPL-87022290019","given_name":"Konstanty","family_name":"Brzeziński-Testowy","birthdate":"1980-03-09"}`,
		} {
			if err := w.Country.Banks.Switches.Set("claims", claims); err != nil {
				t.Fatal(err)
			}
			b := w.Browser(t)
			page := b.Prove(w.Country.Addresses.City, "bank-one", "diacritics")
			refused(t, w, b, page, "conflict")
			if back := b.Click("cancel"); back.TextOf("error-code") != "access_denied" {
				t.Errorf("%s: the party is told %q", name, back.TextOf("error-code"))
			}
		}
		if persons, links := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM persons"), hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM links"); persons != 1 || links != 1 {
			t.Errorf("%d persons with %d ties, want one of each", persons, links)
		}
	})
}

// LK-09 (Devise CVE-2026-32700): fifty first logins of one person at once, by two means, through two
// replicas, make one person.
func TestAttack_LK_09_FirstLoginsAtOnceMakeOnePerson(t *testing.T) {
	t.Parallel()
	hubtest.Each(t, func(t *testing.T, w *hubtest.World) {
		const at = 50
		waiting := make([]*hubtest.Browser, at)
		callbacks := make([]string, at)
		for i := range waiting {
			b := w.Browser(t)
			b.Begin(w.Country.Addresses.City)
			b.Choose([]string{"trusted-profile", "bank-one"}[i%2])
			b.Click("person-ordinary")
			b.Halt = "/callback/"
			callbacks[i] = b.Click("confirm").Next
			b.Halt = ""
			waiting[i] = b
		}
		subs := make(chan string, at)
		together(at, func(i int) {
			w.Use(i % 2)
			page := waiting[i].Get(callbacks[i])
			if page.Has("approve") {
				page = waiting[i].Click("approve")
			}
			subs <- page.TextOf("sub")
		})
		first := <-subs
		for range at - 1 {
			if sub := <-subs; sub == "" || sub != first {
				t.Errorf("not everybody is the same person: sub %q, want %q", sub, first)
			}
		}
		for table, want := range map[string]int{"persons": 1, "links": 2, "identifiers": 1} {
			if n := hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM "+table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
		if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM subjects"); n != 1 {
			t.Errorf("%d subjects, want one", n)
		}
	}, hubtest.WithReplicas(2))
}
