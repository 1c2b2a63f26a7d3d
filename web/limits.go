package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Caller is who asks, as far as limits tell them apart.
type Caller int

// The callers.
const (
	ByPeople Caller = iota // with a browser
	ByParty                // servers of relying parties, at the endpoints of the protocols
	BySystem               // register systems
)

// Limits bound what one source asks, or one person who is logged in: an office and a mobile network have many people behind
// one address (attacks.md §L).
type Limits interface {
	// Allow counts a request before anything of it is read; nil lets it go on. by is the bearer of the session that the
	// browser says it has; "" for none.
	Allow(r *http.Request, of Caller, by string) *TooMany
	// Proved says whose session a bearer is of: what comes with it counts for them from now on, by whichever session.
	Proved(by, whose string)
}

// TooMany refuses a request that is one too many (RFC 6585 §4).
type TooMany struct {
	After time.Duration // when to come again
	Often bool          // it was said as often as something may be asked at all: a line has to do
}

// Error says no more than when.
func (e *TooMany) Error() string { return "web: too many requests for " + e.After.String() }

// limited refuses what is too much. Files of ours cost nothing and count for nothing: a page that says when to come
// again needs them.
func (p *pages) limited(rt route, v *visit) error {
	if p.Limits == nil || rt.kind == static && p.ownFile(rt, v) {
		return nil
	}
	by := bearer(v)
	of := ByPeople
	switch {
	case rt.kind == service:
		of = BySystem
	case (rt.kind == api || rt.kind == metadata) && rt.host == Hub && rt.pattern != "/csp" && by == "": // browsers report to that by themselves
		of = ByParty
	}
	if many := p.Limits.Allow(v.r, of, by); many != nil {
		return many
	}
	return nil
}

// ownFile reports whether a file of ours is asked for, as it is to be.
func (p *pages) ownFile(rt route, v *visit) bool {
	_, ours := p.looks.assets[v.r.PathValue("name")]
	return ours && slices.Contains(rt.methods, v.r.Method) && strings.EqualFold(v.r.Host, p.Hosts[rt.host])
}

// bearer is what a browser says that it has a session by: at the portal or the desk, or as the phone of a case.
func bearer(v *visit) string {
	switch v.host {
	case Portal, Desk:
		return doorCookie(v)
	case Hub:
		return soleCookie(v.r, phoneName)
	default:
		return ""
	}
}

// proved lets what comes with the bearer of a visit count for whose session it is.
func (p *pages) proved(v *visit, whose string) {
	if p.Limits != nil {
		p.Limits.Proved(bearer(v), whose)
	}
}

// briefly answers what is refused again and again with a line, in the words of whoever asks, and logs nothing more of it.
func (p *pages) briefly(rt route, v *visit, many *TooMany) {
	h := v.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", seconds(many.After))
	if rt.kind == api || rt.kind == metadata {
		h.Set("Content-Type", "application/json")
		v.w.WriteHeader(http.StatusTooManyRequests)
		_, _ = v.w.Write([]byte(`{"error":"too_many_requests"}`)) // the client is gone if this fails
		return
	}
	if v.words == nil { // a route that is no page
		v.words = p.wordsFor(v, nil)
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	v.w.WriteHeader(http.StatusTooManyRequests)
	_, _ = fmt.Fprintln(v.w, v.words.Text("error.too_many_requests.title")+". "+v.words.Text("error.too_many_requests.now", p.until(many.After)))
}

// until gives the time of day from which on something is answered again, to the minute.
func (p *pages) until(after time.Duration) string {
	return p.Now().Add(after + time.Minute - 1).Truncate(time.Minute).In(p.Zone).Format("15:04")
}
