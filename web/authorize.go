package web

import (
	"errors"
	"net/http"
	"net/url"

	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
)

// invalidScope is RFC 6749 §4.1.2.1, for a request that goes beyond the party's registration.
const invalidScope login.Outcome = "invalid_scope"

// authorize begins a login for a party's request. A posted request becomes the same one in the
// address: OpenID Connect Core §3.1.2.1 wants both, and only a GET carries our cookies everywhere.
func (p *pages) authorize(v *visit) error {
	if v.r.Method == http.MethodPost {
		return inAddress(v)
	}
	request, err := p.OAuth.Authorize(v.r)
	var told *oauth.Error
	if errors.As(err, &told) && told.Response != nil {
		p.refusedToParty(v, v.r.URL.Query().Get("client_id"), told.Code, told.Description)
		return p.direct(v, *told.Response)
	}
	if err != nil {
		return err
	}
	l, cookie, err := p.Logins.Begin(v.r.Context(), request, sessionCookie(v.r))
	var over *consent.OverAsked
	if errors.As(err, &over) {
		response, err := p.OAuth.Refuse(&login.Login{Request: request, Refused: invalidScope})
		if err != nil {
			return err
		}
		p.refusedToParty(v, request.Client, string(invalidScope), over.Error())
		return p.direct(v, response)
	}
	if err != nil {
		return err
	}
	if cookie == "" { // nothing is left to ask
		response, err := p.conclude(v, l)
		if err != nil {
			return err
		}
		return p.direct(v, response)
	}
	p.keepLogin(v, l)
	return p.to(v, l, "")
}

// refusedToParty logs what a party is told and no page shows: its developers ask the operator.
func (p *pages) refusedToParty(v *visit, client, code, why string) {
	p.Log.InfoContext(v.r.Context(), "request refused", "ref", v.ref, "client", client, "code", code, "why", why)
}

// inAddress answers a posted request with a redirect to the same parameters in the address.
// Nothing of them is looked at here; duplicates stay what they are.
func inAddress(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	query, err := url.ParseQuery(v.r.URL.RawQuery)
	if err != nil {
		return errBody
	}
	for name, values := range v.r.PostForm {
		query[name] = append(query[name], values...)
	}
	return seeOther(v, v.r.URL.Path+"?"+query.Encode())
}

// conclude gives the answer of a login that has nothing more to ask. Of two who try at once the
// second finds the answer of the first.
func (p *pages) conclude(v *visit, l *login.Login) (oauth.Response, error) {
	switch p.Logins.Next(l).(type) {
	case login.Deliver:
		answered, err := p.Answers.Deliver(v.r.Context(), l)
		if err != nil {
			return oauth.Response{}, err
		}
		return p.OAuth.Issue(v.r.Context(), l, answered)
	case login.Repeat:
		return p.OAuth.Repeat(l)
	case login.Refuse:
		return p.OAuth.Refuse(l)
	default:
		return oauth.Response{}, login.ErrNotNow
	}
}

// direct sends an answer to the party where no form of ours went before.
func (p *pages) direct(v *visit, r oauth.Response) error {
	if r.Mode == oauth.ModeFormPost {
		return p.postAway(v, r.Target.String(), r.Params)
	}
	target := r.URL()
	if !mayLeaveTo(target) {
		return errors.New("answer: an address of a kind that no browser is sent to")
	}
	leaving(v.w.Header())
	return seeOther(v, target)
}

// seeOther redirects so that nothing is posted again (RFC 9700 §4.12; attacks RU-21).
func seeOther(v *visit, target string) error {
	did(v, target)
	v.w.Header().Del("Content-Type")
	v.w.Header().Set("Location", target)
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// to sends the browser to a page of the login.
func (p *pages) to(v *visit, l *login.Login, page string) error {
	target := "/login/" + l.ID.Short()
	if page != "" {
		target += "/" + page
	}
	return seeOther(v, target)
}
