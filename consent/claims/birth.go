package claims

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"symbolon/connectors/identity"
)

// birthdate writes a date of birth as OpenID Connect Core §5.1 has it: YYYY-MM-DD, with the year
// 0000 where only the day is known, or YYYY where only the year is. Registers write what is not
// known as 00 ("1975-00-00"), or leave it out; a year with a month is told as the year, since the
// specification has no form for it. "" if the text is no date.
func birthdate(text string) string {
	parts := strings.Split(text, "-")
	numbers := [3]int{}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || i > 2 || len(p) != []int{4, 2, 2}[i] || p[0] == '+' {
			return ""
		}
		numbers[i] = n
	}
	year, month, day := numbers[0], numbers[1], numbers[2]
	switch {
	case month > 12 || month == 0 && day != 0:
		return ""
	case month == 0 || day == 0:
		if year == 0 {
			return ""
		}
		return fmt.Sprintf("%04d", year)
	}
	leap := year
	if year == 0 {
		leap = 2000 // 29 February of an unknown year
	}
	if date := time.Date(leap, time.Month(month), day, 0, 0, 0, 0, time.UTC); date.Day() != day {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// presumed ends a birth date that was not recorded but set by law or a court, as ISO 8601-2 marks what is
// approximate. It is one of ours: parties are told the date, and beside it that it is presumed.
const presumed = "~"

// presume marks a birth date of which its own source says that it is presumed.
func presume(a identity.Attribute, value identity.Value, said identity.Attributes) identity.Value {
	if a.Name != "birthdate" {
		return value
	}
	for _, p := range said {
		if p.Name == "birthdate_precision" && p.Source == a.Source && p.Value.RevealText() == "presumed" {
			return identity.Text(value.RevealText() + presumed)
		}
	}
	return value
}

// precision says which parts of a date that birthdate wrote are known.
func precision(date string) string {
	switch {
	case strings.HasSuffix(date, presumed):
		return "presumed"
	case len(date) == len("1975"):
		return "year"
	case strings.HasPrefix(date, "0000-"):
		return "day_and_month"
	default:
		return "full"
	}
}

// ages are the years after which age_over_ is told.
func ages() []int { return []int{13, 16, 18, 21, 65} }

// overAges names the claims about them.
func overAges() []identity.AttributeName {
	var names []identity.AttributeName
	for _, years := range ages() {
		names = append(names, ageName(years))
	}
	return names
}

func ageName(years int) identity.AttributeName {
	return identity.AttributeName("age_over_" + strconv.Itoa(years))
}

// ageOver says whether somebody born on the date is at least so many years old on the day of now,
// and whether that is certain. Of a bare year it is certain only when it holds, or does not, for
// both its first and its last day. Who was born on 29 February is a year older on 1 March of a
// year without one.
func ageOver(date string, years int, now time.Time) (over, certain bool) {
	date = strings.TrimSuffix(date, presumed) // the law takes it for the date
	first, last := date, date
	if len(date) == len("1975") {
		first, last = date+"-01-01", date+"-12-31"
	}
	eldest, err1 := time.Parse(time.DateOnly, first)
	youngest, err2 := time.Parse(time.DateOnly, last)
	if err1 != nil || err2 != nil || eldest.Year() == 0 {
		return false, false
	}
	today, _ := time.Parse(time.DateOnly, now.Format(time.DateOnly))
	reached := func(born time.Time) bool { return !born.AddDate(years, 0, 0).After(today) }
	return reached(youngest), reached(youngest) == reached(eldest)
}
