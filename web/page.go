package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

//go:embed templates static
var files embed.FS

// looks is every template and every static file, read once.
type looks struct {
	shared *template.Template            // the frame and the parts that pages share
	pages  map[string]*template.Template // by the file's name
	names  map[string]string             // "style.css" → "style.0123abcd.css"
	assets map[string]asset              // by the name with its hash
}

type asset struct {
	contentType string
	body        []byte
}

// usualPage is room for most pages, in bytes.
const usualPage = 16 << 10

// longestName is how much of a name a title shows.
const longestName = 80

const (
	bare       = "form_post" // the template without the frame of the others
	meansPages = "means/"    // where the pages of connectors are
)

func loadLooks() (looks, error) {
	l := looks{pages: map[string]*template.Template{}, names: map[string]string{}, assets: map[string]asset{}}
	if err := l.loadAssets(); err != nil {
		return looks{}, err
	}
	var err error
	functions := template.FuncMap{"asset": l.path, "icon": l.icon, "dict": dict}
	if l.shared, err = template.New("frame").Funcs(functions).Option("missingkey=error").ParseFS(files, "templates/frame.html", "templates/parts.html"); err != nil {
		return looks{}, fmt.Errorf("templates: %w", err)
	}
	all, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return looks{}, err
	}
	ofMeans, err := fs.Glob(files, "templates/"+meansPages+"*.html")
	if err != nil {
		return looks{}, err
	}
	for _, file := range append(all, ofMeans...) {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		if l.pages[name], err = l.page().ParseFS(files, file); err != nil {
			return looks{}, fmt.Errorf("template %s: %w", name, err)
		}
	}
	return l, nil
}

// page is an empty page.
func (l looks) page() *template.Template { return template.Must(l.shared.Clone()) }

func (l looks) loadAssets() error {
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return err
	}
	for _, e := range entries {
		body, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		hashed := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		l.names[e.Name()] = hashed
		l.assets[hashed] = asset{mime.TypeByExtension(ext), body}
	}
	return nil
}

// dict names several values for a part of a page, which takes one.
func dict(pairs ...any) (map[string]any, error) {
	all := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: a name is a %T", pairs[i])
		}
		all[name] = pairs[i+1]
	}
	return all, nil
}

// path gives the address of a static file.
func (l looks) path(name string) (string, error) {
	hashed, ok := l.names[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + hashed, nil
}

// icon gives the address of a means' picture; a name that is none of ours gets the plain one.
func (l looks) icon(name string) (string, error) {
	if address, err := l.path("means-" + name + ".svg"); err == nil {
		return address, nil
	}
	return l.path("means.svg")
}

func (p *pages) static(v *visit) error {
	file, ok := p.looks.assets[v.r.PathValue("name")]
	if !ok {
		return errNotFound
	}
	v.w.Header().Set("Content-Type", file.contentType)
	_, err := v.w.Write(file.body)
	return err
}

// screen is what a template gets: the words, what frames every page, and the page's own body.
type screen struct {
	*locale.Words
	Brand     string
	Languages []langLink
	Help      string // where the help page is; "" where the way there is not shown
	Body      any
	Scripts   []string // the static files that the page runs, in this order
	Guest     string   // address of a simulator's script; "" outside the demo
	Ways      []string // several ways of a connector's own page to answer
	Way       string   // of several ways of a connector's own page the one that is shown; "" where it has none

	Leave      template.URL // where the page sends the browser by itself; "" for nowhere
	LeaveAfter int          // after so many seconds

	Retold *retold // the form that was refused; nil where none was
	Was    string  // code of what was refused
	Wrong  string  // id of the field that it is about; "" for none

	Idle int    // after so many seconds without a sign of life nobody is logged in any more; 0: the page does not say
	Left int    // seconds of it that are left
	Page string // where to go then

	Workplace string // the office that a form is of, where its reader works in several; "" otherwise

	HelpLine string // whom to call; "" for nobody

	About   string // key of what the foot of the page says
	Visitor string // the given name of who is logged in at one of our own hosts

	forms Forms
	login *login.Login
	kept  time.Duration
	means func() []connectors.Description
}

// Cards says whether people may have an e-ID card in a reader, which they are to take out (R-CARD-10).
func (s *screen) Cards() bool {
	return s.means != nil && slices.ContainsFunc(s.means(), func(d connectors.Description) bool { return d.Document && !d.Disabled })
}

// IdleFor says after how long without a sign of life somebody is logged out.
func (s *screen) IdleFor() int { return (s.Idle + 59) / 60 }

// Desk says whether this is a page of the people at a counter.
func (s *screen) Desk() bool { return s.About == "frame.about.desk" }

// Kept says for how long is kept what came of a login.
func (s *screen) Kept() string { return s.Length(s.kept) }

// T writes the text of a key.
func (s *screen) T(key string, args ...any) template.HTML { return s.HTML(key, args...) }

// In is the screen in other words, for a part that somebody else reads; nil leaves it.
func (s *screen) In(words *locale.Words) *screen {
	if words == nil {
		return s
	}
	other := *s
	other.Words = words
	return &other
}

// Number gives what people read out to whoever helps them, for a code or whatever is written as one.
func (s *screen) Number(code any) string { return numberOf(fmt.Sprint(code)) }

// P writes the text of a key where no mark-up can be: in the page's title. What could turn the
// words around is taken out of the arguments instead.
func (s *screen) P(key string, args ...any) string {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = consent.Display(text, longestName)
		}
	}
	return s.Text(key, args...)
}

