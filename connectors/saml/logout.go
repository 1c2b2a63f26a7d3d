package saml

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

// logoutTime is how long a logout may keep the person waiting (R-SAML-14).
const logoutTime = 3 * time.Second

// EndSession ends the person's session at the upstream, by a call or by the browser.
func (c *Connector) EndSession(ctx context.Context, session identity.Secret) (connectors.Step, error) {
	var r resume
	if json.Unmarshal([]byte(session.Reveal()), &r) != nil || r.Value == "" || r.Index == "" {
		return nil, errors.New("log out upstream: nothing to end it by")
	}
	binding := sloBinding(c.settings.SLO.Binding)
	if binding == "" {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, logoutTime)
	defer cancel()
	t, err := c.trusted(ctx)
	if err != nil {
		return nil, fmt.Errorf("log out upstream: %w", err)
	}
	at, there := t.slo[binding]
	if !there {
		return nil, nil
	}
	now := c.deps.Now()
	id := newID()
	request := c.logoutRequest(r, id, at.location, now)
	if binding == bindingSOAP {
		return nil, c.endByCall(ctx, at.location, request, id, now)
	}
	signer, err := c.keys.signer(now)
	if err != nil {
		return nil, err
	}
	address, err := redirected(at.location, "SAMLRequest", request, "", &signer)
	if err != nil {
		return nil, fmt.Errorf("log out upstream: %w", err)
	}
	return connectors.Redirect{URL: address}, nil
}

// logoutRequest names the person as the upstream did, and the one session (SAML Core §3.7.1).
func (c *Connector) logoutRequest(r resume, id, destination string, now time.Time) *xmlsec.Node {
	name := saml("NameID", r.Value)
	if r.Format != "" {
		name.Set("Format", r.Format)
	}
	if r.NameQualifier != nil {
		name.Set("NameQualifier", *r.NameQualifier)
	}
	if r.SPQualifier != nil {
		name.Set("SPNameQualifier", *r.SPQualifier)
	}
	n := c.head("LogoutRequest", id, destination, now)
	n.Set("NotOnOrAfter", writeTime(now.Add(5*time.Minute)))
	return n.Add(name, samlp("SessionIndex", r.Index))
}

func (c *Connector) endByCall(ctx context.Context, location string, request *xmlsec.Node, id string, now time.Time) error {
	answer, err := c.soap(ctx, location, request, now)
	if err != nil {
		return fmt.Errorf("log out upstream: %w", err)
	}
	reply, err := verified(ctx, c, func(v xmlsec.Verifier) (*xmlsec.Node, error) { return v.Verify(answer) })
	if err == nil {
		err = c.settings.checkReply(reply, "LogoutResponse", id, now)
	}
	if err != nil {
		return fmt.Errorf("log out upstream: %w", err)
	}
	return nil
}

// HearLogout takes a logout of the upstream, by SOAP or by the browser, and ends the sessions that it
// names; or the upstream's answer to a logout of ours. What is not signed ends nothing (attacks SM-15).
func (c *Connector) HearLogout(ctx context.Context, in connectors.Input, end func(context.Context, identity.Secret) error) (connectors.Reply, error) {
	if c.settings.SLO.Binding == "" {
		return connectors.Reply{}, c.unheard(invalid("logout_not_configured"))
	}
	if in.Query.Has("SAMLResponse") || in.Form.Has("SAMLResponse") {
		return connectors.Reply{}, nil // to a logout of ours: it has ended before, nothing hangs on this, and many do not sign it
	}
	heard, err := c.hear(ctx, in)
	if err != nil {
		return connectors.Reply{}, c.unheard(err)
	}
	now := c.deps.Now()
	indexes, err := c.settings.logoutIndexes(heard.message, c.deps.Logout, now)
	if err != nil {
		return connectors.Reply{}, c.unheard(err)
	}
	for _, index := range indexes {
		if err := end(ctx, identity.Hide(index)); err != nil {
			return connectors.Reply{}, fmt.Errorf("upstream %s: log out: %w", c.settings.ID, err)
		}
	}
	c.deps.Log.Info("upstream logged out", "means", string(c.settings.ID), "request", heard.message.Attr("ID"), "sessions", len(indexes))
	return c.replyTo(ctx, heard, now)
}

// unheard logs why a message about a logout is not taken.
func (c *Connector) unheard(err error) error {
	c.deps.Log.Info("upstream's logout not taken", "means", string(c.settings.ID), "reason", err.Error())
	return connectors.ErrLogoutRefused
}

// heard is a message about logout that was signed by the upstream.
type heard struct {
	message *xmlsec.Node
	relay   string
	soap    bool
}

// hear gets the message by whichever binding it came, with its signature checked.
func (c *Connector) hear(ctx context.Context, in connectors.Input) (heard, error) {
	switch {
	case len(in.Body) > 0:
		message, err := openEnvelope(in.Body)
		if err != nil {
			return heard{}, invalid("logout_envelope")
		}
		signed, err := c.verifiedMessage(ctx, message)
		return heard{message: signed, soap: true}, err
	case in.Form != nil:
		text, _ := sole(in.Form, "SAMLRequest")
		raw, err := decodePosted(text)
		if err != nil {
			return heard{}, err
		}
		message, err := xmlsec.Parse(raw, xmlsec.Message())
		if err != nil {
			return heard{}, err
		}
		signed, err := c.verifiedMessage(ctx, message)
		return heard{message: signed, relay: in.Form.Get("RelayState")}, err
	default:
		return c.hearQuery(ctx, in.Query)
	}
}

