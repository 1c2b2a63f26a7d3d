package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"symbolon/connectors/identity"
	"symbolon/provider/enrolment"
	"symbolon/web/citizen"
)

// phoneName is the cookie of the phone that redeemed a code (attacks.md §H2). Together with a key that
// the page makes and cannot give away it binds the phone to its case.
const (
	phoneName = "__Host-phone"
	atCounter = "counter"        // at which the code's page was opened: on the office's own computer
	phoneAge  = 4 * 24 * 60 * 60 // longer than the longest code for home
)

// phoneRoutes are the pages of the citizen's phone in an enrolment. They are at the hub: a passkey
// belongs to its host.
func (p *pages) phoneRoutes() []route {
	if p.Office == nil {
		return nil
	}
	get, post, read := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	both := []string{http.MethodGet, http.MethodPost}
	return append(p.firstRoutes(), []route{
		{both, "/e", Hub, p.open, ours, formBody, page, p.phoneLanding},
		{read, "/e/kept", Hub, p.open, ours, noBody, page, p.phoneKept},
		{get, "/e/now", Hub, p.ownPhone, ours, noBody, page, p.phoneNow},
		{get, "/e/now/stands", Hub, p.ownPhone, ours, noBody, page, p.phoneStands},
		{post, "/e/now/{act}", Hub, p.ownPhoneForm, ours, wireBody, page, p.phoneAct},
		{both, "/not-me", Hub, p.open, ours, formBody, page, p.notMe},
		{read, notStopped, Hub, p.open, ours, noBody, page, p.stopped},
	}...)
}

// phonePage shows a page of the phone, which may run our own scripts; it works without them as far as it says.
func (p *pages) phonePage(v *visit, name string, body any, more ...string) {
	s := p.screen(v, body)
	if v.typed {
		s.Retold = retell(v)
	}
	if landing, ok := body.(citizen.Landing); ok {
		s.Was = landing.Refused
	}
	if v.enrolee != nil {
		s.login = p.sessionSecret(soleCookie(v.r, phoneName))
	}
	s.runs(v, append([]string{"heldkey.js", "phone.js"}, more...)...)
	p.render(v, http.StatusOK, name, s)
}

// phoneLanding is where the code's address leads. What follows the # never reaches us by itself: the
// page's script puts it into the form that the citizen sends.
func (p *pages) phoneLanding(v *visit) error {
	if v.r.Method == http.MethodPost {
		return p.claim(v)
	}
	body := citizen.Landing{Counter: v.r.URL.Query().Get("at") == atCounter}
	if v.r.URL.Query().Get("refused") != "" {
		body.Refused = "code.refused"
	}
	return p.landing(v, body)
}

// landing shows the page; with what was typed in it, where that was refused.
func (p *pages) landing(v *visit, body citizen.Landing) error {
	c, err := p.resumeAnew(v, body.Counter)
	if err != nil && !errors.Is(err, enrolment.ErrPhone) {
		return err
	}
	if err == nil {
		body.Stands = citizen.StandsOf(c)
	}
	if body.Stands == "done" {
		body.Next = p.next(v)
	}
	p.phonePage(v, "phone_landing", body)
	return nil
}

// resumeAnew gives the case of the phone whose page is opened anew: at the counter's computer that may be somebody else.
func (p *pages) resumeAnew(v *visit, counter bool) (enrolment.Case, error) {
	c, err := p.Office.Resume(v.r.Context(), soleCookie(v.r, phoneName))
	if err != nil {
		return c, err
	}
	return p.Office.MayBeAnother(v.r.Context(), c, counter)
}

// claim redeems what was scanned or typed. Every code that is worth nothing gets the same answer, and so does every slip,
// whatever cases there are.
func (p *pages) claim(v *visit) error {
	if err := readForm(v.r); err != nil {
		return err
	}
	form := v.r.PostForm
	counter := form.Get("at") == atCounter
	again := func(refused string) error {
		v.typed = true
		return p.landing(v, citizen.Landing{Refused: refused, Number: form.Get("number"), Code: form.Get("code"), Counter: counter})
	}
	if was, asked := p.respoken(v); asked {
		return again(refusedCode(was))
	}
	phone := enrolment.Phone{Cookie: soleCookie(v.r, phoneName), Language: v.words.Code, Key: deviceKey(form.Get("key")), Browser: browserOf(v.r.UserAgent()), Counter: counter}
	var claimed enrolment.Case
	var cookie string
	var err error
	if form.Get("scanned") != "" {
		claimed, cookie, err = p.Office.ClaimToken(v.r.Context(), form.Get("scanned"), phone)
	} else {
		claimed, cookie, err = p.Office.ClaimCode(v.r.Context(), form.Get("number"), form.Get("code"), phone)
	}
	switch {
	case errors.Is(err, enrolment.ErrNumber):
		return again("number.slip")
	case errors.Is(err, enrolment.ErrShape):
		return again("code.slip")
	case errors.Is(err, enrolment.ErrVoucher) && form.Get("scanned") == "":
		return again("code.refused")
	case errors.Is(err, enrolment.ErrVoucher):
		to := url.Values{"refused": {"code"}}
		if counter {
			to.Set("at", atCounter)
		}
		return seeOther(v, "/e?"+to.Encode())
	}
	if err != nil {
		return err
	}
	if cookie != "" {
		keepPhone(v, cookie)
		return seeOther(v, p.shownAt(claimed, cookie, url.Values{}))
	}
	return seeOther(v, "/e/now")
}

