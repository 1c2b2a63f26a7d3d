package subject

import (
	"testing"

	"symbolon/connectors/identity"
)

// A means that writes somebody as the register does in another script says nothing else than the register.
func TestDiffers_in_another_script(t *testing.T) {
	fact := func(name identity.AttributeName, value, arabic string) identity.Attribute {
		a := identity.Attribute{Name: name, Value: identity.Text(value)}
		if arabic != "" {
			a.Forms = []identity.Form{{Language: "ar", Value: identity.Text(arabic)}}
		}
		return a
	}
	register := identity.Attributes{fact("given_name", "Layla Noura", "ليلى نورة"), fact("family_name", "Almasri", "المصري"), fact("birthdate", "1994-07-12", "")}
	for story, c := range map[string]struct {
		means   identity.Attributes
		differs bool
	}{
		"in Arabic":       {identity.Attributes{fact("given_name", "ليلى نورة", ""), fact("family_name", "المصري", "")}, false},
		"in Latin":        {identity.Attributes{fact("given_name", "Layla", ""), fact("family_name", "Almasri", "")}, false},
		"somebody else":   {identity.Attributes{fact("given_name", "مريم", ""), fact("family_name", "بنشقرون", "")}, true},
		"half and half":   {identity.Attributes{fact("given_name", "مريم", ""), fact("family_name", "المصري", "")}, true},
		"another birth":   {identity.Attributes{fact("given_name", "ليلى نورة", ""), fact("family_name", "المصري", ""), fact("birthdate", "1994-07-13", "")}, true},
		"nothing is said": {nil, false},
	} {
		if differs, explained := Differs(c.means, register); differs != c.differs || explained {
			t.Errorf("%s: differs %t, explained %t", story, differs, explained)
		}
	}
}
