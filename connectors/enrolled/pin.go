package enrolled

import (
	"slices"
	"strings"
	"time"
)

const (
	shortestPIN = 6 // digits
	longestPIN  = 12
)

// weak reports whether a PIN is one of those that are tried first: too short, the same few digits again and again,
// digits in order, or a day. Whose day it is does not matter, so that no birth date need be known: that of a child is
// tried, too (NIST SP 800-63B §5.1.1.2).
func weak(pin string) bool {
	if len(pin) < shortestPIN || len(pin) > longestPIN {
		return true
	}
	for period := 1; period <= len(pin)/2; period++ {
		if pin == strings.Repeat(pin[:period], len(pin)/period) {
			return true
		}
	}
	return slices.ContainsFunc([]int{-1, 0, 1}, func(by int) bool { return follows(pin, by) }) || isDay(pin)
}

// follows reports whether every digit is the one before it and so much more, 0 following 9.
func follows(pin string, by int) bool {
	for i := 1; i < len(pin); i++ {
		if int(pin[i]-'0') != (int(pin[i-1]-'0')+by+10)%10 {
			return false
		}
	}
	return true
}

// isDay reports whether digits are a day of the last century or of this one, in an order in which people write days.
// The year is of two digits or of four.
func isDay(pin string) bool {
	for _, layout := range []string{"020106", "010206", "060102", "060201", "02012006", "01022006", "20060102", "20060201"} {
		if day, err := time.Parse(layout, pin); err == nil && day.Year() >= 1900 && day.Year() < 2100 {
			return true
		}
	}
	return false
}
