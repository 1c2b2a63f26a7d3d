package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// bounds refuse each kind of caller that has one, for so long.
type bounds map[Caller]time.Duration

func (b bounds) Allow(_ *http.Request, of Caller, _ string) *TooMany {
	if after, refused := b[of]; refused {
		return &TooMany{After: after}
	}
	return nil
}

func (bounds) Proved(string, string) {}

// limited makes the pages anew, with limits.
func (w *world) limited(l Limits) {
	w.t.Helper()
	w.site.Limits = l
	handler, err := New(w.site)
	if err != nil {
		w.t.Fatal(err)
	}
	w.handler = handler
}

// RFC 6585 §4: what is too much is answered with when to come again, to people in their language; the login that they
// are in goes on then, and what they sent is taken when they send it once more.
func TestTooMuchIsToldToPeopleInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).get(authorize())
	began := b.at.path
	action, fields := b.form("means-trusted-profile")
	w.limited(bounds{ByPeople: 90 * time.Second})
	for language, says := range map[string]string{"en": "Wait until <bdi>09:02", "pl": "do godziny <bdi>09:02", "hu": "Várjon eddig: <bdi>09:02", "fr": "jusqu’à <bdi>09:02", "ar": "<bdi>09:02"} {
		b.get(began + "?lang=" + language)
		b.wants(http.StatusTooManyRequests, "too_many_requests")
		if b.at.header.Get("Retry-After") != "90" || !b.at.has(says) || !b.at.has(`id="again" href=""`) || b.at.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v\n%s", language, b.at.header, b.at.body)
		}
	}
	b.get(began + "?lang=en")
	b.at = b.send(b.fromHere(action, fields))
	b.wants(http.StatusTooManyRequests, "too_many_requests")
	if b.at.has(`id="again"`) || !b.at.has("send it once more") {
		t.Errorf("a link for what was sent: %s", b.at.body)
	}
	w.limited(nil)
	if b.get(began); !b.at.has(`id="means-trusted-profile"`) {
		t.Error("the login does not go on")
	}
	if b.at = b.send(b.fromHere(action, fields)); b.at.status != http.StatusSeeOther && !b.at.has("up.example") {
		t.Errorf("what was sent once more: %d", b.at.status)
	}
}

// A server is told in its own words; files of ours, which the page needs, come all the same; so do the other kinds.
func TestTooMuchForWhom(t *testing.T) {
	for name, c := range map[string]struct {
		method, host, path string
		cookie             string
		of                 Caller
		program            bool
	}{
		"a page":                     {method: http.MethodGet, path: "/help", of: ByPeople},
		"a page that is not there":   {method: http.MethodGet, path: "/nothing", of: ByPeople},
		"a path that is not clean":   {method: http.MethodGet, path: "//help", of: ByPeople},
		"another host":               {method: http.MethodGet, host: "evil.example", path: "/", of: ByPeople},
		"a method":                   {method: http.MethodPut, path: "/help", of: ByPeople},
		"the token endpoint":         {method: http.MethodPost, path: "/token", of: ByParty, program: true},
		"userinfo":                   {method: http.MethodGet, path: "/userinfo", of: ByParty, program: true},
		"the keys":                   {method: http.MethodGet, path: "/jwks", of: ByParty, program: true},
		"what browsers report":       {method: http.MethodPost, path: "/csp", of: ByPeople, program: true},
		"of the portal":              {method: http.MethodPost, host: "portal.example", path: "/csp", of: ByPeople, program: true},
		"a file that is not there":   {method: http.MethodGet, path: "/static/nothing", of: ByPeople},
		"one at the portal":          {method: http.MethodGet, host: "portal.example", path: "/static/nothing", of: ByPeople},
		"the portal":                 {method: http.MethodGet, host: "portal.example", path: "/", of: ByPeople},
		"one that has a cookie, too": {method: http.MethodPost, path: "/token", cookie: phoneName + "=made-up", of: ByPeople, program: true},
	} {
		for _, of := range []Caller{ByPeople, ByParty, BySystem} {
			w := newWorld(t)
			w.limited(bounds{of: time.Minute})
			r := asked(c.method, c.path, "")
			r.Host, r.URL.Path = "id.example", c.path
			if c.host != "" {
				r.Host = c.host
			}
			if c.cookie != "" {
				r.Header.Set("Cookie", c.cookie)
			}
			a := w.ask(r)
			if (a.Code == http.StatusTooManyRequests) != (of == c.of) {
				t.Errorf("%s, caller %d: %d", name, of, a.Code)
			}
			if of == c.of && (a.Header().Get("Retry-After") != "60" || strings.HasPrefix(a.Header().Get("Content-Type"), "application/json") != c.program) {
				t.Errorf("%s: %v", name, a.Header())
			}
		}
	}
	w := newWorld(t)
	w.limited(bounds{ByPeople: time.Minute, ByParty: time.Minute, BySystem: time.Minute})
	r := asked(http.MethodGet, "/", "")
	r.Host = "id.example"
	page := w.ask(r)
	_, file, _ := strings.Cut(page.Body.String(), `href="/static/`)
	file, _, _ = strings.Cut(file, `"`)
	r = asked(http.MethodGet, "/static/"+file, "")
	if r.Host = "id.example"; page.Code != http.StatusTooManyRequests || w.ask(r).Code != http.StatusOK {
		t.Errorf("the page %d, its style /static/%s %d", page.Code, file, w.ask(r).Code)
	}
}

