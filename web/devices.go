package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/provider/subject"
	"symbolon/web/portal"
)

// Devices is what an office handed out, for its owner to look after. Somebody else's id is
// portal.ErrNoDevice.
type Devices interface {
	Devices(context.Context, identity.UsageID) ([]portal.Held, error)
	Rename(ctx context.Context, owner identity.UsageID, id, name string) error
	Suspend(ctx context.Context, owner identity.UsageID, id string, note subject.Note) error
	Resume(ctx context.Context, owner identity.UsageID, id string, shown identity.Level, note subject.Note) error
	Lose(ctx context.Context, owner identity.UsageID, id string, shown identity.Level, note subject.Note) error
}

// Further adds to what an office handed out, on the word of a login that shows the most that its owner
// holds. portal.ErrTooWeak says that it does not; portal.ErrNoDevice, that there is nothing to add to, or to
// replace; portal.ErrClosed, that its owner lets no new ways in.
type Further interface {
	// NewCodes makes the recovery codes anew; the old ones are worth nothing from then on.
	NewCodes(ctx context.Context, owner identity.UsageID, shown identity.Level, note subject.Note) (portal.Codes, error)
	// BeginApp begins an app, which lists its codes in a language.
	BeginApp(ctx context.Context, owner identity.UsageID, language string) (portal.App, error)
	// AgainApp gives what BeginApp began once more, by its setup. portal.ErrWrong where that is over.
	AgainApp(ctx context.Context, owner identity.UsageID, language string, setup []byte) (portal.App, error)
	// BeginKey begins a passkey; portable wants one apart from the device at hand.
	BeginKey(ctx context.Context, owner identity.UsageID, portable bool) (portal.Key, error)
	// Finish checks what was made and puts it to use; what it replaces ends with that. portal.ErrWrong,
	// portal.ErrWeakPIN, portal.ErrUnverified, portal.ErrKnown. It gives the new one's id.
	Finish(ctx context.Context, owner identity.UsageID, made portal.Made, note subject.Note) (string, error)
}

// Errands carry from the portal to the hub's pages, where passkeys are made, what somebody may do there.
type Errands interface {
	Seal(portal.Errand) string
	// Open gives an errand while its time lasts; false for anything else.
	Open(text string) (portal.Errand, bool)
}

// deviceRoutes are the pages of devices, where offices hand any out.
func (p *pages) deviceRoutes() []route {
	if p.Devices == nil {
		return nil
	}
	return []route{
		{[]string{http.MethodGet}, "/devices", Portal, p.signedIn, ours, noBody, page, p.devices},
		{[]string{http.MethodGet}, "/devices/app", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.newApp},
		{[]string{http.MethodPost}, "/devices/app/add", Portal, p.mostSure(p.signedInForm("devices")), ours, formBody, page, p.addApp},
		{[]string{http.MethodGet}, "/devices/codes", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.newCodes},
		{[]string{http.MethodPost}, "/devices/codes/make", Portal, p.mostSure(p.signedInForm("devices")), ours, formBody, page, p.makeCodes},
		{[]string{http.MethodGet}, "/devices/phone", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.toNewKey("phone")},
		{[]string{http.MethodGet}, "/devices/key", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.toNewKey("key")},
		{[]string{http.MethodGet}, "/devices/{id}/replace", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.replace},
		{[]string{http.MethodGet}, "/devices/{id}/replace/phone", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.toNewKey("phone")},
		{[]string{http.MethodGet}, "/devices/{id}/replace/key", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.toNewKey("key")},
		{[]string{http.MethodGet}, "/devices/{id}/replace/app", Portal, p.mostSure(p.signedIn), ours, noBody, page, p.newApp},
		{[]string{http.MethodGet}, "/devices/{id}/stop/{act}", Portal, p.signedIn, ours, noBody, page, p.stopDevice},
		{[]string{http.MethodGet}, "/devices/back", Portal, p.open, ours, noBody, page, p.backToDevices},
		{[]string{http.MethodGet}, "/new-key", Hub, p.onErrand, ours, noBody, page, p.newKey},
		{[]string{http.MethodPost}, "/new-key/add", Hub, p.onErrandForm, ours, wireBody, page, p.addKey},
		{[]string{http.MethodGet}, "/new-key/done", Hub, p.open, ours, noBody, page, p.keyAdded},
		{[]string{http.MethodPost}, "/devices/{id}", Portal, p.signedInForm("devices"), ours, formBody, page, p.changeDevice},
	}
}

