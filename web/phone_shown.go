package web

import (
	"net/http"
	"net/url"
	"strconv"

	"symbolon/provider/enrolment"
	"symbolon/web/citizen"
)

// A phone whose page made a key sees its step only by an address that was given to a form signed with it, and that is
// worth something while the case stands as it did then: the cookie alone, copied to another device, shows nothing and
// begins nothing (means.md §4.4, attacks OT-06). Where the page could make no key the cookie is all there is.

// shows reports whether the step of a case may be shown by an address.
func (p *pages) shows(v *visit, c enrolment.Case, shown string) bool {
	return len(c.DeviceKey) == 0 || p.Forms.CheckForm(p.sessionSecret(soleCookie(v.r, phoneName)), shownName(c), shown)
}

// shownAt gives the address of a case's step, for the phone with the cookie.
func (p *pages) shownAt(c enrolment.Case, cookie string, query url.Values) string {
	if shown := p.shownFor(c, cookie); shown != "" {
		query.Set("shown", shown)
	}
	if len(query) == 0 {
		return "/e/now"
	}
	return "/e/now?" + query.Encode()
}

// shownFor gives what such an address holds; "" where the phone has no key.
func (p *pages) shownFor(c enrolment.Case, cookie string) string {
	if len(c.DeviceKey) == 0 {
		return ""
	}
	return p.Forms.FormToken(p.sessionSecret(cookie), shownName(c))
}

func shownName(c enrolment.Case) string { return "phone shown " + strconv.Itoa(c.Gen) }

// phoneOn leads from a form that the phone has signed to the step that comes next.
func (p *pages) phoneOn(v *visit, query url.Values) error {
	cookie := soleCookie(v.r, phoneName)
	c, err := p.Office.Resume(v.r.Context(), cookie)
	if err != nil {
		return err
	}
	return seeOther(v, p.shownAt(c, cookie, query))
}

// phoneStands answers whether the phone may go on, with nothing to read; whoever may not is led to the page that says
// so. It tells nothing of the case, so that the cookie is enough.
func (p *pages) phoneStands(v *visit) error {
	if stands := citizen.StandsOf(*v.enrolee); stands == "begun" || stands == "codes" {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return seeOther(v, "/e/now")
}
