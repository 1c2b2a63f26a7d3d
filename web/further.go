package web

import (
	"encoding/base64"
	"errors"
	"net/http"

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

// newApp begins to set up an app with codes.
func (p *pages) newApp(v *visit) error {
	app, err := p.Further.BeginApp(v.r.Context(), v.visitor.Usage)
	if errors.Is(err, portal.ErrNoDevice) {
		return seeOther(v, "/devices?wrong=none")
	}
	if err != nil {
		return err
	}
	qr, err := desk.QR(app.URI, v.words.Text("phone.totp.qr"))
	if err != nil {
		return err
	}
	p.show(v, http.StatusOK, "device_app", portal.NewAppOf(app, qr, v.r.URL.Query().Get("wrong")))
	return nil
}

// addApp takes the PIN and the code that the app shows. What is wrong begins anew, with another secret.
func (p *pages) addApp(v *visit) error {
	form := v.r.PostForm
	setup, err := base64.RawURLEncoding.DecodeString(form.Get("setup"))
	if err != nil {
		return errForm
	}
	err = p.Further.FinishApp(v.r.Context(), v.visitor.Usage, setup, form.Get("pin"), form.Get("code"), v.visitor.Level, p.noteOf(v))
	switch {
	case errors.Is(err, portal.ErrWrong):
		return seeOther(v, "/devices/app?wrong=wrong_code")
	case errors.Is(err, portal.ErrWeakPIN):
		return seeOther(v, "/devices/app?wrong=weak_pin")
	case err != nil:
		return p.notAdded(v, err)
	}
	return seeOther(v, "/devices?done=added")
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
	p.show(v, http.StatusOK, "device_codes", codes)
	return nil
}

func (p *pages) noteOf(v *visit) subject.Note {
	return subject.Note{Ref: v.ref, Language: v.words.Code}
}

func (p *pages) notAdded(v *visit, err error) error {
	switch {
	case errors.Is(err, portal.ErrNoDevice):
		return seeOther(v, "/devices?wrong=none")
	case errors.Is(err, portal.ErrTooWeak):
		return seeOther(v, "/devices?wrong=weak")
	}
	return err
}
