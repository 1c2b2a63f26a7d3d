package identity

import (
	"strings"
	"unicode/utf8"
)

// Printable refuses control characters and those that turn the direction of other text around
// (Unicode UAX #9); right-to-left letters as such are names like any other.
func Printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError
	})
}
