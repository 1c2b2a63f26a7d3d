package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

const maxValue = 8 << 10 // bytes of one attribute

// object reads a JSON object strictly: no member twice (two readers could take different ones),
// nothing after it, valid UTF-8.
func object(body []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, errors.New("broken JSON")
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil, errors.New("broken JSON")
		}
		key, _ := name.(string) // a member's name is always text
		if _, twice := members[key]; twice {
			return nil, errors.New("a member is there twice")
		}
		members[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errors.New("broken JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return members, nil
}

// text gives a JSON string; false for anything else, and for nothing.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// moment gives a NumericDate (RFC 7519 §2) in whole seconds before the year 10000. Text, fractions
// and exponents are refused (attacks JW-15).
func moment(raw json.RawMessage) (time.Time, bool) {
	seconds, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || seconds <= 0 || seconds > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// audienceOf gives aud, which may be one string or a list of them (RFC 7519 §4.1.3).
func audienceOf(raw json.RawMessage) ([]string, bool) {
	if one, ok := text(raw); ok {
		return []string{one}, true
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	audience := make([]string, len(list))
	for i, entry := range list {
		var ok bool
		if audience[i], ok = text(entry); !ok {
			return nil, false
		}
	}
	return audience, true
}

// level maps the upstream's acr. What is not in the map is none; so is silence, unless the operator
// decided for low.
func (s *Settings) level(acr json.RawMessage) identity.Level {
	if acr == nil || string(acr) == "null" {
		return identity.Least(s.LevelWhenAbsent, identity.Low)
	}
	name, _ := text(acr)
	return s.ACRMap[name]
}

// methods takes of amr what stands in RFC 8176: other words could say anything to parties.
func methods(raw json.RawMessage) []string {
	var told []json.RawMessage
	if json.Unmarshal(raw, &told) != nil {
		return nil
	}
	registered := []string{
		"face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms", "swk", "tel",
		"user", "vbm", "wia",
	}
	var methods []string
	for _, entry := range told {
		if method, ok := text(entry); ok && slices.Contains(registered, method) && !slices.Contains(methods, method) {
			methods = append(methods, method)
		}
	}
	return methods
}

// identifiers gives the identifier told, if the upstream is believed about that kind. One that
// cannot be a number ends the login: something is wrong with the upstream, or somebody tries.
// Nothing else is ever read out of it, neither birth date nor sex (levels.md §3).
func (s *Settings) identifiers(claims map[string]json.RawMessage) ([]identity.Identifier, error) {
	raw, there := claims[s.IdentifierClaim]
	if s.IdentifierClaim == "" || !there || string(raw) == "null" || string(raw) == `""` {
		return nil, nil
	}
	broken := refusal{connectors.IdentifierBroken, "identifier"}
	value, ok := text(raw)
	if !ok {
		return nil, broken
	}
	if s.IdentifierScheme != "" && !strings.HasPrefix(value, string(s.IdentifierScheme)+s.IdentifierCountry+"-") {
		value = string(s.IdentifierScheme) + s.IdentifierCountry + "-" + value
	}
	id, err := identity.ParseIdentifier(value)
	if err != nil || !identity.Printable(value) {
		return nil, broken
	}
	if !slices.Contains(s.AuthoritativeFor, string(id.Scheme)+id.Country) {
		return nil, nil
	}
	return []identity.Identifier{id}, nil
}

// attributes gives what the operator mapped and the upstream told in a form that fits. What does not
// fit is left out, and the log says which, never what.
func (c *Connector) attributes(t told) identity.Attributes {
	var all identity.Attributes
	source := identity.Source{Kind: identity.FromMeans, ID: string(c.settings.ID)}
	for claim, name := range c.settings.AttributeMap {
		raw, there := t.claims[claim]
		if !there || empty(raw) {
			continue
		}
		if len(raw) > maxValue || !fits(name, raw) {
			c.deps.Log.Warn("attribute does not fit and is left out", "means", string(c.settings.ID), "attribute", string(name))
			continue
		}
		all = append(all, identity.Attribute{Name: name, Value: identity.Raw(bytes.Clone(raw)), Source: source, VerifiedAt: t.token.issued})
	}
	slices.SortFunc(all, func(a, b identity.Attribute) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all
}

func empty(raw json.RawMessage) bool {
	return slices.Contains([]string{"null", `""`, "[]", "{}"}, string(raw))
}

// fits says whether a value has the form of its attribute; of names we do not know, text, truth
// values, lists of text and objects of text pass.
func fits(name identity.AttributeName, raw json.RawMessage) bool {
	list, isList := audienceOf(raw)
	isList = isList && raw[0] == '['
	s, isText := text(raw)
	truth := string(raw) == "true" || string(raw) == "false"
	for _, one := range list {
		if !identity.Printable(one) {
			return false
		}
	}
	switch name {
	case "address":
		return objectOfText(raw)
	case "nationalities", "given_names":
		return isList
	case "email_verified", "phone_number_verified":
		return truth
	case "birthdate":
		return isText && isBirthdate(s)
	case "given_name", "family_name", "name", "gender", "email", "phone_number":
		return isText
	default:
		return isText || isList || truth || objectOfText(raw)
	}
}

func objectOfText(raw json.RawMessage) bool {
	members, err := object(raw)
	for _, value := range members {
		if s, ok := text(value); !ok || !multiline(s) {
			return false
		}
	}
	return err == nil
}

// isBirthdate takes OpenID Connect Core §5.1's forms: YYYY-MM-DD, YYYY, the year 0000, and 00 for a
// month or day that nobody knows.
func isBirthdate(s string) bool {
	if len(s) == 4 {
		_, err := strconv.ParseUint(s, 10, 16)
		return err == nil
	}
	if len(s) != len(time.DateOnly) {
		return false
	}
	if rest, unknown := strings.CutPrefix(s, "0000"); unknown {
		s = "2000" + rest // a leap year
	}
	if rest, unknown := strings.CutSuffix(s, "-00-00"); unknown {
		s = rest + "-01-01"
	} else if rest, unknown := strings.CutSuffix(s, "-00"); unknown {
		s = rest + "-01"
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// multiline is Printable but for line breaks, which formatted addresses have (OpenID Connect Core §5.1.1).
func multiline(s string) bool {
	return identity.Printable(strings.NewReplacer("\r\n", " ", "\n", " ").Replace(s))
}
