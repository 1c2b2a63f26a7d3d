package web

import (
	"net/http"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/citizen"
	"symbolon/web/portal"
)

// newsName is the cookie of the new way to log in that this browser told of last: its day.
const newsName = "__Host-news"

// newsPage is the page of a login that says that an office added a way to log in.
type newsPage struct{ News *citizen.News }

// newsOf gives what somebody who came by a means is to be told: channels may be a thief's, the means at hand is
// their own (means.md R-ENR-07). It is nil where there is nothing to tell. No login fails for it.
func (p *pages) newsOf(v *visit, usage identity.UsageID, means identity.Means) *citizen.News {
	if p.Devices == nil {
		return nil
	}
	all, err := p.Devices.Devices(v.r.Context(), usage)
	if err != nil {
		p.Log.WarnContext(v.r.Context(), "nobody could be told of a new way to log in", "ref", v.ref, "error", err)
		return nil
	}
	newest := portal.NewsOf(all, !p.handed(means), p.Now())
	if newest.IsZero() {
		return nil
	}
	n := &citizen.News{Day: v.words.Date(newest), Mark: newest.Format(time.DateOnly), Stop: "/not-me"}
	if p.Hosts[Portal] != "" { // whoever proves who they are needs no reference there
		n.Stop = p.origin(Portal) + "/devices"
	}
	return n
}

// tellNews shows the news of a login that asks for nothing else, once in a browser: where consent is asked for,
// it stands there. It reports whether it was shown.
func (p *pages) tellNews(v *visit, l *login.Login) bool {
	if l.Party.Own || l.Reused() || l.Proof == nil || l.Answered != nil {
		return false
	}
	n := p.newsOf(v, l.Proof.Usage, l.Proof.Means)
	if n == nil || soleCookie(v.r, newsName) == n.Mark {
		return false
	}
	putCookie(v.w, newsName, n.Mark, keepsake)
	p.show(v, http.StatusOK, "news", newsPage{n})
	return true
}
