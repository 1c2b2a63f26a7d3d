package desk

import (
	"net/url"
	"slices"
	"time"

	"symbolon/provider/enrolment"
	"symbolon/provider/seal"
	"symbolon/provider/staff"
	"symbolon/web/locale"
)

// Security is the page of a security officer. It says nothing about whom a case is of.
type Security struct {
	Alarming []Watched
	Newly    []Watched
	Sample   []Sampled
	Searches []Searches
	Draws    bool // the next sample may be drawn
	Undrawn  bool // it was asked for a moment ago, and there was nothing to draw
	Locked   []Colleague
	Offices  []staff.Office
	Office   staff.Office // whose people are shown; none where none was asked for
	Members  []Colleague
	Reasons  []string
	Refused  string
	Fresh    bool
	Stopped  string // number of the case that was just stopped
	Done     *Done  // to a colleague
	Ended    bool   // it was under way, and nothing came of it
}

// Watched is one case.
type Watched struct {
	ID, Number, Office, Clerk, State, Level, At string
	Flags                                       []string
	Alarms                                      int
	Stops                                       bool   // there is something to stop
	UnderWay                                    bool   // a stop ends it
	Ends                                        bool   // or to end for good
	Why, By                                     string // it is stopped: end of a text key, staff number; each "" where nobody tells
}

// Tell says of what is stopped by whom and why, and which case was stopped a moment ago: the one of this id, if it is.
func (s *Security) Tell(stops map[seal.RowID]enrolment.Stop, just string, w *locale.Words) {
	for i, c := range s.Alarming {
		id, _ := enrolment.ParseCaseID(c.ID)
		stop, stopped := stops[id]
		if stopped && c.ID == just {
			s.Stopped, s.Ended = c.Number, !c.Ends && c.State != string(enrolment.Revoked)
		}
		if w.Has("desk.ended." + stop.Why) {
			s.Alarming[i].Why = stop.Why
		}
		if stop.By != (staff.ID{}) {
			s.Alarming[i].By = stop.By.String()[:8]
		}
	}
}

// SecurityOf gives the screen.
func SecurityOf(watch enrolment.Watch, sample []enrolment.Sampled, searching []enrolment.Searching, locked, members []staff.Member, v Viewer, w *locale.Words) Security {
	newly := slices.DeleteFunc(slices.Clone(watch.Newly), func(c enrolment.Case) bool { // each stands on the page once
		return slices.ContainsFunc(watch.Alarming, func(a enrolment.Case) bool { return a.ID == c.ID })
	})
	return Security{
		Alarming: watchedOf(watch.Alarming, v), Newly: watchedOf(newly, v), Locked: colleagues(locked, v, w), Members: colleagues(members, v, w),
		Sample: sampledOf(sample, v), Searches: searchesOf(searching, v), Draws: drawable(sample), Offices: v.Places.Offices, Office: v.Office, Reasons: enrolment.Stopping(), Refused: known(v.Refused, w), Fresh: v.Fresh,
	}
}

// Searches is a clerk who looked up many people and enrolled few.
type Searches struct {
	Clerk, Office    string // pseudonym, name of the office
	Cases            string // address of the list of their cases
	Week             bool   // counted over seven days; else over one
	Looked, Finished int
}

func searchesOf(all []enrolment.Searching, v Viewer) []Searches {
	var rows []Searches
	for _, s := range all {
		office, _ := v.Places.Office(s.Office)
		rows = append(rows, Searches{
			Clerk: s.Clerk.String()[:8], Office: office.Name, Week: s.Days > 1, Looked: s.Looked, Finished: s.Finished,
			Cases: "/security/cases?" + url.Values{"office": {s.Office}, "clerk": {s.Clerk.String()}}.Encode(),
		})
	}
	return rows
}

func watchedOf(cases []enrolment.Case, v Viewer) []Watched {
	all := make([]Watched, len(cases))
	for i, c := range cases {
		office, _ := v.Places.Office(c.Office)
		goesOn := c.MayGoOn(office, v.Now)
		all[i] = Watched{
			ID: enrolment.CaseID(c.ID), Number: c.Number, Office: office.Name, State: stateOf(c), Level: c.Level.String(), Alarms: c.Alarms,
			At: last(c).In(office.Location()).Format(time.DateOnly + " 15:04"), Stops: c.State == enrolment.Active || goesOn, UnderWay: goesOn, Ends: c.State == enrolment.Active || c.State == enrolment.Suspended,
		}
		if c.Clerk != (staff.ID{}) {
			all[i].Clerk = c.Clerk.String()[:8]
		}
		for _, flag := range c.Flags {
			all[i].Flags = append(all[i].Flags, string(flag))
		}
	}
	return all
}

// last is when something happened to a case that an officer looks for.
func last(c enrolment.Case) time.Time {
	if c.Alarmed.After(c.Changed) {
		return c.Alarmed
	}
	return c.Changed
}
