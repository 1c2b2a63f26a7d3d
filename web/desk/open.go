package desk

import "symbolon/provider/staff"

// Open is days of the week that follow each other, 1 to 7, on which an office works at the same hours.
type Open struct {
	First, Last int
	From, To    string
}

// OpenOf gives the days on which hours say that an office works, from Monday on; none where nobody has said any.
func OpenOf(hours staff.Hours) []Open {
	var all []Open
	for day, span := range hours {
		if span == (staff.Span{}) {
			continue
		}
		from, to := span.Texts()
		if n := len(all); n > 0 && all[n-1] == (Open{all[n-1].First, day, from, to}) {
			all[n-1].Last++
			continue
		}
		all = append(all, Open{day + 1, day + 1, from, to})
	}
	return all
}
