package hubtest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// Browser behaves as a browser without JavaScript does: cookies by host name, Origin and
// Sec-Fetch headers, redirects, pages that lead on by themselves. Every Browser is a profile of
// its own. What cannot be done on the page at hand fails the test.
type Browser struct {
	Page     *Page
	Language string   // Accept-Language
	Trail    []string // every address asked, in order
	Jar      *Jar
	Posts    bool   // run the one script that some pages have: it posts their form
	Halt     string // stop before an address that holds this text, as Page.Next; "" stops nowhere

	t         testing.TB
	http      *http.Client
	transport *http.Transport
}

// NewBrowser opens a browser with an empty profile.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 8, DialContext: dialHere}
	t.Cleanup(transport.CloseIdleConnections)
	return &Browser{
		t: t, transport: transport, Language: "en", Jar: &Jar{now: time.Now},
		http: &http.Client{
			Transport:     transport,
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// dialHere reaches what is under localhost on this machine, as browsers do and resolvers need not
// (RFC 6761 §6.3).
func dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}

// Renew makes it the browser of somebody else: no cookies, no connections, nowhere been.
func (b *Browser) Renew() {
	b.Jar.Clear()
	b.http.CloseIdleConnections()
	b.Page, b.Trail = nil, nil
}

// Through lets a function wrap how the browser reaches anything.
func (b *Browser) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	b.http.Transport = wrap(b.http.Transport)
}

// Patient lets it wait so long for an answer: in a crowd, for as long as a crowd needs.
func (b *Browser) Patient(d time.Duration) { b.http.Timeout = d }

// Get opens an address, as typed into the address bar.
func (b *Browser) Get(address string) *Page {
	b.t.Helper()
	return b.follow(http.MethodGet, address, nil, "")
}

// Post sends a form as a script on another page would, from the given origin ("" = typed).
func (b *Browser) Post(address string, form url.Values, origin string) *Page {
	b.t.Helper()
	return b.follow(http.MethodPost, address, form, origin)
}

// Form gives what pressing the button with the id would send, and where.
func (b *Browser) Form(id string) (action string, values url.Values) {
	b.t.Helper()
	n := b.Page.Need(b.t, id)
	form := b.formOf(n)
	if form == nil {
		b.t.Fatalf("#%s is in no form", id)
	}
	values = fields(form)
	if name := attr(n, "name"); name != "" {
		values.Add(name, attr(n, "value"))
	}
	return b.Page.resolve(attr(form, "action")), values
}

// formOf gives the form that a button sends: the one that it names, or the one around it; nil for none.
func (b *Browser) formOf(n *html.Node) *html.Node {
	if named := attr(n, "form"); named != "" {
		return b.Page.Need(b.t, named)
	}
	return enclosing(n, "form")
}

// Click presses what has the id: a link, or a button that submits its form.
func (b *Browser) Click(id string) *Page {
	b.t.Helper()
	n := b.Page.Need(b.t, id)
	if n.Data == "a" {
		return b.follow(http.MethodGet, b.Page.resolve(attr(n, "href")), nil, b.Page.origin())
	}
	action, values := b.Form(id)
	if strings.EqualFold(attr(b.formOf(n), "method"), "post") {
		return b.follow(http.MethodPost, action, values, b.Page.origin())
	}
	u, err := url.Parse(action)
	if err != nil {
		b.t.Fatalf("form of #%s: %v", id, err)
	}
	u.RawQuery = values.Encode()
	return b.follow(http.MethodGet, u.String(), nil, b.Page.origin())
}

// Fill types a value into the field with the id.
func (b *Browser) Fill(id, value string) {
	b.t.Helper()
	set(b.Page.Need(b.t, id), "value", value)
}

// Tick ticks the box with the id.
func (b *Browser) Tick(id string) {
	b.t.Helper()
	set(b.Page.Need(b.t, id), "checked", "")
}

// follow asks, then goes wherever the answers lead, until a page stands still.
func (b *Browser) follow(method, address string, form url.Values, origin string) *Page {
	b.t.Helper()
	for range 30 {
		page := b.ask(method, address, form, origin)
		b.Page = page
		next := page.Header.Get("Location")
		switch {
		case next == "" || page.Status < 300 || page.Status > 399:
			if action, values := page.Posts(); b.Posts && action != "" {
				method, address, form, origin = http.MethodPost, action, values, page.origin()
				continue
			}
			if next = page.leads(); next == "" {
				return page
			}
			method, form, origin = http.MethodGet, nil, page.origin()
		case page.Status != http.StatusTemporaryRedirect && page.Status != http.StatusPermanentRedirect:
			method, form = http.MethodGet, nil
		}
		address = page.resolve(next)
		if b.Halt != "" && strings.Contains(address, b.Halt) {
			page.Next = address
			return page
		}
	}
	b.t.Fatalf("this leads nowhere: %s", strings.Join(b.Trail[len(b.Trail)-6:], "\n  "))
	return nil
}

// markedTitle is a page's title with mark-up in it, which browsers show as it is written.
var markedTitle = regexp.MustCompile(`<title>[^<]*(?:<|&lt;)/?bdi`)

// ask makes one request and follows nothing.
func (b *Browser) ask(method, address string, form url.Values, origin string) *Page {
	b.t.Helper()
	b.Trail = append(b.Trail, address)
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	if err != nil {
		b.t.Fatalf("ask %s: %v", address, err)
	}
	site := fetchSite(origin, r.URL)
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Accept-Language", b.Language)
	r.Header.Set("Sec-Fetch-Site", site)
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
	}
	for _, c := range b.Jar.sent(r.URL, site == "cross-site", method) {
		r.AddCookie(c)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatalf("ask %s: %v", r.URL.Path, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end below
	b.Jar.take(r.URL, resp.Cookies())
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("read %s: %v", r.URL.Path, err)
	}
	doc, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		b.t.Fatalf("parse %s: %v", r.URL.Path, err)
	}
	if m := markedTitle.Find(raw); m != nil {
		b.t.Errorf("%s: the title holds mark-up: %s", r.URL.Path, m)
	}
	return &Page{URL: r.URL, Status: resp.StatusCode, Header: resp.Header, Body: string(raw), doc: doc}
}

// fetchSite says how the page that asks stands to what is asked (Fetch Metadata §2.3). Sites on
// loopback are their host names.
func fetchSite(origin string, to *url.URL) string {
	from, err := url.Parse(origin)
	switch {
	case origin == "" || err != nil:
		return "none"
	case from.Host == to.Host && from.Scheme == to.Scheme:
		return "same-origin"
	case from.Hostname() == to.Hostname():
		return "same-site"
	default:
		return "cross-site"
	}
}
