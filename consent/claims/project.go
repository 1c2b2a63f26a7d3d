package claims

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/consent"
)

// Project writes claims for a party: exactly those of the released attributes that this place was
// asked for, in the form that OpenID Connect gives them, and what goes with them. Whatever is not
// in the catalogue cannot come out of it, so that no attribute can pose as sub, acr, iss or
// another member that a token keeps for itself (attacks TK-18, TK-20).
func Project(released []consent.Released, values identity.Attributes, here []identity.AttributeName) map[string]any {
	told, catalogue := map[string]any{}, byName()
	for _, name := range here {
		real := catalogue.real(name)
		if !slices.ContainsFunc(released, func(r consent.Released) bool { return r.Name == real }) {
			continue
		}
		if value, attribute, ok := catalogue.value(name, values); ok {
			told[string(name)] = value
			beside(told, attribute)
		}
	}
	return told
}

// value gives what a claim of this name says, of these values: in the form of an alias, or of what
// a register says, as the name has it.
func (all index) value(name identity.AttributeName, values identity.Attributes) (any, identity.Attribute, bool) {
	claim, ok := all.lookup(name)
	attribute, have := values.Find(all.real(name))
	if claim.Name == consent.Act && attribute.Source.Kind != identity.FromHub { // a token keeps it for itself (attacks TK-20)
		return nil, identity.Attribute{}, false
	}
	if !ok || claim.Of != "" || !have {
		return nil, identity.Attribute{}, false
	}
	spoken, ok := spokenAs(name, attribute)
	if !ok {
		return nil, identity.Attribute{}, false
	}
	plain := spoken.Value
	if strings.HasPrefix(string(name), FromRegister) {
		plain, _ = unwrap(spoken)
	}
	switch claim.Name {
	case "birthdate":
		plain = identity.Text(strings.TrimSuffix(plain.RevealText(), presumed))
	case "pesel":
		plain = pesel(plain)
	case "name_transliterated":
		if plain = identity.Text(transliterate(plain.RevealText())); plain.RevealText() == "" {
			return nil, identity.Attribute{}, false
		}
	}
	value, ok := fits(claim.Type, plain)
	return value, attribute, ok
}

// fits decodes a value if it is of the claim's type.
func fits(kind Type, value identity.Value) (any, bool) {
	var v any
	if value.IsZero() || json.Unmarshal(value.Reveal(), &v) != nil {
		return nil, false
	}
	switch v := v.(type) {
	case string:
		return v, kind == Text || kind == anything
	case bool:
		return v, kind == Boolean || kind == anything
	case map[string]any:
		return v, kind == Object || kind == anything
	case []any:
		return v, kind == List || kind == anything
	case float64:
		return v, kind == anything
	default:
		return nil, false
	}
}

// beside adds the claims that say something about the attribute itself.
func beside(told map[string]any, a identity.Attribute) {
	if strings.HasPrefix(string(a.Name), FromRegister) {
		_, told[string(a.Name)+metaSuffix] = unwrap(a)
		return
	}
	if source, _, ok := Further(a.Name); ok {
		told[string(a.Name)+metaSuffix] = map[string]any{"source": source, "as_of": a.VerifiedAt.UTC().Format(time.RFC3339)}
		return
	}
	switch a.Name {
	case "email", "phone_number":
		told[string(a.Name)+"_verified"] = !a.VerifiedAt.IsZero()
	case "birthdate":
		if p := precision(a.Value.RevealText()); p != "full" { // a whole date says so itself
			told["birthdate_precision"] = p
		}
	case "x509_not_after":
		if !a.VerifiedAt.IsZero() {
			told["x509_status_checked_at"] = a.VerifiedAt.UTC().Truncate(time.Hour).Format(time.RFC3339)
		}
	case "document_status":
		if !a.VerifiedAt.IsZero() {
			told["document_status_checked_at"] = a.VerifiedAt.UTC().Format(time.RFC3339)
		}
	}
}
