package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/intake"
	"symbolon/provider/oauth"
)

// problemJSON is an error as other systems are told it (RFC 9457). Type leads to what the description of
// the interface says of it.
type problemJSON struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Code   string       `json:"code"`
	Ref    string       `json:"ref"` // to quote; also in the log
	Case   string       `json:"case,omitempty"`
	Errors []faultyPart `json:"errors,omitempty"`

	after time.Duration // when to come again; 0: whenever they like
}

// faultyPart is one member of a request that is wrong.
type faultyPart struct {
	Pointer string `json:"pointer"` // RFC 6901
	Detail  string `json:"detail"`
}

// retryWaiting is how long it takes before it is worth a try whether a clerk has taken a case.
const retryWaiting = 10 * time.Minute

// problemAt is where the description says of problems what to do.
const problemAt = "/openapi.yaml#/x-problems/"

// problemTitles are the problems of the interface for register systems, by their codes.
func problemTitles() map[string]string {
	return map[string]string{
		"invalid_client":         "The caller is not a known register system.",
		"bad_json":               "The body is not one JSON object of texts.",
		"unsupported_media_type": "The body must be application/json.",
		"too_large":              "The request is too large.",
		"idempotency_key":        "The request needs one Idempotency-Key of 8 to 128 visible characters.",
		"invalid_application":    "Something in the request is not as described.",
		"idempotency_key_reused": "The Idempotency-Key was used for another request.",
		"reference_taken":        "There is a case with this reference.",
		"not_found":              "There is no such thing here.",
		"method_not_allowed":     "The method is not one of this address.",
		"unknown_host":           "This host is not here.",
		"too_many_waiting":       "As many cases of this system wait for a clerk of this office as may.",
		"too_many_requests":      "Too many requests came from this address.",
		"unavailable":            "Not now; the same request may be sent again.",
		"server_error":           "Something went wrong here; the same request may be sent again.",
	}
}

// toSystem is the table from errors to what register systems are told. What is not in it the pages' table
// says.
func (p *pages) toSystem(err error) problemJSON {
	told := problemJSON{}
	if unknown, ok := errors.AsType[*intake.Unknown](err); ok {
		told.Status, told.Code, told.Detail = http.StatusUnauthorized, "invalid_client", unknown.Why
	} else if refused, ok := errors.AsType[*oauth.Error](err); ok && refused.Status == http.StatusUnauthorized {
		told.Status, told.Code, told.Detail = refused.Status, refused.Code, refused.Description
	} else if ok && refused.Status == http.StatusServiceUnavailable {
		told.Status, told.Code, told.Detail, told.after = refused.Status, "unavailable", "The registered address gives no keys now.", retryAfter
	} else if taken, ok := errors.AsType[*intake.Taken](err); ok {
		told.Status, told.Code, told.Case = http.StatusConflict, "reference_taken", "/cases/"+enrolment.CaseID(taken.Case.ID)
	} else if faults, ok := errors.AsType[intake.Faults](err); ok {
		told.Status, told.Code = http.StatusUnprocessableEntity, "invalid_application"
		for _, f := range faults {
			told.Errors = append(told.Errors, faultyPart{"/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(f.Member), f.Must})
		}
	}
	for is, as := range map[error]problemJSON{
		errJSON:             {Status: http.StatusBadRequest, Code: "bad_json", Detail: "Each member is a text and is there once; nothing follows the object."},
		errMediaType:        {Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type"},
		errKey:              {Status: http.StatusBadRequest, Code: "idempotency_key", Detail: "Draw a random one for each new case, and send the same one when you send a request again."},
		intake.ErrOtherBody: {Status: http.StatusUnprocessableEntity, Code: "idempotency_key_reused", Detail: "Send the very same body, or draw a new key."},
		intake.ErrMany:      {Status: http.StatusTooManyRequests, Code: "too_many_waiting", after: retryWaiting, Detail: "Nothing was opened. Cases stop waiting when a clerk takes them, or after a day."},
		enrolment.ErrNoCase: {Status: http.StatusNotFound, Code: "not_found"},
	} {
		if errors.Is(err, is) {
			told = as
		}
	}
	if told.Code == "" {
		page := p.explain(err)
		told.Status, told.Code, told.after = page.status, page.code, page.after
	}
	title, known := problemTitles()[told.Code]
	if !known { // an error of pages, which no route of this host makes
		told.Code, title = "server_error", problemTitles()["server_error"]
	}
	told.Type, told.Title = p.origin(API)+problemAt+told.Code, title
	return told
}

// failSystem answers a register system with an error and logs it. Nothing of the error itself is told.
func (p *pages) failSystem(rt route, v *visit, err error) {
	told := p.toSystem(err)
	told.Ref = v.ref
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("ref", told.Ref), slog.String("route", rt.pattern), slog.Int("status", told.Status), slog.String("code", told.Code), slog.String("system", v.system.ID),
	}
	if told.Status >= http.StatusInternalServerError {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("cause", err))
	}
	p.Log.LogAttrs(v.r.Context(), level, "request of a register system failed", attrs...)
	if v.w.status != 0 {
		return // an answer was begun: nothing may be written into it
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/problem+json")
	if told.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110 §15.5.2
	}
	if told.after > 0 {
		h.Set("Retry-After", seconds(told.after))
	}
	v.w.WriteHeader(told.Status)
	_ = json.NewEncoder(v.w).Encode(told) // the caller is gone if this fails
}
