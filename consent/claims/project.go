package claims

import (
	"encoding/json"
	"slices"
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
	for _, r := range released {
		claim, ok := catalogue.lookup(r.Name)
		if !ok || claim.Of != "" || !slices.Contains(here, r.Name) {
			continue
		}
		attribute, ok := values.Find(r.Name)
		if !ok {
			continue
		}
		value, ok := fits(claim.Type, attribute.Value)
		if !ok {
			continue
		}
		told[string(r.Name)] = value
		beside(told, attribute)
	}
	return told
}

// fits decodes a value if it is of the claim's type.
func fits(kind Type, value identity.Value) (any, bool) {
	var v any
	if value.IsZero() || json.Unmarshal(value.Reveal(), &v) != nil {
		return nil, false
	}
	switch v := v.(type) {
	case string:
		return v, kind == Text
	case bool:
		return v, kind == Boolean
	case map[string]any:
		return v, kind == Object
	case []any:
		return v, kind == List
	default:
		return nil, false
	}
}

// beside adds the claims that say something about the attribute itself.
func beside(told map[string]any, a identity.Attribute) {
	switch a.Name {
	case "email", "phone_number":
		told[string(a.Name)+"_verified"] = !a.VerifiedAt.IsZero()
	case "birthdate":
		if p := precision(a.Value.RevealText()); p != "full" { // a whole date says so itself
			told["birthdate_precision"] = p
		}
	case "document_status":
		if !a.VerifiedAt.IsZero() {
			told["document_status_checked_at"] = a.VerifiedAt.UTC().Format(time.RFC3339)
		}
	}
}
