package saml

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/saml/xmlsec"
)

// Metadata of ours are believed for a week and are to be read again every six hours.
const (
	metadataLife  = 7 * 24 * time.Hour
	metadataCache = "PT6H"
)

// Metadata writes what the upstream needs to know of us (SAML Metadata §2.4.4), signed by the key that
// signs now. The next key is in it from its date on.
func (c *Connector) Metadata(context.Context) (connectors.Document, error) {
	now, s := c.deps.Now(), c.settings
	md := func(local string, inside ...any) *xmlsec.Node { return xmlsec.New("md", nsMetadata, local, inside...) }
	role := md("SPSSODescriptor", xmlsec.A("protocolSupportEnumeration", nsProtocol),
		xmlsec.A("AuthnRequestsSigned", strconv.FormatBool(s.signs())), xmlsec.A("WantAssertionsSigned", strconv.FormatBool(s.WantAssertionSigned)))
	for _, k := range c.keys.published(now) {
		role.Add(md("KeyDescriptor", xmlsec.A("use", "signing"), xmlsec.KeyInfo(k.certificate.Raw)))
	}
	for _, k := range c.keys.decrypting {
		one := md("KeyDescriptor", xmlsec.A("use", "encryption"), xmlsec.KeyInfo(k.certificate.Raw))
		for _, uri := range xmlsec.EncryptionURIs(s.EncAlgs) {
			one.Add(md("EncryptionMethod", xmlsec.A("Algorithm", uri)))
		}
		role.Add(one)
	}
	if binding := sloBinding(s.SLO.Binding); binding != "" {
		role.Add(md("SingleLogoutService", xmlsec.A("Binding", binding), xmlsec.A("Location", c.deps.Logout)))
	}
	if s.NameID.Format != "" {
		role.Add(md("NameIDFormat", s.NameID.Format))
	}
	binding := map[string]string{"post": bindingPost, "artifact": bindingArtifact}[s.ResponseBinding]
	for i, address := range append([]string{c.deps.Callback}, s.ACSURLs...) {
		one := md("AssertionConsumerService", xmlsec.A("Binding", binding), xmlsec.A("Location", address), xmlsec.A("index", strconv.Itoa(i)))
		if i == 0 {
			one.Set("isDefault", "true")
		}
		role.Add(one)
	}
	role.Add(c.consuming(md))
	n := md("EntityDescriptor", xmlsec.A("ID", newID()), xmlsec.A("entityID", s.EntityID),
		xmlsec.A("validUntil", writeTime(now.Add(metadataLife))), xmlsec.A("cacheDuration", metadataCache), role)
	if c.keys.signing(now) != nil {
		signer, err := c.keys.signer(now)
		if err != nil {
			return connectors.Document{}, err
		}
		if err := signer.Sign(n, 0); err != nil {
			return connectors.Document{}, fmt.Errorf("upstream %s: %w", s.ID, err)
		}
	}
	return connectors.Document{Type: "application/samlmetadata+xml", Body: n.Bytes()}, nil
}

// consuming lists the attributes wanted, for an upstream that is asked for them by a number.
func (c *Connector) consuming(md func(string, ...any) *xmlsec.Node) *xmlsec.Node {
	s := c.settings
	if len(s.Requested.Attributes) == 0 {
		return nil
	}
	n := md("AttributeConsumingService", xmlsec.A("index", strconv.Itoa(s.Requested.Index)),
		md("ServiceName", xmlsec.Attr{Prefix: "xml", Local: "lang", Space: xmlsec.NSXML, Value: "en"}, "Login"))
	for _, a := range s.Requested.Attributes {
		one := md("RequestedAttribute", xmlsec.A("Name", a.Name), xmlsec.A("NameFormat", formatURI), xmlsec.A("isRequired", strconv.FormatBool(!a.Optional)))
		if a.FriendlyName != "" {
			one.Set("FriendlyName", a.FriendlyName)
		}
		n.Add(one)
	}
	return n
}

func sloBinding(name string) string {
	return map[string]string{"soap": bindingSOAP, "redirect": bindingRedirect}[name]
}
