package logintest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode"

	"symbolon/cmd/hub/hubtest"
)

// HH-02 (authentik CVE-2024-47070): who is not a proxy is counted by its own address, whatever it says
// about itself, and what cannot be read opens nothing.
func TestAttack_HH_02_TheLimitIsNotEscapedByAHeader(t *testing.T) {
	t.Parallel()
	const most = 30
	w := hubtest.New(t, hubtest.WithSettings(func(s map[string]any) { s["limits"] = map[string]any{"requests": most} }))
	refused := 0
	for i := range 3 * most {
		r := w.Ask(http.MethodGet, "/help")
		r.Header.Set("X-Forwarded-For", []string{"203.0.113." + string(rune('0'+i%10)), "a", "fe80::1%eth0", strings.Repeat("1.1.1.1, ", 900)}[i%4])
		r.Header.Set("X-Real-Ip", "198.51.100.7")
		r.Header.Set("Forwarded", "for=198.51.100.8")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusTooManyRequests:
			refused++
			if resp.Header.Get("Retry-After") == "" {
				t.Fatal("429 without Retry-After")
			}
		case http.StatusOK:
		default:
			t.Fatalf("answered %d", resp.StatusCode)
		}
	}
	if refused < most {
		t.Errorf("%d of %d requests were refused", refused, 3*most)
	}
}

// HH-03, HH-05, HH-06 (oauth2-proxy CVE-2026-40575, -34457; oathkeeper GHSA-w9mr-28mw-j8hg): headers
// that mean something to proxies mean nothing here.
func TestAttack_HH_03_HH_05_HH_06_HeadersThatChangeNothing(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	ask := func(header http.Header) (int, string) {
		r := w.Ask(http.MethodGet, "/userinfo")
		r.Header = header
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("WWW-Authenticate") + string(body)
	}
	status, body := ask(http.Header{})
	for name, value := range map[string]string{
		"X-Original-URL": "/jwks", "X-Rewrite-URL": "/jwks", "X-Forwarded-Uri": "/jwks", "X-HTTP-Method-Override": "OPTIONS", "X-Method-Override": "HEAD",
		"Connection": "Authorization, Host", "User-Agent": "GoogleHC/1.0", "X-Forwarded-Proto": "http", "X-SSL-Client-Cert": "MIIB", "X-Forwarded-Client-Cert": "By=x",
		"X-Remote-User": "ordinary", "X-Forwarded-User": "ordinary",
	} {
		if s, b := ask(http.Header{name: {value}}); s != status || b != body {
			t.Errorf("%s: %s changes the answer: %d", name, value, s)
		}
	}
}

// HH-08 (ASVS 14.2.5): a personal page under the name of a picture is no page.
func TestAttack_HH_08_APersonalPageUnderAnotherName(t *testing.T) {
	t.Parallel()
	w := hubtest.New(t)
	b := w.Browser(t)
	page := b.Prove(w.Country.Addresses.City, "trusted-profile", "ordinary")
	for _, tail := range []string{"/x.css", ".css", "/..%2fx.js", ";x.png", "%2fstyle.css", "/", "//style.css", "%00.css"} {
		resp := send(t, b, http.MethodGet, page.URL.String()+tail, nil, nil)
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode < 400 || bytes.Contains(body, []byte("Konstanty")) {
			t.Errorf("%s: %d", tail, resp.StatusCode)
		}
		if resp.StatusCode == http.StatusNotFound && resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", tail, resp.Header.Get("Cache-Control"))
		}
	}
}

// EN-01 (Keycloak CVE-2026-4633): what a stranger can ask about somebody has one answer, known here or
// not.
func TestAttack_EN_01_KnownOrNotIsTheSame(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	told(t, w.Browser(t), rp, "trusted-profile", "ordinary", "given_name")
	random := regexp.MustCompile(`[A-Za-z0-9_-]{40,}|/login/[A-Za-z0-9_-]{8}|[0-9A-Z]{4}-[0-9A-Z]{4}`)
	seen := map[string]string{}
	for name, hint := range map[string]string{
		"known number": "87022290019", "known number, in full": "PNOPL-87022290019", "known e-mail": "konstanty.testowy@mail.example",
		"unknown number": "80030990173", "unknown number, in full": "PNOPL-80030990173", "unknown e-mail": "nobody.at.all1234@mail.example",
	} {
		b := w.Browser(t)
		page := rp.Authorize(b, "login_hint", hint)
		seen[random.ReplaceAllString(page.Body, "*")+"|"+strings.Join(cookieNames(b), " ")] = name
		if strings.Contains(page.Body, hint) {
			t.Errorf("%s stands on the page", name)
		}
	}
	if len(seen) != 1 {
		t.Errorf("%d different pages for known and unknown people", len(seen))
	}
}

func cookieNames(b *hubtest.Browser) []string {
	var names []string
	for _, c := range b.Jar.All("localhost") {
		names = append(names, strings.SplitAfter(c.Name, "__Host-tx")[0])
	}
	return names
}

