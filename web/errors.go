package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"symbolon/connectors"
	"symbolon/consent"
	"symbolon/provider/enrolment"
	"symbolon/provider/login"
	"symbolon/provider/oauth"
	"symbolon/provider/staff"
	"symbolon/provider/subject"
)

// What the door itself refuses.
var (
	errNotFound     = errors.New("web: no such page")
	errHost         = errors.New("web: not a host of ours")
	errMethod       = errors.New("web: not a method of this route")
	errTooLong      = errors.New("web: the request line is too long")
	errBody         = errors.New("web: the body is not a form")
	errElsewhere    = errors.New("web: posted from another site")
	errForm         = errors.New("web: the form was not made for this")
	errOtherBrowser = errors.New("web: no cookie of this login")
	errState        = errors.New("web: a state that is not ours or too old")
	errSignIn       = errors.New("web: nobody is logged in here")
	errStepUp       = errors.New("web: not logged in surely or freshly enough for this")
	errNotStaff     = errors.New("web: logged in, but works nowhere here")
	errNotAtDesk    = errors.New("web: works here, but from none of the networks or computers of the office")
	errComputer     = errors.New("web: works here, at a computer that has not proved which one it is")
	errOffice       = errors.New("web: works in several offices, and has not said in which one now")
	errErrand       = errors.New("web: not the browser of who began this at the portal, or too late")
	errOtherPhone   = errors.New("web: not signed by the phone that redeemed the code")
	errPanic        = errors.New("web: a handler panicked")
)

// retryAfter is how long a browser should wait for a database to come back.
const retryAfter = 5 * time.Second

// problem is what somebody is told: the status, and the code that tests and helpers know. The
// texts stand under "error.CODE.title" and "error.CODE.text".
type problem struct {
	status int
	code   string
	text   string        // the texts' code where it is another
	detail string        // for the developers of the party, in English; "" for none
	ref    string        // a reference of another's log line; "" for the request's own
	after  time.Duration // when to come again; 0: whenever they like
}

// explain says what people see of an error, with refusals as its table. What is not in it is our own fault.
func (p *pages) explain(err error) problem {
	var protocol *oauth.Error
	var many *TooMany
	switch {
	case errors.As(err, &protocol):
		told := fromProtocol(protocol)
		if errors.Is(err, login.ErrNoParty) {
			told.text = "unknown_party"
		}
		return told
	case errors.As(err, &many):
		return problem{status: http.StatusTooManyRequests, code: "too_many_requests", after: many.After}
	case errors.As(err, new(*http.MaxBytesError)):
		return problem{status: http.StatusRequestEntityTooLarge, code: "too_large"}
	}
	for _, row := range refusals() {
		if errors.Is(err, row.is) {
			return problem{status: row.status, code: row.code}
		}
	}
	if p.Unavailable != nil && p.Unavailable(err) {
		return problem{status: http.StatusServiceUnavailable, code: "unavailable", after: retryAfter}
	}
	return problem{status: http.StatusInternalServerError, code: "server_error"}
}

// refusals are the errors of which people are told by a status and a code alone.
func refusals() []refused {
	return []refused{
		{errNotFound, http.StatusNotFound, "not_found"},
		{errHost, http.StatusMisdirectedRequest, "unknown_host"},
		{errMethod, http.StatusMethodNotAllowed, "method_not_allowed"},
		{errTooLong, http.StatusBadRequest, "too_large"},
		{errBody, http.StatusBadRequest, "invalid_request"},
		{errElsewhere, http.StatusForbidden, "cross_site"},
		{errForm, http.StatusForbidden, "form_refused"},
		{errOtherBrowser, http.StatusForbidden, "other_browser"},
		{errState, http.StatusBadRequest, "answer_unexpected"},
		{errCursor, http.StatusBadRequest, "invalid_request"},
		{errSignIn, http.StatusUnauthorized, "sign_in"},
		{errStepUp, http.StatusForbidden, "sign_in"},
		{login.ErrOtherBrowser, http.StatusForbidden, "other_browser"},
		{login.ErrNoDoor, http.StatusBadRequest, "invalid_request"},
		{login.ErrNotThisLeg, http.StatusBadRequest, "answer_unexpected"},
		{login.ErrGone, http.StatusGone, "login_expired"},
		{login.ErrNotNow, http.StatusConflict, "changed_meanwhile"},
		{login.ErrConflict, http.StatusConflict, "changed_meanwhile"},
		{login.ErrNotOffered, http.StatusBadRequest, "means_not_offered"},
		{connectors.ErrLogoutRefused, http.StatusBadRequest, "invalid_request"},
		{login.ErrNoParty, http.StatusBadRequest, "unknown_party"},
		{errNotStaff, http.StatusForbidden, "not_staff"},
		{subject.ErrNobody, http.StatusForbidden, "not_staff"},
		{errNotAtDesk, http.StatusForbidden, "not_at_station"},
		{errComputer, http.StatusForbidden, "computer"},
		{errOffice, http.StatusConflict, "which_office"},
		{staff.ErrNobody, http.StatusForbidden, "not_yours"},
		{staff.ErrLocked, http.StatusForbidden, "staff_locked"},
		{enrolment.ErrPhone, http.StatusGone, "phone_gone"},
		{errOtherPhone, http.StatusForbidden, "other_phone"},
		{errErrand, http.StatusGone, "errand_over"},
		{consent.ErrNotShown, http.StatusConflict, "changed_meanwhile"},
		{consent.ErrNotAsked, http.StatusBadRequest, "form_refused"},
		{consent.ErrRequiredDeclined, http.StatusBadRequest, "form_refused"},
	}
}

