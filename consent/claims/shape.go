package claims

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// mostFilters is how many entries a list of a verification may have.
const mostFilters = 20

// shape is the form of a part of a verification: a leaf, an object of parts, or a list of such
// objects (OpenID Identity Assurance Schema Definition 1.0 §5).
type shape struct {
	parts  map[string]shape
	list   bool
	needed string              // the member without which it means nothing: each entry of a list must ask for it
	whole  map[string][]string // value of that member → the members that the published schema has it with
}

// verificationShape is everything of a verification that can be asked for, whether or not there is
// such a thing here.
func verificationShape() shape {
	issuer := leaves("name", "country", "country_code", "formatted", "jurisdiction", "locality", "postal_code", "region", "street_address")
	voucher := leaves("name", "birthdate", "occupation", "organization", "country", "country_code", "formatted", "locality", "postal_code", "region", "street_address")
	checks := leaves("check_method", "check_id", "organization", "time")
	checks.list, checks.needed = true, "check_method"
	metadata := shape{parts: map[string]shape{"evidence_metadata": leaves("evidence_classification"), "check_id": {}}, list: true, needed: "check_id"}
	details := leaves("assurance_type", "assurance_classification").with("evidence_ref", metadata)
	details.list = true
	evidence := leaves("type", "attachments", "created_at", "issuer", "serial_number", "signature_type", "derived_claims").
		with("check_details", checks).
		with("document_details", typed("document_number", "serial_number", "date_of_issuance", "date_of_expiry").with("issuer", issuer)).
		with("record", typed("created_at", "date_of_expiry").with("source", issuer)).
		with("attestation", typed("reference_number", "date_of_issuance", "date_of_expiry").with("voucher", voucher))
	evidence.list, evidence.needed = true, "type"
	evidence.whole = map[string][]string{signature: {"signature_type", "issuer", "serial_number"}}
	return leaves("trust_framework", "assurance_level", "time", "verification_process").
		with("assurance_process", leaves("policy", "procedure").with("assurance_details", details)).
		with("evidence", evidence)
}

func leaves(names ...string) shape {
	s := shape{parts: map[string]shape{}}
	for _, n := range names {
		s.parts[n] = shape{}
	}
	return s
}

// typed is an object that the published schema does not have without its type. Asking for any of it
// asks for that.
func typed(names ...string) shape {
	s := leaves(append(names, "type")...)
	s.needed = "type"
	return s
}

func (s shape) with(name string, part shape) shape {
	s.parts[name] = part
	return s
}

// filter is what a party asks of a part of a verification. The zero value asks for nothing.
type filter struct {
	Leaf  *Requested        `json:"leaf,omitempty"`
	Parts map[string]filter `json:"parts,omitempty"`
	List  []filter          `json:"list,omitempty"` // one of them is enough
}

// read takes a request of this shape. Members that no shape has are left out.
func (s shape) read(raw any) (filter, error) {
	switch {
	case s.parts == nil:
		leaf, err := requestedOf(raw)
		return filter{Leaf: &leaf}, err
	case s.list:
		return s.readList(raw)
	}
	return s.readParts(raw)
}

func (s shape) readList(raw any) (filter, error) {
	entries, ok := raw.([]any)
	if !ok || len(entries) == 0 || len(entries) > mostFilters {
		return filter{}, fmt.Errorf("%w: must be an array of 1 to %d", ErrRequest, mostFilters)
	}
	var f filter
	for _, entry := range entries {
		one, err := s.readParts(entry)
		if err != nil {
			return filter{}, err
		}
		kind, there := one.Parts[s.needed]
		if s.needed != "" && !there {
			return filter{}, fmt.Errorf("%w: an entry lacks its %s", ErrRequest, s.needed)
		}
		for _, name := range s.wholeOf(kind) {
			if _, asked := one.Parts[name]; !asked {
				one.Parts[name] = filter{Leaf: &Requested{}}
			}
		}
		f.List = append(f.List, one)
	}
	return f, nil
}

// wholeOf gives the members that belong to an entry of this kind.
func (s shape) wholeOf(kind filter) []string {
	if kind.Leaf == nil {
		return nil
	}
	texts := kind.Leaf.Texts()
	if len(texts) != 1 {
		return nil
	}
	return s.whole[texts[0]]
}

func (s shape) readParts(raw any) (filter, error) {
	members, ok := raw.(map[string]any)
	if !ok {
		return filter{}, fmt.Errorf("%w: must be an object", ErrRequest)
	}
	f := filter{Parts: map[string]filter{}}
	for name, member := range members {
		part, known := s.parts[name]
		if !known {
			continue
		}
		one, err := part.read(member)
		if err != nil {
			return filter{}, fmt.Errorf("%w, in %s", err, name)
		}
		f.Parts[name] = one
	}
	if _, there := f.Parts[s.needed]; !there && !s.list && s.needed != "" && len(f.Parts) > 0 {
		f.Parts[s.needed] = filter{Leaf: &Requested{}}
	}
	return f, nil
}

// pick takes from what there is that which was asked for, and nothing else. False: something was
// asked to be so and is not, so that the whole must be left out. What is asked for without a
// condition and is not there is simply missing.
func (f filter) pick(have any, arrived time.Time) (any, bool) {
	switch {
	case f.Leaf != nil:
		return have, f.Leaf.meets(have, arrived)
	case f.List != nil:
		return f.pickList(have, arrived)
	}
	there, _ := have.(map[string]any)
	picked := map[string]any{}
	for name, part := range f.Parts {
		value, ok := part.pick(there[name], arrived)
		if !ok {
			return nil, false
		}
		if value != nil {
			picked[name] = value
		}
	}
	if len(picked) == 0 {
		return nil, true
	}
	return picked, true
}

// pickList takes every entry that satisfies one of the filters, as that filter wants it. None that
// does is a condition that is not met.
func (f filter) pickList(have any, arrived time.Time) (any, bool) {
	entries, _ := have.([]any)
	var picked []any
	for _, entry := range entries {
		for _, one := range f.List {
			if value, ok := one.pick(entry, arrived); ok && value != nil {
				picked = append(picked, value)
				break
			}
		}
	}
	if len(picked) == 0 {
		return nil, !f.conditional()
	}
	return picked, true
}

// conditional reports whether something in it is asked to be so.
func (f filter) conditional() bool {
	return f.Leaf != nil && (f.Leaf.Values != nil || f.Leaf.MaxAge != nil) ||
		slices.ContainsFunc(f.List, filter.conditional) ||
		slices.ContainsFunc(slices.Collect(maps.Values(f.Parts)), filter.conditional)
}
