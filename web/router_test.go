package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// routesOf gives the router's page, for tests that go over all of it.
func routesOf(t *testing.T, w *world) []route {
	t.Helper()
	words, looks := mustLoad(t)
	p := &pages{Site: w.site, words: words, looks: looks, scheme: "https"}
	return p.routes()
}

// hostOf gives a host as a browser writes it.
func hostOf(name HostName) string {
	if name == Hub {
		return "id.example"
	}
	return string(name) + ".example"
}

// addressOf makes an address that a route's pattern takes.
func addressOf(pattern string) string {
	return strings.NewReplacer("{$}", "", "{tx}", "AAAAAAAA", "{means}", "bank", "{name}", "style.css", "{door}", "portal", "{party}", "city", "{txn}", "AAAA-AAAA", "{way}", strings.Repeat("0", 32), "{case}", strings.Repeat("0", 32)).Replace(pattern)
}

func TestEveryRouteHasAGuardAHostAndALimit(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, rt := range routesOf(t, w) {
		if rt.guard == nil || rt.handle == nil || rt.host == "" || len(rt.methods) == 0 || seen[string(rt.host)+rt.pattern] {
			t.Errorf("%s: incomplete, or twice", rt.pattern)
		}
		seen[string(rt.host)+rt.pattern] = true
		if slices.Contains(rt.methods, http.MethodPost) == (rt.body == 0) {
			t.Errorf("%s: a body limit belongs to a POST and to nothing else", rt.pattern)
		}
		if rt.elsewhere && strings.HasPrefix(rt.pattern, "/login/") {
			t.Errorf("%s: a step of a login may not be posted to from elsewhere", rt.pattern)
		}
	}
}

func TestAttack_CN_01_EveryFormOfALoginRefusesWhatIsNotItsOwn(t *testing.T) {
	for _, path := range []string{"means", "account", "answer", "cancel"} {
		w := newWorld(t)
		b := w.browser(t).get(authorize()).prove("means-trusted-profile")
		action := strings.TrimSuffix(b.at.path, "/") + "/" + path
		_, fields := b.form("approve")
		good := fields.Get("token")
		fields.Set("act", "approve")
		before := len(w.rows)
		for name, change := range map[string]func(*http.Request){
			"another site":              func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"a sibling of ours":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"another origin":            func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
			"our host by http":          func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "http://id.example") },
			"another port of ours":      func(r *http.Request) { r.Header.Set("Origin", "https://id.example:8443") },
			"nobody's origin":           func(r *http.Request) { r.Header.Set("Origin", "null") },
			"nobody's origin, no fetch": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
			"two origins":               func(r *http.Request) { r.Header.Add("Origin", issuer) },
		} {
			r := b.fromHere(action, fields)
			change(r)
			if a := b.send(r); a.status != http.StatusForbidden || !a.has("cross_site") {
				t.Errorf("%s from %s: %d", path, name, a.status)
			}
		}
		for name, token := range map[string]string{"no token": "", "a wrong token": good[:len(good)-1] + "x", "another form's": good} {
			if name == "another form's" && path == "answer" {
				continue
			}
			fields.Set("token", token)
			r := newRequest(http.MethodPost, action, fields) // no Origin, no Sec-Fetch-Site: an old browser
			if a := b.send(r); a.status != http.StatusForbidden || !a.has("form_refused") {
				t.Errorf("%s with %s: %d", path, name, a.status)
			}
		}
		get := b.send(newRequest(http.MethodGet, action+"?"+fields.Encode(), nil))
		if get.status != http.StatusMethodNotAllowed || get.header.Get("Allow") != "POST" {
			t.Errorf("%s by GET: %d", path, get.status)
		}
		if w.answers() != 0 || len(w.rows) != before || !b.get(strings.TrimSuffix(action, "/"+path)).at.has(`id="approve"`) {
			t.Errorf("%s: something changed", path)
		}
	}
}

func TestAttack_CN_02_NoPageCanBeFramed(t *testing.T) {
	everyAnswer(t, func(name string, a answer) {
		if !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || a.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s can be framed", name)
		}
	})
}

