package consent

import (
	"errors"
	"strings"
	"testing"

	"symbolon/connectors/identity"
)

// features N05: who may not ask for the raw value is told which predicate to ask for, if it may.
func TestOverAskingNamesThePredicate(t *testing.T) {
	birth := Wanted{Name: "birthdate", Instead: []identity.AttributeName{"age_over_16", "age_over_18"}}
	lives := Wanted{Name: "address", Instead: []identity.AttributeName{"resident_in"}}
	for _, c := range []struct {
		may   identity.AttributeName
		asks  Wanted
		tells string
	}{
		{"age_over_18", birth, "ask for age_over_18"},
		{"resident_in:PL", lives, "ask for resident_in:PL"},
		{"resident_in:PL", birth, ""},
		{"given_name", Wanted{Name: "picture"}, ""},
	} {
		_, err := Check(Ask{Attributes: []Wanted{c.asks}}, RelyingParty{May: []Permission{{Attribute: "gender"}, {Attribute: c.may}}})
		var over *OverAsked
		if !errors.As(err, &over) || over.Attribute != c.asks.Name || strings.Contains(err.Error(), "ask for "+string(c.may)) != (c.tells != "") || !strings.HasSuffix(err.Error(), c.tells) {
			t.Errorf("%s, with %s permitted: %v", c.asks.Name, c.may, err)
		}
	}
}
