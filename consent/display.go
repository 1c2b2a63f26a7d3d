package consent

import (
	"strings"
	"unicode"
)

// Display makes a text that nobody has verified fit to be shown to people: no control
// characters, no zero-width or direction marks, no private or unassigned ones, spaces made one,
// cut to at most so many characters (attacks CN-06). Escaping for HTML is left to the template.
func Display(text string, most int) string {
	cleaned := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r) || r == unicode.ReplacementChar || unseen(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(strings.Join(strings.Fields(cleaned), " "))
	if len(runes) > most {
		return strings.TrimSpace(string(runes[:max(most-1, 0)])) + "…"
	}
	return string(runes)
}

// unseen holds for letters and marks that are drawn as nothing: fillers, variation selectors.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
