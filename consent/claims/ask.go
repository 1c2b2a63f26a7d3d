package claims

import (
	"errors"
	"slices"
	"strings"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// ErrTwoPurposes says that one claim is asked for twice, for two different reasons: a page can
// show only one of them, and must not hide the other.
var ErrTwoPurposes = errors.New("claims: one claim is asked for with two purposes")

// AskFor turns scopes and the claims parameter into what the party wants to be told. Unknown
// scopes and claims are left out (OpenID Connect Core §5.5); offline_access asks to come back
// without the citizen (§11).
func AskFor(scopes []string, request ClaimsRequest) (consent.Ask, error) {
	ask := consent.Ask{Offline: slices.Contains(scopes, "offline_access")}
	for _, name := range askable(scopes, request.UserInfo, request.IDToken) {
		wanted := consent.Wanted{Name: name}
		for _, place := range []map[string]Requested{request.UserInfo, request.IDToken} {
			r := place[string(name)]
			if r.Purpose != "" && wanted.Why != "" && r.Purpose != wanted.Why {
				return consent.Ask{}, ErrTwoPurposes
			}
			wanted.Essential = wanted.Essential || r.Essential
			if r.Purpose != "" {
				wanted.Why = r.Purpose
			}
		}
		ask.Attributes = append(ask.Attributes, wanted)
	}
	return ask, nil
}

// ForUserInfo names what UserInfo may tell: what the scopes ask for (OpenID Connect Core §5.4)
// and what the claims parameter asks for there.
func ForUserInfo(scopes []string, request ClaimsRequest) []identity.AttributeName {
	return askable(scopes, request.UserInfo)
}

// ForIDToken names what the ID token may tell: only what the claims parameter asks for there. The
// ID token travels as a hint in addresses, so scopes put nothing into it.
func ForIDToken(request ClaimsRequest) []identity.AttributeName {
	return askable(nil, request.IDToken)
}

// LevelFor gives the level that a login must reach before all that is asked may be told. None if
// nothing is asked.
func LevelFor(ask consent.Ask) identity.Level {
	level := identity.None
	for _, w := range ask.Attributes {
		if c, ok := Lookup(w.Name); ok {
			level = max(level, c.Level)
		}
	}
	return level
}

// askable lists, in the catalogue's order, what scopes and claims ask for. Claims that only go
// with another are not in it.
func askable(scopes []string, places ...map[string]Requested) []identity.AttributeName {
	var names []identity.AttributeName
	for _, c := range Catalogue() {
		asked := slices.ContainsFunc(c.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
		for _, place := range places {
			_, here := place[string(c.Name)]
			asked = asked || here && c.Name != ResidentIn
		}
		if asked && c.Of == "" {
			names = append(names, c.Name)
		}
	}
	return append(names, residences(places)...)
}

func residences(places []map[string]Requested) []identity.AttributeName {
	var names []identity.AttributeName
	for _, place := range places {
		for name := range place {
			n := identity.AttributeName(name)
			if strings.HasPrefix(name, ResidentIn+":") && Exists(n) && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	return names
}
