package claims

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Place is where claims are told.
type Place int

// The places (OpenID Connect Core §5.5).
const (
	UserInfo Place = iota
	IDToken
)

// Record is everything that a party's claims are written from: the values that were released to it,
// what it asked, and what stands behind the values.
type Record struct {
	Values  identity.Attributes
	Request ClaimsRequest
	Arrived time.Time // when the request did; ages are counted back from here
	Backing Backing
}

// Tell writes the claims for a place: what the scopes given ask for there (OpenID Connect Core
// §5.4), and what the claims parameter does. What is not as it was asked to be is left out (§5.5.1);
// what was asked for in verified_claims only is told there only.
func (r Record) Tell(place Place, scopes []string) map[string]any {
	plainly, verified := r.Request.UserInfo, r.Request.UserInfoVerified
	if place == IDToken {
		plainly, verified = r.Request.IDToken, r.Request.IDTokenVerified
	}
	released := make([]consent.Released, len(r.Values))
	for i, v := range r.Values {
		released[i] = consent.Released{Name: v.Name}
	}
	told := Project(released, r.Values, r.asked(scopes, plainly))
	var elements []any
	for _, v := range verified {
		if element, ok := r.element(v); ok {
			elements = append(elements, element)
		}
	}
	switch {
	case len(elements) == 1:
		told[verifiedClaims] = elements[0]
	case len(elements) > 1:
		told[verifiedClaims] = elements
	}
	return told
}

// asked names what may be told plainly. A scope wants a claim whatever its value is; the claims
// parameter may have conditions.
func (r Record) asked(scopes []string, place map[string]Requested) []identity.AttributeName {
	var names []identity.AttributeName
	catalogue := byName()
	aliases, byScope := catalogue.aliases(), catalogue.named(scopes)
	for _, name := range catalogue.named(scopes, place) {
		requested, named := place[string(name)]
		switch {
		case slices.Contains(byScope, name):
		case named && !r.suits(catalogue, name, requested):
			continue
		case !named && catalogue.otherwise(place, name):
			continue // asked for under the other name, or in a language, only
		}
		names = append(append(names, name), r.beside(name)...)
	}
	for _, key := range slices.Sorted(maps.Keys(place)) {
		name := identity.AttributeName(key)
		if strings.Contains(key, tagSign) && !slices.Contains(names, name) && r.suits(catalogue, name, place[key]) {
			names = append(names, name)
		}
	}
	for _, c := range aliases {
		requested, named := place[string(c.Name)]
		byScope := slices.ContainsFunc(c.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
		if byScope || named && r.suits(catalogue, c.Name, requested) {
			names = append(names, c.Name)
		}
	}
	return names
}

// otherwise reports whether a claim is asked for under another name that it has.
func (all index) otherwise(place map[string]Requested, name identity.AttributeName) bool {
	for key := range place {
		if as := identity.AttributeName(key); as != name && all.real(as) == name {
			return true
		}
	}
	return false
}

func (r Record) suits(catalogue index, name identity.AttributeName, requested Requested) bool {
	value, attribute, ok := catalogue.value(name, r.Values)
	return ok && requested.suits(value, attribute, r.Arrived)
}

func (all index) aliases() []Claim {
	return slices.DeleteFunc(slices.Clone(all), func(c Claim) bool { return c.Alias == "" })
}

// Reached leaves of what is known the attributes whose level is reached by the login and by where
// they come from. What it drops is not shown, not released and not recorded. It is what the citizen
// is asked about: whether an attribute is as the party asked it to be is not looked at, because a
// question that is put only to those whom a guess fits would itself tell who they are.
func Reached(known identity.Attributes, backing Backing) identity.Attributes {
	catalogue := byName()
	return slices.DeleteFunc(slices.Clone(known), func(a identity.Attribute) bool {
		claim, ok := catalogue.lookup(a.Name)
		return !ok || !backing.level(a).Satisfies(claim.Level)
	})
}

// Tellable leaves of what is Reached that which may be told in answer to the ask: of the attributes
// asked for those that are as they were asked to be. What it drops is not released and not recorded.
func Tellable(known identity.Attributes, ask consent.Ask, arrived time.Time, backing Backing) identity.Attributes {
	reached := Reached(known, backing)
	if len(ask.Form) == 0 {
		return reached
	}
	var how form
	if json.Unmarshal(ask.Form, &how) != nil {
		return nil
	}
	record := Record{Values: reached, Request: how.Claims, Arrived: arrived, Backing: backing}
	told := record.names(UserInfo, how.Scopes)
	told = append(told, record.names(IDToken, how.Scopes)...)
	return slices.DeleteFunc(reached, func(a identity.Attribute) bool {
		wanted := slices.ContainsFunc(ask.Attributes, func(w consent.Wanted) bool { return w.Name == a.Name })
		return wanted && !slices.Contains(told, a.Name)
	})
}

// WithEvidence reports whether the ask wants to learn how something was verified, too. The citizen is told so.
func WithEvidence(ask consent.Ask) bool {
	var how form
	return len(ask.Form) > 0 && json.Unmarshal(ask.Form, &how) == nil && len(how.Claims.UserInfoVerified)+len(how.Claims.IDTokenVerified) > 0
}

// names lists the attributes that come out at a place.
func (r Record) names(place Place, scopes []string) []identity.AttributeName {
	var names []identity.AttributeName
	catalogue := byName()
	add := func(claims map[string]any) {
		for name := range claims {
			names = append(names, catalogue.real(identity.AttributeName(name)))
		}
	}
	told := r.Tell(place, scopes)
	add(told)
	elements, several := told[verifiedClaims].([]any)
	if !several {
		elements = []any{told[verifiedClaims]}
	}
	for _, element := range elements {
		if element, ok := element.(map[string]any); ok {
			claims, _ := element["claims"].(map[string]any)
			add(claims)
		}
	}
	return names
}
