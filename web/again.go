package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// typedIn reads what a clerk typed and ticked, to be shown again in the same answer if it is refused. It is
// written down nowhere, and stands in no address.
func typedIn(form url.Values) desk.Typed {
	var hours [7][2]string
	for day := range hours {
		from, to := hoursFields(day)
		hours[day] = [2]string{form.Get(from), form.Get(to)}
	}
	return desk.Typed{
		Hours: hours, Again: true,
		Number: form.Get("number"), Purpose: form.Get("purpose"), Station: form.Get("station"),
		ByDocument: form.Has("country"), Paper: form.Get("paper"), Country: form.Get("country"), Document: form.Get("document"),
		GuardianDocument: form.Get("guardian_document"), Checks: form["check"], Mismatch: form.Has("mismatch"),
		Doubt: form.Get("doubt"), Helper: form.Has("helper"), Retakes: form.Has("retakes"), TakesUp: form.Has("takes_up"),
		Filed: form.Get("filed"), Scanned: form.Get("scanned"), Channel: form.Get("channel"), Code: form.Get("code"),
		Role: form.Get("role"), Mark: form.Get("id"), Position: form.Get("position"), Name: form.Get("name"), Networks: form.Get("networks"),
		Binding: form.Get("binding"), LookUps: form.Get("look_ups"), Enrolments: form.Get("enrolments"),
	}
}

// refusal gives the code of what was refused, which says nothing about anybody; "" for other errors and for none.
func refusal(err error) string {
	var refused *enrolment.Refused
	var wrong *enrolment.ErrWrong
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &wrong):
		return "wrong"
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
		{staff.ErrApart, "apart"},
		{staff.ErrAge, "clerk_age"},
		{staff.ErrKeys, "computers"},
		{staff.ErrQuota, "quota"},
		{staff.ErrHours, "hours"},
		{staff.ErrNoStation, "no_position"},
		{staff.ErrMark, "mark"},
		{staff.ErrCalled, "called"},
		{staff.ErrLastStation, "last_position"},
		{staff.ErrElsewhere, "shut_out"},
	} {
		if errors.Is(err, known.is) {
			return known.code
		}
	}
	return ""
}

// refused leads on to a page, with the code of what was refused in the address. Other errors stay errors.
func (p *pages) refused(v *visit, to string, err error) error {
	if err == nil {
		return seeOther(v, to)
	}
	code := refusal(err)
	if open, other := errors.AsType[*enrolment.OtherCase](err); other {
		code = "other_office"
		if open.ID != ([16]byte{}) {
			code, to = "other_case", "/cases/"+enrolment.CaseID(open.ID)
		}
	}
	if code == "" {
		return err
	}
	if i := strings.IndexAny(to, "?#"); i >= 0 { // what was refused is said at the top, and nothing was done
		to = to[:i]
	}
	return seeOther(v, to+"?"+url.Values{"refused": {code}}.Encode())
}

// fieldOf gives the id of the field that a refusal is about; "" for none.
func fieldOf(code string, typed desk.Typed) string {
	switch code {
	case "not_found":
		if typed.ByDocument {
			return "document"
		}
		return "number"
	case "number", "guardian", "guardian_tries", "guardian_age", "taken", "apart", "clerk_age", "clerk_deceased":
		return "number"
	case "document_number", "reading_document":
		return "document"
	case "reading_name":
		return "given"
	case "reading_birth", "born_as":
		return "birth"
	case "reading_expired":
		return "expires"
	case "station":
		return "station"
	case "position", "position_name", "mark", "called", "network", "elsewhere":
		return typed.WrongPosition(code)
	case "hours":
		return typed.WrongHours()
	case "doubt":
		return "doubt"
	case "no_reason", "reason_given":
		return "why"
	case "form":
		return "filed"
	case "digits":
		return "digits"
	case "wrong":
		if typed.Channel != "" {
			return "code-" + typed.Channel
		}
		return "digits"
	case "contact_code":
		if typed.Channel != "" {
			return "code-" + typed.Channel
		}
		return ""
	case "chosen":
		return "way-0"
	case "phone_unread", "phone_unknown", "phone_late", "phone_used", "phone_key", "phone_tries":
		return "scanned"
	default:
		return ""
	}
}

// deskScreen frames a page of the desk that may say what was refused, and shows again what was typed.
func (p *pages) deskScreen(v *visit, body any, refused string, typed desk.Typed) *screen {
	s := p.screen(v, body)
	if refused != "" {
		s.Was, s.Wrong = refused, fieldOf(refused, typed)
	}
	if typed.Again {
		s.Retold = retell(v)
	}
	return s
}

// startAgain shows the first page with what was typed there, which was refused.
func (p *pages) startAgain(v *visit, err error) error {
	code := refusal(err)
	if code == "" || errors.Is(err, staff.ErrCap) { // who is locked by now has nothing to type
		return p.refused(v, "/", err)
	}
	return p.startPage(v, code, typedIn(v.r.PostForm))
}

