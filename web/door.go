package web

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

// Our own hosts beside the hub's. Each has cookies and sessions of its own; people log in there as
// they do at any service (login.Door), and what comes back from the hub's pages is a handle that
// works once, in the browser that asked.
const (
	Portal   HostName = "portal"
	Desk     HostName = "desk"
	Officer  HostName = "officer"
	Operator HostName = "operator"
)

// The cookies of a door (attacks.md §H2). The session's is Strict: no other site's link or form
// carries it. What a browser knocked with must come along when the hub's pages send it back.
const (
	beginName  = "__Host-begin"
	portalName = "__Host-portal"
	staffName  = "__Host-staff"
)

var beginSecret = regexp.MustCompile(`^[A-Z2-7]{26}$`) // as rand.Text draws it: 130 bits

func doorCookieName(host HostName) string {
	if host == Portal {
		return portalName
	}
	return staffName
}

// doorCookie gives the bearer string of the session at the visit's host, "" if there is none.
func doorCookie(v *visit) string { return soleCookie(v.r, doorCookieName(v.host)) }

func keepDoor(v *visit, bearer string) {
	setCookie(v.w, &http.Cookie{Name: doorCookieName(v.host), Value: bearer, SameSite: http.SameSiteStrictMode})
}

// door leads to the login at a host: what the page that asks for it shows.
type door struct {
	Host  HostName
	Begin string
	Again bool   // somebody is logged in, but not surely or freshly enough
	Ended bool   // somebody was
	Lost  string // where people read what to do who cannot log in; "" where nothing of theirs was given out here
}

// signedIn asks for somebody who is logged in at the route's host.
func (p *pages) signedIn(v *visit) error { return p.visited(v, true) }

// watched is signedIn for what a page asks by itself: looking is no activity.
func (p *pages) watched(v *visit) error { return p.visited(v, false) }

// glanced is signedIn for a page that may come again by itself: then it is no activity.
func (p *pages) glanced(v *visit) error { return p.visited(v, !v.r.URL.Query().Has("again")) }

func (p *pages) visited(v *visit, active bool) error {
	visitor, err := p.Doors.Visitor(v.r.Context(), string(v.host), doorCookie(v), active)
	if err != nil {
		return err
	}
	if visitor == nil {
		return errSignIn
	}
	v.visitor = visitor
	p.proved(v, "usage "+visitor.Usage.String())
	return nil
}

// signedInForm is signedIn, and the form must have been made for this session and this act. It is read first: whoever
// sends it drop by drop does not act for a session that was ended while it came.
func (p *pages) signedInForm(form string) guard {
	return func(v *visit) error {
		unread := readForm(v.r)
		if err := p.signedIn(v); err != nil {
			return err
		}
		if unread != nil {
			return unread
		}
		return p.doorForm(form)(v)
	}
}

// doorForm takes a form that was made for the session's cookie, whether or not it is still good.
func (p *pages) doorForm(form string) guard {
	return func(v *visit) error {
		if err := readForm(v.r); err != nil {
			return err
		}
		if cookie := doorCookie(v); cookie != "" && !p.Forms.CheckForm(p.sessionSecret(cookie), form, v.r.PostForm.Get("token")) {
			return errForm
		}
		return nil
	}
}

// steppedUp asks that the login behind a guard is so strong and not older than that.
func (p *pages) steppedUp(before guard, level identity.Level, within time.Duration) guard {
	return func(v *visit) error {
		if err := before(v); err != nil {
			return err
		}
		if v.visitor.Fresh(p.Now(), within) && v.visitor.Level.Satisfies(level) {
			return nil
		}
		v.need = level
		return errStepUp
	}
}

// asksToLogIn shows the way to the login of the host; after it the browser comes back to the page
// that was wanted. A form is not sent again by itself: it leads to the page that it is on.
func (p *pages) asksToLogIn(v *visit, again bool) {
	query := url.Values{"to": {"/"}}
	if to := p.pageBehind(v); login.IsPath(to) {
		query.Set("to", to)
	}
	status, page := http.StatusUnauthorized, door{Host: v.host, Again: again, Ended: doorCookie(v) != ""}
	if again {
		status = http.StatusForbidden
		query.Set("fresh", "1")
		query.Set("level", v.need.String())
	}
	page.Begin = "/begin?" + query.Encode()
	if v.host == Portal && p.Devices != nil {
		page.Lost = p.origin(Hub) + "/help#lost"
	}
	p.show(v, status, "sign_in", page)
}

