package web

import (
	"net/http"

	"symbolon/provider/login"
	"symbolon/web/citizen"
)

// wards asks for whom somebody acts.
func (p *pages) wards(v *visit, step login.Represent) error {
	wards, err := p.Represents.Wards(v.r.Context(), v.login)
	if err != nil {
		return p.again(v, err)
	}
	p.show(v, http.StatusOK, "represent", citizen.RepresentOf(step, wards, v.login, v.words))
	return nil
}

// represent takes for whom they act, or that they want to say it anew. A form without an answer gets the
// page again.
func (p *pages) represent(v *visit) error {
	var err error
	switch form := v.r.PostForm; {
	case form.Get("act") == "again":
		err = p.Represents.ChooseAgain(v.r.Context(), v.login)
	case len(form["for"]) == 1:
		err = p.Represents.Represent(v.r.Context(), v.login, form.Get("for"))
	case len(form["for"]) > 1:
		return errForm
	}
	if err != nil {
		return p.again(v, err)
	}
	return p.to(v, v.login, "")
}
