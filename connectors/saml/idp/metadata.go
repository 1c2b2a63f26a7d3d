package idp

import (
	"fmt"
	"strconv"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// Metadata describes an identity provider.
type Metadata struct {
	EntityID     string
	Certificates [][]byte          // DER, of its signing keys
	SSO, SLO     map[string]string // binding → address
	Artifacts    []string          // SOAP addresses, by their index
	Until        time.Time         // validUntil; zero: none
	AnyUse       bool              // keys are given no use
	Signer       *xmlsec.Signer    // nil: unsigned
}

// Write gives the document.
func (m Metadata) Write() (*xmlsec.Node, error) {
	md := func(local string, inside ...any) *xmlsec.Node { return xmlsec.New("md", NSMetadata, local, inside...) }
	role := md("IDPSSODescriptor", xmlsec.A("protocolSupportEnumeration", NSProtocol), xmlsec.A("WantAuthnRequestsSigned", "true"))
	for _, der := range m.Certificates {
		key := md("KeyDescriptor", xmlsec.KeyInfo(der))
		if !m.AnyUse {
			key.Set("use", "signing")
		}
		role.Add(key)
	}
	for i, address := range m.Artifacts {
		role.Add(md("ArtifactResolutionService", xmlsec.A("Binding", BindingSOAP), xmlsec.A("Location", address), xmlsec.A("index", strconv.Itoa(i))))
	}
	for binding, address := range m.SLO {
		role.Add(md("SingleLogoutService", xmlsec.A("Binding", binding), xmlsec.A("Location", address)))
	}
	for binding, address := range m.SSO {
		role.Add(md("SingleSignOnService", xmlsec.A("Binding", binding), xmlsec.A("Location", address)))
	}
	n := md("EntityDescriptor", xmlsec.A("ID", ID()), xmlsec.A("entityID", m.EntityID), role)
	if !m.Until.IsZero() {
		n.Set("validUntil", Time(m.Until))
	}
	if m.Signer != nil {
		if err := m.Signer.Sign(n, 0); err != nil {
			return nil, fmt.Errorf("sign metadata: %w", err)
		}
	}
	return n, nil
}

// Bindings of SAML 2.0.
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	BindingArtifact = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"
	BindingSOAP     = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"
)
