package faulttest

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"symbolon/cmd/hub/hubtest"
	"symbolon/provider/store"
)

// patience is three times what is promised for an answer without a database: 3 s. A request that
// takes longer fails; how long it takes on a busy machine is no matter of a test.
const patience = 9 * time.Second

// ask sends a request with a deadline and gives status, headers and body.
func ask(t *testing.T, w *hubtest.World, b *hubtest.Browser, method, path, form string) (int, http.Header, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.Issuer+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", w.Issuer)
	}
	if b != nil {
		for _, c := range b.Jar.All("localhost") {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s hangs: %v", method, path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// DB-02 (Keycloak #42224, #17460): a database that drops, swallows or delays everything in the middle
// of a login. Pages and programs are told 503 and when to come again, nothing hangs, the process says
// that it lives and is not ready, and it finds the way back by itself.
func TestAttack_DB_02_AConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	drop := func(p *hubtest.Proxy) { p.Set(hubtest.Refuse) }
	swallow := func(p *hubtest.Proxy) { p.Set(hubtest.Swallow) }
	slow := func(p *hubtest.Proxy) { p.Delay(30 * time.Second) }
	type fault struct {
		usage bool // or identity
		how   func(*hubtest.Proxy)
	}
	sideBySide(t, map[string]fault{
		"usage drops": {true, drop}, "usage half-open": {true, swallow}, "usage slow": {true, slow},
		"identity drops": {false, drop}, "identity half-open": {false, swallow}, "identity slow": {false, slow},
	}, func(t *testing.T, broken fault) {
		rp := clinic()
		w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithFaultyDatabases(), hubtest.WithRPs(rp))
		tcp := w.IdentityTCP
		if broken.usage {
			tcp = w.UsageTCP
		}
		b := w.Browser(t)
		b.Begin(w.Country.Addresses.City)
		b.Choose("trusted-profile")
		b.Click("person-ordinary")
		under := w.Browser(t)
		rp.Authorize(under)
		broken.how(tcp)
		began := time.Now()
		page := b.Click("confirm")
		t.Logf("the callback is answered after %s", time.Since(began))
		if page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" || page.TextOf("error-code") != "unavailable" {
			t.Errorf("the callback: %d, Retry-After %q:\n%s", page.Status, page.Header.Get("Retry-After"), page.Text())
		}
		if got := status(t, w, "/ready"); got != http.StatusServiceUnavailable {
			t.Errorf("/ready: %d", got)
		}
		if got := status(t, w, "/live"); got != http.StatusOK {
			t.Errorf("/live: %d", got)
		}
		if broken.usage {
			withoutUsage(t, w, rp, under)
		}
		tcp.Set(hubtest.Through)
		tcp.Delay(0)
		tcp.Cut() // what was half-open is over
		hubtest.Await(t, "the hub is ready again", func() bool { return status(t, w, "/ready") == http.StatusOK })
		if told := w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary"); told.TextOf("level") != "substantial" {
			t.Errorf("not back to work at %s:\n%s", told.URL.Path, told.Text())
		}
	})
}

// withoutUsage asks everything that needs the usage database, and what does not.
func withoutUsage(t *testing.T, w *hubtest.World, rp *hubtest.RP, b *hubtest.Browser) {
	t.Helper()
	request := strings.TrimPrefix(rp.Address(rp.Request()), w.Issuer)
	for _, path := range []string{request, b.Page.URL.RequestURI()} {
		if got, header, body := ask(t, w, b, http.MethodGet, path, ""); got != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "</html>") {
			t.Errorf("GET %s: %d, Retry-After %q", strings.SplitN(path, "?", 2)[0], got, header.Get("Retry-After"))
		}
	}
	for _, path := range []string{"/jwks", "/.well-known/openid-configuration", "/help"} {
		if got, _, _ := ask(t, w, nil, http.MethodGet, path, ""); got != http.StatusOK {
			t.Errorf("GET %s needs a database: %d", path, got)
		}
	}
	if reply := rp.Exchange("AQEDgarbage"); reply.Status != http.StatusBadRequest {
		t.Errorf("garbage needs a database: %d", reply.Status) // its tag is checked first
	}
}

