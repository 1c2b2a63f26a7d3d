package web

import (
	"context"
	"errors"
	"net/http"

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
	Lose(ctx context.Context, owner identity.UsageID, id string, note subject.Note) error
}

// Further adds to what an office handed out, on the word of a login that shows the most that its owner
// holds. portal.ErrTooWeak says that it does not; portal.ErrNoDevice, that there is nothing to add to.
type Further interface {
	// NewCodes makes the recovery codes anew; the old ones are worth nothing from then on.
	NewCodes(ctx context.Context, owner identity.UsageID, shown identity.Level, note subject.Note) (portal.Codes, error)
	BeginApp(ctx context.Context, owner identity.UsageID) (portal.App, error)
	// FinishApp checks what the app shows. portal.ErrWrong, portal.ErrWeakPIN.
	FinishApp(ctx context.Context, owner identity.UsageID, setup []byte, pin, code string, shown identity.Level, note subject.Note) error
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
	p.show(v, http.StatusOK, "devices", portal.DevicesOf(all, query.Get("done"), query.Get("wrong"), p.look(v)))
	return nil
}

// changeDevice does what a button says. Suspending and losing end every session, this one included.
func (p *pages) changeDevice(v *visit) error {
	ctx, owner, id, note := v.r.Context(), v.visitor.Usage, v.r.PathValue("id"), subject.Note{Ref: v.ref, Language: v.words.Code}
	var done string
	var err error
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
		done, err = "lost", p.Devices.Lose(ctx, owner, id, note)
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
