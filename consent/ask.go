package consent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"symbolon/connectors/identity"
)

// Ask is what a party wants to be told in one login. The zero value asks for nothing.
type Ask struct {
	Attributes []Wanted
	Offline    bool // wants to come back without the citizen (offline_access)
	Again      bool // the citizen must be asked even if a decision stands (prompt=consent)
	// For says whom the question is about where that is not who answers it: a name of theirs that nobody
	// else has at the party. "" for oneself. It is settled in the login, never by a request.
	For string `json:"for,omitempty"`
	// Form is how all this was asked, where that decides what is told: values that a claim must
	// have, how it must have been verified. Only whoever wrote it reads it.
	Form json.RawMessage `json:",omitempty"`
}

// Wanted is one attribute asked for.
type Wanted struct {
	Name      identity.AttributeName
	Essential bool   // the party says it cannot do without (OpenID Connect Core §5.5.1)
	Why       string // the party's own words from the request, 3–300 characters; "" if none
	// Instead names predicates that would do for many purposes. It serves the refusal only.
	Instead []identity.AttributeName `json:"-"`
}

// The shortest and longest reason that a party may give, in characters.
const (
	shortestWhy = 3
	longestWhy  = 300
)

// OverAsked says that a party asks for an attribute that its registration does not permit, and
// which predicate it may ask for in its place, if there is one.
type OverAsked struct {
	Attribute identity.AttributeName
	Instead   identity.AttributeName
}

// Error names the attribute, and says what to do, for the party's developer.
func (e *OverAsked) Error() string {
	text := fmt.Sprintf("consent: the relying party may not ask for %s", e.Attribute)
	if e.Instead != "" {
		text += fmt.Sprintf(": ask for %s", e.Instead)
	}
	return text
}

// instead gives the first permission of the party that is one of the predicates; one with a
// parameter, such as resident_in:PL, counts as the predicate that it is.
func (p RelyingParty) instead(predicates []identity.AttributeName) identity.AttributeName {
	for _, m := range p.May {
		predicate, _, _ := strings.Cut(string(m.Attribute), ":")
		if slices.Contains(predicates, identity.AttributeName(predicate)) {
			return m.Attribute
		}
	}
	return ""
}

// Check refuses an ask that goes beyond what the party may ask for, with *OverAsked, before
// anybody is troubled with it. What passes is given back in order: an attribute named twice is
// one, essential if either was; the party's words hold nothing that could pretend on a page, and
// are dropped where too little is left of them.
func Check(ask Ask, party RelyingParty) (Ask, error) {
	checked := Ask{Offline: ask.Offline, Again: ask.Again, Form: ask.Form}
	place := map[identity.AttributeName]int{}
	for _, w := range ask.Attributes {
		if _, ok := party.Permits(w.Name); !ok {
			return Ask{}, &OverAsked{w.Name, party.instead(w.Instead)}
		}
		w.Why = Display(w.Why, longestWhy)
		if len([]rune(w.Why)) < shortestWhy {
			w.Why = ""
		}
		i, twice := place[w.Name]
		if !twice {
			place[w.Name] = len(checked.Attributes)
			checked.Attributes = append(checked.Attributes, w)
			continue
		}
		first := &checked.Attributes[i]
		first.Essential = first.Essential || w.Essential
		if first.Why == "" {
			first.Why = w.Why
		}
	}
	return checked, nil
}
