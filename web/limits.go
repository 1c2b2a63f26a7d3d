package web

import (
	"fmt"
	"net/http"
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

// Limits bound what one source asks, or one session: an office and a mobile network have many people behind one
// address (attacks.md §L).
type Limits interface {
	// Allow counts a request before anything of it is read. One too many is to come again after a while. by is the
	// bearer of the session that the browser says it has; "" for none.
	Allow(r *http.Request, of Caller, by string) (after time.Duration, ok bool)
	// Proved says that a bearer is one of a session: what comes with it counts by itself from now on.
	Proved(by string)
}

// tooMany refuses a request that is one too many (RFC 6585 §4).
type tooMany struct{ after time.Duration }

func (e *tooMany) Error() string { return fmt.Sprintf("web: too many requests for %s", e.after) }

// limited refuses what is too much. Files of ours cost nothing and count for nothing: a page that says when to come
// again needs them.
func (p *pages) limited(rt route, v *visit) error {
	if p.Limits == nil || rt.kind == static {
		return nil
	}
	by := bearer(v)
	of := ByPeople
	switch {
	case rt.kind == service:
		of = BySystem
	case (rt.kind == api || rt.kind == metadata) && by == "":
		of = ByParty
	}
	if after, ok := p.Limits.Allow(v.r, of, by); !ok {
		return &tooMany{after}
	}
	return nil
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

// proved lets what comes with the bearer of a visit count by itself.
func (p *pages) proved(v *visit) {
	if p.Limits != nil {
		p.Limits.Proved(bearer(v))
	}
}