// noting notes by which bearers sessions were proved.
type noting struct {
	bounds
	proved *[]string
}

func (s noting) Proved(by, _ string) { *s.proved = append(*s.proved, by) }

// What a browser says that it has is proved by nothing but a session behind it.
func TestOnlyASessionIsProved(t *testing.T) {
	w := newWorld(t)
	var proved []string
	w.limited(noting{proved: &proved})
	r := asked(http.MethodGet, "/", "")
	r.Host = "portal.example"
	r.Header.Set("Cookie", portalName+"=made-up")
	if a := w.ask(r); a.Code != http.StatusUnauthorized || len(proved) != 0 {
		t.Errorf("%d, proved: %q", a.Code, proved)
	}
	r = asked(http.MethodGet, "/help", "")
	r.Host = "id.example"
	w.ask(r)
	if len(proved) != 0 {
		t.Errorf("a page for everybody proved %q", proved)
	}
}

// always refuses everything, as what was refused often already.
type always struct{ bounds }

func (always) Allow(*http.Request, Caller, string) *TooMany {
	return &TooMany{After: time.Minute, Often: true}
}

// Whoever floods is told in a line of their language, or of their kind, which costs little, and nothing is logged of it.
func TestAFloodIsToldInALine(t *testing.T) {
	w := newWorld(t)
	w.limited(always{})
	w.log.Reset()
	for path, says := range map[string]string{"/help?lang=pl": "Poczekaj do godziny 09:01", "/token": `"too_many_requests"`, "/static/nothing?lang=fr": "jusqu’à 09:01"} {
		r := asked(http.MethodGet, path, "")
		r.Host = "id.example"
		a := w.ask(r)
		if a.Code != http.StatusTooManyRequests || !strings.Contains(a.Body.String(), says) || a.Body.Len() > 200 || a.Header().Get("Retry-After") != "60" {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
	if w.log.Len() != 0 {
		t.Errorf("logged: %s", w.log)
	}
}

func BenchmarkRefused(b *testing.B) {
	w := newWorld(b)
	for name, l := range map[string]Limits{"at length": bounds{ByPeople: time.Minute}, "often": always{}} {
		b.Run(name, func(b *testing.B) {
			w.limited(l)
			for b.Loop() {
				r := asked(http.MethodGet, "/help", "")
				r.Host = "id.example"
				w.ask(r)
			}
		})
	}
}