func TestHeadersOfEveryRoute(t *testing.T) {
	everyAnswer(t, func(name string, a answer) {
		want := map[string]string{
			"Strict-Transport-Security": transport, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Server": "", "X-Powered-By": "",
		}
		html := strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
		public := strings.HasPrefix(name, "/jwks") || strings.HasPrefix(name, "/.well-known/")
		switch {
		case public:
			want["Access-Control-Allow-Origin"], want["Cross-Origin-Resource-Policy"] = "*", "cross-origin"
		default:
			want["Access-Control-Allow-Origin"], want["Cross-Origin-Resource-Policy"] = "", "same-origin"
		}
		if !public || a.status != http.StatusOK {
			want["Cache-Control"] = "no-store"
		}
		if html {
			want["Content-Security-Policy"], want["Cross-Origin-Opener-Policy"], want["Permissions-Policy"] = pagePolicy, "same-origin", permissions
			want["X-DNS-Prefetch-Control"], want["Content-Type"] = "off", "text/html; charset=utf-8"
		} else if a.status != http.StatusSeeOther {
			want["Content-Security-Policy"] = apiPolicy
		}
		for header, value := range want {
			if got := a.header.Get(header); got != value {
				t.Errorf("%s (%d): %s is %q, want %q", name, a.status, header, got, value)
			}
		}
		if a.status >= 500 {
			t.Errorf("%s: %d", name, a.status)
		}
	})
}

// everyAnswer opens every route with every method, and some addresses that are no route.
func everyAnswer(t *testing.T, check func(name string, a answer)) {
	t.Helper()
	w := newWorld(t)
	routes := routesOf(t, w)
	for _, none := range []string{"/nothing", "/login/AAAAAAAA/x.css", "/static/none.css"} {
		routes = append(routes, route{pattern: none, host: Hub}, route{pattern: none, host: Portal})
	}
	for _, rt := range routes {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			r := newRequest(method, addressOf(rt.pattern), url.Values{})
			r.Host = hostOf(rt.host)
			check(addressOf(rt.pattern), w.browser(t).send(r))
		}
	}
}

func TestAMethodThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for _, rt := range routesOf(t, w) {
		for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET", "POST"} {
			if slices.Contains(rt.methods, method) {
				continue
			}
			r := newRequest(method, addressOf(rt.pattern), nil)
			r.Host = hostOf(rt.host)
			a := w.browser(t).send(r)
			if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != strings.Join(rt.methods, ", ") {
				t.Errorf("%s %s: %d, Allow %q", method, rt.pattern, a.status, a.header.Get("Allow"))
			}
		}
	}
}

func TestNoTransportHeaderOnLoopback(t *testing.T) {
	for _, at := range []string{"http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		w := newWorld(t)
		w.site.Issuer = at
		handler, err := New(w.site)
		if err != nil {
			t.Fatal(err)
		}
		r, rec := newRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Host = strings.TrimPrefix(at, "http://")
		handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK || rec.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %d %q", at, rec.Code, rec.Header().Get("Strict-Transport-Security"))
		}
	}
}

func TestAttack_HH_01_NothingButTheConfiguredHostCounts(t *testing.T) {
	w := newWorld(t)
	fetch := func(path string, change func(*http.Request)) *httptest.ResponseRecorder {
		r, rec := newRequest(http.MethodGet, path, nil), httptest.NewRecorder()
		change(r)
		w.handler.ServeHTTP(rec, r)
		return rec
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/help", "/"} {
		plain := fetch(path, func(*http.Request) {})
		for _, header := range []string{"X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Host", "X-Original-Host", "X-Forwarded-Server", "X-Forwarded-Port"} {
			got := fetch(path, func(r *http.Request) { r.Header.Set(header, "evil.example") })
			if got.Body.String() != plain.Body.String() || got.Code != plain.Code {
				t.Errorf("%s changes with %s", path, header)
			}
		}
		for _, host := range []string{"evil.example", "id.example.evil.example", "id.example:444", "id.example@evil.example", "", "127.0.0.1"} {
			got := fetch(path, func(r *http.Request) { r.Host = host })
			if got.Code != http.StatusMisdirectedRequest || strings.Contains(got.Body.String(), "evil.example") {
				t.Errorf("%s with host %q: %d", path, host, got.Code)
			}
		}
		if upper := fetch(path, func(r *http.Request) { r.Host = "ID.example" }); upper.Code != plain.Code {
			t.Errorf("%s: hosts are compared with case (RFC 9110 §4.2.3)", path)
		}
	}
}

