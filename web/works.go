package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
)

// freshAtDesk is less than the five minutes that the step itself asks for, so that whoever sees the
// button has a minute to press it.
const freshAtDesk = 4 * time.Minute

// deskRoutes are the pages of the people at a counter.
func (p *pages) deskRoutes() []route {
	if p.Office == nil {
		return nil
	}
	return slices.Concat(p.counterRoutes(), p.teamRoutes(), p.securityRoutes())
}

// counterRoutes are the clerk's.
func (p *pages) counterRoutes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	fresh := p.staffed(p.steppedUp(p.signedInForm("case"), identity.Substantial, 5*time.Minute))
	form := p.staffed(p.signedInForm("case"))
	return []route{
		{get, "/{$}", Desk, p.staffed(p.glanced), ours, noBody, page, p.deskStart},
		{get, "/office", Desk, p.staffed(p.signedIn), ours, noBody, page, p.offices},
		{post, "/office/choose", Desk, p.staffed(p.signedInForm("office")), ours, formBody, page, p.chooseOffice},
		{get, "/handbook", Desk, p.staffed(p.signedIn), ours, noBody, page, p.handbook},
		{get, "/open/{case}", Desk, p.open, ours, noBody, page, p.openFromElsewhere},
		{post, "/cases", Desk, p.staffed(p.signedInForm("find")), ours, formBody, page, p.openCase},
		{get, "/cases/{case}", Desk, p.staffed(p.glanced), ours, noBody, page, p.showCase},
		{get, "/cases/{case}/form", Desk, p.staffed(p.signedIn), ours, noBody, page, p.caseForm},
		{get, "/cases/{case}/photo", Desk, p.staffed(p.watched), ours, noBody, page, p.casePhoto},
		{get, "/cases/{case}/state", Desk, p.staffed(p.watched), ours, noBody, api, p.caseState},
		{post, "/cases/{case}/take", Desk, form, ours, formBody, page, p.onCase(p.take)},
		{post, "/cases/{case}/look-up", Desk, form, ours, formBody, page, p.onCase(p.lookUp)},
		{post, "/cases/{case}/read", Desk, form, ours, formBody, page, p.onCase(p.read)},
		{post, "/cases/{case}/guardian", Desk, form, ours, formBody, page, p.onForm(p.guard, "guardian")},
		{post, "/cases/{case}/evidence", Desk, form, ours, formBody, page, p.onForm(p.evidence, "compare")},
		{post, "/cases/{case}/decide", Desk, form, ours, formBody, page, p.onCase(p.decide)},
		{post, "/cases/{case}/print", Desk, form, ours, formBody, page, p.printed},
		{post, "/cases/{case}/sign", Desk, form, ours, formBody, page, p.onForm(p.signed, "sign")},
		{post, "/cases/{case}/hand-over", Desk, fresh, ours, formBody, page, p.onCase(p.handOver)},
		{post, "/cases/{case}/contact", Desk, form, ours, formBody, page, p.onHanding(p.askContact)},
		{post, "/cases/{case}/contact/code", Desk, form, ours, formBody, page, p.onHanding(p.confirmContact)},
		{post, "/cases/{case}/reissue", Desk, fresh, ours, formBody, page, p.onCase(p.reissue)},
		{post, "/cases/{case}/take-up", Desk, fresh, ours, formBody, page, p.onCase(p.takeUp)},
		{post, "/cases/{case}/stop-old", Desk, form, ours, formBody, page, p.stopOld},
		{post, "/cases/{case}/scan", Desk, fresh, ours, formBody, page, p.onHanding(p.scan)},
		{post, "/cases/{case}/match", Desk, form, ours, formBody, page, p.onCase(p.match)},
		{post, "/cases/{case}/cancel", Desk, form, ours, formBody, page, p.onCase(p.cancelCase)},
		{get, "/stay", Desk, p.glanced, ours, noBody, api, p.stay},
		{get, "/computer", Desk, p.signedIn, ours, noBody, page, p.computer},
		{post, "/computer/prove", Desk, p.signedInForm("computer"), ours, formBody, page, p.proveComputer},
	}
}

