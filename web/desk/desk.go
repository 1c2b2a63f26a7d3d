// Package desk says what each screen of the people at a counter shows: from a case and who works at it
// to plain values for a template, one file per screen. It is pure. Routes, forms and mark-up are left
// to package web; what may be done, to packages enrolment and staff.
package desk

import (
	"cmp"
	"slices"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Line is one case in a list.
type Line struct {
	ID, Number string
	Who        string // initials; "" while nothing is known
	State      string
	Alarms     int
	Own        bool
	Waits      bool   // for who looks at it
	Where      string // position at which they are to decide; "" for none
	Since      string // when they were asked
}

// Start is the first page: what is under way, and what the person at it may do.
type Start struct {
	Me       string
	Office   string
	Roles    []string
	Finds    bool // may open cases
	Decides  bool
	Leads    bool // looks after colleagues
	Guards   bool // looks after alarms and locks of every office
	Watched  int  // cases that were stopped or raised an alarm of late, for who looks after them
	Stations []staff.Station
	Station  string // the one used last in this browser
	Purposes []string
	Papers   []string // documents by which somebody without a national number is found
	Lines    []Line
	Refused  string
	Locked   bool
	Moves    bool  // works in another office, too
	Typed    Typed // what was refused
}

// StartOf gives the screen.
func StartOf(members []staff.Member, cases []enrolment.Case, station string, v Viewer, w *locale.Words) Start {
	s, places := Start{Station: cmp.Or(v.Typed.Station, station), Refused: known(v.Refused, w), Typed: v.Typed}, v.Places
	for _, m := range members {
		s.Me = m.Name.Reveal()
		if office, ok := places.Office(m.Office); ok {
			s.Office = office.Name
		}
		s.Roles = append(s.Roles, string(m.Role))
		if m.State != staff.Active {
			s.Locked = true
			continue
		}
		if m.Role.May(staff.LookUp) {
			s.Finds, s.Stations = true, places.StationsAt(m.Office, v.At)
		}
		s.Decides = s.Decides || m.Role.May(staff.Approve)
		s.Leads = s.Leads || m.Role.May(staff.Appoint)
		s.Guards = s.Guards || m.Role.May(staff.Suspend)
	}
	for _, p := range enrolment.Purposes() {
		s.Purposes = append(s.Purposes, string(p))
	}
	s.Papers = enrolment.Papers()
	for _, c := range cases {
		mine := slices.ContainsFunc(members, func(m staff.Member) bool { return m.ID == c.Clerk })
		waits := s.Decides && c.State == enrolment.ReviewRequired && !mine || s.Finds && c.State == enrolment.Draft && c.Clerk == (staff.ID{})
		if !s.Finds && !waits {
			continue // who decides sees what there is to decide
		}
		line := Line{ID: enrolment.CaseID(c.ID), Number: c.Number, Who: c.Work.Snapshot.Initials(), State: stateOf(c), Alarms: alarmsOf(c), Own: mine, Waits: waits}
		if waits && c.State == enrolment.ReviewRequired {
			line.Where, line.Since = positionOf(c, places), sinceOf(c.Changed, v.Now, c.Office, places)
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

// positionOf names the position at which a case is worked on.
func positionOf(c enrolment.Case, places staff.Places) string {
	s, _ := places.Station(c.Office, c.Station)
	return cmp.Or(s.Name, c.Station)
}

// sinceOf writes a moment at an office: the time of day, before today with the day.
func sinceOf(t, now time.Time, at string, places staff.Places) string {
	office, _ := places.Office(at)
	if t.In(office.Location()).Format(time.DateOnly) == now.In(office.Location()).Format(time.DateOnly) {
		return clock(t, office)
	}
	return dayAndClock(t, office)
}

// alarmsOf counts the alarms that a clerk is shown: slips of their own are over with the digits that match, and all with
// the case, but one that came after its end. Security officers see them all the same.
func alarmsOf(c enrolment.Case) int {
	if c.Matched && c.Slipped() || !c.State.MayGoOn() && !c.AlarmedAfter() {
		return 0
	}
	return c.Alarms
}

// stateOf names how a case stands: "desk.state." and this is its text.
func stateOf(c enrolment.Case) string {
	read := c.Basis == enrolment.ByDocument || c.Basis == enrolment.Emergency
	if c.State == enrolment.Cancelled && c.Work.Ended == enrolment.OnlyStopped {
		return enrolment.OnlyStopped
	}
	return stateIn(c.State, read, c.Work.OnlyTakesUp, c.Work.TakenUp > 0)
}

// stateIn is stateOf for a visit in which a document was read that no register answers about, only what was stopped was
// asked for, or something of it was taken up.
func stateIn(s enrolment.State, read, only, took bool) string {
	switch {
	case s == enrolment.LookedUp && read:
		return "read"
	case s == enrolment.Signed && only:
		return "to_take_up"
	case s == enrolment.Cancelled && took:
		return "taken_up"
	default:
		return string(s)
	}
}

// whyOf names the reason for which a case ended: the key of its text; "" where there is none to say. Why somebody was refused
// is told to the clerk of the case and to who may decide, and what was taken up already stands in the state. Where what came
// of it is stopped, stopped is the code of why.
func whyOf(c enrolment.Case, page Case, stopped string, w *locale.Words) string {
	key := "desk.ended." + cmp.Or(stopped, c.Work.Ended)
	switch {
	case stopped != "":
	case c.Work.Ended == "" || c.Work.Ended == enrolment.OnlyTakenUp || c.Work.Ended == enrolment.OnlyStopped:
		return ""
	case c.State == enrolment.Rejected && !page.Clerk && !page.Decides:
		return ""
	case c.State == enrolment.Rejected:
		key = "desk.decided." + c.Work.Ended
	}
	if !w.Has(key) { // of another version of this program
		return ""
	}
	return key
}

// known lets only codes through that have a text.
func known(refused string, w *locale.Words) string {
	if refused != "" && w.Has("desk.refused."+refused) {
		return refused
	}
	return ""
}

// clock writes a time of day at the office.
func clock(t time.Time, office staff.Office) string { return t.In(office.Location()).Format("15:04") }

// dayAndClock is for what is valid for days.
func dayAndClock(t time.Time, office staff.Office) string {
	return t.In(office.Location()).Format("2006-01-02 15:04")
}
