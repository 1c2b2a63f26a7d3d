package oauth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/ory/fosite"

	"symbolon/provider/login"
)

// Codes of errors, as the specifications name them.
const (
	codeInvalidRequest       = "invalid_request"           // RFC 6749 §4.1.2.1, §5.2
	codeInvalidClient        = "invalid_client"            // RFC 6749 §5.2
	codeInvalidGrant         = "invalid_grant"             // RFC 6749 §5.2
	codeInvalidScope         = "invalid_scope"             // RFC 6749 §4.1.2.1, §5.2
	codeUnauthorizedClient   = "unauthorized_client"       // RFC 6749 §5.2
	codeUnsupportedGrant     = "unsupported_grant_type"    // RFC 6749 §5.2
	codeUnsupportedResponse  = "unsupported_response_type" // RFC 6749 §4.1.2.1
	codeRequestObject        = "request_not_supported"     // OpenID Connect Core §3.1.2.6
	codeRequestURI           = "request_uri_not_supported"
	codeRegistrationParam    = "registration_not_supported"
	codeInvalidToken         = "invalid_token" // RFC 6750 §3.1
	codeServerError          = "server_error"
	codeUnavailable          = "temporarily_unavailable"
	retryAfterSeconds        = 2
	wwwAuthenticate          = "WWW-Authenticate"
	bearerRealm, clientRealm = `Bearer realm="symbolon"`, `Basic realm="symbolon"`
)

// Error is what a party or a page is told when a request fails. Response is set when the party may
// be told at its redirect URI; without it the error is shown here. Ref names the line in the log
// for what is not the client's fault.
type Error struct {
	Status      int
	Code        string
	Description string // for developers, in English; printable ASCII without " and \ (RFC 6749 §5.2)
	Response    *Response
	Ref         string

	challenge string // value of WWW-Authenticate
	allow     string // value of Allow
	cause     error
}

// Error says code and description. It never holds a token, key or value.
func (e *Error) Error() string { return "oauth: " + e.Code + ": " + e.Description }

// Unwrap gives what lies behind, for the log.
func (e *Error) Unwrap() error { return e.cause }

// refused makes an error that is the client's to mend.
func refused(code, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// unavailable is an error of a store that does not answer: nothing was written, and trying again
// may help.
func unavailable(cause error) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: codeUnavailable,
		Description: "The service cannot answer now. Please try again.", cause: cause,
	}
}

// broken is an error of ours.
func broken(cause error) *Error {
	return &Error{
		Status: http.StatusInternalServerError, Code: codeServerError,
		Description: "Something went wrong here. Please quote the reference.", cause: cause,
	}
}

// explain turns any error into the one that is told, and logs what is not the client's to mend
// under a reference. This is the one table from errors to protocol.
func (p *Provider) explain(ctx context.Context, err error) *Error {
	var told *Error
	var engine *fosite.RFC6749Error
	var store interface{ Unavailable() bool }
	switch {
	case errors.As(err, &told):
		told = copyOf(told)
	case errors.As(err, &store) && store.Unavailable():
		told = unavailable(err)
	case errors.As(err, &engine):
		told = fromEngine(engine)
	default:
		told = broken(err)
	}
	if told.Status >= http.StatusInternalServerError && told.Ref == "" {
		told.Ref = newRef()
		p.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("ref", told.Ref), slog.String("code", told.Code), slog.Any("cause", told.cause))
	}
	return told
}

func copyOf(e *Error) *Error {
	c := *e
	return &c
}

// fromEngine keeps the engine's codes for client mistakes and its hint, or where it gives none what the
// code means; its debug text stays here.
// Whatever else it says is ours to mend (oauth.md F29).
func fromEngine(e *fosite.RFC6749Error) *Error {
	if e.HintField == "" && e.ErrorField == codeInvalidGrant {
		return refused(codeInvalidGrant, "The code or token is unknown, used, expired, ended, or another client's.")
	}
	switch e.ErrorField {
	case codeInvalidRequest, codeInvalidGrant, codeInvalidScope, codeUnauthorizedClient, codeUnsupportedGrant:
		return refused(e.ErrorField, plain(e.HintField))
	case codeInvalidClient:
		return &Error{Status: http.StatusUnauthorized, Code: codeInvalidClient, Description: plain(e.HintField)}
	case codeUnavailable:
		return unavailable(e)
	default:
		return broken(e)
	}
}

// plain drops what an error_description may not hold (RFC 6749 §5.2).
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r == '\\' || r < 0x20 || r > 0x7e:
			return -1
		default:
			return r
		}
	}, text)
}

func newRef() string {
	var b [6]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// WriteError answers a request of a JSON endpoint that failed (RFC 6749 §5.2, RFC 6750 §3).
func (p *Provider) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := p.explain(r.Context(), err)
	if e.Status < http.StatusInternalServerError { // its developers ask the operator
		p.log.LogAttrs(r.Context(), slog.LevelInfo, "request refused",
			slog.String("client", p.claimed(r)), slog.String("code", e.Code), slog.String("why", e.Description))
	}
	h := w.Header()
	noStore(h)
	h.Set("Content-Type", "application/json")
	if e.challenge != "" {
		h.Set(wwwAuthenticate, e.challenge)
	}
	if e.allow != "" {
		h.Set("Allow", e.allow)
	}
	if e.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(retryAfterSeconds))
	}
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(struct { // the client is gone if this fails
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
		Ref         string `json:"ref,omitempty"`
	}{e.Code, e.Description, e.Ref})
}

// noStore keeps tokens and personal values out of caches (RFC 6749 §5.1).
func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

func methodNotAllowed(allow string) *Error {
	return &Error{
		Status: http.StatusMethodNotAllowed, Code: codeInvalidRequest,
		Description: "This endpoint accepts " + allow + " only.", allow: allow,
	}
}

// outcomeText says in words what a login's refusal means.
func outcomeText(o login.Outcome) string {
	switch o {
	case login.AccessDenied:
		return "The person declined."
	case login.LoginNeeded:
		return "The person must log in."
	case login.ConsentNeeded:
		return "The person must be asked."
	case login.UnmetLevel:
		return "The required level of assurance was not reached."
	default:
		return ""
	}
}