// refusedCode is what a form that is shown in another language was refused for: end of a text key.
func refusedCode(was string) string {
	if was == "number.slip" || was == "code.slip" {
		return was
	}
	return "code.refused"
}

func keepPhone(v *visit, cookie string) {
	setCookie(v.w, &http.Cookie{Name: phoneName, Value: cookie, MaxAge: phoneAge, SameSite: http.SameSiteStrictMode})
}

// deviceKey reads the public key that a phone's page made; nil where it made none.
func deviceKey(text string) []byte {
	point, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return enrolment.ParseDeviceKey(point)
}

// ownPhone opens the case of the phone at hand.
func (p *pages) ownPhone(v *visit) error {
	c, err := p.Office.Resume(v.r.Context(), soleCookie(v.r, phoneName))
	if err != nil {
		return err
	}
	v.enrolee = &c
	p.proved(v, "case "+enrolment.CaseID(c.ID))
	return nil
}

// ownPhoneForm is ownPhone, and the form must have been made for this phone, and be signed by the key
// that it made, if it made one: a cookie copied to another device is worth nothing.
func (p *pages) ownPhoneForm(v *visit) error {
	if err := p.ownPhone(v); err != nil {
		return err
	}
	if err := readForm(v.r); err != nil {
		return err
	}
	token := v.r.PostForm.Get("token")
	if !p.Forms.CheckForm(p.sessionSecret(soleCookie(v.r, phoneName)), "phone", token) {
		return errForm
	}
	proof, err := base64.RawURLEncoding.DecodeString(v.r.PostForm.Get("proof"))
	if err != nil || !v.enrolee.Signed(v.r.PathValue("act"), token, proof) {
		return errOtherPhone
	}
	return nil
}

// phoneNow shows the step that the phone is at.
func (p *pages) phoneNow(v *visit) error {
	c := *v.enrolee
	places, err := p.Staff.Places(v.r.Context())
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	if !p.shows(v, c, query.Get("shown")) {
		p.phonePage(v, "phone_locked", citizen.Locked{Counter: c.Work.Counter, With: query.Get("with"), Refused: query.Get("refused"), Left: query.Get("left")})
		return nil
	}
	left, _ := strconv.Atoi(query.Get("left")) // 0 where there is none
	body := citizen.PhoneOf(c, places, query.Get("refused"), left, v.words)
	if body.Screen == enrolment.MakeKey {
		kind := keyKind(query.Get("with"))
		if !c.Takes(kind) {
			kind = enrolment.Portable
		}
		offer, err := p.Office.BeginKey(v.r.Context(), c, kind, v.words.Code)
		switch {
		case errors.Is(err, enrolment.ErrConflict):
			return seeOther(v, "/e/now")
		case errors.Is(err, enrolment.ErrNoMoreApps):
			return seeOther(v, p.shownAt(c, soleCookie(v.r, phoneName), url.Values{"refused": {"no_more_apps"}}))
		}
		if err != nil {
			return err
		}
		if body.Key, err = citizen.KeyOf(kind, offer, v.words); err != nil {
			return err
		}
		body.Account = offer.Name
		c.Gen++ // beginning was a change
		body.Shown = p.shownFor(c, soleCookie(v.r, phoneName))
	}
	p.phoneScreen(v, body)
	return nil
}

func (p *pages) phoneScreen(v *visit, body citizen.Phone) {
	if body.Site = p.Hosts[Hub] + "/e"; body.Counter {
		body.Site += "?at=" + atCounter
	}
	if body.Screen == enrolment.ShowDone {
		body.Next = p.next(v)
		if p.Hosts[Portal] != "" {
			body.Devices = p.origin(Portal) + "/devices"
		}
	}
	var more []string
	if body.Screen == enrolment.MakeKey && (body.Key.With == enrolment.Passkey || body.Key.With == enrolment.Portable) {
		more = append(more, "passkey.js")
	}
	p.phonePage(v, "phone", body, more...)
}

