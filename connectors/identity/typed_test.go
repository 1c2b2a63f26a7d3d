package identity

import (
	"strings"
	"testing"
)

// Means.md R-ENR-11: what people type on the keyboard that they have is read.
func TestWhatPeopleType(t *testing.T) {
	for name, one := range map[string]struct {
		read  func(string) string
		reads map[string]string
	}{
		"letters and digits": {LettersAndDigits, map[string]string{
			"zzp 100001": "ZZP100001", "ZZP-100.001/A": "ZZP100001A", "٨٧٠٢٢٢": "870222", "۸۷۰۲۲۲": "870222", "８７": "", "": "",
		}},
		"digits": {Digits, map[string]string{
			"123 456": "123456", "123-456": "123456", "\u200f٤٠٧\u200e": "407", "12a": "", "+1": "", "১২": "", "１２３": "", "\x00": "", "": "",
		}},
		"base 32": {Crockford, map[string]string{"abcd-efgh o": "ABCDEFGH0", "Il1": "111", "AB٠١": "AB01", "ABC!": "ABC!", "": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			for typed, want := range one.reads {
				if got := one.read(typed); got != want {
					t.Errorf("%q is read as %q, not %q", typed, got, want)
				}
			}
		})
	}
}

// What people quote holds nothing that they could misread, and is read back however they write it.
func TestAReferenceIsNotMisread(t *testing.T) {
	for i := range 256 {
		ref := Reference([5]byte{byte(i), byte(i * 7), byte(i * 31), byte(255 - i), byte(i ^ 0x55)})
		plain := strings.ReplaceAll(ref, "-", "")
		if len(ref) != 9 || ref[4] != '-' || strings.ContainsAny(ref, "ILOU") {
			t.Fatalf("a reference: %q", ref)
		}
		if spoken := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(ref)); Crockford(spoken) != plain {
			t.Errorf("%q is read as %q", spoken, Crockford(spoken))
		}
	}
}

// Attacks OT-17: of what is longer than anybody types nothing is read.
func TestAttack_OT_17_NobodyTypesThat(t *testing.T) {
	huge := strings.Repeat("1", 1<<20)
	if Typed(huge) != "" || LettersAndDigits(huge) != "" || Digits(huge) != "" || Crockford(huge) != "" || Date(huge) != huge {
		t.Error("a megabyte is read")
	}
}

// The birth date is asked of who may be old, and has no document: it counts in either order, and so do its wrong ones. So
// does what a clerk reads from a document.
func TestABirthDateIsReadWithItsYearOrItsDayFirst(t *testing.T) {
	for typed, read := range map[string]string{
		"2008 10 01": "2008-10-01", "20081001": "2008-10-01", "2008-10-1": "2008-10-01", "2 0 0 8 1 0 0 1": "2008-10-01",
		"01 10 2008": "2008-10-01", "01102008": "2008-10-01", "1.10.2008": "2008-10-01", "٠١ ١٠ ٢٠٠٨": "2008-10-01", "۰۱۱۰۲۰۰۸": "2008-10-01",
		"1919 12 20": "1919-12-20", "20 12 1919": "1919-12-20", "20 12 2012": "2012-12-20", "2012 12 20": "2012-12-20",
		"1950 00 00": "1950-00-00", "00/00/1950": "1950-00-00", "10 01 2008": "2008-01-10", "10 2008": "10 2008", "June": "June", "": "",
	} {
		if got := Date(typed); got != read {
			t.Errorf("%q is read as %q, not %q", typed, got, read)
		}
	}
}
