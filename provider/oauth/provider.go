// Package oauth is OAuth 2.0 and OpenID Connect, spec by spec, over a frozen engine. It turns a
// request into a login and a login's answer into codes and tokens. It does not know how people
// prove who they are nor what their pages look like.
package oauth

import (
	"context"
	"net/http"
	"net/url"

	"symbolon/provider/login"
)

// ResponseMode is how the answer travels to the party.
type ResponseMode string

// The modes.
const (
	ModeQuery    ResponseMode = "query"
	ModeFormPost ResponseMode = "form_post" // OAuth 2.0 Form Post Response Mode
)

// RedirectTarget is a URI that was found, byte for byte, among a client's registered ones. Only
// this package makes one, so nothing else can be redirected to.
type RedirectTarget struct{ uri string }

// String gives the URI.
func (t RedirectTarget) String() string { return t.uri }

// Response is an answer of the authorization endpoint, a grant's code or an error, ready to be
// sent to the party. It always carries iss (RFC 9207).
type Response struct {
	Target RedirectTarget
	Mode   ResponseMode
	Params url.Values
}

// URL gives the target with the parameters in its query, for ModeQuery.
func (r Response) URL() string {
	u, err := url.Parse(r.Target.uri)
	if err != nil {
		return "" // registered URIs parse
	}
	q := u.Query()
	for k, vs := range r.Params {
		q[k] = vs
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// LogoutRequest is a validated request of the end session endpoint
// (OpenID Connect RP-Initiated Logout 1.0 §2).
type LogoutRequest struct {
	Client    string          // "" when nothing proves which client asks
	Hint      bool            // an id_token_hint of ours was given
	SessionID string          // the hint's sid: its session is at hand if Provider.SessionID gives the same
	Target    *RedirectTarget // nil: stay here
	State     string
	Languages []string
}

// Web is what the pages need of this package; Provider satisfies it.
//
//	Authorize  validates an authorization request; *Error, with a Response if the party may be told
//	Issue      writes the grant for a login whose next step is login.Deliver
//	Repeat     gives the same answer again for a login whose next step is login.Repeat
//	Refuse     gives the error for a login whose next step is login.Refuse
//	EndSession validates a logout request
type Web interface {
	Authorize(*http.Request) (login.Request, error)
	Issue(context.Context, *login.Login, login.Answered) (Response, error)
	Repeat(*login.Login) (Response, error)
	Refuse(*login.Login) (Response, error)
	EndSession(*http.Request) (LogoutRequest, error)
}