// teamRoutes are the local administrator's.
func (p *pages) teamRoutes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	team := p.staffed(p.steppedUp(p.signedInForm("team"), identity.Substantial, 5*time.Minute))
	return []route{
		{get, "/team", Desk, p.staffed(p.signedIn), ours, noBody, page, p.team},
		{post, "/team/appoint", Desk, team, ours, formBody, page, p.onTypedForm(p.appoint, "/team", p.teamPage)},
		{post, "/team/station", Desk, team, ours, formBody, page, p.onTypedForm(p.addStation, "/team/positions", p.positionsPage)},
		{post, "/team/station/change", Desk, team, ours, formBody, page, p.onTypedForm(p.changeStation, "/team/positions", p.positionsPage)},
		{post, "/team/station/remove", Desk, team, ours, formBody, page, p.acts(staff.Appoint, "/team/positions", p.removeStation)},
		{post, "/team/state", Desk, team, ours, formBody, page, p.acts(staff.Appoint, "/team", p.restate)},
		{post, "/team/case", Desk, team, ours, formBody, page, p.acts(staff.Appoint, "/team", p.relieve)},
		{get, "/team/positions", Desk, p.staffed(p.signedIn), ours, noBody, page, p.positions},
		{post, "/team/rules", Desk, team, ours, formBody, page, p.onTypedForm(p.ruleOffice, "/team/positions?kept=rules#kept", p.positionsPage)},
		{post, "/team/computer", Desk, team, ours, formBody, page, p.acts(staff.Appoint, "/team/positions", p.registerComputer)},
		{post, "/team/computer/withdraw", Desk, team, ours, formBody, page, p.acts(staff.Appoint, "/team/positions", p.withdrawComputer)},
	}
}

// securityRoutes are the security officer's.
func (p *pages) securityRoutes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	officer := p.staffed(p.steppedUp(p.signedInForm("security"), identity.Substantial, 5*time.Minute))
	return []route{
		{get, "/security", Desk, p.staffed(p.signedIn), ours, noBody, page, p.security},
		{get, "/security/cases", Desk, p.staffed(p.signedIn), ours, noBody, page, p.filed},
		{get, "/security/cases/{case}", Desk, p.staffed(p.signedIn), ours, noBody, page, p.trail},
		{post, "/security/cases/{case}/open", Desk, p.staffed(p.signedInForm("security")), ours, formBody, page, p.onTrail(p.openTrail)},
		{post, "/security/cases/{case}/outcome", Desk, officer, ours, formBody, page, p.onTrail(p.judge)},
		{post, "/security/cases/{case}/stop", Desk, officer, ours, formBody, page, p.onTrail(p.stopRead)},
		{post, "/security/cases/{case}/let", Desk, officer, ours, formBody, page, p.onTrail(p.letTakeUp)},
		{post, "/security/sample", Desk, officer, ours, formBody, page, p.acts(staff.Suspend, "/security?drawn=1#sample", p.draw)},
		{post, "/security/state", Desk, officer, ours, formBody, page, p.acts(staff.Suspend, "/security", p.restate)},
		{post, "/security/case", Desk, officer, ours, formBody, page, p.stopCase},
	}
}

// stay answers whether somebody is logged in still. That it is asked is a sign of life, unless it says otherwise.
func (p *pages) stay(v *visit) error {
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

// staffed asks besides that whoever is logged in works here. It is asked anew at every request: who was
// locked or left is out at once (attacks IN-10).
func (p *pages) staffed(before guard) guard {
	return func(v *visit) error {
		if err := before(v); err != nil {
			return err
		}
		person, err := p.Colleagues(v.r.Context(), v.visitor.Usage)
		if err != nil {
			return err
		}
		members, err := p.Staff.Of(v.r.Context(), person)
		if err != nil {
			return err
		}
		if len(members) == 0 {
			return errNotStaff
		}
		places, err := p.Staff.Places(v.r.Context())
		if err != nil {
			return err
		}
		at := staff.At{From: p.From(v.r), Keys: p.computerKeys(v)}
		admitted := slices.DeleteFunc(slices.Clone(members), func(m staff.Member) bool { return !places.Admits(m, at) })
		if len(admitted) == 0 {
			return notAdmitted(members, places, at)
		}
		v.works = &works{person: person, members: admitted, places: places, at: at}
		if v.works.chosen, err = p.workplace(v); err != nil {
			return err
		}
		if p.provesAgain(v) {
			return errComputer
		}
		return nil
	}
}

// notAdmitted says why nobody works from there: at a computer that has not proved yet which one it is, or from
// somewhere else.
func notAdmitted(members []staff.Member, places staff.Places, at staff.At) error {
	for _, m := range members {
		if office, _ := places.Office(m.Office); office.Binding.Keyed() && len(at.Keys) == 0 {
			return errComputer
		}
	}
	return errNotAtDesk
}

// acts runs one act of somebody whose appointment allows it, and leads back to the page that it was on.
func (p *pages) acts(may staff.Act, back string, act func(v *visit, by enrolment.Actor) error) handler {
	return func(v *visit) error {
		a, err := p.actor(v, may)
		if err != nil {
			return err
		}
		err = act(v, a)
		return p.refused(v, cmp.Or(v.onto, back), err)
	}
}

// sees are the acts each of which lets somebody look at a case.
func sees() []staff.Act { return []staff.Act{staff.LookUp, staff.Approve} }