// A redemption, a refresh and userinfo say 503 in JSON while the usage database is gone, and the same
// code and token work afterwards: nothing was spent.
func TestAttack_DB_02_TokensOutliveABrokenDatabase(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithFaultyDatabases(), hubtest.WithRPs(rp))
	b := w.Browser(t)
	first := rp.Exchange(rp.Login(b, "ordinary", "scope", "openid offline_access", "prompt", "consent").Code())
	rp.Authorize(b, "prompt", "consent")
	code := rp.Finish(b, "ordinary").Code()
	w.UsageTCP.Set(hubtest.Refuse)
	for what, reply := range map[string]hubtest.Reply{
		"a code": rp.Exchange(code), "a refresh token": rp.Refresh(first.Text("refresh_token")), "an access token": rp.Userinfo(first.Text("access_token")),
		"a revocation": rp.Revoke(first.Text("refresh_token")),
	} {
		if reply.Status != http.StatusServiceUnavailable || reply.Header.Get("Retry-After") == "" || reply.Text("error") == "" {
			t.Errorf("%s: %d %s, Retry-After %q", what, reply.Status, reply.Body, reply.Header.Get("Retry-After"))
		}
	}
	w.UsageTCP.Set(hubtest.Through)
	hubtest.Await(t, "the hub is ready again", func() bool { return status(t, w, "/ready") == http.StatusOK })
	if reply := rp.Exchange(code); reply.Status != http.StatusOK {
		t.Errorf("the code was spent on nothing: %d %s", reply.Status, reply.Body)
	}
	if reply := rp.Refresh(first.Text("refresh_token")); reply.Status != http.StatusOK {
		t.Errorf("the refresh token was spent on nothing: %d %s", reply.Status, reply.Body)
	}
}

// DB-02 on SQLite: another process holds the write lock and does not give it back.
func TestAttack_DB_02_AFileThatIsLocked(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	b.Begin(w.Country.Addresses.City)
	lock := func(source string) func() {
		db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(source, "sqlite:")+"?_pragma=busy_timeout(5000)")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		return func() {
			if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
			_ = conn.Close() // rolled back
			_ = db.Close()
		}
	}
	release := lock(w.Usage.Source)
	action, form := b.Form("means-trusted-profile")
	got, header, body := ask(t, w, b, http.MethodPost, strings.TrimPrefix(action, w.Issuer), form.Encode())
	if got != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "</html>") {
		t.Errorf("a step of a login: %d", got)
	}
	if got := status(t, w, "/live"); got != http.StatusOK {
		t.Errorf("/live: %d", got)
	}
	release()
	release = lock(w.Identity.Source)
	b.Choose("trusted-profile")
	if page := b.Be("ordinary"); page.Status != http.StatusServiceUnavailable {
		t.Errorf("a first login without its person: %d at %s", page.Status, page.URL.Path)
	}
	release()
	if told := w.Browser(t).Login(w.Country.Addresses.City, "trusted-profile", "ordinary"); told.TextOf("level") != "substantial" {
		t.Errorf("not back to work at %s:\n%s", told.URL.Path, told.Text())
	}
}

// With one connection to each database nothing locks up, however many log in at once.
func TestAPoolOfOneConnection(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp), hubtest.WithPool(1), hubtest.WithPatience())
			people := []string{"ordinary", "diacritics", "twin-b", "changed-number", "changed-name", "guardian", "stolen-card"}
			together(32, func(i int) {
				if !try(t, func(tb testing.TB) {
					rp := rp.As(tb)
					b := w.Browser(tb)
					rp.Authorize(b, "scope", "openid offline_access", "prompt", "consent", "claims", asking("given_name"))
					tokens := rp.Exchange(rp.Finish(b, people[i%len(people)]).Code())
					if rp.Refresh(tokens.Text("refresh_token")).Status != http.StatusOK || rp.Userinfo(tokens.Text("access_token")).Text("given_name") == "" {
						tb.Fatalf("tokens")
					}
					b.Get(w.Issuer + "/logout")
					b.Click("logout-confirm")
				}) {
					t.Error("one of 32 logins at once did not come through")
				}
			})
			whole(t, w)
		})
	}
}

