package claims

import (
	"encoding/json"
	"strings"

	"symbolon/connectors/identity"
)

// Show writes a value as one text for a page: lists with commas, an address in its lines, a
// number in its usual form, "true" or "false" for the page to put into words. Escaping is left to
// the template.
func Show(value identity.Value) string {
	var v any
	if value.IsZero() || json.Unmarshal(value.Reveal(), &v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return string(value.Reveal())
	case []any:
		return strings.Join(texts(value), ", ")
	case map[string]any:
		var parts []string
		for _, member := range []string{"formatted", "value", "locality", "region", "country"} {
			if text, ok := v[member].(string); ok && text != "" {
				if parts = append(parts, text); len(parts) == 1 && (member == "formatted" || member == "value") {
					return text
				}
			}
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// Mask hides a number but for its kind and its last two characters: PNOPL-•••••••••19. Who looks
// over a shoulder learns nothing from it; its owner knows which one it is.
func Mask(number string) string {
	kind, value := "", number
	if len(number) > 6 && number[5] == '-' { // SCHEMECC-value, ETSI EN 319 412-1 §5.1.3
		kind, value = number[:6], number[6:]
	}
	runes := []rune(value)
	open := 2
	if len(runes) < 6 {
		open = 0
	}
	return kind + strings.Repeat("•", len(runes)-open) + string(runes[len(runes)-open:])
}
