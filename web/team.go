package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"symbolon/connectors/register"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
	"symbolon/web/desk"
)

var stationForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,20}$`)

// Country is the country whose national numbers people type here.
func (v *visit) Country(p *pages) string { return p.NumberCountry }

func (p *pages) team(v *visit) error {
	return p.teamPage(v, v.r.URL.Query().Get("refused"), desk.Typed{})
}

// teamPage shows it, with what was typed in it, where that was refused.
func (p *pages) teamPage(v *visit, refused string, typed desk.Typed) error {
	a, err := p.actor(v, staff.Appoint)
	if err != nil {
		return err
	}
	members, err := p.Staff.In(v.r.Context(), a.Member.Office)
	if err != nil {
		return err
	}
	cases, err := p.Office.Desk(v.r.Context(), a)
	if err != nil {
		return err
	}
	seen := p.viewer(v, a)
	seen.Refused, seen.Typed, seen.Named = refused, typed, v.r.URL.Query().Get("named")
	body := desk.TeamOf(members, cases, seen, v.words)
	body.Open, body.Operators = desk.OpenOf(p.Office.Hours(a.Office)), !a.Office.Hours.Said()
	if m, err := p.doneTo(v); err == nil && m.Office == a.Member.Office {
		body.Done = desk.DoneTo(m)
	}
	body.Over(cases, v.r.URL.Query().Get("over"))
	v.page = "/team"
	p.render(v, http.StatusOK, "desk_team", p.deskScreen(v, body, body.Refused, typed))
	return nil
}

// onTypedForm is for a form of theirs in which something is typed: refused, the same answer shows it again as it was.
func (p *pages) onTypedForm(act func(v *visit, by enrolment.Actor) error, to string, again func(*visit, string, desk.Typed) error) handler {
	return func(v *visit) error {
		a, err := p.actor(v, staff.Appoint)
		if err != nil {
			return err
		}
		if was, asked := p.respoken(v); asked {
			return again(v, was, typedIn(v.r.PostForm))
		}
		err = act(v, a)
		if code := refusal(err); code != "" && !errors.Is(err, staff.ErrCap) { // who is locked by now has nothing to type
			return again(v, code, typedIn(v.r.PostForm))
		}
		return p.refused(v, cmp.Or(v.onto, to), err)
	}
}

// appoint names a clerk. The name on the list is the register's, asked for this purpose alone.
func (p *pages) appoint(v *visit, by enrolment.Actor) error {
	number, err := readNumber(v.r.PostForm.Get("number"), p.NumberCountry)
	if err != nil {
		return &enrolment.Refused{Code: "number"}
	}
	role := staff.Role(v.r.PostForm.Get("role"))
	if err := p.Staff.Naming(v.r.Context(), by.Member, by.Office, role); err != nil {
		return err
	}
	person, name, err := p.Newcomer(v.r.Context(), by.Member, number)
	if errors.Is(err, register.ErrNotFound) {
		return &enrolment.Refused{Code: "not_found"}
	}
	if errors.Is(err, subject.ErrDeceased) {
		return &enrolment.Refused{Code: "clerk_deceased"}
	}
	if errors.Is(err, register.ErrUnavailable) {
		return &enrolment.Refused{Code: "no_register"}
	}
	if err != nil {
		return err
	}
	named, err := p.Staff.Appoint(v.r.Context(), by.Member, staff.Newcomer{Person: person, Name: name, Office: by.Member.Office, Role: role})
	if err == nil {
		v.onto = "/team?named=" + named.ID.String() // the name was nowhere to be read before
	}
	return err
}

func (p *pages) addStation(v *visit, by enrolment.Actor) error {
	id := v.r.PostForm.Get("id")
	if !stationForm.MatchString(id) {
		return &enrolment.Refused{Code: "position"}
	}
	station, err := stationIn(v, id)
	if err != nil {
		return err
	}
	if !station.Admits(by.At.From) { // whoever sets it stands there, and shuts nobody out
		return &enrolment.Refused{Code: "elsewhere"}
	}
	station.Office = by.Member.Office
	v.onto = "/team/positions?" + url.Values{"added": {id}}.Encode()
	return p.Staff.AddStation(v.r.Context(), station, by.Member.ID.String())
}

// relieve ends a case that its clerk cannot go on with, for a reason of a list. What it is about is not
// shown for it.
func (p *pages) relieve(v *visit, by enrolment.Actor) error {
	id, ok := enrolment.ParseCaseID(v.r.PostForm.Get("case"))
	if !ok {
		return errForm
	}
	_, err := p.Office.Cancel(v.r.Context(), by, id, v.r.PostForm.Get("why"))
	if errors.Is(err, enrolment.ErrNoCase) {
		return errNotFound
	}
	if err == nil {
		v.onto = "/team?over=" + enrolment.CaseID(id)
	}
	return err
}

// restate locks, unlocks or ends the appointment of a colleague.
func (p *pages) restate(v *visit, by enrolment.Actor) error {
	id, ok := staff.ParseID(v.r.PostForm.Get("member"))
	if !ok {
		return errForm
	}
	why, onto := "administrator", "/team?"
	if by.Member.Role == staff.SecurityOfficer {
		why, onto = "security", "/security?"+keptOffice(v)
	}
	v.onto = onto + "done=" + id.String() // which line changed, or is gone
	switch v.r.PostForm.Get("act") {
	case "lock":
		return p.Staff.Lock(v.r.Context(), by.Member, id, why)
	case "unlock":
		return p.Staff.Unlock(v.r.Context(), by.Member, id, why)
	case "end":
		return p.Staff.End(v.r.Context(), by.Member, id, why)
	default:
		return errForm
	}
}

// keptOffice keeps on the page of a security officer the office whose people it shows.
func keptOffice(v *visit) string {
	office := v.r.PostForm.Get("office")
	if office == "" {
		return ""
	}
	return url.Values{"office": {office}}.Encode() + "&"
}

// doneTo gives the colleague to whom something was just done. What it was their appointment itself tells.
func (p *pages) doneTo(v *visit) (staff.Member, error) {
	id, ok := staff.ParseID(v.r.URL.Query().Get("done"))
	if !ok {
		return staff.Member{}, staff.ErrNobody
	}
	return p.Staff.Member(v.r.Context(), id)
}
