package staff

import (
	"strings"
	"testing"
)

// Attacks OT-17: the name of a position is kept in clear and told to citizens. What no database takes, and what turns other
// text around, is none; letters of any language count as letters.
func TestAttack_OT_17_TheNameOfAPositionIsText(t *testing.T) {
	for name, want := range map[string]bool{
		"stanowisko 7": true, strings.Repeat("ز", 60): true, strings.Repeat("ز", 61): false, "": false, " ": false, "a\x00b": false, "a\xffb": false, "a\u202eb": false, "a\nb": false,
	} {
		if IsStationName(name) != want {
			t.Errorf("%.20q: %v", name, !want)
		}
	}
}
