package web

import (
	"errors"
	"net/http"
	"net/netip"

	"symbolon/provider/enrolment"
	"symbolon/web/citizen"
)

// firstRoutes are the page of a phone that comes first, where an office takes one: its address stands on a
// poster.
func (p *pages) firstRoutes() []route {
	if len(p.Office.Policy.PhoneFirst) == 0 {
		return nil
	}
	return []route{{[]string{http.MethodGet, http.MethodPost}, "/c", Hub, p.open, ours, formBody, page, p.phoneFirst}}
}

// phoneFirst shows a code for the clerk, or offers to make one. A phone that is in a case goes on there,
// also when its page was closed meanwhile; one that waits shows the same code again.
func (p *pages) phoneFirst(v *visit) error {
	cookie := soleCookie(v.r, phoneName)
	c, err := p.resumeAnew(v, false)
	switch {
	case err == nil && c.State != enrolment.Suspicious && (c.State.Open() || len(c.Work.Codes) > 0):
		return seeOther(v, "/e/now")
	case err != nil && !errors.Is(err, enrolment.ErrPhone):
		return err
	}
	waiting, err := p.Office.Waits(v.r.Context(), cookie)
	late := errors.Is(err, enrolment.ErrVoucher)
	if err != nil && !late && !errors.Is(err, enrolment.ErrPhone) {
		return err
	}
	if v.r.Method == http.MethodPost {
		if err == nil {
			return seeOther(v, "/c")
		}
		return p.comeFirst(v)
	}
	refused := v.r.URL.Query().Get("refused")
	if late {
		refused = "late"
	}
	body, err := citizen.FirstOf(waiting, p.origin(Hub)+"/c", refused, p.Zone, v.words)
	if err != nil {
		return err
	}
	p.phonePage(v, "phone_first", body)
	return nil
}

// comeFirst takes in a phone that comes first.
func (p *pages) comeFirst(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	from := p.From(v.r)
	if from.Is6() {
		from = netip.PrefixFrom(from, 64).Masked().Addr() // what one household has
	}
	cookie, err := p.Office.Ask(v.r.Context(), enrolment.Phone{Key: deviceKey(v.r.PostForm.Get("key")), Language: v.words.Code, From: from.String(), Browser: browserOf(v.r.UserAgent())})
	if errors.Is(err, enrolment.ErrBusy) {
		return seeOther(v, "/c?refused=busy")
	}
	if err != nil {
		return err
	}
	keepPhone(v, cookie)
	return seeOther(v, "/c")
}
