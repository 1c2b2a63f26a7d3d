package portal

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"symbolon/provider/enrolment"
)

// Looked is the screen of who in an office looked at somebody's data.
type Looked struct {
	Leaf
	Visits   []Visit
	ByItself []Seen // what the site did without anybody looking
}

// Visit is what was done in one case, or one thing that was done in none.
type Visit struct {
	Case, Office, Why string // what all of it has in common; "" where that differs
	Times             []Seen
}

// Seen is one time that somebody looked, or several of one day and one case that are told alike; or one at which they
// stopped something or let it work again.
type Seen struct {
	ID, Kind, When           string
	Office, Station, By, Why string // Why: end of a text key; "" where the kind says it. Office and Why: "" where the visit says it
	Case                     string
	Count                    int    // how often; the minutes of it, each once, stand in When
	Nothing                  string // why they learned nothing, or nothing came of it: end of a text key; "" if neither
	More                     bool   // what it means for the citizen is told, too
	Often                    bool   // why the same was done several times is told
}

// LookedOf gives the screen for one page of looks, each case where the newest of it stands. A purpose that there are no
// words for is not told as a code.
func LookedOf(all []enrolment.Look, leaf Leaf, l Look) Looked {
	s, visits := Looked{Leaf: leaf}, map[string]int{}
	for _, one := range folded(all, l) {
		if enrolment.LookKind(one.Kind).ByItself() {
			s.ByItself = append(s.ByItself, one)
			continue
		}
		i, more := visits[one.Case]
		if !more || one.Case == "" {
			i = len(s.Visits)
			visits[one.Case] = i
			s.Visits = append(s.Visits, Visit{Case: one.Case})
		}
		s.Visits[i].Times = append(s.Visits[i].Times, one)
	}
	for i := range s.Visits {
		s.Visits[i].share()
	}
	return s
}

// share says once what is the same in all that was done in a visit.
func (v *Visit) share() {
	v.Office = v.Times[0].Office
	for _, one := range v.Times {
		v.Why = cmp.Or(v.Why, one.Why)
	}
	for _, one := range v.Times {
		if one.Office != v.Office {
			v.Office = ""
		}
		if one.Why != v.Why && one.Why != "" {
			v.Why = ""
		}
	}
	for i := range v.Times {
		if v.Office != "" {
			v.Times[i].Office = ""
		}
		if v.Why != "" {
			v.Times[i].Why = ""
		}
	}
}

// folded makes one row of what is told alike.
func folded(all []enrolment.Look, l Look) []Seen {
	var folded []Seen
	rows, times := map[alike]int{}, map[alike][]string{}
	for _, look := range all {
		one, when := seen(look, l), look.At.In(l.Zone)
		as := alike{when.Format(time.DateOnly + " MST"), one}
		as.Seen.ID, as.Seen.When = "", ""
		row, more := rows[as]
		if !more || one.Case == "" || look.Kind.Turns() {
			rows[as], times[as] = len(folded), []string{when.Format("15:04")}
			folded = append(folded, one)
			continue
		}
		folded[row].Count++
		folded[row].Often = l.Has("portal.looked." + one.Kind + ".often")
		if minute := when.Format("15:04"); !slices.Contains(times[as], minute) {
			times[as] = append(times[as], minute)
			folded[row].When = l.Text("date.at", l.day(look.At), strings.Join(times[as], l.Text("list.and"))+when.Format(" MST"))
		}
	}
	return folded
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
	one.More = l.Has("portal.looked." + one.Kind + ".what")
	switch {
	case look.Unanswered:
		one.Nothing = "no_answer"
	case look.Unknown:
		one.Nothing = "not_found"
	case look.NoGuardian:
		one.Nothing = "no_guardian"
	case l.Has("portal.looked.ended." + look.Ended):
		one.Nothing = "ended." + look.Ended
	}
	return one
}