// Who has proved nothing makes nobody wait for a disk: a hundred anonymous requests leave no row in any
// table that is written durably. The benchmarks count rows and syncs of whole logins.
func TestAnonymousRequestsCostNoDurableWrite(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithDialect(store.PostgreSQL), hubtest.WithRPs(rp))
	durable := func() int {
		n := 0
		for _, table := range []string{"grants", "releases", "consents", "subjects", "journal", "once"} {
			n += hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM "+table)
		}
		for _, table := range []string{"persons", "identifiers", "links", "journal"} {
			n += hubtest.Number(t, w.Identity.Source, "SELECT count(*) FROM "+table)
		}
		return n
	}
	before := durable()
	for i := range 100 {
		paths := []string{strings.TrimPrefix(rp.Address(rp.Request()), w.Issuer), "/", "/jwks", "/callback/bank?state=x", "/login/aaaaaaaa", "/authorize?client_id=nobody"}
		if got, _, _ := ask(t, w, nil, http.MethodGet, paths[i%len(paths)], ""); got >= 500 {
			t.Errorf("%d", got)
		}
		if i%10 == 0 {
			rp.Exchange("AQEDgarbage")
			rp.Userinfo("AQEDgarbage")
		}
	}
	if after := durable(); after != before {
		t.Errorf("%d durable rows were written", after-before)
	}
	if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM logins"); n == 0 {
		t.Error("no login was begun: the requests were not what they should be")
	}
}

// DO-08 (Keycloak CVE-2026-79651): what is left on the table is swept, half an hour later.
func TestAttack_DO_08_AbandonedLoginsAreSwept(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			for range 60 {
				rp.Authorize(w.Browser(t))
			}
			sweep(t, w)
			if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM logins"); n != 60 {
				t.Errorf("%d logins under way, want 60", n)
			}
			w.Shift(31 * time.Minute)
			rp.Authorize(w.Browser(t)) // young
			sweep(t, w)
			if n := hubtest.Number(t, w.Usage.Source, "SELECT count(*) FROM logins"); n != 1 {
				t.Errorf("%d logins after half an hour, want the young one", n)
			}
		})
	}
}

// TM-01: the clock goes forward in the middle of a login, and back after things were used or ended:
// what was used or ended stays so.
func TestAttack_TM_01_TheClockJumps(t *testing.T) {
	t.Parallel()
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		t.Run(string(d), func(t *testing.T) {
			rp := clinic()
			w := hubtest.New(t, hubtest.WithDialect(d), hubtest.WithRPs(rp))
			b := w.Browser(t)
			code := rp.Login(b, "ordinary", "scope", "openid offline_access", "prompt", "consent").Code()
			tokens := rp.Exchange(code)
			next := rp.Refresh(tokens.Text("refresh_token"))
			rp.Userinfo(next.Text("access_token"))
			under := w.Browser(t)
			rp.Authorize(under)
			left := under.Page.URL.String()
			b.Get(w.Issuer + "/logout")
			ended := b.Jar.Value("localhost", "__Host-sid")
			b.Click("logout-confirm")

			w.Shift(24 * time.Hour)
			under.Jar = w.Browser(t).Jar // its own cookies would have gone
			if page := under.Get(left); page.Status < 400 {
				t.Errorf("a login of yesterday goes on: %d", page.Status)
			}
			if reply := rp.Userinfo(next.Text("access_token")); reply.Status != http.StatusUnauthorized {
				t.Errorf("an access token of yesterday: %d", reply.Status)
			}
			w.Shift(-25 * time.Hour) // an hour before it all began
			if reply := rp.Exchange(code); reply.Status == http.StatusOK {
				t.Error("a used code works again after the clock went back")
			}
			if reply := rp.Refresh(tokens.Text("refresh_token")); reply.Status == http.StatusOK {
				t.Error("a used refresh token works again after the clock went back")
			}
			again := w.Browser(t)
			again.Jar.Put("localhost", http.Cookie{Name: "__Host-sid", Value: ended, Secure: true, Path: "/"})
			if answer := rp.Answered(rp.Authorize(again, "prompt", "none")); answer.Get("error") != "login_required" {
				t.Errorf("an ended session lives again: %s", answer.Get("error"))
			}
		})
	}
}
