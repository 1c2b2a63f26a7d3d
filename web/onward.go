package web

import (
	"net/http"
	"net/url"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/citizen"
)

// The cookie of the client at whose login somebody was last asked how they log in. Who has nothing to log in with
// goes to an office, and from its last page on to where they wanted to be (features H09).
const (
	onwardName = "__Host-onward"
	onwardAge  = 7 * 24 * 60 * 60
)

// keepOnward remembers whose login this is, if they say where one begins anew (initiate_login_uri).
func (p *pages) keepOnward(v *visit, l *login.Login) {
	if _, _, begins := p.Initiates(l.Request.Client); begins && !l.Party.Own {
		putCookie(v.w, onwardName, url.QueryEscape(l.Request.Client), onwardAge)
	}
}

// dropOnward forgets it, when the login has ended with an answer.
func (p *pages) dropOnward(v *visit, l *login.Login) {
	if l.Answered != nil && soleCookie(v.r, onwardName) == url.QueryEscape(l.Request.Client) {
		dropCookie(v.w, onwardName)
	}
}

// onward gives where the login begins anew that somebody had before they came to the office; nil if there is none.
// The address is the client's registered one, with nothing in it but who asks (OpenID Connect Core §4): a browser
// that says something else names another client at most.
func (p *pages) onward(v *visit) *citizen.Onward {
	client, err := url.QueryUnescape(soleCookie(v.r, onwardName))
	if err != nil || client == "" {
		return nil
	}
	party, address, ok := p.Initiates(client)
	if !ok {
		return nil
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil
	}
	query := at.Query()
	query.Set("iss", p.origin(Hub))
	at.RawQuery = query.Encode()
	return &citizen.Onward{Party: citizen.PartyOf(party, v.words), Href: at.String()}
}

// next is what somebody can do with what they were just given.
func (p *pages) next(v *visit) citizen.Next {
	n := citizen.Next{Onward: p.onward(v)}
	if p.Hosts[Portal] != "" {
		n.Try = p.origin(Portal) + "/begin?" + url.Values{"try": {"1"}, "fresh": {"1"}, "to": {"/works"}}.Encode()
	}
	for _, d := range p.Means() {
		if d.Kind == p.HandedOut && !d.Disabled {
			n.Way = citizen.NameOf(d, v.words)
		}
	}
	return n
}

// phoneKept is where somebody goes on who has put their codes away at a computer that keeps nothing of the case, nor
// where they came from (features H24). It is told of nobody: whoever opens it sees the same.
func (p *pages) phoneKept(v *visit) error {
	next := p.next(v)
	next.Onward, next.Counter = nil, v.r.URL.Query().Get("at") == atCounter
	dropCookie(v.w, counterName) // the next one speaks another language
	p.show(v, http.StatusOK, "phone_kept", next)
	return nil
}

// tries begins the login of a door with what an office handed out, without asking how: somebody tries what they
// have just been given (means.md §4.5). Where that cannot be, they are asked.
func (p *pages) tries(v *visit, l *login.Login) error {
	for _, d := range p.Means() {
		if d.Kind != p.HandedOut {
			continue
		}
		if err := p.Legs.Start(v.r.Context(), l, d.ID, ""); err == nil && l.Leg != nil {
			return p.to(v, l, "go")
		}
	}
	return p.to(v, l, "")
}

// handed reports whether a login rests on what an office handed out.
func (p *pages) handed(means identity.Means) bool {
	for _, d := range p.Means() {
		if d.ID == means && d.Kind == p.HandedOut {
			return true
		}
	}
	return false
}

// works says that what an office has just handed out logs in, to whoever has just come by it.
func (p *pages) works(v *visit) error {
	body := p.startOf(v)
	body.Works = v.visitor.Fresh(p.Now(), justNow) && p.handed(v.visitor.Means)
	p.show(v, http.StatusOK, "portal", body)
	return nil
}
