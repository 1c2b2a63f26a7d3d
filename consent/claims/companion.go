package claims

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// metaSuffix ends the names of claims that say where a register's value comes from.
const metaSuffix = "_meta"

// registerValue is the value of a register_… attribute: what the register says, and whether the means said
// the same. Match is missing where the means said nothing.
type registerValue struct {
	Value json.RawMessage `json:"value"`
	Match *bool           `json:"match,omitempty"`
}

// companions gives what registers say about things that means tell, too, each with whether the
// means agrees (levels.md §3, scope register).
func (all index) companions(said identity.Attributes) identity.Attributes {
	var list identity.Attributes
	for _, name := range registered() {
		fromRegister, ok := all.from(identity.FromRegister, name, said)
		if !ok {
			continue
		}
		var match *bool
		if fromMeans, ok := all.from(identity.FromMeans, name, said); ok {
			agrees := same(fromRegister.Value, fromMeans.Value) ||
				slices.ContainsFunc(fromRegister.Forms, func(f identity.Form) bool { return same(f.Value, fromMeans.Value) })
			match = &agrees
		}
		if a, ok := wrap(fromRegister, match); ok {
			list = append(list, a)
		}
	}
	return list
}

// wrap makes the companion of what a register says, in every language in which it does.
func wrap(a identity.Attribute, match *bool) (identity.Attribute, bool) {
	wrapped := func(value identity.Value) (identity.Value, bool) {
		both, err := identity.JSON(registerValue{value.Reveal(), match})
		return both, err == nil
	}
	value, ok := wrapped(a.Value)
	a.Name, a.Value, a.Forms = FromRegister+a.Name, value, slices.Clone(a.Forms)
	for i, f := range a.Forms {
		form, fine := wrapped(f.Value)
		a.Forms[i].Value, ok = form, ok && fine
	}
	return a, ok
}

// from finds what one kind of source says, in the form in which it is told.
func (all index) from(kind identity.SourceKind, name identity.AttributeName, said identity.Attributes) (identity.Attribute, bool) {
	claim, _ := all.row(string(name))
	for _, a := range said {
		if a.Name != name || a.Source.Kind != kind {
			continue
		}
		if value, ok := tidy(claim, a.Value); ok {
			a.Value, a.Forms = value, tidyForms(claim, a)
			return a, true
		}
	}
	return identity.Attribute{}, false
}

// same compares as people do: not by case, and not by marks where both can be written without.
func same(a, b identity.Value) bool {
	left, right := a.RevealText(), b.RevealText()
	if left != "" && left == right {
		return true
	}
	if one, other := transliterate(left), transliterate(right); one != "" && other != "" {
		return one == other
	}
	if left != "" || right != "" {
		return strings.EqualFold(left, right)
	}
	return string(canonical(a.Reveal())) == string(canonical(b.Reveal()))
}

// unwrap gives the register's own value of a register_… attribute, and its _meta.
func unwrap(a identity.Attribute) (identity.Value, map[string]any) {
	var told registerValue
	if json.Unmarshal(a.Value.Reveal(), &told) != nil {
		return identity.Value{}, nil
	}
	meta := map[string]any{"source": string(a.Source.Kind)}
	if !a.VerifiedAt.IsZero() {
		meta["as_of"] = a.VerifiedAt.UTC().Format(time.RFC3339)
	}
	if told.Match != nil {
		meta["match"] = *told.Match
	}
	return identity.Raw(told.Value), meta
}

// Bare gives an attribute's value as people read it: of a register's companion, what the register
// says.
func Bare(name identity.AttributeName, value identity.Value) (identity.AttributeName, identity.Value) {
	of, companion := strings.CutPrefix(string(name), FromRegister)
	if !companion {
		return name, value
	}
	inner, _ := unwrap(identity.Attribute{Name: name, Value: value})
	return identity.AttributeName(of), inner
}
