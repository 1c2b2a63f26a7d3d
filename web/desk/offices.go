package desk

import (
	"slices"

	"symbolon/provider/staff"
)

// Offices is the page of who works in several offices.
type Offices struct {
	To      string // where they go on
	Offices []Workplace
}

// Workplace is one of them, and what they are there.
type Workplace struct {
	ID, Name, Of string
	Roles        []string
	Now          bool
}

// OfficesOf gives the screen: the offices in which an appointment may be used.
func OfficesOf(members []staff.Member, places staff.Places, now, to string) Offices {
	page := Offices{To: to}
	for _, m := range members {
		office, known := places.Office(m.Office)
		if !known || m.State != staff.Active {
			continue
		}
		at := slices.IndexFunc(page.Offices, func(w Workplace) bool { return w.ID == office.ID })
		if at < 0 {
			at = len(page.Offices)
			body, _ := places.Institution(office.Institution)
			page.Offices = append(page.Offices, Workplace{ID: office.ID, Name: office.Name, Of: body.Name, Now: office.ID == now})
		}
		page.Offices[at].Roles = append(page.Offices[at].Roles, string(m.Role))
	}
	return page
}
