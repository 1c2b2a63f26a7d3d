package consent

import (
	"fmt"

	"symbolon/connectors/identity"
)

// Ask is what a party wants to be told in one login. The zero value asks for nothing.
type Ask struct {
	Attributes []Wanted
	Offline    bool // wants to come back without the citizen (offline_access)
	Again      bool // the citizen must be asked even if a decision stands (prompt=consent)
}

// Wanted is one attribute asked for.
type Wanted struct {
	Name      identity.AttributeName
	Essential bool   // the party says it cannot do without (OpenID Connect Core §5.5.1)
	Why       string // the party's own words from the request, 3–300 characters; "" if none
}

// The shortest and longest reason that a party may give, in characters.
const (
	shortestWhy = 3
	longestWhy  = 300
)

// OverAsked says that a party asks for an attribute that its registration does not permit.
type OverAsked struct{ Attribute identity.AttributeName }

// Error names the attribute.
func (e *OverAsked) Error() string {
	return fmt.Sprintf("consent: the relying party may not ask for %s", e.Attribute)
}

// Check refuses an ask that goes beyond what the party may ask for, with *OverAsked, before
// anybody is troubled with it. What passes is given back in order: an attribute named twice is
// one, essential if either was; the party's words hold nothing that could pretend on a page, and
// are dropped where too little is left of them.
func Check(ask Ask, party RelyingParty) (Ask, error) {
	checked := Ask{Offline: ask.Offline, Again: ask.Again}
	place := map[identity.AttributeName]int{}
	for _, w := range ask.Attributes {
		if _, ok := party.Permits(w.Name); !ok {
			return Ask{}, &OverAsked{w.Name}
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
