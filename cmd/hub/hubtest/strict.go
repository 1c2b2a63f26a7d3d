package hubtest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Strict is a transport that holds every answer of the hub against the rules that no attack may
// break (attacks.md §0): no 5xx and no stack for a client's mistake (G1), no way to an address that
// is not registered (G2), and the header set on everything (G6). It reports and lets the answer
// through.
type Strict struct {
	Unavailable bool // 503 is an answer: a database is gone on purpose

	t    testing.TB
	w    *World
	next http.RoundTripper
	own  []string // addresses that the hub may send a browser to, beside its own
}

// Strict watches a transport.
func (w *World) Strict(t testing.TB, next http.RoundTripper) *Strict {
	at := w.Country.Addresses
	return &Strict{t: t, w: w, next: next, own: []string{at.Profile + "/", at.Banks + "/", at.City + "/", at.Library + "/", w.landing + "/"}}
}

// Watched gives a browser whose every answer is held against the rules.
func (w *World) Watched(t testing.TB) *Browser {
	b := w.Browser(t)
	b.http.Transport = w.Strict(t, b.http.Transport)
	return b
}

// Watch holds everything that the party is answered against the rules.
func (rp *RP) Watch() *Strict {
	s := rp.w.Strict(rp.t, rp.HTTP.Transport)
	c := *rp.HTTP
	c.Transport = s
	rp.HTTP = &c
	return s
}

var (
	refresh = regexp.MustCompile(`(?i)http-equiv="refresh" content="0;\s*url=([^"]*)"`)
	insides = regexp.MustCompile(`goroutine \d|\.go:\d|runtime\.|panic|SQLITE|SQLSTATE|pgx|sqlite|fosite|gorm`)
)

// RoundTrip makes the request and looks at the answer.
func (s *Strict) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil || r.URL.Scheme+"://"+r.URL.Host != s.w.Issuer {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read to its end
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return resp, err
	}
	s.inspect(r, resp, string(body))
	return resp, nil
}

func (s *Strict) inspect(r *http.Request, resp *http.Response, body string) {
	s.t.Helper()
	at := r.Method + " " + r.URL.Path
	wrong := func(rule, format string, values ...any) {
		s.t.Helper()
		s.t.Errorf("%s: %s (%d): "+format, append([]any{rule, at, resp.StatusCode}, values...)...)
	}
	if resp.StatusCode >= 500 && !(s.Unavailable && resp.StatusCode == http.StatusServiceUnavailable) {
		wrong("G1", "a server error: %s", body)
	}
	if found := insides.FindString(body); found != "" && !strings.HasPrefix(r.URL.Path, "/static/") {
		wrong("G1", "the answer shows insides: %q", found)
	}
	targets := resp.Header.Values("Location")
	if m := refresh.FindStringSubmatch(body); m != nil {
		targets = append(targets, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	for _, target := range targets {
		if !s.mayLead(target) {
			wrong("G2", "leads to an address that is not registered")
		}
	}
	if 300 <= resp.StatusCode && resp.StatusCode < 400 && resp.StatusCode != http.StatusSeeOther {
		wrong("RU-21 (RFC 9700 §4.12)", "a redirect that is no 303")
	}
	for name, value := range s.headers(r, resp) {
		if got := resp.Header.Get(name); got != value && !strings.Contains(got, value+";") {
			wrong("G6", "%s is %q, want %q", name, got, value)
		}
	}
	for _, c := range resp.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			wrong("G6", "the cookie %s is set without what attacks.md §H2 wants", c.Name)
		}
	}
}

// mayLead reports whether the hub may send a browser to an address.
func (s *Strict) mayLead(target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	if u.Host == "" && u.Scheme == "" && strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//") {
		return true
	}
	return strings.HasPrefix(target, s.w.Issuer+"/") || slices.ContainsFunc(s.own, func(own string) bool { return strings.HasPrefix(target, own) })
}

// headers gives what attacks.md §H1 wants of an answer; "" means absent.
func (s *Strict) headers(r *http.Request, resp *http.Response) map[string]string {
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Server": "", "X-Powered-By": "", "Access-Control-Allow-Credentials": "",
	}
	open := r.URL.Path == "/jwks" || strings.HasPrefix(r.URL.Path, "/.well-known/")
	if !open {
		want["Access-Control-Allow-Origin"], want["Cross-Origin-Resource-Policy"] = "", "same-origin"
		if !strings.HasPrefix(r.URL.Path, "/static/") {
			want["Cache-Control"] = "no-store"
		}
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		want["Content-Security-Policy"], want["Cross-Origin-Opener-Policy"] = "default-src 'none'", "same-origin"
	}
	return want
}
