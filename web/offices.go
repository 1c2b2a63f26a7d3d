package web

import (
	"net/http"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/login"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// officeName is the cookie of who works in several offices: in which one now. It is worth something beside the
// session that it was made for alone.
const officeName = "__Host-office"

// works is who is at the desk: their appointments as they are in this request.
type works struct {
	person  identity.PersonID
	members []staff.Member
	places  staff.Places
	at      staff.At
	chosen  string // the office that the form is of, or the one chosen in this session; "" for none
	acts    string // the office of the appointment that was used last
}

// offices are those in which somebody has an appointment that may be used.
func (w *works) offices() []string {
	var all []string
	for _, m := range w.members {
		if m.Office != "" && m.State == staff.Active && !slices.Contains(all, m.Office) {
			all = append(all, m.Office)
		}
	}
	return all
}

// here are the appointments to the office chosen, and those that are of none.
func (w *works) here() []staff.Member {
	offices := w.offices()
	if len(offices) == 0 {
		return w.members
	}
	here := w.chosen
	if len(offices) == 1 {
		here = offices[0]
	}
	return slices.DeleteFunc(slices.Clone(w.members), func(m staff.Member) bool { return m.Office != "" && m.Office != here })
}

// undecided reports whether somebody works in several offices and has not said in which one now.
func (w *works) undecided() bool { return len(w.offices()) > 1 && w.chosen == "" }

// several gives the office in which somebody acts who works in more than one; "" for who does not.
func (w *works) several() string {
	if w == nil || len(w.offices()) < 2 {
		return ""
	}
	if w.acts != "" {
		return w.acts
	}
	return w.chosen
}

// actor gives who acts, by an appointment that allows one of the acts: in the office chosen, or, where none is, in the
// only one in which they might. Errors: those of actorAt, errOffice.
func (p *pages) actor(v *visit, acts ...staff.Act) (enrolment.Actor, error) {
	in := v.works.chosen
	if able := v.works.able(acts...); in == "" && len(able) > 1 {
		return enrolment.Actor{}, errOffice
	} else if in == "" && len(able) == 1 {
		in = able[0]
	}
	return p.actorAt(v, in, acts...)
}

// able are the offices in which one of the acts is somebody's: the one chosen first.
func (w *works) able(acts ...staff.Act) []string {
	var all []string
	for _, m := range w.members {
		if m.Office == "" || m.State != staff.Active || slices.Contains(all, m.Office) || !slices.ContainsFunc(acts, m.Role.May) {
			continue
		}
		if m.Office == w.chosen {
			all = slices.Insert(all, 0, m.Office)
		} else {
			all = append(all, m.Office)
		}
	}
	return all
}

// actorAt is actor in one office, or by an appointment that is of none. Errors: staff.ErrNobody, staff.ErrLocked.
func (p *pages) actorAt(v *visit, in string, acts ...staff.Act) (enrolment.Actor, error) {
	refused := staff.ErrNobody
	for _, act := range acts {
		for _, m := range v.works.members {
			if !m.Role.May(act) || m.State == staff.Active && m.Office != "" && m.Office != in {
				continue
			}
			if m.State != staff.Active {
				refused = staff.ErrLocked
				continue
			}
			office, _ := v.works.places.Office(m.Office)
			a := enrolment.Actor{Member: m, Office: office, Proved: v.visitor.AuthTime, At: v.works.at}
			if v.words != nil { // a route that is no page has none
				a.Language = v.words.Code
			}
			v.works.acts = m.Office
			return a, nil
		}
	}
	return enrolment.Actor{}, refused
}

// workplace reads in which office somebody works: the one that a form was made for, else the one chosen in this
// session. staff.ErrNobody where a form names one in which they do not.
func (p *pages) workplace(v *visit) (string, error) {
	theirs := v.works.offices()
	if named := v.r.PostForm.Get("workplace"); named != "" {
		if !slices.Contains(theirs, named) {
			return "", staff.ErrNobody
		}
		return named, nil
	}
	token, office, _ := strings.Cut(soleCookie(v.r, officeName), ".")
	if !slices.Contains(theirs, office) || !p.Forms.CheckForm(p.sessionSecret(doorCookie(v)), "works in "+office, token) {
		return "", nil
	}
	return office, nil
}

// asksForOffice shows the offices of somebody who works in several; from there they go on to a page.
func (p *pages) asksForOffice(v *visit, status int, to string) {
	if !login.IsPath(to) || to == "/office" {
		to = "/"
	}
	p.render(v, status, "desk_office", p.screen(v, desk.OfficesOf(v.works.members, v.works.places, v.works.chosen, to)))
}

// offices is that page, for who wants to work in another one.
func (p *pages) offices(v *visit) error {
	p.asksForOffice(v, http.StatusOK, "/")
	return nil
}

// chooseOffice remembers it for as long as this session lasts: workplace has read it from the form.
func (p *pages) chooseOffice(v *visit) error {
	in := v.works.chosen
	if in == "" {
		return seeOther(v, "/office")
	}
	setCookie(v.w, &http.Cookie{Name: officeName, Value: p.Forms.FormToken(p.sessionSecret(doorCookie(v)), "works in "+in) + "." + in, SameSite: http.SameSiteStrictMode})
	if to := v.r.PostForm.Get("to"); login.IsPath(to) {
		return seeOther(v, to)
	}
	return seeOther(v, "/")
}
