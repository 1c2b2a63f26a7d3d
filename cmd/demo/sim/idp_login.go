package sim

import (
	"crypto/subtle"
	"net/http"
)

// The two levels that the simulated providers reach by themselves; a switch may claim more.
const (
	acrLow         = "http://eidas.europa.eu/LoA/low"
	acrSubstantial = "http://eidas.europa.eu/LoA/substantial"
	acrHigh        = "http://eidas.europa.eu/LoA/high"
)

// visit is somebody on the login pages: what was asked, and how far they are.
type visit struct {
	Request authRequest
	Person  string // who gave the right password
	Other   bool   // does not want to go on as the person of the session
}

// doorPage is what the login pages show.
type doorPage struct {
	ID     string
	Door   Door
	Doors  []Door
	People []Person
	Person Person
	Wanted string
	Wrong  bool
}

func (p *Provider) loginPage(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	v, ok := p.asked.get(id, p.Now())
	if !ok {
		p.pages.problem(w, http.StatusBadRequest, "login_expired", "This login is over or too old. If you have logged in already, go forward again in your browser; otherwise begin again at the service.")
		return
	}
	door, chosen := p.door(v.Request.Door)
	data := doorPage{ID: id, Door: door, Doors: p.Doors, Wrong: r.FormValue("wrong") != "", Wanted: wantedLevel(v.Request.ACR)}
	if !chosen {
		p.pages.show(w, http.StatusOK, "doors", "Which bank?", data)
		return
	}
	pages := p.pages.as(door.Look, door.Name)
	if s, live := p.session(r); live && v.Person == "" && !v.Other && v.Request.enough(s, p.Now()) {
		data.Person, _ = find(p.People, s.Person)
		pages.show(w, http.StatusOK, "continue", "You are logged in here", data)
		return
	}
	if v.Person == "" {
		data.People = holders(p.People, door.ID)
		pages.show(w, http.StatusOK, "login", "Log in", data)
		return
	}
	data.Person, _ = find(p.People, v.Person)
	pages.show(w, http.StatusOK, "factor", "Confirm that it is you", data)
}

func wantedLevel(acr []string) string {
	for _, a := range acr {
		switch a {
		case acrLow:
			return "low"
		case acrSubstantial:
			return "substantial"
		case acrHigh:
			return "high"
		}
	}
	return ""
}

// loginAct takes one step, or several at once if a form carries them: door, person, factor.
func (p *Provider) loginAct(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	id := r.PostFormValue("id")
	v, ok := p.asked.get(id, p.Now())
	if !ok {
		p.pages.problem(w, http.StatusBadRequest, "login_expired", "This login is over or too old. If you have logged in already, go forward again in your browser; otherwise begin again at the service.")
		return
	}
	if _, known := p.door(r.PostFormValue("door")); known && len(p.Doors) > 1 {
		v.Request.Door = r.PostFormValue("door")
	}
	v.Other = v.Other || r.PostFormValue("other") != ""
	tried := r.PostForm.Has("person") || r.PostForm.Has("username")
	if person, right := p.password(v.Request.Door, r); right {
		v.Person = person.Key
	}
	if s, done := p.finished(v, r); done {
		p.close(w, r, id, v.Request, s)
		return
	}
	p.asked.put(id, v, p.Now(), loginLife)
	next := "/login?id=" + id
	if tried && v.Person == "" {
		next += "&wrong=1"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// password finds the person whose button was pressed, or who typed name and password.
func (p *Provider) password(door string, r *http.Request) (Person, bool) {
	key := r.PostFormValue("person")
	if key == "" {
		given := []byte(r.PostFormValue("password"))
		if subtle.ConstantTimeCompare(given, []byte(Password)) == 0 {
			return Person{}, false
		}
		key = r.PostFormValue("username")
	}
	return find(holders(p.People, door), key)
}

// finished reports whether the visit has come to its end: cancelled (an empty session), gone on
// as the person of the session, or confirmed.
func (p *Provider) finished(v visit, r *http.Request) (session, bool) {
	if r.PostForm.Has("cancel") {
		return session{}, true
	}
	if s, live := p.session(r); live && r.PostForm.Has("continue") && v.Request.enough(s, p.Now()) {
		return s, true
	}
	s := session{Person: v.Person, Door: v.Request.Door, At: p.Now()}
	switch {
	case v.Person == "":
		return session{}, false
	case r.PostFormValue("factor") == "confirm":
		s.ACR, s.AMR = acrSubstantial, []string{"pwd", "swk", "mfa"} // RFC 8176
		if one, ok := find(p.People, v.Person); ok && one.WithKey {
			s.AMR = []string{"hwk", "user", "mfa"}
		}
	case r.PostFormValue("factor") == "password":
		s.ACR, s.AMR = acrLow, []string{"pwd"}
	default:
		return session{}, false
	}
	return s, true
}

func (p *Provider) close(w http.ResponseWriter, r *http.Request, id string, req authRequest, s session) {
	if _, mine := p.asked.take(id, p.Now()); !mine { // pressed twice: one answer only
		p.pages.problem(w, http.StatusBadRequest, "login_expired", "This login was finished already. Go forward again in your browser, or begin again at the service.")
		return
	}
	if s.Person == "" && req.Answer != nil {
		req.Answer(w, r, nil, "")
		return
	}
	if s.Person == "" {
		p.refuse(w, r, req, "access_denied")
		return
	}
	key := secret()
	p.sessions.put(key, s, p.Now(), sessionLife)
	setCookie(w, r, p.cookie, key)
	if req.Answer != nil {
		req.Answer(w, r, &s, key)
		return
	}
	p.answer(w, r, grant{req, s})
}
