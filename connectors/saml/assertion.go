package saml

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

const (
	formatTransient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	bearer          = "urn:oasis:names:tc:SAML:2.0:cm:bearer" //nolint:gosec // a name of the specification, no secret
)

// statement is what an assertion says, after every check that it says so to us and now.
type statement struct {
	id         string
	name       nameID
	index      string // SessionIndex
	issued     time.Time
	acted      time.Time // AuthnInstant
	until      time.Time // from here on it is refused as too old, but for the clocks' difference
	class      string    // AuthnContextClassRef
	attributes told
	digest     []byte
}

// nameID is the subject's name at the upstream (SAML Core §2.2.3).
type nameID struct {
	value, format               string
	nameQualifier, spQualifier  string
	hasNameQualifier, hasSPName bool
}

// subject is the name in full: the same value under another qualifier is somebody else.
func (n nameID) subject() string {
	if n.value == "" || n.nameQualifier == "" && n.spQualifier == "" {
		return n.value
	}
	return n.nameQualifier + "!" + n.spQualifier + "!" + n.value
}

func readNameID(n *xmlsec.Node) nameID {
	if n == nil {
		return nameID{}
	}
	name := nameID{value: n.Text(), format: n.Attr("Format")}
	name.nameQualifier, name.hasNameQualifier = n.LookupAttr("NameQualifier")
	name.spQualifier, name.hasSPName = n.LookupAttr("SPNameQualifier")
	return name
}

// assertion checks an assertion that was signed (R-SAML-06), and reads it.
func (s *Settings) assertion(l leg, n *xmlsec.Node, now time.Time) (statement, error) {
	said := statement{id: n.Attr("ID")}
	var err error
	if said.issued, err = parseTime(n.Attr("IssueInstant")); err != nil {
		return said, invalid("assertion_time")
	}
	switch {
	case n.Attr("Version") != "2.0", said.id == "", len(said.id) > 256:
		return said, invalid("assertion_form")
	case n.Only(nsAssertion, "Issuer").Text() != s.IDPEntityID:
		return said, invalid("assertion_issuer")
	case said.issued.After(now.Add(s.ClockSkew)):
		return said, invalid("assertion_time")
	case now.Sub(said.issued) > s.MaxAssertionAge+s.ClockSkew:
		return said, stale("assertion_old")
	}
	subject := n.Only(nsAssertion, "Subject")
	said.name = readNameID(subject.Only(nsAssertion, "NameID"))
	if said.until, err = s.confirmed(l, subject, now); err != nil {
		return said, err
	}
	end, err := s.conditions(n.Only(nsAssertion, "Conditions"), now)
	if err != nil {
		return said, err
	}
	if end.Before(said.until) {
		said.until = end
	}
	if err := said.readAuthn(n.Only(nsAssertion, "AuthnStatement"), now.Add(-s.ClockSkew)); err != nil {
		return said, err
	}
	said.attributes, err = readAttributes(n)
	return said, err
}

// confirmed finds a confirmation by bearer that is for this address, this request and now (SAML
// Profiles §4.1.4.2), and gives until when it is.
func (s *Settings) confirmed(l leg, subject *xmlsec.Node, now time.Time) (time.Time, error) {
	if subject == nil {
		return time.Time{}, invalid("subject_missing")
	}
	err := invalid("not_confirmed")
	for _, confirmation := range subject.All(nsAssertion, "SubjectConfirmation") {
		data := confirmation.Only(nsAssertion, "SubjectConfirmationData")
		if confirmation.Attr("Method") != bearer || data == nil {
			continue
		}
		if data.Attr("Recipient") != l.Return || data.Attr("InResponseTo") != l.Request {
			continue
		}
		var until time.Time
		if until, err = s.window(data, now); err == nil {
			return until, nil
		}
	}
	return time.Time{}, err
}

// window checks NotBefore and NotOnOrAfter and gives the latter.
func (s *Settings) window(n *xmlsec.Node, now time.Time) (time.Time, error) {
	if text, there := n.LookupAttr("NotBefore"); there {
		from, err := parseTime(text)
		if err != nil || now.Add(s.ClockSkew).Before(from) {
			return time.Time{}, invalid("not_yet")
		}
	}
	until, err := parseTime(n.Attr("NotOnOrAfter"))
	switch {
	case err != nil:
		return time.Time{}, invalid("no_end")
	case !now.Add(-s.ClockSkew).Before(until):
		return time.Time{}, stale("over")
	default:
		return until, nil
	}
}

// conditions checks that it is for us and for now. A condition that nobody here understands makes an
// assertion worth nothing (SAML Core §2.5.1.1).
func (s *Settings) conditions(n *xmlsec.Node, now time.Time) (time.Time, error) {
	if n == nil {
		return time.Time{}, invalid("conditions_missing")
	}
	audiences := 0
	for _, condition := range n.Children() {
		switch {
		case condition.Is(nsAssertion, "AudienceRestriction"):
			audiences++
			meant := slices.ContainsFunc(condition.All(nsAssertion, "Audience"), func(a *xmlsec.Node) bool { return a.Text() == s.EntityID })
			if !meant {
				return time.Time{}, invalid("audience")
			}
		case condition.Is(nsAssertion, "OneTimeUse"), condition.Is(nsAssertion, "ProxyRestriction"): // it counts once anyway, and is handed to nobody
		default:
			return time.Time{}, invalid("condition_unknown")
		}
	}
	if audiences == 0 {
		return time.Time{}, invalid("audience")
	}
	return s.window(n, now)
}

// readAuthn reads when and how the person proved who they are. Earliest is the moment after which
// the upstream's session must end.
func (said *statement) readAuthn(n *xmlsec.Node, earliest time.Time) error {
	if n == nil {
		return invalid("authn_missing")
	}
	var err error
	if said.acted, err = parseTime(n.Attr("AuthnInstant")); err != nil {
		return invalid("authn_instant")
	}
	if text, there := n.LookupAttr("SessionNotOnOrAfter"); there {
		ends, err := parseTime(text)
		if err != nil || !earliest.Before(ends) {
			return stale("session_over")
		}
	}
	said.index = n.Attr("SessionIndex")
	class := n.Only(nsAssertion, "AuthnContext").Only(nsAssertion, "AuthnContextClassRef")
	if said.class = class.Text(); said.class == "" {
		return invalid("level_missing")
	}
	return nil
}

// resume is what ends the person's session at the upstream (R-SAML-14).
type resume struct {
	Value         string  `json:"v"`
	Format        string  `json:"f,omitempty"`
	NameQualifier *string `json:"n,omitempty"`
	SPQualifier   *string `json:"s,omitempty"`
	Index         string  `json:"i"`
}

func (said statement) session() (*identity.UpstreamSession, error) {
	if said.index == "" || said.name.value == "" || len(said.index) > 512 {
		return nil, nil
	}
	r := resume{Value: said.name.value, Format: said.name.format, Index: said.index}
	if said.name.hasNameQualifier {
		r.NameQualifier = &said.name.nameQualifier
	}
	if said.name.hasSPName {
		r.SPQualifier = &said.name.spQualifier
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("upstream session: %w", err)
	}
	return &identity.UpstreamSession{Index: identity.Hide(said.index), Resume: identity.Hide(string(raw))}, nil
}
