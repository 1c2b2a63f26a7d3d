package web

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
	"symbolon/web/desk"
	"symbolon/web/portal"
)

// mostSure asks besides that the visitor has just logged in, and as surely as the strongest of what they
// hold (means.md R-2FA-02).
func (p *pages) mostSure(before guard) guard {
	return func(v *visit) error {
		if err := before(v); err != nil {
			return err
		}
		all, err := p.Devices.Devices(v.r.Context(), v.visitor.Usage)
		if err != nil {
			return err
		}
		need := identity.Low
		for _, held := range all {
			if held.State == "active" {
				need = max(need, held.Level)
			}
		}
		if p.sure(v, need) {
			return nil
		}
		v.need = need
		return errStepUp
	}
}

// newApp begins to set up an app with codes, one more or instead of something.
func (p *pages) newApp(v *visit) error {
	if closed, err := p.closed(v); err != nil || closed {
		return err
	}
	app, err := p.Further.BeginApp(v.r.Context(), v.visitor.Usage, v.words.Code)
	if errors.Is(err, portal.ErrNoDevice) {
		return seeOther(v, "/devices?wrong=none")
	}
	if err != nil {
		return err
	}
	return p.appPage(v, app, v.r.PathValue("id"), v.r.URL.Query().Get("wrong"))
}

func (p *pages) appPage(v *visit, app portal.App, replaces, wrong string) error {
	qr, err := desk.QR(app.URI, v.words.Text("phone.totp.qr"))
	if err != nil {
		return err
	}
	p.show(v, http.StatusOK, "device_app", portal.NewAppOf(app, qr, replaces, wrong))
	return nil
}

// closed leads back who lets no new ways in, and says so.
func (p *pages) closed(v *visit) (bool, error) {
	closed, err := p.Links.WaysClosed(v.r.Context(), v.visitor.Usage, nil, subject.Note{})
	if err != nil || !closed {
		return false, err
	}
	return true, seeOther(v, "/devices?wrong=closed")
}

// addApp takes the PIN and the code that the app shows. Where one of them is wrong the same secret stays, because
// the app has it already; where that is over another one begins.
func (p *pages) addApp(v *visit) error {
	form := v.r.PostForm
	setup, err := base64.RawURLEncoding.DecodeString(form.Get("setup"))
	if err != nil {
		return errForm
	}
	replaces := form.Get("replaces")
	id, wrong := "", ""
	if pinDiffers(form) {
		wrong = "pin_differs"
	} else {
		id, err = p.Further.Finish(v.r.Context(), v.visitor.Usage, portal.Made{
			Setup: setup, PIN: form.Get("pin"), Code: form.Get("code"), Replaces: replaces, Shown: v.visitor.Level,
		}, p.noteOf(v))
	}
	again := "/devices/app"
	if replaces != "" {
		again = "/devices/" + url.PathEscape(replaces) + "/replace/app"
	}
	switch {
	case errors.Is(err, portal.ErrShape):
		wrong = "shape.code"
	case errors.Is(err, portal.ErrWrong):
		wrong = "wrong_code"
	case errors.Is(err, portal.ErrWeakPIN):
		wrong = "weak_pin"
	}
	switch {
	case errors.Is(err, portal.ErrLocked): // another secret
		return seeOther(v, again+"?wrong=locked")
	case wrong != "":
		if closed, err := p.closed(v); err != nil || closed {
			return err
		}
		app, err := p.Further.AgainApp(v.r.Context(), v.visitor.Usage, v.words.Code, setup)
		if err != nil {
			return seeOther(v, again+"?wrong="+wrong)
		}
		v.page = again // in another language
		return p.appPage(v, app, replaces, wrong)
	case err != nil:
		return p.notAdded(v, err)
	case replaces != "": // which logs out everywhere
		return p.endedHere(v, "replaced")
	}
	return seeOther(v, "/devices?done=added&new="+url.QueryEscape(id))
}

// replace asks what a device is to be replaced by. The new one is made first.
func (p *pages) replace(v *visit) error {
	if closed, err := p.closed(v); err != nil || closed {
		return err
	}
	all, err := p.Devices.Devices(v.r.Context(), v.visitor.Usage)
	if err != nil {
		return err
	}
	for _, one := range portal.DevicesOf(all, "", "", "", p.look(v)).Live {
		if one.ID == v.r.PathValue("id") {
			p.show(v, http.StatusOK, "device_replace", one)
			return nil
		}
	}
	return seeOther(v, "/devices?wrong=none")
}

// newCodes asks whether the recovery codes are to be made anew.
func (p *pages) newCodes(v *visit) error {
	p.show(v, http.StatusOK, "device_codes", portal.Codes{})
	return nil
}

// makeCodes makes them and shows them in its answer alone.
func (p *pages) makeCodes(v *visit) error {
	codes, err := p.Further.NewCodes(v.r.Context(), v.visitor.Usage, v.visitor.Level, p.noteOf(v))
	if err != nil {
		return p.notAdded(v, err)
	}
	v.once = true
	p.show(v, http.StatusOK, "device_codes", codes)
	return nil
}

// noteOf says of a change that it is made on the word of the login at hand.
func (p *pages) noteOf(v *visit) subject.Note {
	return subject.Note{Ref: v.ref, Language: v.words.Code, Stands: func(ctx context.Context) (bool, error) {
		visitor, err := p.Doors.Visitor(ctx, string(v.host), doorCookie(v), false)
		return visitor != nil, err
	}}
}

func (p *pages) notAdded(v *visit, err error) error {
	switch {
	case errors.Is(err, portal.ErrNoDevice):
		return seeOther(v, "/devices?wrong=none")
	case errors.Is(err, portal.ErrTooWeak):
		return seeOther(v, "/devices?wrong=weak")
	case errors.Is(err, portal.ErrClosed):
		return seeOther(v, "/devices?wrong=closed")
	}
	return err
}
