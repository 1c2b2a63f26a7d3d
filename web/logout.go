package web

import (
	"errors"
	"net/http"

	"symbolon/provider/oauth"
)

// logoutPage asks whether to log out.
type logoutPage struct {
	Action string
	Token  string
}

// logout ends the session (OpenID Connect RP-Initiated Logout 1.0 §2). Without an ID token of this
// very session the citizen is asked first: nobody is logged out by a link (attacks SE-09).
func (p *pages) logout(v *visit) error {
	if v.r.Method == http.MethodPost {
		return inAddress(v)
	}
	request, err := p.OAuth.EndSession(v.r)
	if err != nil {
		return err
	}
	v.words = p.wordsFor(v, request.Languages)
	cookie := sessionCookie(v.r)
	session, err := p.Accounts.Session(v.r.Context(), cookie)
	if err != nil {
		return err
	}
	hinted := session != nil && request.Hint && request.SessionID == p.SessionID(session.ID, request.Client)
	if session != nil && !hinted {
		p.show(v, http.StatusOK, "logout", logoutPage{"/logout/confirm?" + v.r.URL.RawQuery, p.Forms.FormToken(p.sessionSecret(cookie), "logout")})
		return nil
	}
	upstream, err := p.endSession(v, cookie)
	if err != nil {
		return err
	}
	if upstream != "" {
		return p.leaveUpstream(v, upstream)
	}
	return p.loggedOut(v, request, hinted)
}

// confirmLogout takes the citizen's yes.
func (p *pages) confirmLogout(v *visit) error {
	upstream, err := p.endSession(v, sessionCookie(v.r))
	if err != nil {
		return err
	}
	if upstream != "" {
		return p.leaveUpstream(v, upstream)
	}
	return seeOther(v, "/logout?"+v.r.URL.RawQuery)
}

// endSession ends the session first and the cookies after: a browser that lost its cookie while the
// session lives could not try again. It gives where the browser must go to end the upstream's, too.
func (p *pages) endSession(v *visit, cookie string) (upstream string, err error) {
	if cookie == "" {
		return "", nil
	}
	upstream = p.Upstreams.EndUpstream(v.r.Context(), cookie) // while ours can still be opened
	if err := p.Accounts.EndSession(v.r.Context(), cookie); err != nil {
		return "", err
	}
	forgetLogins(v)
	return upstream, keepSession(v, "")
}

// loggedOut leads back to the party that asked, or says that it is done.
func (p *pages) loggedOut(v *visit, request oauth.LogoutRequest, atOnce bool) error {
	if request.Target == nil {
		p.show(v, http.StatusOK, "logged_out", ended{})
		return nil
	}
	response := oauth.Response{Target: *request.Target, Mode: oauth.ModeQuery}
	if request.State != "" {
		response.Params = map[string][]string{"state": {request.State}}
	}
	if atOnce {
		return p.direct(v, response)
	}
	target := response.URL() // our form may have gone before
	if !mayLeaveTo(target) {
		return errors.New("log out: an address of a kind that no browser is sent to")
	}
	return p.sendAway(v, target, away{Done: true})
}
