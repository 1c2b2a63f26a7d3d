package web

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is a small browser: it keeps cookies in the order in which they came, follows our own
// redirects, and sends what a real one sends with a form.
type browser struct {
	w       *world
	t       testing.TB
	names   []string
	cookies map[string]string
	lang    string
	at      answer
}

// answer is what a browser got.
type answer struct {
	status int
	header http.Header
	body   string
	path   string // where it came from
}

func (w *world) browser(t testing.TB) *browser {
	return &browser{w: w, t: t, cookies: map[string]string{}}
}

func newRequest(method, target string, form url.Values) *http.Request {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	r.Host = "id.example"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// send makes one request and takes its cookies in.
func (b *browser) send(r *http.Request) answer {
	b.t.Helper()
	for _, name := range b.names {
		r.AddCookie(&http.Cookie{Name: name, Value: b.cookies[name]})
	}
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	rec := httptest.NewRecorder()
	b.w.handler.ServeHTTP(rec, r)
	result := rec.Result()
	for _, c := range result.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != siteOf(c.Name) {
			b.t.Errorf("cookie %s is not as it must be: %+v", c.Name, c)
		}
		if _, have := b.cookies[c.Name]; !have && c.MaxAge >= 0 {
			b.names = append(b.names, c.Name)
		}
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			b.drop(c.Name)
		}
	}
	return answer{result.StatusCode, result.Header, rec.Body.String(), r.URL.Path}
}

// siteOf says which SameSite a cookie must have.
func siteOf(name string) http.SameSite {
	if name == portalName || name == staffName {
		return http.SameSiteStrictMode
	}
	return http.SameSiteLaxMode
}

func (b *browser) drop(name string) {
	delete(b.cookies, name)
	for i, n := range b.names {
		if n == name {
			b.names = append(b.names[:i:i], b.names[i+1:]...)
			return
		}
	}
}

// get opens a page of ours and follows redirects as long as they stay here.
func (b *browser) get(target string) *browser {
	b.t.Helper()
	return b.follow(b.send(newRequest(http.MethodGet, target, nil)))
}

func (b *browser) follow(a answer) *browser {
	b.t.Helper()
	for hops := 0; a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/"); hops++ {
		if hops > 10 {
			b.t.Fatal("redirects without end")
		}
		a = b.send(newRequest(http.MethodGet, a.header.Get("Location"), nil))
	}
	b.at = a
	return b
}

var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)".*?</form>`)
	hiddenTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	buttonTag = regexp.MustCompile(`<button[^>]*>`)
	attribute = regexp.MustCompile(`(\w+)="([^"]*)"`)
	leaveLink = regexp.MustCompile(`id="leave" href="([^"]*)"`)
)

// form finds the form that holds the button of that id, with what pressing it would send.
func (b *browser) form(id string) (action string, fields url.Values) {
	b.t.Helper()
	for _, form := range formTag.FindAllStringSubmatch(b.at.body, -1) {
		for _, button := range buttonTag.FindAllString(form[0], -1) {
			attributes := map[string]string{}
			for _, a := range attribute.FindAllStringSubmatch(button, -1) {
				attributes[a[1]] = html.UnescapeString(a[2])
			}
			if attributes["id"] != id {
				continue
			}
			fields = url.Values{}
			for _, hidden := range hiddenTag.FindAllStringSubmatch(form[0], -1) {
				fields.Add(hidden[1], html.UnescapeString(hidden[2]))
			}
			if attributes["name"] != "" {
				fields.Add(attributes["name"], attributes["value"])
			}
			return html.UnescapeString(form[1]), fields
		}
	}
	b.t.Fatalf("no button #%s on %s (%d):\n%s", id, b.at.path, b.at.status, b.at.body)
	return "", nil
}

// press presses a button, with boxes ticked; more pairs of fields may follow.
func (b *browser) press(id string, ticked ...string) *browser {
	b.t.Helper()
	action, fields := b.form(id)
	for _, name := range ticked {
		fields.Add("tell", name)
	}
	return b.follow(b.send(b.fromHere(action, fields)))
}

// fromHere is a POST as a page of ours makes it.
func (b *browser) fromHere(action string, fields url.Values) *http.Request {
	r := newRequest(http.MethodPost, action, fields)
	r.Header.Set("Origin", issuer)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// leave gives the address that the page sends the browser to.
func (b *browser) leave() *url.URL {
	b.t.Helper()
	found := leaveLink.FindStringSubmatch(b.at.body)
	target := b.at.header.Get("Location")
	if found != nil {
		target = html.UnescapeString(found[1])
	}
	u, err := url.Parse(target)
	if err != nil || target == "" {
		b.t.Fatalf("no way out on %s (%d)\n%s", b.at.path, b.at.status, b.at.body)
	}
	return u
}

// authorize is a good request of the city's, with changes; "" takes a parameter away.
func authorize(changes ...string) string {
	v := url.Values{
		"client_id": {"city"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email address"},
		"state": {"st-12345678"}, "nonce": {"n-0S6_WzA2Mj"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return "/authorize?" + v.Encode()
}

// prove goes to a means and comes back from it.
func (b *browser) prove(button string) *browser {
	b.t.Helper()
	b.press(button)
	return b.comeBack(button)
}

func (b *browser) comeBack(button string) *browser {
	b.t.Helper()
	means := strings.TrimPrefix(button, "means-")
	if strings.HasPrefix(means, "bank-") {
		means = "bank"
	}
	return b.get("/callback/" + means + "?code=c&state=" + url.QueryEscape(b.leave().Query().Get("state")))
}

func (a answer) has(text string) bool { return strings.Contains(a.body, text) }

// wants checks status and code of an error page.
func (b *browser) wants(status int, code string) {
	b.t.Helper()
	if b.at.status != status || !b.at.has(`id="error-code" dir="ltr">`+code+"<") && !b.at.has(`id="error-code">`+code+"<") {
		b.t.Fatalf("%s: got %d, want %d with code %s\n%s", b.at.path, b.at.status, status, code, b.at.body)
	}
}

// postOf is a POST with a body as it is.
func postOf(t testing.TB, target, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Host = "id.example"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