// Action is the address of one of the login's forms.
func (s *screen) Action(form string) string { return "/login/" + s.login.ID.Short() + "/" + form }

// Here is the login's own page: what comes next, and the choice of means while nothing is proved.
func (s *screen) Here() string { return "/login/" + s.login.ID.Short() }

// FailureHelp is where people read what to do about a failure; "" for one that is not about a card, a phone or a key.
func (s *screen) FailureHelp(code string) string {
	switch {
	case slices.Contains(cardProblems(), code):
		return "/help/card#" + code
	case code == string(connectors.KeyStopped), code == string(connectors.KeyUnknown):
		return "/help#stopped"
	default:
		return ""
	}
}

// FailureCode is the code under which a failure of a means is in the catalogue: most are one.
func (s *screen) FailureCode(code string) string {
	if slices.ContainsFunc(loginErrors(), func(r ErrorRow) bool { return r.Code == code }) {
		return code
	}
	return "means_failed"
}

// WebEID names the messages of the Web eID page, which its script shows.
func (s *screen) WebEID() []string {
	return []string{"cancelled", "timeout", "pending", "insecure", "extension", "native", "version", "broken"}
}

// State binds the form of a connector's own page to its leg.
func (s *screen) State() string { return s.login.Leg.Handle }

// Describe gives the attributes of a field that has a hint: with what was refused about it, where that is what the
// page is about, and then the keyboard is there (WCAG 2.2 §3.3.1).
func (s *screen) Describe(id, hint string) template.HTMLAttr {
	described := hint
	wrong := ""
	if s.Wrong == id {
		described, wrong = strings.TrimSpace("refused "+hint), ` aria-invalid="true" autofocus`
	}
	if described != "" {
		wrong += ` aria-describedby="` + described + `"`
	}
	return template.HTMLAttr(wrong) //nolint:gosec // ids of ours
}

// Token is the hidden field of one of the login's forms, or of a session's.
func (s *screen) Token(form string) string { return s.forms.FormToken(s.login, form) }

// show writes a page. It is made whole first: a template that fails leaves no half page.
func (p *pages) show(v *visit, status int, name string, body any) {
	s := p.screen(v, body)
	p.render(v, status, name, s)
}

func (p *pages) screen(v *visit, body any) *screen {
	brand, ok := p.Brand[v.words.Code]
	if !ok {
		brand = p.Brand["en"]
	}
	s := &screen{Words: v.words, Brand: brand, Languages: p.langLinks(v), Help: p.helpFrom(v.host), Body: body, forms: p.Forms, login: v.login, kept: p.Site.Kept, means: p.Means, Workplace: v.works.several()}
	s.About, s.HelpLine = "frame.about", p.HelpLine
	if v.host == Desk {
		s.About, s.HelpLine = "frame.about.desk", ""
	}
	if v.visitor != nil {
		s.login, s.Visitor = p.sessionSecret(doorCookie(v)), v.visitor.Name.Reveal()
		if v.host == Desk && p.Idle > 0 {
			s.Idle, s.Left, s.Page = int(p.Idle/time.Second), int(v.visitor.Idle.Sub(p.Now())/time.Second), p.pageBehind(v)
			s.runs(v, "stay.js")
		}
	}
	return s
}

