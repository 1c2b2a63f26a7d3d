package saml

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

// nsEIDAS is that of what eIDAS adds to requests (eIDAS SAML Message Format §2.3).
const nsEIDAS = "http://eidas.europa.eu/saml-extensions"

// Begin sends the browser to the upstream with a request.
func (c *Connector) Begin(ctx context.Context, a connectors.Attempt) (connectors.Step, connectors.State, error) {
	if a.Choice != "" {
		return nil, nil, fmt.Errorf("upstream %s: it has no such door", c.settings.ID)
	}
	if a.Handle == "" || a.Return == "" || len(a.Handle) > 80 { // R-SAML-11: RelayState is at most 80 bytes
		return nil, nil, fmt.Errorf("upstream %s: an attempt without handle or return address", c.settings.ID)
	}
	t, err := c.trusted(ctx)
	if err != nil {
		return c.step(err), nil, nil
	}
	l := leg{
		Handle: a.Handle, Request: newID(), Return: a.Return, Began: a.Now.Unix(), Forced: c.forces(a),
		MaxAge: c.settings.MaxAuthnAge, Asked: c.settings.asks(a.Wanted),
	}
	if a.MaxAge != nil {
		l.MaxAge = min(l.MaxAge, max(*a.MaxAge, 0))
	}
	step, err := c.send(t, c.authnRequest(l, a.Now), l.Handle, a.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("upstream %s: %w", c.settings.ID, err)
	}
	if step == nil {
		return c.failed(connectors.Unavailable, "no_endpoint"), nil, nil
	}
	state, err := l.state()
	return step, state, err
}

// forces says whether the person must act there now.
func (c *Connector) forces(a connectors.Attempt) bool {
	switch c.settings.ForceAuthn {
	case "always":
		return true
	case "on_max_age":
		return a.Fresh || a.MaxAge != nil
	default:
		return a.Fresh // what the party asked for goes before the settings
	}
}

// asks gives what to ask for: what is configured for the level wanted, else for the next above. An
// exact comparison takes all of these, or a better proof would be refused there.
func (s *Settings) asks(wanted identity.Level) []string {
	var all []string
	for _, level := range identity.Levels() {
		refs := s.AuthnContext.Refs[level]
		if level < wanted || len(refs) == 0 {
			continue
		}
		all = append(all, refs...)
		if s.AuthnContext.Comparison != "exact" {
			break
		}
	}
	return all
}

// authnRequest writes the request (SAML Core §3.4.1), its elements in the schema's order.
func (c *Connector) authnRequest(l leg, now time.Time) *xmlsec.Node {
	s := c.settings
	n := c.head("AuthnRequest", l.Request, "", now)
	if l.Forced {
		n.Set("ForceAuthn", "true")
	}
	if s.IsPassive {
		n.Set("IsPassive", "true")
	}
	if s.Quirks.ACSIndex != nil {
		n.Set("AssertionConsumerServiceIndex", strconv.Itoa(*s.Quirks.ACSIndex))
	} else {
		n.Set("AssertionConsumerServiceURL", l.Return)
		n.Set("ProtocolBinding", map[string]string{"post": bindingPost, "artifact": bindingArtifact}[s.ResponseBinding])
	}
	if s.Requested.Mode == "index" {
		n.Set("AttributeConsumingServiceIndex", strconv.Itoa(s.Requested.Index))
	}
	if s.ProviderName != "" {
		n.Set("ProviderName", s.ProviderName)
	}
	return n.Add(s.extensions(), s.nameIDPolicy(), s.authnContext(l.Asked), s.scoping())
}

