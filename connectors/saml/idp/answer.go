// Package idp writes what a SAML identity provider says: assertions and responses, signed and
// encrypted in any combination, good or deliberately bad. Simulators and tests are made of it; the
// product never imports it. Who may log in, and how, is left to those who call.
package idp

import (
	"crypto/rand"
	"fmt"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// Namespaces and names of SAML 2.0.
const (
	NSAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	NSProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	NSMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	NSSOAP      = "http://schemas.xmlsoap.org/soap/envelope/"

	Success = "urn:oasis:names:tc:SAML:2.0:status:Success"

	bearer    = "urn:oasis:names:tc:SAML:2.0:cm:bearer" //nolint:gosec // a name of the specification, no secret
	formatURI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
)

// Answer is one response about one person.
type Answer struct {
	Issuer       string
	Destination  string // of the response; "" leaves it out
	Recipient    string
	Audience     string
	InResponseTo string
	Now          time.Time
	Acted        time.Time
	Life         time.Duration // of the assertion; 5 minutes by default
	Name         NameID
	Session      string
	Class        string // AuthnContextClassRef
	Authority    string // AuthenticatingAuthority, "" for none
	Attributes   []Attribute
	Status       string // second status code, for an answer without a person; "" for success

	Signer        xmlsec.Signer
	SignResponse  bool
	SignAssertion bool
	Encrypt       *xmlsec.Encrypter   // nil: the assertion is plain
	Assertion     func(*xmlsec.Node)  // changes the assertion before it is signed
	Signed        func(*xmlsec.Node)  // changes the assertion after it was signed
	Response      func(*xmlsec.Node)  // changes the response before it is signed
	Sent          func(*xmlsec.Node)  // changes the response after that
	Plain         func([]byte) []byte // changes the octets of the assertion before they are encrypted
}

// NameID is the person's name.
type NameID struct{ Value, Format, NameQualifier, SPNameQualifier string }

// Attribute is what is told.
type Attribute struct {
	Name, Friendly string
	Values         []string
}

// ID gives a fresh identifier of a message.
func ID() string { return "_" + rand.Text() + rand.Text() }

// Time writes xs:dateTime.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// Protocol and Saml make elements.
func Protocol(local string, inside ...any) *xmlsec.Node {
	return xmlsec.New("samlp", NSProtocol, local, inside...)
}

// Saml makes an element of an assertion.
func Saml(local string, inside ...any) *xmlsec.Node {
	return xmlsec.New("saml", NSAssertion, local, inside...)
}

// Write gives the whole response.
func (a Answer) Write() (*xmlsec.Node, error) {
	n := Protocol("Response", xmlsec.A("ID", ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", Time(a.Now)))
	optional(n, "Destination", a.Destination)
	optional(n, "InResponseTo", a.InResponseTo)
	n.Add(Saml("Issuer", a.Issuer), Status(a.Status))
	if a.Status == "" {
		assertion, err := a.Sealed()
		if err != nil {
			return nil, err
		}
		n.Add(assertion)
	}
	if a.Response != nil {
		a.Response(n)
	}
	if a.SignResponse {
		if err := a.Signer.Sign(n, 1); err != nil {
			return nil, fmt.Errorf("sign a response: %w", err)
		}
	}
	if a.Sent != nil {
		a.Sent(n)
	}
	return n, nil
}

func optional(n *xmlsec.Node, name, value string) {
	if value != "" {
		n.Set(name, value)
	}
}

// Status writes success, or a failure with its second code.
func Status(second string) *xmlsec.Node {
	if second == "" {
		return Protocol("Status", Protocol("StatusCode", xmlsec.A("Value", Success)))
	}
	const prefix = "urn:oasis:names:tc:SAML:2.0:status:"
	return Protocol("Status", Protocol("StatusCode", xmlsec.A("Value", prefix+"Responder"),
		Protocol("StatusCode", xmlsec.A("Value", prefix+second))))
}

// Sealed is the assertion, signed and encrypted as was asked.
func (a Answer) Sealed() (*xmlsec.Node, error) {
	assertion := a.assertion()
	if a.Assertion != nil {
		a.Assertion(assertion)
	}
	if a.SignAssertion {
		if err := a.Signer.Sign(assertion, 1); err != nil {
			return nil, fmt.Errorf("sign an assertion: %w", err)
		}
	}
	if a.Signed != nil {
		a.Signed(assertion)
	}
	if a.Encrypt == nil {
		return assertion, nil
	}
	octets := assertion.Bytes()
	if a.Plain != nil {
		octets = a.Plain(octets)
	}
	encrypted, err := a.Encrypt.EncryptOctets(octets)
	if err != nil {
		return nil, fmt.Errorf("encrypt an assertion: %w", err)
	}
	return Saml("EncryptedAssertion", encrypted), nil
}

func (a Answer) assertion() *xmlsec.Node {
	life := a.Life
	if life == 0 {
		life = 5 * time.Minute
	}
	until := xmlsec.A("NotOnOrAfter", Time(a.Now.Add(life)))
	name := Saml("NameID", a.Name.Value)
	optional(name, "Format", a.Name.Format)
	optional(name, "NameQualifier", a.Name.NameQualifier)
	optional(name, "SPNameQualifier", a.Name.SPNameQualifier)
	data := Saml("SubjectConfirmationData", until, xmlsec.A("Recipient", a.Recipient))
	optional(data, "InResponseTo", a.InResponseTo)
	how := Saml("AuthnContext", Saml("AuthnContextClassRef", a.Class))
	if a.Authority != "" {
		how.Add(Saml("AuthenticatingAuthority", a.Authority))
	}
	authn := Saml("AuthnStatement", xmlsec.A("AuthnInstant", Time(a.Acted)), how)
	optional(authn, "SessionIndex", a.Session)
	n := Saml("Assertion", xmlsec.A("ID", ID()), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", Time(a.Now)),
		Saml("Issuer", a.Issuer),
		Saml("Subject", name, Saml("SubjectConfirmation", xmlsec.A("Method", bearer), data)),
		Saml("Conditions", xmlsec.A("NotBefore", Time(a.Now.Add(-time.Minute))), until, Saml("AudienceRestriction", Saml("Audience", a.Audience))),
		authn)
	if len(a.Attributes) > 0 {
		n.Add(a.told())
	}
	return n
}

func (a Answer) told() *xmlsec.Node {
	statement := Saml("AttributeStatement")
	for _, attribute := range a.Attributes {
		one := Saml("Attribute", xmlsec.A("Name", attribute.Name), xmlsec.A("NameFormat", formatURI))
		optional(one, "FriendlyName", attribute.Friendly)
		for _, value := range attribute.Values {
			one.Add(Saml("AttributeValue", value))
		}
		statement.Add(one)
	}
	return statement
}