// phoneCodes answers a form with the recovery codes: once, to the phone whose key signed the form, and
// never to who only reads a page.
func (p *pages) phoneCodes(v *visit) error {
	codes, err := p.Office.TakeCodes(v.r.Context(), *v.enrolee)
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return seeOther(v, "/e/now")
	}
	places, err := p.Staff.Places(v.r.Context())
	if err != nil {
		return err
	}
	body := citizen.PhoneOf(*v.enrolee, places, "", 0, v.words)
	body.Codes, body.Waiting, body.At, body.Portal = codes, false, 0, p.Hosts[Portal] // nothing is waited for, and no page to come back to
	v.once = true
	if body.With == enrolment.Paper || body.With == enrolment.Portable { // at the counter's computer nothing stays (features H24)
		dropCookie(v.w, phoneName)
		dropCookie(v.w, onwardName)
		v.w.Header().Set("Clear-Site-Data", `"storage"`) // the key that bound this computer to the case
	}
	p.phoneScreen(v, body)
	return nil
}

func keyKind(with string) enrolment.KeyKind {
	switch kind := enrolment.KeyKind(with); kind {
	case enrolment.TOTP, enrolment.Portable, enrolment.Paper:
		return kind
	default:
		return enrolment.Passkey
	}
}

// phoneAct takes what the citizen did and leads to the step that comes next.
func (p *pages) phoneAct(v *visit) error {
	c, form, ctx := *v.enrolee, v.r.PostForm, v.r.Context()
	var err error
	to := url.Values{}
	switch v.r.PathValue("act") {
	case "you":
		err = p.Office.Answer(ctx, c, form.Get("act") == "yes")
	case "proof":
		err = p.Office.Prove(ctx, c, form.Get("answer"))
	case "terms":
		err = p.Office.Accept(ctx, c)
	case "key":
		kind := keyKind(form.Get("with"))
		if kind != enrolment.Passkey {
			to.Set("with", string(kind))
		}
		if kind == enrolment.TOTP && pinDiffers(form) {
			return p.phoneApp(v, to, "pin_differs", enrolment.ErrWeakPIN)
		}
		err = p.Office.FinishKey(ctx, c, kind, enrolment.Response{Credential: []byte(form.Get("credential")), PIN: form.Get("pin"), Code: form.Get("code")})
		for wrong, is := range map[string]error{"weak_pin": enrolment.ErrWeakPIN, "wrong_code": enrolment.ErrWrongCode, "shape": enrolment.ErrShape} {
			if kind == enrolment.TOTP && errors.Is(err, is) {
				return p.phoneApp(v, to, wrong, err)
			}
		}
	case "second":
		err = p.Office.Second(ctx, c, form.Get("half"))
	case "time":
		err = p.Office.Extend(ctx, c)
	case "show":
		for _, name := range []string{"with", "refused", "left"} {
			if value := form.Get(name); value != "" {
				to.Set(name, value)
			}
		}
	case "codes":
		return p.phoneCodes(v)
	default:
		return errNotFound
	}
	return p.phoneRefused(v, to, err)
}

// pinDiffers reports whether a PIN that is chosen was not typed twice alike: a slip would be found at the next login only.
func pinDiffers(form url.Values) bool {
	return identity.Digits(form.Get("pin")) != identity.Digits(form.Get("pin_again"))
}

// phoneApp answers a form whose PIN is too weak or whose code is wrong with the same step and the same secret: the app
// has it already. Whoever only reads a page is never told it again; there another one begins.
func (p *pages) phoneApp(v *visit, to url.Values, refused string, wrong error) error {
	offer, err := p.Office.AgainKey(v.r.Context(), *v.enrolee, v.words.Code)
	if errors.Is(err, enrolment.ErrConflict) {
		return p.phoneRefused(v, to, wrong)
	}
	if err != nil {
		return err
	}
	places, err := p.Staff.Places(v.r.Context())
	if err != nil {
		return err
	}
	body := citizen.PhoneOf(*v.enrolee, places, refused, 0, v.words)
	body.Account, body.Shown = offer.Name, p.shownFor(*v.enrolee, soleCookie(v.r, phoneName))
	if body.Key, err = citizen.KeyOf(enrolment.TOTP, offer, v.words); err != nil {
		return err
	}
	p.phoneScreen(v, body)
	return nil
}

func (p *pages) phoneRefused(v *visit, query url.Values, err error) error {
	var wrong *enrolment.ErrWrong
	for code, is := range map[string]error{
		"shape": enrolment.ErrShape, "key": enrolment.ErrKeyRefused, "unverified": enrolment.ErrUnverified, "known": enrolment.ErrKnownKey, "wrong_code": enrolment.ErrWrongCode,
		"weak_pin": enrolment.ErrWeakPIN, "locked": enrolment.ErrLocked, // which leads to another secret
	} {
		if errors.Is(err, is) {
			query.Set("refused", code)
			err = nil
		}
	}
	switch {
	case errors.As(err, &wrong):
		query.Set("refused", "wrong")
		query.Set("left", strconv.Itoa(wrong.Left))
	case errors.Is(err, enrolment.ErrConflict), err == nil:
	default:
		return err
	}
	return p.phoneOn(v, query)
}