func (c *Connector) verifiedMessage(ctx context.Context, n *xmlsec.Node) (*xmlsec.Node, error) {
	return verified(ctx, c, func(v xmlsec.Verifier) (*xmlsec.Node, error) { return v.Verify(n) })
}

// hearQuery checks a signature over the query (SAML Bindings §3.4.4.1). What was signed is put
// together from the values as they are written by url.QueryEscape, then as most others write them.
func (c *Connector) hearQuery(ctx context.Context, query url.Values) (heard, error) {
	const parameter = "SAMLRequest"
	text, there := sole(query, parameter)
	algorithm, algorithmThere := sole(query, "SigAlg")
	value, valueThere := sole(query, "Signature")
	signature, err := base64.StdEncoding.DecodeString(value)
	if !there || !algorithmThere || !valueThere || err != nil || len(query["RelayState"]) > 1 || query.Has("SAMLEncoding") {
		return heard{}, invalid("logout_unsigned")
	}
	signed := parameter + "=" + url.QueryEscape(text)
	if relays := query["RelayState"]; len(relays) == 1 {
		signed += "&RelayState=" + url.QueryEscape(relays[0])
	}
	signed += "&SigAlg=" + url.QueryEscape(algorithm)
	forms := []string{signed, lowerEscapes(signed), strings.ReplaceAll(signed, "+", "%20")}
	_, err = verified(ctx, c, func(v xmlsec.Verifier) (bool, error) {
		for _, form := range forms {
			if xmlsec.VerifyBytes(v.Keys, v.Algorithms, algorithm, []byte(form), signature) {
				return true, nil
			}
		}
		return false, xmlsec.ErrSignature
	})
	if err != nil {
		return heard{}, err
	}
	raw, err := unpack(text)
	if err != nil {
		return heard{}, err
	}
	message, err := xmlsec.Parse(raw, xmlsec.Message())
	return heard{message: message, relay: query.Get("RelayState")}, err
}

// lowerEscapes writes %2B as %2b, as .NET does.
func lowerEscapes(s string) string {
	out := []byte(s)
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' {
			copy(out[i:], strings.ToLower(string(out[i:i+3])))
			i += 2
		}
	}
	return string(out)
}

// logoutIndexes checks a logout request and gives the sessions that it names. One that names none
// would end all of a person's, and is not taken (R-SAML-14).
func (s *Settings) logoutIndexes(n *xmlsec.Node, here string, now time.Time) ([]string, error) {
	issued, err := parseTime(n.Attr("IssueInstant"))
	destination, named := n.LookupAttr("Destination")
	switch {
	case !n.Is(nsProtocol, "LogoutRequest"), n.Attr("Version") != "2.0", n.Attr("ID") == "", n.Only(nsAssertion, "Issuer").Text() != s.IDPEntityID:
		return nil, invalid("logout_form")
	case named && !slices.Contains([]string{here, s.DestinationOverride}, destination):
		return nil, invalid("logout_destination")
	case err != nil, issued.After(now.Add(s.ClockSkew)), now.Sub(issued) > s.MaxAssertionAge+s.ClockSkew:
		return nil, invalid("logout_time")
	}
	if text, there := n.LookupAttr("NotOnOrAfter"); there {
		if until, err := parseTime(text); err != nil || !now.Add(-s.ClockSkew).Before(until) {
			return nil, invalid("logout_time")
		}
	}
	var indexes []string
	for _, index := range n.All(nsProtocol, "SessionIndex") {
		if text := index.Text(); text != "" && len(text) <= 512 {
			indexes = append(indexes, text)
		}
	}
	if len(indexes) == 0 || len(indexes) > 20 {
		return nil, invalid("logout_without_session")
	}
	return indexes, nil
}

// replyTo answers a logout request by the way it came.
func (c *Connector) replyTo(ctx context.Context, h heard, now time.Time) (connectors.Reply, error) {
	signer, err := c.keys.signer(now)
	if err != nil {
		return connectors.Reply{}, err
	}
	t, err := c.trusted(ctx)
	if err != nil {
		return connectors.Reply{}, err
	}
	location := t.slo[bindingRedirect].response
	if h.soap {
		location = ""
	}
	answer := c.head("LogoutResponse", newID(), location, now)
	answer.Set("InResponseTo", h.message.Attr("ID"))
	answer.Add(samlp("Status", samlp("StatusCode", xmlsec.A("Value", statusPrefix+"Success"))))
	if !h.soap {
		if location == "" {
			return connectors.Reply{}, nil // it named no place for an answer
		}
		address, err := redirected(location, "SAMLResponse", answer, h.relay, &signer)
		return connectors.Reply{Step: connectors.Redirect{URL: address}}, err
	}
	if err := signer.Sign(answer, 1); err != nil {
		return connectors.Reply{}, fmt.Errorf("sign a logout: %w", err)
	}
	return connectors.Reply{Document: connectors.Document{Type: "text/xml; charset=utf-8", Body: enveloped(answer)}}, nil
}
