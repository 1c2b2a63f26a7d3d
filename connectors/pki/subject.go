package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"symbolon/connectors/identity"
)

// Attributes of a subject that are read (X.520).
const (
	oidCommonName   = "2.5.4.3"
	oidSurname      = "2.5.4.4"
	oidSerialNumber = "2.5.4.5"
	oidGivenName    = "2.5.4.42"

	oidDirectoryAttributes = "2.5.29.9"          // RFC 5280 §4.2.1.8
	oidDateOfBirth         = "1.3.6.1.5.5.7.9.1" // RFC 3739 §3.3.2
)

// longestValue is what X.520 gives names at most, and more than any number has.
const longestValue = 200

// attribute keeps the value's tag: what pkix gives has lost it.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type attributeSET []attribute

// ParseSubject reads a name strictly: one attribute a step, each at most once, text that can be read
// in one way only. Of an attribute that is none of wanted nothing but the form is looked at. Any doubt
// refuses the whole name (attacks XC-11).
func ParseSubject(raw []byte, wanted ...string) (map[string]string, error) {
	var steps []attributeSET
	if rest, err := asn1.Unmarshal(raw, &steps); err != nil || len(rest) > 0 {
		return nil, Ambiguous
	}
	values, seen := map[string]string{}, map[string]bool{}
	for _, step := range steps {
		if len(step) != 1 { // several values in one step have no order
			return nil, Ambiguous
		}
		oid := step[0].Type.String()
		for _, w := range wanted {
			if w != oid {
				continue
			}
			text, err := textOf(step[0].Value)
			if err != nil || seen[oid] {
				return nil, Ambiguous
			}
			values[oid], seen[oid] = text, true
		}
	}
	return values, nil
}

// textOf reads a PrintableString or UTF8String (RFC 5280 §4.1.2.4: all that new certificates may
// use). No character that is not seen, and none that turns the text around.
func textOf(v asn1.RawValue) (string, error) {
	if v.Class != asn1.ClassUniversal || v.IsCompound || (v.Tag != asn1.TagPrintableString && v.Tag != asn1.TagUTF8String) {
		return "", Ambiguous
	}
	text := string(v.Bytes)
	if text == "" || len(text) > longestValue || !utf8.ValidString(text) || strings.TrimSpace(text) != text {
		return "", Ambiguous
	}
	for _, r := range text {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == utf8.RuneError ||
			v.Tag == asn1.TagPrintableString && r >= utf8.RuneSelf {
			return "", Ambiguous
		}
	}
	return text, nil
}

// plain says whether a text is what numbers of documents and persons are made of. A letter that only
// looks like one of these makes another number.
func plain(text string) bool {
	return strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:") == ""
}

// card reads who the certificate names, as the profile says that its issuer writes it.
func (i *issuer) card(leaf *x509.Certificate) (Card, error) {
	wanted := []string{oidCommonName, oidSurname, oidGivenName, oidSerialNumber}
	if i.layout.Document != "" {
		wanted = append(wanted, i.layout.Document)
	}
	values, err := ParseSubject(leaf.RawSubject, wanted...)
	if err != nil {
		return Card{}, err
	}
	c := Card{Profile: i.id, Country: i.country, Level: i.level, From: leaf.NotBefore, Expires: leaf.NotAfter, Type: i.layout.DocumentType}
	if c.Person, err = i.layout.person(values[oidSerialNumber]); err != nil {
		return Card{}, err
	}
	if c.Given, c.Family, err = i.layout.names(values); err != nil {
		return Card{}, err
	}
	if i.layout.Document != "" {
		number := values[i.layout.Document]
		if number == "" || !plain(number) {
			return Card{}, Ambiguous
		}
		c.Document = identity.Identifier{Scheme: identity.IdentityCard, Country: i.country, Value: identity.Hide(number)}
	}
	if i.layout.NumberBirth {
		var ok bool
		if c.Implied, ok = identity.BirthInPESEL(c.Person.Value.Reveal()); !ok {
			return Card{}, Ambiguous
		}
	}
	if i.layout.Birthdate {
		if c.Birthdate, err = birthdate(leaf); err != nil {
			return Card{}, err
		}
	}
	return c, nil
}

// person takes the identifier out of serialNumber. Another country's prefix does not fit the pattern.
func (l layout) person(serial string) (identity.Identifier, error) {
	found := l.number.FindStringSubmatch(serial)
	if found == nil || found[1] == "" || !plain(serial) {
		return identity.Identifier{}, Ambiguous
	}
	id, err := identity.ParseIdentifier(string(l.Scheme) + l.Country + "-" + found[1])
	if err != nil {
		return identity.Identifier{}, Ambiguous
	}
	return id, nil
}

// names takes the names from givenName and surname, or from commonName where a pattern says how.
func (l layout) names(values map[string]string) (given, family string, err error) {
	given, family = values[oidGivenName], values[oidSurname]
	if l.common != nil {
		found := l.common.FindStringSubmatch(values[oidCommonName])
		if found == nil {
			return "", "", Ambiguous
		}
		given, family = found[l.common.SubexpIndex("given")], found[l.common.SubexpIndex("family")]
	}
	if given == "" && family == "" {
		return "", "", Ambiguous
	}
	return given, family, nil
}

// birthdate reads dateOfBirth of subjectDirectoryAttributes. RFC 3739 §3.3.2 has it as a GeneralizedTime
// at noon in Greenwich, so that no zone makes another day of it.
func birthdate(leaf *x509.Certificate) (string, error) {
	for _, e := range leaf.Extensions {
		if e.Id.String() != oidDirectoryAttributes {
			continue
		}
		var all []struct {
			Type   asn1.ObjectIdentifier
			Values []asn1.RawValue `asn1:"set"`
		}
		if rest, err := asn1.Unmarshal(e.Value, &all); err != nil || len(rest) > 0 {
			return "", Ambiguous
		}
		found := ""
		for _, a := range all {
			if a.Type.String() != oidDateOfBirth {
				continue
			}
			if found != "" || len(a.Values) != 1 {
				return "", Ambiguous
			}
			var born time.Time
			if rest, err := asn1.UnmarshalWithParams(a.Values[0].FullBytes, &born, "generalized"); err != nil || len(rest) > 0 {
				return "", Ambiguous
			}
			found = born.UTC().Format(time.DateOnly)
		}
		if found != "" {
			return found, nil
		}
	}
	return "", Ambiguous
}
