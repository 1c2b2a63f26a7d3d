package oauth

import (
	"net/http"
)

// EndSession validates a logout request (OpenID Connect RP-Initiated Logout 1.0 §2). Whatever is
// wrong is shown here and never redirected (attacks SE-09). Whether the citizen is asked first is
// for the page to decide, by Hint and SessionID.
func (p *Provider) EndSession(r *http.Request) (LogoutRequest, error) {
	form, err := pageForm(r)
	if err != nil {
		return LogoutRequest{}, p.explain(r.Context(), err)
	}
	request := LogoutRequest{Client: form.Get("client_id"), State: form.Get("state")}
	if len(request.State) > maxState || len(form.Get("ui_locales")) > maxList {
		return LogoutRequest{}, refused(codeInvalidRequest, "A parameter is too long.")
	}
	request.Languages = locales(form.Get("ui_locales"))
	if form.Has("id_token_hint") {
		hint, err := p.readIDToken(form.Get("id_token_hint"))
		if err != nil || request.Client != "" && request.Client != hint.Audience {
			return LogoutRequest{}, refused(codeInvalidRequest, "The id_token_hint is not an ID token of this client.")
		}
		request.Client, request.Hint, request.SessionID = hint.Audience, true, hint.Session
	}
	client, known := p.registry.Client(request.Client)
	if request.Client != "" && !known {
		return LogoutRequest{}, refused(codeInvalidRequest, "The client is not known.")
	}
	if !form.Has("post_logout_redirect_uri") {
		return request, nil
	}
	target, ok := client.logoutTarget(form.Get("post_logout_redirect_uri"))
	if !known || !ok {
		return LogoutRequest{}, refused(codeInvalidRequest, "The post_logout_redirect_uri is not registered, or nothing says for which client.")
	}
	request.Target = &target
	return request, nil
}