// helpFrom is where the help of citizens is, from one of our hosts; "" for one that has another.
func (p *pages) helpFrom(host HostName) string {
	switch host {
	case Hub:
		return "/help"
	case Portal:
		return p.origin(Hub) + "/help"
	default:
		return ""
	}
}

func (p *pages) render(v *visit, status int, name string, s *screen) {
	var made bytes.Buffer
	made.Grow(usualPage)
	entry := "frame"
	if name == bare {
		entry = bare
	}
	if err := p.looks.pages[name].ExecuteTemplate(&made, entry, s); err != nil {
		// The page that says so cannot be the one that failed.
		p.Log.ErrorContext(v.r.Context(), "page not made", "ref", v.ref, "page", name, "cause", err)
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		v.w.WriteHeader(http.StatusInternalServerError)
		_, _ = v.w.Write([]byte(v.ref + "\n"))
		return
	}
	v.w.Header().Set("Content-Language", v.words.Code)
	v.w.WriteHeader(status)
	_, _ = made.WriteTo(v.w) // the browser is gone if this fails
}

// sendAway shows a page that sends the browser to another site by itself, with a plain link in case
// it does not. It follows a form, where a redirect would be checked against form-action.
func (p *pages) sendAway(v *visit, target string, body away) error {
	if !mayLeaveTo(target) {
		return fmt.Errorf("leave: an address of a kind that no browser is sent to")
	}
	leaving(v.w.Header())
	s := p.screen(v, body)
	s.Leave, s.Help = template.URL(target), "" //nolint:gosec // its scheme was checked, html/template escapes the rest
	p.render(v, http.StatusOK, "leave", s)
	return nil
}

// away is the body of the page that sends the browser on.
type away struct {
	To        string // whom to, for people
	Domain    string
	Done      bool // the login is over; else it goes on elsewhere
	LoggedOut bool // here; it goes on to log out upstream
	Here      bool // it goes on at this very host
}

// postAway shows the page whose one form carries something to another site: an answer to the party
// (OAuth 2.0 Form Post Response Mode §2), or a request to a means (SAML 2.0 Bindings §3.5).
func (p *pages) postAway(v *visit, target string, fields url.Values) error {
	if !mayLeaveTo(target) {
		return fmt.Errorf("post: an address of a kind that no browser is sent to")
	}
	leaving(v.w.Header())
	p.postBy(v, target, fields)
	return nil
}

// postAgain shows the page that posts here what another site's page has just posted.
func (p *pages) postAgain(v *visit) error {
	p.postBy(v, v.r.URL.Path, v.r.PostForm)
	return nil
}

// postBy shows the page with one form that a script presses.
func (p *pages) postBy(v *visit, target string, fields url.Values) {
	v.w.Header().Set("Content-Security-Policy", postPolicy())
	p.render(v, http.StatusOK, bare, p.screen(v, postForm{
		Target: template.URL(target), Fields: fields, Script: submitScript, //nolint:gosec // its scheme was checked, or it is our own
	}))
}

type postForm struct {
	Target template.URL
	Fields url.Values
	Script template.JS
}

// mayLeaveTo says whether a browser may be sent to an address at all: never to one that would run
// or show something here (attacks RU-07). Which addresses a party has is not decided here.
func mayLeaveTo(target string) bool {
	u, err := url.Parse(target)
	if err != nil || u.Scheme == "" || strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	switch u.Scheme { // url.Parse writes it in lower case
	case "http", "https":
		return u.Host != ""
	case "javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", "ws", "wss", "ftp":
		return false
	default:
		return strings.Contains(u.Scheme, ".") // RFC 8252 §7.1: an app's own scheme is a reversed domain name
	}
}
