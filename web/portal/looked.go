package portal

import (
	"cmp"
	"time"

	"symbolon/provider/enrolment"
)

// Looked is the screen of who in an office looked at somebody's data.
type Looked struct {
	Leaf
	Times []Seen
}

// Seen is one time that somebody looked, or several of one day and one case that are told alike.
type Seen struct {
	ID, Kind, When           string
	Office, Station, By, Why string // Why: end of a text key; "" where the kind says it
	Case                     string
	Count                    int    // how often; each with its time of day in When
	Nothing                  string // why they learned nothing: end of a text key; "" if they did
}

// LookedOf gives the screen for one page of looks. A purpose that there are no words for is not told as a code.
func LookedOf(all []enrolment.Look, leaf Leaf, l Look) Looked {
	s := Looked{Leaf: leaf}
	rows, times := map[alike]int{}, map[alike]string{}
	for _, look := range all {
		one, when := seen(look, l), look.At.In(l.Zone)
		as := alike{when.Format(time.DateOnly + " MST"), one}
		as.Seen.ID, as.Seen.When = "", ""
		row, more := rows[as]
		if !more || one.Case == "" {
			rows[as], times[as] = len(s.Times), when.Format("15:04")
			s.Times = append(s.Times, one)
			continue
		}
		times[as] += l.Text("list.and") + when.Format("15:04")
		s.Times[row].When = l.Text("date.at", l.day(look.At), times[as]+when.Format(" MST"))
		s.Times[row].Count++
	}
	return s
}

// alike is what one of several has in common with the others.
type alike struct {
	day string
	Seen
}

func seen(look enrolment.Look, l Look) Seen {
	one := Seen{
		ID: look.ID.String(), Kind: string(look.Kind), When: l.moment(look.At), Office: cmp.Or(look.Office.Name, look.Office.ID),
		Station: look.Station, By: look.By, Case: look.Case, Count: 1,
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
	return one
}
