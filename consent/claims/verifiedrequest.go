package claims

import (
	"fmt"
	"slices"

	"symbolon/connectors/identity"
)

// mostElements is how many verified_claims elements a place may ask for.
const mostElements = 10

// Verified is one verified_claims element of a request (OpenID Connect for Identity Assurance 1.0
// §5): claims, and what must be known of how they were verified. It holds claims of the catalogue
// only, so it may ask for nothing.
type Verified struct {
	Verification filter               `json:"verification"`
	Claims       map[string]Requested `json:"claims"`
}

// verifiedOf reads the member verified_claims of a place: one element, or a list of them.
func verifiedOf(raw any, catalogue index) ([]Verified, error) {
	elements, several := raw.([]any)
	if !several {
		elements = []any{raw}
	}
	if len(elements) > mostElements {
		return nil, fmt.Errorf("%w: more than %d verified_claims", ErrRequest, mostElements)
	}
	var all []Verified
	for _, element := range elements {
		one, err := elementOf(element, catalogue)
		if err != nil {
			return nil, fmt.Errorf("%w, in verified_claims", err)
		}
		all = append(all, one)
	}
	return all, nil
}

// elementOf insists on what the published schema of requests insists on: a verification with its
// trust framework, and claims, of which an object must name one at least.
func elementOf(raw any, catalogue index) (Verified, error) {
	members, ok := raw.(map[string]any)
	if !ok {
		return Verified{}, fmt.Errorf("%w: must be an object or an array of objects", ErrRequest)
	}
	verification, err := verificationShape().read(members["verification"])
	if err != nil {
		return Verified{}, fmt.Errorf("%w, in verification", err)
	}
	if _, there := verification.Parts["trust_framework"]; !there {
		return Verified{}, fmt.Errorf("%w: trust_framework is missing", ErrRequest)
	}
	if err := verification.check(); err != nil {
		return Verified{}, err
	}
	wanted, there := members["claims"]
	v := Verified{Verification: verification, Claims: map[string]Requested{}}
	if wanted == nil && there {
		return v, nil // null names no claim, so none is told
	}
	named, ok := wanted.(map[string]any)
	if !ok || len(named) == 0 || len(named) > mostClaims {
		return Verified{}, fmt.Errorf("%w: claims must be an object of 1 to %d", ErrRequest, mostClaims)
	}
	for name, one := range named {
		requested, err := requestedOf(one)
		if err != nil {
			return Verified{}, fmt.Errorf("%w, in claims", err)
		}
		if catalogue.askable(identity.AttributeName(name)) {
			v.Claims[name] = requested
		}
	}
	return v, nil
}

// check holds what shapes cannot say: conditions are on text, and an evidence filter names the one
// type that it is for (OpenID Connect for Identity Assurance 1.0 §5.4).
func (f filter) check() error {
	if f.Leaf != nil && len(f.Leaf.Texts()) != len(f.Leaf.Values) {
		return fmt.Errorf("%w: value and values of a verification must be strings", ErrRequest)
	}
	for name, part := range f.Parts {
		if name == "evidence" && slices.ContainsFunc(part.List, func(e filter) bool { return len(e.Parts["type"].Leaf.Values) != 1 }) {
			return fmt.Errorf("%w: type of an evidence must have one value", ErrRequest)
		}
		if err := part.check(); err != nil {
			return err
		}
	}
	for _, one := range f.List {
		if err := one.check(); err != nil {
			return err
		}
	}
	return nil
}
