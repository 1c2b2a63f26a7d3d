package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// typedIn reads what a clerk typed and ticked, to be shown again in the same answer if it is refused. It is
// written down nowhere, and stands in no address.
func typedIn(form url.Values) desk.Typed {
	return desk.Typed{
		Again:  true,
		Number: form.Get("number"), Purpose: form.Get("purpose"), Station: form.Get("station"),
		ByDocument: form.Has("country"), Paper: form.Get("paper"), Country: form.Get("country"), Document: form.Get("document"),
		GuardianDocument: form.Get("guardian_document"), Checks: form["check"], Mismatch: form.Has("mismatch"),
		Doubt: form.Has("doubt"), Reason: form.Get("doubt_reason"), Helper: form.Has("helper"),
		Filed: form.Get("filed"), Scanned: form.Get("scanned"),
	}
}

// refusal gives the code of what was refused, which says nothing about anybody, and how many tries are left
// where that counts; "" for other errors and for none.
func refusal(err error) (code string, left int) {
	var refused *enrolment.Refused
	var wrong *enrolment.ErrWrong
	switch {
	case errors.As(err, &refused):
		return refused.Code, 0
	case errors.As(err, &wrong):
		return "wrong", wrong.Left
	}
	for _, known := range []struct {
		is   error
		code string
	}{
		{enrolment.ErrNoRegister, "register"},
		{enrolment.ErrConflict, "changed"},
		{staff.ErrCap, "cap"},
		{staff.ErrSelf, "self"},
		{staff.ErrTaken, "taken"},
		{staff.ErrSecond, "second"},
		{staff.ErrKeys, "computers"},
		{staff.ErrQuota, "quota"},
	} {
		if errors.Is(err, known.is) {
			return known.code, 0
		}
	}
	return "", 0
}

// refused leads on to a page, with the code of what was refused in the address. Other errors stay errors.
func (p *pages) refused(v *visit, to string, err error) error {
	if err == nil {
		return seeOther(v, to)
	}
	code, left := refusal(err)
	if code == "" {
		return err
	}
	query := url.Values{"refused": {code}}
	if code == "wrong" {
		query.Set("left", strconv.Itoa(left))
	}
	return seeOther(v, to+"?"+query.Encode())
}

// startAgain shows the first page with what was typed there, which was refused.
func (p *pages) startAgain(v *visit, err error) error {
	code, _ := refusal(err)
	if code == "" || errors.Is(err, staff.ErrCap) { // who is locked by now has nothing to type
		return p.refused(v, "/", err)
	}
	return p.startPage(v, code, typedIn(v.r.PostForm))
}

// viewer is who looks at a page of the desk, and from where.
func (p *pages) viewer(v *visit, a enrolment.Actor) desk.Viewer {
	return desk.Viewer{
		Member: a.Member, Office: a.Office, Places: v.works.places, At: v.works.at,
		Refused: v.r.URL.Query().Get("refused"), Fresh: v.visitor.Fresh(p.Now(), freshAtDesk),
	}
}

func (p *pages) showCase(v *visit) error {
	c, a, err := p.theCase(v, sees()...)
	if err != nil {
		return err
	}
	seen := p.viewer(v, a)
	seen.Left, _ = strconv.Atoi(v.r.URL.Query().Get("left")) // 0 where there is none
	return p.casePage(v, c, a, p.caseBody(v, c, seen))
}

func (p *pages) caseBody(v *visit, c enrolment.Case, seen desk.Viewer) desk.Case {
	seen.Scans, seen.Reads = p.Office.Policy.Scans(c.Office), p.Office.MayRead(c)
	return desk.CaseOf(c, seen, v.words)
}

func (p *pages) casePage(v *visit, c enrolment.Case, a enrolment.Actor, body desk.Case) error {
	if voucher, ok := p.Office.Held(c, a.Member.ID, soleCookie(v.r, handName)); ok {
		var err error
		body.Handing.Code, body.Handing.Site = voucher.Code, p.Hosts[Hub]+"/e"
		if body.Handing.QR, err = desk.QR(p.origin(Hub)+"/e#"+voucher.Fragment(), v.words.Text("desk.qr.label")); err != nil {
			return err
		}
	}
	s := p.screen(v, body)
	switch body.Step {
	case "confirm":
		s.runs(v, "desk.js")
	case "review":
		p.looksAgain(v, s, "/cases/"+body.ID, true)
	}
	p.render(v, http.StatusOK, "desk_case", s)
	return nil
}

// looksAgain lets a page on which somebody waits look by itself whether there is something new, which is no
// activity of theirs: by a script, which leaves the rest of the page as it is, or, where none runs and nothing is
// to be typed, by loading it anew.
func (p *pages) looksAgain(v *visit, s *screen, at string, idle bool) {
	s.runs(v, "again.js")
	if idle {
		s.Again = template.URL(at + "?again=1") //nolint:gosec // a page of ours
	}
}

// onForm is onCase for a form in which much is typed or ticked: while the case is still at that step, the same
// answer shows it again as it was.
func (p *pages) onForm(step string, act func(v *visit, c enrolment.Case, a enrolment.Actor) error) handler {
	return func(v *visit) error {
		c, a, err := p.theCase(v, sees()...)
		if err != nil {
			return err
		}
		at := "/cases/" + enrolment.CaseID(c.ID)
		err = act(v, c, a)
		code, left := refusal(err)
		if code == "" {
			return p.refused(v, at, err)
		}
		now, a, gone := p.theCase(v, sees()...) // as it stands by now
		if gone != nil {
			return p.refused(v, at, err)
		}
		seen := p.viewer(v, a)
		seen.Refused, seen.Left, seen.Typed = code, left, typedIn(v.r.PostForm)
		body := p.caseBody(v, now, seen)
		if body.Step != step || !body.Clerk {
			return p.refused(v, at, err)
		}
		return p.casePage(v, now, a, body)
	}
}
