package desk

import (
	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Team is the page of a local administrator.
type Team struct {
	Office    string
	Members   []Colleague
	Cases     []Underway
	Refused   string
	Fresh     bool // who leads proved who they are a moment ago
	Typed     Typed
	Named     *Colleague // who was just appointed
	Done      *Done
	Open      []Open // days on which the office works; none: always
	Operators bool   // they are the operator's
}

// Done says what was just done where the page does not show it by itself: the end of a text key, and whose name or number.
type Done struct{ How, Whom string }

// DoneTo tells it of a colleague.
func DoneTo(m staff.Member) *Done { return &Done{string(m.State), m.Name.Reveal()} }

// Over tells it of the case of an id that its clerk could not go on with, once it is over.
func (t *Team) Over(cases []enrolment.Case, id string) {
	for _, c := range cases {
		if enrolment.CaseID(c.ID) == id && !c.State.Open() {
			t.Done = &Done{"case", c.Number}
		}
	}
}

// Beside reports whether what was refused about a field is said beside it, far below the head of the page.
func (t Team) Beside(field string) bool { return t.Fresh && field == "number" }

// Colleague is one line of it.
type Colleague struct {
	ID, Name, Role, State, Why string
	Office                     string
	Pseudonym                  string // as records name them
	Kept                       bool   // from who looks: themselves, and from an administrator who watches over them
	Locks                      bool   // it may be locked: a full counter is a lock that nobody set
	LetsIn                     bool   // who looks may let them in again
}

func colleagues(members []staff.Member, v Viewer, w *locale.Words) []Colleague {
	var all []Colleague
	for _, m := range members {
		why := m.Why
		if m.State != staff.Locked || !w.Has("desk.why."+why) {
			why = ""
		}
		office, _ := v.Places.Office(m.Office)
		kept := m.Person == v.Member.Person || m.Role == staff.SecurityOfficer && v.Member.Role != staff.SecurityOfficer
		all = append(all, Colleague{m.ID.String(), m.Name.Reveal(), string(m.Role), string(m.State), why, office.Name, m.ID.String()[:8], kept, staff.Lockable(m), staff.LetsIn(v.Member, m)})
	}
	return all
}

// Underway is a case that somebody works on: nothing of what it is about.
type Underway struct {
	ID, Number, Clerk, State string
	Reasons                  []string // for which it is ended
}

// TeamOf gives the screen.
func TeamOf(members []staff.Member, cases []enrolment.Case, v Viewer, w *locale.Words) Team {
	t := Team{
		Office: v.Office.Name, Refused: known(v.Refused, w), Fresh: v.Fresh, Typed: v.Typed,
	}
	names := map[staff.ID]string{}
	t.Members = colleagues(members, v, w)
	for i, m := range members {
		names[m.ID] = m.Name.Reveal()
		if v.Named == m.ID.String() {
			t.Named = &t.Members[i]
		}
	}
	for _, c := range cases {
		if c.State.Open() {
			t.Cases = append(t.Cases, Underway{enrolment.CaseID(c.ID), c.Number, names[c.Clerk], stateOf(c), c.Relieving()})
		}
	}
	return t
}
