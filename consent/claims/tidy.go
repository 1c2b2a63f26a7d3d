package claims

import (
	"encoding/json"
	"slices"
	"strings"

	"symbolon/connectors/identity"
)

// tidy brings a value into the form in which it is told, so that what is shown is what is
// released. False: it is empty, or not of the claim's type.
func tidy(claim Claim, value identity.Value) (identity.Value, bool) {
	switch claim.Name {
	case "address":
		return address(value)
	case "national_identifier":
		return nationalIdentifier(value)
	case "birthdate":
		date := birthdate(value.RevealText())
		return identity.Text(date), date != ""
	}
	switch claim.Type {
	case Text:
		text := strings.TrimSpace(value.RevealText())
		return identity.Text(text), text != ""
	case List:
		list := texts(value)
		tidied, err := identity.JSON(list)
		return tidied, err == nil && len(list) > 0
	default:
		_, ok := fits(claim.Type, value)
		return value, ok
	}
}

// texts gives the strings of a list; nil if the value is anything else or holds anything else.
func texts(value identity.Value) []string {
	var list []string
	if value.IsZero() || json.Unmarshal(value.Reveal(), &list) != nil {
		return nil
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// postal is the address claim (OpenID Connect Core §5.1.1).
type postal struct {
	Formatted string `json:"formatted,omitempty"`
	Street    string `json:"street_address,omitempty"`
	Locality  string `json:"locality,omitempty"`
	Region    string `json:"region,omitempty"`
	Code      string `json:"postal_code,omitempty"`
	Country   string `json:"country,omitempty"`
}

// address keeps the members that the specification names, and writes formatted from the others
// where it is missing: lines of street, code and place, region, country.
func address(value identity.Value) (identity.Value, bool) {
	var a postal
	if value.IsZero() || json.Unmarshal(value.Reveal(), &a) != nil {
		return identity.Value{}, false
	}
	if a.Formatted == "" {
		lines := []string{a.Street, strings.TrimSpace(a.Code + " " + a.Locality), a.Region, a.Country}
		a.Formatted = strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
	}
	tidied, err := identity.JSON(a)
	return tidied, err == nil && a.Formatted != ""
}

func residence(known identity.Attributes) string {
	found, ok := known.Find("address")
	var a postal
	if !ok || json.Unmarshal(found.Value.Reveal(), &a) != nil || !isCountry(a.Country) {
		return ""
	}
	return a.Country
}

// nationalIdentifier writes the number as {type, value, country}, its value in the form of
// ETSI EN 319 412-1 §5.1.3. It may come as that text alone.
func nationalIdentifier(value identity.Value) (identity.Value, bool) {
	text := value.RevealText()
	if text == "" {
		var object struct {
			Value string `json:"value"`
		}
		if value.IsZero() || json.Unmarshal(value.Reveal(), &object) != nil {
			return identity.Value{}, false
		}
		text = object.Value
	}
	id, err := identity.ParseIdentifier(text)
	if err != nil || id.Scheme != identity.NationalNumber && id.Scheme != identity.Local {
		return identity.Value{}, false
	}
	tidied, err := identity.JSON(map[string]string{"type": string(id.Scheme), "value": id.Reveal(), "country": id.Country})
	return tidied, err == nil
}

// numberedBy reports whether a number is of whoever tells it: local ones are given by this installation, to
// people without a national one, and nobody else's word for one is taken (R-PER-09).
func numberedBy(a identity.Attribute) bool {
	if a.Name != "national_identifier" {
		return true
	}
	number, ok := nationalIdentifier(a.Value)
	local := ok && strings.Contains(string(number.Reveal()), `"value":"`+string(identity.Local))
	return local == (a.Source.Kind == identity.FromHub)
}

// pesel writes a Polish national number as its eleven digits. Nothing of any other.
func pesel(number identity.Value) identity.Value {
	var object struct {
		Value string `json:"value"`
	}
	if number.IsZero() || json.Unmarshal(number.Reveal(), &object) != nil {
		return identity.Value{}
	}
	digits, polish := strings.CutPrefix(object.Value, "PNOPL-")
	if !polish {
		return identity.Value{}
	}
	return identity.Text(digits)
}
