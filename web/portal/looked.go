package portal

import (
	"cmp"

	"symbolon/provider/enrolment"
)

// Looked is the screen of who in an office looked at somebody's data.
type Looked struct {
	Leaf
	Times []Seen
}

// Seen is one time that somebody looked.
type Seen struct {
	ID, Kind, When           string
	Office, Station, By, Why string // Why: end of a text key; "" where the kind says it
	Case                     string
	Nothing                  string // why they learned nothing: end of a text key; "" if they did
}

// LookedOf gives the screen for one page of looks. A purpose that there are no words for is not told as a code.
func LookedOf(all []enrolment.Look, leaf Leaf, l Look) Looked {
	s := Looked{Leaf: leaf}
	for _, look := range all {
		one := Seen{
			ID: look.ID.String(), Kind: string(look.Kind), When: l.moment(look.At), Office: cmp.Or(look.Office.Name, look.Office.ID),
			Station: look.Station, By: look.By, Case: look.Case,
		}
		if l.Has("portal.looked.why." + look.Why) {
			one.Why = look.Why
		}
		switch {
		case look.Unanswered:
			one.Nothing = "no_answer"
		case look.Unknown:
			one.Nothing = "not_found"
		}
		s.Times = append(s.Times, one)
	}
	return s
}