// begin knocks: the browser keeps a secret here and takes its digest along to the hub's pages.
// Several tabs knock with the same secret.
func (p *pages) begin(v *visit) error {
	secret := soleCookie(v.r, beginName)
	if !beginSecret.MatchString(secret) {
		secret = rand.Text()
	}
	putCookie(v.w, beginName, secret, loginAge)
	asked := v.r.URL.Query()
	query := url.Values{"challenge": {login.Challenge(secret)}, "to": {"/"}, "ui_locales": {v.words.Code}}
	if to := asked.Get("to"); login.IsPath(to) {
		query.Set("to", to)
	}
	for _, name := range []string{"fresh", "level", "try"} {
		if asked.Get(name) != "" {
			query.Set(name, asked.Get(name))
		}
	}
	return seeOther(v, p.origin(Hub)+"/enter/"+string(v.host)+"?"+query.Encode())
}

// enter begins the login of a door on the hub's pages.
func (p *pages) enter(v *visit) error {
	query := v.r.URL.Query()
	level, err := identity.ParseLevel(query.Get("level"))
	if err != nil {
		level = identity.None
	}
	l, err := p.Doors.Knock(v.r.Context(), login.Knock{
		Door: v.r.PathValue("door"), Challenge: query.Get("challenge"), To: query.Get("to"), Level: level,
		Fresh: query.Get("fresh") != "", Languages: []string{v.words.Code},
	}, sessionCookie(v.r))
	if err != nil {
		return err
	}
	switch p.Logins.Next(l).(type) {
	case login.Deliver, login.Refuse:
		target, err := p.backToDoor(v, l)
		if err != nil {
			return err
		}
		leaving(v.w.Header())
		return seeOther(v, target)
	}
	p.keepLogin(v, l)
	if query.Get("try") != "" {
		return p.tries(v, l)
	}
	return p.to(v, l, "")
}

// backToDoor gives the address at which a login's answer is taken in: with the handle if somebody
// logged in, the start page if not.
func (p *pages) backToDoor(v *visit, l *login.Login) (string, error) {
	entry, err := p.Doors.Enter(v.r.Context(), l)
	if err != nil {
		return "", err
	}
	at := p.origin(HostName(entry.Door))
	if entry.Handle == "" {
		return at + "/", nil
	}
	return at + "/arrive?" + url.Values{"handle": {entry.Handle}}.Encode(), nil
}

// arrive takes the handle in. It answers with a page and not with a redirect: browsers send no
// Strict cookie along a chain that another site began.
func (p *pages) arrive(v *visit) error {
	cookie, to, err := p.Doors.Arrive(v.r.Context(), string(v.host), v.r.URL.Query().Get("handle"), soleCookie(v.r, beginName))
	if err != nil {
		return err
	}
	keepDoor(v, cookie)
	return p.sendAway(v, p.origin(v.host)+to, away{Here: true})
}

// logOut ends the session at the door, and the one at the hub that it came from.
func (p *pages) logOut(v *visit) error {
	if err := p.Doors.Leave(v.r.Context(), string(v.host), doorCookie(v)); err != nil {
		return err
	}
	keepDoor(v, "")
	dropCookie(v.w, beginName)
	if v.host == Desk {
		dropCookie(v.w, handName)
		dropCookie(v.w, computerName)
	}
	clearPages(v)
	return seeOther(v, "/logged-out")
}

// clearPages has a browser forget the pages that it keeps to go back to, beside "no-store" (W3C Clear Site Data §3.2):
// whoever sits down next at a computer of a counter finds nothing of who was there before (features H24). Its storage
// stays: at the desk it holds the computer's own key, and cookies are other hosts', too.
func clearPages(v *visit) { v.w.Header().Set("Clear-Site-Data", `"cache"`) }

// ended is what a visitor did that ended the session at hand, and perhaps every other one.
type ended struct {
	Text       string // key of what was done
	Everywhere bool
	Again      string // where they log in again; "" for nowhere
}

// loggedOutHere says that somebody is logged out, and by what, if it was not by that button.
func (p *pages) loggedOutHere(v *visit) error {
	done := map[string]ended{
		"everywhere": {Everywhere: true},
		"off":        {Text: "ways.done.off"}, "suspended": {Text: "devices.done.suspended", Everywhere: true},
		"lost": {Text: "devices.done.lost", Everywhere: true}, "replaced": {Text: "ways.done.replaced", Everywhere: true},
	}
	body := done[v.r.URL.Query().Get("done")]
	body.Again = "/"
	p.show(v, http.StatusOK, "logged_out", body)
	return nil
}

// endedHere leads to the page that says what was done: it ended the session at hand, too.
func (p *pages) endedHere(v *visit, done string) error {
	keepDoor(v, "")
	dropCookie(v.w, beginName)
	clearPages(v)
	return seeOther(v, "/logged-out?done="+done)
}
