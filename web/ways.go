package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
	"symbolon/web/portal"
)

// Links are the ways to log in that people have, for them to take off and to bring back.
// *login.Service is one.
type Links interface {
	Bindings(context.Context, identity.UsageID) ([]subject.Binding, error)
	Unlink(ctx context.Context, usage identity.UsageID, id subject.BindingID, warned identity.Level, note subject.Note) error
	Relink(ctx context.Context, usage identity.UsageID, id subject.BindingID, proved identity.Level, note subject.Note) error
	WaysClosed(ctx context.Context, usage identity.UsageID, set *bool, note subject.Note) (bool, error)
}

// justNow is how old a login may be that changes the ways to log in: a screen that was left open
// changes nothing.
const justNow = 5 * time.Minute

// wayRoutes are the pages of the ways to log in.
func (p *pages) wayRoutes() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	return []route{
		{get, "/ways", Portal, p.signedIn, ours, noBody, page, p.ways},
		{get, "/new-ways", Portal, p.signedIn, ours, noBody, page, p.newWays},
		{post, "/new-ways/set", Portal, p.signedInForm("new-ways"), ours, formBody, page, p.setNewWays},
		{get, "/ways/{way}", Portal, p.signedIn, ours, noBody, page, p.way},
		{post, "/ways/{way}/off", Portal, p.signedInForm("way"), ours, formBody, page, p.takeOff},
		{post, "/ways/{way}/back", Portal, p.signedInForm("way"), ours, formBody, page, p.bringBack},
	}
}