// devices shows what the citizen has to log in with.
func (p *pages) devices(v *visit) error {
	all, err := p.Devices.Devices(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	body := portal.DevicesOf(all, query.Get("done"), query.Get("wrong"), query.Get("new"), p.look(v))
	if body.Closed, err = p.Links.WaysClosed(v.r.Context(), v.visitor.Usage, nil, subject.Note{}); err != nil {
		return err
	}
	p.show(v, http.StatusOK, "devices", body)
	return nil
}

// left says what somebody reaches with everything that they log in with, and what without one device.
func (p *pages) left(v *visit, id string) (portal.Stop, error) {
	held, err := p.Devices.Devices(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return portal.Stop{}, err
	}
	ways, err := p.Links.Bindings(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return portal.Stop{}, err
	}
	others := slices.DeleteFunc(ways, func(b subject.Binding) bool {
		return slices.ContainsFunc(p.Means(), func(d connectors.Description) bool { return d.ID == b.Means && d.Kind == p.HandedOut })
	})
	return portal.StopOf(held, others, id, p.look(v)), nil
}

// warned reports whether somebody was told what is left when a device stops, if that is less than now or they report it
// lost, which is final. An old screen that said more than is true now told them nothing (attacks LK-12).
func (p *pages) warned(v *visit, id, act string) (bool, error) {
	stop, err := p.left(v, id)
	if err != nil || stop.Which.ID == "" || !stop.Weaker && act != "lose" {
		return true, err
	}
	told, err := identity.ParseLevel(v.r.PostForm.Get("left"))
	return err == nil && v.r.PostForm.Get("left") != "" && told <= stop.Left, nil
}

// stopDevice says what is left when a device is put aside or lost, before it is.
func (p *pages) stopDevice(v *visit) error {
	body, err := p.left(v, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	body.Act = v.r.PathValue("act")
	if possible := body.Act == "lose" && body.Which.ID != "" || body.Act == "suspend" && body.Which.Live; !possible {
		return seeOther(v, "/devices?wrong=none")
	}
	p.show(v, http.StatusOK, "device_stop", body)
	return nil
}

// changeDevice does what a button says. Suspending and losing end every session, this one included.
func (p *pages) changeDevice(v *visit) error {
	ctx, owner, id, note := v.r.Context(), v.visitor.Usage, v.r.PathValue("id"), p.noteOf(v)
	var done string
	var err error
	if act := v.r.PostForm.Get("act"); act == "suspend" || act == "lose" {
		if told, err := p.warned(v, id, act); err != nil {
			return err
		} else if !told {
			return seeOther(v, "/devices/"+url.PathEscape(id)+"/stop/"+act)
		}
	}
	switch v.r.PostForm.Get("act") {
	case "rename":
		done, err = "renamed", p.Devices.Rename(ctx, owner, id, v.r.PostForm.Get("name"))
	case "suspend":
		done, err = "suspended", p.Devices.Suspend(ctx, owner, id, note)
	case "resume":
		if !v.visitor.Fresh(p.Now(), justNow) { // a screen that was left open brings nothing back
			v.need = v.visitor.Level
			return errStepUp
		}
		done, err = "resumed", p.Devices.Resume(ctx, owner, id, v.visitor.Level, note)
	case "lose":
		done, err = "lost", p.Devices.Lose(ctx, owner, id, v.visitor.Level, note)
	default:
		return errForm
	}
	switch {
	case errors.Is(err, portal.ErrNoDevice):
		return seeOther(v, "/devices?wrong=none")
	case errors.Is(err, portal.ErrTooWeak):
		return seeOther(v, "/devices?wrong=weak")
	case err != nil:
		return err
	}
	if done == "suspended" || done == "lost" {
		return p.endedHere(v, done)
	}
	return seeOther(v, "/devices?done="+done)
}