// viewer is who looks at a page of the desk, and from where.
func (p *pages) viewer(v *visit, a enrolment.Actor) desk.Viewer {
	return desk.Viewer{
		Member: a.Member, Office: a.Office, Places: v.works.places, At: v.works.at, Now: p.Now(),
		Refused: v.r.URL.Query().Get("refused"), Fresh: v.visitor.Fresh(p.Now(), freshAtDesk),
	}
}

func (p *pages) showCase(v *visit) error {
	c, a, err := p.theCase(v, sees()...)
	if err != nil {
		return err
	}
	seen := p.viewer(v, a)
	if c.State == enrolment.Suspended || c.State == enrolment.Revoked {
		owned, err := p.Office.Owned(v.r.Context(), c.ID)
		if err != nil {
			return err
		}
		seen.Stopped = owned.Stopped
	}
	return p.casePage(v, c, a, p.caseBody(v, c, seen))
}

func (p *pages) caseBody(v *visit, c enrolment.Case, seen desk.Viewer) desk.Case {
	seen.Scans, seen.Reads = p.Office.Policy.Scans(c.Office), p.Office.MayRead(c)
	return desk.CaseOf(c, seen, v.words)
}

func (p *pages) casePage(v *visit, c enrolment.Case, a enrolment.Actor, body desk.Case) error {
	if body.Step == "decide" { // no record, no look
		if err := p.Office.Shown(v.r.Context(), a, c); err != nil {
			return err
		}
	}
	if voucher, ok := p.Office.Held(c, a.Member.ID, soleCookie(v.r, handName)); ok {
		var err error
		body.Handing.Code, body.Handing.Site, body.Handing.Counter = voucher.Code, p.Hosts[Hub]+"/e", p.origin(Hub)+"/e?at="+atCounter
		if body.Handing.QR, err = desk.QR(p.origin(Hub)+"/e#"+voucher.Fragment(), v.words.Text("desk.qr.label")); err != nil {
			return err
		}
	}
	if compared := body.Clerk && body.Step == "compare" && len(body.Channels) == 0; compared || body.AsksContacts() {
		contacts, err := p.Office.ContactsOf(v.r.Context(), a, c)
		if err != nil {
			return err
		}
		body.Contacts, body.Unreached = desk.ContactsOf(contacts), compared && len(contacts) == 0
	}
	waiting, err := p.Office.Waiting(v.r.Context(), a, c)
	if err != nil {
		return err
	}
	body.Ways = desk.WaysOf(waiting)
	if body.StopsOld, err = p.Office.StopsOld(v.r.Context(), a, c); err != nil {
		return err
	}
	v.page = "/cases/" + body.ID
	s := p.deskScreen(v, body, body.Refused, body.Typed)
	switch body.Step {
	case "confirm":
		s.runs(v, "desk.js")
	case "review":
		p.looksAgain(v, s)
	}
	p.render(v, http.StatusOK, "desk_case", s)
	return nil
}

// looksAgain lets a page on which somebody waits look by itself whether there is something new, which is no
// activity of theirs. A script does it, which leaves the rest of the page as it is; without one there is a link: a
// page that loads itself anew takes away what somebody is reading (WCAG 2.2 §2.2.1, F41).
func (p *pages) looksAgain(v *visit, s *screen) {
	s.runs(v, "again.js")
}

// onForm is onCase for a form in which something is typed or ticked: while the case is at a step that has it, the same
// answer shows it again as it was.
func (p *pages) onForm(act func(v *visit, c enrolment.Case, a enrolment.Actor) error, steps ...string) handler {
	return func(v *visit) error {
		c, a, err := p.theCase(v, sees()...)
		if err != nil {
			return err
		}
		at := "/cases/" + enrolment.CaseID(c.ID)
		code, asked := p.respoken(v)
		if !asked {
			err = act(v, c, a)
			code = refusal(err)
		}
		if code == "" && !asked {
			return p.refused(v, at, err)
		}
		now, a, gone := p.theCase(v, sees()...) // as it stands by now
		if gone != nil {
			return p.refused(v, at, err)
		}
		seen := p.viewer(v, a)
		seen.Refused, seen.Typed = code, typedIn(v.r.PostForm)
		body := p.caseBody(v, now, seen)
		otherwise := code == "changed" && body.Step == "compare" // what was ticked was about what stood there before
		if !slices.Contains(steps, body.Step) || !body.Clerk || otherwise {
			return p.refused(v, at, err)
		}
		return p.casePage(v, now, a, body)
	}
}

// onHanding is onForm for what stands where a code is given out, and where it is given out again.
func (p *pages) onHanding(act func(v *visit, c enrolment.Case, a enrolment.Actor) error) handler {
	return p.onForm(act, "hand", "confirm", "alarm", "expired")
}