// ways shows the means that the citizen logs in with.
func (p *pages) ways(v *visit) error {
	used, err := p.Past.Ways(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return err
	}
	all, err := p.Links.Bindings(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	body := portal.WaysOf(used, all, query.Get("done"), query.Get("wrong"), p.look(v))
	if body.Devices = p.Devices != nil; body.Devices {
		held, err := p.Devices.Devices(v.r.Context(), v.visitor.Usage)
		if err != nil {
			return err
		}
		devices := portal.DevicesOf(held, "", "", "", p.look(v))
		body.Stopped = len(devices.Live) > 0 && !devices.Works
	}
	if body.Closed, err = p.Links.WaysClosed(v.r.Context(), v.visitor.Usage, nil, subject.Note{}); err != nil {
		return err
	}
	p.show(v, http.StatusOK, "ways", body)
	return nil
}

// newWays asks whether further ways may be added, of somebody who has just logged in as surely as any of
// their ways lets them.
func (p *pages) newWays(v *visit) error {
	need, err := p.strongest(v)
	if err != nil {
		return err
	}
	if !p.sure(v, need) {
		v.need = need
		return errStepUp
	}
	closed, err := p.Links.WaysClosed(v.r.Context(), v.visitor.Usage, nil, subject.Note{})
	if err != nil {
		return err
	}
	p.show(v, http.StatusOK, "new_ways", closed)
	return nil
}

func (p *pages) strongest(v *visit) (identity.Level, error) {
	all, err := p.Links.Bindings(v.r.Context(), v.visitor.Usage)
	return subject.Strongest(all), err
}

func (p *pages) setNewWays(v *visit) error {
	need, err := p.strongest(v)
	if err != nil {
		return err
	}
	if !p.sure(v, need) {
		return seeOther(v, "/new-ways")
	}
	set, done := false, "opened"
	switch v.r.PostForm.Get("act") {
	case "close":
		set, done = true, "closed"
	case "open":
	default:
		return errForm
	}
	_, err = p.Links.WaysClosed(v.r.Context(), v.visitor.Usage, &set, p.noteOf(v))
	if errors.Is(err, subject.ErrTooWeak) {
		return seeOther(v, "/new-ways")
	}
	if err != nil {
		return err
	}
	return seeOther(v, "/ways?done="+done)
}

// way asks whether one way is to be taken off or brought back, and says beforehand what follows.
func (p *pages) way(v *visit) error {
	all, b, err := p.ownWay(v)
	if errors.Is(err, subject.ErrNoBinding) {
		return seeOther(v, "/ways?wrong=none")
	}
	if err != nil {
		return err
	}
	change := portal.ChangeOf(all, b, v.visitor.Means, v.r.URL.Query().Get("wrong"), p.look(v))
	if change.Late {
		return seeOther(v, "/ways?wrong=late")
	}
	if !change.Only && !p.sure(v, change.Need) {
		v.need = change.Need
		return errStepUp
	}
	p.show(v, http.StatusOK, "way", change)
	return nil
}

// ownWay gives the way of the address, and all that the visitor has. Somebody else's is
// subject.ErrNoBinding, as one that never was.
func (p *pages) ownWay(v *visit) ([]subject.Binding, subject.Binding, error) {
	id, err := subject.ParseBindingID(v.r.PathValue("way"))
	if err != nil {
		return nil, subject.Binding{}, err
	}
	all, err := p.Links.Bindings(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return nil, subject.Binding{}, err
	}
	for _, b := range all {
		if b.ID == id {
			return all, b, nil
		}
	}
	return nil, subject.Binding{}, subject.ErrNoBinding
}

// sure reports whether the visitor has just logged in, and so surely. A weak way that was stolen must
// not take the strong ones off.
func (p *pages) sure(v *visit, need identity.Level) bool {
	return v.visitor.Fresh(p.Now(), justNow) && v.visitor.Level.Satisfies(need)
}

// takeOff takes a way off. Nobody loses more than they were told: if less would be left than the form
// says, it is asked again (attacks LK-12).
func (p *pages) takeOff(v *visit) error {
	warned, err := identity.ParseLevel(v.r.PostForm.Get("left"))
	if err != nil {
		return errForm
	}
	return p.changeWay(v, false, func(b subject.Binding, note subject.Note) error {
		return p.Links.Unlink(v.r.Context(), v.visitor.Usage, b.ID, warned, note)
	})
}

// bringBack brings back what was taken off.
func (p *pages) bringBack(v *visit) error {
	return p.changeWay(v, true, func(b subject.Binding, note subject.Note) error {
		return p.Links.Relink(v.r.Context(), v.visitor.Usage, b.ID, v.visitor.Level, note)
	})
}

// changeWay does what a button says, for somebody who has just logged in as surely as it takes, and
// shows the question again where something stands against it.
func (p *pages) changeWay(v *visit, back bool, change func(subject.Binding, subject.Note) error) error {
	all, b, err := p.ownWay(v)
	here := "/ways/" + b.ID.String()
	switch {
	case err != nil:
	case back && b.Ended == 0: // pressed twice
		return seeOther(v, "/ways?done=back")
	case !p.sure(v, portal.Need(all, b, back)):
		return seeOther(v, here)
	default:
		err = change(b, p.noteOf(v))
	}
	switch {
	case errors.Is(err, subject.ErrWeaker):
		return seeOther(v, here+"?wrong=weaker")
	case errors.Is(err, subject.ErrLastWay), errors.Is(err, subject.ErrTooWeak), errors.Is(err, subject.ErrTooLate):
		return seeOther(v, here) // which says so
	case errors.Is(err, subject.ErrNoBinding), errors.Is(err, subject.ErrFrozen):
		return seeOther(v, "/ways?wrong=none")
	case err != nil:
		return err
	}
	if back {
		return seeOther(v, "/ways?done=back")
	}
	return p.tookOff(v)
}

// tookOff shows the list again, or that the visitor is logged out: what was opened by a way ends with
// it, the session at hand, too.
func (p *pages) tookOff(v *visit) error {
	still, err := p.Doors.Visitor(v.r.Context(), string(v.host), doorCookie(v), false)
	if err != nil {
		return err
	}
	if still == nil {
		return p.endedHere(v, "off")
	}
	return seeOther(v, "/ways?done=off")
}
