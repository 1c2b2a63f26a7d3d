package staff

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ErrHours says that hours were not written as they are, or end before they begin.
var ErrHours = errors.New("staff: hours are written as 1-5=08:00-16:00,6=09:00-13:00; 1 is Monday")

// Span is a part of a day in minutes since midnight, without the last one; the zero value is no part of it.
type Span struct{ From, To int }

// NewSpan reads a beginning and an end as 08:00 and 16:00, 24:00 at the latest; two empty ones are no part of a day.
// ErrHours.
func NewSpan(from, to string) (Span, error) {
	if from == "" && to == "" {
		return Span{}, nil
	}
	s := Span{minutes(from), minutes(to)}
	if s.From < 0 || s.To <= s.From {
		return Span{}, ErrHours
	}
	return s, nil
}

// Texts gives what NewSpan reads.
func (s Span) Texts() (from, to string) {
	if s == (Span{}) {
		return "", ""
	}
	return clock(s.From), clock(s.To)
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func minutes(text string) int {
	hour, minute, cut := strings.Cut(text, ":")
	h, wrong := strconv.ParseUint(hour, 10, 8)
	m, bad := strconv.ParseUint(minute, 10, 8)
	if !cut || wrong != nil || bad != nil || len(hour) != 2 || len(minute) != 2 || m > 59 || h > 24 || h == 24 && m > 0 {
		return -1
	}
	return int(h*60 + m)
}

// Hours are when an office works, for every day of the week from Monday on, by its own clocks. The zero value is
// that nobody has said.
type Hours [7]Span

// Weekdays are hours that are the same from Monday to Friday: whole hours, 0 to 24. The same twice is not said.
func Weekdays(from, to int) Hours {
	var h Hours
	for day := range 5 {
		if from != to {
			h[day] = Span{from * 60, to * 60}
		}
	}
	return h
}

// Said reports whether there are hours at all.
func (h Hours) Said() bool { return h != Hours{} }

// Hold reports whether an office with these hours works at a moment that is told by its clocks; one whose hours
// nobody has said always does.
func (h Hours) Hold(local time.Time) bool {
	if !h.Said() {
		return true
	}
	span, at := h[(int(local.Weekday())+6)%7], local.Hour()*60+local.Minute()
	return at >= span.From && at < span.To
}

// String writes hours as ParseHours reads them; "" where nobody has said any.
func (h Hours) String() string {
	var parts []string
	for day, span := range h {
		if span != (Span{}) {
			from, to := span.Texts()
			parts = append(parts, fmt.Sprintf("%d=%s-%s", day+1, from, to))
		}
	}
	return strings.Join(parts, ",")
}

// ParseHours reads hours, days alone or in a range: "1-5=08:00-16:00,6=09:00-13:00". "" is none. ErrHours.
func ParseHours(text string) (Hours, error) {
	var h Hours
	if text == "" {
		return h, nil
	}
	form := regexp.MustCompile(`^([1-7])(?:-([1-7]))?=(\d\d:\d\d)-(\d\d:\d\d)$`)
	for part := range strings.SplitSeq(text, ",") {
		m := form.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return Hours{}, ErrHours
		}
		span, err := NewSpan(m[3], m[4])
		if err != nil {
			return Hours{}, err
		}
		first := int(m[1][0] - '1')
		last := first
		if m[2] != "" {
			last = int(m[2][0] - '1')
		}
		if last < first {
			return Hours{}, ErrHours
		}
		for day := first; day <= last; day++ {
			if h[day] != (Span{}) { // said twice
				return Hours{}, ErrHours
			}
			h[day] = span
		}
	}
	return h, nil
}
