package consent

import "symbolon/connectors/identity"

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
