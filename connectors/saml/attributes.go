package saml

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/connectors/saml/xmlsec"
)

const maxValue = 8 << 10 // bytes of one value

// told are the attributes of an assertion: by name, the values in the order they stood, those in
// Latin script first (eIDAS SAML Attribute Profile §2.2.1: LatinScript="false" marks the others).
type told map[string][]string

func (t told) first(name string) string {
	if values := t[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// readAttributes reads the attributes; what holds elements instead of text is not ours to read.
func readAttributes(assertion *xmlsec.Node) (told, error) {
	all := told{}
	for _, statement := range assertion.All(nsAssertion, "AttributeStatement") {
		for _, attribute := range statement.All(nsAssertion, "Attribute") {
			name := attribute.Attr("Name")
			if _, twice := all[name]; twice || name == "" {
				return nil, invalid("attribute_twice") // two readers could take different ones
			}
			var latin, other []string
			for _, value := range attribute.All(nsAssertion, "AttributeValue") {
				text := value.Text()
				if text == "" || len(text) > maxValue {
					continue
				}
				if script(value) == "false" {
					other = append(other, text)
				} else {
					latin = append(latin, text)
				}
			}
			all[name] = append(latin, other...)
		}
	}
	return all, nil
}

func script(value *xmlsec.Node) string {
	for _, a := range value.Attrs {
		if a.Local == "LatinScript" {
			return a.Value
		}
	}
	return ""
}

// identifiers gives the identifier told, if the upstream is believed about that kind. One that
// cannot be a number ends the login. Nothing else is ever read out of it (levels.md §3).
func (s *Settings) identifiers(all told) ([]identity.Identifier, error) {
	value := all.first(s.IdentifierClaim)
	if s.IdentifierClaim == "" || value == "" {
		return nil, nil
	}
	broken := refusal{connectors.IdentifierBroken, "identifier"}
	if !identity.Printable(value) || len(value) > 256 {
		return nil, broken
	}
	// eIDAS SAML Attribute Profile §2.2.3: the state whose number it is, the state that is told, and
	// the number. Some nodes leave the two out where they are all at home.
	of, rest, _ := strings.Cut(value, "/")
	_, bare, whole := strings.Cut(rest, "/")
	if s.IdentifierScheme != identity.EIDAS {
		if whole && of != s.IdentifierCountry {
			return nil, broken
		}
		if whole {
			value = bare
		}
		value = string(s.IdentifierScheme) + s.IdentifierCountry + "-" + value
	}
	id, err := identity.ParseIdentifier(value)
	if err != nil || id.Scheme != s.IdentifierScheme {
		return nil, broken
	}
	if !slices.Contains(s.AuthoritativeFor, string(id.Scheme)+id.Country) {
		return nil, nil
	}
	return []identity.Identifier{id}, nil
}

// attributes gives what the operator mapped and the upstream told in a form that fits. What does not
// fit is left out, and the log says which, never what.
func (c *Connector) attributes(said statement) identity.Attributes {
	var all identity.Attributes
	source := identity.Source{Kind: identity.FromMeans, ID: string(c.settings.ID)}
	for from, name := range c.settings.AttributeMap {
		values := said.attributes[from]
		if len(values) == 0 {
			continue
		}
		raw, fits := shape(name, values)
		if !fits {
			c.deps.Log.Warn("attribute does not fit and is left out", "means", string(c.settings.ID), "attribute", string(name))
			continue
		}
		all = append(all, identity.Attribute{Name: name, Value: identity.Raw(raw), Source: source, VerifiedAt: said.issued})
	}
	slices.SortFunc(all, func(a, b identity.Attribute) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all
}

// shape writes the values of an attribute in the form that it has in the house; false where they do
// not fit.
func shape(name identity.AttributeName, values []string) (json.RawMessage, bool) {
	if slices.ContainsFunc(values, func(v string) bool { return !identity.Printable(v) }) {
		return nil, false
	}
	var value any = values[0]
	fits := true
	switch name {
	case "birthdate":
		value, fits = birthdate(values[0])
	case "gender":
		value, fits = gender(values[0])
	case "email_verified", "phone_number_verified":
		value = values[0] == "true" || values[0] == "1"
		fits = value == true || values[0] == "false" || values[0] == "0"
	case "nationalities", "given_names":
		value = values
	case "address":
		value = map[string]string{"formatted": values[0]}
	}
	raw, err := json.Marshal(value)
	return bytes.TrimSpace(raw), fits && err == nil
}

// birthdate reads xs:date, xs:gYearMonth and xs:gYear, each with or without a zone (R-SAML-13), and
// gives what OpenID Connect Core §5.1 has for it: 00 for a month or day that nobody knows. A zone
// moves no birthday.
func birthdate(s string) (string, bool) {
	bare := strings.TrimSuffix(s, "Z")
	if len(bare) > 6 && bare[len(bare)-3] == ':' && (bare[len(bare)-6] == '+' || bare[len(bare)-6] == '-') {
		if _, err := time.Parse("-07:00", bare[len(bare)-6:]); err != nil {
			return "", false
		}
		bare = bare[:len(bare)-6]
	}
	for form, rest := range map[string]string{time.DateOnly: "", "2006-01": "-00", "2006": ""} {
		if _, err := time.Parse(form, bare); err == nil && len(bare) == len(form) {
			return bare + rest, true
		}
	}
	return "", false
}

// gender turns eIDAS's words and ISO 5218's numbers into those of OpenID Connect Core §5.1.
func gender(s string) (string, bool) {
	word, known := map[string]string{
		"male": "male", "female": "female", "m": "male", "f": "female", "1": "male", "2": "female",
	}[strings.ToLower(s)]
	return word, known
}
