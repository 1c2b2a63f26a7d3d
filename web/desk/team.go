package desk

import (
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Team is the page of a local administrator.
type Team struct {
	Office   string
	Members  []Colleague
	Stations []staff.Station
	Cases    []Underway
	Reasons  []string // for which a case of a colleague is ended
	Refused  string
	Left     int
	Fresh    bool // who leads proved who they are a moment ago
}

// Colleague is one line of it.
type Colleague struct {
	ID, Name, Role, State, Why string
	Self                       bool
}

// Underway is a case that somebody works on: nothing of what it is about.
type Underway struct{ ID, Number, Clerk, State string }

// TeamOf gives the screen.
func TeamOf(members []staff.Member, cases []enrolment.Case, v Viewer, w *locale.Words) Team {
	t := Team{
		Office: v.Office.Name, Stations: v.Places.StationsOf(v.Member.Office), Refused: known(v.Refused, w), Reasons: enrolment.Relieving(), Fresh: v.Fresh,
	}
	names := map[staff.ID]string{}
	for _, m := range members {
		why := m.Why
		if m.State != staff.Locked || !w.Has("desk.why."+why) {
			why = ""
		}
		names[m.ID] = m.Name.Reveal()
		t.Members = append(t.Members, Colleague{m.ID.String(), m.Name.Reveal(), string(m.Role), string(m.State), why, m.Person == v.Member.Person})
	}
	for _, c := range cases {
		if c.State.Open() {
			t.Cases = append(t.Cases, Underway{enrolment.CaseID(c.ID), c.Number, names[c.Clerk], string(c.State)})
		}
	}
	return t
}
