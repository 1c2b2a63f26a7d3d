package web

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

// means begins a try at the means whose button was pressed. The button's value is the means, or
// means and choice with a space between.
func (p *pages) means(v *visit) error {
	if v.r.PostForm.Has("forget") {
		dropCookie(v.w, meansName)
		dropCookie(v.w, deviceName)
		return p.to(v, v.login, "")
	}
	means, choice, _ := strings.Cut(v.r.PostForm.Get("means"), " ")
	err := p.Legs.Start(v.r.Context(), v.login, identity.Means(means), choice)
	if err != nil {
		return p.again(v, err)
	}
	if v.login.Leg == nil {
		return p.to(v, v.login, "") // the means cannot be used now: the page says why
	}
	return p.to(v, v.login, "go")
}

// goUpstream does what the means that was chosen wants done with the browser.
func (p *pages) goUpstream(v *visit) error {
	leg := v.login.Leg
	switch {
	case leg == nil:
		return p.to(v, v.login, "")
	case leg.View != "":
		return p.showLeg(v, leg)
	case leg.After > 0:
		return p.showWait(v, leg)
	case leg.Fields != nil:
		return p.postAway(v, leg.Target, leg.Fields)
	default:
		return p.sendAway(v, leg.Target, away{})
	}
}

// showLeg shows a page of the connector's own. It runs the script that it names and no other.
func (p *pages) showLeg(v *visit, leg *login.Leg) error {
	var body any
	if err := json.Unmarshal(leg.Data, &body); err != nil {
		return errors.New("page of a means: its data are no JSON")
	}
	name := meansPages + leg.View
	if p.looks.pages[name] == nil {
		return errors.New("page of a means: there is no such view")
	}
	s := p.screen(v, body)
	s.Way, s.Ways = wayOf(v, leg), waysOf(leg).Ways
	if leg.Script != "" {
		s.runs(v, leg.Script)
	}
	if leg.Guest != "" {
		policy, err := p.guestPolicy(leg.Guest)
		if err != nil {
			return err
		}
		s.Guest = leg.Guest + guestScript
		v.w.Header().Set("Content-Security-Policy", policy)
	}
	p.render(v, http.StatusOK, name, s)
	return nil
}

// guestScript is what a simulator has a page run, to stand in for a card reader.
const guestScript = "/reader.js"

// guestPolicy lets a page run a simulator's script and show its frame. Only the demo has simulators.
func (p *pages) guestPolicy(origin string) (string, error) {
	u, err := url.Parse(origin)
	if err != nil || !p.Simulators || u.Host == "" || u.Path != "" || strings.ContainsAny(origin, "; ,") {
		return "", errors.New("page of a means: a simulator is for the demo only")
	}
	return beforeScripts + "'self' " + origin + guestScript + afterScripts + "; frame-src " + origin, nil
}

// showWait shows that we wait, and comes again by itself.
func (p *pages) showWait(v *visit, leg *login.Leg) error {
	s := p.screen(v, nil)
	again := url.URL{Path: s.Action("wait"), RawQuery: url.Values{"state": {leg.Handle}}.Encode()}
	s.Leave, s.LeaveAfter = template.URL(again.String()), int(leg.After.Round(time.Second)/time.Second) //nolint:gosec // a page of ours
	p.render(v, http.StatusOK, "wait", s)
	return nil
}

// legForm takes what the form of a connector's own page sends.
func (p *pages) legForm(v *visit) error {
	if v.login.Leg == nil || v.login.Leg.View == "" {
		return p.again(v, login.ErrNotNow) // the form of a leg of before
	}
	fields := maps.Clone(v.r.PostForm)
	handle := fields.Get("state")
	delete(fields, "token")
	delete(fields, "state")
	return p.finish(v, v.login.Leg.Means, handle, connectors.Input{Form: fields})
}

// waited goes on where a means asked us to come again.
func (p *pages) waited(v *visit) error {
	if v.login.Leg == nil || v.login.Leg.After == 0 {
		return p.to(v, v.login, "")
	}
	return p.finish(v, v.login.Leg.Means, v.r.URL.Query().Get("state"), connectors.Input{})
}

// callback takes what a means answered, in the address or in a form that its page posted. Browsers
// send none of our cookies with another site's form (SameSite=Lax), so such a form is first shown to
// the browser again, to be posted from here.
func (p *pages) callback(v *visit) error {
	means := identity.Means(v.r.PathValue("means"))
	switch {
	case v.login == nil:
		return p.postAgain(v)
	case v.r.Method == http.MethodPost:
		return p.finish(v, means, stateIn(v.r.PostForm), connectors.Input{Form: v.r.PostForm})
	default:
		query := v.r.URL.Query()
		return p.finish(v, means, stateIn(query), connectors.Input{Query: query})
	}
}

// finish hands an answer to the login. However it ends, the login's own page says how.
func (p *pages) finish(v *visit, means identity.Means, handle string, in connectors.Input) error {
	l := v.login
	if v.r.TLS != nil {
		in.PeerCertificates = v.r.TLS.PeerCertificates
	}
	if l.Device == "" {
		l.Device = rand.Text()
	}
	way := cameBy(l.Leg, in.Form)
	putCookie(v.w, deviceName, l.Device, keepsake) // from its last use on
	session, err := p.Legs.Finish(v.r.Context(), l, means, handle, in, sessionCookie(v.r))
	if err != nil {
		return p.again(v, err)
	}
	p.keepLogin(v, l) // its value changed if somebody logged in
	if session != "" {
		if err := keepSession(v, session); err != nil {
			return err
		}
	}
	if l.Leg != nil {
		return p.to(v, l, "go")
	}
	if l.Failure == "" && l.Stopped == "" {
		usedLast(v, means, way)
	}
	return p.to(v, l, "")
}

// stateIn gives the handle that came back: the parameter state, or what SAML calls it (SAML 2.0
// Bindings §3.4.3, §3.5.3). Of several, or of both, none is believed.
func stateIn(values url.Values) string {
	all := append(append([]string{}, values["state"]...), values["RelayState"]...)
	if len(all) != 1 {
		return ""
	}
	return all[0]
}
