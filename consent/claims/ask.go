package claims

import (
	"encoding/json"
	"errors"
	"fmt"
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
// without the citizen (§11). What is wanted in verified_claims is wanted like everything else.
func AskFor(scopes []string, request ClaimsRequest) (consent.Ask, error) {
	ask := consent.Ask{Offline: slices.Contains(scopes, "offline_access")}
	catalogue, places := byName(), request.places()
	for _, name := range catalogue.named(scopes, places...) {
		wanted := consent.Wanted{Name: name}
		if c, ok := catalogue.lookup(name); ok {
			wanted.Instead = c.Replaced
		}
		for _, place := range places {
			for as, r := range place {
				if catalogue.real(identity.AttributeName(as)) != name {
					continue
				}
				if r.Purpose != "" && wanted.Why != "" && r.Purpose != wanted.Why {
					return consent.Ask{}, ErrTwoPurposes
				}
				wanted.Essential = wanted.Essential || r.Essential
				if r.Purpose != "" {
					wanted.Why = r.Purpose
				}
			}
		}
		ask.Attributes = append(ask.Attributes, wanted)
	}
	if err := remark(&ask, scopes, request); err != nil {
		return consent.Ask{}, err
	}
	return ask, nil
}

// form is how something was asked for, in so far as that decides whether it is told. It travels in
// an ask as what only this package reads.
type form struct {
	Scopes []string      `json:"scopes,omitempty"`
	Claims ClaimsRequest `json:"claims"`
}

// remark notes the form of a request that has conditions. One without any is told whatever it is.
func remark(ask *consent.Ask, scopes []string, request ClaimsRequest) error {
	conditional := len(request.UserInfoVerified)+len(request.IDTokenVerified)+len(request.Locales) > 0
	for _, place := range request.places() {
		for name, r := range place {
			conditional = conditional || len(r.Values) > 0 || r.MaxAge != nil || strings.Contains(name, tagSign)
		}
	}
	if !conditional {
		return nil
	}
	var err error
	if ask.Form, err = json.Marshal(form{scopes, request}); err != nil {
		return fmt.Errorf("form of a request: %w", err)
	}
	return nil
}

// places lists everything that names claims.
func (request ClaimsRequest) places() []map[string]Requested {
	places := []map[string]Requested{request.UserInfo, request.IDToken}
	for _, v := range slices.Concat(request.UserInfoVerified, request.IDTokenVerified) {
		places = append(places, v.Claims)
	}
	return places
}

// LevelFor gives the level that a login must reach before all that is asked may be told. None if
// nothing is asked.
func LevelFor(ask consent.Ask) identity.Level {
	level, catalogue := identity.None, byName()
	for _, w := range ask.Attributes {
		if c, ok := catalogue.lookup(w.Name); ok {
			level = max(level, c.Level)
		}
	}
	return level
}

// named lists, in the catalogue's order, what scopes and claims ask for, under the names that
// consent knows. Claims that only go with another are not in it.
func (all index) named(scopes []string, places ...map[string]Requested) []identity.AttributeName {
	var names []identity.AttributeName
	bases := basesOf(places)
	for _, c := range all {
		asked := slices.ContainsFunc(c.Scopes, func(s string) bool { return slices.Contains(scopes, s) }) ||
			slices.Contains(bases, string(c.Name)) && c.Name != ResidentIn
		if c.Alias != "" {
			c.Name = c.Alias
		}
		if asked && c.Of == "" && !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	names = append(names, parametrised(bases)...)
	if slices.Contains(scopes, scopeRegister) {
		for _, name := range registered() {
			if beside := FromRegister + name; slices.Contains(names, name) && !slices.Contains(names, beside) {
				names = append(names, beside)
			}
		}
	}
	return names
}

// parametrised lists the claims asked for whose names are made of a row's and something else.
func parametrised(bases []string) []identity.AttributeName {
	var names []identity.AttributeName
	for _, name := range bases {
		n := identity.AttributeName(name)
		_, _, made := Further(n)
		made = made || strings.HasPrefix(name, ResidentIn+":") || strings.HasPrefix(name, FromRegister)
		if made && Exists(n) {
			names = append(names, n)
		}
	}
	return names
}

// basesOf lists the names in these places, each once and without its language, sorted.
func basesOf(places []map[string]Requested) []string {
	var bases []string
	for _, place := range places {
		for name := range place {
			base, _, _ := tagged(name)
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return slices.Compact(bases)
}