type refused struct {
	is     error
	status int
	code   string
}

// fromProtocol shows a developer's mistake under the code of the specification.
func fromProtocol(e *oauth.Error) problem {
	switch {
	case e.Status == http.StatusServiceUnavailable:
		return problem{status: e.Status, code: "unavailable", ref: e.Ref, after: retryAfter}
	case e.Status >= http.StatusInternalServerError || e.Status < http.StatusBadRequest:
		return problem{status: http.StatusInternalServerError, code: "server_error", ref: e.Ref}
	default:
		return problem{status: e.Status, code: e.Code, detail: e.Description, ref: e.Ref}
	}
}

// fail answers with an error, in the form that the route's callers read, and logs it under the
// reference that is shown. Nothing of the error itself is shown.
func (p *pages) fail(rt route, v *visit, err error) {
	if rt.kind == service {
		p.failSystem(rt, v, err)
		return
	}
	if many, ok := errors.AsType[*TooMany](err); ok && many.Often {
		p.briefly(rt, v, many)
		return
	}
	told := p.explain(err)
	program := rt.kind == api || rt.kind == metadata
	if v.w.status == 0 && program && (told.status >= http.StatusInternalServerError || errors.As(err, new(*oauth.Error))) {
		p.Tokens.WriteError(v.w, v.r, err) // says it as the specifications do, and logs it
		return
	}
	if told.ref == "" {
		told.ref = v.ref
	}
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("ref", told.ref), slog.String("route", rt.pattern), slog.Int("status", told.status), slog.String("code", told.code)}
	if told.status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("cause", err))
	}
	if told.detail != "" {
		attrs = append(attrs, slog.String("why", told.detail))
	}
	p.Log.LogAttrs(v.r.Context(), level, "request failed", attrs...)
	if v.w.status != 0 {
		return // an answer was begun: nothing may be written into it
	}
	h := v.w.Header()
	h.Set("Cache-Control", "no-store")
	if told.after > 0 {
		h.Set("Retry-After", seconds(told.after))
	}
	if program {
		v.w.Header().Set("Content-Type", "application/json")
		v.w.WriteHeader(told.status)
		_ = json.NewEncoder(v.w).Encode(map[string]string{"error": told.code, "ref": told.ref}) // the client is gone if this fails
		return
	}
	p.setHeaders(h, page)
	if v.words == nil { // a route that is no page
		v.words = p.wordsFor(v, nil)
	}
	if told.code == "sign_in" {
		p.asksToLogIn(v, errors.Is(err, errStepUp))
		return
	}
	if told.code == "computer" {
		p.asksForComputer(v, told.status)
		return
	}
	if told.code == "which_office" {
		p.asksForOffice(v, told.status, p.pageBehind(v))
		return
	}
	p.show(v, told.status, "error", p.problemOf(v, told))
}

// seconds writes how long to wait, never too short (RFC 9110 §10.2.3).
func seconds(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}

// problemPage is the error page.
type problemPage struct {
	Code   string
	Text   string // middle of the texts' keys: the code, or that of a family of codes
	Detail string
	Ref    string
	Login  string // where the login goes on; "" if there is none
	Until  string // time of day from which on the same is answered; "" if it is not for being too much
	Same   bool   // the page can be asked for again by a link
	Door   bool   // it is one of our own hosts, which has a start page that this visitor may see
	Begin  string // where a code is typed, for whose case is not at hand any more; "" for others
	Out    bool   // somebody is logged in at it, and can log out
}

func (p *pages) problemOf(v *visit, told problem) problemPage {
	text := cmp.Or(told.text, told.code)
	begin := ""
	if told.code == "phone_gone" {
		begin = "/e"
		if is, _ := atTheCounter(v); is {
			begin += "?at=" + atCounter
		}
		if mayHaveShown(v) {
			text += ".once"
		}
	}
	if !v.words.Has("error." + text + ".title") {
		text = "invalid_request"
	}
	shown := problemPage{Code: told.code, Text: text, Detail: told.detail, Ref: told.ref, Begin: begin, Door: v.host != Hub}
	if v.visitor != nil {
		shown.Out, shown.Door = true, v.works != nil || v.host != Desk // whom the desk does not let in has no start page there
	}
	if told.status == http.StatusTooManyRequests {
		shown.Until, shown.Same, shown.Door = p.until(told.after), v.r.Method == http.MethodGet, false
	}
	if v.login != nil {
		shown.Login = "/login/" + v.login.ID.Short()
	}
	return shown
}
