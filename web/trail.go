package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// filed lists the cases of a security officer's offices: by office, clerk, day and flag, without whom they are
// about.
func (p *pages) filed(v *visit) error {
	a, err := p.actor(v, staff.ReadTrail)
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	places, err := p.overseen(v, a)
	if err != nil {
		return err
	}
	filter, asked := p.filterOf(v, places)
	of := list(strings.Join([]string{"cases", a.Member.ID.String(), asked.Office, asked.Clerk, asked.Day, asked.Flag}, " "))
	if filter.Before, err = p.before(v, of); err != nil {
		return err
	}
	var clerks []staff.Member
	if filter.Office != "" {
		if clerks, err = p.Staff.In(ctx, filter.Office); err != nil {
			return err
		}
	}
	cases, more, err := p.Office.Filed(ctx, a, filter)
	if err != nil {
		return err
	}
	var older seal.RowID
	if more {
		older = cases[len(cases)-1].ID
	}
	p.show(v, http.StatusOK, "desk_filed", desk.FiledOf(cases, p.cursor(of, older), asked, clerks, desk.Viewer{Member: a.Member, Office: a.Office, Places: places}))
	return nil
}

// filterOf reads what is looked for; what cannot be read does not count. A day begins at midnight of the office, or
// of this installation where none is chosen.
func (p *pages) filterOf(v *visit, places staff.Places) (enrolment.Filter, desk.Asked) {
	query := v.r.URL.Query()
	var f enrolment.Filter
	var asked desk.Asked
	office, known := places.Office(query.Get("office"))
	zone := p.Zone
	if known {
		f.Office, asked.Office, zone = office.ID, office.ID, office.Location()
	}
	if id, ok := staff.ParseID(query.Get("clerk")); ok {
		f.Clerk, asked.Clerk = id, id.String()
	}
	if zone == nil {
		zone = time.UTC
	}
	if day, err := time.ParseInLocation(time.DateOnly, query.Get("day"), zone); err == nil {
		f.From, f.To, asked.Day = day, day.AddDate(0, 0, 1), day.Format(time.DateOnly)
	}
	if flag := enrolment.Flag(query.Get("flag")); slices.Contains(enrolment.EveryFlag(), flag) {
		f.Flag, asked.Flag = flag, string(flag)
	}
	return f, asked
}

// overseen gives the places that an officer's appointment is for.
func (p *pages) overseen(v *visit, a enrolment.Actor) (staff.Places, error) {
	places := v.works.places
	scope, err := p.Office.Scope(v.r.Context(), a.Member)
	if err == nil && scope != nil {
		places.Offices = slices.DeleteFunc(slices.Clone(places.Offices), func(o staff.Office) bool { return !slices.Contains(scope, o.ID) })
	}
	return places, err
}

// trail shows what happened in a case to whoever said why a moment ago; else it asks why.
func (p *pages) trail(v *visit) error {
	a, err := p.actor(v, staff.ReadTrail)
	if err != nil {
		return err
	}
	id, ok := enrolment.ParseCaseID(v.r.PathValue("case"))
	if !ok {
		return errNotFound
	}
	c, events, err := p.Office.Trail(v.r.Context(), a, id)
	opened := !errors.Is(err, enrolment.ErrUnopened)
	switch {
	case errors.Is(err, enrolment.ErrNoCase):
		return errNotFound
	case err != nil && opened:
		return err
	}
	sample, err := p.Office.Sample(v.r.Context(), a)
	if err != nil {
		return err
	}
	drawn := slices.IndexFunc(sample, func(s enrolment.Sampled) bool { return s.ID == c.ID })
	body := desk.TrailOf(c, events, opened, drawn >= 0 && sample[drawn].Outcome == "", p.viewer(v, a), v.words)
	if body.Sampled = drawn >= 0; body.Sampled {
		body.Outcome = string(sample[drawn].Outcome)
	}
	if body.Lets, err = p.Office.LetsTakeUp(v.r.Context(), a, c); err != nil {
		return err
	}
	if body.Stops, err = p.Office.Stoppable(v.r.Context(), c); err != nil {
		return err
	}
	if body.Took, err = p.Office.TakenStands(v.r.Context(), c); err != nil {
		return err
	}
	p.show(v, http.StatusOK, "desk_trail", body)
	return nil
}

// onTrail runs one act of a security officer on the case in the address, and leads back to it.
func (p *pages) onTrail(act func(v *visit, by enrolment.Actor, c enrolment.Case) error) handler {
	return func(v *visit) error {
		a, err := p.actor(v, staff.ReadTrail)
		if err != nil {
			return err
		}
		id, ok := enrolment.ParseCaseID(v.r.PathValue("case"))
		if !ok {
			return errNotFound
		}
		err = act(v, a, enrolment.Case{ID: id})
		if errors.Is(err, enrolment.ErrNoCase) {
			return errNotFound
		}
		if errors.Is(err, enrolment.ErrUnopened) {
			err = nil // the page asks why
		}
		at := "/security/cases/" + enrolment.CaseID(id)
		return p.refused(v, at+v.onto, err)
	}
}

func (p *pages) openTrail(v *visit, by enrolment.Actor, c enrolment.Case) error {
	return p.Office.OpenTrail(v.r.Context(), by, c.ID, v.r.PostForm.Get("why"))
}

func (p *pages) judge(v *visit, by enrolment.Actor, c enrolment.Case) error {
	v.onto = "#outcome"
	return p.Office.Judge(v.r.Context(), by, c.ID, enrolment.Outcome(v.r.PostForm.Get("outcome")))
}

// stopRead stops what came of the case that an officer reads, for a while or for good.
func (p *pages) stopRead(v *visit, by enrolment.Actor, c enrolment.Case) error {
	if _, _, err := p.Office.Trail(v.r.Context(), by, c.ID); err != nil { // why it is read was said first
		return err
	}
	v.onto = "#last"
	return p.stop(v, by, c.ID)
}

// letTakeUp lets what another officer stopped be taken up again in a visit.
func (p *pages) letTakeUp(v *visit, by enrolment.Actor, c enrolment.Case) error {
	v.onto = "#last"
	return p.Office.LetTakeUp(v.r.Context(), by, c.ID)
}

// draw takes a sample of cases to be looked through.
func (p *pages) draw(v *visit, by enrolment.Actor) error { return p.Office.Draw(v.r.Context(), by) }
