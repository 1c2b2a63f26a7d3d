package enrolled

import (
	"strings"
	"testing"
)

// ASVS 6.5.3, 6.5.4: every character alike, none guessed from others.
func TestAttack_OT_15_CodesAreUniform(t *testing.T) {
	counts, total := map[rune]int{}, 0
	seen := map[string]bool{}
	for range 20_000 {
		code := drawn(codeLength)
		if seen[code] {
			t.Fatal("ASVS 6.5.4: the same code twice")
		}
		seen[code] = true
		for _, r := range code {
			counts[r]++
			total++
		}
	}
	expected, chi := float64(total)/float64(len(alphabet)), 0.0
	for _, r := range alphabet {
		off := float64(counts[r]) - expected
		chi += off * off / expected
	}
	// 31 degrees of freedom: beyond 84 once in a million runs.
	if len(counts) != 32 || chi > 84 {
		t.Errorf("ASVS 6.5.3: chi² %.1f over %d characters", chi, len(counts))
	}
}

func TestTypedNamesAndCodes(t *testing.T) {
	for typed, want := range map[string]string{
		"ABCD-EFGH-JK": "ABCDEFGHJK", "abcd efgh jk": "ABCDEFGHJK", "O0Il1": "00111", "": "", "ABC!": "", "ŻÓŁW": "", "AB٠١-CD": "AB01CD", "U": "", "A\x00B": "",
		strings.Repeat("A", 129): "",
	} {
		if got := tidy(typed); got != want {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

func TestDeviceIDs(t *testing.T) {
	id := DeviceID{1, 2, 3}
	if back, err := ParseDeviceID(id.String()); err != nil || back != id {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"", "01", id.String() + "00", strings.Repeat("g", 32), id.String()[:31]} {
		if _, err := ParseDeviceID(text); err == nil {
			t.Errorf("%q is an id", text)
		}
	}
}