// extensions are those of eIDAS: what sort of body asks, and for what.
func (s *Settings) extensions() *xmlsec.Node {
	eidas := func(local string, inside ...any) *xmlsec.Node {
		return xmlsec.New("eidas", nsEIDAS, local, inside...)
	}
	n := samlp("Extensions")
	if s.SPType != "" {
		n.Add(eidas("SPType", s.SPType))
	}
	if s.Requested.Mode == "eidas_ext" {
		wanted := eidas("RequestedAttributes")
		for _, a := range s.Requested.Attributes {
			one := eidas("RequestedAttribute", xmlsec.A("Name", a.Name), xmlsec.A("NameFormat", formatURI), xmlsec.A("isRequired", strconv.FormatBool(!a.Optional)))
			if a.FriendlyName != "" {
				one.Set("FriendlyName", a.FriendlyName)
			}
			wanted.Add(one)
		}
		n.Add(wanted)
	}
	if len(n.Children()) == 0 {
		return nil
	}
	return n
}

const formatURI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"

func (s *Settings) nameIDPolicy() *xmlsec.Node {
	if s.NameID == (NameID{}) {
		return nil
	}
	n := samlp("NameIDPolicy")
	if s.NameID.Format != "" {
		n.Set("Format", s.NameID.Format)
	}
	if s.NameID.SPNameQualifier != "" {
		n.Set("SPNameQualifier", s.NameID.SPNameQualifier)
	}
	if s.NameID.AllowCreate {
		n.Set("AllowCreate", "true")
	}
	return n
}

func (s *Settings) authnContext(asked []string) *xmlsec.Node {
	if len(asked) == 0 {
		return nil
	}
	n := samlp("RequestedAuthnContext", xmlsec.A("Comparison", s.AuthnContext.Comparison))
	for _, ref := range asked {
		n.Add(saml("AuthnContextClassRef", ref))
	}
	return n
}

func (s *Settings) scoping() *xmlsec.Node {
	if len(s.IDPList) == 0 && s.RequesterID == "" {
		return nil
	}
	n := samlp("Scoping")
	if len(s.IDPList) > 0 {
		list := samlp("IDPList")
		for _, id := range s.IDPList {
			list.Add(samlp("IDPEntry", xmlsec.A("ProviderID", id)))
		}
		n.Add(list)
	}
	if s.RequesterID != "" {
		n.Add(samlp("RequesterID", s.RequesterID))
	}
	return n
}

// send signs a request and gives the step that takes it there; nil where the upstream has no place
// for the binding.
func (c *Connector) send(t trust, request *xmlsec.Node, relay string, now time.Time) (connectors.Step, error) {
	var signer *xmlsec.Signer
	if c.settings.signs() {
		s, err := c.keys.signer(now)
		if err != nil {
			return nil, err
		}
		signer = &s
	}
	binding := map[string]string{"redirect": bindingRedirect, "post": bindingPost}[c.settings.SSOBinding]
	location := t.sso[binding]
	if location == "" {
		return nil, nil
	}
	request.Set("Destination", c.destination(location))
	if binding == bindingRedirect {
		address, err := redirected(location, "SAMLRequest", request, relay, signer)
		return connectors.Redirect{URL: address}, err
	}
	if signer != nil {
		if err := signer.Sign(request, 1); err != nil {
			return nil, fmt.Errorf("sign a request: %w", err)
		}
	}
	return connectors.PostForm{URL: location, Fields: url.Values{
		"SAMLRequest": {base64.StdEncoding.EncodeToString(request.Bytes())}, "RelayState": {relay},
	}}, nil
}

// destination is what a request names, which one upstream wants to be another host's.
func (c *Connector) destination(location string) string {
	if c.settings.DestinationOverride != "" {
		return c.settings.DestinationOverride
	}
	return location
}

// satisfies says whether what was reached answers what was asked (SAML Core §3.3.2.2.1).
func (s *Settings) satisfies(asked []string, got string) bool {
	if len(asked) == 0 {
		return true
	}
	level := s.LoAMap[got]
	least, most := identity.High, identity.None
	for _, ref := range asked {
		least, most = min(least, s.LoAMap[ref]), max(most, s.LoAMap[ref])
	}
	switch s.AuthnContext.Comparison {
	case "exact":
		return slices.Contains(asked, got)
	case "better":
		return level > most
	case "maximum":
		return level <= most
	default:
		return level >= least
	}
}
