package web

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

const (
	afterName    = "__Host-after" // where a logout goes on once the browser is back from the upstream
	afterAge     = 10 * 60
	longestAfter = 3000 // a cookie holds 4096 bytes
)

// meansMetadata gives what a means publishes about us to its upstream.
func (p *pages) meansMetadata(v *visit) error {
	document, err := p.Upstreams.Document(v.r.Context(), identity.Means(v.r.PathValue("means")))
	if err != nil {
		return err
	}
	return give(v, document)
}

func give(v *visit, document connectors.Document) error {
	v.w.Header().Set("Content-Type", document.Type)
	_, _ = v.w.Write(document.Body) // the reader has gone; nobody is left to tell
	return nil
}

// meansLogout takes what an upstream says about a logout: a program's call, or a message that the
// browser carries. It needs no cookie: what ends is named in the message, and the message is signed.
func (p *pages) meansLogout(v *visit) error {
	in, err := logoutInput(v.r)
	if err != nil {
		return err
	}
	reply, err := p.Upstreams.HearLogout(v.r.Context(), identity.Means(v.r.PathValue("means")), in)
	if err != nil {
		return err
	}
	switch step := reply.Step.(type) {
	case connectors.Redirect:
		if !mayLeaveTo(step.URL) {
			return errors.New("answer a logout: an address of a kind that no browser is sent to")
		}
		leaving(v.w.Header())
		return seeOther(v, step.URL)
	default:
		if reply.Document.Type != "" {
			return give(v, reply.Document)
		}
		return p.afterUpstream(v)
	}
}

func logoutInput(r *http.Request) (connectors.Input, error) {
	if r.Method == http.MethodGet {
		return connectors.Input{Query: r.URL.Query()}, nil
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && (media == "text/xml" || media == "application/soap+xml") {
		body, err := io.ReadAll(r.Body) // its size is bounded by the route
		if err != nil {
			return connectors.Input{}, err
		}
		return connectors.Input{Body: body}, nil
	}
	if err := readForm(r); err != nil {
		return connectors.Input{}, err
	}
	return connectors.Input{Form: r.PostForm}, nil
}

// leaveUpstream sends the browser to end its session at the upstream, and keeps where the logout is
// to go on after that.
func (p *pages) leaveUpstream(v *visit, target string) error {
	if query := v.r.URL.RawQuery; len(query) <= longestAfter {
		putCookie(v.w, afterName, base64.RawURLEncoding.EncodeToString([]byte("?"+query)), afterAge)
	}
	return p.sendAway(v, target, away{LoggedOut: true})
}

// afterUpstream goes on with a logout whose browser is back from the upstream.
func (p *pages) afterUpstream(v *visit) error {
	query, err := base64.RawURLEncoding.DecodeString(soleCookie(v.r, afterName))
	if err != nil || len(query) == 0 || query[0] != '?' {
		return seeOther(v, "/logout") // says how things stand
	}
	dropCookie(v.w, afterName)
	return seeOther(v, "/logout"+string(query))
}
