package web

import (
	"errors"
	"net/http"
	"regexp"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
)

// guard says what must hold before a handler runs; it may fill the visit.
type guard func(*visit) error

var shortForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8}$`)

// open lets everybody in: what is served is public.
func (p *pages) open(*visit) error { return nil }

// itself leaves it to the endpoint, which authenticates the caller or validates the whole request.
func (p *pages) itself(*visit) error { return nil }

// ownLogin opens the login in the address, for the browser that holds its cookie.
func (p *pages) ownLogin(v *visit) error { return p.openLogin(v, v.r.PathValue("tx")) }

// ownForm is ownLogin, and the form must have been made for this login and this act.
func (p *pages) ownForm(form string) guard {
	return func(v *visit) error {
		if err := p.ownLogin(v); err != nil {
			return err
		}
		if err := readForm(v.r); err != nil {
			return err
		}
		if !p.Forms.CheckForm(v.login, form, v.r.PostForm.Get("token")) {
			return errForm
		}
		return nil
	}
}

// ownState opens the login that a returned state belongs to, for the browser that holds its cookie.
// A form that another site posts comes without our cookies: then only the state was checked, and no
// login is opened.
func (p *pages) ownState(v *visit) error {
	values, foreign := v.r.URL.Query(), false
	if v.r.Method == http.MethodPost {
		if err := readForm(v.r); err != nil {
			return err
		}
		values, foreign = v.r.PostForm, p.sameOrigin(v.host, v.r) != nil
	}
	short, ok := p.Logins.HandleLogin(identity.Means(v.r.PathValue("means")), stateIn(values))
	if !ok {
		return errState
	}
	if foreign {
		return nil
	}
	return p.openLogin(v, short)
}

// sessionForm takes a form that was made for the session at hand. Without a session there is
// nothing that a form could do.
func (p *pages) sessionForm(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	session := sessionCookie(v.r)
	if session != "" && !p.Forms.CheckForm(p.sessionSecret(session), "logout", v.r.PostForm.Get("token")) {
		return errForm
	}
	return nil
}

func (p *pages) openLogin(v *visit, short string) error {
	if !shortForm.MatchString(short) {
		return errNotFound
	}
	cookie := loginCookie(v.r, short)
	if cookie == "" {
		return errOtherBrowser
	}
	l, err := p.Logins.Open(v.r.Context(), cookie)
	if errors.Is(err, login.ErrGone) {
		forgetLogin(v.w, short)
		return err
	}
	if err != nil {
		return err
	}
	if l.ID.Short() != short {
		return errOtherBrowser
	}
	v.login = l
	if v.words == nil || len(l.Request.Languages) > 0 {
		v.words = p.wordsFor(v, l.Request.Languages)
	}
	l.Language = v.words.Code
	if device := soleCookie(v.r, deviceName); beginSecret.MatchString(device) {
		l.Device = device
	}
	p.keepLogin(v, l)
	return nil
}