// PV-01 (ASVS 16.4.1): whatever strings come in, the log is one JSON object a line without a control
// character, and nothing in it was made up by a stranger.
func TestAttack_PV_01_LinesOfALog(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	hostile := []string{"x\r\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\x1b[31mred", "\u2028line", "\u202eevil", `"},{"msg":"forged"`, "%s%n%!d", strings.Repeat("A", 9000)}
	for _, text := range hostile {
		for _, name := range []string{"state", "scope", "login_hint", "redirect_uri", "client_id", "ui_locales", "claims"} {
			rp.Authorize(w.Browser(t), name, text)
		}
		r := w.Ask(http.MethodGet, "/"+url.PathEscape(text[:min(len(text), 200)]))
		r.Header.Set("User-Agent", strings.Map(printable, text))
		r.Header.Set("Accept-Language", strings.Map(printable, text))
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		b := w.Browser(t)
		b.Get(w.Issuer + "/callback/trusted-profile?" + url.Values{"state": {text}, "error": {text}, "error_description": {text}}.Encode())
		if err := w.Country.Profile.Switches.Set("error", text); err != nil {
			t.Fatal(err)
		}
		rp.Authorize(b)
		b.Choose("trusted-profile")
		if err := w.Country.Profile.Switches.Set("all", ""); err != nil {
			t.Fatal(err)
		}
		rp.Post("/token", "grant_type", text, "code", text)
	}
	lines := bufio.NewScanner(bytes.NewReader(w.Log.Bytes()))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		var entry map[string]any
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatalf("line %d is no JSON: %v", n, err)
		}
		if entry["msg"] == "forged" {
			t.Error("a line was forged")
		}
		if i := bytes.IndexFunc(lines.Bytes(), func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u202e' }); i >= 0 {
			t.Errorf("line %d holds a control character: %s", n, lines.Bytes()[max(0, i-60):i])
		}
		if len(lines.Bytes()) > 4096 {
			t.Errorf("line %d has %d bytes", n, len(lines.Bytes()))
		}
	}
	if lines.Err() != nil || n < 50 {
		t.Errorf("%d lines were read: %v", n, lines.Err())
	}
}

func printable(r rune) rune {
	if r < ' ' {
		return '.' // a client library does not send it
	}
	return r
}

// PV-07 (ZITADEL CVE-2024-32967): errors name a reference and nothing of ours.
func TestAttack_PV_07_ErrorsDiscloseNothing(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	inside := regexp.MustCompile(`(?i)goroutine|\.go:\d|panic|sqlite|postgres|pgx|gorm|fosite|go1\.|/home/|/tmp/|Server:`)
	for _, path := range []string{
		"/authorize", "/authorize?client_id=%00", "/authorize?client_id=clinic&redirect_uri=x", "/authorize?" + strings.Repeat("a", 30000), "/token", "/userinfo", "/nothing",
		"/login/aaaaaaaa", "/callback/bank?state=x", "/callback/nobody?state=x", "/static/../../etc/passwd", "/logout?id_token_hint=x.y.z", "/login/aaaaaaaa/answer", "/.git/config",
	} {
		r := w.Ask(http.MethodGet, "/")
		u, err := url.Parse(w.Issuer + path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = u
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var head bytes.Buffer
		_ = resp.Header.Write(&head) // a buffer takes everything
		if found := inside.FindString(head.String() + string(body)); found != "" {
			t.Errorf("%s discloses %q", path, found)
		}
		if resp.StatusCode >= 500 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// PV-09 and PV-10: an upstream never learns for whom somebody logs in, and a party never learns by
// what; two parties asked for the same send the upstream the same.
func TestAttack_PV_09_PV_10_NeitherSideLearnsOfTheOther(t *testing.T) {
	t.Parallel()
	rp := clinic()
	w := hubtest.New(t, hubtest.WithRPs(rp))
	var mu sync.Mutex
	var requests []string
	w.Country.Banks.Switches.Watch(func(endpoint string, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		header := r.Header.Clone()
		header.Del("Cookie") // every program here is on one host, and cookies ignore ports
		var head bytes.Buffer
		_ = header.Write(&head) // a buffer takes everything
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, endpoint+" "+r.URL.String()+" "+r.Form.Encode()+" "+head.String())
	})
	b := w.Browser(t)
	through(b, rp, "bank-one", "ordinary", "state", "state-of-the-clinic", "nonce", "nonce-of-the-clinic")
	leave := b.Page
	tokens := rp.Exchange(rp.Answered(b.Click("approve")).Code())
	w.Browser(t).Prove(w.Country.Addresses.Library, "bank-one", "ordinary")
	mu.Lock()
	defer mu.Unlock()
	if len(requests) < 4 {
		t.Fatalf("only %d requests were seen at the bank", len(requests))
	}
	for _, r := range requests {
		for _, name := range []string{"clinic", "library", "pod-lipa", strings.TrimPrefix(w.Landing(), "http://"), strings.TrimPrefix(w.Country.Addresses.Library, "http://")} {
			if strings.Contains(r, name) {
				t.Errorf("the bank learns %q from its %s endpoint", name, strings.Fields(r)[0])
			}
		}
	}
	if policy := leave.Header.Get("Referrer-Policy"); policy != "same-origin" && policy != "no-referrer" {
		t.Errorf("pages of ours tell other sites where somebody comes from: %q", policy)
	}
	_, claims := hubtest.ReadJWT(t, tokens.Text("id_token"))
	raw, err := json.Marshal([]any{claims, rp.Userinfo(tokens.Text("access_token")).JSON, tokens.JSON["scope"]})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bank", "profile", w.Country.Addresses.Banks} {
		if bytes.Contains(raw, []byte(name)) {
			t.Errorf("the party learns %q: %s", name, raw)
		}
	}
}
