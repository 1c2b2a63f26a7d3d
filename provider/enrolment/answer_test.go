package enrolment

import "testing"

// The birth date is asked of who may be old, and has no document: it counts in either order, and so do its wrong ones.
func TestABirthDateIsReadWithItsYearOrItsDayFirst(t *testing.T) {
	for typed, read := range map[string]string{
		"2008 10 01": "20081001", "20081001": "20081001", "2008-10-1": "20081001", "2 0 0 8 1 0 0 1": "20081001",
		"01 10 2008": "20081001", "01102008": "20081001", "1.10.2008": "20081001", "٠١ ١٠ ٢٠٠٨": "20081001",
		"1919 12 20": "19191220", "20 12 1919": "19191220", "20 12 2012": "20121220", "2012 12 20": "20121220",
		"1950 00 00": "19500000", "10 01 2008": "20080110", "10 2008": "102008", "": "",
	} {
		if got := birthAnswer(typed); got != read {
			t.Errorf("%q is read as %q, not %q", typed, got, read)
		}
	}
}
