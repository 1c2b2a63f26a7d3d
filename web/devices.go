package web

import (
	"context"
	"errors"
	"net/http"

	"symbolon/connectors/identity"
	"symbolon/web/portal"
)

// Devices is what an office handed out, for its owner to look after. Somebody else's id is
// portal.ErrNoDevice.
type Devices interface {
	Devices(context.Context, identity.UsageID) ([]portal.Held, error)
	Rename(ctx context.Context, owner identity.UsageID, id, name string) error
	Suspend(ctx context.Context, owner identity.UsageID, id string) error
	Resume(ctx context.Context, owner identity.UsageID, id string, shown identity.Level) error
	Lose(ctx context.Context, owner identity.UsageID, id string) error
}

// deviceRoutes are the pages of devices, where offices hand any out.
func (p *pages) deviceRoutes() []route {
	if p.Devices == nil {
		return nil
	}
	return []route{
		{[]string{http.MethodGet}, "/devices", Portal, p.signedIn, ours, noBody, page, p.devices},
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
	ctx, owner, id := v.r.Context(), v.visitor.Usage, v.r.PathValue("id")
	var done string
	var err error
	switch v.r.PostForm.Get("act") {
	case "rename":
		done, err = "renamed", p.Devices.Rename(ctx, owner, id, v.r.PostForm.Get("name"))
	case "suspend":
		done, err = "suspended", p.Devices.Suspend(ctx, owner, id)
	case "resume":
		done, err = "resumed", p.Devices.Resume(ctx, owner, id, v.visitor.Level)
	case "lose":
		done, err = "lost", p.Devices.Lose(ctx, owner, id)
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
	return seeOther(v, "/devices?done="+done)
}
