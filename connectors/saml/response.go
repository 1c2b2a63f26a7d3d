package saml

import (
	"context"
	"slices"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/saml/xmlsec"
)

const statusPrefix = "urn:oasis:names:tc:SAML:2.0:status:"

// response checks a whole response and gives what it states.
func (c *Connector) response(ctx context.Context, l leg, root *xmlsec.Node, digest []byte, now time.Time) (statement, error) {
	if err := c.header(l, root, now); err != nil {
		return statement{}, err
	}
	assertion, err := verified(ctx, c, func(v xmlsec.Verifier) (*xmlsec.Node, error) {
		body, assertion, err := c.believe(v, root)
		if err != nil {
			return nil, err
		}
		return assertion, c.header(l, body, now) // once more, as it was signed
	})
	if err != nil {
		return statement{}, err
	}
	said, err := c.settings.assertion(l, assertion, now)
	said.digest = digest
	return said, err
}

// header checks what stands outside of the assertion (R-SAML-06).
func (c *Connector) header(l leg, n *xmlsec.Node, now time.Time) error {
	s := c.settings
	issued, err := parseTime(n.Attr("IssueInstant"))
	issuer := n.Only(nsAssertion, "Issuer")
	destinations := []string{l.Return}
	if s.DestinationOverride != "" {
		destinations = append(destinations, s.DestinationOverride)
	}
	destination, named := n.LookupAttr("Destination")
	switch {
	case !n.Is(nsProtocol, "Response"), n.Attr("Version") != "2.0", n.Attr("ID") == "":
		return invalid("response_form")
	case n.Attr("InResponseTo") != l.Request: // also one that nobody asked for (R-SAML-07)
		return invalid("response_to_another")
	case issuer == nil && len(n.All(nsAssertion, "Issuer")) > 0, issuer != nil && issuer.Text() != s.IDPEntityID:
		return invalid("response_issuer")
	case named && !slices.Contains(destinations, destination), !named && s.ResponseBinding == "post":
		return invalid("response_destination")
	case err != nil, issued.After(now.Add(s.ClockSkew)):
		return invalid("response_time")
	case now.Sub(issued) > s.MaxAssertionAge+s.ClockSkew:
		return stale("response_old")
	default:
		return status(n)
	}
}

// status sorts what the upstream says of its own success (SAML Core §3.2.2.2). Only words that we
// know reach the log.
func status(n *xmlsec.Node) error {
	code := n.Only(nsProtocol, "Status").Only(nsProtocol, "StatusCode")
	if code == nil {
		return invalid("status_missing")
	}
	if code.Attr("Value") == statusPrefix+"Success" {
		return nil
	}
	var second string
	if inner := code.Only(nsProtocol, "StatusCode"); inner != nil {
		second = strings.TrimPrefix(inner.Attr("Value"), statusPrefix)
	}
	switch second {
	case "AuthnFailed", "RequestDenied":
		return refusal{connectors.Cancelled, second}
	case "NoAuthnContext", "NoPassive", "NoAvailableIDP", "NoSupportedIDP", "RequestUnsupported", "UnknownPrincipal", "InvalidNameIDPolicy":
		return refusal{connectors.RefusedUpstream, second}
	default:
		return refusal{connectors.RefusedUpstream, "other_status"}
	}
}

// believe checks the signatures that must be there, and those that are there although they need not
// be, and gives response and assertion as they were signed. There is exactly one assertion, plain or
// encrypted, directly in the response; nothing is ever found by its ID (attacks SM-01).
func (c *Connector) believe(v xmlsec.Verifier, root *xmlsec.Node) (body, assertion *xmlsec.Node, err error) {
	s, body := c.settings, root
	signed := s.WantResponseSigned || xmlsec.Signed(root)
	if signed {
		if body, err = v.Verify(root); err != nil {
			return nil, nil, err
		}
	}
	plain, encrypted := root.All(nsAssertion, "Assertion"), root.All(nsAssertion, "EncryptedAssertion")
	everywhere := root.Count(nsAssertion, "Assertion") + root.Count(nsAssertion, "EncryptedAssertion")
	if len(plain)+len(encrypted) != 1 || everywhere != 1 || s.WantEncrypted && len(plain) > 0 {
		return nil, nil, invalid("not_one_assertion")
	}
	if len(plain) == 1 {
		assertion, err = s.believeAssertion(v, plain[0], body.Only(nsAssertion, "Assertion"), signed)
		return body, assertion, err
	}
	octets, err := c.decrypter().Decrypt(body.Only(nsAssertion, "EncryptedAssertion"), signed)
	if err != nil {
		return nil, nil, err
	}
	opened, err := xmlsec.Parse(octets, xmlsec.Message())
	if err != nil {
		return nil, nil, xmlsec.ErrDecrypt // not to be told from a wrong key (attacks SM-14)
	}
	assertion, err = s.believeAssertion(v, opened, opened, signed)
	return body, assertion, err
}

// believeAssertion gives the assertion as it was signed: by its own signature where it stood, or else
// as a part of what was signed around it.
func (s *Settings) believeAssertion(v xmlsec.Verifier, stood, within *xmlsec.Node, around bool) (*xmlsec.Node, error) {
	if !stood.Is(nsAssertion, "Assertion") || stood.Count(nsAssertion, "Assertion") != 1 {
		return nil, invalid("not_one_assertion")
	}
	if s.WantAssertionSigned || xmlsec.Signed(stood) {
		return v.Verify(stood)
	}
	if !around || within == nil {
		return nil, invalid("unsigned")
	}
	return within, nil
}
