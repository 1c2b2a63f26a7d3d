package web

import (
	"crypto/sha256"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/gorilla/sessions"

	"symbolon/provider/login"
	"symbolon/provider/seal"
)

// The cookies (attacks.md §H2). All of them are host-only by their prefix: no other host can set
// one, and __Host- makes browsers insist on Secure and Path=/.
const (
	sessionName = "__Host-sid"
	loginPrefix = "__Host-tx-"
	langName    = "__Host-lang"
	meansName   = "__Host-means"  // the means used last, and of several ways of its page which, as MEANS/WAY; a person may have it deleted
	deviceName  = "__Host-device" // what this browser is known by to those who logged in with it; goes with the one before

	loginAge    = 30 * 60
	keepsake    = 180 * 24 * 60 * 60
	mostLogins  = 5 // with the others and one to spare: about a dozen cookies
	longestCook = 4096
)

// browserSession lends gorilla's session its store: the cookie holds the bearer string that the
// login gave, and nothing else. What it stands for lives in the database, so that it can be ended.
type browserSession struct{}

var _ sessions.Store = browserSession{}

// Get gives the session of this request, the same each time.
func (s browserSession) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the cookie. Whether it is worth anything only the database knows.
func (s browserSession) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	session.ID = soleCookie(r, name)
	session.IsNew = session.ID == ""
	return session, nil
}

// Save sends the cookie, or its end if nothing is left to hold.
func (browserSession) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	options := *session.Options
	if session.ID == "" {
		options.MaxAge = -1
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, &options))
	return nil
}

// sessionCookie gives the session's bearer string, "" if the browser sent none.
func sessionCookie(r *http.Request) string {
	session, err := browserSession{}.Get(r, sessionName)
	if err != nil {
		return ""
	}
	return session.ID
}

// keepSession sends the bearer string of a new session; "" ends the cookie.
func keepSession(v *visit, bearer string) error {
	session, err := browserSession{}.Get(v.r, sessionName)
	if err != nil {
		return err
	}
	session.ID = bearer
	return session.Save(v.r, v.w)
}

// sessionSecret lets a form that belongs to no login be bound to the session's cookie.
func (p *pages) sessionSecret(cookie string) *login.Login {
	return &login.Login{Bearer: seal.Bearer{Kind: seal.SessionCookie, Secret: sha256.Sum256([]byte(cookie))}}
}

// soleCookie gives the value of a cookie that the browser sent once. Of two different ones of the
// same name none is believed (attacks SE-04). To a page that only wants to embed or measure what is
// here, nobody is logged in and nothing is under way (attacks SE-17).
func soleCookie(r *http.Request, name string) string {
	if embedded(r) {
		return ""
	}
	value := ""
	for _, c := range r.CookiesNamed(name) {
		if len(c.Value) > longestCook || value != "" && c.Value != value {
			return ""
		}
		value = c.Value
	}
	return value
}

// embedded reports whether a page of another origin fetches this as an image, a frame or by script,
// as browsers say it (W3C Fetch Metadata §2.1, §2.3). SameSite does not keep a neighbour on another
// sub-domain from that, and from how a redirect goes it would learn whether somebody is logged in.
func embedded(r *http.Request) bool {
	dest := r.Header.Values("Sec-Fetch-Dest")
	return len(dest) > 0 && (len(dest) > 1 || dest[0] != "document") && r.Header.Get("Sec-Fetch-Site") != "same-origin"
}

func loginCookie(r *http.Request, short string) string { return soleCookie(r, loginPrefix+short) }

// keepLogin sends or renews the cookie of a login. Browsers send the oldest of several first
// (RFC 6265 §5.4); when there are too many, those go.
func (p *pages) keepLogin(v *visit, l *login.Login) {
	name := loginPrefix + l.ID.Short()
	var others []string
	for _, c := range v.r.Cookies() {
		if strings.HasPrefix(c.Name, loginPrefix) && c.Name != name {
			others = append(others, c.Name)
		}
	}
	for len(others) >= mostLogins {
		dropCookie(v.w, others[0])
		others = others[1:]
	}
	putCookie(v.w, name, p.Logins.Cookie(l), loginAge)
}

func forgetLogin(w http.ResponseWriter, short string) { dropCookie(w, loginPrefix+short) }

// forgetLogins drops the cookies of every login under way in this browser.
func forgetLogins(v *visit) {
	for _, c := range v.r.Cookies() {
		if strings.HasPrefix(c.Name, loginPrefix) {
			dropCookie(v.w, c.Name)
		}
	}
}

func dropCookie(w http.ResponseWriter, name string) { putCookie(w, name, "", -1) }

func putCookie(w http.ResponseWriter, name, value string, age int) {
	setCookie(w, &http.Cookie{Name: name, Value: value, MaxAge: age, SameSite: http.SameSiteLaxMode})
}

// setCookie sends a cookie, once in an answer: the last word counts. One without a value ends.
func setCookie(w http.ResponseWriter, c *http.Cookie) {
	kept := w.Header()["Set-Cookie"][:0]
	for _, line := range w.Header()["Set-Cookie"] {
		if !strings.HasPrefix(line, c.Name+"=") {
			kept = append(kept, line)
		}
	}
	w.Header()["Set-Cookie"] = kept
	c.Path, c.Secure, c.HttpOnly = "/", true, true
	if c.Value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// readForm reads a form body of the one kind that our pages and parties send. Parameters of the
// address are no part of it.
func readForm(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return errBody
	}
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return errBody
	}
	return nil
}
