package staff_test

import (
	"errors"
	"testing"
	"time"

	"symbolon/provider/staff"
)

func TestHours(t *testing.T) {
	for _, row := range []struct {
		hours, at string
		holds     bool
	}{
		{"", "2026-11-29 03:00", true}, // nobody has said any
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-11-30 07:59", false},
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-11-30 08:00", true}, // a Monday
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-12-04 15:59", true},
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-12-04 16:00", false},
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-12-05 12:59", true},
		{"1-5=08:00-16:00,6=09:00-13:00", "2026-11-29 12:00", false}, // a Sunday
		{"7=00:00-24:00", "2026-11-29 23:59", true},
		{"1=08:00-18:00,2-5=08:00-15:30", "2026-12-01 15:30", false},
	} {
		h, err := staff.ParseHours(row.hours)
		if err != nil {
			t.Errorf("%s: %v", row.hours, err)
		}
		at, err := time.Parse("2006-01-02 15:04", row.at)
		if err != nil {
			t.Fatal(err)
		}
		if h.Hold(at) != row.holds {
			t.Errorf("%q at %s: %v", row.hours, row.at, h.Hold(at))
		}
		if again, err := staff.ParseHours(h.String()); err != nil || again != h {
			t.Errorf("%q is written %q: %v", row.hours, h, err)
		}
	}
	for _, wrong := range []string{"x", "8=08:00-16:00", "0=08:00-16:00", "5-1=08:00-16:00", "1=16:00-08:00", "1=08:00-08:00", "1=8:00-16:00", "1=08:00-24:01", "1=08:60-16:00", "1-2=08:00-16:00,2=08:00-16:00", "1=08:00-16:00;2=08:00-16:00", ","} {
		if h, err := staff.ParseHours(wrong); !errors.Is(err, staff.ErrHours) {
			t.Errorf("%q: %v, %v", wrong, h, err)
		}
	}
	if staff.Weekdays(8, 16).String() != "1=08:00-16:00,2=08:00-16:00,3=08:00-16:00,4=08:00-16:00,5=08:00-16:00" || staff.Weekdays(0, 0).Said() {
		t.Errorf("from Monday to Friday: %s", staff.Weekdays(8, 16))
	}
}
