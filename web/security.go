package web

import (
	"errors"
	"net/http"
	"slices"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/web/desk"
)

// security is the page of a security officer: what was stopped or raised an alarm, what is newly in use,
// who is locked out; and the people of one office where it is asked for.
func (p *pages) security(v *visit) error {
	a, err := p.actor(v, staff.Suspend)
	if err != nil {
		return err
	}
	ctx := v.r.Context()
	watch, err := p.Office.Watch(ctx, a)
	if err != nil {
		return err
	}
	stops, err := p.Office.WhoStopped(ctx, a, watch.Alarming)
	if err != nil {
		return err
	}
	sample, err := p.Office.Sample(ctx, a)
	if err != nil {
		return err
	}
	searching, err := p.Office.Searching(ctx, a)
	if err != nil {
		return err
	}
	places, err := p.overseen(v, a)
	if err != nil {
		return err
	}
	locked, err := p.Staff.LockedOut(ctx)
	if err != nil {
		return err
	}
	if a.Member.Office != "" { // attacks IN-05: of their own offices
		locked = slices.DeleteFunc(locked, func(m staff.Member) bool {
			_, own := places.Office(m.Office)
			return !own
		})
	}
	var colleagues []staff.Member
	office, _ := places.Office(v.r.URL.Query().Get("office"))
	if office.ID != "" {
		if colleagues, err = p.Staff.In(ctx, office.ID); err != nil {
			return err
		}
	}
	seen := p.viewer(v, a)
	seen.Office, seen.Places = office, places
	body := desk.SecurityOf(watch, sample, searching, locked, colleagues, seen, v.words)
	if m, err := p.doneTo(v); err == nil {
		if _, own := places.Office(m.Office); own || a.Member.Office == "" {
			body.Done = desk.DoneTo(m)
		}
	}
	body.Undrawn = body.Draws && v.r.URL.Query().Has("drawn")
	body.Tell(stops, v.r.URL.Query().Get("stopped"), v.words)
	p.show(v, http.StatusOK, "desk_security", body)
	return nil
}

// stopCase suspends what came of the case that a form of the page names, and leads back to the page, which says so: its rows
// look alike. To end it for good takes reading it.
func (p *pages) stopCase(v *visit) error {
	by, err := p.actor(v, staff.Suspend)
	if err != nil {
		return err
	}
	id, ok := enrolment.ParseCaseID(v.r.PostForm.Get("case"))
	if !ok {
		return errForm
	}
	err = p.Office.Suspend(v.r.Context(), by, id, v.r.PostForm.Get("why"))
	if errors.Is(err, enrolment.ErrNoCase) {
		return errNotFound
	}
	if err != nil {
		return p.refused(v, "/security", err)
	}
	return seeOther(v, "/security?stopped="+enrolment.CaseID(id))
}

// stop suspends what an enrolment gave, or ends it for good.
func (p *pages) stop(v *visit, by enrolment.Actor, id seal.RowID) error {
	stop := p.Office.Suspend
	if v.r.PostForm.Get("act") == "revoke" {
		stop = p.Office.Revoke
	}
	return stop(v.r.Context(), by, id, v.r.PostForm.Get("why"))
}