func TestAttack_HH_02_HH_03_HH_05_HH_06_HeadersThatChangeNothing(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/help", "/login/AAAAAAAA", "/login/AAAAAAAA/answer", "/nothing", "/userinfo"} {
		plain := w.browser(t).send(newRequest(http.MethodGet, path, nil))
		for header, values := range map[string][]string{
			"X-Forwarded-For": {"a", strings.Repeat("1", 10_000), "fe80::1%eth0"}, "X-Forwarded-Uri": {"/help"}, "X-Original-URL": {"/help"},
			"X-Rewrite-URL": {"/help"}, "X-HTTP-Method-Override": {"POST"}, "Connection": {"X-Auth-Request-User, close"},
			"User-Agent": {"GoogleHC/1.0", "kube-probe/1.30"}, "X-Real-IP": {"127.0.0.1"},
		} {
			for _, value := range values {
				r := newRequest(http.MethodGet, path, nil)
				r.Header.Set(header, value)
				if got := w.browser(t).send(r); got.status != plain.status {
					t.Errorf("%s with %s: %d, without %d", path, header, got.status, plain.status)
				}
			}
		}
	}
}

func TestAttack_HH_08_APersonalPageUnderAnotherName(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize()).prove("means-trusted-profile")
	path := b.at.path
	for _, garbage := range []string{"/x.css", "/", "//", "/.", "/..;/x.css", ";x.css", ".css", "%2fx.css", "%00.css", "/%2e%2e/static/x.css", "/leave/x.js"} {
		a := b.send(rawRequest(path + garbage))
		if a.status != http.StatusNotFound || a.header.Get("Cache-Control") != "no-store" || a.has("Konstanty") {
			t.Errorf("%q: %d %q", garbage, a.status, a.header.Get("Cache-Control"))
		}
	}
}

func TestAttack_HH_09_NothingOfTheAdministrationIsHere(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		"/metrics", "/debug/pprof/", "/debug/vars", "/healthz", "/readyz", "/health", "/admin", "/.git/config", "/static/", "/static/../router.go", "/templates/frame.html", "/server-status",
	} {
		if a := w.browser(t).send(rawRequest(path)); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestATooLongRequestIsRefusedWithoutBeingRead(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get("/authorize?scope=" + strings.Repeat("a", longestURI))
	b.wants(http.StatusBadRequest, "too_large")
	a := b.send(postOf(t, "/authorize", "scope="+strings.Repeat("a", wireBody)))
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("body: %d", a.status)
	}
	multipart := postOf(t, "/authorize", "x")
	multipart.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if a := b.send(multipart); a.status != http.StatusBadRequest {
		t.Errorf("multipart: %d", a.status)
	}
}

func TestAPanicIsAnsweredWithAReference(t *testing.T) {
	w := newWorld(t)
	w.profile.begins = nil
	w.site.Metadata = panicking{w.provider}
	handler, err := New(w.site)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, newRequest(http.MethodGet, "/jwks", nil))
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "87022290019") || strings.Contains(w.log.String(), "87022290019") {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(w.log.String(), "panic") {
		t.Error("not in the log")
	}
}

type panicking struct{ Metadata }

func (panicking) JWKS(http.ResponseWriter, *http.Request) error { panic("PNOPL-87022290019") }

func rawRequest(path string) *http.Request {
	r := newRequest(http.MethodGet, "/", nil)
	u, err := url.ParseRequestURI(path)
	if err != nil {
		u = &url.URL{Path: path}
	}
	r.URL, r.RequestURI = u, path
	return r
}
