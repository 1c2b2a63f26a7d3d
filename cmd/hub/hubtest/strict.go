package hubtest

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
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
	ends []string // the registered addresses, without ports where those may vary
	ways []string // of the simulators, beginnings
}

// Strict watches a transport. What is registered is read from the parties file.
func (w *World) Strict(t testing.TB, next http.RoundTripper) *Strict {
	t.Helper()
	raw, err := os.ReadFile(w.Config.PartiesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Clients []struct {
			Redirect    []string `yaml:"redirect_uris"`
			AfterLogout []string `yaml:"post_logout_redirect_uris"`
		} `yaml:"clients"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	s := &Strict{t: t, w: w, next: next, ways: []string{w.Issuer + "/", w.Country.Addresses.Profile + "/authorize?", w.Country.Addresses.Banks + "/authorize?"}}
	for _, c := range file.Clients {
		s.ends = append(append(s.ends, c.Redirect...), c.AfterLogout...)
	}
	return s
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
	port    = regexp.MustCompile(`^(http://127\.0\.0\.1):[0-9]{1,5}`)
	// what no token or key can hold by chance: each has a character that base64url has not, or is long
	insides = regexp.MustCompile(`goroutine \d+ \[|\.go:\d+|runtime error|panic:|SQLITE_[A-Z]{4}|SQLSTATE |no such table|pgconn|ory/fosite`)
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

// mayLead reports whether the hub may send a browser to an address: a path of its own, a provider
// of the country, or a registered URI with nothing but parameters added. The port of a loopback
// literal may vary (RFC 8252 §7.3); which clients that holds for, the tests of RU-08 look at.
func (s *Strict) mayLead(target string) bool {
	if strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//") {
		return true
	}
	if slices.ContainsFunc(s.ways, func(way string) bool { return strings.HasPrefix(target, way) }) {
		return true
	}
	return slices.ContainsFunc(s.ends, func(end string) bool {
		for _, t := range []string{target, port.ReplaceAllString(target, "$1")} {
			if rest, ok := strings.CutPrefix(t, end); ok && (rest == "" || rest[0] == '?' || rest[0] == '&') {
				return true
			}
		}
		return false
	})
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
