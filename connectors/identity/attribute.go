package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"
)

const hidden = "[hidden]"

// Secret is a string about a person that must not show up by accident: it prints, logs and
// marshals as [hidden]. Reveal is the only way out.
type Secret struct{ plain string }

// Hide wraps a string.
func Hide(plain string) Secret { return Secret{plain} }

// Reveal gives the string back.
func (s Secret) Reveal() string { return s.plain }

// IsZero reports whether nothing is held.
func (s Secret) IsZero() bool { return s.plain == "" }

// String hides the value.
func (Secret) String() string { return hidden }

// Format hides the value from every verb of package fmt.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// AttributeName is the name of one fact about a person: the claim's name where OpenID
// Connect has one (given_name, birthdate, address).
type AttributeName string

// AddressProtected is what a register says of a person whose address may be told to nobody. It is no claim: it
// keeps everything about the address back, whoever tells it.
const AddressProtected AttributeName = "address_protected"

// Value is an attribute's value as JSON. Like Secret it hides itself; Reveal is the only way out.
type Value struct{ raw json.RawMessage }

// Text makes the value of a string.
func Text(s string) Value {
	raw, _ := json.Marshal(s)
	return Value{raw}
}

// JSON makes a value of anything that marshals.
func JSON(v any) (Value, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return Value{}, fmt.Errorf("attribute value: %w", err)
	}
	return Value{raw}, nil
}

// Raw takes a value that is JSON already.
func Raw(raw json.RawMessage) Value { return Value{raw} }

// Reveal gives the value as JSON.
func (v Value) Reveal() json.RawMessage { return v.raw }

// RevealText gives the value if it is a JSON string, else "".
func (v Value) RevealText() string {
	if text, ok := unescaped(v.raw); ok {
		return text
	}
	var s string
	if json.Unmarshal(v.raw, &s) != nil {
		return ""
	}
	return s
}

// unescaped gives the text of a JSON string in which nothing is escaped, as nearly all are; false
// for any other JSON.
func unescaped(raw []byte) (string, bool) {
	last := len(raw) - 1
	if last < 1 || raw[0] != '"' || raw[last] != '"' || !utf8.Valid(raw) ||
		bytes.ContainsFunc(raw[1:last], func(r rune) bool { return r == '"' || r == '\\' || r < ' ' }) {
		return "", false
	}
	return string(raw[1:last]), true
}

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return len(v.raw) == 0 }

// String hides the value.
func (Value) String() string { return hidden }

// Format hides the value from every verb of package fmt.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the value.
func (Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value.
func (Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// SourceKind says what sort of place an attribute came from.
type SourceKind string

// Where attributes come from.
const (
	FromMeans    SourceKind = "means"
	FromRegister SourceKind = "register"
	FromHub      SourceKind = "hub"     // computed here, as predicates are
	FromPartner  SourceKind = "partner" // a further source, under whose id the attribute is named
)

// Source names where an attribute came from: the kind and the connector's or register's id.
type Source struct {
	Kind SourceKind `json:"kind"`
	ID   string     `json:"id"`
}

// Attribute is one fact about a person, with its source and when it was verified there.
type Attribute struct {
	Name       AttributeName
	Value      Value
	Source     Source
	VerifiedAt time.Time
	Language   string // of Value, as a language tag (BCP 47); "" where nobody says
	Forms      []Form // the same in other languages or scripts, where the source has them
}

// Attributes is what is known about one person at one moment, in no special order; a name
// occurs at most once per source kind.
type Attributes []Attribute

// Find gives the attribute of that name, the register's where several sources have it.
func (as Attributes) Find(name AttributeName) (Attribute, bool) {
	found, ok := Attribute{}, false
	for _, a := range as {
		if a.Name == name && (!ok || a.Source.Kind == FromRegister) {
			found, ok = a, true
		}
	}
	return found, ok
}

type sealable struct {
	Name       AttributeName   `json:"n"`
	Value      json.RawMessage `json:"v"`
	Source     Source          `json:"s"`
	VerifiedAt int64           `json:"t"` // microseconds
	Language   string          `json:"l,omitempty"`
	Forms      []sealableForm  `json:"f,omitempty"`
}

// Expose writes the attributes with their values. What it returns is for sealing only.
func (as Attributes) Expose() ([]byte, error) {
	rows := make([]sealable, len(as))
	for i, a := range as {
		if a.Value.IsZero() || slices.ContainsFunc(a.Forms, func(f Form) bool { return f.Value.IsZero() }) {
			return nil, errors.New("attribute without a value")
		}
		rows[i] = sealable{a.Name, a.Value.raw, a.Source, a.VerifiedAt.UnixMicro(), a.Language, exposeForms(a.Forms)}
	}
	return json.Marshal(rows)
}

// Unseal reads what Expose wrote.
func Unseal(exposed []byte) (Attributes, error) {
	var rows []sealable
	if err := json.Unmarshal(exposed, &rows); err != nil {
		return nil, errors.New("unseal attributes: not what was sealed")
	}
	as := make(Attributes, len(rows))
	for i, r := range rows {
		as[i] = Attribute{r.Name, Value{r.Value}, r.Source, time.UnixMicro(r.VerifiedAt).UTC(), r.Language, unsealForms(r.Forms)}
	}
	return as, nil
}
