package citizen

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/consent/claims"
	"symbolon/web/locale"
)

const (
	agePrefix = "age_over_"
	livesIn   = claims.ResidentIn + ":"
)

func isAge(name identity.AttributeName) bool { return strings.HasPrefix(string(name), agePrefix) }

// Label names an attribute for people. What this version has no word for keeps its claim's name.
func Label(name identity.AttributeName, w *locale.Words) string {
	if code, ok := strings.CutPrefix(string(name), livesIn); ok {
		return w.Text("claim.resident_in", w.Country(code))
	}
	if of, ok := strings.CutPrefix(string(name), claims.FromRegister); ok {
		return w.Text("claim.register", Label(identity.AttributeName(of), w))
	}
	if key := "claim." + string(name); w.Has(key) {
		return w.Text(key)
	}
	return string(name)
}

// show writes a value for people.
func show(name identity.AttributeName, value identity.Value, w *locale.Words) string {
	var v any
	name, value = claims.Bare(name, value)
	if json.Unmarshal(value.Reveal(), &v) != nil {
		return ""
	}
	return showAny(string(name), v, w)
}

func showAny(name string, v any, w *locale.Words) string {
	switch v := v.(type) {
	case string:
		return showText(name, v, w)
	case bool:
		return w.Text("value." + strconv.FormatBool(v))
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = showAny(name, v[i], w)
		}
		return strings.Join(parts, w.Text("list.and"))
	case map[string]any:
		return showObject(name, v, w)
	default:
		return ""
	}
}

func showText(name, v string, w *locale.Words) string {
	if name == "mandate_expiry" {
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return w.Date(at)
		}
	}
	if day, presumed := strings.CutSuffix(v, "~"); presumed && name == "birthdate" {
		return w.Text("date.presumed", showDate(day, w))
	}
	if name == "birthdate" || name == "address_valid_from" || strings.HasPrefix(name, "x509_not_") || strings.Contains(name, "date_of_") {
		return showDate(v, w)
	}
	if name == "nationalities" || name == "nationality" || name == "country" {
		return w.Country(v)
	}
	if key := "value." + name + "." + v; w.Has(key) { // words of a closed list: gender, kind of document …
		return w.Text(key)
	}
	return v
}

// showDate writes a day whose parts may be unknown (OpenID Connect Core §5.1: 0000 for the year).
func showDate(v string, w *locale.Words) string {
	if day, err := time.Parse(time.DateOnly, v); err == nil && day.Year() > 0 {
		return w.Date(day)
	}
	parts := [3]int{}
	for i, part := range strings.SplitN(v, "-", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return v
		}
		parts[i] = n
	}
	return w.DateParts(parts[0], parts[1], parts[2])
}

// showObject writes an address on one line, and an identifier as the bare number.
func showObject(name string, v map[string]any, w *locale.Words) string {
	if name == string(consent.Act) {
		return w.Text("represent.you")
	}
	field := func(key string) string { s, _ := v[key].(string); return s }
	if value := field("value"); value != "" { // national_identifier {type, value, country}
		if _, number, ok := strings.Cut(value, "-"); ok {
			return number
		}
		return value
	}
	var parts []string
	for _, part := range []string{
		field("street_address"), strings.TrimSpace(field("postal_code") + " " + field("locality")), field("region"),
	} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 { // OpenID Connect Core §5.1.1: all in one, with line breaks
		return strings.Join(strings.FieldsFunc(field("formatted"), func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
	}
	if country := field("country"); country != "" {
		parts = append(parts, w.Country(country))
	}
	return strings.Join(parts, ", ")
}

// mask hides a number but for its end: somebody may look over the shoulder. "" for what is no number.
func mask(name identity.AttributeName, shown string) string {
	if claim, ok := claims.Lookup(name); !ok || claim.Sensitivity != claims.Masked {
		return ""
	}
	return claims.Mask(shown)
}
