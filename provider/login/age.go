package login

import (
	"context"
	"errors"
	"strconv"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/subject"
)

var errMinor = errors.New("login: below the age at which somebody logs in by themselves")

// match finds the person behind an authentication, unless they are too young to log in by themselves
// (means.md R-PER-09): then nobody is made or tied.
func (s *Service) match(ctx context.Context, auth identity.Authentication, registered *subject.Registered) (identity.Person, error) {
	attributes := auth.Attributes
	if registered != nil && registered.Found {
		attributes = append(registered.Attributes[:len(registered.Attributes):len(registered.Attributes)], attributes...)
	}
	born := auth.Birth
	if birth, told := attributes.Find("birthdate"); told { // the register's first
		born = birth.Value.RevealText()
	}
	if age, known := ageOf(born, s.Now()); known && age < s.MinimumAge {
		return identity.Person{}, errMinor
	}
	return s.Matcher.Match(ctx, auth, registered)
}

// ageOf gives the age in whole years of somebody born on a date whose month and day may be unknown:
// then they count as born at the year's end. False if the year is.
func ageOf(birth string, now time.Time) (years int, known bool) {
	part := func(from, to, otherwise int) int {
		if len(birth) < to {
			return otherwise
		}
		n, err := strconv.Atoi(birth[from:to])
		if err != nil || n == 0 {
			return otherwise
		}
		return n
	}
	year := part(0, 4, 0)
	if year == 0 {
		return 0, false
	}
	month, day := part(5, 7, 12), part(8, 10, 31)
	years = now.Year() - year
	if now.Month() < time.Month(month) || now.Month() == time.Month(month) && now.Day() < day {
		years--
	}
	return years, true
}
